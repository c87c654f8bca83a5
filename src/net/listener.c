/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listeners and the sockets under them. Two descriptions of the same address (another name, another
 * advertised address) share the sockets, so that a reload which changes only those drops nothing.
 */
#include "net/listener.h"
#include "base/list.h"
#include "base/log.h"
#include "net/state.h"
#include <pthread.h>

struct known { /* a listener that is or was */
    struct link link;
    struct listener listener;
};

static struct {
    struct snapshot now; /* struct listeners */
    struct link known, ios;
    unsigned numbers;
} self;

void listeners_begin(void)
{
    struct listeners *none = mem_zalloc(MEM_NET, sizeof *none);

    list_init(&self.known);
    list_init(&self.ios);
    self.numbers = 0;
    atomic_store(&self.now.now, none);
}

const struct listeners *listeners_now(void)
{
    return snapshot_read(&self.now);
}

struct listener *listener_shown(const struct listener_io *io)
{
    return atomic_load_explicit(&((struct listener_io *)(uintptr_t)io)->shown,
                                memory_order_acquire);
}

/* Descriptions. */

static struct str print(void (*fn)(struct buf *b, const struct listener *ln),
                        const struct listener *ln)
{
    char space[512];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    fn(&b, ln);
    return mem_dup(MEM_NET, buf_str(&b));
}
static void put_ip(struct buf *b, const struct listener *ln)
{
    addr_print_ip(b, &ln->addr, false);
}
static void put_host(struct buf *b, const struct listener *ln)
{
    addr_print_ip(b, &ln->addr, true);
}
static void put_port(struct buf *b, const struct listener *ln)
{
    buf_int(b, ln->port);
}
static void put_text(struct buf *b, const struct listener *ln)
{
    buf_fmt(b, STR_FMT ":" STR_FMT ":%u", STR_ARG(proto_name(ln->proto)), STR_ARG(ln->host),
            ln->port);
}
static void put_advertised_port(struct buf *b, const struct listener *ln)
{
    buf_int(b, ln->advertised_port);
}
static void put_advertised(struct buf *b, const struct listener *ln)
{
    buf_fmt(b, STR_FMT ":" STR_FMT ":%u", STR_ARG(proto_name(ln->proto)),
            STR_ARG(ln->advertised_host), ln->advertised_port);
}

static struct listener *describe(const struct socket_spec *spec, struct listener_io *io)
{
    struct known *k = mem_zalloc(MEM_NET, sizeof *k);
    struct listener *ln = &k->listener;

    list_push(&self.known, &k->link);
    ln->proto = io->proto;
    ln->addr = io->addr;
    ln->port = addr_port(&io->addr);
    ln->name = mem_dup(MEM_NET, spec->name.p ? spec->name : STR(""));
    ln->ip_text = print(put_ip, ln);
    ln->host = print(put_host, ln);
    ln->port_text = print(put_port, ln);
    ln->text = print(put_text, ln);
    ln->advertises = spec->advertised_host.n || spec->advertised_port;
    ln->advertised_host =
        mem_dup(MEM_NET, spec->advertised_host.n ? spec->advertised_host : ln->host);
    ln->advertised_port = spec->advertised_port ? spec->advertised_port : ln->port;
    ln->advertised_port_text = print(put_advertised_port, ln);
    ln->advertised_text = print(put_advertised, ln);
    ln->flags = spec->flags;
    ln->number = self.numbers++;
    ln->io = io;
    return ln;
}

static void release(struct str s)
{
    mem_free(MEM_NET, (char *)(uintptr_t)s.p);
}

static void forget(struct known *k)
{
    struct listener *ln = &k->listener;

    release(ln->name);
    release(ln->ip_text);
    release(ln->host);
    release(ln->port_text);
    release(ln->text);
    release(ln->advertised_host);
    release(ln->advertised_port_text);
    release(ln->advertised_text);
    mem_free(MEM_NET, k);
}

static bool describes(const struct socket_spec *spec, const struct listener *ln)
{
    struct str host = spec->advertised_host.n ? spec->advertised_host : ln->host;
    uint16_t port = spec->advertised_port ? spec->advertised_port : ln->port;

    return str_eq(spec->name, ln->name) && str_eq(host, ln->advertised_host) &&
           port == ln->advertised_port && spec->flags == ln->flags;
}

static struct listener *listener_of(const struct socket_spec *spec, struct listener_io *io)
{
    LIST_EACH(&self.known, struct known, k, link)
    if (k->listener.io == io && describes(spec, &k->listener))
        return &k->listener;
    return describe(spec, io);
}

/* Sockets. */

static struct listener_io *io_of(const struct socket_spec *spec)
{
    unsigned n = workers_count();
    struct listener_io *io;

    LIST_EACH(&self.ios, struct listener_io, at, link)
    if (at->proto == spec->proto && addr_port(&spec->addr) && addr_eq(&at->addr, &spec->addr))
        return at;
    io = mem_zalloc(MEM_NET, sizeof *io + n * sizeof *io->part);
    io->proto = spec->proto;
    io->addr = spec->addr;
    io->n_parts = n;
    for (unsigned i = 0; i < n; i++)
        io->part[i] = (struct listener_part){ .io = io, .worker = i, .fd = -1 };
    list_push(&self.ios, &io->link);
    return io;
}

struct handover {
    struct listener_part *part;
    int fd; /* -1: close */
};

static void close_part(struct listener_part *p)
{
    if (p->fd < 0)
        return;
    timer_cancel(&p->retry);
    if (p->flush.link.next)
        list_remove(&p->flush.link);
    p->flush.link = (struct link){ NULL, NULL };
    udp_close(p);
    net_backend()->stop(p);
    p->fd = -1;
}

