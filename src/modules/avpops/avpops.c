/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions over AVPs. */
#include "modules/avpops/avpops.h"
#include "base/log.h"
#include "modules/avpops/database.h"
#include <fnmatch.h>

static struct {
    struct module_slot slot;
} self;

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static bool get(struct call *c, const struct avp_name *avp, size_t i, struct value *out)
{
    return avp_get(c->vars, avp->class, avp->name, (int64_t)i, out);
}

static size_t count(struct call *c, const struct avp_name *avp)
{
    return avp_count(c->vars, avp->class, avp->name);
}

static void forget(struct call *c, const struct avp_name *avp, bool all)
{
    if (all)
        avp_remove_all(c->vars, avp->class, avp->name);
    else
        avp_remove(c->vars, avp->class, avp->name, 0);
}

static bool same(const struct avp_name *a, const struct avp_name *b)
{
    return a->class == b->class && str_eq(a->name, b->name);
}

static int avp_delete(struct call *c, const struct avp_args *a)
{
    bool any = count(c, &a->avp) > 0;

    forget(c, &a->avp, a->flags & FLAG_ALL);
    return truth(any);
}
EXPOSE(avp_delete, avp_args)

static int is_avp_set(struct call *c, const struct avp_args *a)
{
    struct value v;

    if (!get(c, &a->avp, 0, &v))
        return SCRIPT_FALSE;
    if (a->flags & FLAG_EMPTY)
        return truth(v.type == VALUE_STR ? v.s.n == 0 : v.i == 0);
    if (a->flags & FLAG_NUMBER)
        return truth(v.type == VALUE_INT);
    if (a->flags & FLAG_STRING)
        return truth(v.type == VALUE_STR);
    return SCRIPT_TRUE;
}
EXPOSE(is_avp_set, avp_args)

/* Text that is no number cannot become one. */
static bool cast(struct call *c, unsigned flags, struct value *v)
{
    int64_t n;

    if ((flags & FLAG_CAST_NUMBER) && v->type == VALUE_STR) {
        if (str_to_i64(v->s, &n))
            return false;
        *v = VALUE_OF_INT(n);
    } else if ((flags & FLAG_CAST_STRING) && v->type == VALUE_INT) {
        *v = VALUE_OF_STR(value_text(v, c->arena));
    }
    return true;
}

/* Each copy is pushed on top: of several, the oldest becomes the newest. */
static int avp_copy(struct call *c, const struct avp_args *a)
{
    size_t n = count(c, &a->avp);
    struct value *values;

    if (n == 0)
        return SCRIPT_FALSE;
    if (!(a->flags & FLAG_ALL))
        n = 1;
    values = ARENA_ARRAY(c->arena, struct value, n);
    for (size_t i = 0; i < n; i++) {
        if (!get(c, &a->avp, i, &values[i]))
            return SCRIPT_FALSE;
        values[i] = value_dup(&values[i], c->arena);
        if (!cast(c, a->flags, &values[i]))
            return SCRIPT_FALSE;
    }
    if (a->flags & FLAG_DELETE)
        forget(c, &a->avp, a->flags & FLAG_ALL);
    for (size_t i = 0; i < n; i++)
        avp_push(c->vars, a->other.class, a->other.name, &values[i]);
    return SCRIPT_TRUE;
}
EXPOSE(avp_copy, avp_args)

static bool push_one(struct call *c, const struct avp_args *a, const struct value *v)
{
    struct value text = VALUE_OF_STR(value_text(v, c->arena));
    struct target t = { .uri = text.s, .q = -1 };
    err_t e = a->branches ? call_add_target(c, &t) : var_set(c, a->target, &text);

    if (e)
        log_error("avpops", "\"" STR_FMT "\" cannot be put there: %s", STR_ARG(text.s),
                  err_text(e));
    return e == ERR_OK;
}

static int avp_pushto(struct call *c, const struct avp_args *a)
{
    size_t n = count(c, &a->avp);
    struct value v;

    if (n == 0)
        return SCRIPT_FALSE;
    /* What is not a branch has room for one. */
    if (!(a->flags & FLAG_ALL) || !a->branches)
        n = 1;
    for (size_t i = 0; i < n && get(c, &a->avp, i, &v); i++)
        if (!push_one(c, a, &v))
            return SCRIPT_FALSE;
    return SCRIPT_TRUE;
}
EXPOSE(avp_pushto, avp_args)

