/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking name servers: c-ares on this worker's loop, one channel per worker. */
#include "base/log.h"
#include "net/dns_state.h"
#include "rt/worker.h"
#include <ares.h>
#include <sys/epoll.h>

enum { SOCKETS_MAX = 16 };

struct channel {
    ares_channel ares;
    struct timer timer;
    struct {
        ares_socket_t fd;
        struct watch *watch;
    } socket[SOCKETS_MAX];
};

struct question {
    struct co *co;
    enum dns_type type;
    struct dns_answer *answer;
    bool done;
    bool abandoned; /* who asked was cancelled; c-ares still holds it */
};

static struct {
    struct channel *channel[WORKERS_MAX];
    struct dns_answer *(*source)(struct str name, enum dns_type type);
} self;

static void time_out(struct timer *t);

static struct channel *mine(void)
{
    return self.channel[worker_index(worker_self())];
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
    struct channel *c = mine();
    ares_socket_t fd = *(ares_socket_t *)arg;
    bool in = events & ~(unsigned)EPOLLOUT, out = events & EPOLLOUT;

    ares_process_fd(c->ares, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
    rearm(c);
}

/* c-ares tells what it wants to know of which socket. */
static void socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct channel *c = arg;
    unsigned events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    int free_one = -1;

    for (int i = 0; i < SOCKETS_MAX; i++) {
        if (!c->socket[i].watch) {
            free_one = free_one < 0 ? i : free_one;
            continue;
        }
        if (c->socket[i].fd != fd)
            continue;
        if (events) {
            watch_change(c->socket[i].watch, events);
        } else {
            watch_free(c->socket[i].watch);
            c->socket[i].watch = NULL;
        }
        return;
    }
    if (!events)
        return;
    if (free_one < 0) {
        log_error("dns", "more than %d sockets to name servers", SOCKETS_MAX);
        return;
    }
    c->socket[free_one].fd = fd;
    c->socket[free_one].watch = watch_new(fd, events, on_socket, &c->socket[free_one].fd);
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
    a->ttl_ms = -1;
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
    co_wake(q->co, ERR_OK);
}

void dns_set_source(struct dns_answer *(*ask)(struct str name, enum dns_type type))
{
    self.source = ask;
}

struct dns_answer *dns_ask(struct str name, enum dns_type type)
{
    struct channel *c = mine();
    struct dns_answer *a;
    struct question *q;
    char *z;

    if (self.source)
        return self.source(name, type);
    if (!c)
        return dns_answer_new(ERR_STATE);
    q = mem_zalloc(MEM_NET, sizeof *q);
    q->co = co_self();
    q->type = type;
    z = mem_strdup(MEM_NET, name);
    if (dns_conf()->use_search)
        ares_search(c->ares, z, 1, (int)type, answered, q);
    else
        ares_query(c->ares, z, 1, (int)type, answered, q);
    mem_free(MEM_NET, z);
    rearm(c);
    if (co_suspend() && !q->done) {
        q->abandoned = true;
        return dns_answer_new(ERR_CANCELED);
    }
    a = q->answer;
    mem_free(MEM_NET, q);
    return a;
}

static void channel_end(void *arg)
{
    struct channel *c = arg;

    ares_destroy(c->ares);
    timer_cancel(&c->timer);
    for (int i = 0; i < SOCKETS_MAX; i++)
        watch_free(c->socket[i].watch);
    self.channel[worker_index(worker_self())] = NULL;
    mem_free(MEM_NET, c);
}

static int set_servers(struct channel *c)
{
    struct str servers = dns_conf()->servers;
    char *z;
    int e;

    if (!servers.n)
        return ARES_SUCCESS;
    z = mem_strdup(MEM_NET, servers);
    e = ares_set_servers_ports_csv(c->ares, z);
    mem_free(MEM_NET, z);
    return e;
}

err_t dns_ares_worker_begin(void)
{
    const struct dns_conf *conf = dns_conf();
    struct channel *c = mine();

    if (c)
        return ERR_OK;
    c = mem_zalloc(MEM_NET, sizeof *c);

    struct ares_options o = { .sock_state_cb = socket_state,
                              .sock_state_cb_data = c,
                              .timeout = (int)conf->retry_ms,
                              .tries = conf->tries };
    int mask = ARES_OPT_SOCK_STATE_CB;
    int e;

    mask |= conf->retry_ms > 0 ? ARES_OPT_TIMEOUTMS : 0;
    mask |= conf->tries > 0 ? ARES_OPT_TRIES : 0;
    e = ares_init_options(&c->ares, &o, mask);
    if (e == ARES_SUCCESS) {
        e = set_servers(c);
        if (e != ARES_SUCCESS)
            ares_destroy(c->ares);
    }
    if (e != ARES_SUCCESS) {
        log_error("dns", "the resolver cannot start: %s", ares_strerror(e));
        mem_free(MEM_NET, c);
        return ERR_BACKEND;
    }
    self.channel[worker_index(worker_self())] = c;
    worker_at_exit(channel_end, c);
    return ERR_OK;
}
