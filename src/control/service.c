/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/service.h"
#include "base/list.h"
#include "base/log.h"
#include "base/obj.h"
#include "control/control.h"
#include "control/service_file.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    REQUEST_MAX = 1 << 20,
    CLIENTS_MAX = 64,
    WRITE_TIMEOUT_MS = 10000,
    DATAGRAM_MAX = 65535,
    READ_CHUNK = 4096,
    STACK = 256 * 1024,
};

struct service {              /* refcounted: its clients' coroutines outlive its closing */
    struct service_spec spec; /* as given */
    struct str path;          /* whole */
    const struct service_protocol *protocol;
    struct worker *home;
    struct watch *watch;
    struct link clients;
    unsigned n_clients;
    int fd; /* -1: closed */
};

struct client {
    struct link link;
    struct service *service;
    struct addr peer;
    int fd;
    struct buf in, out;
};

static void service_destroy(void *self)
{
    struct service *s = self;

    mem_free(MEM_CONTROL, (void *)(uintptr_t)s->spec.path.p);
    mem_free(MEM_CONTROL, (void *)(uintptr_t)s->path.p);
}

/* Known only once the server has chosen its folder, so it is worked out when a service opens. */
static struct str whole_path(struct str path)
{
    struct buf b;
    struct str whole;

    buf_init(&b, MEM_CONTROL);
    if (path.n && path.p[0] != '/') {
        buf_add(&b, control_host.rundir ? control_host.rundir() : STR("/var/run/kamailio"));
        buf_char(&b, '/');
    }
    buf_add(&b, path);
    whole = mem_dup(MEM_CONTROL, buf_str(&b));
    buf_free(&b);
    return whole;
}

/* Answers. */

static err_t write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n > 0) {
            bytes = str_skip(bytes, (size_t)n);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return ERR_IO;
        err_t e = co_wait_fd(fd, EPOLLOUT, WRITE_TIMEOUT_MS);
        if (e)
            return e;
    }
    return ERR_OK;
}

static void run_request(struct service *s, struct str request, struct buf *out)
{
    struct arena arena;

    arena_init(&arena, MEM_CONTROL, 4096);
    s->protocol->request(s->spec.ctx, request, &arena, out);
    arena_free(&arena);
}

/* Streams and FIFOs. */

/* Runs all whole requests that lie in the buffer. */
static err_t run_requests(struct client *c)
{
    struct service *s = c->service;
    size_t done = 0;
    err_t e = ERR_OK;

    while (!e && done < c->in.n) {
        struct str left = str_skip(buf_str(&c->in), done);
        int64_t n = s->protocol->frame(left);

        if (n < 0)
            return ERR_SYNTAX;
        if (n == 0)
            break;
        ASSERT((size_t)n <= left.n);
        buf_clear(&c->out);
        run_request(s, str_cut(left, 0, (size_t)n), &c->out);
        if (s->spec.kind != SERVICE_FIFO)
            e = write_all(c->fd, buf_str(&c->out));
        done += (size_t)n;
    }
    memmove(c->in.p, c->in.p + done, c->in.n - done);
    c->in.n -= done;
    return e ? e : c->in.n > s->spec.request_max ? ERR_LIMIT : ERR_OK;
}

static err_t read_some(struct client *c)
{
    for (;;) {
        char *room = buf_room(&c->in, READ_CHUNK);
        ssize_t n = read(c->fd, room, READ_CHUNK);

        if (n > 0) {
            c->in.n += (size_t)n;
            return ERR_OK;
        }
        if (n == 0)
            return ERR_NOT_FOUND; /* the end */
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return ERR_IO;
        err_t e = co_wait_fd(c->fd, EPOLLIN, -1);
        if (e)
            return e;
    }
}

static void serve_client(void *arg)
{
    struct client *c = arg;
    struct service *s = c->service;
    err_t e;

    do {
        e = read_some(c);
        if (!e)
            e = run_requests(c);
        if (e && s->spec.kind == SERVICE_FIFO && (e == ERR_SYNTAX || e == ERR_LIMIT)) {
            buf_clear(&c->in); /* what was written makes no sense; go on with what follows */
            e = ERR_OK;
        }
    } while (!e && s->fd >= 0);
    if (e == ERR_SYNTAX || e == ERR_LIMIT)
        log_warn("control", "%s: a client is cut off: %s", s->protocol->name, err_text(e));
    list_remove(&c->link);
    s->n_clients--;
    close(c->fd);
    buf_free(&c->in);
    buf_free(&c->out);
    mem_free(MEM_CONTROL, c);
    obj_drop(s);
}

static void client_begin(struct service *s, int fd, const struct addr *peer)
{
    struct client *c = mem_zalloc(MEM_CONTROL, sizeof *c);

    c->service = obj_hold(s);
    c->fd = fd;
    if (peer)
        c->peer = *peer;
    buf_init(&c->in, MEM_CONTROL);
    buf_init(&c->out, MEM_CONTROL);
    list_push(&s->clients, &c->link);
    s->n_clients++;
    co_spawn_on(STACK, serve_client, c);
}

