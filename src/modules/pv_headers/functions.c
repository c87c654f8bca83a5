/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "modules/pv_headers/pv_headers.h"
#include "sip/values.h"

#define AREA "pv_headers"

struct name_args {
    struct str name;
};
struct append_args {
    struct str name;
    struct value value;
};
struct modify_args {
    struct str name;
    struct value value;
    int64_t index;
};
struct remove_args {
    struct str name;
    struct value index;
};
struct param_args {
    struct str name, param;
};

static int refuse(const char *what)
{
    log_error(AREA, "%s", what);
    return SCRIPT_FALSE;
}

/* ---- collecting and applying ---- */

/* Requests are marked by branch flags, which scripts may reset. */
static uint32_t flag_of(int64_t number)
{
    return (uint32_t)1 << number;
}

static bool is_marked(const struct call *c, int64_t number, bool of_reply)
{
    return c->msg->request ? c->targets[0].flags & flag_of(number) : of_reply;
}

bool pvh_collect_once(struct call *c)
{
    const struct pvh_conf *conf = pvh_conf(c);
    struct pvh_run *run = pvh_run(c);

    if (is_marked(c, conf->header_collect_flag, run->collected) || !pvh_collect(c))
        return false;
    run->collected = true;
    if (c->msg->request)
        c->targets[0].flags |= flag_of(conf->header_collect_flag);
    return true;
}

static int pvh_collect_headers(struct call *c)
{
    return pvh_collect_once(c) ? SCRIPT_TRUE
                               : refuse("the headers of this message were collected before");
}
EXPOSE0(pvh_collect_headers)

/* With auto_msg they are applied in any case, when the message leaves, with what comes later. */
static int pvh_apply_headers(struct call *c)
{
    const struct pvh_conf *conf = pvh_conf(c);
    struct pvh_list l = pvh_list(c);
    struct pvh_run *run = pvh_run(c);

    if (!l.item)
        return refuse("no headers were collected; call pvh_collect_headers() first");
    if (conf->auto_msg)
        return SCRIPT_TRUE;
    if (is_marked(c, conf->header_apply_flag, run->applied))
        return refuse("the headers of this message were applied before");
    if (pvh_apply(c, &l, &c->edits))
        return SCRIPT_FALSE;
    run->applied = true;
    if (c->msg->request)
        c->targets[0].flags |= flag_of(conf->header_apply_flag);
    return SCRIPT_TRUE;
}
EXPOSE0(pvh_apply_headers)

static int pvh_reset_headers(struct call *c)
{
    const struct pvh_conf *conf = pvh_conf(c);
    struct pvh_run *run = pvh_run(c);

    pvh_forget(c);
    run->collected = run->applied = false;
    if (c->msg->request)
        c->targets[0].flags &=
            ~(flag_of(conf->header_collect_flag) | flag_of(conf->header_apply_flag));
    return SCRIPT_TRUE;
}
EXPOSE0(pvh_reset_headers)

/* ---- single headers ---- */

static int pvh_check_header(struct call *c, const struct name_args *a)
{
    struct pvh_list l = pvh_list(c);
    const struct xavp *f;

    for (int64_t i = 0; (f = pvh_value(&l, a->name, i)) != NULL; i++)
        if (f->value.type != VALUE_NULL)
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}
EXPOSE(pvh_check_header, name_args)

/* The value as text; false: neither it nor the name may stand in a header. */
static bool text_value(struct call *c, struct str name, const struct value *in, struct value *out)
{
    *out = in->type == VALUE_INT ? VALUE_OF_STR(value_text(in, c->arena)) : *in;
    return name.n && pvh_is_clean(name) && (out->type != VALUE_STR || pvh_is_clean(out->s));
}

/* Before anything was collected a list begins here. */
static struct pvh_list list_for_writing(struct call *c)
{
    struct pvh_list l = pvh_list(c);

    return l.item ? l : pvh_list_new(c);
}

static int pvh_append_header(struct call *c, const struct append_args *a)
{
    struct pvh_list l = list_for_writing(c);
    struct value v;

    if (!l.item || !text_value(c, a->name, &a->value, &v))
        return refuse("neither name nor value of a header may have line ends");
    pvh_append(&l, a->name, &v);
    return SCRIPT_TRUE;
}
EXPOSE(pvh_append_header, append_args)

