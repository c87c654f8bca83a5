/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/receive.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/internal.h"
#include "core/local.h"
#include "core/order.h"
#include "core/overload.h"
#include "core/stats.h"
#include "sip/validate.h"

enum {
    FILTERS_MAX = 8,
    SHORTEST_MESSAGE = 20, /* less is a keep-alive of a NAT */
};

struct receive_upcalls receive_upcalls;

static struct {
    bool (*filters[FILTERS_MAX])(struct call *c);
    size_t n_filters;
} self;

void receive_begin(void)
{
    core_stats_register();
}

void receive_worker_stop(void)
{
    order_worker_stop();
    runs_worker_stop();
    scratch_worker_stop();
}

void receive_add_filter(bool (*fn)(struct call *c))
{
    for (size_t i = 0; i < self.n_filters; i++)
        if (self.filters[i] == fn)
            return;
    ASSERT(self.n_filters < FILTERS_MAX);
    self.filters[self.n_filters++] = fn;
}

static bool has_event(const struct call *c, const char *name)
{
    return call_upcalls.has_route && call_upcalls.has_route(c->gen, ROUTE_EVENT, name);
}

/* Runs an event route; false when it dropped the message. */
static bool run_event(struct call *c, const char *name)
{
    enum route route = c->route;

    if (!has_event(c, name))
        return true;
    c->route = ROUTE_EVENT;
    call_upcalls.run_route(c, ROUTE_EVENT, name);
    c->route = route;
    return !c->drop;
}

static bool run_received(struct call *c)
{
    return !c->gen->core || !c->gen->core->received_route_mode || run_event(c, "core:msg-received");
}

static bool is_taken(struct call *c)
{
    for (size_t i = 0; i < self.n_filters; i++)
        if (self.filters[i](c))
            return true;
    return false;
}

/* Whether it belongs to nothing that goes on already. */
static bool is_new_work(struct msg *m)
{
    return m->method != METHOD_ACK && m->method != METHOD_BYE && m->method != METHOD_CANCEL &&
           m->method != METHOD_PRACK && msg_to_tag(m).n == 0;
}

/* Emergencies (RFC 5031) are the last to be refused. */
static bool is_urgent(const struct msg *m)
{
    return str_istarts(m->uri, STR("urn:service:sos"));
}

static void answer(struct call *c, unsigned status, struct str reason)
{
    err_t e = send_local_reply(c, status, reason, STR_NONE);

    if (e)
        log_debug(AREA, "a %u was not sent: %s", status, err_text(e));
}

/* Whether it begins something new for which memory or time is short. */
static bool is_refused(const struct run *r)
{
    if (!is_new_work(r->call.msg) || is_urgent(r->call.msg))
        return false;
    if (mem_over_cap()) {
        core_stat(CORE_CAP_REQUESTS);
        return true;
    }
    if (overload_refuses(overload_here(), clock_unix_us(), r->call_hash)) {
        core_stat(CORE_OVERLOAD_REQUESTS);
        return true;
    }
    return false;
}

static void refuse(struct call *c)
{
    reply_add_header(c, arena_fmt(c->arena, "Retry-After: %u\r\n", 5 + (unsigned)random_below(6)));
    answer(c, 503, STR_NONE);
}

static void run_request(struct run *r)
{
    struct call *c = &r->call;
    int code;

    c->route = ROUTE_REQUEST;
    if (txn_upcalls.request && txn_upcalls.request(c))
        return;
    if (is_refused(r)) {
        refuse(c);
        return;
    }
    if (is_taken(c))
        return;
    if (!run_received(c) || !run_event(c, "core:pre-routing")) {
        core_stat(CORE_DROP_REQUESTS);
        return;
    }
    code = call_upcalls.run_route ? call_upcalls.run_route(c, ROUTE_REQUEST, NULL) : SCRIPT_TRUE;
    if (c->drop)
        core_stat(CORE_DROP_REQUESTS);
    else if (code < 0)
        core_stat(CORE_ERR_REQUESTS);
}

static void run_reply(struct run *r)
{
    struct call *c = &r->call;
    const struct via *top = msg_via(c->msg, 0, NULL);
    err_t e;

    c->route = ROUTE_REPLY;
    if (c->gen->core && c->gen->core->check_via && !local_is(top->host, top->port, PROTO_NONE)) {
        core_stat(CORE_DROP_REPLIES);
        return;
    }
    if (is_taken(c))
        return;
    if (!run_received(c) || (call_upcalls.run_route &&
                             (call_upcalls.run_route(c, ROUTE_REPLY, NULL) <= 0 || c->drop))) {
        core_stat(CORE_DROP_REPLIES);
        return;
    }
    if (txn_upcalls.reply && txn_upcalls.reply(c))
        return;
    e = send_reply_stateless(c);
    if (e == ERR_NOT_FOUND || e == ERR_DENIED) {
        core_stat(CORE_DROP_REPLIES);
    } else if (e) {
        core_stat(CORE_ERR_REPLIES);
        log_debug(AREA, "a reply was not forwarded: %s", err_text(e));
    }
}

