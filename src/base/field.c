/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/field.h"
#include "base/hash.h"
#include "base/regex.h"

static const char *const type_names[] = {
    [FIELD_INT] = "integer",
    [FIELD_BOOL] = "boolean",
    [FIELD_STR] = "string",
    [FIELD_DURATION] = "time",
    [FIELD_CHOICE] = "choice",
    [FIELD_REGEX] = "regular expression",
    [FIELD_VAR] = "variable",
    [FIELD_FORMAT] = "string with variables",
    [FIELD_ROUTE] = "route",
    [FIELD_LIST] = "list of strings",
    [FIELD_VALUE] = "integer or string",
};

const char *field_type_name(enum field_type t)
{
    return (unsigned)t < sizeof type_names / sizeof *type_names ? type_names[t] : "unknown";
}

const struct field *field_find(const struct field *table, struct str name)
{
    for (const struct field *f = table; f && f->name; f++) {
        if (str_eq(str_of(f->name), name))
            return f;
        for (const char *const *alias = f->aliases; alias && *alias; alias++)
            if (str_eq(str_of(*alias), name))
                return f;
    }
    return NULL;
}

/* What field_set works on. */
struct setting {
    const struct field *f;
    void *member;
    const struct value *v;
    const struct field_env *env;
    struct buf *why;
};

static err_t refuse(const struct setting *s, err_t e, const char *expected)
{
    buf_fmt(s->why, "expected %s, got ", expected);
    if (s->v->type == VALUE_STR)
        buf_fmt(s->why, "\"" STR_FMT "\"", (int)(s->v->s.n > 80 ? 80 : s->v->s.n), s->v->s.p);
    else if (s->v->type == VALUE_INT)
        buf_int(s->why, s->v->i);
    else
        buf_addz(s->why, "null");
    return e;
}

static err_t out_of_range(const struct setting *s, const char *what)
{
    buf_fmt(s->why, "%s must be from %lld to %lld", what, (long long)s->f->min,
            (long long)s->f->max);
    return ERR_RANGE;
}

static bool in_range(const struct field *f, int64_t n)
{
    return f->max <= f->min || (n >= f->min && n <= f->max);
}

/* The integer a value stands for: a number, or text that is one. */
static err_t integer_of(const struct value *v, int64_t *n)
{
    if (v->type == VALUE_STR)
        return str_to_i64(str_trim(v->s), n);
    if (v->type != VALUE_INT)
        return ERR_TYPE;
    *n = v->i;
    return ERR_OK;
}

static err_t set_int(const struct setting *s)
{
    int64_t n;
    err_t e = integer_of(s->v, &n);

    if (e)
        return refuse(s, e == ERR_RANGE ? e : ERR_TYPE, "an integer");
    if (!in_range(s->f, n))
        return out_of_range(s, "the number");
    *(int64_t *)s->member = n;
    return ERR_OK;
}

static err_t set_bool(const struct setting *s)
{
    static const char *const words[] = { "no",    "yes",  "off",      "on",
                                         "false", "true", "disabled", "enabled" };
    int64_t n;

    if (integer_of(s->v, &n) == ERR_OK) {
        *(bool *)s->member = n != 0;
        return ERR_OK;
    }
    for (size_t i = 0; s->v->type == VALUE_STR && i < sizeof words / sizeof *words; i++)
        if (str_ieq(s->v->s, str_of(words[i]))) {
            *(bool *)s->member = i % 2;
            return ERR_OK;
        }
    return refuse(s, ERR_TYPE, "yes or no (1 or 0)");
}

/* Text as it will be kept: in the arena, where there is one. */
static struct str kept(const struct setting *s, struct str text)
{
    return s->env && s->env->arena ? arena_dup(s->env->arena, text) : text;
}

/* Integers count as their decimal digits, which need an arena. */
static err_t text_of(const struct setting *s, struct str *out)
{
    if (s->v->type == VALUE_STR) {
        *out = kept(s, s->v->s);
        return ERR_OK;
    }
    if (s->v->type != VALUE_INT || !s->env || !s->env->arena)
        return refuse(s, ERR_TYPE, "a string");
    *out = value_text(s->v, s->env->arena);
    return ERR_OK;
}

