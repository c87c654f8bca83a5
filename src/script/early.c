/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables that #!subst reads while the configuration is being read: of the core and of the
 * modules that stand above it. */
#include "script/state.h"

/* A load that has got as far as the lexer has: its modules and defines, and nothing else. */
struct early {
    struct load load;
    struct generation gen;
    struct program program;
    struct diagnostics *unheard; /* the real load tells it later */
};

static void begin(struct early *e, struct load *l, struct lexer *lexer, const struct place *at)
{
    bool lost;

    memset(e, 0, sizeof *e);
    e->unheard = diagnostics_new();
    e->load.options = l->options;
    e->load.gen = &e->gen;
    e->load.arena = &l->temp;
    e->load.diag = e->unheard;
    e->load.program = &e->program;
    e->load.lexer = lexer;
    arena_init(&e->load.temp, MEM_CONFIG, 4096);
    e->gen.program = &e->program;
    e->load.top = tree_parse(&e->load.temp, e->unheard, lexer_so_far(lexer, &e->load.temp), &lost);
    load_modules(&e->load);
    load_give_modules(&e->load);
    load_defines(&e->load);
    e->load.diag = l->diag;
    e->load.at = *at;
    e->load.early = true;
}

static void end(struct early *e)
{
    arena_free(&e->load.temp);
    diagnostics_free(e->unheard);
}

static void tell_late(struct early *e, struct str text)
{
    diag_hint(e->load.diag,
              diag_warn(e->load.diag, &e->load.at, "W-subst-variable",
                        "$" STR_FMT " has no value before the server runs: it stays as it is",
                        STR_ARG(text)),
              "write $$" STR_FMT " when that is meant", STR_ARG(text));
}

static struct str value_now(struct early *e, const struct var_ref *ref)
{
    struct call c = { .arena = e->load.arena, .gen = &e->gen, .branch = -1 };
    struct value v;
    struct str text;

    if (var_get(&c, ref, &v) || v.type == VALUE_NULL)
        return STR("");
    text = value_text(&v, c.arena);
    return text.n ? text : STR("");
}

size_t variable_early(void *ctx, struct lexer *lexer, struct str text, const struct place *at,
                      struct str *out)
{
    const struct var_ref *ref = NULL;
    size_t used = 1;
    struct early e;
    err_t err;

    *out = STR_NONE;
    begin(&e, ctx, lexer, at);
    err = ref_parse_at(&e.load, text, 0, &used, &ref);
    if (!err)
        *out = value_now(&e, ref);
    else if (err == ERR_STATE)
        tell_late(&e, str_cut(text, 1, used));
    end(&e);
    return used;
}