static int pvh_modify_header(struct call *c, const struct modify_args *a)
{
    struct pvh_list l = list_for_writing(c);
    struct xavp *f = pvh_value(&l, a->name, a->index);
    struct value v;

    if (!l.item || !text_value(c, a->name, &a->value, &v))
        return refuse("neither name nor value of a header may have line ends");
    if (f)
        xavp_set_value(l.vars, f, &v);
    else if (pvh_count(&l, a->name))
        return refuse("there are not so many headers of this name");
    else
        pvh_append(&l, a->name, &v);
    return SCRIPT_TRUE;
}
EXPOSE(pvh_modify_header, modify_args)

static int pvh_remove_header(struct call *c, const struct remove_args *a)
{
    struct pvh_list l = pvh_list(c);
    struct xavp *f;

    if (!l.item)
        return refuse("no headers were collected; call pvh_collect_headers() first");
    if (a->index.type == VALUE_NULL) {
        if (pvh_count(&l, a->name))
            pvh_replace(&l, a->name, &VALUE_NONE);
        return SCRIPT_TRUE;
    }
    f = pvh_value(&l, a->name, value_number(&a->index));
    if (!f)
        return refuse("there are not so many headers of this name");
    if (pvh_count(&l, a->name) > 1)
        pvh_remove(&l, f);
    else
        xavp_set_value(l.vars, f, &VALUE_NONE);
    return SCRIPT_TRUE;
}
EXPOSE(pvh_remove_header, remove_args)

/* Without these a message cannot be routed, answered or read. */
static bool is_needed(const struct pvh_conf *conf, struct str name)
{
    return pvh_names_have(STR("From,f,To,t,Call-ID,i,CSeq,Via,v,Max-Forwards,Contact,m,"
                              "Content-Type,c,Content-Length,l,Route,Record-Route"),
                          name) ||
           pvh_names_have(conf->skip_headers, name);
}

static int pvh_remove_all_headers(struct call *c)
{
    struct pvh_list l = pvh_list(c);

    if (!l.item)
        return refuse("no headers were collected; call pvh_collect_headers() first");
    for (struct xavp *f = l.item->fields; f; f = f->next)
        if (!is_needed(pvh_conf(c), f->name))
            pvh_replace(&l, f->name, &VALUE_NONE);
    return SCRIPT_TRUE;
}
EXPOSE0(pvh_remove_all_headers)

/* ---- parameters ---- */

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '_' || ch == '.';
}

/* Whether the text stands there as a whole word. */
static bool has_word(struct str value, struct str word)
{
    struct str rest = value;
    size_t at;

    while (word.n && (at = str_isearch(rest, word)) < rest.n) {
        size_t from = (size_t)(rest.p - value.p) + at, to = from + word.n;

        if ((from == 0 || !is_word(value.p[from - 1])) && (to == value.n || !is_word(value.p[to])))
            return true;
        rest = str_skip(rest, at + 1);
    }
    return false;
}

static int pvh_header_param_exists(struct call *c, const struct param_args *a)
{
    struct pvh_list l = pvh_list(c);
    const struct xavp *f;

    for (int64_t i = 0; (f = pvh_value(&l, a->name, i)) != NULL; i++)
        if (f->value.type == VALUE_STR && has_word(f->value.s, a->param))
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}
EXPOSE(pvh_header_param_exists, param_args)

/* A value of the list without the parameters, behind semicolons, that are `param` by name or
 * altogether. */
static bool without_params(struct str value, struct str param, struct buf *out)
{
    struct str rest = value, piece = str_split(&rest, ';'), name;
    bool any = false;

    buf_add(out, str_trim(piece));
    while (rest.n) {
        piece = str_split(&rest, ';');
        name = piece;
        name = str_trim(str_split(&name, '='));
        if (str_ieq(name, param) || str_ieq(str_trim(piece), param)) {
            any = true;
            continue;
        }
        buf_char(out, ';');
        buf_add(out, piece);
    }
    return any;
}

