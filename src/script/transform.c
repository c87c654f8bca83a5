/* SPDX-License-Identifier: BSD-2-Clause */
/* {class.name,argument,…} behind a variable: read at load, applied when the variable is read. */
#include "script/state.h"

static _Thread_local struct {
    int tag; /* of the transformation that runs now */
} self;

int transform_tag(void)
{
    return self.tag;
}

static size_t count_fields(const struct field *f)
{
    size_t n = 0;

    for (; f && f->name; f++)
        n++;
    return n;
}

/* The next argument: up to a comma outside brackets. The last one takes all that is left, so that a
 * separator may be a comma itself. */
static struct str next_arg(struct str *rest, bool last)
{
    int depth = 0;
    size_t i;

    for (i = 0; i < rest->n && !last; i++) {
        char c = rest->p[i];

        if (c == '(' || c == '{')
            depth++;
        else if (c == ')' || c == '}')
            depth--;
        else if (c == ',' && depth <= 0)
            break;
    }
    if (last)
        i = rest->n;
    struct str arg = str_cut(*rest, 0, i);

    *rest = i < rest->n ? str_skip(*rest, i + 1) : STR_NONE;
    return arg;
}

struct use {
    struct load *l;
    struct transform_use *t;
    struct transform_arg *dynamic;
    void *args;
};

static err_t set_arg(struct use *u, const struct field *f, struct str text, size_t at)
{
    struct field_env env = load_env(u->l);
    struct value v = VALUE_OF_STR(text);
    struct load inner = *u->l;
    struct buf why;
    err_t e;

    inner.token_offset += at;
    if (f->type != FIELD_FORMAT && f->type != FIELD_VAR && text.n > 1 && text.p[0] == '$' &&
        text.p[1] != '$') {
        struct transform_arg *arg = &u->dynamic[u->t->n_dynamic++];

        arg->field = f;
        return format_parse(&inner, text, &arg->format);
    }
    buf_init(&why, MEM_CONFIG);
    e = field_set(f, u->args, &v, &env, &why);
    if (e)
        load_fault_at(u->l, at, text.n ? text.n : 1, "{%s.%s}, %s: " STR_FMT,
                      u->t->transformation->class, u->t->transformation->name, f->name,
                      STR_ARG(buf_str(&why)));
    buf_free(&why);
    return e;
}

static err_t set_args(struct use *u, struct str rest, bool given, size_t at)
{
    const struct transformation *t = u->t->transformation;
    size_t n_fields = count_fields(t->args), n = 0;
    struct field_env env = load_env(u->l);
    const char *start = rest.p;

    if (given && !n_fields) {
        load_fault_at(u->l, at, rest.n, "{%s.%s} takes no argument", t->class, t->name);
        return ERR_SYNTAX;
    }
    u->args = arena_zalloc(u->l->arena, t->args_size ? t->args_size : 1);
    u->dynamic = ARENA_ARRAY(u->l->arena, struct transform_arg, n_fields + 1);
    fields_default(t->args, u->args, &env);
    for (; given && n < n_fields && rest.p; n++) {
        size_t offset = (size_t)(rest.p - start);
        struct str arg = next_arg(&rest, n + 1 == n_fields && !t->args[n].rest);
        err_t e = set_arg(u, &t->args[n], arg, at + offset);

        if (e)
            return e;
    }
    if (n < n_fields && !t->args[n].def && !t->args[n].optional) {
        load_fault_at(u->l, at, 1, "{%s.%s} needs the argument %s", t->class, t->name,
                      t->args[n].name);
        return ERR_SYNTAX;
    }
    u->t->args = u->args;
    u->t->dynamic = u->dynamic;
    return ERR_OK;
}

/* What stands between { and }. */
static err_t parse_one(struct load *l, struct str text, size_t at, const struct transform_use **out)
{
    struct use u = { l, ARENA_NEW(l->arena, struct transform_use), NULL, NULL };
    struct str rest = text, full, class, name;
    bool given = str_find(text, ',') < text.n;
    err_t e;

    full = str_trim(str_split(&rest, ','));
    name = full;
    class = str_split(&name, '.');
    u.t->transformation = name_transformation(l, class, name);
    if (!u.t->transformation) {
        if (l->modules_missing && !l->why)
            return ERR_NOT_FOUND;
        name_tell_transformation(l,
                                 load_fault_at(l, at, full.n ? full.n : 1,
                                               "unknown transformation {" STR_FMT "}",
                                               STR_ARG(full)),
                                 class, name);
        return ERR_NOT_FOUND;
    }
    e = set_args(&u, rest, given, at + (given ? (size_t)(rest.p - text.p) : 0));
    *out = u.t;
    return e;
}

err_t transforms_parse(struct load *l, struct str text, size_t at, const struct transform_use **out)
{
    const struct transform_use **tail = out;

    while (text.n) {
        int depth = 0;
        size_t n = 0;
        err_t e;

        if (text.p[0] == ' ' || text.p[0] == '\t') {
            text = str_skip(text, 1);
            at++;
            continue;
        }
        for (; n < text.n; n++) {
            depth += (text.p[n] == '{') - (text.p[n] == '}');
            if (depth == 0)
                break;
        }
        if (text.p[0] != '{' || n == text.n) {
            load_fault_at(l, at, 1, "expected %s", text.p[0] != '{' ? "'{'" : "a closing '}'");
            return ERR_SYNTAX;
        }
        e = parse_one(l, str_cut(text, 1, n), at + 1, tail);
        if (e)
            return e;
        tail = (const struct transform_use **)(uintptr_t) & (*tail)->next;
        text = str_skip(text, n + 1);
        at += n + 1;
    }
    return ERR_OK;
}

static err_t run_one(struct call *c, const struct transform_use *t, struct value *v)
{
    struct field_env env = { .arena = c->arena };
    const void *args = t->args;
    struct value in = *v;
    void *copy = NULL;

    if (t->n_dynamic) {
        copy = arena_alloc(c->arena, t->transformation->args_size);
        memcpy(copy, args, t->transformation->args_size);
        args = copy;
    }
    for (size_t i = 0; i < t->n_dynamic; i++) {
        struct value arg = VALUE_OF_STR(format_eval(c, t->dynamic[i].format));
        char space[128];
        struct buf why;
        err_t e;

        buf_fixed(&why, space, sizeof space);
        e = field_set(t->dynamic[i].field, copy, &arg, &env, &why);
        if (e) {
            log_error("script", "{%s.%s}: " STR_FMT, t->transformation->class,
                      t->transformation->name, STR_ARG(buf_str(&why)));
            return e;
        }
    }
    self.tag = t->transformation->tag;
    return t->transformation->run(c, &in, args, v);
}

err_t transforms_run(struct call *c, const struct transform_use *t, struct value *v)
{
    for (; t; t = t->next) {
        bool fits = v->type != VALUE_NULL || t->transformation->takes_null;
        err_t e = fits ? run_one(c, t, v) : ERR_NOT_FOUND;

        if (e)
            return e;
    }
    return ERR_OK;
}
