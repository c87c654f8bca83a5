/* SPDX-License-Identifier: BSD-2-Clause */
/* What the upper floors may ask of connections, whoever owns them. */
#include "net/stream_parts.h"

uint64_t connection_find(enum proto proto, const struct addr *peer)
{
    return streams_find(proto, peer);
}

struct request {
    uint64_t id;
    int64_t value;
    void (*fn)(struct stream *s, int64_t value);
};

static void do_request(void *arg)
{
    struct request r = *(struct request *)arg;
    struct stream *s = stream_of(r.id);

    mem_free(MEM_NET, arg);
    if (s)
        r.fn(s, r.value);
}

static err_t ask(uint64_t id, void (*fn)(struct stream *s, int64_t value), int64_t value)
{
    struct request *r;

    if (!connection_exists(id))
        return ERR_NOT_FOUND;
    r = mem_alloc(MEM_NET, sizeof *r);
    *r = (struct request){ id, value, fn };
    worker_post(stream_owner(id), do_request, r);
    return ERR_OK;
}

static void do_close(struct stream *s, int64_t value)
{
    (void)value;
    s->closing = true;
    if (list_empty(&s->queue))
        stream_finish(s);
}

err_t connection_close(uint64_t id)
{
    return ask(id, do_close, 0);
}

static void do_alias(struct stream *s, int64_t value)
{
    struct addr alias = s->flow.peer;
    size_t i = 0;

    addr_set_port(&alias, (uint16_t)value);
    while (i < sizeof s->alias / sizeof *s->alias && s->alias[i])
        i++;
    if (i == sizeof s->alias / sizeof *s->alias)
        return;
    if (streams_claim(s->flow.proto, &alias, s->flow.connection) != s->flow.connection)
        return;
    for (size_t k = 0; k < i; k++)
        if (s->alias[k] == (uint16_t)value)
            return;
    if ((uint16_t)value != addr_port(&s->flow.peer))
        s->alias[i] = (uint16_t)value;
}

err_t connection_alias(uint64_t id, uint16_t port)
{
    return ask(id, do_alias, port);
}

struct walk {
    void (*fn)(const struct connection_info *c, void *arg);
    void *arg;
};

static err_t walk_mine(void *arg)
{
    const struct walk *w = arg;

    LIST_EACH(streams_mine(), struct stream, s, link)
    {
        struct connection_info c = {
            .id = s->flow.connection,
            .proto = s->flow.proto,
            .local = s->flow.local,
            .peer = s->flow.peer,
            .accepted = s->accepted,
            .connecting = s->connecting,
            .worker = worker_index(worker_self()),
            .queued = s->queued,
            .opened_ms = s->opened_ms,
            .active_ms = s->active_ms,
            .expires_ms = s->lifetime_ms < 0 ? 0 : s->active_ms + s->lifetime_ms,
        };

        w->fn(&c, w->arg);
    }
    return ERR_OK;
}

void connections_each(void (*fn)(const struct connection_info *c, void *arg), void *arg)
{
    struct walk w = { fn, arg };

    err_t e = workers_each(walk_mine, &w);

    ASSERT(!e); /* walk_mine never fails */
}