/* --- avp_check() ------------------------------------------------------------------------------ */

static bool by_order(enum avp_compare how, int order)
{
    switch (how) {
    case CMP_EQ: return order == 0;
    case CMP_NE: return order != 0;
    case CMP_LT: return order < 0;
    case CMP_LE: return order <= 0;
    case CMP_GT: return order > 0;
    case CMP_GE: return order >= 0;
    default: return false;
    }
}

static bool matches_text(struct call *c, const struct avp_args *a, struct str x, struct str y)
{
    bool icase = a->flags & FLAG_ICASE;
    struct regex *r = a->pattern;
    struct buf why;
    bool hit;
    int order;

    switch (a->compare) {
    case CMP_FM:
        return fnmatch(arena_dup(c->arena, y).p, arena_dup(c->arena, x).p,
                       icase ? FNM_CASEFOLD : 0) == 0;
    case CMP_RE:
        if (r)
            return regex_match(r, x, NULL, 0) == ERR_OK;
        buf_init(&why, MEM_MODULE);
        hit = regex_compile(y, icase ? REGEX_ICASE : 0, &r, &why) == ERR_OK &&
              regex_match(r, x, NULL, 0) == ERR_OK;
        regex_free(r);
        buf_free(&why);
        return hit;
    default: break;
    }
    if (icase)
        order = str_ieq(x, y) ? 0 : strcasecmp(arena_dup(c->arena, x).p, arena_dup(c->arena, y).p);
    else
        order = str_cmp(x, y);
    return by_order(a->compare, order);
}

/* Values of two kinds are never alike. */
static bool matches(struct call *c, const struct avp_args *a, const struct value *x,
                    const struct value *y)
{
    if (x->type != y->type)
        return false;
    if (x->type == VALUE_STR)
        return matches_text(c, a, x->s, y->s);
    switch (a->compare) {
    case CMP_AND: return (x->i & y->i) != 0;
    case CMP_OR: return (x->i | y->i) != 0;
    case CMP_XOR: return (x->i ^ y->i) != 0;
    default: return by_order(a->compare, x->i < y->i ? -1 : x->i > y->i);
    }
}

static int avp_check(struct call *c, const struct avp_args *a)
{
    struct value x, y;

    if (operand_value(c, &a->operand, &y) || y.type == VALUE_NULL)
        return SCRIPT_FALSE;
    for (size_t i = 0; get(c, &a->avp, i, &x); i++) {
        if (matches(c, a, &x, &y))
            return SCRIPT_TRUE;
        if (!(a->flags & FLAG_ALL))
            break;
    }
    return SCRIPT_FALSE;
}
EXPOSE(avp_check, avp_args)

/* --- avp_op() --------------------------------------------------------------------------------- */

static int64_t calculate(enum avp_calculate how, int64_t x, int64_t y)
{
    switch (how) {
    case OP_ADD: return (int64_t)((uint64_t)x + (uint64_t)y);
    case OP_SUB: return (int64_t)((uint64_t)x - (uint64_t)y);
    case OP_MUL: return (int64_t)((uint64_t)x * (uint64_t)y);
    case OP_DIV: return y == 0 ? 0 : y == -1 ? (int64_t) - (uint64_t)x : x / y;
    case OP_MOD: return y == 0 || y == -1 ? 0 : x % y;
    case OP_AND: return x & y;
    case OP_OR: return x | y;
    case OP_XOR: return x ^ y;
    case OP_NOT: return ~y;
    }
    return 0;
}

/* New values take the places of the old ones, or are pushed onto another AVP. */
static void store(struct call *c, const struct avp_args *a, size_t i, const struct value *v)
{
    if (same(&a->avp, &a->other))
        (void)avp_set_at(c->vars, a->avp.class, a->avp.name, (int64_t)i, v);
    else
        avp_push(c->vars, a->other.class, a->other.name, v);
}

static void forget_source(struct call *c, const struct avp_args *a)
{
    if ((a->flags & FLAG_DELETE) && !same(&a->avp, &a->other))
        forget(c, &a->avp, a->flags & FLAG_ALL);
}

