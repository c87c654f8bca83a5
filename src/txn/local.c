/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests made here (RFC 3261 8.1 and 13.2): a transaction without a server side. */
#include "base/random.h"
#include "net/net.h"
#include "txn/internal.h"
#include <stdatomic.h>

enum { TOKEN = 16 };

/* A copy of what was asked, on its way to the home of its call. */
struct job {
    struct txn_request ask;
    struct arena arena;
    struct str text;
};

static void job_free(struct job *j)
{
    obj_drop(j->ask.gen);
    obj_drop(j->ask.vars);
    arena_free(&j->arena);
    mem_free(MEM_TXN, j);
}

static void token_as_call_id(struct buf *out)
{
    random_token(out, TOKEN);
}

static struct {
    void (*_Atomic make_call_id)(struct buf *out);
} self = { token_as_call_id };

void txn_make_call_ids(void (*make)(struct buf *out))
{
    atomic_store(&self.make_call_id, make ? make : token_as_call_id);
}

void txn_new_call_id(struct buf *out)
{
    void (*make)(struct buf * out) = atomic_load(&self.make_call_id);

    make(out);
}

/* A Call-ID whose home is this worker, so that the request stays here. */
static struct str fresh_call_id(struct arena *a)
{
    char space[TXN_CALL_ID_MAX];
    struct buf b;

    do {
        buf_fixed(&b, space, sizeof space);
        txn_new_call_id(&b);
    } while (worker_self() && worker_of_hash(home_hash(buf_str(&b))) != worker_self());
    return arena_dup(a, buf_str(&b));
}

static bool has_tag(struct str value)
{
    struct address a;

    return address_parse(value, &a) == ERR_OK && a.tag.n;
}

static struct str bracketed(struct arena *a, struct str uri)
{
    return arena_fmt(a, "<" STR_FMT ">", STR_ARG(uri));
}

static void complete(struct job *j)
{
    struct txn_request *r = &j->ask;

    if (!r->cseq)
        r->cseq = 1;
    if (!r->call_id.n)
        r->call_id = fresh_call_id(&j->arena);
    if (!r->to.n)
        r->to = bracketed(&j->arena, r->uri);
    if (!r->from.n)
        r->from = STR("<sip:tandem@localhost>");
    if (has_tag(r->from))
        return;
    struct str tag = r->from_tag;
    if (!tag.n) {
        char space[TOKEN + 1];
        struct buf b;

        buf_fixed(&b, space, sizeof space);
        random_token(&b, TOKEN);
        tag = arena_dup(&j->arena, buf_str(&b));
    }
    r->from = arena_fmt(&j->arena, STR_FMT ";tag=" STR_FMT, STR_ARG(r->from), STR_ARG(tag));
}

static bool names_user_agent(struct str headers)
{
    while (headers.n)
        if (str_istarts(str_split(&headers, '\n'), STR("User-Agent:")))
            return true;
    return false;
}

/* server_signature and user_agent_header, unless who asked has one of its own. */
static struct str user_agent(struct job *j)
{
    const struct core_conf *core = j->ask.gen ? j->ask.gen->core : NULL;

    if (!core || !core->server_signature || !core->user_agent_header.n ||
        names_user_agent(j->ask.headers))
        return STR("");
    return arena_fmt(&j->arena, STR_FMT "\r\n", STR_ARG(core->user_agent_header));
}

/* The message with a Via that is replaced when the next hop is known. */
static struct str write_text(struct job *j)
{
    const struct txn_request *r = &j->ask;

    return arena_fmt(&j->arena,
                     STR_FMT " " STR_FMT " SIP/2.0\r\n"
                             "Via: " LOCAL_VIA "\r\n"
                             "To: " STR_FMT "\r\nFrom: " STR_FMT "\r\n"
                             "CSeq: %u " STR_FMT "\r\nCall-ID: " STR_FMT "\r\n"
                             "Max-Forwards: 70\r\n" STR_FMT STR_FMT
                             "Content-Length: %zu\r\n\r\n" STR_FMT,
                     STR_ARG(r->method), STR_ARG(r->uri), STR_ARG(r->to), STR_ARG(r->from), r->cseq,
                     STR_ARG(r->method), STR_ARG(r->call_id), STR_ARG(user_agent(j)),
                     STR_ARG(r->headers), r->body.n, STR_ARG(r->body));
}

static struct target target_of(struct call *c, const struct txn_request *r)
{
    struct target at = { .dst_uri = r->next_hop, .socket = r->socket, .q = -1 };
    const struct address *routes;
    size_t n = 0;

    if (!at.dst_uri.n) {
        at.dst_uri = STR_NONE;
        if (msg_addresses(c->msg, HEADER_ROUTE, &routes, &n) == ERR_OK && n)
            at.dst_uri = routes[0].uri_text;
    }
    return at;
}