static void run_malformed(struct run *r)
{
    run_event(&r->call, "core:receive-parse-error");
}

/* RFC 3261 16.3 item 1, and what makes a message unfit to be forwarded. */
static bool is_sound(struct msg *m, struct fault *fault)
{
    static const struct check_rules rules = { .uris = CHECK_URI_REQUEST };

    return check_message(m, CHECKS_OF_PROXY | CHECK_URIS | CHECK_RURI_FORM, &rules, fault);
}

static void log_malformed(const struct call *c, struct str why)
{
    char space[64];
    struct buf peer;
    int64_t level = c->gen->core ? c->gen->core->corelog : LOG_ERROR;

    if (!log_on((enum log_level)level))
        return;
    buf_fixed(&peer, space, sizeof space);
    addr_print(&peer, &c->from.peer);
    log_at((enum log_level)level, AREA, "malformed message from " STR_FMT ": " STR_FMT,
           STR_ARG(buf_str(&peer)), STR_ARG(why));
}

/* RFC 3261 16.3, 18.3: malformed requests are answered where a Via says where to, all else is
 * thrown away. */
static void deal_with_malformed(struct run *r, const struct fault *fault)
{
    struct call *c = &r->call;
    struct msg *m = &r->msg;

    log_malformed(c, fault->reason);
    core_stat(CORE_BAD_HEADERS);
    if (fault->status == 513)
        core_stat(CORE_OVERSIZE);
    else if (fault->status == 505)
        core_stat(CORE_BAD_VERSION);
    if (m->request && m->method != METHOD_ACK && msg_via(m, 0, NULL)) {
        core_stat(CORE_BAD_REQUESTS);
        answer(c, fault->status, fault->reason);
    } else {
        core_stat(CORE_BAD_MESSAGES);
    }
    if (has_event(c, "core:receive-parse-error"))
        order_start(r, 0, run_malformed);
    else
        run_end(r);
}

static struct run *run_of(struct packet *p)
{
    struct run *r = run_begin();
    struct call *c = &r->call;

    c->packet = p;
    c->from = p->from;
    c->received_us = p->received_us;
    c->gen = generation_current();
    memset(&r->msg, 0, sizeof r->msg);
    return r;
}

/* Reads the packet; false: it is malformed, and `fault` tells how. */
static bool parse(struct run *r, struct fault *fault)
{
    const struct core_conf *core = r->call.gen->core;
    const struct packet *p = r->call.packet;
    struct msg_limits limits = msg_default_limits;
    struct str why = STR_NONE;
    err_t e;

    if (core && core->msg_recv_max_size > 0)
        limits.bytes = (size_t)core->msg_recv_max_size;
    e = msg_parse(p->bytes, &limits, &r->arena, &r->msg, &why);
    if (!e || r->msg.n_headers)
        core_stat_received(&r->msg);
    if (p->oversize || e == ERR_LIMIT) {
        *fault = (struct fault){ .status = 513, .reason = STR("Message Too Large") };
        return false;
    }
    if (e || p->malformed) {
        *fault = (struct fault){ .status = 400, .reason = why.n ? why : STR("Bad Message") };
        return false;
    }
    return is_sound(&r->msg, fault);
}

static void note_wait(const struct call *c)
{
    int64_t target_us = (c->gen->core ? c->gen->core->overload_delay : 0) * 1000, now;

    if (target_us == 0)
        return;
    now = clock_unix_us();
    overload_note(overload_here(), now, now - c->received_us, net_dropped_here(), target_us);
}

static void receive_sip(struct packet *p)
{
    struct run *r = run_of(p);
    struct fault fault;

    note_wait(&r->call);
    if (!parse(r, &fault)) {
        deal_with_malformed(r, &fault);
    } else {
        uint64_t hash = p->call_hash ? p->call_hash : home_hash(msg_call_id(&r->msg));

        order_start(r, hash, r->msg.request ? run_request : run_reply);
    }
}

void receive_packet(struct packet *p)
{
    if (p->http && receive_upcalls.http && generation_peek())
        receive_upcalls.http(p);
    else if (p->http || p->bytes.n < SHORTEST_MESSAGE || !generation_peek())
        obj_drop(p);
    else
        receive_sip(p);
}
