/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/pv_headers/pv_headers.h"
#include "sip/values.h"

enum { SPLIT_MAX = 512 }; /* values of split headers in a message; further lines stay whole */

/* A branch's list stands beside the request's, under a name that scripts do not write. */
static struct str branch_name(struct call *c)
{
    return arena_fmt(c->arena, STR_FMT "/%d", STR_ARG(pvh_conf(c)->xavi_name), c->branch);
}

static struct vars *vars_of(struct call *c)
{
    return c->msg->request ? c->vars : pvh_run(c)->own;
}

static struct pvh_list find(struct call *c, struct str name)
{
    struct vars *v = vars_of(c);

    return (struct pvh_list){ v, xavp_find(v, XAVI, name, 0) };
}

/* Fields are pushed at the front. */
static void copy_fields(struct pvh_list *to, const struct xavp *from)
{
    struct xavp *pushed, *next;

    for (; from; from = from->next)
        xavp_field_push(to->vars, to->item, from->name, &from->value);
    pushed = to->item->fields;
    to->item->fields = NULL;
    for (; pushed; pushed = next) {
        next = pushed->next;
        pushed->next = to->item->fields;
        to->item->fields = pushed;
    }
}

struct pvh_list pvh_list(struct call *c)
{
    struct pvh_list request = find(c, pvh_conf(c)->xavi_name), branch;

    if (c->route != ROUTE_BRANCH || !c->msg->request || c->branch < 0 || !request.item)
        return request;
    branch = find(c, branch_name(c));
    if (!branch.item) {
        branch.item = xavp_push(branch.vars, XAVI, branch_name(c));
        copy_fields(&branch, request.item->fields);
    }
    return branch;
}

struct pvh_list pvh_list_to_send(struct call *c)
{
    struct pvh_list branch = { NULL, NULL };

    if (c->msg->request && c->branch >= 0)
        branch = find(c, branch_name(c));
    return branch.item ? branch : find(c, pvh_conf(c)->xavi_name);
}

struct pvh_list pvh_list_new(struct call *c)
{
    struct vars *v = vars_of(c);

    return (struct pvh_list){ v, v ? xavp_push(v, XAVI, pvh_conf(c)->xavi_name) : NULL };
}

void pvh_forget(struct call *c)
{
    struct vars *v = vars_of(c);

    if (!v)
        return;
    if (c->route == ROUTE_BRANCH && c->branch >= 0)
        xavp_remove_all(v, XAVI, branch_name(c));
    xavp_remove_all(v, XAVI, pvh_conf(c)->xavi_name);
}

bool pvh_names_have(struct str names, struct str name)
{
    while (names.n)
        if (str_ieq(str_trim(str_split(&names, ',')), name))
            return true;
    return false;
}

static size_t count_values(struct str list)
{
    struct str value;
    size_t n = 0;

    while (list_next(&list, &value))
        n++;
    return n;
}

/* The values of one line stand in order, before those of later lines. */
static void collect_values(struct pvh_list *l, const struct header *h)
{
    struct pvh_list line = { l->vars, &(struct xavp){ .is_list = true } };
    struct str rest = h->body, value;
    struct xavp *last;

    while (list_next(&rest, &value))
        xavp_field_push(line.vars, line.item, h->name, &VALUE_OF_STR(value));
    while ((last = line.item->fields) != NULL) {
        line.item->fields = last->next;
        last->next = l->item->fields;
        l->item->fields = last;
    }
}

bool pvh_collect(struct call *c)
{
    const struct pvh_conf *conf = pvh_conf(c);
    struct pvh_list l;
    const struct msg *m = c->msg;
    size_t room = SPLIT_MAX;

    pvh_forget(c);
    l = pvh_list_new(c);
    if (!l.item)
        return false;
    for (size_t i = m->n_headers; i-- > 0;) {
        const struct header *h = &m->headers[i];
        bool split = pvh_names_have(conf->split_headers, h->name);
        size_t n = split ? count_values(h->body) : 0;

        if (split && n <= room) {
            room -= n;
            collect_values(&l, h);
        } else {
            xavp_field_push(l.vars, l.item, h->name, &VALUE_OF_STR(h->body));
        }
    }
    return true;
}

struct xavp *pvh_value(const struct pvh_list *l, struct str name, int64_t nth)
{
    if (nth < 0)
        nth += (int64_t)pvh_count(l, name);
    if (!l->item || nth < 0)
        return NULL;
    return xavp_field(l->vars, XAVI, l->item, name, nth);
}

size_t pvh_count(const struct pvh_list *l, struct str name)
{
    size_t n = 0;

    for (const struct xavp *f = l->item ? l->item->fields : NULL; f; f = f->next)
        n += str_ieq(f->name, name);
    return n;
}

/* Behind all others. */
void pvh_append(struct pvh_list *l, struct str name, const struct value *v)
{
    struct xavp *first = l->item->fields, *fresh;
    struct xavp **end = &first;

    fresh = xavp_field_push(l->vars, l->item, name, v);
    fresh->next = NULL;
    while (*end)
        end = &(*end)->next;
    *end = fresh;
    l->item->fields = first;
}

void pvh_remove(struct pvh_list *l, const struct xavp *field)
{
    struct xavp **at = &l->item->fields;

    while (*at && *at != field)
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next;
}

void pvh_replace(struct pvh_list *l, struct str name, const struct value *v)
{
    struct xavp *first = pvh_value(l, name, 0), *more;

    if (!first) {
        pvh_append(l, name, v);
        return;
    }
    while ((more = pvh_value(l, name, 1)) != NULL)
        pvh_remove(l, more);
    xavp_set_value(l->vars, first, v);
}

bool pvh_is_clean(struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        bool ends =
            text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'));

        if (ends && (i + 1 == text.n || (text.p[i + 1] != ' ' && text.p[i + 1] != '\t')))
            return false;
    }
    return true;
}
