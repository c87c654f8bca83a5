/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages as they are on the wire. event_route[network:msg] sees each before it is read and before
 * it leaves, and may put another in its place: nio_msg_avp says in which variable. It runs on a
 * coroutine of its own; when it waits, its message goes on later.
 */
#include "core/send.h"
#include "modules/corex/corex.h"
#include "rt/co.h"

struct passing {
    const struct corex_conf *conf;
    bool incoming;
    struct packet *packet; /* incoming */
    struct flow to;        /* outgoing */
    struct str bytes;
    struct str changed; /* STR_NONE: as it was; in `arena` */
    struct arena arena;
    err_t result;
    bool done, detached;
};

static void run_event(struct call *c, void *arg)
{
    struct passing *p = arg;
    struct msg read;
    struct value v;

    if (!msg_parse(p->bytes, &msg_default_limits, c->arena, &read, NULL))
        *c->msg = read;
    c->raw_bytes = p->bytes;
    c->from = p->incoming ? p->packet->from : p->to;
    c->module_data[corex_self.raw_slot] = p;
    event_run(c, "network:msg", SCRIPT_TRUE);
    if (p->conf->nio_var && !var_get(c, p->conf->nio_var, &v) && v.type == VALUE_STR)
        p->changed = arena_dup(&p->arena, v.s);
}

static void filter(struct passing *p)
{
    struct generation *g = generation_current();

    p->conf = generation_conf(g, &module_corex);
    co_local_set(corex_self.raw_local, p);
    if (p->conf)
        call_run_detached(g, NULL, run_event, p);
    obj_drop(g);
}

static void passing_free(struct passing *p)
{
    arena_free(&p->arena);
    mem_free(MEM_MESSAGE, p);
}

static struct passing *passing_new(struct str bytes)
{
    struct passing *p = mem_zalloc(MEM_MESSAGE, sizeof *p);

    arena_init(&p->arena, MEM_MESSAGE, 1024);
    p->bytes = bytes;
    return p;
}

static bool wanted(struct str bytes)
{
    const struct corex_conf *conf = current_conf(&module_corex);

    /* what the event itself sends leaves as it is */
    return conf->nio_intercept && (int64_t)bytes.n >= conf->nio_min_msg_len &&
           !(co_self() && co_local_get(corex_self.raw_local));
}

static void take_in(void *arg)
{
    struct passing *p = arg;

    filter(p);
    net_pass(p->packet, p->changed);
    passing_free(p);
}

static void received(struct packet *packet)
{
    struct passing *p;

    if (!wanted(packet->bytes)) {
        net_pass(packet, STR_NONE);
        return;
    }
    p = passing_new(packet->bytes);
    p->incoming = true;
    p->packet = packet;
    co_spawn(take_in, p);
}

static void send_out(void *arg)
{
    struct passing *p = arg;

    filter(p);
    p->result = net_send_raw(&p->to, p->changed.p ? p->changed : p->bytes);
    p->done = true;
    if (p->detached)
        passing_free(p);
}

/* The result is known here only when the event did not wait. */
static err_t sending(const struct flow *to, struct str bytes)
{
    struct passing *p;
    err_t e = ERR_OK;

    if (!wanted(bytes))
        return net_send_raw(to, bytes);
    p = passing_new(STR_NONE);
    p->bytes = arena_dup(&p->arena, bytes);
    p->to = *to;
    co_spawn(send_out, p);
    if (!p->done) {
        p->detached = true;
        return ERR_OK;
    }
    e = p->result;
    passing_free(p);
    return e;
}

void raw_adopt(const struct corex_conf *conf)
{
    static const struct net_filter filter_all = { .received = received, .sending = sending };

    net_set_filter(conf->nio_intercept ? &filter_all : NULL);
}

int is_incoming(struct call *c)
{
    const struct passing *p = c->module_data[corex_self.raw_slot];

    return (p ? p->incoming : c->packet != NULL) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* ---- replies on their way out ---- */

static void run_reply_out(struct call *c, void *arg)
{
    const struct passing *p = arg;
    struct msg read;

    if (msg_parse(p->bytes, &msg_default_limits, c->arena, &read, NULL))
        return;
    *c->msg = read;
    c->from = p->to;
    event_run(c, "corex:reply-out", SCRIPT_TRUE);
}

/* On the coroutine of the call that replies; the reply leaves when the event is over. */
void raw_reply_out(struct call *c, const struct hop *to, struct str bytes)
{
    struct passing p = { .to = to->flow, .bytes = bytes };

    if (co_self() && call_upcalls.has_route(c->gen, ROUTE_EVENT, "corex:reply-out"))
        call_run_detached(c->gen, NULL, run_reply_out, &p);
}
