/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of ours within a dialog (RFC 3261 12.2.1.1), in the name of the other side. */
#include "core/send.h"
#include "base/log.h"
#include "modules/dialog/inner.h"

enum { ROUTES_MAX = 32 };

struct text {
    struct str uri;
    struct buf headers;
};

/* A first route without ;lr is a strict router: it takes the Request-URI's place. */
static void put_routes(struct text *t, const struct dialog_leg *leg)
{
    struct str rest = leg->routes;
    bool strict = false;
    struct address a;

    for (size_t i = 0; i < ROUTES_MAX && rest.n; i++) {
        if (address_next(&rest, &a) != ERR_OK)
            return;
        if (i == 0 && !a.uri.has_lr && !a.uri.lr.p) {
            strict = true;
            t->uri = a.uri_text;
            continue;
        }
        buf_fmt(&t->headers, "Route: " STR_FMT "\r\n", STR_ARG(a.all));
    }
    if (strict)
        buf_fmt(&t->headers, "Route: <" STR_FMT ">\r\n", STR_ARG(leg->contact));
}

static struct str with_tag(struct arena *a, struct str uri, struct str tag)
{
    return arena_fmt(a, "<" STR_FMT ">;tag=" STR_FMT, STR_ARG(uri), STR_ARG(tag));
}

err_t dialog_send(const struct dialog_request *r)
{
    struct dialog *d = r->dialog;
    const struct dialog_conf *conf = dialog_conf_now();
    enum dialog_side other = r->to == DIALOG_CALLEE ? DIALOG_CALLER : DIALOG_CALLEE;
    struct dialog_leg *to = &d->leg[r->to], *from = &d->leg[other];
    struct text t = { .uri = to->contact };
    struct arena a;

    ASSERT(d->home == worker_self());
    if (!to->contact.n || !to->tag.n || !from->tag.n)
        return ERR_STATE;
    arena_init(&a, MEM_DIALOG, 1024);
    buf_init(&t.headers, MEM_DIALOG);
    put_routes(&t, to);
    buf_add(&t.headers, conf->dlg_extra_hdrs);
    if (r->to == DIALOG_CALLEE)
        buf_add(&t.headers, conf->lreq_callee_headers);
    buf_add(&t.headers, r->headers);
    if (!r->same_cseq || !from->cseq)
        from->cseq++;
    int64_t ahead = r->to == DIALOG_CALLEE && conf->track_cseq_updates ? dialog_cseq_ahead(d) : 0;
    err_t e = txn_send_request(&(struct txn_request){
        .method = r->method,
        .uri = t.uri,
        .from = with_tag(&a, d->uri[other], from->tag),
        .to = with_tag(&a, d->uri[r->to], to->tag),
        .call_id = d->call_id,
        .cseq = from->cseq + (uint32_t)ahead,
        .headers = buf_str(&t.headers),
        .body = r->body,
        .socket = to->socket,
        .fn = r->fn,
        .arg = r->arg,
        .release = r->release,
    });
    buf_free(&t.headers);
    arena_free(&a);
    return e;
}

/* ---- BYE ---- */

/* It is over by our BYE. */
static void finish(struct dialog *d)
{
    if (!dialog_over(d))
        return;
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_TERMINATED });
    dialog_event_run(d, "dialog:end", NULL, NULL, 0);
}

static void on_bye_answer(const struct txn_note *note, void *arg)
{
    struct dialog *d = arg;

    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_BYE_ANSWERED,
                                           .txn = note->txn,
                                           .reply = note->reply,
                                           .status = note->status });
    if (!d->byes || --d->byes)
        return;
    finish(d); /* a BYE to one side only: the other one ends the call by itself */
    dialog_forget(d);
}

static err_t bye_to(struct dialog *d, enum dialog_side side, struct str headers)
{
    err_t e = dialog_send(&(struct dialog_request){ .dialog = d,
                                                    .to = side,
                                                    .method = STR("BYE"),
                                                    .headers = headers,
                                                    .fn = on_bye_answer,
                                                    .arg = obj_hold(d),
                                                    .release = obj_drop });

    if (e)
        obj_drop(d);
    else
        d->byes++;
    return e;
}

/* A call that is not answered yet ends by a negative reply. */
static void refuse(struct call *c, void *arg)
{
    const struct dialog_conf *conf = dialog_conf_now();
    struct txn *t = arg;
    struct str reason = arena_dup(c->arena, conf->bye_early_reason);

    if (txn_reply(c, t, (unsigned)conf->bye_early_code, reason) != ERR_OK)
        log_info(AREA, "an early dialog could not be ended");
}

static void refuse_early(void *arg)
{
    struct txn *t = arg;

    txn_with_request(t, refuse, t);
    txn_drop(t);
}

err_t dialog_bye(struct dialog *d, unsigned sides, struct str headers)
{
    err_t first = ERR_OK, second = ERR_OK;

    ASSERT(d->home == worker_self());
    if (d->state < DIALOG_ANSWERED) {
        if (!d->txn)
            return ERR_STATE;
        co_spawn(refuse_early, txn_hold(d->txn));
        return ERR_OK;
    }
    if (d->state == DIALOG_ENDED)
        return ERR_STATE;
    if (sides & BYE_CALLEE)
        first = bye_to(d, DIALOG_CALLEE, headers);
    if (sides & BYE_CALLER)
        second = bye_to(d, DIALOG_CALLER, headers);
    return first ? first : second;
}

err_t dialog_end(struct dialog *d, struct str headers)
{
    err_t e;

    if (d->state < DIALOG_ANSWERED || d->state == DIALOG_ENDED)
        return ERR_STATE;
    e = dialog_bye(d, BYE_BOTH, headers);
    if (e && !d->byes)
        return e;
    finish(d);
    return ERR_OK;
}
