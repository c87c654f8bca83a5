/* SPDX-License-Identifier: BSD-2-Clause */
/* Control requests about transactions. What belongs to a call is done on its home. */
#include "control/rpc.h"
#include "core/send.h"
#include "modules/tm/tm.h"

err_t tm_rpc_stats(struct rpc *r, const void *args)
{
    struct txn_stats s = txn_stats();
    struct rpc_node *at = rpc_struct(rpc_root(r));
    static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx", "6xx" };

    (void)args;
    rpc_put_int(at, "current", s.created - s.freed);
    rpc_put_int(at, "waiting", s.waiting);
    rpc_put_int(at, "total", s.uas + s.uac);
    rpc_put_int(at, "total_local", s.uac);
    rpc_put_int(at, "rpl_received", s.rpl_received);
    rpc_put_int(at, "rpl_generated", s.rpl_generated);
    rpc_put_int(at, "rpl_sent", s.rpl_sent);
    for (size_t i = 5; i-- > 0;)
        rpc_put_int(at, classes[i], s.completed[i + 2]);
    rpc_put_int(at, "created", s.created);
    rpc_put_int(at, "freed", s.freed);
    rpc_put_int(at, "delayed_free", s.delayed_free);
    return ERR_OK;
}

/* What is shown of one transaction; copied on its home. */
struct row {
    struct row *next;
    uint32_t index, label, flags;
    unsigned state, status, branches, refs;
    struct str method, call_id, uri;
};
struct listing {
    struct arena *arena;
    struct row *rows;
};

static void add_row(const struct txn *t, void *arg)
{
    struct listing *l = arg;
    struct row *row = ARENA_NEW(l->arena, struct row);

    *row = (struct row){ .next = l->rows,
                         .index = t->index,
                         .label = t->label,
                         .flags = t->txn_flags,
                         .state = t->state,
                         .status = t->status,
                         .branches = t->n_branches,
                         .refs = obj_refs(t),
                         .method = arena_dup(l->arena, t->method_name),
                         .call_id = arena_dup(l->arena, t->call_id),
                         .uri = arena_dup(l->arena, t->uri_received) };
    l->rows = row;
}

static err_t list_here(void *arg)
{
    txn_each(add_row, arg);
    return ERR_OK;
}

err_t tm_rpc_list(struct rpc *r, const void *args)
{
    struct listing l = { .arena = rpc_arena(r) };
    err_t e = workers_each(list_here, &l);

    (void)args;
    for (struct row *row = l.rows; row; row = row->next) {
        struct rpc_node *at = rpc_struct(rpc_root(r));

        rpc_put_int(at, "tindex", row->index);
        rpc_put_int(at, "tlabel", row->label);
        rpc_put_str(at, "method", row->method);
        rpc_put_str(at, "callid", row->call_id);
        rpc_put_str(at, "ruri", row->uri);
        rpc_put_int(at, "state", row->state);
        rpc_put_int(at, "status", row->status);
        rpc_put_int(at, "outgoings", row->branches);
        rpc_put_fmt(at, "uas_request", "%s", row->uri.n ? "yes" : "no");
        rpc_put_fmt(at, "tflags", "0x%x", row->flags);
        rpc_put_int(at, "ref_count", row->refs);
    }
    return e;
}

struct errand {
    err_t (*fn)(struct txn *t, struct errand *e);
    struct str call_id; /* n 0: by index and label */
    uint32_t cseq, index, label;
    unsigned status;
    struct str reason, to_tag, headers, body;
    err_t err;
};

static err_t run_errand(void *arg)
{
    struct errand *e = arg;
    struct txn *t =
        e->call_id.n ? txn_find_call(e->call_id, e->cseq) : txn_find_id(e->index, e->label);

    if (!t)
        return ERR_NOT_FOUND;
    obj_hold(t);
    err_t result = e->fn(t, e);
    obj_drop(t);
    return result;
}

static err_t at_home(struct rpc *r, struct errand *e)
{
    struct worker *home =
        e->call_id.n ? worker_of_hash(home_hash(e->call_id)) : txn_home_of_id(e->index);
    err_t result = home ? worker_call(home, run_errand, e) : ERR_NOT_FOUND;

    if (result == ERR_NOT_FOUND)
        return rpc_fail(r, 404, "there is no such transaction");
    return result ? rpc_fail(r, 500, "%s", err_text(result)) : ERR_OK;
}

static err_t cancel(struct txn *t, struct errand *e)
{
    (void)e;
    t->txn_flags |= TXN_CANCELED;
    return txn_cancel_branches(t, TXN_CANCEL_ALL, -1, STR_NONE) ? ERR_OK : ERR_STATE;
}

static struct str unless_dot(struct str s)
{
    return str_eq(s, STR(".")) ? STR("") : s;
}

/* Lines of text, each with a line end of its own. */
static struct str whole_lines(struct arena *a, struct str text)
{
    struct str rest = unless_dot(text), out = STR("");

    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n'));

        if (line.n)
            out = arena_fmt(a, STR_FMT STR_FMT "\r\n", STR_ARG(out), STR_ARG(line));
    }
    return out;
}