static bool is_welcome(const struct service *s, int fd)
{
    struct ucred who;
    socklen_t n = sizeof who;

    if (s->n_clients >= s->spec.clients_max) {
        log_warn("control", "%s: too many clients", s->protocol->name);
        return false;
    }
    if (!s->spec.owner_only)
        return true;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

static void on_accept(void *arg, unsigned events)
{
    struct service *s = arg;
    struct sockaddr_storage from;
    struct addr peer = { 0 };
    socklen_t n = sizeof from;
    int fd = accept4(s->fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0)
        return;
    if (!is_welcome(s, fd)) {
        close(fd);
        return;
    }
    if (from.ss_family == AF_INET || from.ss_family == AF_INET6)
        memcpy(&peer, &from, sizeof peer < sizeof from ? sizeof peer : sizeof from);
    client_begin(s, fd, &peer);
}

/* Datagrams: each is a request, and runs on a coroutine of its own. */

struct datagram {
    struct service *service;
    struct sockaddr_storage from;
    socklen_t from_n;
    size_t n;
    char bytes[];
};

static void serve_datagram(void *arg)
{
    struct datagram *d = arg;
    struct service *s = d->service;
    struct buf out;

    buf_init(&out, MEM_CONTROL);
    run_request(s, (struct str){ d->bytes, d->n }, &out);
    if (s->fd >= 0 && out.n && d->from_n > sizeof(sa_family_t) &&
        sendto(s->fd, out.p, out.n, MSG_NOSIGNAL, (struct sockaddr *)&d->from, d->from_n) < 0)
        log_warn("control", "%s: an answer could not be sent: %s", s->protocol->name,
                 strerror(errno));
    buf_free(&out);
    s->n_clients--;
    mem_free(MEM_CONTROL, d);
    obj_drop(s);
}

static void on_datagram(void *arg, unsigned events)
{
    char space[DATAGRAM_MAX]; /* the loop's own stack is large */
    struct service *s = arg;
    struct sockaddr_storage from;
    socklen_t from_n = sizeof from;
    ssize_t n = recvfrom(s->fd, space, sizeof space, 0, (struct sockaddr *)&from, &from_n);
    struct datagram *d;

    (void)events;
    if (n < 0 || s->n_clients >= s->spec.clients_max)
        return;
    d = mem_alloc(MEM_CONTROL, sizeof *d + (size_t)n);
    d->service = obj_hold(s);
    d->from = from;
    d->from_n = from_n;
    d->n = (size_t)n;
    memcpy(d->bytes, space, (size_t)n);
    s->n_clients++;
    co_spawn_on(STACK, serve_datagram, d);
}

/* In virtual time nobody is served: nothing ever comes from there. */
static err_t open_nothing(int *fd)
{
    *fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return *fd < 0 ? ERR_IO : ERR_OK;
}

err_t service_open(const struct service_spec *spec, const struct service_protocol *protocol,
                   struct service **out, struct buf *why)
{
    bool datagrams = spec->kind == SERVICE_UDP || spec->kind == SERVICE_UNIX_DATAGRAM;
    struct service_spec whole = *spec;
    struct service *s;
    int fd;
    err_t e;

    whole.path = whole_path(spec->path);
    e = workers_simulated() ? open_nothing(&fd) : service_open_fd(&whole, &fd, why);
    if (e) {
        mem_free(MEM_CONTROL, (void *)(uintptr_t)whole.path.p);
        return e;
    }
    s = obj_new(struct service, MEM_CONTROL, service_destroy);
    s->spec = *spec;
    s->spec.path = mem_dup(MEM_CONTROL, spec->path);
    s->path = whole.path;
    if (!s->spec.request_max)
        s->spec.request_max = REQUEST_MAX;
    if (!s->spec.clients_max)
        s->spec.clients_max = CLIENTS_MAX;
    s->protocol = protocol;
    s->home = worker_self();
    s->fd = fd;
    list_init(&s->clients);
    if (spec->kind == SERVICE_FIFO)
        client_begin(s, fd, NULL);
    else
        s->watch = watch_new(fd, EPOLLIN, datagrams ? on_datagram : on_accept, s);
    *out = s;
    return ERR_OK;
}

static void remove_file(const struct service *s)
{
    char *z;

    if (s->spec.kind == SERVICE_TCP || s->spec.kind == SERVICE_UDP || workers_simulated())
        return;
    z = mem_strdup(MEM_CONTROL, s->path);
    unlink(z);
    mem_free(MEM_CONTROL, z);
}

void service_close(struct service *s)
{
    if (!s)
        return;
    ASSERT(s->home == worker_self() && s->fd >= 0);
    watch_free(s->watch);
    s->watch = NULL;
    if (s->spec.kind == SERVICE_FIFO) {
        remove_file(s);
        s->fd = -1;
        /* Its reader sees the end of the service with these bytes, then closes the FIFO. */
        LIST_EACH(&s->clients, struct client, c, link)
        if (write(c->fd, "\n", 1) < 0)
            log_debug("control", "the FIFO is full");
        obj_drop(s);
        return;
    }
    remove_file(s);
    close(s->fd);
    s->fd = -1;
    LIST_EACH(&s->clients, struct client, c, link)
    shutdown(c->fd, SHUT_RDWR);
    obj_drop(s);
}

const struct service_spec *service_spec(const struct service *s)
{
    return &s->spec;
}

bool service_is(const struct service *s, const struct service_spec *spec)
{
    const struct service_spec *own = &s->spec;

    return own->kind == spec->kind && str_eq(own->path, spec->path) && own->mode == spec->mode &&
           own->user == spec->user && own->group == spec->group &&
           (spec->path.n > 0 || addr_eq(&own->addr, &spec->addr));
}

struct str service_path(const struct service *s)
{
    return s->path;
}

unsigned service_clients(const struct service *s)
{
    return s->n_clients;
}

void service_each_client(const struct service *s, void (*fn)(const struct addr *peer, void *arg),
                         void *arg)
{
    LIST_EACH((struct link *)(uintptr_t)&s->clients, struct client, c, link)
    fn(&c->peer, arg);
}

uint16_t service_port(const struct service *s)
{
    struct addr a = { 0 };
    socklen_t n = sizeof a;

    return getsockname(s->fd, &a.sa, &n) == 0 ? addr_port(&a) : 0;
}
