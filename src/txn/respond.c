/* SPDX-License-Identifier: BSD-2-Clause */
/* The server side: what goes upstream, and what comes again from there (RFC 3261 17.2, RFC 6026).
 */
#include "txn/internal.h"

/* Where replies of a request go; found once, while the request itself is at hand. */
void respond_find_hop(struct call *c, struct txn *t)
{
    if (t->reply_to_known)
        return;
    if (send_request_reply_hop(c, &t->reply_to) != ERR_OK)
        t->reply_to = (struct hop){ .flow = t->from };
    t->reply_to.host = STR_NONE;
    t->reply_to_known = true;
}

/* RFC 3261 17.2.1 timer G: a negative reply to an INVITE is repeated until its ACK comes. */
static void on_resend(struct timer *timer)
{
    struct txn *t = LIST_OF(timer, struct txn, resend);

    if (t->state != TXN_COMPLETED || !t->reply.n)
        return;
    if (net_send(&t->reply_to.flow, t->reply) == ERR_OK)
        txn_count(COUNT_RPL_SENT, 1);
    t->interval_ms *= 2;
    if (t->interval_ms > txn_t2(t))
        t->interval_ms = txn_t2(t);
    timer_set(&t->resend, t->interval_ms, on_resend);
}

/* The final reply went upstream. */
static void finish(struct txn *t, unsigned status)
{
    const struct txn_conf *conf = conf_of(t);

    txn_count(COUNT_WAITING, 1);
    txn_count(COUNT_CLASS + (enum counter)(status / 100 % 7), 1);
    if (t->txn_flags & TXN_LOCAL) {
        t->state = TXN_COMPLETED;
        txn_linger(t, conf->wt_timer.ms);
    } else if (t->txn_flags & TXN_INVITE && status < 300) {
        t->state = TXN_ACCEPTED;
        txn_linger(t, conf->wt_timer.ms);
    } else if (t->txn_flags & TXN_INVITE) {
        t->state = TXN_COMPLETED;
        txn_linger(t, txn_fr(t));
        if (txn_lossy(&t->reply_to.flow)) {
            t->interval_ms = txn_t1(t);
            timer_set(&t->resend, t->interval_ms, on_resend);
        }
    } else {
        t->state = TXN_COMPLETED;
        txn_linger(t, conf->wt_timer.ms);
    }
}

static void call_off_the_others(struct txn *t, unsigned status)
{
    char space[96];
    struct buf line;

    if (!(t->txn_flags & TXN_INVITE))
        return;
    buf_fixed(&line, space, sizeof space);
    if (conf_of(t)->local_cancel_reason)
        buf_fmt(&line, "Reason: SIP;cause=%u%s\r\n", status,
                status == 200 ? ";text=\"Call completed elsewhere\"" : "");
    txn_cancel_branches(t, TXN_CANCEL_ALL, -1, buf_str(&line));
}

static void tell(struct call *c, struct txn *t, enum txn_event event, unsigned status,
                 const struct txn_branch *from, struct msg *reply)
{
    txn_notify(t, &(struct txn_note){ .event = event,
                                      .call = c,
                                      .reply = reply,
                                      .status = status,
                                      .to_tag = reply ? msg_to_tag(reply) : t->to_tag,
                                      .branch = from ? from->index : -1,
                                      .made_here = !reply && (!from || from->made_here),
                                      .bytes = t->reply,
                                      .to = &t->reply_to.flow });
}

err_t respond_bytes(struct call *c, struct txn *t, unsigned status, struct str bytes,
                    struct txn_branch *from, struct msg *reply)
{
    err_t e = ERR_OK;

    if (t->status >= 200)
        return ERR_STATE;
    own_free(&t->reply);
    t->reply = own_copy(bytes);
    t->status = (uint16_t)status;
    if (!(t->txn_flags & (TXN_LOCAL | TXN_SILENT))) {
        e = c ? send_reply_bytes(c, &t->reply_to, t->reply) : net_send(&t->reply_to.flow, t->reply);
        if (e == ERR_OK)
            txn_count(COUNT_RPL_SENT, 1);
        else
            log_warn(AREA, "a %u reply could not be sent: %s", status, err_text(e));
    }
    if (status < 200) {
        tell(c, t, TXN_RESPONSE_OUT, status, from, reply);
        return e;
    }
    t->winner = from ? (int16_t)from->index : -1;
    if (from)
        from->winner = from->relayed = true;
    finish(t, status);
    tell(c, t, TXN_RESPONSE_OUT, status, from, reply);
    tell(c, t, TXN_FINAL, status, from, reply);
    call_off_the_others(t, status);
    return e;
}

