/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script does while it is tested: noted, asked, and replaced by stubs. */
#include "core/call.h"
#include "net/sim.h"
#include "rt/sim.h"
#include "testing/play.h"

/* ---- which blocks run ---- */

/* "route[RELAY]", "failure_route[X]", "request_route", "reply_route" */
bool block_is(const struct block *b, struct str route)
{
    static const struct {
        const char *name;
        enum block_kind kind;
    } kinds[] = { { "route", BLOCK_ROUTE },           { "request_route", BLOCK_ROUTE },
                  { "failure_route", BLOCK_FAILURE }, { "onreply_route", BLOCK_REPLY },
                  { "reply_route", BLOCK_REPLY },     { "branch_route", BLOCK_BRANCH },
                  { "onsend_route", BLOCK_SEND },     { "event_route", BLOCK_EVENT } };
    struct str kind = str_cut(route, 0, str_find(route, '['));
    struct str name = kind.n == route.n ? STR("") : str_cut(route, kind.n + 1, route.n - 1);

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(kind, str_of(kinds[i].name)) && b->kind == kinds[i].kind &&
            str_eq(b->name, name))
            return true;
    return false;
}

void block_print(const struct block *b, struct buf *out)
{
    if (b->name.n)
        buf_fmt(out, "%s[" STR_FMT "]", block_kind_name(b->kind), STR_ARG(b->name));
    else
        buf_addz(out, b->kind == BLOCK_ROUTE   ? "request_route"
                      : b->kind == BLOCK_REPLY ? "reply_route"
                                               : block_kind_name(b->kind));
}

static struct str text_of(const struct value *v, bool known)
{
    struct arena *a = &playing()->arena;

    if (!known)
        return STR_NONE;
    if (v->type == VALUE_NULL)
        return STR("$null");
    if (v->type == VALUE_INT)
        return arena_fmt(a, "%lld", (long long)v->i);
    return arena_fmt(a, "\"" STR_FMT "\"", STR_ARG(v->s));
}

static void ask(struct call *c, const struct fragment *f, struct finding *out)
{
    struct value l, r;
    bool known;

    out->asked = true;
    out->yes = fragment_is_true(c, f);
    known = fragment_left(c, f, &l);
    out->left = text_of(&l, known);
    known = fragment_right(c, f, &r);
    out->right = text_of(&r, known);
}

static void ask_those_at(struct call *c, const struct block *b)
{
    for (size_t i = 0; i < playing()->n_findings; i++) {
        struct finding *f = &playing()->findings[i];

        if (b ? f->step->route.n && block_is(b, f->step->route) : !f->step->route.n)
            ask(c, f->step->fragment, f);
    }
}

static void on_line(struct call *c, const struct trap *t)
{
    struct play *p = playing();

    if (p->coverage)
        p->coverage[t->number] = 1;
    if (!t->first)
        return;
    if (p->n_ran < RAN_MAX)
        p->ran[p->n_ran++] = t->block;
    ask_those_at(c, t->block);
}

/* ---- runs ---- */

static int run_route(struct call *c, enum route kind, const char *name)
{
    struct play *p = playing();
    bool outermost = !c->frame || !c->frame->depth, main_one = !name || !*name;
    const char *block = name;
    int code;

    if (kind == ROUTE_REQUEST && main_one && p->sent && p->sent->route.n && c->packet)
        block = arena_dup(c->arena, p->sent->route).p;
    code = program_run_route(c, kind, block);
    if (!outermost || (p->sent && !p->sent->raw.n && !c->packet && kind == ROUTE_EVENT))
        return code;
    if (kind == ROUTE_REQUEST && main_one)
        p->returned = code;
    ask_those_at(c, NULL);
    return code;
}

void hooks_prepare_sending(const struct step *s)
{
    struct play *p = playing();

    p->sent = s;
    p->n_findings = p->n_ran = p->n_calls = 0;
    for (s = s->next; s && s->kind != STEP_SEND && s->kind != STEP_AFTER; s = s->next)
        if (s->kind == STEP_CHECK && p->n_findings < sizeof p->findings / sizeof *p->findings)
            p->findings[p->n_findings++] = (struct finding){ .step = s };
}