/* The bytes for the first hop: our Via in the place of the stand-in. */
static void write_via(struct call *c, const struct hop *hop, struct str branch)
{
    const struct header *via = msg_header(c->msg, HEADER_VIA);
    const struct listener *l = hop->flow.local;
    struct str host = l ? l->advertised_host : STR("localhost");
    struct str line =
        arena_fmt(c->arena, "Via: SIP/2.0/" STR_FMT " " STR_FMT ":%u;branch=" STR_FMT "\r\n",
                  STR_ARG(proto_via_name(hop->flow.proto)), STR_ARG(host),
                  l ? l->advertised_port : 5060, STR_ARG(branch));

    edit_replace(&c->edits, c->msg, via->all, line);
}

static struct txn *make(struct call *c, struct job *j)
{
    struct txn_request *r = &j->ask;
    struct txn *t = txn_make(c->gen, c->msg->raw, 0);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);

    t->method = (uint8_t)c->msg->method;
    t->method_name = arena_dup(&t->arena, c->msg->method_name);
    t->call_id = arena_dup(&t->arena, msg_call_id(c->msg));
    t->from_tag = arena_dup(&t->arena, msg_from_tag(c->msg));
    t->cseq = cseq ? cseq->number : 0;
    t->received_us = c->received_us;
    t->txn_flags = TXN_LOCAL | (t->method == METHOD_INVITE ? (unsigned)TXN_INVITE : 0) |
                   (r->no_ack ? (unsigned)TXN_NO_ACK : 0);
    t->vars = obj_hold(r->vars ? r->vars : c->vars);
    t->plan.fr_ms = r->fr_ms > 0 ? (uint32_t)r->fr_ms : 0;
    bool invite = t->txn_flags & TXN_INVITE;
    t->deadline_ms = t->created_ms + (invite ? conf_of(t)->max_inv_lifetime.ms
                                             : conf_of(t)->max_noninv_lifetime.ms);
    home_insert(t);
    txn_count(COUNT_UAC, 1);
    if (r->fn || r->release)
        txn_watch(t,
                  !r->fn      ? 0
                  : r->events ? r->events
                              : (unsigned)TXN_LOCAL_FINAL,
                  r->fn, r->arg, r->release);
    return t;
}

/* event_route[tm:local-request]; false: it dropped the request. */
static bool run_local_request(struct call *c)
{
    static const char name[] = "tm:local-request";

    if (!call_upcalls.has_route || !call_upcalls.has_route(c->gen, ROUTE_EVENT, name))
        return true;
    c->drop = false;
    call_upcalls.run_route(c, ROUTE_EVENT, name);
    bool dropped = c->drop;
    c->drop = false;
    return !dropped;
}

static err_t send_first(struct call *c, struct txn *t, struct txn_branch *b, struct hop *hop,
                        const struct target *at)
{
    char space[64];
    struct buf token;
    struct hop hops[HOPS_MAX];
    size_t n = 0;
    err_t e = send_find_hops(c, at, hops, &n);

    if (e || !n)
        return e ? e : ERR_NOT_FOUND;
    n = hops_not_blocked(t, hops, n);
    if (!n)
        return ERR_UNREACHABLE;
    *hop = hops[0];
    buf_fixed(&token, space, sizeof space);
    branch_via(b, &token);
    write_via(c, hop, buf_str(&token));
    if (!run_local_request(c))
        return ERR_DENIED;
    struct buf *out = txn_scratch();
    edit_apply(&c->edits, c->msg, proto_is_stream(hop->flow.proto), out);
    b->sent = own_copy(buf_str(out));
    b->to = hop->flow;
    if (n > 1) {
        b->more_hops = ARENA_ARRAY(&t->arena, struct hop, n - 1);
        memcpy(b->more_hops, &hops[1], (n - 1) * sizeof *hops);
        b->n_more_hops = n - 1;
    }
    branch_change_proto(c, b, hop);
    return branch_send(c, b);
}

static void begin(struct call *c, void *arg)
{
    struct job *j = arg;
    struct txn *t = make(c, j);
    struct target at = target_of(c, &j->ask);
    struct hop hop;

    txn_attach(c, t);
    if (!txn_enter(t))
        return;
    struct txn_branch *b = txn_add_branch(t);
    b->uri = arena_dup(&t->arena, j->ask.uri);
    err_t e = send_first(c, t, b, &hop, &at);
    if (e) {
        log_info(AREA, "a request of our own could not be sent: %s", err_text(e));
        branch_fail(b, e == ERR_DENIED ? 487 : 408);
        local_final(NULL, t, b);
    }
    txn_leave(t);
}

static void run_job(void *arg)
{
    struct job *j = arg;
    struct msg msg;
    err_t e = msg_parse(j->text, &msg_default_limits, &j->arena, &msg, NULL);

    ASSERT(e == ERR_OK); /* it was read before it was posted */
    call_run_detached(j->ask.gen, &msg, begin, j);
    job_free(j);
}