static err_t set_str(const struct setting *s)
{
    struct str text;
    err_t e = text_of(s, &text);

    if (e)
        return e;
    if (!in_range(s->f, (int64_t)text.n))
        return out_of_range(s, "the length");
    *(struct str *)s->member = text;
    return ERR_OK;
}

/* "500ms", "5s", "2m", "1h", "1d", or a number in the field's own unit. */
static err_t set_duration(const struct setting *s)
{
    static const struct {
        struct str name;
        int64_t ms;
    } units[] = {
        { STR_INIT("ms"), 1 },      { STR_INIT("s"), 1000 },    { STR_INIT("m"), 60000 },
        { STR_INIT("min"), 60000 }, { STR_INIT("h"), 3600000 }, { STR_INIT("d"), 86400000 },
    };
    int64_t unit = s->f->unit_ms ? s->f->unit_ms : 1, n;
    struct value number = *s->v;

    if (number.type == VALUE_STR) {
        struct str text = str_trim(number.s), name;
        size_t digits = 0;

        while (digits < text.n && (text.p[digits] == '-' || text.p[digits] == '+' ||
                                   (text.p[digits] >= '0' && text.p[digits] <= '9')))
            digits++;
        name = str_trim(str_skip(text, digits));
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (str_ieq(name, units[i].name)) {
                number.s = str_cut(text, 0, digits);
                unit = units[i].ms;
            }
    }
    if (integer_of(&number, &n) || __builtin_mul_overflow(n, unit, &n))
        return refuse(s, ERR_TYPE, "a time, such as 5s or 500ms");
    if (!in_range(s->f, n))
        return out_of_range(s, "the time in milliseconds");
    ((struct duration *)s->member)->ms = n;
    return ERR_OK;
}

static err_t set_choice(const struct setting *s)
{
    int64_t n;
    int count = 0;

    for (const char *const *choice = s->f->choices; choice && *choice; choice++, count++)
        if (s->v->type == VALUE_STR && str_ieq(s->v->s, str_of(*choice))) {
            *(int *)s->member = count;
            return ERR_OK;
        }
    if (integer_of(s->v, &n) == ERR_OK && n >= 0 && n < count) {
        *(int *)s->member = (int)n;
        return ERR_OK;
    }
    buf_addz(s->why, "one of ");
    for (int i = 0; i < count; i++)
        buf_fmt(s->why, "%s%s", i ? ", " : "", s->f->choices[i]);
    buf_addz(s->why, ": ");
    return refuse(s, ERR_TYPE, "one of these");
}

static void free_regex(void *regex)
{
    regex_free(regex);
}

static err_t set_regex(const struct setting *s)
{
    struct regex *r;
    err_t e;

    if (s->v->type != VALUE_STR || !s->env || !s->env->arena)
        return refuse(s, ERR_TYPE, "a regular expression");
    e = regex_compile(s->v->s, REGEX_ICASE | REGEX_NEWLINE, &r, s->why);
    if (e)
        return e;
    arena_defer(s->env->arena, free_regex, r);
    *(const struct regex **)s->member = r;
    return ERR_OK;
}

static err_t set_var(const struct setting *s)
{
    if (s->v->type != VALUE_STR || !s->env || !s->env->var)
        return refuse(s, ERR_TYPE, "a variable");
    return s->env->var(s->env->ctx, s->v->s, s->member, s->why);
}

static err_t set_format(const struct setting *s)
{
    struct str text;
    err_t e;

    if (!s->env || !s->env->format)
        return refuse(s, ERR_TYPE, "a string with variables");
    e = text_of(s, &text);
    return e ? e : s->env->format(s->env->ctx, text, s->member, s->why);
}

static err_t set_route(const struct setting *s)
{
    struct str text;
    err_t e;

    if (!s->env || !s->env->route)
        return refuse(s, ERR_TYPE, "the name of a route");
    e = text_of(s, &text);
    return e ? e : s->env->route(s->env->ctx, text, s->f->route_kind, s->member, s->why);
}

static err_t set_list(const struct setting *s)
{
    struct str_list *list = s->member;
    struct str text, *items;
    err_t e = text_of(s, &text);

    if (e)
        return e;
    if (!s->env || !s->env->arena)
        return refuse(s, ERR_TYPE, "a place to keep a list");
    items = ARENA_ARRAY(s->env->arena, struct str, list->n + 1);
    if (list->n)
        memcpy(items, list->items, list->n * sizeof *items);
    items[list->n] = text;
    *list = (struct str_list){ items, list->n + 1 };
    return ERR_OK;
}

