/* SPDX-License-Identifier: BSD-2-Clause */
/* AVPs and XAVPs. */
#include "modules/pv/list_vars.h"

/* --- $avp(…) ---------------------------------------------------------------------------------- */

PREPARE(prepare_avp)
{
    struct avp_name *name = ARENA_NEW(load_arena(l), struct avp_name);

    *name = avp_name_read(at->key);
    *prepared = name;
    if (name->name.n)
        return ERR_OK;
    load_fault(l, NULL, "an AVP needs a name, as in $avp(name)");
    return ERR_SYNTAX;
}

static struct avp_name avp_name(struct call *c, const struct var_ref *at)
{
    const struct avp_name *fixed = at->prepared;

    return fixed ? *fixed : avp_name_read(var_key(c, at));
}

static err_t give_all_avps(struct call *c, struct avp_name a, struct value *out)
{
    struct value v;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    for (int64_t i = 0; avp_get(c->vars, a.class, a.name, i, &v); i++) {
        if (i)
            buf_addz(&b, ", ");
        buf_add(&b, value_text(&v, c->arena));
    }
    struct str all = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return give_str(out, all);
}

GETTER(get_avp)
{
    struct avp_name a = avp_name(c, at);

    if (at->index_kind == VAR_INDEX_ALL && avp_count(c->vars, a.class, a.name))
        return give_all_avps(c, a, out);
    if (!avp_get(c->vars, a.class, a.name, at->index_kind == VAR_INDEX_NONE ? 0 : var_index(c, at),
                 out))
        return give_null(out);
    return ERR_OK;
}

SETTER(set_avp)
{
    struct avp_name a = avp_name(c, at);
    struct vars *v = c->vars;

    if (at->index_kind == VAR_INDEX_ALL)
        avp_remove_all(v, a.class, a.name);
    if (in->type == VALUE_NULL) {
        if (at->index_kind != VAR_INDEX_ALL)
            avp_remove(v, a.class, a.name, at->index_kind == VAR_INDEX_NONE ? 0 : var_index(c, at));
        return ERR_OK;
    }
    if (at->index_kind == VAR_INDEX_FIXED || at->index_kind == VAR_INDEX_VAR) {
        int64_t nth = var_index(c, at);
        if (avp_set_at(v, a.class, a.name, nth, in))
            return ERR_OK;
    }
    avp_push(v, a.class, a.name, in);
    return ERR_OK;
}

/* --- $xavp(…) --------------------------------------------------------------------------------- */

/* "name", "name[2]", "name[*]" at the front of *rest, up to "=>" or the end. */
static err_t read_indexed(struct str *rest, struct str *name, int64_t *index, bool *all,
                          bool *indexed)
{
    size_t arrow = str_search(*rest, STR("=>"));
    struct str part = str_trim(str_cut(*rest, 0, arrow));
    size_t open = str_find(part, '[');
    struct str inside;

    *rest = str_skip(*rest, arrow + 2);
    *name = str_trim(str_cut(part, 0, open));
    *index = 0;
    *all = *indexed = false;
    if (!name->n)
        return ERR_SYNTAX;
    if (open == part.n)
        return ERR_OK;
    if (part.p[part.n - 1] != ']')
        return ERR_SYNTAX;
    *indexed = true;
    inside = str_trim(str_cut(part, open + 1, part.n - 1));
    *all = str_eq(inside, STR("*"));
    return *all ? ERR_OK : str_to_i64(inside, index);
}

err_t xavp_path_parse(struct str text, struct xavp_path *out)
{
    struct str rest = str_trim(text);
    bool has_field = str_search(rest, STR("=>")) < rest.n, field_indexed;

    *out = (struct xavp_path){ .field = STR_NONE };
    err_t e = read_indexed(&rest, &out->name, &out->index, &out->all, &out->indexed);
    if (e || !has_field)
        return e;
    return read_indexed(&rest, &out->field, &out->field_index, &out->field_all, &field_indexed);
}

