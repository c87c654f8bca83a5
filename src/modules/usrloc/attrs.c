/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes of contacts: what $xavp(<xavp_contact>=>…) held when a contact was saved. Kept as one
 * text, each attribute as its type, its name, and the value behind its length.
 */
#include "modules/usrloc/attrs.h"

enum { NAME_MAX_BYTES = 64, VALUE_MAX_BYTES = 512 }; /* as wide as the columns of location_attrs */

void attrs_add(struct buf *b, struct str name, const struct value *v)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES || v->type == VALUE_NULL)
        return;
    if (v->type == VALUE_INT) {
        char digits[24];
        struct buf number;

        buf_fixed(&number, digits, sizeof digits);
        buf_int(&number, v->i);
        buf_fmt(b, "i%zu:" STR_FMT "%zu:" STR_FMT, name.n, STR_ARG(name), number.n,
                STR_ARG(buf_str(&number)));
    } else if (v->s.n <= VALUE_MAX_BYTES) {
        buf_fmt(b, "s%zu:" STR_FMT "%zu:" STR_FMT, name.n, STR_ARG(name), v->s.n, STR_ARG(v->s));
    }
}

static struct str take_counted(struct str *rest)
{
    uint32_t n = 0;
    struct str out = STR_NONE;

    if (str_to_u32(str_split(rest, ':'), &n) || n > rest->n) {
        *rest = STR("");
        return out;
    }
    out = str_cut(*rest, 0, n);
    *rest = str_skip(*rest, n);
    return out;
}

bool attrs_next(struct str *rest, struct str *name, struct value *v)
{
    char type = rest->n ? rest->p[0] : '\0';

    *rest = str_skip(*rest, rest->n ? 1 : 0);
    *name = take_counted(rest);
    *v = VALUE_OF_STR(take_counted(rest));
    if (!name->n || !v->s.p)
        return false;
    if (type == 'i')
        *v = VALUE_OF_INT(value_number(v));
    return true;
}

struct str contact_attrs_of(const struct vars *vars, struct str xavp, struct arena *a)
{
    const struct xavp *item = xavp.n ? xavp_find(vars, XAVP, xavp, 0) : NULL;
    struct str text;
    struct buf b;

    if (!item)
        return STR("");
    buf_init(&b, MEM_MODULE);
    for (const struct xavp *f = item->fields; f; f = f->next)
        if (!f->is_list)
            attrs_add(&b, f->name, &f->value);
    text = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return text;
}

void contact_attrs_show(const struct contact *c, struct vars *vars, struct str xavp)
{
    struct str rest = contact_text(c, CONTACT_ATTRS), name, names[64];
    struct value v, values[64];
    struct xavp *item;
    size_t n = 0;

    if (!rest.n || !xavp.n)
        return;
    while (n < 64 && rest.n && attrs_next(&rest, &name, &v)) {
        names[n] = name;
        values[n++] = v;
    }
    item = xavp_push(vars, XAVP, xavp);
    while (n-- > 0) /* the newest field is the first: in the order in which they were */
        (void)xavp_field_push(vars, item, names[n], &values[n]);
}
