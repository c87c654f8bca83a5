/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers. Per branch: the repetition of what was sent (timers A and E) and the wait for a final
 * reply (B, C, F: fr_timer, fr_inv_timer), cut off at the transaction's deadline. Per transaction:
 * the wait for an ACK (H) and for late messages (I, J, K, L and wt_timer).
 */
#include "txn/internal.h"

enum { LOOK_AGAIN_MS = 1000, LEAST_MS = 1 };

static uint32_t chosen(uint32_t by_script, struct duration by_conf)
{
    int64_t ms = by_script ? by_script : by_conf.ms;

    return ms < LEAST_MS ? LEAST_MS : ms > INT32_MAX ? INT32_MAX : (uint32_t)ms;
}

uint32_t txn_t1(const struct txn *t)
{
    return chosen(t->plan.t1_ms, conf_of(t)->retr_timer1);
}
uint32_t txn_t2(const struct txn *t)
{
    return chosen(t->plan.t2_ms, conf_of(t)->retr_timer2);
}
uint32_t txn_fr(const struct txn *t)
{
    return chosen(t->plan.fr_ms, conf_of(t)->fr_timer);
}
uint32_t txn_fr_inv(const struct txn *t)
{
    return chosen(t->plan.fr_inv_ms, conf_of(t)->fr_inv_timer);
}

bool txn_lossy(const struct flow *f)
{
    return f->proto == PROTO_UDP;
}

/* ---- of a branch ---- */

static void on_resend(struct timer *timer)
{
    struct txn_branch *b = LIST_OF(timer, struct txn_branch, resend);
    struct txn *t = b->txn;
    struct str bytes = b->cancel.n ? b->cancel : b->sent;

    if (!bytes.n || (b->state > BRANCH_PROCEEDING && !b->cancel.n))
        return;
    err_t e = net_send(&b->to, bytes);
    if (e)
        log_info(AREA, "a request could not be repeated: %s", err_text(e));
    if (b->interval_ms < txn_t2(t))
        b->interval_ms *= 2;
    if (b->interval_ms > txn_t2(t))
        b->interval_ms = txn_t2(t);
    timer_set(&b->resend, b->interval_ms, on_resend);
}

void branch_start_resend(struct txn_branch *b)
{
    if (!txn_lossy(&b->to))
        return;
    b->interval_ms = txn_t1(b->txn);
    timer_set(&b->resend, b->interval_ms, on_resend);
}

/* No ring was ever heard and the caller is known to give up by itself: say nothing. */
static bool ends_silently(const struct txn *t, const struct txn_branch *b)
{
    return !conf_of(t)->noisy_ctimer && t->txn_flags & TXN_INVITE && t->n_branches == 1 &&
           !b->replied && !t->plan.on_failure.n && !(t->txn_flags & (TXN_LOCAL | TXN_CANCELED)) &&
           !txn_is_watched(t, TXN_FINAL | TXN_RESPONSE_OUT | TXN_FAILURE);
}

static void time_out(struct txn *t, struct txn_branch *b)
{
    if (timer_is_set(&b->final))
        return;                        /* it was set again while this stood in line */
    if (b->state > BRANCH_SUSPENDED) { /* it ended meanwhile; no CANCEL is repeated for ever */
        timer_cancel(&b->resend);
        return;
    }
    bool silent_peer = b->state == BRANCH_CALLING;
    if (silent_peer)
        block_silent(b);
    bool rings = b->state == BRANCH_PROCEEDING && t->txn_flags & TXN_INVITE && !b->canceling;
    if (ends_silently(t, b)) {
        b->state = BRANCH_DROPPED;
        branch_stop(b);
        txn_kill(t);
        return;
    }
    b->timed_out = true;
    t->txn_flags |= TXN_TIMED_OUT;
    if (worker_now() >= t->deadline_ms)
        t->txn_flags |= TXN_EXPIRED;
    bool called_off = t->txn_flags & TXN_CANCELED && (b->canceling || b->cancel_wanted);
    branch_fail(b, called_off ? 487 : (unsigned)conf_of(t)->reply_408_code);
    if (rings)
        branch_send_cancel(b, STR_NONE); /* RFC 3261 16.8 */
    if (silent_peer && !(t->txn_flags & (TXN_CANCELED | TXN_EXPIRED)) &&
        branch_fail_over(NULL, b, true))
        return;
    txn_conclude(NULL, t, b);
}

static void on_final(struct timer *timer)
{
    struct txn_branch *b = LIST_OF(timer, struct txn_branch, final);

    txn_spawn(b->txn, b, time_out);
}

void branch_arm_final(struct txn_branch *b, uint32_t ms)
{
    int64_t left = b->txn->deadline_ms - worker_now();

    if (left < LEAST_MS)
        left = LEAST_MS;
    if (b->state > BRANCH_SUSPENDED)
        left = ms; /* a CANCEL that outlives its branch */
    timer_set(&b->final, left < ms ? left : ms, on_final);
}

void branch_start_timers(struct txn_branch *b)
{
    branch_start_resend(b);
    branch_arm_final(b, txn_fr(b->txn));
}

void branch_stop(struct txn_branch *b)
{
    timer_cancel(&b->resend);
    timer_cancel(&b->final);
}

void txn_update_timers(struct txn *t, bool final, bool retransmission, bool lifetime)
{
    ASSERT(t->home == worker_self());
    if (lifetime) {
        bool invite = t->txn_flags & TXN_INVITE;

        t->deadline_ms =
            t->created_ms + (invite ? chosen(t->plan.life_inv_ms, conf_of(t)->max_inv_lifetime)
                                    : chosen(t->plan.life_ms, conf_of(t)->max_noninv_lifetime));
    }
    for (size_t i = 0; i < t->n_branches; i++) {
        struct txn_branch *b = t->branches[i];

        if ((final || lifetime) && timer_is_set(&b->final))
            branch_arm_final(b, b->state == BRANCH_PROCEEDING && t->txn_flags & TXN_INVITE
                                    ? txn_fr_inv(t)
                                    : txn_fr(t));
        if (retransmission && timer_is_set(&b->resend))
            b->interval_ms = b->interval_ms < txn_t2(t) ? txn_t1(t) : txn_t2(t);
    }
}

/* ---- of the transaction ---- */

static bool has_pending(const struct txn *t)
{
    for (size_t i = 0; i < t->n_branches; i++) {
        if (t->branches[i]->state <= BRANCH_SUSPENDED && timer_is_set(&t->branches[i]->final))
            return true;
    }
    return false;
}

static void on_wait(struct timer *timer)
{
    struct txn *t = LIST_OF(timer, struct txn, wait);

    if (t->held || has_pending(t)) {
        timer_set(&t->wait, LOOK_AGAIN_MS, on_wait);
        return;
    }
    if (t->state == TXN_COMPLETED && t->txn_flags & TXN_INVITE && timer_is_set(&t->resend)) {
        timer_cancel(&t->resend); /* no ACK came: timer H */
        t->state = TXN_CONFIRMED;
        timer_set(&t->wait, conf_of(t)->wt_timer.ms, on_wait);
        return;
    }
    txn_kill(t);
}

void txn_linger(struct txn *t, int64_t ms)
{
    if (t->state != TXN_GONE)
        timer_set(&t->wait, ms < LEAST_MS ? LEAST_MS : ms, on_wait);
}

void txn_watchdog(struct txn *t)
{
    txn_linger(t, t->deadline_ms - worker_now() + conf_of(t)->wt_timer.ms);
}
