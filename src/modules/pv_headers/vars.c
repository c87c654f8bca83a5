/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "modules/pv_headers/pv_headers.h"
#include "sip/address.h"

#define AREA "pv_headers"

static err_t refuse(const char *what, err_t e)
{
    log_error(AREA, "%s", what);
    return e;
}

/* ---- $x_hdr(name) ---- */

err_t pvh_get_header(struct call *c, const struct var_ref *at, struct value *out)
{
    struct pvh_list l = pvh_list(c);
    int64_t nth = at->index_kind == VAR_INDEX_ALL ? 0 : var_index(c, at);
    const struct xavp *f = pvh_value(&l, var_key(c, at), nth);

    *out = f ? f->value : VALUE_NONE;
    return ERR_OK;
}

static err_t set_at(struct pvh_list *l, struct str name, int64_t nth, const struct value *v)
{
    struct xavp *f = pvh_value(l, name, nth);

    if (f)
        xavp_set_value(l->vars, f, v);
    else if (pvh_count(l, name))
        return refuse("$x_hdr: there are not so many headers of this name", ERR_NOT_FOUND);
    else
        pvh_append(l, name, v);
    return ERR_OK;
}

/* Without an index a value is added; null, which cannot be added, takes the first one away. */
err_t pvh_set_header(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct pvh_list l = pvh_list(c);
    struct str name = var_key(c, at);
    struct value v = *in;

    if (!l.item)
        return refuse("$x_hdr: no headers were collected; call pvh_collect_headers() first",
                      ERR_STATE);
    if (v.type == VALUE_INT)
        v = VALUE_OF_STR(value_text(in, c->arena));
    if (!name.n || !pvh_is_clean(name) || (v.type == VALUE_STR && !pvh_is_clean(v.s)))
        return refuse("$x_hdr: neither name nor value may have line ends", ERR_SYNTAX);
    if (at->index_kind == VAR_INDEX_ALL)
        pvh_replace(&l, name, &v);
    else if (at->index_kind != VAR_INDEX_NONE)
        return set_at(&l, name, var_index(c, at), &v);
    else if (v.type == VALUE_NULL)
        return set_at(&l, name, 0, &v);
    else
        pvh_append(&l, name, &v);
    return ERR_OK;
}

/* ---- From and To ---- */

static struct str party_name(const struct var_ref *at)
{
    return at->var->tag & PVH_OF_TO ? STR("To") : STR("From");
}

/* The header, also in its short form. */
static struct xavp *party_field(const struct pvh_list *l, const struct var_ref *at)
{
    struct xavp *f = pvh_value(l, party_name(at), 0);

    return f ? f : pvh_value(l, at->var->tag & PVH_OF_TO ? STR("t") : STR("f"), 0);
}

static bool read_party(struct call *c, const struct var_ref *at, struct address *out)
{
    struct pvh_list l = pvh_list(c);
    const struct xavp *f = party_field(&l, at);

    return f && f->value.type == VALUE_STR && address_parse_loosely(f->value.s, out) == ERR_OK;
}

static struct str part_of(const struct address *a, int part)
{
    switch (part) {
    case PVH_URI: return a->uri_text;
    case PVH_USER: return a->uri.user;
    case PVH_DOMAIN: return a->uri.host;
    case PVH_NAME: return a->display;
    default: return a->tag;
    }
}

err_t pvh_get_party(struct call *c, const struct var_ref *at, struct value *out)
{
    struct address a;
    struct str s = STR_NONE;

    if (read_party(c, at, &a))
        s = part_of(&a, at->var->tag & ~PVH_OF_TO);
    *out = s.n ? VALUE_OF_STR(s) : VALUE_NONE;
    return ERR_OK;
}

/* The URI with another user or host; what does not read as a URI any more is refused. */
static err_t change_uri(struct call *c, const struct address *a, int part, struct str text,
                        struct str *out)
{
    const struct uri *u = &a->uri;
    struct str uri = a->uri_text, at = part == PVH_USER && u->user.n ? u->user : u->host;
    size_t from = (size_t)(at.p - uri.p);
    bool add = part == PVH_USER && !u->user.n;
    struct uri check;

    if (part == PVH_URI)
        *out = text;
    else if (!u->host.n)
        return ERR_SYNTAX;
    else
        *out = arena_fmt(c->arena, STR_FMT STR_FMT "%s" STR_FMT, (int)from, uri.p, STR_ARG(text),
                         add ? "@" : "", STR_ARG(str_skip(uri, add ? from : from + at.n)));
    return text.n ? uri_parse(*out, &check) : ERR_SYNTAX;
}

err_t pvh_set_party(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct pvh_list l = pvh_list(c);
    struct xavp *f = party_field(&l, at);
    int part = at->var->tag & ~PVH_OF_TO;
    struct str text = value_text(in, c->arena), name, uri, params;
    struct value v;
    struct address a;

    if (!read_party(c, at, &a))
        return refuse("there is no From or To to be changed; were the headers collected?",
                      ERR_STATE);
    name = part == PVH_NAME ? text : a.display;
    uri = a.uri_text;
    params = a.params;
    if (part != PVH_NAME && change_uri(c, &a, part, text, &uri))
        return refuse("the new URI of From or To is none; it stays as it was", ERR_SYNTAX);
    v = VALUE_OF_STR(arena_fmt(c->arena, STR_FMT "%s<" STR_FMT ">%s" STR_FMT, STR_ARG(name),
                               name.n ? " " : "", STR_ARG(uri), params.n ? ";" : "",
                               STR_ARG(params)));
    if (!pvh_is_clean(v.s) || address_parse(v.s, &a))
        return refuse("the new From or To is malformed; it stays as it was", ERR_SYNTAX);
    xavp_set_value(l.vars, f, &v);
    return ERR_OK;
}

/* ---- the status line of a reply ---- */

err_t pvh_get_status(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct pvh_run *run = pvh_run(c);

    (void)at;
    if (c->msg->request)
        *out = VALUE_NONE;
    else
        *out = VALUE_OF_INT(run->status ? run->status : c->msg->status);
    return ERR_OK;
}

err_t pvh_set_status(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct pvh_run *run = pvh_run(c);
    int64_t status = value_number(in);

    (void)at;
    if (c->msg->request)
        return refuse("$x_rs: only the status of a reply can be changed", ERR_STATE);
    if (call_change_status(c, status))
        return refuse("$x_rs: a status stays within its class, or becomes another failure",
                      ERR_RANGE);
    run->status = (unsigned)status;
    return ERR_OK;
}

err_t pvh_get_reason(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct pvh_run *run = pvh_run(c);

    (void)at;
    if (c->msg->request)
        *out = VALUE_NONE;
    else
        *out = VALUE_OF_STR(run->reason.p ? run->reason : c->msg->reason);
    return ERR_OK;
}

err_t pvh_set_reason(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct pvh_run *run = pvh_run(c);
    struct str reason = value_text(in, c->arena);

    (void)at;
    if (c->msg->request)
        return refuse("$x_rr: only the reason of a reply can be changed", ERR_STATE);
    if (in->type == VALUE_NULL || str_find(reason, '\n') < reason.n ||
        str_find(reason, '\r') < reason.n)
        return refuse("$x_rr: expected a text of one line", ERR_SYNTAX);
    run->reason = arena_dup(c->arena, reason);
    call_change_reason(c, run->reason);
    return ERR_OK;
}
