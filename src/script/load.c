/* SPDX-License-Identifier: BSD-2-Clause */
/* From a file to a generation: the order of the steps. */
#include "base/clock.h"
#include "base/hash.h"
#include "core/conf.h"
#include "module/registry.h"
#include "script/fragment.h"
#include "script/node.h"

/* ---- modules ---- */

static void add_module(struct load *l, const struct module *m)
{
    struct field_env env = load_env(l);

    for (size_t i = 0; i < l->n_modules; i++)
        if (l->modules[i] == m)
            return;
    if (l->n_modules == l->cap_modules) {
        const struct module **modules = l->modules;
        void **confs = l->confs;

        l->cap_modules = l->cap_modules ? l->cap_modules * 2 : 64;
        l->modules = ARENA_ARRAY(l->arena, const struct module *, l->cap_modules);
        l->confs = ARENA_ARRAY(l->arena, void *, l->cap_modules);
        if (l->n_modules) {
            memcpy(l->modules, modules, l->n_modules * sizeof *modules);
            memcpy(l->confs, confs, l->n_modules * sizeof *confs);
        }
    }
    l->modules[l->n_modules] = m;
    l->confs[l->n_modules] = arena_zalloc(l->arena, m->conf_size ? m->conf_size : 1);
    l->n_modules++;
    fields_default(m->params, l->confs[l->n_modules - 1], &env);
}

static void tell_unknown_module(struct load *l, const struct place *at, struct str name,
                                struct buf *why)
{
    struct str base = name;
    const struct module *m;
    struct nearest near;
    size_t fault;

    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/')
            base = str_skip(name, i + 1);
    if (str_ends(base, STR(".so")))
        base.n -= 3;
    fault = diag_fault(l->diag, at, "there is no module \"" STR_FMT "\"", STR_ARG(base));
    nearest_begin(&near, base);
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        nearest_offer(&near, str_of(m->name));
    if (near.best.n)
        diag_nearest(l->diag, fault, &near);
    else if (why->n && !str_starts(buf_str(why), STR("there is no module")))
        diag_hint(l->diag, fault, STR_FMT, STR_ARG(buf_str(why)));
}

static void check_needs(struct load *l, const struct place *at, const struct module *m)
{
    for (const char *const *need = m->needs; need && *need; need++)
        if (!load_has_module(l, *need) && !l->modules_missing)
            diag_hint(
                l->diag,
                diag_fault(l->diag, at, "module %s needs module %s before it", m->name, *need),
                "put loadmodule \"%s.so\" above this line", *need);
}

static void load_one(struct load *l, const struct place *at, struct str name)
{
    const struct module *m;
    struct buf why;

    buf_init(&why, MEM_CONFIG);
    if (registry_find(name, l->module_path, &m, &why) == ERR_OK) {
        check_needs(l, at, m);
        add_module(l, m);
    } else {
        tell_unknown_module(l, at, name, &why);
        l->modules_missing = true;
    }
    buf_free(&why);
}

void load_modules(struct load *l)
{
    struct place nowhere = { 0 };
    struct value v;

    l->module_path = l->options->module_path;
    for (size_t i = 0; i < l->options->n_modules; i++)
        load_one(l, &nowhere, l->options->modules[i]);
    for (const struct top *t = l->top; t; t = t->next) {
        if ((t->kind != TOP_PATH && t->kind != TOP_LOADMODULE) || !t->value ||
            !load_constant(l, t->value, &v))
            continue;
        if (v.type != VALUE_STR)
            diag_fault(l->diag, &t->value_at, "expected a name in quotes");
        else if (t->kind == TOP_LOADMODULE)
            load_one(l, &t->value_at, v.s);
        else if (!l->options->module_path.n)
            l->module_path = v.s;
    }
}

/* ---- route blocks ---- */

