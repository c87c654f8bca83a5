/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions over variables. */
#include "base/log.h"
#include "modules/pv/branch_vars.h"
#include "modules/pv/list_vars.h"

struct var_args {
    const struct var_ref *variable;
};
struct typeof_args {
    const struct var_ref *variable;
    int type;
};
struct evalx_args {
    const struct var_ref *into;
    struct str text;
};

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int pv_isset(struct call *c, const struct var_args *a)
{
    struct value v;

    return truth(var_get(c, a->variable, &v) == ERR_OK && v.type != VALUE_NULL);
}
EXPOSE(pv_isset, var_args)

static int pv_unset(struct call *c, const struct var_args *a)
{
    return truth(var_set(c, a->variable, &VALUE_NONE) == ERR_OK);
}
EXPOSE(pv_unset, var_args)

static int is_int(struct call *c, const struct var_args *a)
{
    struct value v;

    return truth(var_get(c, a->variable, &v) == ERR_OK && v.type == VALUE_INT);
}
EXPOSE(is_int, var_args)

static int not_empty(struct call *c, const struct var_args *a)
{
    struct value v;

    return truth(var_get(c, a->variable, &v) == ERR_OK && v.type == VALUE_STR && v.s.n);
}
EXPOSE(not_empty, var_args)

enum { TYPE_INT, TYPE_STR, TYPE_NULL, TYPE_LIST, TYPE_XVAL };
static const char *const type_choices[] = { "int", "str", "null", "list", "xval", NULL };

/* For "list" and "xval": what an XAVP holds, which its value alone does not tell. */
static bool is_xavp_of(struct call *c, const struct var_ref *at, bool list)
{
    struct xavp_path path;
    const struct xavp *x;

    if (at->var->get != get_xavp || xavp_path_parse(var_key(c, at), &path) != ERR_OK)
        return false;
    x = xavp_find(c->vars, (enum xavp_kind)at->var->tag, path.name, path.index);
    if (x && path.field.p)
        x = xavp_field(c->vars, (enum xavp_kind)at->var->tag, x, path.field, path.field_index);
    return x && x->is_list == list;
}

static int typeof_variable(struct call *c, const struct typeof_args *a)
{
    struct value v;

    if (a->type == TYPE_LIST || a->type == TYPE_XVAL)
        return truth(is_xavp_of(c, a->variable, a->type == TYPE_LIST));
    if (var_get(c, a->variable, &v) != ERR_OK)
        return SCRIPT_FALSE;
    return truth(v.type == (a->type == TYPE_INT   ? VALUE_INT
                            : a->type == TYPE_STR ? VALUE_STR
                                                  : VALUE_NULL));
}
EXPOSE(typeof_variable, typeof_args)

static int pv_evalx(struct call *c, const struct evalx_args *a)
{
    struct str text;

    if (format_eval_text(c, a->text, &text) != ERR_OK)
        return SCRIPT_FALSE;
    return truth(var_set(c, a->into, &VALUE_OF_STR(text)) == ERR_OK);
}
EXPOSE(pv_evalx, evalx_args)

/* --- printing --------------------------------------------------------------------------------- */

static void print_item(const struct xavp *x, int depth)
{
    const char *space = depth ? "    " : "";

    if (x->is_list)
        log_info("pv", "%s" STR_FMT " = {", space, STR_ARG(x->name));
    else if (x->value.type == VALUE_INT)
        log_info("pv", "%s" STR_FMT " = %lld", space, STR_ARG(x->name), (long long)x->value.i);
    else
        log_info("pv", "%s" STR_FMT " = \"" STR_FMT "\"", space, STR_ARG(x->name),
                 STR_ARG(x->value.s));
    if (!x->is_list || depth)
        return;
    for (const struct xavp *f = x->fields; f; f = f->next)
        print_item(f, depth + 1);
    log_info("pv", "}");
}

static int print_kind(struct call *c, enum xavp_kind kind)
{
    for (const struct xavp *x = xavp_first(c->vars, kind); x; x = x->next)
        print_item(x, 0);
    return SCRIPT_TRUE;
}
static int pv_xavp_print(struct call *c)
{
    return print_kind(c, XAVP);
}
EXPOSE0(pv_xavp_print)
static int pv_xavu_print(struct call *c)
{
    return print_kind(c, XAVU);
}
EXPOSE0(pv_xavu_print)
static int pv_xavi_print(struct call *c)
{
    return print_kind(c, XAVI);
}
EXPOSE0(pv_xavi_print)