static err_t set_value(const struct setting *s)
{
    struct value v = *s->v;

    if (v.type == VALUE_STR)
        v.s = kept(s, v.s);
    *(struct value *)s->member = v;
    return ERR_OK;
}

static err_t (*const setters[])(const struct setting *s) = {
    [FIELD_INT] = set_int,           [FIELD_BOOL] = set_bool,     [FIELD_STR] = set_str,
    [FIELD_DURATION] = set_duration, [FIELD_CHOICE] = set_choice, [FIELD_REGEX] = set_regex,
    [FIELD_VAR] = set_var,           [FIELD_FORMAT] = set_format, [FIELD_ROUTE] = set_route,
    [FIELD_LIST] = set_list,         [FIELD_VALUE] = set_value,
};

err_t field_set(const struct field *f, void *st, const struct value *v, const struct field_env *env,
                struct buf *why)
{
    struct setting s = { f, (char *)st + f->at, v, env, why };

    ASSERT((unsigned)f->type < sizeof setters / sizeof *setters);
    return setters[f->type](&s);
}

static size_t member_size(enum field_type t)
{
    static const size_t sizes[] = {
        [FIELD_INT] = sizeof(int64_t),        [FIELD_BOOL] = sizeof(bool),
        [FIELD_STR] = sizeof(struct str),     [FIELD_DURATION] = sizeof(struct duration),
        [FIELD_CHOICE] = sizeof(int),         [FIELD_REGEX] = sizeof(void *),
        [FIELD_VAR] = sizeof(void *),         [FIELD_FORMAT] = sizeof(void *),
        [FIELD_ROUTE] = sizeof(void *),       [FIELD_LIST] = sizeof(struct str_list),
        [FIELD_VALUE] = sizeof(struct value),
    };

    return sizes[t];
}

void fields_default(const struct field *table, void *st, const struct field_env *env)
{
    for (const struct field *f = table; f && f->name; f++) {
        struct value v = VALUE_OF_STR(str_of(f->def));
        char space[256];
        struct buf why;

        memset((char *)st + f->at, 0, member_size(f->type));
        if (!f->def)
            continue;
        buf_fixed(&why, space, sizeof space);
        /* module_check has seen that all defaults can be read. */
        ASSERT(field_set(f, st, &v, env, &why) == ERR_OK);
    }
}

struct value field_get(const struct field *f, const void *st)
{
    const void *member = (const char *)st + f->at;

    switch (f->type) {
    case FIELD_INT: return VALUE_OF_INT(*(const int64_t *)member);
    case FIELD_BOOL: return VALUE_OF_INT(*(const bool *)member);
    case FIELD_DURATION: {
        int64_t unit = f->unit_ms ? f->unit_ms : 1;

        return VALUE_OF_INT(((const struct duration *)member)->ms / unit);
    }
    case FIELD_CHOICE: return VALUE_OF_INT(*(const int *)member);
    case FIELD_STR: {
        struct str s = *(const struct str *)member;

        return s.p ? VALUE_OF_STR(s) : VALUE_NONE;
    }
    case FIELD_LIST: {
        const struct str_list *list = member;

        return list->n ? VALUE_OF_STR(list->items[list->n - 1]) : VALUE_NONE;
    }
    case FIELD_VALUE: return *(const struct value *)member;
    default: return VALUE_NONE;
    }
}

uint64_t fields_hash(const struct field *table, const void *st)
{
    uint64_t hash;
    struct buf b;

    buf_init(&b, MEM_CONFIG);
    for (const struct field *f = table; f && f->name; f++) {
        struct value v = field_get(f, st);

        if (v.type == VALUE_STR)
            buf_fmt(&b, "s%zu:" STR_FMT, v.s.n, STR_ARG(v.s));
        else
            buf_fmt(&b, "%d%lld,", (int)v.type, v.type == VALUE_INT ? (long long)v.i : 0);
    }
    hash = hash_fast(buf_str(&b)) | 1;
    buf_free(&b);
    return hash;
}