/* The value of a header in lines of text, and the lines without those that we write ourselves. */
static struct str take_header(struct arena *a, struct str *lines, enum header_id id)
{
    struct str rest = *lines, kept = STR(""), found = STR("");

    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n')), value = line;
        struct str name = str_trim(str_split(&value, ':'));

        if (!line.n)
            continue;
        if (header_id_of(name) == id)
            found = str_trim(value);
        else
            kept = arena_fmt(a, STR_FMT STR_FMT "\r\n", STR_ARG(kept), STR_ARG(line));
    }
    *lines = kept;
    return found;
}

static void answer_here(struct call *c, void *arg)
{
    struct errand *e = arg;
    struct txn *t = c->txn;
    struct str tag = unless_dot(e->to_tag), lines = whole_lines(c->arena, e->headers);
    struct str type = take_header(c->arena, &lines, HEADER_CONTENT_TYPE);

    take_header(c->arena, &lines, HEADER_CONTENT_LENGTH);
    if (tag.n)
        t->to_tag = arena_dup(&t->arena, tag);
    if (lines.n)
        reply_add_header(c, lines);
    if (e->body.n)
        reply_set_body(c, e->body, type);
    e->err = txn_reply(c, t, e->status, e->reason);
}

static err_t answer(struct txn *t, struct errand *e)
{
    if (t->txn_flags & TXN_LOCAL || t->status >= 200)
        return ERR_STATE;
    txn_with_request(t, answer_here, e);
    return e->err;
}

static err_t repeat(struct txn *t, struct errand *e)
{
    (void)e;
    return txn_retransmit_reply(t);
}

err_t tm_rpc_cancel(struct rpc *r, const void *args)
{
    const struct by_call_args *a = args;

    return at_home(
        r, &(struct errand){ .fn = cancel, .call_id = a->call_id, .cseq = (uint32_t)a->cseq });
}

err_t tm_rpc_reply_callid(struct rpc *r, const void *args)
{
    const struct by_call_reply_args *a = args;

    return at_home(r, &(struct errand){ .fn = answer,
                                        .call_id = a->call_id,
                                        .cseq = (uint32_t)a->cseq,
                                        .status = (unsigned)a->code,
                                        .reason = a->reason,
                                        .to_tag = a->to_tag,
                                        .headers = a->headers,
                                        .body = a->body });
}

static bool read_id(struct str text, struct errand *e)
{
    struct str rest = text, index = str_split(&rest, ':');

    return str_to_u32(str_trim(index), &e->index) == ERR_OK &&
           str_to_u32(str_trim(rest), &e->label) == ERR_OK;
}

err_t tm_rpc_reply(struct rpc *r, const void *args)
{
    const struct by_id_reply_args *a = args;
    struct errand e = { .fn = answer,
                        .status = (unsigned)a->code,
                        .reason = a->reason,
                        .to_tag = a->to_tag,
                        .headers = a->headers,
                        .body = a->body };

    return read_id(a->id, &e) ? at_home(r, &e) : rpc_fail(r, 400, "not index:label");
}

err_t tm_rpc_retransmit_id(struct rpc *r, const void *args)
{
    const struct by_id_args *a = args;
    struct errand e = { .fn = repeat };

    return read_id(a->id, &e) ? at_home(r, &e) : rpc_fail(r, 400, "not index:label");
}

err_t tm_rpc_retransmit(struct rpc *r, const void *args)
{
    const struct by_call_args *a = args;

    return at_home(
        r, &(struct errand){ .fn = repeat, .call_id = a->call_id, .cseq = (uint32_t)a->cseq });
}

static void count_one(const struct txn *t, void *arg)
{
    (void)t;
    ++*(int64_t *)arg;
}

static err_t count_here(void *arg)
{
    txn_each(count_one, (int64_t *)arg + worker_index(worker_self()));
    return ERR_OK;
}

err_t tm_rpc_hash_stats(struct rpc *r, const void *args)
{
    int64_t counts[WORKERS_MAX] = { 0 };
    err_t e = workers_each(count_here, counts);

    (void)args;
    for (unsigned i = 0; e == ERR_OK && i < workers_count(); i++) {
        struct rpc_node *at = rpc_struct(rpc_root(r));

        rpc_put_int(at, "worker", i);
        rpc_put_int(at, "current", counts[i]);
    }
    return e;
}

err_t tm_rpc_clean(struct rpc *r, const void *args)
{
    (void)r, (void)args;
    return ERR_OK;
}

/* ---- requests of our own ---- */

static struct txn_request request_of(struct rpc *r, const struct local_args *a)
{
    struct arena *arena = rpc_arena(r);
    struct str lines = a->headers, cseq;
    struct txn_request q = {
        .method = a->method, .uri = a->uri, .next_hop = unless_dot(a->next_hop), .body = a->body
    };

