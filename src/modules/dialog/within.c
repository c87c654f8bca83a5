/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests within a dialog: which one they belong to, and what they change (RFC 3261 12.2). */
#include "base/log.h"
#include "modules/dialog/inner.h"
#include "modules/rr/rr.h"
#include "net/net.h"

enum {
    WITHIN_EVENTS =
        TXN_RESPONSE_IN | TXN_RESPONSE_READY | TXN_RESPONSE_OUT | TXN_E2E_ACK_IN | TXN_DESTROYED
};

/* ---- matching ---- */

/* Hexadecimal, lowest digit first. */
static bool read_digits(struct str s, uint32_t *out)
{
    *out = 0;
    if (!s.n || s.n > 8)
        return false;
    for (size_t i = s.n; i-- > 0;) {
        char ch = s.p[i];
        uint32_t digit;

        if (ch >= '0' && ch <= '9')
            digit = (uint32_t)(ch - '0');
        else if (ch >= 'a' && ch <= 'f')
            digit = (uint32_t)(ch - 'a') + 10;
        else if (ch >= 'A' && ch <= 'F')
            digit = (uint32_t)(ch - 'A') + 10;
        else
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

static struct dialog *by_did(struct call *c, struct str did, bool *upstream)
{
    struct str first = str_split(&did, '.');
    uint32_t entry, id;
    struct dialog *d;

    if (!read_digits(first, &entry) || !read_digits(did, &id))
        return NULL;
    d = dialog_find_id(entry, id);
    if (!d || !str_eq(d->call_id, msg_call_id(c->msg)) ||
        !dialog_is_of_sides(d, msg_from_tag(c->msg), msg_to_tag(c->msg), upstream))
        return NULL;
    return d;
}

static struct dialog *match(struct call *c, enum match_mode mode, struct str did, bool *upstream)
{
    struct dialog *d;

    if (mode != MATCH_BY_TAGS && did.n)
        return by_did(c, did, upstream);
    if (mode == MATCH_BY_ID)
        return NULL;
    d = dialog_find(msg_call_id(c->msg), msg_from_tag(c->msg), msg_to_tag(c->msg));
    if (d)
        dialog_is_of_sides(d, msg_from_tag(c->msg), msg_to_tag(c->msg), upstream);
    return d;
}

/* ---- what a request changes ---- */

static void count_on(struct dialog *d, struct call *c, bool upstream)
{
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    struct dialog_leg *leg = &d->leg[upstream ? DIALOG_CALLEE : DIALOG_CALLER];

    if (cseq && cseq->number > leg->cseq) {
        leg->cseq = cseq->number;
        dialog_changed(d);
    }
}

static void restart(struct dialog *d, struct call *c, const struct dialog_conf *conf)
{
    struct value v = VALUE_NONE;

    if (d->state != DIALOG_ANSWERED && d->state != DIALOG_CONFIRMED)
        return;
    if (d->iflags & IFLAG_TIMEOUT_NORESET)
        return;
    if (conf->timeout_avp && var_get(c, conf->timeout_avp, &v) == ERR_OK && v.type != VALUE_NULL &&
        value_number(&v) > 0) {
        dialog_set_lifetime(d, value_number(&v));
        return;
    }
    if (!d->no_ack)
        dialog_restart(d);
    dialog_changed(d);
}

static void ended_by(struct dialog *d, struct call *c, bool upstream)
{
    if (!dialog_over(d))
        return;
    dialog_notify(
        d, (struct dialog_note){
               .event = DIALOG_ON_TERMINATED, .call = c, .txn = c->txn, .upstream = upstream });
    dialog_changed(d);
    dialog_event_run(d, "dialog:end", c, NULL, 0);
}

static void take(struct dialog *d, struct call *c, const struct dialog_conf *conf, bool upstream)
{
    if (conf->track_cseq_updates && !upstream)
        dialog_cseq_follow(c);
    switch (c->msg->method) {
    case METHOD_ACK: dialog_acknowledged(d, c); return;
    case METHOD_BYE:
        count_on(d, c, upstream);
        if (d->state < DIALOG_ANSWERED) /* RFC 3261 15: a BYE of an early dialog */
            return;
        ended_by(d, c, upstream);
        return;
    case METHOD_CANCEL: return;
    default: break;
    }
    count_on(d, c, upstream);
    restart(d, c, conf);
    dialog_notify(d,
                  (struct dialog_note){
                      .event = DIALOG_ON_REQUEST, .call = c, .txn = c->txn, .upstream = upstream });
}

bool dialog_within(struct call *c, enum match_mode mode, struct str did)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);
    struct dialog_run *run = dialog_run(c);
    bool upstream = false;
    struct dialog *d;

    if (run->within)
        return true;
    if (!c->packet || !c->msg->request ||
        worker_of_hash(home_hash(msg_call_id(c->msg))) != worker_self())
        return false;
    d = match(c, mode, did, &upstream);
    if (!d)
        return false;
    struct dialog *before = run->dialog;
    run->dialog = obj_hold(d);
    run->own = obj_hold(d);
    run->upstream = upstream;
    run->within = true;
    obj_drop(before);
    if (c->txn)
        dialog_watch_within(c->txn, d);
    take(d, c, conf, upstream);
    return true;
}

