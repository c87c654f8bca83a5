/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about transactions. */
#include "base/regex.h"
#include "modules/tm/tm.h"

static int truth(bool b)
{
    return b ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int t_lookup_request(struct call *c)
{
    struct txn *t;

    if (c->txn)
        return SCRIPT_TRUE;
    return truth(c->msg->method == METHOD_ACK ? txn_match(c, &t) != TXN_NONE
                                              : txn_match(c, &t) == TXN_RETRANSMITTED);
}

int t_lookup_cancel(struct call *c, const struct number_args *a)
{
    struct txn *invite = c->msg->method == METHOD_CANCEL ? txn_find_canceled(c) : NULL;

    if (invite && a->value)
        c->flags = invite->flags;
    return truth(invite);
}

int t_check_trans(struct call *c)
{
    struct txn *t;

    if (!c->msg->request)
        return truth(c->txn || txn_find_reply(c));
    if (c->txn)
        return SCRIPT_TRUE;
    if (c->msg->method == METHOD_CANCEL)
        return truth(txn_find_canceled(c));
    enum txn_match match = txn_match(c, &t);
    switch (match) {
    case TXN_ACK_E2E: return SCRIPT_TRUE;
    case TXN_RETRANSMITTED:
    case TXN_ACK_NEGATIVE:
    case TXN_ACK_LOCAL: txn_absorb(c, t, match); return SCRIPT_EXIT;
    case TXN_NONE:
    case TXN_CANCEL_MATCH: break;
    }
    return SCRIPT_FALSE;
}

int t_exists(struct call *c)
{
    struct txn *t;

    if (c->txn)
        return SCRIPT_TRUE;
    return truth(c->msg->request ? txn_match(c, &t) != TXN_NONE : txn_find_reply(c) != NULL);
}

unsigned tm_status(struct call *c)
{
    if (!c->msg->request)
        return c->msg->status;
    struct txn_branch *b = c->branch >= 0 ? txn_current_branch(c) : NULL;
    if (b && b->state >= BRANCH_COMPLETED)
        return b->status;
    return c->txn ? c->txn->status : 0;
}

int t_check_status(struct call *c, const struct status_args *a)
{
    struct str text = arena_fmt(c->arena, "%u", tm_status(c));

    if (!a->status)
        return SCRIPT_FALSE;
    return truth(regex_match(a->status, text, NULL, 0) == ERR_OK);
}

int t_get_status_code(struct call *c)
{
    unsigned status = tm_status(c);

    return status ? (int)status : SCRIPT_FALSE;
}

int t_grep_status(struct call *c, const struct number_args *a)
{
    for (size_t i = 0; c->txn && i < c->txn->n_branches; i++) {
        const struct txn_branch *b = c->txn->branches[i];

        if (b->status == a->value && b->status >= 200)
            return SCRIPT_TRUE;
    }
    return SCRIPT_FALSE;
}

int t_branch_timeout(struct call *c)
{
    struct txn_branch *b = txn_current_branch(c);

    return truth(b && b->timed_out);
}

int t_branch_replied(struct call *c)
{
    struct txn_branch *b = txn_current_branch(c);

    return truth(b && b->replied);
}

int t_any_timeout(struct call *c)
{
    return truth(c->txn && c->txn->txn_flags & TXN_TIMED_OUT);
}

int t_any_replied(struct call *c)
{
    for (size_t i = 0; c->txn && i < c->txn->n_branches; i++) {
        if (c->txn->branches[i]->replied)
            return SCRIPT_TRUE;
    }
    return SCRIPT_FALSE;
}

int t_is_canceled(struct call *c)
{
    return truth(c->txn && c->txn->txn_flags & TXN_CANCELED);
}

int t_is_expired(struct call *c)
{
    return truth(c->txn &&
                 (c->txn->txn_flags & TXN_EXPIRED || worker_now() >= c->txn->deadline_ms));
}

int t_is_retr_async_reply(struct call *c)
{
    (void)c; /* copies of a reply that waits never reach a script */
    return SCRIPT_FALSE;
}

int t_is_set(struct call *c, const struct target_args *a)
{
    return truth(txn_get_route(c, (enum txn_hook)a->target).n);
}
