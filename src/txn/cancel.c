/* SPDX-License-Identifier: BSD-2-Clause */
/* A received CANCEL (RFC 3261 9.2 and 16.10). */
#include "txn/internal.h"

/* The Reason lines of a CANCEL, for those we send (RFC 3326). */
static struct str reasons_of(struct call *c, const struct txn *invite)
{
    const struct txn_conf *conf = conf_of(invite);
    bool off =
        invite->plan.no_e2e_reason < 0 ? !conf->e2e_cancel_reason : invite->plan.no_e2e_reason;
    struct str lines = STR_NONE;

    if (off)
        return lines;
    for (const struct header *h = msg_header(c->msg, HEADER_REASON); h;
         h = msg_header_next(c->msg, h))
        lines = arena_fmt(c->arena, STR_FMT "Reason: " STR_FMT "\r\n", STR_ARG(lines),
                          STR_ARG(h->body));
    return lines;
}

static void answer_487(struct call *c, void *arg)
{
    struct txn *t = arg;
    err_t e = respond_local(c, t, 487, STR("Request Terminated"));

    if (e)
        log_info(AREA, "487 could not be sent: %s", err_text(e));
}

/* With the INVITE held: calls off what is pending; where nothing is, the INVITE ends at once. */
static void cancel_held(struct txn *t, struct str reasons)
{
    unsigned pending;

    if (t->status >= 200)
        return;
    pending = txn_cancel_branches(t, TXN_CANCEL_ALL, -1, reasons);
    if (pending)
        return;
    if (t->n_branches)
        txn_conclude(NULL, t, NULL);
    else
        txn_with_request(t, answer_487, t);
}

static err_t answer_cancel(struct call *c, bool pending)
{
    struct str reason = pending ? STR("canceling") : STR("ok -- no more pending branches");
    err_t e = c->txn && c->txn->method == METHOD_CANCEL
                  ? txn_reply(c, c->txn, 200, reason)
                  : send_local_reply(c, 200, reason, STR_NONE);

    return e == ERR_STATE ? ERR_OK : e;
}

err_t txn_relay_cancel(struct call *c)
{
    struct txn *invite = txn_find_canceled(c);

    if (!invite) {
        int64_t mode = txn_conf(c->gen)->unmatched_cancel;
        struct hop hops[HOPS_MAX];
        size_t n = 0;

        if (mode == TXN_UNMATCHED_STATEFUL)
            return ERR_NOT_FOUND; /* goes on like any request */
        if (mode == TXN_UNMATCHED_DROP)
            return ERR_EXISTS;
        err_t e = send_find_hops(c, &c->targets[0], hops, &n);
        return e ? e : n ? send_stateless(c, &hops[0]) : ERR_UNREACHABLE;
    }
    if (invite->method != METHOD_INVITE)
        return answer_cancel(c, false);
    obj_hold(invite);
    bool first = !(invite->txn_flags & TXN_CANCELED);
    invite->txn_flags |= TXN_CANCELED; /* seen at once, also by a route that is suspended */
    err_t e = answer_cancel(c, invite->status < 200);
    if (first && txn_enter(invite)) {
        txn_notify(invite, &(struct txn_note){ .event = TXN_CANCEL_IN, .call = c, .branch = -1 });
        cancel_held(invite, reasons_of(c, invite));
        txn_leave(invite);
    }
    obj_drop(invite);
    return e;
}