void dialog_on_loose_route(struct call *c, struct str params)
{
    const struct dialog_conf *conf = generation_conf(c->gen, &module_dialog);

    if (conf && msg_to_tag(c->msg).n)
        dialog_within(c, (enum match_mode)conf->dlg_match_mode, param_find(params, conf->rr_param));
}

/* ---- what becomes of it ---- */

struct seen {
    struct dialog *dialog;
    bool upstream;
};

static void seen_free(void *arg)
{
    struct seen *s = arg;

    obj_drop(s->dialog);
    mem_free(MEM_DIALOG, s);
}

static bool refreshes(const struct txn *t)
{
    return t->method == METHOD_INVITE || t->method == METHOD_UPDATE;
}

static void refresh_sender(struct call *c, void *arg)
{
    const struct seen *s = arg;

    leg_refresh_contact(s->dialog, s->upstream ? DIALOG_CALLEE : DIALOG_CALLER, c->msg);
}

static void went_upstream(struct seen *s, const struct txn_note *note)
{
    struct dialog *d = s->dialog;
    bool bye = note->txn->method == METHOD_BYE;

    if (note->status / 100 == 2 && refreshes(note->txn)) {
        txn_with_request(note->txn, refresh_sender, s);
        if (note->reply)
            leg_refresh_contact(d, s->upstream ? DIALOG_CALLER : DIALOG_CALLEE, note->reply);
    }
    if (note->status >= 200 || !bye)
        dialog_notify(
            d, (struct dialog_note){ .event = bye ? DIALOG_ON_BYE_ANSWERED : DIALOG_ON_REPLY_WITHIN,
                                     .call = note->call,
                                     .txn = note->txn,
                                     .reply = note->reply,
                                     .status = note->status,
                                     .upstream = s->upstream });
}

static void on_within(const struct txn_note *note, void *arg)
{
    struct seen *s = arg;
    struct dialog *d = s->dialog;

    switch (note->event) {
    case TXN_RESPONSE_IN: dialog_cseq_reply(d, note); break;
    case TXN_RESPONSE_READY:
        dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_REPLYING_WITHIN,
                                               .call = note->call,
                                               .txn = note->txn,
                                               .reply = note->reply,
                                               .status = note->status,
                                               .upstream = s->upstream });
        break;
    case TXN_RESPONSE_OUT: went_upstream(s, note); break;
    case TXN_E2E_ACK_IN: dialog_acknowledged(d, note->call); break;
    case TXN_DESTROYED:
        if (note->txn->method == METHOD_BYE && d->state == DIALOG_ENDED && !d->byes)
            dialog_forget(d);
        break;
    default: break;
    }
}

void dialog_watch_within(struct txn *t, struct dialog *d)
{
    bool upstream = str_eq(t->from_tag, d->leg[DIALOG_CALLEE].tag);
    struct seen *s = mem_alloc(MEM_DIALOG, sizeof *s);

    *s = (struct seen){ obj_hold(d), upstream };
    txn_watch(t, WITHIN_EVENTS, on_within, s, seen_free);
}