    q.from = take_header(arena, &lines, HEADER_FROM);
    q.to = take_header(arena, &lines, HEADER_TO);
    q.call_id = take_header(arena, &lines, HEADER_CALL_ID);
    cseq = take_header(arena, &lines, HEADER_CSEQ);
    take_header(arena, &lines, HEADER_CONTENT_LENGTH);
    if (str_to_u32(str_cut(cseq, 0, str_find(cseq, ' ')), &q.cseq) != ERR_OK)
        q.cseq = 1;
    q.headers = lines;
    if (unless_dot(a->socket).n) {
        struct str rest = a->socket, proto = str_split(&rest, ':'), host = str_split(&rest, ':');
        uint32_t port = 0;

        if (str_to_u32(rest, &port) == ERR_OK)
            q.socket = listener_find(host, (uint16_t)port, proto_of(proto));
    }
    return q;
}

enum { LOCAL_NO_ACK = 1, LOCAL_HEX = 2 };

static err_t from_hex(struct arena *a, struct str *text)
{
    struct str in = unless_dot(*text);
    char *out = arena_alloc(a, in.n / 2 + 1);
    static const char digits[] = "0123456789abcdef";

    if (in.n % 2)
        return ERR_SYNTAX;
    for (size_t i = 0; i < in.n; i++) {
        const char *at = memchr(digits, in.p[i] | 0x20, sizeof digits - 1);

        if (!at)
            return ERR_SYNTAX;
        int high = i % 2 ? out[i / 2] : 0;
        out[i / 2] = (char)(high << 4 | (int)(at - digits));
    }
    *text = (struct str){ out, in.n / 2 };
    return ERR_OK;
}

static err_t prepare(struct rpc *r, const void *args, unsigned how, struct txn_request *out)
{
    struct local_args a = *(const struct local_args *)args;

    if (how & LOCAL_HEX &&
        (from_hex(rpc_arena(r), &a.headers) != ERR_OK || from_hex(rpc_arena(r), &a.body) != ERR_OK))
        return rpc_fail(r, 400, "headers and body must be hexadecimal");
    *out = request_of(r, &a);
    out->no_ack = how & LOCAL_NO_ACK;
    return ERR_OK;
}

static err_t start(struct rpc *r, const void *args, unsigned how)
{
    struct txn_request q;
    err_t e = prepare(r, args, how, &q);

    if (e)
        return e;
    e = txn_send_request(&q);
    return e ? rpc_fail(r, 400, "%s", err_text(e)) : ERR_OK;
}

static err_t wait(struct rpc *r, const void *args, unsigned how)
{
    struct txn_request q;
    struct txn_answer answer_got;
    err_t e = prepare(r, args, how, &q);

    if (e)
        return e;
    e = txn_ask(&q, rpc_arena(r), &answer_got);
    if (e)
        return rpc_fail(r, 500, "%s", err_text(e));
    rpc_fmt(rpc_root(r), "%u " STR_FMT, answer_got.status, STR_ARG(answer_got.reason));
    rpc_str(rpc_root(r), answer_got.raw);
    return ERR_OK;
}

#define FORMS(name, fn, how)                                                                       \
    err_t tm_rpc_##name(struct rpc *r, const void *args)                                           \
    {                                                                                              \
        return fn(r, args, how);                                                                   \
    }
FORMS(start, start, 0)
FORMS(start_hex, start, LOCAL_HEX)
FORMS(start_noack, start, LOCAL_NO_ACK)
FORMS(start_noack_hex, start, LOCAL_NO_ACK | LOCAL_HEX)
FORMS(wait, wait, 0)
FORMS(wait_hex, wait, LOCAL_HEX)
FORMS(wait_noack, wait, LOCAL_NO_ACK)
FORMS(wait_noack_hex, wait, LOCAL_NO_ACK | LOCAL_HEX)

/* The attributes by name. ERR_NOT_FOUND: one of them is unknown; it is left in `rest`. */
static err_t read_attributes(struct str *rest, unsigned *how, bool *waits)
{
    static const struct {
        struct str name;
        unsigned bit;
    } known[] = { { STR_INIT("noack"), LOCAL_NO_ACK },
                  { STR_INIT("hex"), LOCAL_HEX },
                  { STR_INIT("wait"), 0 } };
    size_t n = sizeof known / sizeof *known;

    while (rest->n) {
        struct str one = str_trim(str_split(rest, ',')), left = *rest;
        size_t i = 0;

        while (i < n && !str_eq(one, known[i].name))
            i++;
        *rest = i == n ? one : left;
        if (i == n && one.n)
            return ERR_NOT_FOUND;
        *how |= i < n ? known[i].bit : 0;
        *waits |= i < n && !known[i].bit;
    }
    return ERR_OK;
}

err_t tm_rpc_attrs(struct rpc *r, const void *args)
{
    const struct attrs_args *a = args;
    struct str rest = unless_dot(a->attrs);
    unsigned how = 0;
    bool waits = false;

    if (read_attributes(&rest, &how, &waits) != ERR_OK)
        return rpc_fail(r, 400, "there is no attribute \"" STR_FMT "\": use wait, noack, hex",
                        STR_ARG(rest));
    return waits ? wait(r, &a->local, how) : start(r, &a->local, how);
}
