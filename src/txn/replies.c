/* SPDX-License-Identifier: BSD-2-Clause */
/* A reply of a branch arrives (RFC 3261 16.7 and 17.1, RFC 6026). */
#include "txn/internal.h"

static void absorb(void)
{
    txn_count(COUNT_RPL_ABSORBED, 1);
}

static void note_reply(struct call *c, struct txn *t, struct txn_branch *b, enum txn_event event)
{
    txn_notify(t, &(struct txn_note){ .event = event,
                                      .call = c,
                                      .reply = c->msg,
                                      .status = c->msg->status,
                                      .reason = c->msg->reason,
                                      .to_tag = msg_to_tag(c->msg),
                                      .branch = b->index });
}

/* The answer to our CANCEL: it is not repeated any more; the INVITE's own answer is still to come.
 */
static void on_cancel_reply(struct call *c, struct txn_branch *b)
{
    absorb();
    if (!b->canceling || c->msg->status < 200)
        return;
    b->cancel_done = true;
    b->cancel_status = (uint16_t)c->msg->status;
    if (b->cancel.n)
        timer_cancel(&b->resend);
    own_free(&b->cancel);
}

static struct str to_value(struct call *c)
{
    const struct header *to = msg_header(c->msg, HEADER_TO);

    return to ? to->body : STR_NONE;
}

/* What is done at once, whoever holds the transaction: stop repeating, acknowledge. False: the
 * reply says nothing new. */
static bool take_notice(struct call *c, struct txn *t, struct txn_branch *b)
{
    unsigned status = c->msg->status;
    bool invite = t->txn_flags & TXN_INVITE;

    if (invite && status >= 300 && b->state != BRANCH_SUSPENDED && b->sent.n)
        branch_ack(b, to_value(c));
    if (b->state == BRANCH_DROPPED || b->state == BRANCH_SUSPENDED || b->state == BRANCH_NEW)
        return invite && status >= 200 && status < 300 && b->sent.n;
    if (b->state > BRANCH_SUSPENDED) /* only further 2xx of an INVITE matter */
        return invite && status >= 200 && status < 300;
    if (invite || status >= 200) {
        if (!b->canceling || status >= 200)
            timer_cancel(&b->resend);
    } else {
        b->interval_ms = txn_t2(t); /* 17.1.2.2: from now on at T2 */
    }
    return true;
}

static int run_reply_route(struct call *c, struct txn *t, struct txn_branch *b)
{
    uint32_t flags = c->flags;
    struct vars *own = c->vars;

    if (!b->on_reply.n)
        return SCRIPT_TRUE;
    c->flags = t->flags;
    c->vars = t->vars;
    c->status = c->msg->status;
    c->targets[0].flags = b->flags;
    c->drop = false;
    int code = run_under_generation(c, t, ROUTE_TM_REPLY, b->on_reply.p);
    b->flags = c->targets[0].flags;
    t->flags = c->flags;
    c->flags = flags;
    c->vars = own;
    return code;
}

/* Builds what goes upstream from the reply at hand. */
static struct str forwarded(struct call *c)
{
    struct buf *out = txn_scratch();
    err_t e = send_build_reply(c, out);

    if (e)
        log_warn(AREA, "a reply cannot be forwarded: %s", err_text(e));
    return e ? STR_NONE : buf_str(out);
}

static void on_provisional(struct call *c, struct txn *t, struct txn_branch *b)
{
    unsigned status = c->msg->status;

    if (t->txn_flags & TXN_LOCAL) {
        note_reply(c, t, b, TXN_LOCAL_PROVISIONAL);
        absorb();
        return;
    }
    if ((status == 100 && !conf_of(t)->relay_100) || t->status >= 200 ||
        t->txn_flags & TXN_SILENT) {
        absorb();
        return;
    }
    note_reply(c, t, b, TXN_RESPONSE_READY);
    struct str bytes = forwarded(c);
    if (bytes.n && respond_bytes(c, t, status, bytes, b, c->msg) == ERR_OK)
        txn_count(COUNT_RPL_RELAYED, 1);
}

/* A 2xx of an INVITE after a final reply went upstream: another branch's, or a repeated one. */
static void pass_2xx(struct call *c, struct txn *t, struct txn_branch *b)
{
    struct hop hop = t->reply_to;

    if (t->txn_flags & (TXN_SILENT | TXN_LOCAL)) {
        absorb();
        return;
    }
    struct str bytes = forwarded(c);
    if (!bytes.n || send_reply_bytes(c, &hop, bytes) != ERR_OK)
        return;
    txn_count(COUNT_RPL_RELAYED, 1);
    txn_count(COUNT_RPL_SENT, 1);
    note_reply(c, t, b, TXN_RESPONSE_RETRANSMITTED);
}

static void on_success(struct call *c, struct txn *t, struct txn_branch *b)
{
    unsigned status = c->msg->status;
    bool invite = t->txn_flags & TXN_INVITE, again = b->state == BRANCH_ACCEPTED;

    branch_stop(b);
    b->state = invite ? BRANCH_ACCEPTED : BRANCH_COMPLETED;
    if (t->txn_flags & TXN_LOCAL) {
        if (invite)
            local_ack(c, b, c->msg);
        if (!again && t->status < 200)
            local_final(c, t, b);
        return;
    }
    if (t->status >= 200) {
        if (invite)
            pass_2xx(c, t, b);
        else
            absorb();
        return;
    }
    note_reply(c, t, b, TXN_RESPONSE_READY);
    t->to_tag = arena_dup(&t->arena, msg_to_tag(c->msg));
    struct str bytes = forwarded(c);
    if (bytes.n && respond_bytes(c, t, status, bytes, b, c->msg) == ERR_OK)
        txn_count(COUNT_RPL_RELAYED, 1);
}