static int avp_op(struct call *c, const struct avp_args *a)
{
    size_t n = a->flags & FLAG_ALL ? count(c, &a->avp) : 1;
    struct value x, y;
    bool any = false;

    if (operand_value(c, &a->operand, &y) || y.type != VALUE_INT)
        return SCRIPT_FALSE;
    for (size_t i = 0; i < n; i++) {
        if (!get(c, &a->avp, i, &x) || x.type != VALUE_INT)
            continue;
        x = VALUE_OF_INT(calculate(a->calculate, x.i, y.i));
        store(c, a, i, &x);
        any = true;
    }
    forget_source(c, a);
    return truth(any);
}
EXPOSE(avp_op, avp_args)

static int avp_subst(struct call *c, const struct avp_args *a)
{
    size_t n = a->flags & FLAG_ALL ? count(c, &a->avp) : 1;
    struct value v;
    struct str text;
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if (!get(c, &a->avp, i, &v) || substitute(c, &a->subst, value_text(&v, c->arena), &text))
            continue;
        v = VALUE_OF_STR(text);
        store(c, a, i, &v);
        any = true;
    }
    if (any)
        forget_source(c, a);
    return truth(any);
}
EXPOSE(avp_subst, avp_args)

static void print(enum avp_class class, struct str name, const struct value *v, void *arg)
{
    struct call *c = arg;

    (void)class;
    log_write(LOG_INFO, "avpops", "$avp(" STR_FMT ") = " STR_FMT, STR_ARG(name),
              STR_ARG(value_text(v, c->arena)));
}

static int avp_print(struct call *c)
{
    avp_each(c->vars, print, c);
    return SCRIPT_TRUE;
}
EXPOSE0(avp_print)

EXPOSE(avp_db_load, db_args)
EXPOSE(avp_db_store, db_args)
EXPOSE(avp_db_delete, db_args)
EXPOSE(avp_db_query, query_args)

static err_t check(struct load *l, void *data)
{
    struct avpops_conf *conf = data;
    err_t e = schemes_read(l, conf);

    return e || !conf->db_url.n ? e : database_check_url(l, "db_url", conf->db_url);
}

#define ARGS(table, one, two)                                                                      \
    static const struct field table[] = {                                                          \
        FIELD(avp_args, first, one, .literal = true),                                              \
        FIELD(avp_args, second, two, .literal = true),                                             \
        { 0 },                                                                                     \
    }
#define ONE(table, one)                                                                            \
    static const struct field table[] = {                                                          \
        FIELD(avp_args, first, one, .literal = true),                                              \
        { 0 },                                                                                     \
    }
ONE(delete_fields, "$avp(x), or $avp(x)/g for all its values.");
ONE(set_fields, "$avp(x); /n it is a number, /s a text, /e it is empty or 0.");
ARGS(copy_fields, "$avp(from)",
     "$avp(to); flags behind a /: g all values, d the old ones go, n as numbers, s as texts.");
ARGS(pushto_fields, "$ru, $ru/username, $ru/domain, $du or $br.",
     "$avp(x), or $avp(x)/g for all its values.");
ARGS(check_fields, "$avp(x)",
     "op/value: eq, ne, lt, le, gt, ge, re, fm, and, or, xor; a text, i:number or a variable; "
     "flags behind a further /: g any value, i whatever the case.");
ARGS(op_fields, "$avp(x), or $avp(from)/$avp(to).",
     "op/value: add, sub, mul, div, mod, and, or, xor, not; i:number or a variable; flags: g, d.");
ARGS(subst_fields, "$avp(x), $avp(from)/$avp(to), and flags behind a further /: g, d.",
     "/pattern/replacement/flags; \\\\1 is the first group.");

