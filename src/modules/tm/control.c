/* SPDX-License-Identifier: BSD-2-Clause */
/* Control requests about transactions. What belongs to a call is done on its home. */
#include "control/rpc.h"
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
    struct str call_id, reason;
    uint32_t cseq;
    unsigned status;
    err_t (*fn)(struct txn *t, struct errand *e);
};

static err_t run_errand(void *arg)
{
    struct errand *e = arg;
    struct txn *t = txn_find_call(e->call_id, e->cseq);

    if (!t)
        return ERR_NOT_FOUND;
    obj_hold(t);
    err_t result = e->fn(t, e);
    obj_drop(t);
    return result;
}

static err_t at_home(struct rpc *r, struct errand *e)
{
    err_t result = worker_call(worker_of_hash(home_hash(e->call_id)), run_errand, e);

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

static err_t answer(struct txn *t, struct errand *e)
{
    return txn_reply(NULL, t, e->status, e->reason);
}

static err_t repeat(struct txn *t, struct errand *e)
{
    (void)e;
    return txn_retransmit_reply(t);
}

err_t tm_rpc_cancel(struct rpc *r, const void *args)
{
    const struct by_call_args *a = args;

    return at_home(r, &(struct errand){ a->call_id, STR_NONE, (uint32_t)a->cseq, 0, cancel });
}

err_t tm_rpc_reply_callid(struct rpc *r, const void *args)
{
    const struct by_call_reply_args *a = args;

    return at_home(
        r, &(struct errand){ a->call_id, a->reason, (uint32_t)a->cseq, (unsigned)a->code, answer });
}

err_t tm_rpc_retransmit(struct rpc *r, const void *args)
{
    const struct by_call_args *a = args;

    return at_home(r, &(struct errand){ a->call_id, STR_NONE, (uint32_t)a->cseq, 0, repeat });
}

/* ---- requests of our own ---- */

static struct str unless_dot(struct str s)
{
    return str_eq(s, STR(".")) ? STR("") : s;
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

err_t tm_rpc_start(struct rpc *r, const void *args)
{
    struct txn_request q = request_of(r, args);
    err_t e = txn_send_request(&q);

    return e ? rpc_fail(r, 400, "%s", err_text(e)) : ERR_OK;
}

err_t tm_rpc_wait(struct rpc *r, const void *args)
{
    struct txn_request q = request_of(r, args);
    struct txn_answer answer_got;
    err_t e = txn_ask(&q, rpc_arena(r), &answer_got);

    if (e)
        return rpc_fail(r, 500, "%s", err_text(e));
    rpc_fmt(rpc_root(r), "%u " STR_FMT, answer_got.status, STR_ARG(answer_got.reason));
    rpc_str(rpc_root(r), answer_got.raw);
    return ERR_OK;
}
