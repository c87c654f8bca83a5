/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarding a whole request to its targets (RFC 3261 16.6). */
#include "txn/internal.h"

void txn_save_edits(struct call *c)
{
    struct txn *t = c->txn;

    if (!t || t->edits_saved || !c->msg->request)
        return;
    t->edits_saved = true;
    edit_init(&t->edits, &t->arena);
    if (c->edits.n)
        edit_add_all(&t->edits, &c->edits);
    if (c->build_hooks)
        t->hooks = build_hooks_copy(c->build_hooks, &t->arena);
}

/* What failure routes will begin with. */
static void save_state(struct call *c, struct txn *t)
{
    txn_save_edits(c);
    if (!t->uri.p) {
        t->uri = c->targets[0].uri.n ? arena_dup(&t->arena, c->targets[0].uri) : STR_NONE;
        t->dst_uri = txn_keep(t, c->targets[0].dst_uri);
    }
    t->flags = c->flags;
}

/* In a failure route the request's own target takes part only when the script has touched it. */
static bool uses_own_target(struct call *c, const struct txn_run *run)
{
    if (!run->consumed)
        return true;
    return c->uri_rewritten || c->targets[0].dst_uri.p != run->entry_dst.p;
}

void relay_send_100(struct call *c, struct txn *t)
{
    const struct txn_conf *conf = conf_of(t);
    bool wanted = t->plan.auto_100 < 0 ? conf->auto_inv_100 : t->plan.auto_100;

    if (!(t->txn_flags & TXN_INVITE) || t->txn_flags & TXN_LOCAL || t->status || !wanted)
        return;
    err_t e = respond_local(c, t, 100, conf->auto_inv_100_reason);
    if (e)
        log_info(AREA, "100 could not be sent: %s", err_text(e));
}

/* Serial forking: what earlier legs still count for. */
static void begin_leg(struct txn *t, uint16_t first)
{
    int64_t mode = conf_of(t)->failure_reply_mode;

    for (uint16_t i = 0; i < first; i++) {
        struct txn_branch *b = t->branches[i];

        b->old_leg = true;
        if (b->state == BRANCH_COMPLETED &&
            (mode == 1 || mode == 3 || (mode == 2 && i >= t->first_leg)))
            b->state = BRANCH_DROPPED;
    }
    t->first_leg = first;
}

static err_t prepare_all(struct call *c, struct txn *t, const struct relay_plan *plan,
                         size_t *ready)
{
    size_t n = call_target_count(c), first = uses_own_target(c, txn_run(c)) ? 0 : 1;
    err_t e = n > first ? ERR_OK : ERR_NOT_FOUND;

    for (size_t i = first; i < n; i++) {
        if (t->n_branches == TXN_BRANCHES_MAX) {
            e = ERR_LIMIT;
            break;
        }
        struct txn_branch *b = txn_add_branch(t);
        err_t mine = branch_prepare(c, b, call_target(c, i), plan);

        if (mine == ERR_OK)
            ++*ready;
        else
            e = mine;
    }
    return *ready ? ERR_OK : e;
}

static err_t send_all(struct call *c, struct txn *t, uint16_t first)
{
    size_t sent = 0;
    err_t e = ERR_OK;

    for (uint16_t i = first; i < t->n_branches; i++) {
        struct txn_branch *b = t->branches[i];

        if (b->state != BRANCH_NEW)
            continue;
        err_t mine = branch_send(c, b);
        if (mine == ERR_OK)
            sent++;
        else
            e = mine;
    }
    return sent ? ERR_OK : e;
}

