/* SPDX-License-Identifier: BSD-2-Clause */
/* Which variables the routes of a program name: for those who look at a run from outside. */
#include "base/hash.h"
#include "script/state.h"

enum { SEEN_BUCKETS = 256 };

struct seen {
    struct seen *next;
    const struct var_ref *ref;
};
struct survey {
    struct seen *seen[SEEN_BUCKETS];
    struct arena *arena;
    void (*fn)(const struct var_ref *ref, void *arg);
    void *arg;
};

static void meet_block(struct survey *s, const struct block *b);

static void meet(struct survey *s, const struct var_ref *ref)
{
    struct str text;
    struct seen **bucket, *seen;

    if (!ref || ref->transforms)
        return;
    text = var_text(ref);
    bucket = &s->seen[hash_fast(text) % SEEN_BUCKETS];
    for (seen = *bucket; seen; seen = seen->next)
        if (str_eq(var_text(seen->ref), text))
            return;
    seen = ARENA_NEW(s->arena, struct seen);
    *seen = (struct seen){ *bucket, ref };
    *bucket = seen;
    s->fn(ref, s->arg);
}

static void meet_format(struct survey *s, const struct format *f)
{
    for (size_t i = 0; f && i < f->n; i++)
        if (f->pieces[i].kind == PIECE_VAR)
            meet(s, f->pieces[i].var);
        else if (f->pieces[i].kind == PIECE_CODE)
            meet_block(s, f->pieces[i].code);
}

static void meet_call(struct survey *s, const struct call_site *site)
{
    for (const struct field *f = site->func->args; f && f->name; f++) {
        const void *at = (const char *)site->args + f->at;

        if (f->type == FIELD_FORMAT)
            meet_format(s, *(const struct format *const *)at);
        else if (f->type == FIELD_VAR)
            meet(s, *(const struct var_ref *const *)at);
    }
}

static void meet_block(struct survey *s, const struct block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct code *k = &b->code[i];

        if (k->op == CODE_VAR || k->op == CODE_ASSIGN)
            meet(s, k->p);
        else if (k->op == CODE_FORMAT)
            meet_format(s, k->p);
        else if (k->op == CODE_CALL)
            meet_call(s, k->p);
    }
}

void script_each_var(struct call *c, void (*fn)(const struct var_ref *ref, void *arg), void *arg)
{
    struct survey s = { .arena = c->arena, .fn = fn, .arg = arg };
    const struct program *p = c->gen->program;

    for (size_t i = 0; p && i < p->n_blocks; i++)
        meet_block(&s, p->blocks[i]);
}

void program_each_define(const struct program *p,
                         void (*fn)(struct str name, struct str value, void *arg), void *arg)
{
    for (size_t i = 0; i < p->n_defines; i++)
        fn(p->defines[i].name, p->defines[i].value, arg);
}
