/* SPDX-License-Identifier: BSD-2-Clause */
/* Running routes over what a transaction keeps. */
#include "txn/internal.h"

enum { REPARSE_ARENA = 4096 };

int run_under_generation(struct call *c, struct txn *t, enum route kind, const char *name)
{
    struct generation *before = c->gen;
    enum route route = c->route;
    const char *route_name = c->route_name;

    c->gen = t->gen; /* the run holds the transaction, and that its generation */
    c->route = kind;
    int code = call_upcalls.run_route(c, kind, name);
    c->gen = before;
    c->route = route;
    c->route_name = route_name;
    return code;
}

struct view {
    struct txn *txn;
    void (*fn)(struct call *c, void *arg);
    void *arg;
    int branch;
};

static void dress(struct call *c, struct txn *t)
{
    txn_attach(c, t);
    if (t->vars) {
        struct vars *fresh = c->vars;

        c->vars = obj_hold(t->vars);
        obj_drop(fresh);
    }
    c->flags = t->flags;
    c->received_us = t->received_us;
}

static void see_request(struct call *c, void *arg)
{
    struct view *v = arg;
    struct txn *t = v->txn;

    dress(c, t);
    c->from = t->from;
    c->rport_forced = t->rport_forced;
    c->via_flags = t->via_flags;
    c->no_connect_reply = t->no_connect_reply;
    c->close_reply = t->close_reply;
    if (t->uri.n)
        c->targets[0].uri = t->uri;
    if (t->dst_uri.n)
        c->targets[0].dst_uri = t->dst_uri;
    if (t->edits.n)
        edit_add_all(&c->edits, &t->edits);
    if (t->hooks)
        c->build_hooks = build_hooks_copy(t->hooks, c->arena);
    v->fn(c, v->arg);
}

static void see_reply(struct call *c, void *arg)
{
    struct view *v = arg;

    dress(c, v->txn);
    c->from = v->txn->branches[v->branch]->reply_from;
    c->branch = v->branch;
    c->status = c->msg->status;
    c->route = ROUTE_TM_REPLY;
    v->fn(c, v->arg);
}

static bool run_over(struct txn *t, struct str raw, void (*fn)(struct call *c, void *arg),
                     struct view *v)
{
    struct arena arena;
    struct msg msg;

    arena_init(&arena, MEM_MESSAGE, REPARSE_ARENA);
    err_t e = msg_parse(raw, &msg_default_limits, &arena, &msg, NULL);
    if (e == ERR_OK)
        call_run_detached(t->gen, &msg, fn, v);
    else
        log_warn(AREA, "a kept message cannot be read again: %s", err_text(e));
    arena_free(&arena);
    return e == ERR_OK;
}

void txn_with_request(struct txn *t, void (*fn)(struct call *c, void *arg), void *arg)
{
    ASSERT(t->home == worker_self());
    run_over(t, t->raw, see_request, &(struct view){ t, fn, arg, -1 });
}

bool txn_with_reply(struct txn *t, int branch, void (*fn)(struct call *c, void *arg), void *arg)
{
    ASSERT(t->home == worker_self());
    if (branch < 0 || branch >= t->n_branches)
        return false;
    struct txn_branch *b = t->branches[branch];
    struct str raw = b->reply.n ? b->reply : b->winner ? t->reply : STR_NONE;
    return raw.n && run_over(t, raw, see_reply, &(struct view){ t, fn, arg, branch });
}

struct failure {
    struct txn *txn;
    const char *route;
    int branch;
    enum route kind;
};

static void fail(struct call *c, void *arg)
{
    const struct failure *f = arg;
    struct txn *t = f->txn;
    struct txn_run *run = txn_run(c);

    run->consumed = run->in_failure = true;
    run->entry_dst = c->targets[0].dst_uri;
    c->branch = f->branch;
    c->status = f->branch >= 0 ? t->branches[f->branch]->status : 0;
    c->route = f->kind;
    call_upcalls.run_route(c, f->kind, f->route);
    t->flags = c->flags;
}

void run_failure_route(struct txn *t, int winner)
{
    struct failure f = { t, t->plan.on_failure.p, winner, ROUTE_FAILURE };

    t->plan.on_failure = STR_NONE; /* the route asks for itself again if it wants to */
    txn_with_request(t, fail, &f);
}

void run_branch_failure_route(struct txn *t, struct txn_branch *b)
{
    struct str name =
        arena_fmt(&t->arena, "tm:branch-failure:" STR_FMT, STR_ARG(b->on_branch_failure));
    struct failure f = { t, name.p, b->index, ROUTE_EVENT };

    txn_with_request(t, fail, &f);
}

struct event_run {
    struct txn *txn;
    const char *name;
};

static void run_event(struct call *c, void *arg)
{
    const struct event_run *e = arg;

    dress(c, e->txn);
    c->status = c->msg->status;
    call_upcalls.run_route(c, ROUTE_EVENT, e->name);
}

void run_reply_event(struct txn *t, const char *name)
{
    struct event_run e = { t, name };
    struct arena arena;
    struct msg msg;

    if (!call_upcalls.has_route || !call_upcalls.has_route(t->gen, ROUTE_EVENT, name))
        return;
    arena_init(&arena, MEM_MESSAGE, REPARSE_ARENA);
    struct str raw = arena_dup(&arena, t->reply); /* another may go out while the route waits */
    if (msg_parse(raw, &msg_default_limits, &arena, &msg, NULL) == ERR_OK)
        call_run_detached(t->gen, &msg, run_event, &e);
    arena_free(&arena);
}

struct txn_branch *txn_current_branch(struct call *c)
{
    struct txn *t = c->txn;
    int i = c->branch;

    if (!t)
        return NULL;
    if (i < 0)
        i = t->winner;
    return i >= 0 && i < t->n_branches ? t->branches[i] : NULL;
}
