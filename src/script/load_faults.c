/* SPDX-License-Identifier: BSD-2-Clause */
/* What modules and field tables may ask while a configuration is checked, and telling faults. */
#include "script/state.h"

bool load_failed(const struct load *l)
{
    return diagnostics_faults(l->diag) > 0;
}

/* The place of a parameter or argument by its name; else the place being checked. */
static struct place place_of(const struct load *l, const char *subject)
{
    for (size_t i = 0; subject && i < l->n_args; i++)
        if (strcmp(l->arg_fields[i]->name, subject) == 0)
            return l->arg_places[i];
    if (subject && l->module && !l->func)
        for (const struct param_place *p = l->params; p; p = p->next)
            if (p->module == l->module && strcmp(p->field->name, subject) == 0)
                return p->at;
    return l->at;
}

/* "of the module tm", "of t_relay": whose parameter it is, where the place does not say. */
static struct str prefix(struct load *l, const char *subject)
{
    if (!l->module || l->func)
        return STR("");
    if (!subject)
        return arena_fmt(&l->temp, "module %s: ", l->module->name);
    return arena_fmt(&l->temp, "%s: %s: ", l->module->name, subject);
}

void load_fault(struct load *l, const char *subject, const char *format, ...)
{
    struct place at = place_of(l, subject);
    struct str before;
    struct buf b;
    va_list ap;

    if (l->quiet)
        return;
    va_start(ap, format);
    if (l->why) {
        buf_vfmt(l->why, format, ap);
    } else {
        before = prefix(l, subject);
        buf_init(&b, MEM_CONFIG);
        buf_add(&b, before);
        buf_vfmt(&b, format, ap);
        diag_fault(l->diag, &at, STR_FMT, STR_ARG(buf_str(&b)));
        buf_free(&b);
    }
    va_end(ap);
}

void load_warn(struct load *l, const char *name, const char *format, ...)
{
    va_list ap;

    if (l->quiet || !l->diag)
        return;
    va_start(ap, format);
    diag_vwarn(l->diag, &l->at, name, format, ap);
    va_end(ap);
}

size_t load_fault_at(struct load *l, size_t offset, size_t width, const char *format, ...)
{
    struct place at = l->at;
    size_t fault = SIZE_MAX;
    va_list ap;

    if (l->quiet)
        return fault;
    va_start(ap, format);
    if (l->why) {
        buf_vfmt(l->why, format, ap);
    } else {
        if (l->token) {
            at = string_place(l->token, l->token_offset + offset);
            if (!at.macro)
                at.width = width ? (uint32_t)width : 1;
        }
        fault = diag_vfault(l->diag, &at, format, ap);
    }
    va_end(ap);
    return fault;
}

/* ---- what modules and field tables ask for ---- */

struct arena *load_arena(struct load *l)
{
    return l->arena;
}

err_t load_format(struct load *l, struct str text, const struct format **out)
{
    return format_parse(l, text, out);
}

err_t load_var(struct load *l, struct str text, const struct var_ref **out)
{
    return ref_parse(l, text, out);
}

bool load_has_module(struct load *l, const char *name)
{
    for (size_t i = 0; i < l->n_modules; i++)
        if (strcmp(l->modules[i]->name, name) == 0)
            return true;
    return false;
}

const char *block_kind_name(enum block_kind k)
{
    static const char *const names[] = { "route",        "failure_route", "onreply_route",
                                         "branch_route", "onsend_route",  "event_route" };

    return names[k];
}

/* Where the name stands among the arguments of the call that is being prepared. */
static void place_of_name(struct load *l, struct str name)
{
    for (size_t i = 0; l->func && i < l->n_args; i++) {
        struct str line = source_line(&l->arg_places[i]);
        size_t col = l->arg_places[i].col;

        if (!str_starts(str_skip(line, col), name))
            continue;
        l->at = l->arg_places[i];
        l->at.col++;
        l->at.width = (uint32_t)name.n;
        return;
    }
}

static void tell_unknown_route(struct load *l, enum block_kind kind, struct str name)
{
    struct place at = l->at;
    struct nearest near;
    size_t fault;

    if (l->routes_missing)
        return;
    if (!l->token)
        place_of_name(l, name);
    fault = load_fault_at(l, 0, name.n, "there is no %s[" STR_FMT "]", block_kind_name(kind),
                          STR_ARG(name));
    l->at = at;
    if (!l->diag || fault == SIZE_MAX)
        return;
    nearest_begin(&near, name);
    for (size_t i = 0; i < l->program->n_blocks; i++)
        if (l->program->blocks[i]->kind == kind)
            nearest_offer(&near, l->program->blocks[i]->name);
    diag_nearest(l->diag, fault, &near);
    for (size_t i = 0; i < l->program->n_blocks; i++)
        if (l->program->blocks[i]->kind != kind && str_eq(l->program->blocks[i]->name, name))
            diag_hint(l->diag, fault, "there is a %s[" STR_FMT "]",
                      block_kind_name(l->program->blocks[i]->kind), STR_ARG(name));
}

err_t load_route(struct load *l, struct str name, enum route kind, const struct route_ref **out)
{
    struct route_ref *r = ARENA_NEW(l->arena, struct route_ref);
    enum block_kind block = block_kind_of(kind);

    r->kind = kind;
    r->name = arena_dup(l->arena, name);
    *out = r;
    if (str_find(name, '$') < name.n && kind != ROUTE_REQUEST) {
        l->named_later[block] = true;
        return format_parse(l, name, &r->format);
    }
    /* "0" and "" take a route back. */
    if (kind != ROUTE_REQUEST && (name.n == 0 || str_eq(name, STR("0"))))
        return ERR_OK;
    r->block = program_block(l->program, block, name);
    if (!r->block && kind == ROUTE_BRANCH_FAILURE)
        r->block = program_block(l->program, block,
                                 arena_fmt(&l->temp, "tm:branch-failure:" STR_FMT, STR_ARG(name)));
    if (r->block) {
        ((struct block *)(uintptr_t)r->block)->used = true;
        return ERR_OK;
    }
    tell_unknown_route(l, block, name);
    return ERR_NOT_FOUND;
}

static err_t env_var(void *ctx, struct str text, const struct var_ref **out, struct buf *why)
{
    (void)why;
    return ref_parse(ctx, text, out);
}

static err_t env_format(void *ctx, struct str text, const struct format **out, struct buf *why)
{
    (void)why;
    return format_parse(ctx, text, out);
}

static err_t env_route(void *ctx, struct str text, unsigned kind, const struct route_ref **out,
                       struct buf *why)
{
    (void)why;
    return load_route(ctx, text, (enum route)kind, out);
}

struct field_env load_env(struct load *l)
{
    return (struct field_env){ l, l->arena, env_var, env_format, env_route };
}
