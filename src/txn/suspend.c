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
        *index = t->index;
        *label = t->label;
    }
    txn_leave(t);
    return e;
}

struct go_on {
    struct txn *txn;
    const char *route;
};

static void run_route_again(struct call *c, void *arg)
{
    const struct go_on *g = arg;

    txn_run(c)->in_failure = true;
    txn_run(c)->entry_dst = c->targets[0].dst_uri;
    c->route = ROUTE_FAILURE;
    call_upcalls.run_route(c, ROUTE_REQUEST, g->route);
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
    struct go_on g = { t, t->continue_route.p };
    txn_with_request(t, run_route_again, &g);
    if (t->status < 200 && t->state != TXN_GONE && txn_all_final(t) &&
        !(t->txn_flags & (TXN_RELEASED | TXN_SUSPENDED)))
        txn_conclude(NULL, t, NULL);
}

struct order {
    uint32_t index, label;
    struct str route;
};

static void at_home(void *arg)
{
    struct order *o = arg;
    struct txn *t = txn_find_id(o->index, o->label);

    if (t && t->txn_flags & TXN_SUSPENDED) {
        t->continue_route = arena_dup(&t->arena, o->route);
        txn_spawn(t, NULL, go_on);
    } else {
        log_info(AREA, "there is no suspended transaction %u:%u", o->index, o->label);
    }
    mem_free(MEM_TXN, (void *)(uintptr_t)o->route.p);
    mem_free(MEM_TXN, o);
}

err_t txn_continue(uint32_t index, uint32_t label, struct str route)
{
    struct worker *home = txn_home_of_id(index);
    struct order *o;

    if (!home)
        return ERR_NOT_FOUND;
    if (home == worker_self() && !txn_find_id(index, label))
        return ERR_NOT_FOUND;
    o = mem_alloc(MEM_TXN, sizeof *o);
    *o = (struct order){ index, label, mem_dup(MEM_TXN, route) };
    worker_post(home, at_home, o);
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