err_t respond_local(struct call *c, struct txn *t, unsigned status, struct str reason)
{
    if (t->status >= 200)
        return ERR_STATE;
    if (!reason.n)
        reason = status_reason(status);
    if (!t->to_tag.n && status > 100)
        t->to_tag = arena_dup(&t->arena, reply_to_tag(c));
    txn_notify(t, &(struct txn_note){ .event = TXN_RESPONSE_READY,
                                      .call = c,
                                      .status = status,
                                      .reason = reason,
                                      .to_tag = t->to_tag,
                                      .branch = -1,
                                      .made_here = true });
    struct buf *out = txn_scratch();
    err_t e = send_build_local_reply(c, status, reason, t->to_tag.n ? t->to_tag : STR_NONE, out);
    if (e)
        return e;
    txn_count(COUNT_RPL_GENERATED, 1);
    e = respond_bytes(c, t, status, buf_str(out), NULL, NULL);
    if (e == ERR_OK && !(t->txn_flags & TXN_SILENT)) {
        run_reply_event(t, "tm:local-response");
        run_reply_event(t, "tm:local-response-sent");
    }
    return e;
}

struct answer {
    struct txn *txn;
    unsigned status;
    struct str reason;
    err_t err;
};

static void answer(struct call *c, void *arg)
{
    struct answer *a = arg;

    a->err = respond_local(c, a->txn, a->status, a->reason);
}

/* What a failure route changed counts at once: it has the transaction to itself. */
static void answer_in_route(struct call *c, struct answer *a)
{
    if (txn_run(c)->in_failure)
        a->txn->flags = c->flags;
    answer(c, a);
}

err_t txn_reply(struct call *c, struct txn *t, unsigned status, struct str reason)
{
    struct answer a = { t, status, reason, ERR_OK };

    ASSERT(t->home == worker_self());
    if (t->txn_flags & TXN_LOCAL || !txn_enter(t))
        return ERR_STATE;
    if (c && c->txn == t && c->msg && c->msg->request &&
        c->msg->method == (enum sip_method)t->method)
        answer_in_route(c, &a);
    else
        txn_with_request(t, answer, &a);
    txn_leave(t);
    return a.err;
}

err_t txn_retransmit_reply(struct txn *t)
{
    ASSERT(t->home == worker_self());
    if (!t->reply.n || t->txn_flags & (TXN_LOCAL | TXN_SILENT))
        return ERR_NOT_FOUND;
    err_t e = net_send(&t->reply_to.flow, t->reply);
    if (e == ERR_OK)
        txn_count(COUNT_RPL_SENT, 1);
    return e;
}

static void take_ack(struct call *c, struct txn *t)
{
    timer_cancel(&t->resend);
    if (t->state == TXN_COMPLETED && t->txn_flags & TXN_INVITE) {
        t->state = TXN_CONFIRMED;
        txn_linger(t, conf_of(t)->wt_timer.ms);
    }
    txn_notify(
        t, &(struct txn_note){ .event = TXN_ACK_IN, .call = c, .status = t->status, .branch = -1 });
}

void txn_absorb(struct call *c, struct txn *t, enum txn_match match)
{
    ASSERT(t->home == worker_self());
    if (match == TXN_ACK_NEGATIVE) {
        take_ack(c, t);
        return;
    }
    if (match != TXN_RETRANSMITTED)
        return;
    err_t e = txn_retransmit_reply(t);
    if (e && e != ERR_NOT_FOUND)
        log_info(AREA, "a reply could not be repeated: %s", err_text(e));
    txn_notify(
        t, &(struct txn_note){
               .event = TXN_REQUEST_RETRANSMITTED, .call = c, .status = t->status, .branch = -1 });
}

void txn_release(struct call *c, struct txn *t)
{
    ASSERT(t->home == worker_self());
    (void)c;
    t->txn_flags |= TXN_RELEASED;
    if (t->state == TXN_TRYING)
        txn_linger(t, conf_of(t)->wt_timer.ms);
}