static const struct field db_args_fields[] = {
    FIELD_NAMED(db_args, first, "source",
                "Whose: a variable or text, and behind a / what it is: username, domain, uri or "
                "uuid. Without that $ru, $fu, $tu and $ou are URIs, all else is a uuid.",
                .literal = true),
    FIELD_NAMED(db_args, second, "name",
                "Which: $avp(name), $avp(s:name) or $avp(i:number); s, i or a: all those with "
                "names, with numbers, or both. Behind a / a table instead of avp_table, or "
                "$scheme.",
                .literal = true),
    { 0 },
};
static const struct field query_args_fields[] = {
    FIELD(query_args, query, "The SQL statement."),
    FIELD_NAMED(query_args, into, "dest",
                "$avp(a);$avp(b);…, one for each column; without it $avp(i:1);$avp(i:2);…",
                .def = "", .literal = true),
    { 0 },
};
static const struct outcome query_outcomes[] = {
    { 1, "there are rows" },
    { -1, "the database refused it, or cannot be reached" },
    { -2, "there are none" },
    { 0 },
};
static const struct field params[] = {
    FIELD(avpops_conf, db_url, "The database, for the functions avp_db_….", .def = ""),
    FIELD(avpops_conf, avp_table, "The table of AVPs, such as usr_preferences.", .def = ""),
    FIELD(avpops_conf, use_domain, "A URI is a user in a domain; else the user's name alone.",
          .def = "0"),
    FIELD(avpops_conf, uuid_column, "The column of unique ids.", .def = "uuid"),
    FIELD(avpops_conf, username_column, "The column of user names.", .def = "username"),
    FIELD(avpops_conf, domain_column, "The column of domains.", .def = "domain"),
    FIELD(avpops_conf, attribute_column, "The column of the AVPs' names.", .def = "attribute"),
    FIELD(avpops_conf, value_column, "The column of their values.", .def = "value"),
    FIELD(avpops_conf, type_column,
          "The column of their types: 1 for a number as value, plus 2 for a number as name.",
          .def = "type"),
    FIELD(avpops_conf, db_scheme,
          "A column of another table to be loaded as an AVP: "
          "\"name:table=subscriber;username_col=username;value_col=age;value_type=integer\", "
          "also uuid_col and domain_col. May be given many times.",
          .optional = true),
    { 0 },
};

#define ROUTES (ROUTE_ANY & ~(unsigned)ROUTE_SEND)
#define AVP_FUNC(label, fn, table, how, doc_text)                                                  \
    {                                                                                              \
        .name = (label), .run = fn##_with_avp_args, .args = (table),                               \
        .args_size = sizeof(struct avp_args), .prepare = (how), .doc = (doc_text),                 \
        .routes = ROUTES                                                                           \
    }
static const struct func funcs[] = {
    AVP_FUNC("avp_delete", avp_delete, delete_fields, prepare_delete, "Removes an AVP."),
    AVP_FUNC("is_avp_set", is_avp_set, set_fields, prepare_set, "Whether an AVP is there."),
    AVP_FUNC("avp_copy", avp_copy, copy_fields, prepare_copy, "Copies or moves an AVP."),
    AVP_FUNC("avp_pushto", avp_pushto, pushto_fields, prepare_pushto,
             "Puts an AVP into the Request-URI, the next hop, or new branches."),
    AVP_FUNC("avp_check", avp_check, check_fields, prepare_check, "Compares an AVP."),
    AVP_FUNC("avp_op", avp_op, op_fields, prepare_op, "Calculates with an AVP."),
    AVP_FUNC("avp_subst", avp_subst, subst_fields, prepare_subst, "Substitutes text in an AVP."),
    AVP_FUNC("avp_subst_pv", avp_subst, subst_fields, prepare_subst,
             "Substitutes text in an AVP; the replacement may hold variables."),
    FUNC0(avp_print, "Logs all AVPs.", .routes = ROUTES),
    FUNC(avp_db_load, db_args, "Loads AVPs from the database; false when there are none.",
         .routes = ROUTES, .prepare = prepare_db_load, .suspends = true),
    FUNC(avp_db_store, db_args, "Adds AVPs to the database; false when there are none.",
         .routes = ROUTES, .prepare = prepare_db_change, .suspends = true),
    FUNC(avp_db_delete, db_args, "Deletes AVPs in the database.", .routes = ROUTES,
         .prepare = prepare_db_change, .suspends = true,
         .differs = "s and i delete those of that kind, not all"),
    FUNC(avp_db_query, query_args,
         "Runs an SQL statement, and adds the columns of its rows to AVPs.", .routes = ROUTES,
         .prepare = prepare_db_query, .suspends = true, .returns = query_outcomes,
         .differs = "what is neither text nor a whole number becomes text"),
    { 0 },
};

const struct module module_avpops = {
    .abi = MODULE_ABI,
    .name = "avpops",
    .doc = "Functions over AVPs.",
    .slot = &self.slot,
    .conf_size = sizeof(struct avpops_conf),
    .params = params,
    .check = check,
    .funcs = funcs,
};