const struct block *program_block(const struct program *p, enum block_kind kind, struct str name)
{
    if (!p)
        return NULL;
    if (!name.n)
        return p->main_blocks[kind];
    const struct named_block *n =
        p->n_named ? p->named[(hash_fast(name) + (unsigned)kind) & (p->n_named - 1)] : NULL;

    while (n && !(n->block->kind == kind && str_eq(n->block->name, name)))
        n = n->next;
    return n ? n->block : NULL;
}

enum block_kind block_kind_of(enum route kind)
{
    switch (kind) {
    case ROUTE_REPLY:
    case ROUTE_TM_REPLY: return BLOCK_REPLY;
    case ROUTE_FAILURE: return BLOCK_FAILURE;
    case ROUTE_BRANCH: return BLOCK_BRANCH;
    case ROUTE_SEND: return BLOCK_SEND;
    case ROUTE_EVENT:
    case ROUTE_BRANCH_FAILURE: return BLOCK_EVENT;
    default: return BLOCK_ROUTE;
    }
}

/* What a block counts as when it is checked which functions may stand in it. */
static enum route route_of(const struct top *t)
{
    switch (t->block_kind) {
    case BLOCK_FAILURE: return ROUTE_FAILURE;
    case BLOCK_REPLY: return t->name.n ? ROUTE_TM_REPLY : ROUTE_REPLY;
    case BLOCK_BRANCH: return ROUTE_BRANCH;
    case BLOCK_SEND: return ROUTE_SEND;
    case BLOCK_EVENT:
        return str_starts(t->name, STR("tm:branch-failure")) ? ROUTE_BRANCH_FAILURE : ROUTE_EVENT;
    default: return ROUTE_REQUEST;
    }
}

static struct block *new_block(struct load *l, const struct top *t)
{
    struct block *b = ARENA_NEW(l->arena, struct block);

    b->kind = t->block_kind;
    b->route = route_of(t);
    b->name = arena_dup(l->arena, t->name.p ? t->name : STR(""));
    b->name_z = b->name.p;
    b->at = t->at;
    b->close = t->close;
    b->name_at = t->name_at;
    b->file = arena_dup(l->arena, t->at.source ? t->at.source->name : STR(""));
    b->bodies = ARENA_ARRAY(&l->temp, struct stmt *, 1);
    l->program->blocks[l->program->n_blocks++] = b;
    return b;
}

static void declare_block(struct load *l, const struct top *t)
{
    struct program *p = l->program;
    struct block *b;

    b = (struct block *)(uintptr_t)program_block(p, t->block_kind, t->name);
    if (b && t->name.n) {
        diag_hint(l->diag,
                  diag_fault(l->diag, &t->name_at, "a second %s[" STR_FMT "]",
                             block_kind_name(t->block_kind), STR_ARG(t->name)),
                  "the first is at " STR_FMT ":%u", STR_ARG(b->file), b->at.line);
        return;
    }
    if (!b) {
        b = new_block(l, t);
        if (t->name.n) {
            struct named_block *n = ARENA_NEW(l->arena, struct named_block);
            size_t at = (hash_fast(b->name) + (unsigned)b->kind) & (p->n_named - 1);

            n->block = b;
            n->next = p->named[at];
            p->named[at] = n;
        } else {
            p->main_blocks[t->block_kind] = b;
        }
    }
    /* Main blocks of a kind are appended to each other. */
    struct stmt **bodies = ARENA_ARRAY(&l->temp, struct stmt *, b->n_bodies + 1);

    if (b->n_bodies)
        memcpy(bodies, b->bodies, b->n_bodies * sizeof(*bodies));
    bodies[b->n_bodies++] = t->body;
    b->bodies = bodies;
}

static void declare_blocks(struct load *l)
{
    size_t n = 0;

    for (const struct top *t = l->top; t; t = t->next)
        n += t->kind == TOP_ROUTE;
    l->program->blocks = ARENA_ARRAY(l->arena, struct block *, n + 1);
    l->program->n_named = 16;
    while (l->program->n_named < n)
        l->program->n_named *= 2;
    l->program->named = ARENA_ARRAY(l->arena, struct named_block *, l->program->n_named);
    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_ROUTE) {
            declare_block(l, t);
            trap_event(l, t);
        }
}

