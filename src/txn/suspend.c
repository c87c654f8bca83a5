/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * t_suspend and t_continue: for scripts that leave a transaction to an event outside. (A function
 * that merely waits suspends its coroutine and needs none of this.)
 */
#include "txn/internal.h"

/* What a script had done to its request when it suspended it, beside edits and variables. */
struct parked {
    struct target *targets;
    size_t n;
    struct str advertised_host, advertised_port;
    enum proto mtu_proto;
    bool local_rport, alias_added, no_connect_forward, close_forward;
    bool uri_rewritten, consumed, dst_changed;
    int branch;
    unsigned status;
};

static void park(struct call *c, struct txn *t)
{
    struct txn_run *run = txn_run(c);
    size_t n = call_target_count(c);
    struct parked *p = ARENA_NEW(&t->arena, struct parked);

    *p = (struct parked){ .targets = ARENA_ARRAY(&t->arena, struct target, n),
                          .n = n,
                          .advertised_host = arena_dup(&t->arena, c->advertised_host),
                          .advertised_port = arena_dup(&t->arena, c->advertised_port),
                          .mtu_proto = c->mtu_proto,
                          .local_rport = c->local_rport,
                          .alias_added = c->alias_added,
                          .no_connect_forward = c->no_connect_forward,
                          .close_forward = c->close_forward,
                          .uri_rewritten = c->uri_rewritten,
                          .consumed = run->consumed,
                          .dst_changed = c->targets[0].dst_uri.p != run->entry_dst.p,
                          .branch = c->branch,
                          .status = c->status };
    for (size_t i = 0; i < n; i++) {
        p->targets[i] = *call_target(c, i);
        target_own(&p->targets[i], &t->arena);
    }
    t->parked = p;
    t->flags = c->flags;
    t->edits_saved = false;
    txn_save_edits(c);
}

static void unpark(struct call *c, struct txn *t)
{
    const struct parked *p = t->parked;
    struct txn_run *run = txn_run(c);

    t->parked = NULL;
    c->targets[0] = p->targets[0];
    for (size_t i = 1; i < p->n; i++) {
        err_t e = call_add_target(c, &p->targets[i]);

        ASSERT(e == ERR_OK); /* there were as many before */
    }
    c->cached_uri = NULL;
    c->advertised_host = p->advertised_host;
    c->advertised_port = p->advertised_port;
    c->mtu_proto = p->mtu_proto;
    c->local_rport = p->local_rport;
    c->alias_added = p->alias_added;
    c->no_connect_forward = p->no_connect_forward;
    c->close_forward = p->close_forward;
    c->uri_rewritten = p->uri_rewritten;
    c->branch = p->branch;
    c->status = p->status;
    run->in_failure = true;
    run->consumed = p->consumed;
    run->entry_dst = p->dst_changed ? STR_NONE : c->targets[0].dst_uri;
}

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
        park(c, t);
        t->uri = t->parked->targets[0].uri;
        t->dst_uri = t->parked->targets[0].dst_uri;
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

    unpark(c, g->txn);
    c->route = ROUTE_FAILURE;
    run_named(c, g);
    g->txn->flags = c->flags;
}

/* The suspended request goes on; when it leaves nothing behind, the caller is told so. */
static void go_on(struct txn *t, struct txn_branch *unused)
{
    (void)unused;
    if (t->status >= 200)
        return;
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

static err_t continue_at_home(void *arg)
{
    const struct order *o = arg;
    struct txn *t = txn_find_id(o->index, o->label);

    if (!t || !(t->txn_flags & TXN_SUSPENDED) || t->status >= 200) {
        log_info(AREA, "there is no suspended transaction %u:%u", o->index, o->label);
        return t ? ERR_STATE : ERR_NOT_FOUND;
    }
    t->txn_flags &= ~(uint32_t)TXN_SUSPENDED; /* whoever comes second is too late */
    t->continue_route = arena_dup(&t->arena, o->route);
    t->continue_event = o->event;
    txn_spawn(t, NULL, go_on);
    return ERR_OK;
}

static void at_home(void *arg)
{
    struct order *o = arg;
    err_t e = continue_at_home(o);

    (void)e; /* nobody waits for it */
    mem_free(MEM_TXN, (void *)(uintptr_t)o->route.p);
    mem_free(MEM_TXN, o);
}

err_t txn_continue(uint32_t index, uint32_t label, struct str route, const char *event)
{
    struct worker *home = txn_home_of_id(index);
    struct order *o;

    if (!home)
        return ERR_NOT_FOUND;
    if (co_may_suspend())
        return worker_call(home, continue_at_home, &(struct order){ index, label, route, event });
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