static void take_over(void *arg)
{
    struct handover h = *(struct handover *)arg;

    mem_free(MEM_NET, arg);
    if (h.fd < 0) {
        if (h.part->flush.fn && h.part->queue)
            h.part->flush.fn(&h.part->flush);
        close_part(h.part);
        return;
    }
    h.part->fd = h.fd;
    net_backend()->start(h.part);
}

static void hand_over(struct listener_io *io, unsigned worker, int fd)
{
    struct handover *h = mem_alloc(MEM_NET, sizeof *h);

    *h = (struct handover){ &io->part[worker], fd };
    worker_post(worker_at(worker), take_over, h);
}

static err_t check(const struct socket_spec *specs, size_t i, struct buf *why)
{
    const struct socket_spec *s = &specs[i];

    if (s->proto != PROTO_UDP && s->proto != PROTO_TCP) {
        buf_fmt(why, "cannot listen on " STR_FMT ":", STR_ARG(proto_name(s->proto)));
        addr_print(why, &s->addr);
        buf_addz(why, ": this build speaks udp and tcp only");
        return ERR_UNSUPPORTED;
    }
    for (size_t k = 0; k < i; k++) {
        if (specs[k].proto != s->proto || !addr_port(&s->addr) ||
            !addr_eq(&specs[k].addr, &s->addr))
            continue;
        buf_fmt(why, STR_FMT ":", STR_ARG(proto_name(s->proto)));
        addr_print(why, &s->addr);
        buf_addz(why, " is listed twice");
        return ERR_EXISTS;
    }
    return ERR_OK;
}

static err_t open_io(struct listener_io *io, struct buf *why)
{
    io->fresh = mem_alloc(MEM_NET, io->n_parts * sizeof *io->fresh);

    err_t e = net_backend()->open(io, io->fresh, io->n_parts, why);

    if (e) {
        mem_free(MEM_NET, io->fresh);
        io->fresh = NULL;
    }
    return e;
}

static void drop_fresh(struct listener_io *io, bool close_them)
{
    for (unsigned i = 0; close_them && io->fresh && i < io->n_parts; i++)
        net_backend()->discard(io->fresh[i]);
    mem_free(MEM_NET, io->fresh);
    io->fresh = NULL;
}

static void put_where(const struct socket_spec *s, struct buf *why)
{
    if (s->where.n)
        buf_fmt(why, " (" STR_FMT ")", STR_ARG(s->where));
}

/* Opens what is new; on failure nothing stays open. */
static err_t prepare(const struct socket_spec *specs, struct listener_io **ios, size_t n,
                     struct buf *why)
{
    for (size_t i = 0; i < n; i++) {
        err_t e = check(specs, i, why);

        if (!e) {
            ios[i] = io_of(&specs[i]);
            ios[i]->flags = specs[i].flags;
            e = ios[i]->open ? ERR_OK : open_io(ios[i], why);
        }
        if (!e)
            continue;
        put_where(&specs[i], why);
        for (size_t k = 0; k <= i; k++)
            if (ios[k])
                drop_fresh(ios[k], true);
        return e;
    }
    return ERR_OK;
}

static void free_list(void *list)
{
    mem_free(MEM_NET, list);
}

/* The point of no return: hands sockets over and shows the new list. */
static void commit(const struct socket_spec *specs, struct listener_io **ios, size_t n)
{
    struct listeners *list = mem_zalloc(MEM_NET, sizeof *list + n * sizeof *list->at);
    const struct listeners *old = atomic_load(&self.now.now);

    for (size_t i = 0; i < old->n; i++)
        atomic_store(&old->at[i]->open, false);
    LIST_EACH(&self.ios, struct listener_io, io, link)
    io->wanted = false;
    for (size_t i = 0; i < n; i++) {
        struct listener *ln = listener_of(&specs[i], ios[i]);

        ln->index = (unsigned)i;
        atomic_store(&ln->open, true);
        list->at[list->n++] = ln;
        ios[i]->wanted = true;
        atomic_store_explicit(&ios[i]->shown, ln, memory_order_release);
        for (unsigned k = 0; ios[i]->fresh && k < ios[i]->n_parts; k++)
            hand_over(ios[i], k, ios[i]->fresh[k]);
        drop_fresh(ios[i], false);
        ios[i]->open = true;
    }
    LIST_EACH(&self.ios, struct listener_io, io, link)
    {
        for (unsigned k = 0; io->open && !io->wanted && k < io->n_parts; k++)
            hand_over(io, k, -1);
        io->open = io->wanted;
    }
    snapshot_publish(&self.now, list, free_list);
}

err_t listeners_apply(const struct socket_spec *specs, size_t n, struct buf *why)
{
    struct listener_io **ios = mem_zalloc(MEM_NET, (n + 1) * sizeof *ios);
    err_t e = prepare(specs, ios, n, why);

    if (!e)
        commit(specs, ios, n);
    mem_free(MEM_NET, ios);
    return e;
}

void listeners_worker_end(void)
{
    LIST_EACH(&self.ios, struct listener_io, io, link)
    close_part(&io->part[worker_index(worker_self())]);
}

void listeners_end(void)
{
    while (!list_empty(&self.known)) {
        struct known *k = LIST_OF(self.known.next, struct known, link);

        list_remove(&k->link);
        forget(k);
    }
    while (!list_empty(&self.ios)) {
        struct listener_io *io = LIST_OF(self.ios.next, struct listener_io, link);

        list_remove(&io->link);
        mem_free(MEM_NET, io);
    }
    mem_free(MEM_NET, atomic_exchange(&self.now.now, NULL));
}