PREPARE(prepare_xavp)
{
    struct xavp_path *path = ARENA_NEW(load_arena(l), struct xavp_path);

    *prepared = path;
    if (xavp_path_parse(at->key, path) == ERR_OK)
        return ERR_OK;
    load_fault(l, NULL, "expected $%s(name), $%s(name[0]) or $%s(name=>field), got \"" STR_FMT "\"",
               at->var->name, at->var->name, at->var->name, STR_ARG(at->key));
    return ERR_SYNTAX;
}

static err_t path_of(struct call *c, const struct var_ref *at, struct xavp_path *path)
{
    if (at->prepared) {
        *path = *(const struct xavp_path *)at->prepared;
        return ERR_OK;
    }
    return xavp_path_parse(var_key(c, at), path);
}

/* What an item shows as a whole: its value, or that it is a list. */
static err_t give_item(struct call *c, const struct xavp *x, struct value *out)
{
    if (!x)
        return give_null(out);
    if (x->is_list || x->fields)
        return give_fmt(c, out, "<<xavp:%p>>", (const void *)x);
    *out = x->value;
    return ERR_OK;
}

static err_t give_all_fields(struct call *c, enum xavp_kind kind, const struct xavp *item,
                             struct str field, struct value *out)
{
    struct buf b;
    const struct xavp *x;

    buf_init(&b, MEM_MESSAGE);
    for (int64_t i = 0; (x = xavp_field(c->vars, kind, item, field, i)) != NULL; i++) {
        if (i)
            buf_char(&b, ',');
        buf_add(&b, value_text(&x->value, c->arena));
    }
    struct str all = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return all.n ? give_str(out, all) : give_null(out);
}

GETTER(get_xavp)
{
    enum xavp_kind kind = (enum xavp_kind)at->var->tag;
    struct xavp_path p;
    struct xavp *item;

    if (path_of(c, at, &p) != ERR_OK)
        return give_null(out);
    if (at->index_kind != VAR_INDEX_NONE && !p.indexed)
        p.index = var_index(c, at);
    item = xavp_find(c->vars, kind, p.name, p.index);
    if (!item || !p.field.p)
        return give_item(c, item, out);
    if (p.field_all)
        return give_all_fields(c, kind, item, p.field, out);
    return give_item(c, xavp_field(c->vars, kind, item, p.field, p.field_index), out);
}

/* $xavp(x) = v makes a new item, but $xavp(x[0]) = v changes one; $xavu has one of each name. */
static err_t set_item(struct vars *v, enum xavp_kind kind, const struct xavp_path *p,
                      const struct value *in)
{
    struct xavp *item = p->indexed || kind == XAVU ? xavp_find(v, kind, p->name, p->index) : NULL;

    if (in->type == VALUE_NULL) {
        if (p->all)
            xavp_remove_all(v, kind, p->name);
        else
            xavp_remove(v, kind, p->name, p->index);
        return ERR_OK;
    }
    if (p->indexed && !item && kind != XAVU)
        return ERR_NOT_FOUND;
    if (!item)
        item = xavp_push(v, kind, p->name);
    xavp_set_value(v, item, in);
    return ERR_OK;
}

static err_t set_field(struct vars *v, enum xavp_kind kind, const struct xavp_path *p,
                       const struct value *in)
{
    bool fresh = !p->indexed && kind != XAVU;
    struct xavp *item = xavp_find(v, kind, p->name, p->index);

    if (in->type == VALUE_NULL) {
        if (item)
            xavp_field_remove(v, item, p->field, p->field_index);
        return ERR_OK;
    }
    if (!item || fresh) {
        if (p->indexed && p->index)
            return ERR_NOT_FOUND;
        item = xavp_push(v, kind, p->name);
    }
    if (kind == XAVU || p->field_index) {
        struct xavp *field = xavp_field(v, kind, item, p->field, p->field_index);
        if (field) {
            xavp_set_value(v, field, in);
            return ERR_OK;
        }
    }
    xavp_field_push(v, item, p->field, in);
    return ERR_OK;
}

SETTER(set_xavp)
{
    enum xavp_kind kind = (enum xavp_kind)at->var->tag;
    struct xavp_path p;
    err_t e = path_of(c, at, &p);

    if (e)
        return e;
    return p.field.p ? set_field(c->vars, kind, &p, in) : set_item(c->vars, kind, &p, in);
}