static bool wants_fail_over(const struct txn *t, unsigned status)
{
    struct str codes = conf_of(t)->failover_reply_codes;

    if (t->txn_flags & TXN_CANCELED || t->status >= 200)
        return false;
    if (!codes.n)
        return status == 503;
    while (codes.n) {
        uint32_t code;
        struct str one = str_trim(str_split(&codes, ';'));

        if (str_to_u32(one, &code) == ERR_OK && code == status)
            return true;
    }
    return false;
}

static void on_negative(struct call *c, struct txn *t, struct txn_branch *b)
{
    unsigned status = c->msg->status;

    branch_stop(b);
    b->state = BRANCH_COMPLETED;
    b->to_tag = arena_dup(&t->arena, msg_to_tag(c->msg));
    own_free(&b->reply);
    if (t->status >= 200) {
        absorb();
        return;
    }
    b->reply = own_copy(t->txn_flags & TXN_LOCAL ? c->msg->raw : forwarded(c));
    b->reply_from = c->from;
    if (wants_fail_over(t, status) && branch_fail_over(c, b, true)) {
        absorb();
        return;
    }
    txn_conclude(c, t, b);
    if (!b->relayed)
        absorb();
}

static void restart_fr_inv(struct txn *t, struct txn_branch *b, unsigned before, unsigned status)
{
    if (!(t->txn_flags & TXN_INVITE) || b->canceling)
        return;
    if (b->state == BRANCH_CALLING || conf_of(t)->restart_fr_on_each_reply ||
        (status >= 180 && status > before))
        branch_arm_final(b, txn_fr_inv(t));
}

/* With the transaction held: the reply in its turn. */
static void process(struct call *c, struct txn *t, struct txn_branch *b)
{
    unsigned status = c->msg->status, before = b->status;
    bool old = b->state > BRANCH_SUSPENDED; /* may have ended while the reply stood in line */

    if (old && !(t->txn_flags & TXN_INVITE && status >= 200 && status < 300)) {
        absorb();
        return;
    }
    note_reply(c, t, b, TXN_RESPONSE_IN);
    if (status < 200) {
        restart_fr_inv(t, b, before, status);
        b->state = BRANCH_PROCEEDING;
        if (b->cancel_wanted)
            branch_send_cancel(b, b->cancel_reason);
    } else {
        timer_cancel(&b->final);
    }
    b->status = (uint16_t)status;
    if (status == 503)
        block_unavailable(c, b);
    run_reply_route(c, t, b);
    b->replied = true;
    if (c->drop && status < 200) {
        c->drop = false;
        absorb();
    } else if (status < 200) {
        on_provisional(c, t, b);
    } else if (status < 300) {
        on_success(c, t, b);
    } else {
        on_negative(c, t, b);
    }
    c->drop = false;
}

/* A reply without a transaction: whether its route keeps it back. */
static bool kept_by_route(struct call *c)
{
    struct str name = txn_conf(c->gen)->on_sl_reply;
    enum route route = c->route;

    if (!name.n)
        return false;
    c->route = ROUTE_TM_REPLY;
    c->drop = false;
    int code = call_upcalls.run_route(c, ROUTE_TM_REPLY, name.p);
    bool kept = c->drop || code == SCRIPT_EXIT;
    c->drop = false;
    c->route = route;
    return kept;
}

bool txn_on_reply(struct call *c)
{
    struct txn_branch *b = txn_find_reply(c);
    const struct cseq *cseq = b ? msg_cseq(c->msg, NULL) : NULL;

    if (!b || !cseq)
        return kept_by_route(c);
    struct txn *t = b->txn;
    txn_count(COUNT_RPL_RECEIVED, 1);
    if (cseq->method == METHOD_CANCEL && t->method != METHOD_CANCEL) {
        on_cancel_reply(c, b);
        return true;
    }
    if (!str_eq(cseq->method_name, t->method_name)) {
        absorb();
        return true;
    }
    if (!take_notice(c, t, b)) {
        absorb();
        return true;
    }
    if (!txn_enter(t)) {
        absorb();
        return true;
    }
    process(c, t, b);
    txn_leave(t);
    return true;
}

/* A relaying that failed is answered when the script is over, if the script has not done it. */
static void answer_at_last(struct txn *t, struct txn_branch *unused)
{
    (void)unused;
    if (t->status < 200)
        answer_locally(t, t->delayed_status);
}

/* A run is over: its hold on the transaction goes, and a transaction that it made and nobody
 * carries on is on its way out. */
void txn_run_ended(struct call *c)
{
    struct txn *t = c->txn;

    c->txn = NULL;
    if (t->delayed_status && t->made_by == c->serial && !c->replied && t->status < 200 &&
        txn_all_final(t))
        txn_spawn(t, NULL, answer_at_last);
    if (t->state == TXN_TRYING && txn_all_final(t) && !(t->txn_flags & TXN_LOCAL) && !t->held &&
        t->made_by == c->serial)
        txn_linger(t, conf_of(t)->wt_timer.ms);
    obj_drop(t);
}
