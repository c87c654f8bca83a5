/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and setting variables and expanding text at run time; the face in script/value.h. */
#include "script/state.h"

err_t var_get(struct call *c, const struct var_ref *at, struct value *out)
{
    err_t e;

    *out = VALUE_NONE;
    e = at->var->get(c, at, out);
    if (e == ERR_NOT_FOUND) {
        *out = VALUE_NONE;
        e = ERR_OK;
    }
    return e || !at->transforms ? e : transforms_run(c, at->transforms, out);
}

err_t var_set(struct call *c, const struct var_ref *at, const struct value *in)
{
    if (!var_is_writable(at))
        return ERR_DENIED;
    return at->var->set(c, at, in);
}

struct str var_key(struct call *c, const struct var_ref *at)
{
    return at->key_format ? format_eval(c, at->key_format) : at->key;
}

int64_t var_index(struct call *c, const struct var_ref *at)
{
    struct value v;

    if (at->index_kind != VAR_INDEX_VAR)
        return at->index_kind == VAR_INDEX_FIXED ? at->index : 0;
    return var_get(c, at->index_var, &v) ? 0 : value_int(&v);
}

static struct str piece_text(struct call *c, const struct piece *p)
{
    struct value v;
    err_t e;

    if (p->kind == PIECE_TEXT)
        return p->text;
    e = p->kind == PIECE_VAR ? var_get(c, p->var, &v) : vm_value(c, p->code, &v);
    if (e) /* a transformation that does not fit its value */
        return STR("");
    if (v.type == VALUE_NULL)
        return p->kind == PIECE_VAR ? STR("<null>") : STR("");
    return value_text(&v, c->arena);
}

struct str format_eval(struct call *c, const struct format *f)
{
    struct str few[16], *parts = few;
    size_t total = 0;
    char *out, *at;

    if (f->n == 0)
        return STR("");
    if (f->n == 1)
        return piece_text(c, &f->pieces[0]);
    if (f->n > 16)
        parts = ARENA_ARRAY(c->arena, struct str, f->n);
    for (size_t i = 0; i < f->n; i++) {
        parts[i] = piece_text(c, &f->pieces[i]);
        total += parts[i].n;
    }
    at = out = arena_alloc(c->arena, total + 1);
    for (size_t i = 0; i < f->n; i++) {
        if (parts[i].n)
            memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    *at = '\0';
    return (struct str){ out, total };
}

/* A load that reads text at run time: everything goes to the call's arena, faults to the log. */
static void begin_now(struct load *l, struct call *c, struct buf *why)
{
    memset(l, 0, sizeof *l);
    l->gen = c->gen;
    l->arena = c->arena;
    l->program = (struct program *)(uintptr_t)c->gen->program;
    l->modules = (const struct module **)(uintptr_t)c->gen->modules;
    l->n_modules = c->gen->n_modules;
    l->why = why;
}

err_t format_eval_text(struct call *c, struct str text, struct str *out)
{
    const struct format *f;
    char space[160];
    struct load l;
    struct buf why;
    err_t e;

    buf_fixed(&why, space, sizeof space);
    begin_now(&l, c, &why);
    e = format_parse(&l, text, &f);
    if (e) {
        log_error("script", "\"" STR_FMT "\": " STR_FMT, STR_ARG(text), STR_ARG(buf_str(&why)));
        return ERR_SYNTAX;
    }
    *out = format_eval(c, f);
    return ERR_OK;
}

err_t var_parse_now(struct call *c, struct str text, const struct var_ref **out)
{
    char space[160];
    struct load l;
    struct buf why;
    err_t e;

    buf_fixed(&why, space, sizeof space);
    begin_now(&l, c, &why);
    e = ref_parse(&l, text, out);
    if (e)
        log_error("script", "\"" STR_FMT "\": " STR_FMT, STR_ARG(text), STR_ARG(buf_str(&why)));
    return e ? ERR_SYNTAX : ERR_OK;
}
