/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the two sides of a dialog: contact, route set, numbers (RFC 3261 12.1). */
#include "core/local.h"
#include "modules/dialog/inner.h"

static struct str contact_in(struct msg *m)
{
    const struct address *list;
    size_t n;

    if (msg_addresses(m, HEADER_CONTACT, &list, &n) != ERR_OK || !n || list[0].star)
        return STR_NONE;
    return list[0].uri_text;
}

static void add_value(struct buf *b, const struct address *a)
{
    if (b->n)
        buf_char(b, ',');
    buf_add(b, a->all);
}

static void set_routes(struct dialog_leg *leg, struct buf *b)
{
    dialog_text_set(&leg->routes, buf_str(b));
    buf_free(b);
}

/* The caller's side, from the INVITE: its Record-Routes in their order (12.1.1). */
void leg_read_request(struct dialog *d, enum dialog_side side, struct call *c)
{
    struct dialog_leg *leg = &d->leg[side];
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    const struct address *list;
    struct buf b;
    size_t n = 0;

    dialog_text_set(&leg->contact, contact_in(c->msg));
    leg->cseq = cseq ? cseq->number : 0;
    leg->socket = c->from.local;
    buf_init(&b, MEM_DIALOG);
    if (msg_addresses(c->msg, HEADER_RECORD_ROUTE, &list, &n) == ERR_OK) {
        for (size_t i = 0; i < n; i++)
            add_value(&b, &list[i]);
    }
    d->routes_in = (uint16_t)n;
    set_routes(leg, &b);
}

/* How many of the reply's Record-Routes, from the first on, other servers behind us added: those
 * before ours and before what the INVITE came with. `own` is how many are ours. */
static size_t behind_us(const struct address *list, size_t n, size_t before_us, size_t *own)
{
    size_t mine = n > before_us ? n - before_us : 0, i = 0;

    while (i < mine && !local_is_uri(&list[i].uri))
        i++;
    *own = mine - i;
    return i;
}

/* The callee's side, from the 2xx: Record-Routes last first, without ours and those before us. */
void leg_read_answer(struct dialog *d, struct msg *reply)
{
    struct dialog_leg *callee = &d->leg[DIALOG_CALLEE], *caller = &d->leg[DIALOG_CALLER];
    int64_t keep = dialog_conf_now()->keep_proxy_rr;
    const struct address *list;
    struct buf b;
    size_t n = 0, own = 0, behind = 0;

    dialog_text_set(&callee->contact, contact_in(reply));
    buf_init(&b, MEM_DIALOG);
    if (msg_addresses(reply, HEADER_RECORD_ROUTE, &list, &n) == ERR_OK)
        behind = behind_us(list, n, d->routes_in, &own);
    if (keep & KEEP_RR_CALLEE)
        for (size_t i = behind + own; i-- > behind;)
            add_value(&b, &list[i]);
    for (size_t i = behind; i-- > 0;)
        add_value(&b, &list[i]);
    set_routes(callee, &b);
    if (!(keep & KEEP_RR_CALLER) || !own)
        return;
    buf_init(&b, MEM_DIALOG);
    for (size_t i = behind; i < n; i++)
        add_value(&b, &list[i]);
    set_routes(caller, &b);
}

/* INVITE and UPDATE refresh the target; route sets stay as they are (12.2). */
void leg_refresh_contact(struct dialog *d, enum dialog_side side, struct msg *m)
{
    struct str contact = contact_in(m);

    if (contact.n && !str_eq(contact, d->leg[side].contact)) {
        dialog_text_set(&d->leg[side].contact, contact);
        dialog_changed(d);
    }
}