/* A header without it: false when it was not there. Nothing is left of a list of it alone. */
static bool without(struct str text, struct str param, struct buf *out)
{
    struct str value;
    bool any = false;

    while (list_next(&text, &value)) {
        size_t before = out->n;

        if (str_ieq(value, param)) {
            any = true;
            continue;
        }
        if (before)
            buf_addz(out, ", ");
        any |= without_params(value, param, out);
    }
    return any;
}

static int pvh_remove_header_param(struct call *c, const struct param_args *a)
{
    struct pvh_list l = pvh_list(c);
    struct xavp *f;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    for (int64_t i = 0; (f = pvh_value(&l, a->name, i)) != NULL; i++) {
        struct value v;

        buf_clear(&b);
        if (f->value.type != VALUE_STR || !without(f->value.s, a->param, &b))
            continue;
        v = b.n ? VALUE_OF_STR(buf_str(&b)) : VALUE_NONE;
        xavp_set_value(l.vars, f, &v);
    }
    buf_free(&b);
    return l.item ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(pvh_remove_header_param, param_args)

/* ---- tables ---- */

#define NAME "The name of the header, in either case."
static const struct field name_args_fields[] = {
    FIELD(name_args, name, NAME),
    { 0 },
};
static const struct field append_args_fields[] = {
    FIELD(append_args, name, NAME),
    FIELD(append_args, value, "The value; null is kept and not sent.", .optional = true),
    { 0 },
};
static const struct field modify_args_fields[] = {
    FIELD(modify_args, name, NAME),
    FIELD(modify_args, value, "The new value; null takes it away.", .optional = true),
    FIELD(modify_args, index, "Which one, from 0; negative ones count from the last.", .def = "0"),
    { 0 },
};
static const struct field remove_args_fields[] = {
    FIELD(remove_args, name, NAME),
    FIELD(remove_args, index, "Which one, from 0; without it, all.", .optional = true),
    { 0 },
};
static const struct field param_args_fields[] = {
    FIELD(param_args, name, NAME),
    FIELD(param_args, param, "The parameter or list item: its name, or all of it."),
    { 0 },
};

const struct func pvh_funcs[] = {
    FUNC0(pvh_collect_headers, "Takes the headers of the message into the list.",
          .returns = (const struct outcome[]){ { 1, "they are there" },
                                               { -1, "they were collected before" },
                                               { 0 } }),
    FUNC0(pvh_apply_headers,
          "Changes the message by the list. With auto_msg that is done in any case when it leaves, "
          "and this does nothing.",
          .returns = (const struct outcome[]){ { 1, "it will be done when the message is sent" },
                                               { -1, "nothing was collected, or it was applied "
                                                     "before" },
                                               { 0 } },
          .differs = "headers that the script did not change are left where they are, and applying "
                     "twice does not double them"),
    FUNC0(pvh_reset_headers, "Forgets the list, so that headers may be collected again."),
    FUNC(pvh_check_header, name_args, "Whether the list has a header.",
         .differs = "a header that was removed is not there"),
    FUNC(pvh_append_header, append_args, "Adds a header behind those of its name."),
    FUNC(pvh_modify_header, modify_args, "Changes a header, or adds it where there is none.",
         .differs = "the index works, and may be left out, as the manual says"),
    FUNC(pvh_remove_header, remove_args, "Takes headers away.",
         .differs = "the index works as the manual says"),
    FUNC0(pvh_remove_all_headers,
          "Takes away all headers but those of skip_headers and those without which the message "
          "could not be routed, answered or read: From, To, Call-ID, CSeq, Via, Max-Forwards, "
          "Contact, Route, Record-Route, Content-Type and Content-Length."),
    FUNC(pvh_header_param_exists, param_args,
         "Whether a parameter or item stands in one of the headers of a name.",
         .differs = "it must be a whole word: \"time\" is not found in \"timer\""),
    FUNC(pvh_remove_header_param, param_args,
         "Takes a parameter, or an item of a comma-separated list, out of the headers of a name.",
         .differs = "parameters behind semicolons are taken out too"),
    { 0 },
};
