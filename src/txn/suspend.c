/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * t_suspend and t_continue: for scripts that leave a transaction to an event outside. (A function
 * that merely waits suspends its coroutine and needs none of this.)
 */
#include "txn/internal.h"

err_t txn_suspend(struct call *c, uint32_t *index, uint32_t *label)
{
    enum txn_match match;
    struct txn *t = c->txn;

    if (!c->msg->request)
        return ERR_UNSUPPORTED;
    if (!t) {
        err_t e = txn_new(c, &match);

        if (e)
            return e;
        t = c->txn;
    }
    if (!txn_enter(t))
        return ERR_STATE;
    err_t e = t->status >= 200 || t->n_branches == TXN_BRANCHES_MAX ? ERR_STATE : ERR_OK;
    if (e == ERR_OK) {
        struct txn_branch *b = txn_add_branch(t);

        b->state = BRANCH_SUSPENDED;
        t->txn_flags |= TXN_SUSPENDED;
        branch_arm_final(b, txn_fr_inv(t));
        txn_save_edits(c);
        t->uri = c->targets[0].uri.n ? arena_dup(&t->arena, c->targets[0].uri) : STR_NONE;
        t->dst_uri =
            c->targets[0].dst_uri.n ? arena_dup(&t->arena, c->targets[0].dst_uri) : STR_NONE;
        t->flags = c->flags;
        relay_send_100(c, t);
        *index = t->index;
        *label = t->label;
    }
    txn_leave(t);
    return e;
}

struct go_on {
    struct txn *txn;
    const char *route, *event;
};

/* The route that was named, else an event route that stands in for it. */
static void run_named(struct call *c, const struct go_on *g)
{
    const char *const events[] = { g->event, "tm:continue" };

    if (*g->route &&
        (!call_upcalls.has_route || call_upcalls.has_route(c->gen, ROUTE_REQUEST, g->route))) {
        call_upcalls.run_route(c, ROUTE_REQUEST, g->route);
        return;
    }
    for (size_t i = 0; call_upcalls.has_route && i < 2; i++) {
        if (call_upcalls.has_route(c->gen, ROUTE_EVENT, events[i])) {
            call_upcalls.run_route(c, ROUTE_EVENT, events[i]);
            return;
        }
    }
    log_warn(AREA, "a suspended request goes on nowhere: there is no route[%s]", g->route);
}

static void run_route_again(struct call *c, void *arg)
{
    const struct go_on *g = arg;

    txn_run(c)->in_failure = true;
    txn_run(c)->entry_dst = c->targets[0].dst_uri;
    c->route = ROUTE_FAILURE;
    run_named(c, g);
    g->txn->flags = c->flags;
}

/* The suspended request goes on; when it leaves nothing behind, the caller is told so. */
static void go_on(struct txn *t, struct txn_branch *unused)
{
    (void)unused;
    if (!(t->txn_flags & TXN_SUSPENDED) || t->status >= 200)
        return;
    t->txn_flags &= ~(uint32_t)TXN_SUSPENDED;
    for (size_t i = 0; i < t->n_branches; i++) {
        if (t->branches[i]->state == BRANCH_SUSPENDED) {
            branch_stop(t->branches[i]);
            t->branches[i]->state = BRANCH_DROPPED;
        }
    }
    struct go_on g = { t, t->continue_route.p, t->continue_event };
    txn_with_request(t, run_route_again, &g);
    if (t->status < 200 && t->state != TXN_GONE && txn_all_final(t) &&
        !(t->txn_flags & (TXN_RELEASED | TXN_SUSPENDED)))
        txn_conclude(NULL, t, NULL);
}

struct order {
    uint32_t index, label;
    struct str route;
    const char *event;
};

static void at_home(void *arg)
{
    struct order *o = arg;
    struct txn *t = txn_find_id(o->index, o->label);

    if (t && t->txn_flags & TXN_SUSPENDED) {
        t->continue_route = arena_dup(&t->arena, o->route);
        t->continue_event = o->event;
        txn_spawn(t, NULL, go_on);
    } else {
        log_info(AREA, "there is no suspended transaction %u:%u", o->index, o->label);
    }
    mem_free(MEM_TXN, (void *)(uintptr_t)o->route.p);
    mem_free(MEM_TXN, o);
}