/* --- XAVPs by name ---------------------------------------------------------------------------- */

struct child_int_args {
    struct str list, field;
    int64_t value;
};
struct child_str_args {
    struct str list, field, value;
};
struct list_args {
    struct str list;
};
struct child_args {
    struct str list, field;
};
struct shift_args {
    struct str list;
    int64_t index;
};
struct copy_args {
    struct str from;
    int64_t index;
    struct str to;
    int64_t to_index;
};

/* Changes the first such field of the newest list of that name, both made when missing. */
static int set_child(struct call *c, enum xavp_kind kind, struct str list, struct str field,
                     const struct value *v)
{
    struct xavp *item = xavp_find(c->vars, kind, list, 0), *child;

    if (!item)
        item = xavp_push(c->vars, kind, list);
    child = xavp_field(c->vars, kind, item, field, 0);
    if (child)
        xavp_set_value(c->vars, child, v);
    else
        xavp_field_push(c->vars, item, field, v);
    return SCRIPT_TRUE;
}

static int remove_child(struct call *c, enum xavp_kind kind, const struct child_args *a)
{
    struct xavp *item = xavp_find(c->vars, kind, a->list, 0);

    return truth(item && xavp_field_remove(c->vars, item, a->field, 0));
}

#define CHILD_FUNCTIONS(prefix, kind)                                                              \
    static int prefix##_child_seti(struct call *c, const struct child_int_args *a)                 \
    {                                                                                              \
        return set_child(c, kind, a->list, a->field, &VALUE_OF_INT(a->value));                     \
    }                                                                                              \
    EXPOSE(prefix##_child_seti, child_int_args)                                                    \
    static int prefix##_child_sets(struct call *c, const struct child_str_args *a)                 \
    {                                                                                              \
        return set_child(c, kind, a->list, a->field, &VALUE_OF_STR(a->value));                     \
    }                                                                                              \
    EXPOSE(prefix##_child_sets, child_str_args)                                                    \
    static int prefix##_rm(struct call *c, const struct list_args *a)                              \
    {                                                                                              \
        xavp_remove(c->vars, kind, a->list, 0);                                                    \
        return SCRIPT_TRUE;                                                                        \
    }                                                                                              \
    EXPOSE(prefix##_rm, list_args)                                                                 \
    static int prefix##_rm_all(struct call *c, const struct list_args *a)                          \
    {                                                                                              \
        return truth(xavp_remove_all(c->vars, kind, a->list) > 0);                                 \
    }                                                                                              \
    EXPOSE(prefix##_rm_all, list_args)                                                             \
    static int prefix##_child_rm(struct call *c, const struct child_args *a)                       \
    {                                                                                              \
        return remove_child(c, kind, a);                                                           \
    }                                                                                              \
    EXPOSE(prefix##_child_rm, child_args)
CHILD_FUNCTIONS(xavp, XAVP)
CHILD_FUNCTIONS(xavi, XAVI)

/* Takes away the `index` newest of that name. */
static int xavp_lshift(struct call *c, const struct shift_args *a)
{
    int64_t n = 0;

    while (n < a->index && xavp_remove(c->vars, XAVP, a->list, 0))
        n++;
    return truth(n == a->index);
}
EXPOSE(xavp_lshift, shift_args)

static int xavp_copy(struct call *c, const struct copy_args *a)
{
    const struct xavp *from = xavp_find(c->vars, XAVP, a->from, a->index);
    struct xavp *to;

    if (!from)
        return SCRIPT_FALSE;
    if (a->to_index >= 0)
        xavp_remove(c->vars, XAVP, a->to, a->to_index);
    to = xavp_push(c->vars, XAVP, a->to);
    if (!from->is_list)
        xavp_set_value(c->vars, to, &from->value);
    for (const struct xavp *f = from->fields; f; f = f->next)
        xavp_field_push(c->vars, to, f->name, &f->value);
    return SCRIPT_TRUE;
}
EXPOSE(xavp_copy, copy_args)

/* --- lists from text and back ----------------------------------------------------------------- */

struct explode_args {
    struct str text, list;
};
struct xexplode_args {
    struct str text, separator, list;
};
struct slist_args {
    struct str text, separator, mode, list;
};
struct implode_args {
    struct str list;
    const struct var_ref *into;
};

static int explode(struct call *c, enum xavp_kind kind, struct str text, char separator,
                   struct str list)
{
    struct xavp *item = NULL;

    for (struct str rest = str_trim(text); rest.n;) {
        struct str value = str_trim(str_split(&rest, separator)), name;
        bool has_value = str_find(value, '=') < value.n;
        if (!value.n)
            continue;
        name = str_trim(str_split(&value, '='));
        value = str_trim(value);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = str_cut(value, 1, value.n - 1);
        if (kind == XAVU) {
            set_child(c, kind, list, name, &VALUE_OF_STR(value));
            continue;
        }
        if (!item)
            item = xavp_push(c->vars, kind, list);
        xavp_field_push(c->vars, item, name,
                        has_value ? &VALUE_OF_STR(value) : &VALUE_OF_STR(STR("")));
    }
    return truth(item || kind == XAVU);
}

static int xavp_params_explode(struct call *c, const struct explode_args *a)
{
    return explode(c, XAVP, a->text, ';', a->list);
}
EXPOSE(xavp_params_explode, explode_args)
static int xavu_params_explode(struct call *c, const struct explode_args *a)
{
    return explode(c, XAVU, a->text, ';', a->list);
}
EXPOSE(xavu_params_explode, explode_args)
static int xavp_xparams_explode(struct call *c, const struct xexplode_args *a)
{
    return explode(c, XAVP, a->text, a->separator.n ? a->separator.p[0] : ';', a->list);
}
EXPOSE(xavp_xparams_explode, xexplode_args)

static int xavp_slist_explode(struct call *c, const struct slist_args *a)
{
    bool trim = str_find(a->mode, 't') < a->mode.n;
    struct xavp *item = a->text.n ? xavp_push(c->vars, XAVP, a->list) : NULL;
    char separator = a->separator.n ? a->separator.p[0] : ',';
    struct str rest = a->text;

    while (item && rest.p) { /* from the end: what is pushed last comes first */
        size_t at = rest.n;
        while (at && rest.p[at - 1] != separator)
            at--;
        struct str part = str_skip(rest, at);
        struct value v = VALUE_OF_STR(trim ? str_trim(part) : part);
        xavp_field_push(c->vars, item, STR("v"), &v);
        rest = at ? str_cut(rest, 0, at - 1) : STR_NONE;
    }
    return truth(item != NULL);
}
EXPOSE(xavp_slist_explode, slist_args)

static int implode(struct call *c, enum xavp_kind kind, const struct implode_args *a, bool quote)
{
    const struct xavp *item = xavp_find(c->vars, kind, a->list, 0);
    const char *mark = quote ? "\"" : "";
    struct buf b;

    if (!item)
        return SCRIPT_FALSE;
    buf_init(&b, MEM_MESSAGE);
    for (const struct xavp *f = item->fields; f; f = f->next)
        buf_fmt(&b, STR_FMT "=%s" STR_FMT "%s;", STR_ARG(f->name), mark,
                STR_ARG(value_text(&f->value, c->arena)), mark);
    struct str text = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return truth(var_set(c, a->into, &VALUE_OF_STR(text)) == ERR_OK);
}

static int xavp_params_implode(struct call *c, const struct implode_args *a)
{
    return implode(c, XAVP, a, false);
}
EXPOSE(xavp_params_implode, implode_args)
static int xavp_params_implode_qval(struct call *c, const struct implode_args *a)
{
    return implode(c, XAVP, a, true);
}
EXPOSE(xavp_params_implode_qval, implode_args)
static int xavu_params_implode(struct call *c, const struct implode_args *a)
{
    return implode(c, XAVU, a, false);
}
EXPOSE(xavu_params_implode, implode_args)

/* --- script variables to fields and back -------------------------------------------------------
 */

static const struct var_ref *script_var(struct call *c, struct str name)
{
    const struct var_ref *ref;
    struct str text = arena_fmt(c->arena, "$var(" STR_FMT ")", STR_ARG(name));

    return var_parse_now(c, text, &ref) == ERR_OK ? ref : NULL;
}

static int pv_var_to_xavp(struct call *c, const struct child_args *a)
{
    const struct var_ref *ref = script_var(c, a->list);
    struct value v;

    if (!ref || var_get(c, ref, &v) != ERR_OK)
        return SCRIPT_FALSE;
    return set_child(c, XAVP, a->field, a->list, &v);
}
EXPOSE(pv_var_to_xavp, child_args)

static int pv_xavp_to_var(struct call *c, const struct list_args *a)
{
    const struct xavp *item = xavp_find(c->vars, XAVP, a->list, 0);

    if (!item)
        return SCRIPT_FALSE;
    for (const struct xavp *f = item->fields; f; f = f->next) {
        const struct var_ref *ref = script_var(c, f->name);
        if (!ref || var_set(c, ref, &f->value) != ERR_OK)
            return SCRIPT_FALSE;
    }
    return SCRIPT_TRUE;
}
EXPOSE(pv_xavp_to_var, list_args)

/* --- destinations ------------------------------------------------------------------------------
 */

static struct str field_text(struct call *c, const struct xavp *item, const char *name)
{
    const struct xavp *f = xavp_field(c->vars, XAVP, item, str_of(name), 0);
    return f ? value_text(&f->value, c->arena) : STR_NONE;
}

/* The fields uri, dst_uri, path, sock, q and flags of an XAVP as branch 0, or as one more branch
 * once branch 0 was set this way. */
static int xavp_push_dst(struct call *c, const struct list_args *a)
{
    const struct xavp *item = xavp_find(c->vars, XAVP, a->list, 0);
    struct target t = { .q = -1 }, *first = call_target(c, 0);
    struct str flags, q;

    if (!item)
        return SCRIPT_FALSE;
    t.uri = field_text(c, item, "uri");
    t.dst_uri = field_text(c, item, "dst_uri");
    t.path = field_text(c, item, "path");
    flags = field_text(c, item, "flags");
    q = field_text(c, item, "q");
    if (flags.p)
        t.flags = (uint32_t)value_number(&VALUE_OF_STR(flags));
    if (q.p && q_parse(q, &t.q) != ERR_OK)
        t.q = -1;
    if (field_text(c, item, "sock").n)
        t.socket = pv_find_socket(field_text(c, item, "sock"));
    if (!t.uri.n)
        return SCRIPT_FALSE;
    if (first->uri.n)
        return truth(call_add_target(c, &t) == ERR_OK);
    if (call_set_uri(c, t.uri) != ERR_OK)
        return SCRIPT_FALSE;
    call_set_dst_uri(c, t.dst_uri);
    first->path = t.path;
    first->socket = t.socket;
    first->flags = t.flags;
    first->q = t.q;
    return SCRIPT_TRUE;
}
EXPOSE(xavp_push_dst, list_args)
EXPOSE0(sbranch_set_ruri)
EXPOSE0(sbranch_append)
EXPOSE0(sbranch_reset)

/* --- the table ---------------------------------------------------------------------------------
 */

#define LIST_FIELD(st, member) FIELD_NAMED(st, member, #member, "The name of the list.")
static const struct field var_args_fields[] = {
    FIELD(var_args, variable, "A variable."),
    { 0 },
};
static const struct field typeof_args_fields[] = {
    FIELD(typeof_args, variable, "A variable."),
    FIELD(typeof_args, type, "What it may hold.", .choices = type_choices),
    { 0 },
};
static const struct field evalx_args_fields[] = {
    FIELD(evalx_args, into, "The variable that gets the result."),
    FIELD(evalx_args, text,
          "Text; what it is after its variables were expanded is expanded again."),
    { 0 },
};
static const struct field child_int_args_fields[] = {
    LIST_FIELD(child_int_args, list),
    FIELD(child_int_args, field, "The name of the field."),
    FIELD(child_int_args, value, "Its new value."),
    { 0 },
};
static const struct field child_str_args_fields[] = {
    LIST_FIELD(child_str_args, list),
    FIELD(child_str_args, field, "The name of the field."),
    FIELD(child_str_args, value, "Its new value."),
    { 0 },
};
static const struct field list_args_fields[] = {
    LIST_FIELD(list_args, list),
    { 0 },
};
static const struct field child_args_fields[] = {
    LIST_FIELD(child_args, list),
    FIELD(child_args, field, "The name of the field."),
    { 0 },
};
static const struct field shift_args_fields[] = {
    LIST_FIELD(shift_args, list),
    FIELD(shift_args, index, "How many to take away.", .min = 0, .max = 1000),
    { 0 },
};
static const struct field copy_args_fields[] = {
    FIELD(copy_args, from, "The name of the list to copy."),
    FIELD(copy_args, index, "Which of that name, from the newest."),
    FIELD(copy_args, to, "The name of the copy."),
    FIELD(copy_args, to_index, "Which of that name the copy replaces.", .def = "-1"),
    { 0 },
};
static const struct field explode_args_fields[] = {
    FIELD(explode_args, text, "Parameters, \"a=1;b=2\"."),
    LIST_FIELD(explode_args, list),
    { 0 },
};
static const struct field xexplode_args_fields[] = {
    FIELD(xexplode_args, text, "Parameters, \"a=1,b=2\"."),
    FIELD(xexplode_args, separator, "The character between them."),
    LIST_FIELD(xexplode_args, list),
    { 0 },
};
static const struct field slist_args_fields[] = {
    FIELD(slist_args, text, "Values, \"a,b,c\"."),
    FIELD(slist_args, separator, "The character between them."),
    FIELD(slist_args, mode, "\"t\" trims each value."),
    LIST_FIELD(slist_args, list),
    { 0 },
};
static const struct field implode_args_fields[] = {
    LIST_FIELD(implode_args, list),
    FIELD(implode_args, into, "The variable that gets the text."),
    { 0 },
};

const struct func pv_funcs[] = {
    FUNC(pv_isset, var_args, "Tells whether a variable has a value."),
    FUNC(pv_unset, var_args, "Takes a variable's value away."),
    FUNC(is_int, var_args, "Tells whether a variable holds an integer."),
    FUNC(not_empty, var_args, "Tells whether a variable holds a text that is not empty."),
    FUNC_NAMED("typeof", typeof_variable, typeof_args,
               "Tells whether a variable's value has a type."),
    FUNC(pv_evalx, evalx_args, "Expands text twice and stores the result."),
    FUNC0(pv_xavp_print, "Logs all XAVPs."),
    FUNC0(pv_xavu_print, "Logs all XAVUs."),
    FUNC0(pv_xavi_print, "Logs all XAVIs."),
    FUNC(pv_var_to_xavp, child_args, "Copies a script variable to a field of its name.",
         .differs = "one variable by name; \"*\" for all is not taken"),
    FUNC(pv_xavp_to_var, list_args,
         "Copies the fields of an XAVP to script variables of their names."),
    FUNC(xavp_copy, copy_args, "Copies an XAVP."),
    FUNC(xavp_slist_explode, slist_args, "Makes XAVPs of a list of values."),
    FUNC(xavp_params_explode, explode_args, "Makes an XAVP with fields of a list of parameters."),
    FUNC(xavp_xparams_explode, xexplode_args, "The same with another separator."),
    FUNC(xavp_params_implode, implode_args, "Makes a list of parameters of an XAVP's fields."),
    FUNC(xavp_params_implode_qval, implode_args, "The same with values in quotes."),
    FUNC(xavu_params_explode, explode_args, "Makes fields of an XAVU of a list of parameters."),
    FUNC(xavu_params_implode, implode_args, "Makes a list of parameters of an XAVU's fields."),
    FUNC(xavp_child_seti, child_int_args, "Sets a field of an XAVP to a number."),
    FUNC(xavp_child_sets, child_str_args, "Sets a field of an XAVP to a text."),
    FUNC(xavp_rm, list_args, "Takes away the newest XAVP of a name."),
    FUNC(xavp_rm_all, list_args, "Takes away all XAVPs of a name."),
    FUNC(xavp_child_rm, child_args, "Takes away a field of an XAVP."),
    FUNC(xavi_child_seti, child_int_args, "Sets a field of an XAVI to a number."),
    FUNC(xavi_child_sets, child_str_args, "Sets a field of an XAVI to a text."),
    FUNC(xavi_rm, list_args, "Takes away the newest XAVI of a name."),
    FUNC(xavi_rm_all, list_args, "Takes away all XAVIs of a name."),
    FUNC(xavi_child_rm, child_args, "Takes away a field of an XAVI."),
    FUNC(xavp_lshift, shift_args, "Takes away the newest XAVPs of a name."),
    FUNC(xavp_push_dst, list_args, "Makes a branch of the fields of an XAVP.",
         .routes = ROUTE_REQUEST | ROUTE_BRANCH | ROUTE_FAILURE),
    FUNC0(sbranch_set_ruri, "Makes the static branch the request's own destination."),
    FUNC0(sbranch_append, "Adds the static branch to the branches."),
    FUNC0(sbranch_reset, "Empties the static branch."),
    { 0 },
};