static void at_home(void *arg)
{
    co_spawn(run_job, arg);
}

err_t txn_send_request(const struct txn_request *r)
{
    struct job *j = mem_zalloc(MEM_TXN, sizeof *j);
    struct str *const texts[] = { &j->ask.method,  &j->ask.uri,     &j->ask.next_hop,
                                  &j->ask.from,    &j->ask.to,      &j->ask.from_tag,
                                  &j->ask.call_id, &j->ask.headers, &j->ask.body };
    struct msg probe;

    arena_init(&j->arena, MEM_TXN, 1024 + r->headers.n + r->body.n * 2);
    j->ask = *r;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = texts[i]->n ? arena_dup(&j->arena, *texts[i]) : STR("");
    j->ask.gen = r->gen ? obj_hold(r->gen) : generation_current();
    j->ask.vars = r->vars ? obj_hold(r->vars) : NULL;
    complete(j);
    j->text = write_text(j);
    err_t e = msg_parse(j->text, &msg_default_limits, &j->arena, &probe, NULL);
    if (e) {
        job_free(j);
        return e;
    }
    worker_post(worker_of_hash(home_hash(j->ask.call_id)), at_home, j);
    return ERR_OK;
}

/* ---- its end ---- */

void local_final(struct call *c, struct txn *t, struct txn_branch *b)
{
    struct msg *reply = c && !c->msg->request ? c->msg : NULL;
    unsigned status = b ? b->status : 500;
    struct str raw = reply ? reply->raw : b ? b->reply : STR_NONE;

    if (respond_bytes(c, t, status, raw, b, reply) != ERR_OK)
        return;
    txn_notify(t, &(struct txn_note){ .event = TXN_LOCAL_FINAL,
                                      .call = c,
                                      .reply = reply,
                                      .status = status,
                                      .reason = reply ? reply->reason : status_reason(status),
                                      .branch = b ? b->index : -1,
                                      .made_here = !reply,
                                      .bytes = raw });
}

/* ---- ACK of a 2xx (RFC 3261 13.2.2.4) ---- */

struct ack {
    struct txn *txn;
    struct txn_branch *branch;
};

static void send_ack(struct call *c, void *arg)
{
    static const char ack_sent[] = "tm:local-ack-sent";
    const struct ack *a = arg;
    const struct address *routes;
    struct target at = { .q = -1 };
    struct hop hops[HOPS_MAX];
    size_t n = 0;
    char space[64];
    struct buf token, *out;

    if (msg_addresses(c->msg, HEADER_ROUTE, &routes, &n) == ERR_OK && n)
        at.dst_uri = routes[0].uri_text;
    n = 0;
    if (conf_of(a->txn)->local_ack_mode == 1) {
        hops[0] = (struct hop){ .flow = a->branch->to };
        n = 1;
    } else if (conf_of(a->txn)->local_ack_mode == 2) {
        hops[0] = (struct hop){ .flow = a->branch->reply_from };
        n = 1;
    } else if (send_find_hops(c, &at, hops, &n) != ERR_OK || !n) {
        log_warn(AREA, "an ACK of ours has nowhere to go");
        return;
    }
    buf_fixed(&token, space, sizeof space);
    buf_addz(&token, "z9hG4bK");
    random_token(&token, TOKEN);
    write_via(c, &hops[0], buf_str(&token));
    out = txn_scratch();
    edit_apply(&c->edits, c->msg, proto_is_stream(hops[0].flow.proto), out);
    struct str bytes = arena_dup(c->arena, buf_str(out));
    err_t e = send_bytes(c, &hops[0], bytes);
    if (e)
        log_warn(AREA, "an ACK of ours could not be sent: %s", err_text(e));
    else if (call_upcalls.has_route && call_upcalls.has_route(c->gen, ROUTE_EVENT, ack_sent))
        call_upcalls.run_route(c, ROUTE_EVENT, ack_sent);
    txn_notify(a->txn, &(struct txn_note){ .event = TXN_ACK_SENT,
                                           .call = c,
                                           .branch = a->branch->index,
                                           .bytes = bytes,
                                           .to = &hops[0].flow });
}

/* The route set of the dialog: Record-Route of the reply, last first. */
static struct str routes_back(struct msg *reply, struct arena *a)
{
    const struct address *list;
    size_t n = 0;
    struct str lines = STR("");

    if (msg_addresses(reply, HEADER_RECORD_ROUTE, &list, &n) != ERR_OK)
        return lines;
    while (n--)
        lines =
            arena_fmt(a, STR_FMT "Route: " STR_FMT "\r\n", STR_ARG(lines), STR_ARG(list[n].all));
    return lines;
}

