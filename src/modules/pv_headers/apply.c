/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "modules/pv_headers/pv_headers.h"
#include "modules/uac/uac.h"

/* The next header of the message with this very name, from `i` on. */
static const struct header *next_header(const struct msg *m, struct str name, size_t *i)
{
    while (*i < m->n_headers) {
        const struct header *h = &m->headers[(*i)++];

        if (str_ieq(h->name, name))
            return h;
    }
    return NULL;
}

/* The next value of this name that is to be sent. */
static const struct xavp *next_value(const struct xavp *f, struct str name)
{
    while (f && (f->value.type == VALUE_NULL || !str_ieq(f->name, name)))
        f = f->next;
    return f;
}

static bool is_as_received(const struct msg *m, const struct xavp *fields, struct str name)
{
    const struct xavp *f = next_value(fields, name);
    const struct header *h;
    size_t i = 0;

    while ((h = next_header(m, name, &i)) != NULL) {
        if (!f || !str_eq(f->name, h->name) || f->value.type != VALUE_STR ||
            !str_eq(f->value.s, h->body))
            return false;
        f = next_value(f->next, name);
    }
    return !f;
}

/* The old lines go, the new ones stand where the last of them stood. */
static void apply_name(struct call *c, const struct xavp *fields, struct str name,
                       struct edit_list *edits)
{
    const struct header *h, *last = NULL;
    struct buf lines;
    size_t i = 0;

    buf_init(&lines, MEM_MESSAGE);
    for (const struct xavp *f = next_value(fields, name); f; f = next_value(f->next, name)) {
        struct str value = value_text(&f->value, c->arena);

        if (!pvh_is_clean(f->name) || !pvh_is_clean(value)) { /* $xavi() takes any text */
            log_error("pv_headers", "a header with a line end in it is not sent");
            continue;
        }
        buf_add(&lines, f->name);
        buf_addz(&lines, ": ");
        buf_add(&lines, value);
        buf_addz(&lines, "\r\n");
    }
    while ((h = next_header(c->msg, name, &i)) != NULL) {
        edit_remove_header(edits, c->msg, h);
        last = h;
    }
    if (last && lines.n)
        edit_insert_header_after(edits, c->msg, last, buf_str(&lines));
    else if (lines.n)
        edit_append_header(edits, c->msg, buf_str(&lines));
    buf_free(&lines);
}

/* From and To of requests are the business of uac, which knows how to put them back in replies. */
static err_t apply_party(struct call *c, const struct pvh_list *l, enum party p,
                         struct edit_list *edits)
{
    const struct address *was = p == PARTY_FROM ? msg_from(c->msg, NULL) : msg_to(c->msg, NULL);
    const struct xavp *f = pvh_value(l, p == PARTY_FROM ? STR("From") : STR("To"), 0);
    struct address now;
    err_t e;

    if (!was || !f || f->value.type != VALUE_STR)
        return ERR_OK;
    e = address_parse_loosely(f->value.s, &now);
    if (e || (str_eq(now.uri_text, was->uri_text) && str_eq(now.display, was->display)))
        return e;
    return uac_replace_in(c, edits, p, now.display, now.uri_text);
}

static bool is_party(struct str name)
{
    return str_ieq(name, STR("From")) || str_ieq(name, STR("To")) || str_ieq(name, STR("f")) ||
           str_ieq(name, STR("t"));
}

static bool came_before(const struct xavp *fields, const struct xavp *f)
{
    for (; fields != f; fields = fields->next)
        if (str_ieq(fields->name, f->name))
            return true;
    return false;
}

err_t pvh_apply(struct call *c, const struct pvh_list *l, struct edit_list *edits)
{
    const struct pvh_conf *conf = pvh_conf(c);
    const struct xavp *fields = l->item->fields;

    for (const struct xavp *f = fields; f; f = f->next) {
        if (is_party(f->name) || pvh_names_have(conf->skip_headers, f->name))
            continue;
        if (!came_before(fields, f) && !is_as_received(c->msg, fields, f->name))
            apply_name(c, fields, f->name, edits);
    }
    for (enum party p = PARTY_FROM; c->msg->request && conf->uac_loaded && p < PARTIES; p++) {
        err_t e = apply_party(c, l, p, edits);

        if (e)
            log_error("pv_headers", "%s stays as it was: %s", p == PARTY_FROM ? "From" : "To",
                      err_text(e));
    }
    return ERR_OK;
}
