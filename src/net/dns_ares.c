/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking name servers: c-ares on this worker's loop, one channel per worker. */
#include "base/clock.h"
#include "base/log.h"
#include "net/dns_state.h"
#include "rt/worker.h"
#include <ares.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/stat.h>

enum { SOCKETS_MAX = 16, LOOK_AGAIN_MS = 5000 };
static const char resolv_conf[] = "/etc/resolv.conf";

struct channel;
struct socket {
    struct channel *channel;
    ares_socket_t fd;
    struct watch *watch;
};
/* What asks the servers. When settings change another takes its place; this one goes when its last
 * question is answered. */
struct channel {
    struct channel *retired; /* the next of those on their way out */
    ares_channel ares;
    struct timer timer;
    unsigned questions;
    unsigned version;
    int64_t looked_ms;
    struct timespec changed; /* resolv.conf, when it was read */
    struct socket socket[SOCKETS_MAX];
};

struct question {
    struct co *co;
    struct channel *channel;
    enum dns_type type;
    struct dns_answer *answer;
    bool waiting, done;
    bool abandoned; /* who asked was cancelled; c-ares still holds it */
};

static struct {
    struct channel *channel[WORKERS_MAX];
    _Atomic(unsigned) version;
    struct dns_answer *(*source)(struct str name, enum dns_type type);
} self;

static void time_out(struct timer *t);

static struct channel **mine(void)
{
    return &self.channel[worker_index(worker_self())];
}

void dns_ares_renew(void)
{
    atomic_fetch_add(&self.version, 1);
}

static void rearm(struct channel *c)
{
    struct timeval tv, *next = ares_timeout(c->ares, NULL, &tv);

    if (next)
        timer_set(&c->timer, (int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1, time_out);
    else
        timer_cancel(&c->timer);
}

static void time_out(struct timer *t)
{
    struct channel *c = LIST_OF(t, struct channel, timer);

    ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    rearm(c);
}

static void on_socket(void *arg, unsigned events)
{
    struct socket *s = arg;
    struct channel *c = s->channel;
    ares_socket_t fd = s->fd;
    bool in = events & ~(unsigned)EPOLLOUT, out = events & EPOLLOUT;

    ares_process_fd(c->ares, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
    rearm(c);
}

/* c-ares tells what it wants to know of which socket. */
static void socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct channel *c = arg;
    unsigned events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    struct socket *free_one = NULL;

    for (int i = 0; i < SOCKETS_MAX; i++) {
        struct socket *s = &c->socket[i];

        if (!s->watch) {
            free_one = free_one ? free_one : s;
            continue;
        }
        if (s->fd != fd)
            continue;
        if (events) {
            watch_change(s->watch, events);
        } else {
            watch_free(s->watch);
            s->watch = NULL;
        }
        return;
    }
    if (!events)
        return;
    if (!free_one) {
        log_error("dns", "more than %d sockets to name servers", SOCKETS_MAX);
        return;
    }
    free_one->channel = c;
    free_one->fd = fd;
    free_one->watch = watch_new(fd, events, on_socket, free_one);
}

static err_t failure_of(int status)
{
    switch (status) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME: return ERR_NOT_FOUND;
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED: return ERR_TIMEOUT;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION: return ERR_CANCELED;
    default: return ERR_BACKEND;
    }
}

static void answered(void *arg, int status, int timeouts, unsigned char *reply, int n)
{
    struct question *q = arg;
    struct dns_answer *a = dns_answer_new(failure_of(status));

    (void)timeouts;
    q->channel->questions--;
    if (reply && n > 0 &&
        dns_read_reply((struct str){ (const char *)reply, (size_t)n }, q->type, a) != ERR_OK)
        a->result = ERR_BACKEND;
    if (status != ARES_SUCCESS && a->result == ERR_OK)
        a->result = failure_of(status);
    if (q->abandoned) {
        obj_drop(a);
        mem_free(MEM_NET, q);
        return;
    }
    q->answer = a;
    q->done = true;
    if (q->waiting)
        co_wake(q->co, ERR_OK);
}

/* ---- channels ---- */

static void channel_free(struct channel *c)
{
    ares_destroy(c->ares);
    timer_cancel(&c->timer);
    for (int i = 0; i < SOCKETS_MAX; i++)
        watch_free(c->socket[i].watch);
    mem_free(MEM_NET, c);
}

static void channels_end(void *arg)
{
    struct channel **at = arg;

    while (*at) {
        struct channel *c = *at;

        *at = c->retired;
        channel_free(c);
    }
}

/* Only the first `max` of those that resolv.conf names. */
static int cut_servers(struct channel *c, int max)
{
    struct ares_addr_port_node *list, *rest;
    int e = ares_get_servers_ports(c->ares, &list);

    if (e != ARES_SUCCESS || !list)
        return e;
    for (rest = list; rest->next && --max > 0;)
        rest = rest->next;
    struct ares_addr_port_node *beyond = rest->next;
    rest->next = NULL;
    e = beyond ? ares_set_servers_ports(c->ares, list) : ARES_SUCCESS;
    rest->next = beyond;
    ares_free_data(list);
    return e;
}

