/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that look at variables and at the message. */
#include "control/json.h"
#include "modules/debugger/debugger.h"
#include "sip/edit.h"

static enum log_level level_named(struct str text)
{
    static const struct {
        struct str name;
        enum log_level level;
    } names[] = {
        { STR_INIT("L_ALERT"), LOG_ALERT },   { STR_INIT("L_BUG"), LOG_BUG },
        { STR_INIT("L_CRIT"), LOG_CRITICAL }, { STR_INIT("L_ERR"), LOG_ERROR },
        { STR_INIT("L_WARN"), LOG_WARN },     { STR_INIT("L_NOTICE"), LOG_NOTICE },
        { STR_INIT("L_INFO"), LOG_INFO },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(text, names[i].name))
            return names[i].level;
    return LOG_DEBUG;
}

/* ---- variables, as an object of JSON ---- */

enum { DUMP_NULL = 1, DUMP_AVP = 2, DUMP_VAR = 4, DUMP_XAVP = 8, DUMP_OTHER = 16 };

struct object {
    struct buf b;
    bool some;
    int64_t mask;
    struct call *c;
    struct item { /* AVPs, in order */
        struct item *next;
        struct str name;
        struct value value;
    } * avps, **last_avp;
};

static void add_key(struct object *o, struct str name)
{
    buf_addz(&o->b, o->some ? "," : "");
    o->some = true;
    json_write_str(&o->b, name);
    buf_char(&o->b, ':');
}

static void add_value(struct object *o, const struct value *v)
{
    if (v->type == VALUE_STR)
        json_write_str(&o->b, v->s);
    else if (v->type == VALUE_INT)
        buf_int(&o->b, v->i);
    else
        buf_addz(&o->b, "null");
}

static void take_avp(enum avp_class class, struct str name, const struct value *v, void *arg)
{
    struct object *o = arg;
    struct item *item = ARENA_NEW(o->c->arena, struct item);

    (void)class;
    *item = (struct item){ .name = name, .value = *v };
    *o->last_avp = item;
    o->last_avp = &item->next;
}

/* Values of one name stand together, at the place of the first. */
static void add_avps(struct object *o)
{
    avp_each(o->c->vars, take_avp, o);
    for (struct item *i = o->avps; i; i = i->next) {
        bool first = true;

        if (!i->name.p)
            continue; /* told with an earlier one */
        add_key(o, arena_fmt(o->c->arena, "$avp(" STR_FMT ")", STR_ARG(i->name)));
        buf_char(&o->b, '[');
        for (struct item *j = i; j; j = j->next) {
            if (!j->name.p || !str_eq(j->name, i->name))
                continue;
            buf_addz(&o->b, first ? "" : ",");
            first = false;
            add_value(o, &j->value);
            if (j != i)
                j->name = STR_NONE;
        }
        buf_char(&o->b, ']');
    }
}

static bool field_before(const struct xavp *fields, const struct xavp *f)
{
    for (const struct xavp *g = fields; g != f; g = g->next)
        if (str_eq(g->name, f->name))
            return true;
    return false;
}

static void add_xavp_value(struct object *o, const struct xavp *x)
{
    bool first = true;

    if (!x->is_list) {
        add_value(o, &x->value);
        return;
    }
    buf_char(&o->b, '{');
    for (const struct xavp *f = x->fields; f; f = f->next) {
        if (field_before(x->fields, f))
            continue;
        buf_addz(&o->b, first ? "" : ",");
        first = false;
        json_write_str(&o->b, f->name);
        buf_addz(&o->b, ":[");
        for (const struct xavp *g = f; g; g = g->next)
            if (str_eq(g->name, f->name)) {
                buf_addz(&o->b, g == f ? "" : ",");
                add_xavp_value(o, g);
            }
        buf_char(&o->b, ']');
    }
    buf_char(&o->b, '}');
}

static void add_xavps(struct object *o, enum xavp_kind kind, const char *prefix)
{
    const struct xavp *first = xavp_first(o->c->vars, kind);

    for (const struct xavp *x = first; x; x = x->next) {
        if (field_before(first, x))
            continue;
        add_key(o, arena_fmt(o->c->arena, "$%s(" STR_FMT ")", prefix, STR_ARG(x->name)));
        buf_char(&o->b, '[');
        for (const struct xavp *y = x; y; y = y->next)
            if (str_eq(y->name, x->name)) {
                buf_addz(&o->b, y == x ? "" : ",");
                add_xavp_value(o, y);
            }
        buf_char(&o->b, ']');
    }
}

