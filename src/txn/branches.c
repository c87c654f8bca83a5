/* SPDX-License-Identifier: BSD-2-Clause */
/* A branch by itself: its ACK, its CANCEL, its failure. */
#include "txn/internal.h"

/* RFC 3261 17.1.1.3: a negative reply to an INVITE is acknowledged hop by hop. */
void branch_ack(struct txn_branch *b, struct str to)
{
    struct buf *out = txn_scratch();
    const struct txn_conf *conf = conf_of(b->txn);
    err_t e = derive_request(b->sent, STR("ACK"), to, STR_NONE, conf->ac_extra_hdrs, out);

    if (e == ERR_OK)
        e = net_send(&b->to, buf_str(out));
    if (e)
        log_warn(AREA, "an ACK could not be sent: %s", err_text(e));
}

void branch_send_cancel(struct txn_branch *b, struct str reason)
{
    struct buf *out = txn_scratch();
    const struct txn_conf *conf = conf_of(b->txn);
    err_t e = derive_request(b->sent, STR("CANCEL"), STR_NONE, reason, conf->ac_extra_hdrs, out);

    if (e) {
        log_warn(AREA, "a CANCEL could not be made: %s", err_text(e));
        return;
    }
    b->canceling = true;
    b->cancel_wanted = false;
    own_free(&b->cancel);
    b->cancel = own_copy(buf_str(out));
    e = net_send(&b->to, b->cancel);
    if (e)
        log_warn(AREA, "a CANCEL could not be sent: %s", err_text(e));
    branch_start_resend(b);
    branch_arm_final(b, txn_fr(b->txn)); /* RFC 3261 9.1: or the peer has forgotten it */
}

static bool branch_cancel(struct txn_branch *b, struct str reason)
{
    int64_t mode = conf_of(b->txn)->cancel_b_method;

    if (b->state <= BRANCH_PROCEEDING && b->status >= 200)
        return false; /* its final reply is just being looked at */
    if (b->canceling || b->cancel_wanted)
        return b->state <= BRANCH_PROCEEDING;
    switch ((enum branch_state)b->state) {
    case BRANCH_PROCEEDING: branch_send_cancel(b, reason); return true;
    case BRANCH_CALLING:
        if (mode == 2) {
            branch_send_cancel(b, reason);
            return true;
        }
        if (mode == 0) {
            branch_fail(b, 487);
            return false;
        }
        b->cancel_wanted = true; /* with the first provisional reply */
        b->cancel_reason = reason.n ? arena_dup(&b->txn->arena, reason) : STR_NONE;
        return true;
    case BRANCH_NEW:
    case BRANCH_SUSPENDED: branch_fail(b, 487); return false;
    case BRANCH_COMPLETED:
    case BRANCH_ACCEPTED:
    case BRANCH_DROPPED: break;
    }
    return false;
}

unsigned txn_cancel_branches(struct txn *t, enum txn_cancel which, int branch, struct str reason)
{
    unsigned n = 0;

    ASSERT(t->home == worker_self());
    if (!(t->txn_flags & TXN_INVITE))
        return 0;
    for (int i = 0; i < t->n_branches; i++) {
        if (which == TXN_CANCEL_OTHERS ? i == branch : which == TXN_CANCEL_THIS && i != branch)
            continue;
        n += branch_cancel(t->branches[i], reason);
    }
    return n;
}

/* The branch ends with a status made here. */
void branch_fail(struct txn_branch *b, unsigned status)
{
    branch_stop(b);
    b->state = BRANCH_COMPLETED;
    b->status = (uint16_t)status;
    b->made_here = true;
}