err_t txn_continue(uint32_t index, uint32_t label, struct str route, const char *event)
{
    struct worker *home = txn_home_of_id(index);
    struct order *o;

    if (!home)
        return ERR_NOT_FOUND;
    if (home == worker_self() && !txn_find_id(index, label))
        return ERR_NOT_FOUND;
    o = mem_alloc(MEM_TXN, sizeof *o);
    *o = (struct order){ index, label, mem_dup(MEM_TXN, route), event };
    worker_post(home, at_home, o);
    return ERR_OK;
}

/* ---- more branches from elsewhere ---- */

struct more {
    uint32_t index, label;
    const struct target *targets;
    size_t n, n_new;
    err_t err;
};

/* Whether the contact has its branch already. */
static bool is_there(const struct txn *t, const struct target *at)
{
    for (size_t i = 0; at->ruid.n && i < t->n_branches; i++) {
        if (str_eq(t->branches[i]->ruid, at->ruid))
            return true;
    }
    return false;
}

static void relay_more(struct call *c, void *arg)
{
    struct more *m = arg;
    struct txn_run *run = txn_run(c);

    run->consumed = run->in_failure = true; /* its own target was used long ago */
    run->entry_dst = c->targets[0].dst_uri;
    c->route = ROUTE_FAILURE;
    for (size_t i = 0; m->err == ERR_OK && i < m->n; i++) {
        if (is_there(c->txn, &m->targets[i]))
            continue;
        m->err = call_add_target(c, &m->targets[i]);
        m->n_new++;
    }
    if (m->err == ERR_OK && m->n_new)
        m->err = txn_relay(
            c, &(struct relay_plan){ .no_100 = true, .no_internal_reply = true, .append = true });
}

static err_t append_at_home(void *arg)
{
    struct more *m = arg;
    struct txn *t = txn_find_id(m->index, m->label);

    if (!t || t->txn_flags & TXN_LOCAL)
        return ERR_NOT_FOUND;
    if (!txn_enter(t))
        return ERR_STATE;
    if (t->status >= 200)
        m->err = ERR_STATE;
    else
        txn_with_request(t, relay_more, m);
    txn_leave(t);
    return m->err;
}

err_t txn_append(uint32_t index, uint32_t label, const struct target *targets, size_t n_targets,
                 size_t *n_sent)
{
    struct worker *home = txn_home_of_id(index);
    struct more m = { .index = index, .label = label, .targets = targets, .n = n_targets };
    err_t e = home ? worker_call(home, append_at_home, &m) : ERR_NOT_FOUND;

    if (n_sent)
        *n_sent = e ? 0 : m.n_new;
    return e;
}

struct asking {
    uint32_t index, label;
    struct arena *arena;
    struct str uri;
};

static err_t tell_uri(void *arg)
{
    struct asking *a = arg;
    const struct txn *t = txn_find_id(a->index, a->label);

    if (!t)
        return ERR_NOT_FOUND;
    a->uri = arena_dup(a->arena, t->uri.n ? t->uri : t->uri_received);
    return ERR_OK;
}

err_t txn_uri(uint32_t index, uint32_t label, struct arena *arena, struct str *out)
{
    struct worker *home = txn_home_of_id(index);
    struct asking a = { index, label, arena, STR_NONE };
    err_t e = home ? worker_call(home, tell_uri, &a) : ERR_NOT_FOUND;

    *out = a.uri;
    return e;
}

/* ---- changes that are there for good ---- */

err_t txn_apply_changes(struct call *c)
{
    struct txn *t = c->txn;

    if (t && (t->n_branches || t->status >= 200 || t->txn_flags & TXN_LOCAL))
        return ERR_STATE;
    err_t e = call_apply_changes(c);
    if (e || !t)
        return e;
    t->raw = arena_dup(&t->arena, c->msg->raw); /* what points into the old copy stays there */
    t->edits_saved = false;
    t->uri = t->dst_uri = STR_NONE;
    return ERR_OK;
}

/* mode 'a' all, 'l' those of the last leg, 'n' none. */
void txn_drop_replies(struct call *c, int mode)
{
    struct txn *t = c->txn;

    if (!t || mode == 'n')
        return;
    for (uint16_t i = mode == 'l' ? t->first_leg : 0; i < t->n_branches; i++) {
        if (t->branches[i]->state == BRANCH_COMPLETED)
            t->branches[i]->state = BRANCH_DROPPED;
    }
    t->txn_flags |= TXN_DROPPED_REPLIES;
}