static int64_t kind_of(const struct var_ref *ref)
{
    static const char *const elsewhere[] = { "avp", "xavp", "xavu", "xavi" };
    const char *name = ref->var->name;

    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(name, elsewhere[i]) == 0)
            return 0;
    return strcmp(name, "var") == 0 || strcmp(name, "vn") == 0 ? DUMP_VAR : DUMP_OTHER;
}

static void add_var(const struct var_ref *ref, void *arg)
{
    struct object *o = arg;
    struct value v;

    if (!(o->mask & kind_of(ref)))
        return;
    if (var_get(o->c, ref, &v))
        v = VALUE_NONE;
    if (v.type == VALUE_NULL && !(o->mask & DUMP_NULL))
        return;
    add_key(o, var_text(ref));
    add_value(o, &v);
}

void debugger_dump(struct call *c, int64_t mask, struct buf *out)
{
    struct object o = { .mask = mask, .c = c };

    o.last_avp = &o.avps;
    buf_init(&o.b, MEM_MESSAGE);
    if (mask & DUMP_AVP)
        add_avps(&o);
    script_each_var(c, add_var, &o);
    if (mask & DUMP_XAVP) {
        add_xavps(&o, XAVP, "xavp");
        add_xavps(&o, XAVU, "xavu");
        add_xavps(&o, XAVI, "xavi");
    }
    buf_char(out, '{');
    buf_add(out, buf_str(&o.b));
    buf_char(out, '}');
    buf_free(&o.b);
}

int dbg_pv_dump(struct call *c, const struct dump_args *a)
{
    enum log_level level = level_named(a->level);
    struct buf b;

    if (!log_on(level))
        return SCRIPT_TRUE;
    buf_init(&b, MEM_MESSAGE);
    debugger_dump(c, a->mask, &b);
    log_write(level, "debugger", STR_FMT, STR_ARG(buf_str(&b)));
    buf_free(&b);
    return SCRIPT_TRUE;
}

/* ---- the message ---- */

/* What was taken out with a minus, then what was put in. */
static void add_changes(struct buf *b, const struct call *c, bool body)
{
    size_t border = (size_t)(c->msg->body.p - c->msg->raw.p);

    for (size_t i = 0; i < c->edits.n; i++) {
        const struct edit *e = &c->edits.edits[i];
        struct str taken = str_cut(c->msg->raw, e->at, e->at + e->n);

        if (body != (c->msg->body.n && e->at > border))
            continue;
        if (taken.n)
            buf_fmt(b, "- " STR_FMT "%s", STR_ARG(taken), str_ends(taken, STR("\n")) ? "" : "\n");
        if (e->text.n)
            buf_fmt(b, STR_FMT "%s", STR_ARG(e->text), str_ends(e->text, STR("\n")) ? "" : "\n");
    }
}

int dbg_sip_msg(struct call *c, const struct message_args *a)
{
    enum log_level level = level_named(a->level.n ? a->level : STR("L_ERR"));
    struct log_form form = { .facility = log_facility_named(a->facility) };
    struct str file;
    unsigned line = 0;
    struct buf b;

    if (!log_on(level) || !c->msg)
        return SCRIPT_TRUE;
    buf_init(&b, MEM_MESSAGE);
    (void)script_place(c, &file, &line);
    buf_fmt(&b, "CONFIG LINE %u\n--- SIP message as it would leave now ---\n", line);
    edit_apply(&c->edits, c->msg, true, &b);
    buf_addz(&b, "--- changes of headers ---\n");
    add_changes(&b, c, false);
    buf_addz(&b, "--- changes of the body ---\n");
    add_changes(&b, c, true);
    buf_addz(&b, "--- end ---");
    log_write_as(&form, level, "debugger", STR_FMT, STR_ARG(buf_str(&b)));
    buf_free(&b);
    return SCRIPT_TRUE;
}