static err_t relay_held(struct call *c, struct txn *t, const struct relay_plan *plan)
{
    uint16_t first = t->n_branches;
    size_t ready = 0;

    if (t->status >= 200)
        return t->txn_flags & TXN_CANCELED ? ERR_CANCELED : ERR_STATE;
    save_state(c, t);
    if (!plan->no_100 && !plan->replicate)
        relay_send_100(c, t);
    uint32_t silent = plan->replicate ? TXN_SILENT & ~t->txn_flags : 0;
    t->txn_flags |= silent;
    err_t e = t->txn_flags & TXN_CANCELED ? ERR_CANCELED : prepare_all(c, t, plan, &ready);
    if (e == ERR_OK && t->txn_flags & TXN_CANCELED)
        e = ERR_CANCELED;
    if (e == ERR_OK) {
        if (!plan->append)
            begin_leg(t, first);
        e = send_all(c, t, first);
    }
    for (uint16_t i = first; e && i < t->n_branches; i++)
        t->branches[i]->state = BRANCH_DROPPED;
    if (e)
        t->txn_flags &= ~silent; /* the caller can be answered as before */
    struct txn_run *run = txn_run(c);
    run->consumed = true;
    run->entry_dst = c->targets[0].dst_uri;
    call_clear_targets(c);
    c->uri_rewritten = false;
    return e;
}

/* A stateless ACK: of a 2xx, or of nothing we know. */
static err_t relay_ack(struct call *c, const struct relay_plan *plan)
{
    struct txn *t;
    enum txn_match match = txn_match(c, &t);
    struct hop hops[HOPS_MAX];
    size_t n = 0;

    if (match == TXN_ACK_NEGATIVE) {
        txn_absorb(c, t, match);
        return ERR_EXISTS;
    }
    if (match == TXN_ACK_E2E)
        txn_notify(t, &(struct txn_note){ .event = TXN_E2E_ACK_IN, .call = c, .branch = -1 });
    err_t e = relay_find_hops(c, plan, hops, &n);
    if (e == ERR_OK)
        e = n ? send_stateless(c, &hops[0]) : ERR_NOT_FOUND;
    return e;
}

/* Nothing was sent: the caller hears of it from us, unless the script wants to say it itself. */
static void answer_failure(struct call *c, struct txn *t, const struct relay_plan *plan, err_t e)
{
    struct str reason;
    bool quiet = plan->no_internal_reply || t->plan.no_internal_reply == 1 || plan->replicate;

    if (e == ERR_CANCELED) {
        if (t->status < 200 && respond_local(c, t, 487, STR("Request Terminated")) == ERR_OK)
            t->txn_flags |= TXN_INTERNAL_REPLY;
        return;
    }
    if (quiet || txn_run(c)->in_failure || t->status >= 200)
        return;
    unsigned status = status_of_err(e, &reason);
    if (conf_of(t)->delayed_reply && t->made_by == c->serial) {
        t->delayed_status = (uint16_t)status; /* the script may still find better words */
        return;
    }
    if (respond_local(c, t, status, reason) == ERR_OK)
        t->txn_flags |= TXN_INTERNAL_REPLY;
}

/* failure_exec_mode: what could not be sent counts as a branch that failed. */
static bool fail_by_route(struct call *c, struct txn *t, const struct relay_plan *plan, err_t e)
{
    struct str reason;

    if (!conf_of(t)->failure_exec_mode || !t->plan.on_failure.n || e == ERR_CANCELED ||
        plan->replicate || txn_run(c)->in_failure || t->status >= 200 || !t->n_branches)
        return false;
    struct txn_branch *b = t->branches[t->n_branches - 1];
    branch_fail(b, status_of_err(e, &reason));
    txn_conclude(NULL, t, b);
    return true;
}

err_t txn_relay(struct call *c, const struct relay_plan *plan)
{
    struct txn *t = c->txn;
    enum txn_match match;
    err_t e;

    if (c->msg->method == METHOD_ACK)
        return relay_ack(c, plan);
    if (c->msg->method == METHOD_CANCEL && !plan->replicate) {
        e = txn_relay_cancel(c);
        if (e != ERR_NOT_FOUND)
            return e;
    }
    if (!t) {
        e = txn_new(c, &match);
        if (e)
            return e;
        t = c->txn;
    }
    if (!txn_enter(t))
        return ERR_STATE;
    e = relay_held(c, t, plan);
    if (e && fail_by_route(c, t, plan, e))
        e = ERR_OK;
    if (e)
        answer_failure(c, t, plan, e);
    txn_leave(t);
    return e;
}

void txn_flush_flags(struct call *c)
{
    if (c->txn)
        c->txn->flags = c->flags;
}
