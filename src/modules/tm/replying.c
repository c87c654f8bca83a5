/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies by transactions, and what becomes of those received. */
#include "modules/tm/tm.h"

int t_newtran(struct call *c)
{
    enum txn_match match;

    if (c->txn)
        return SCRIPT_FALSE; /* it has one */
    err_t e = txn_new(c, &match);
    if (e == ERR_OK)
        return SCRIPT_TRUE;
    c->error = e;
    return e == ERR_EXISTS ? SCRIPT_EXIT : SCRIPT_FALSE;
}

/* The transaction of a request, or of the reply at hand. */
static struct txn *transaction(struct call *c)
{
    if (!c->txn && !c->msg->request)
        txn_find_reply(c);
    return c->txn;
}

static int reply(struct call *c, int64_t code, struct str reason)
{
    const struct tm_conf *conf = call_conf(c, &module_tm);
    struct txn *t = transaction(c);

    if (!t)
        return SCRIPT_FALSE;
    if (code < 100 || code > 699) {
        code = conf->txn.default_code;
        reason = conf->txn.default_reason;
    }
    c->rich_redirect = (unsigned)conf->txn.rich_redirect;
    c->error = txn_reply(c, t, (unsigned)code, reason);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}

int t_reply(struct call *c, const struct reply_args *a)
{
    return reply(c, a->code, a->reason);
}

int t_send_reply(struct call *c, const struct reply_args *a)
{
    enum txn_match match;

    if (!transaction(c) && c->msg->request) {
        err_t e = txn_new(c, &match);

        if (e == ERR_EXISTS)
            return SCRIPT_EXIT;
        if (e)
            return SCRIPT_FALSE;
    }
    return reply(c, a->code, a->reason);
}

int t_reply_error(struct call *c)
{
    struct str reason;
    unsigned status = status_of_err(c->error, &reason);

    return reply(c, status, reason);
}

int t_retransmit_reply(struct call *c)
{
    struct txn *t = c->txn;

    if (!t && txn_match(c, &t) != TXN_RETRANSMITTED)
        return SCRIPT_FALSE;
    return txn_retransmit_reply(t) ? SCRIPT_FALSE : SCRIPT_TRUE;
}

int t_release(struct call *c)
{
    if (!c->txn)
        return SCRIPT_FALSE;
    txn_release(c, c->txn);
    return SCRIPT_TRUE;
}

int t_drop_replies(struct call *c, const struct mode_args *a)
{
    txn_drop_replies(c, a->mode.n ? a->mode.p[0] : 'a');
    return SCRIPT_TRUE;
}

int t_save_lumps(struct call *c)
{
    if (!c->txn)
        return SCRIPT_FALSE;
    txn_save_edits(c);
    return SCRIPT_TRUE;
}

int t_set_no_auto_ack(struct call *c, const struct number_args *a)
{
    if (!c->txn)
        return SCRIPT_FALSE;
    if (a->value)
        c->txn->txn_flags |= TXN_NO_ACK;
    else
        c->txn->txn_flags &= ~(uint32_t)TXN_NO_ACK;
    return SCRIPT_TRUE;
}

int t_use_uac_headers(struct call *c)
{
    (void)c; /* ACK and CANCEL are made from the request that was sent */
    return SCRIPT_TRUE;
}

int t_cell_append_branches(struct call *c, const struct cell_args *a)
{
    size_t n = call_target_count(c);
    struct target *targets = ARENA_ARRAY(c->arena, struct target, n);

    for (size_t i = 0; i < n; i++) {
        targets[i] = *call_target(c, i);
        if (!targets[i].uri.p)
            targets[i].uri = call_uri_text(c);
    }
    c->error = txn_append((uint32_t)a->index, (uint32_t)a->label, targets, n, NULL);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}

int t_msg_apply_changes(struct call *c)
{
    c->error = txn_apply_changes(c);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}

int t_clean(struct call *c)
{
    (void)c; /* nothing stays behind here: timers see to it */
    return SCRIPT_TRUE;
}
