/* SPDX-License-Identifier: BSD-2-Clause */
/* Running routes for those outside the machine: the core and modules. */
#include "script/state.h"

struct script_frame *vm_enter(struct call *c)
{
    struct script_frame *f = c->frame;

    if (!f) {
        f = ARENA_NEW(c->arena, struct script_frame);
        f->call = c;
        c->frame = f;
    }
    if (f->depth++ == 0) {
        f->program = c->gen->program;
        f->vars = var_set_take(&f->vars_shared);
        f->steps = 0;
        prefix_enter(f);
    }
    return f;
}

void vm_leave(struct call *c)
{
    struct script_frame *f = c->frame;

    ASSERT(f && f->depth);
    if (--f->depth == 0) {
        prefix_leave(f);
        var_set_give(f->vars, f->vars_shared);
        f->vars = NULL;
    }
}

/* As route(X) does it, for modules. */
int route_run(struct call *c, const struct route_ref *r)
{
    const struct block *b = r->block;
    struct value unused;
    bool ended;
    int ret;

    if (!b && r->format) {
        struct str name = format_eval(c, r->format);

        b = program_block(c->gen->program, block_kind_of(r->kind), name);
        if (!b)
            log_error("script", "there is no route \"" STR_FMT "\"", STR_ARG(name));
    }
    if (!b)
        return SCRIPT_FALSE;
    if (c->frame && c->frame->depth > 64) {
        log_error("script", "route \"" STR_FMT "\" runs inside itself too often", STR_ARG(b->name));
        return SCRIPT_FALSE;
    }
    ret = vm_run_block(c, b, &unused, &ended);
    return ended ? SCRIPT_EXIT : ret;
}

struct str route_ref_name(struct call *c, const struct route_ref *r)
{
    return r->format ? format_eval(c, r->format) : r->name;
}

int program_run_route(struct call *c, enum route kind, const char *name)
{
    const struct block *b =
        program_block(c->gen->program, block_kind_of(kind), name ? str_of(name) : STR(""));
    enum route before = c->route;
    const char *name_before = c->route_name;
    int64_t began;
    int ret;

    if (!b)
        return SCRIPT_TRUE;
    /* what goes on after t_suspend is a failure route to its functions */
    c->route = kind == ROUTE_REQUEST && before == ROUTE_FAILURE ? before : kind;
    c->route_name = b->name_z ? b->name_z : "";
    began = kind & (ROUTE_REQUEST | ROUTE_REPLY) ? latency_of_script_begin(c) : 0;
    ret = vm_run(c, b);
    if (began)
        latency_of_script(c, block_kind_name(b->kind), began);
    c->route = before;
    c->route_name = name_before;
    return ret;
}

int event_run(struct call *c, const char *name, int otherwise)
{
    if (!program_has_route(c->gen, ROUTE_EVENT, name))
        return otherwise;
    return program_run_route(c, ROUTE_EVENT, name);
}

bool program_has_route(const struct generation *g, enum route kind, const char *name)
{
    return g->program &&
           program_block(g->program, block_kind_of(kind), name ? str_of(name) : STR("")) != NULL;
}