static int set_servers(struct channel *c, const struct dns_conf *conf)
{
    struct str list;
    struct arena a;
    int e = ARES_SUCCESS;

    arena_init(&a, MEM_NET, 256);
    if (conf->servers.n && dns_read_servers(conf->servers, &a, &list) == ERR_OK)
        e = ares_set_servers_ports_csv(c->ares, list.p);
    arena_free(&a);
    if (e == ARES_SUCCESS && conf->servers_max > 0)
        e = cut_servers(c, conf->servers_max);
    return e;
}

static struct timespec time_of_resolv_conf(void)
{
    struct stat st;

    return stat(resolv_conf, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

static struct channel *channel_new(void)
{
    const struct dns_conf *conf = dns_conf();
    struct channel *c = mem_zalloc(MEM_NET, sizeof *c);
    struct ares_options o = { .sock_state_cb = socket_state,
                              .sock_state_cb_data = c,
                              .timeout = (int)conf->retry_ms,
                              .tries = conf->tries };
    int mask = ARES_OPT_SOCK_STATE_CB;

    c->version = atomic_load(&self.version);
    c->changed = time_of_resolv_conf();
    c->looked_ms = worker_now();
    mask |= conf->retry_ms > 0 ? ARES_OPT_TIMEOUTMS : 0;
    mask |= conf->tries > 0 ? ARES_OPT_TRIES : 0;

    int e = ares_init_options(&c->ares, &o, mask);
    if (e == ARES_SUCCESS) {
        e = set_servers(c, conf);
        if (e != ARES_SUCCESS)
            ares_destroy(c->ares);
    }
    if (e == ARES_SUCCESS)
        return c;
    log_error("dns", "the resolver cannot start: %s", ares_strerror(e));
    mem_free(MEM_NET, c);
    return NULL;
}

static bool is_outdated(struct channel *c)
{
    struct timespec t;

    if (c->version != atomic_load(&self.version))
        return true;
    if (dns_conf()->servers.n || worker_now() - c->looked_ms < LOOK_AGAIN_MS)
        return false;
    c->looked_ms = worker_now();
    t = time_of_resolv_conf();
    return t.tv_sec != c->changed.tv_sec || t.tv_nsec != c->changed.tv_nsec;
}

/* This worker's channel, opened anew where settings or resolv.conf have changed. */
static struct channel *channel_now(void)
{
    struct channel *c = *mine(), *fresh;

    if (!c)
        return NULL;
    for (struct channel **at = &c->retired; *at;) {
        struct channel *old = *at;

        if (old->questions) {
            at = &old->retired;
            continue;
        }
        *at = old->retired;
        channel_free(old);
    }
    if (!is_outdated(c) || !(fresh = channel_new()))
        return c;
    fresh->retired = c;
    *mine() = fresh;
    return fresh;
}

/* ---- asking ---- */

void dns_set_source(struct dns_answer *(*ask)(struct str name, enum dns_type type))
{
    self.source = ask;
}

static struct dns_answer *ask_servers(struct str name, enum dns_type type)
{
    struct channel *c = channel_now();
    struct dns_answer *a;
    struct question *q;
    char *z;

    if (!c)
        return dns_answer_new(ERR_STATE);
    q = mem_zalloc(MEM_NET, sizeof *q);
    q->co = co_self();
    q->channel = c;
    q->type = type;
    c->questions++;
    z = mem_strdup(MEM_NET, name);
    if (dns_conf()->use_search)
        ares_search(c->ares, z, 1, (int)type, answered, q);
    else
        ares_query(c->ares, z, 1, (int)type, answered, q);
    mem_free(MEM_NET, z);
    rearm(c);
    q->waiting = !q->done; /* a name that cannot be asked for is answered at once */
    if (q->waiting && co_suspend() && !q->done) {
        q->abandoned = true;
        return dns_answer_new(ERR_CANCELED);
    }
    a = q->answer;
    mem_free(MEM_NET, q);
    return a;
}

struct dns_answer *dns_ask(struct str name, enum dns_type type)
{
    int64_t began = clock_ms();
    struct dns_answer *a = self.source ? self.source(name, type) : ask_servers(name, type);
    int64_t took = clock_ms() - began, slow = dns_conf()->slow_ms;

    if (a->result == ERR_CANCELED)
        return a;
    if (a->result)
        dns_stat(DNS_FAILED);
    if (slow > 0 && took > slow) {
        dns_stat(DNS_SLOW);
        log_warn("dns", "%s " STR_FMT " took %lld ms: %s", dns_type_name(type), STR_ARG(name),
                 (long long)took, err_text(a->result));
    }
    return a;
}

err_t dns_ares_worker_begin(void)
{
    if (*mine())
        return ERR_OK;
    *mine() = channel_new();
    if (!*mine())
        return ERR_BACKEND;
    worker_at_exit(channels_end, mine());
    return ERR_OK;
}