/* ---- questions to a message ---- */

struct question {
    struct str message;
    const struct fragment *fragment;
    struct finding *finding;
};

static void answer(struct call *c, void *arg)
{
    struct question *q = arg;

    ask(c, q->fragment, q->finding);
}

static void ask_on_worker(void *arg)
{
    struct question *q = arg;
    struct arena a;
    struct msg m;

    arena_init(&a, MEM_OTHER, 4096);
    if (!q->message.n)
        call_run_detached(playing()->g, NULL, answer, q);
    else if (msg_parse(arena_dup(&a, q->message), &msg_default_limits, &a, &m, NULL) == ERR_OK)
        call_run_detached(playing()->g, &m, answer, q);
    arena_free(&a);
}

void hooks_evaluate(struct str message, const struct fragment *f, struct finding *out)
{
    struct question q = { message, f, out };

    sim_spawn(0, ask_on_worker, &q);
    sim_settle();
}

/* ---- functions ---- */

static struct called *note_call(struct call *c, const void *args, struct str name)
{
    struct play *p = playing();
    struct called *k;
    struct str text;

    if (p->n_calls == CALLS_MAX)
        return &p->calls[CALLS_MAX - 1];
    k = &p->calls[p->n_calls++];
    *k = (struct called){ .function = name };
    while (k->n_args < 8 && script_call_argument(c, args, k->n_args, &text))
        k->args[k->n_args++] = arena_dup(&p->arena, text);
    return k;
}

static bool fits(const struct stub *s, const struct called *k, const struct func *f)
{
    if (!func_is_named(f, s->function))
        return false;
    if (s->any_args)
        return true;
    for (size_t i = 0; i < s->n_args; i++)
        if (i >= k->n_args || !str_eq(s->args[i], k->args[i]))
            return false;
    return true;
}

static int stub_run(struct call *c, struct stub *s)
{
    unsigned n = s->calls++;
    int code = SCRIPT_TRUE;

    if (s->body)
        code = fragment_run(c, s->body);
    if (s->n_returns)
        code = s->returns[n < s->n_returns ? n : s->n_returns - 1];
    return code;
}

static int stand_in(struct call *c, const void *args)
{
    const struct func *f = script_call_original(c);
    struct called *k = note_call(c, args, str_of(f->name));

    for (const struct decl *d = playing()->test->decls; d; d = d->up)
        if (d->kind == DECL_STUB && fits(d->stub, k, f))
            return stub_run(c, d->stub);
    return f->run(c, args);
}

static bool replaced_already(const struct decl *d)
{
    for (const struct decl *other = playing()->test->decls; other != d; other = other->up)
        if (other->kind == DECL_STUB && str_eq(other->stub->function, d->stub->function))
            return true;
    return false;
}

static bool stubbed(struct str function)
{
    for (const struct decl *d = playing()->test->decls; d; d = d->up)
        if (d->kind == DECL_STUB && str_eq(d->stub->function, function))
            return true;
    return false;
}

static void replace_functions(struct play *p)
{
    for (const struct decl *d = p->test->decls; d; d = d->up)
        if (d->kind == DECL_STUB && !replaced_already(d))
            program_replace_function(p->g, d->stub->function, stand_in);
    for (const struct step *s = p->test->steps; s; s = s->next) {
        bool again = s->kind != STEP_CALLS || stubbed(s->name);

        for (const struct step *t = p->test->steps; t != s; t = t->next)
            again |= t->kind == STEP_CALLS && str_eq(t->name, s->name);
        if (!again)
            program_replace_function(p->g, s->name, stand_in);
    }
}

static void keep_line(enum log_level level, struct str line, void *ctx)
{
    struct play *p = ctx;

    if (p->n_logs < LOG_LINES_MAX)
        p->logs[p->n_logs++] = (struct log_line){ level, arena_dup(&p->arena, line) };
}

void hooks_set(struct play *p)
{
    replace_functions(p);
    program_trap_lines(p->g, on_line);
    log_set_level((enum log_level)p->g->core->debug);
    log_to(keep_line, p);
}

/* After wiring_register. */
void hooks_route(void)
{
    call_upcalls.run_route = run_route;
}
