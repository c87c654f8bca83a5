/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * track_cseq_updates: an INVITE that is sent again with credentials of ours (uac_auth) gets a new
 * CSeq, as RFC 3261 22.2 wants it. From then on the callee's numbers run ahead of the caller's:
 * what goes downstream is raised, and replies get the caller's own number back. The difference
 * stands in $dlg_var(cseq_diff).
 */
#include "core/send.h"
#include "modules/dialog/inner.h"

int64_t dialog_cseq_ahead(const struct dialog *d)
{
    struct str text = dialog_var(d, STR("cseq_diff"));
    int64_t n = 0;

    return text.n && str_to_i64(text, &n) == ERR_OK && n > 0 && n < 1000000 ? n : 0;
}

static void write_number(struct call *c, int64_t by, struct edit_list *edits)
{
    const struct header *h = msg_header(c->msg, HEADER_CSEQ);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    size_t n = 0;

    if (!h || !cseq || (int64_t)cseq->number + by < 0 || (int64_t)cseq->number + by > UINT32_MAX)
        return;
    while (n < h->body.n && h->body.p[n] >= '0' && h->body.p[n] <= '9')
        n++;
    edit_replace(edits, c->msg, str_cut(h->body, 0, n),
                 arena_fmt(c->arena, "%lld", (long long)cseq->number + (long long)by));
}

/* Whether the script put in credentials that the caller did not send. */
static bool has_our_credentials(const struct edit_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (str_istarts(l->edits[i].text, STR("Authorization:")) ||
            str_istarts(l->edits[i].text, STR("Proxy-Authorization:")))
            return true;
    return false;
}

static err_t raise_hook(struct call *c, const struct build_hook *hook, const struct hop *hop,
                        struct edit_list *edits)
{
    struct dialog *d = dialog_of(c);
    int64_t by;

    (void)hook, (void)hop;
    if (!d || d->home != worker_self())
        return ERR_OK;
    by = dialog_cseq_ahead(d);
    if (c->route == ROUTE_FAILURE && !dialog_run(c)->raised && has_our_credentials(edits)) {
        char text[24];
        struct buf b;

        dialog_run(c)->raised = true; /* once for all branches of this leg */
        d->iflags |= IFLAG_CSEQ_DIFF;
        buf_fixed(&b, text, sizeof text);
        buf_int(&b, ++by);
        dialog_set_var(d, STR("cseq_diff"), buf_str(&b));
    }
    if (by)
        write_number(c, by, edits);
    return ERR_OK;
}

void dialog_cseq_follow(struct call *c)
{
    call_add_build_hook(c, &(struct build_hook){ .fn = raise_hook });
}

void dialog_cseq_reply(struct dialog *d, const struct txn_note *note)
{
    struct call *c = note->call;
    int64_t by = dialog_cseq_ahead(d);
    const struct cseq *cseq;

    if (!by || !c || !note->reply || !dialog_conf_now()->track_cseq_updates ||
        str_eq(note->txn->from_tag, d->leg[DIALOG_CALLEE].tag))
        return;
    cseq = msg_cseq(c->msg, NULL);
    if (cseq && (int64_t)cseq->number == (int64_t)note->txn->cseq + by)
        write_number(c, -by, &c->edits);
}