static void declare_flags(struct load *l)
{
    int next = 31, next_avp = 31;

    for (const struct top *t = l->top; t; t = t->next) {
        struct named_flag *f;
        struct value v;

        if (t->kind != TOP_FLAGS && t->kind != TOP_AVPFLAGS)
            continue;
        f = ARENA_NEW(&l->temp, struct named_flag);
        f->name = t->name;
        f->avp = t->kind == TOP_AVPFLAGS;
        f->number = f->avp ? next_avp-- : next--;
        if (t->value && load_constant(l, t->value, &v)) {
            if (v.type != VALUE_INT || v.i < 0 || v.i > 31)
                diag_fault(l->diag, &t->value_at, "expected the number of a flag, 0 to 31");
            else
                f->number = (int)v.i;
        }
        if (f->number < 0)
            diag_fault(l->diag, &t->at, "there are more than 32 named flags");
        f->next = l->flags;
        l->flags = f;
    }
}

/* ---- all of it ---- */

static void define_versions(struct lexer *l)
{
    static const char *const names[] = { "KAMAILIO_6", "KAMAILIO_6_2", "KAMAILIO_6_2_0",
                                         "KAMAILIO_5", "KAMAILIO_5_6", "KAMAILIO_5_6_3",
                                         "OS_LINUX",   "TANDEM" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        lexer_define(l, str_of(names[i]), STR_NONE, false);
    lexer_define(l, STR("KAMAILIO_VERSION"), STR("6002000"), true);
    lexer_define(l, STR("OS_NAME"), STR("\"linux\""), true);
}

static struct tokens read_tokens(struct load *l)
{
    const struct load_options *o = l->options;

    l->lexer = lexer_new(&l->temp, l->diag);
    lexer_read_with(l->lexer, o->reader);
    lexer_variables_with(l->lexer, variable_early, l);
    define_versions(l->lexer);
    for (size_t i = 0; i < o->n_defines; i++)
        lexer_define(l->lexer, o->defines[i].name, o->defines[i].value, o->defines[i].value.n > 0);
    for (size_t i = 0; i < o->n_substs; i++)
        lexer_subst(l->lexer, o->subst_kinds[i], o->substs[i]);
    for (size_t i = 0; i < o->n_modules; i++) {
        struct str name = o->modules[i];

        if (str_ends(name, STR(".so")))
            name.n -= 3;
        lexer_define(l->lexer, arena_fmt(&l->temp, "MOD_" STR_FMT, STR_ARG(name)), STR_NONE, false);
    }
    return lexer_run(l->lexer, o->file, o->text);
}

static void keep_files(struct load *l)
{
    size_t n;
    const struct str *files = lexer_files(l->lexer, &n);
    struct str *kept = ARENA_ARRAY(l->arena, struct str, n + 1);

    for (size_t i = 0; i < n; i++)
        kept[i] = arena_dup(l->arena, files[i]);
    l->program->info.files = kept;
    l->program->info.n_files = n;
}

void load_give_modules(struct load *l)
{
    struct generation *g = l->gen;
    const void **confs;

    for (size_t i = 0; i < l->n_modules; i++)
        registry_activate(l->modules[i]);
    confs = ARENA_ARRAY(l->arena, const void *, registry_slots() + 1);
    for (size_t i = 0; i < l->n_modules; i++)
        if (l->modules[i]->slot)
            confs[l->modules[i]->slot->index] = l->confs[i];
    g->modules = l->modules;
    g->n_modules = l->n_modules;
    g->confs = confs;
    g->n_confs = registry_slots();
}

static void finish(struct load *l, struct core_conf *conf)
{
    struct generation *g = l->gen;
    struct program *p = l->program;

    load_give_modules(l);
    p->loops_max = conf->max_while_loops;
    p->routes_max = conf->max_recursive_level;
    p->info.module_path = arena_dup(l->arena, l->module_path);
    keep_files(l);
    p->gen = g;
    g->file = arena_dup(l->arena, l->options->file);
    g->loaded_unix = clock_unix_us() / 1000000;
    g->core = conf;
    g->program = p;
}

void load_defines(struct load *l)
{
    struct program_define *kept;
    size_t n = 0;

    for (const struct macro *m = NULL; (m = lexer_next_macro(l->lexer, m)) != NULL;)
        n++;
    kept = ARENA_ARRAY(l->arena, struct program_define, n + 1);
    n = 0;
    for (const struct macro *m = NULL; (m = lexer_next_macro(l->lexer, m)) != NULL; n++)
        kept[n] =
            (struct program_define){ arena_dup(l->arena, m->name),
                                     m->has_value ? arena_dup(l->arena, m->value) : STR_NONE };
    l->program->defines = kept;
    l->program->n_defines = n;
}

/* A fault behind a string that runs over several lines: its quote is missing, and what was read
 * since is not what was written. */
static bool open_string(struct load *l)
{
    const struct diagnostic *fault;
    struct place at = { 0 }, found;
    bool is_long = lexer_ends_in_string(l->lexer);

    for (size_t i = 0; (fault = diagnostics_at(l->diag, i)) != NULL; i++) {
        if (!fault->fault ||
            !lexer_open_string(l->lexer, fault->file, fault->line, fault->col, &found))
            continue;
        is_long |= found.line != fault->line;
        if (!at.line || found.line < at.line || (found.line == at.line && found.col < at.col))
            at = found;
    }
    /* Quotes come in pairs: where one is missing, some string runs over the end of its line. */
    if (!is_long || !at.line)
        return false;
    diag_forget_from(l->diag, &at);
    diag_hint(l->diag, diag_fault(l->diag, &at, "this string has no closing \""),
              "what stands behind it would be a string, too");
    return true;
}

static void find_watchers(struct load *l)
{
    const struct module **watchers = ARENA_ARRAY(l->arena, const struct module *, l->n_modules + 1);
    size_t n = 0;

    for (size_t i = 0; i < l->n_modules; i++)
        if (l->modules[i]->on_action)
            watchers[n++] = l->modules[i];
    if (n)
        l->program->watchers = watchers;
}

static void run(struct load *l)
{
    struct core_conf *conf = ARENA_NEW(l->arena, struct core_conf);
    struct field_env env = load_env(l);
    struct tokens tokens = read_tokens(l);

    fields_default(core_conf_fields, conf, &env);
    l->top = tree_parse(&l->temp, l->diag, tokens, &l->routes_missing);
    if (open_string(l))
        return;
    load_customs(l);
    load_modules(l);
    declare_flags(l);
    declare_blocks(l);
    load_defines(l);
    load_core_params(l, conf);
    load_modparams(l);
    load_listens(l);
    if (!l->modules_missing) /* they ask for each other */
        load_checks(l);
    l->program->return_false = conf->return_mode == 1;
    find_watchers(l);
    for (size_t i = 0; i < l->program->n_blocks; i++)
        compile_block(l, l->program->blocks[i]);
    fragments_compile(l);
    if (load_failed(l))
        return;
    for (size_t i = 0; i < l->program->n_blocks; i++)
        trap_unused(l, l->program->blocks[i]);
    finish(l, conf);
}

err_t program_load(const struct load_options *o, struct generation *into, struct diagnostics *d)
{
    struct load l = { .options = o, .gen = into, .arena = &into->arena, .diag = d };
    size_t before = diagnostics_faults(d);

    lexer_upcalls.expression = expression_now;
    diag_silence(d, o->no_warn, o->n_no_warn);
    arena_init(&l.temp, MEM_CONFIG, 65536);
    l.program = ARENA_NEW(l.arena, struct program);
    run(&l);
    diag_sort(d);
    diag_silence(d, NULL, 0);
    arena_free(&l.temp);
    return diagnostics_faults(d) > before ? ERR_SYNTAX : ERR_OK;
}

const struct program_info *program_info(const struct program *p)
{
    return &p->info;
}