void local_ack(struct call *c, struct txn_branch *b, struct msg *reply)
{
    struct txn *t = b->txn;
    const struct address *contacts;
    const struct header *to = msg_header(reply, HEADER_TO), *from = msg_header(reply, HEADER_FROM);
    size_t n = 0;
    struct arena arena;
    struct msg msg;

    if (c)
        b->reply_from = c->from;
    if (t->txn_flags & TXN_NO_ACK || !to || !from)
        return;
    arena_init(&arena, MEM_TXN, 2048);
    bool known = msg_addresses(reply, HEADER_CONTACT, &contacts, &n) == ERR_OK && n;
    struct str text = arena_fmt(
        &arena,
        "ACK " STR_FMT " SIP/2.0\r\n"
        "Via: " LOCAL_VIA "\r\n"
        "To: " STR_FMT "\r\nFrom: " STR_FMT "\r\n"
        "CSeq: %u ACK\r\nCall-ID: " STR_FMT "\r\n"
        "Max-Forwards: 70\r\n" STR_FMT STR_FMT "Content-Length: %zu\r\n\r\n" STR_FMT,
        STR_ARG(known ? contacts[0].uri_text : b->uri), STR_ARG(to->body), STR_ARG(from->body),
        t->cseq, STR_ARG(t->call_id), STR_ARG(routes_back(reply, &arena)), STR_ARG(t->ack_lines),
        t->ack_body.n, STR_ARG(t->ack_body));
    if (msg_parse(text, &msg_default_limits, &arena, &msg, NULL) == ERR_OK)
        call_run_detached(t->gen, &msg, send_ack, &(struct ack){ t, b });
    arena_free(&arena);
}

struct kept_ack {
    struct str call_id;
    uint32_t cseq;
    struct str lines, body;
};

static err_t ack_at_home(void *arg)
{
    const struct kept_ack *k = arg;
    struct txn *t = txn_find_call(k->call_id, k->cseq);
    struct arena arena;
    struct msg reply;

    if (!t || !(t->txn_flags & TXN_LOCAL) || !(t->txn_flags & TXN_INVITE))
        return ERR_NOT_FOUND;
    if (t->status / 100 != 2 || t->winner < 0)
        return ERR_STATE;
    obj_hold(t);
    arena_init(&arena, MEM_TXN, 2048);
    err_t e = msg_parse(t->reply, &msg_default_limits, &arena, &reply, NULL);
    if (e == ERR_OK) {
        t->ack_lines = arena_dup(&t->arena, k->lines);
        t->ack_body = arena_dup(&t->arena, k->body);
        t->txn_flags &= ~(uint32_t)TXN_NO_ACK; /* a repeated 2xx gets it again */
        local_ack(NULL, t->branches[t->winner], &reply);
    }
    arena_free(&arena);
    obj_drop(t);
    return e;
}

err_t txn_ack_local(struct str call_id, uint32_t cseq, struct str headers, struct str body)
{
    struct kept_ack k = { call_id, cseq, headers, body };

    return worker_call(worker_of_hash(home_hash(call_id)), ack_at_home, &k);
}

/* ---- asking and waiting ---- */

struct question {
    struct worker *asker;
    struct co *co; /* NULL: nobody waits any more */
    unsigned status;
    bool made_here, done;
    struct str raw, reason; /* own memory */
};

static void question_end(void *object)
{
    struct question *q = object;

    own_free(&q->raw);
    own_free(&q->reason);
}

static void wake_asker(void *arg)
{
    struct question *q = arg;

    q->done = true;
    if (q->co)
        co_wake(q->co, ERR_OK);
    obj_drop(q);
}

static void on_answer(const struct txn_note *note, void *arg)
{
    struct question *q = arg;

    q->status = note->status;
    q->made_here = note->made_here;
    q->raw = own_copy(note->bytes);
    q->reason = own_copy(note->reason);
    worker_post(q->asker, wake_asker, obj_hold(q));
}

err_t txn_ask(const struct txn_request *r, struct arena *arena, struct txn_answer *out)
{
    struct txn_request ask = *r;
    struct question *q = obj_new(struct question, MEM_TXN, question_end);
    err_t e;

    q->asker = worker_self();
    q->co = co_self();
    ask.events = TXN_LOCAL_FINAL;
    ask.fn = on_answer;
    ask.arg = obj_hold(q);
    ask.release = obj_drop;
    e = txn_send_request(&ask);
    if (e) {
        obj_drop(q); /* nobody else will release it */
        obj_drop(q);
        return e;
    }
    while (!q->done && e == ERR_OK)
        e = co_suspend();
    if (q->done) {
        *out = (struct txn_answer){ q->status, q->made_here, arena_dup(arena, q->raw),
                                    arena_dup(arena, q->reason) };
        e = ERR_OK;
    }
    q->co = NULL;
    obj_drop(q);
    return e;
}
