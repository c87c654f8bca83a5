/* SPDX-License-Identifier: BSD-2-Clause */
/* Selects, @a.b.c and $sel(a.b.c): a path through what is known of a message and of the server. */
#include "script/select.h"
#include "core/cfg.h"

/* A configuration that is not current yet (tests, checks) has its own values. */
static err_t get_named(struct call *c, struct str group, struct str name, struct value *out)
{
    const struct program_info *info = c->gen->program ? program_info(c->gen->program) : NULL;
    err_t e = generation_peek() ? cfg_get(group, name, c->arena, out) : ERR_NOT_FOUND;

    for (size_t i = 0; e && info && i < info->n_cfgs; i++)
        if (str_eq(info->cfgs[i].group, group) && str_eq(info->cfgs[i].name, name)) {
            *out = info->cfgs[i].value;
            return ERR_OK;
        }
    return e;
}

/* Selects are texts, whatever they stand for. */
static err_t get_cfg(struct call *c, const struct select_ref *s, struct value *out)
{
    const struct cfg_choice *choice = c->frame ? c->frame->choices : NULL;
    err_t e = ERR_NOT_FOUND;

    while (choice && !str_eq(choice->group, s->group))
        choice = choice->next;
    if (choice)
        e = get_named(c, choice->instance, s->name, out);
    if (e)
        e = get_named(c, s->group, s->name, out);
    if (!e && out->type == VALUE_INT)
        *out = VALUE_OF_STR(value_text(out, c->arena));
    return e;
}
static err_t parse_cfg(struct load *l, struct str path, size_t at, struct select_ref *out)
{
    const struct program_info *info = l->program ? &l->program->info : NULL;
    struct str group = str_split(&path, '.');
    struct nearest near;

    out->group = arena_dup(l->arena, group);
    out->name = arena_dup(l->arena, path);
    out->get = get_cfg;
    nearest_begin(&near, path);
    for (size_t i = 0; info && i < info->n_cfgs; i++) {
        if (!str_eq(info->cfgs[i].group, group))
            continue;
        nearest_offer(&near, info->cfgs[i].name);
        if (str_eq(info->cfgs[i].name, path))
            return ERR_OK;
    }
    /* Groups that modules and the core offer are known at run time only. */
    if (near.best.n && path.n) {
        diag_nearest(l->diag,
                     load_fault_at(l, at, group.n + path.n + 1,
                                   "unknown parameter " STR_FMT "." STR_FMT, STR_ARG(group),
                                   STR_ARG(path)),
                     &near);
        return ERR_NOT_FOUND;
    }
    if (!group.n || !path.n) {
        load_fault_at(l, at, 1, "expected cfg_get.group.name");
        return ERR_SYNTAX;
    }
    return ERR_OK;
}

/* ---- paths ---- */

enum { STEPS_MAX = 16 };

struct path {
    struct load *l;
    struct str text;
    size_t at;
};

static err_t walk(struct call *c, const struct select_ref *s, struct value *out)
{
    struct walk w = { .c = c, .text = STR("") };

    for (size_t i = 0; i < s->n_steps; i++) {
        err_t e;

        w.step = &s->steps[i];
        w.last = i + 1 == s->n_steps;
        e = w.step->row->go(&w);
        if (e)
            return e;
    }
    *out = VALUE_OF_STR(w.text);
    return ERR_OK;
}

static struct str ahead(const struct path *p)
{
    return str_skip(p->text, p->at);
}

static struct str word(struct path *p)
{
    struct str w = ahead(p);
    size_t n = 0;

    while (n < w.n && w.p[n] != '.' && w.p[n] != '[')
        n++;
    w.n = n;
    p->at += n;
    return w;
}

/* [3] or ["name"]. */
static bool subscript(struct path *p, struct str *out, bool *quoted)
{
    struct str rest = ahead(p);
    size_t end = str_find(rest, ']');
    struct str in;

    if (!rest.n || rest.p[0] != '[' || end == rest.n)
        return false;
    in = str_trim(str_cut(rest, 1, end));
    *quoted = in.n > 1 && (in.p[0] == '"' || in.p[0] == '\'');
    if (*quoted)
        in = str_cut(in, 1, in.n - (in.p[in.n - 1] == in.p[0]));
    *out = in;
    p->at += end + 1;
    return true;
}

static err_t take_name(struct path *p, const struct select_row *r, struct select_step *step)
{
    size_t before = p->at;
    struct str name;
    bool quoted;

    if (r->takes & (SELECT_NAME | SELECT_QUOTED) && subscript(p, &name, &quoted)) {
        if (quoted)
            step->name = arena_dup(p->l->arena, name);
        else
            p->at = before;
    } else if (r->takes & SELECT_NAME && ahead(p).n > 1 && ahead(p).p[0] == '.') {
        p->at++;
        step->name = arena_dup(p->l->arena, word(p));
    }
    if (r->takes & SELECT_NEEDED && !step->name.n) {
        load_fault_at(p->l, before + 1, 1, "expected a name behind \"%s\": %s[\"name\"]", r->name,
                      r->name);
        return ERR_SYNTAX;
    }
    before = p->at;
    if (!subscript(p, &name, &quoted))
        return ERR_OK;
    if (quoted || !(r->takes & SELECT_INDEX) || str_to_i64(name, &step->index)) {
        load_fault_at(p->l, before + 1, p->at - before, "\"%s\" takes no %s in brackets", r->name,
                      quoted                    ? "name"
                      : r->takes & SELECT_INDEX ? "such thing"
                                                : "number");
        return ERR_SYNTAX;
    }
    if (step->index == 0)
        step->index = INDEX_ZERO;
    return ERR_OK;
}

static const struct select_row *row_of(const struct path *p, enum select_shape from,
                                       struct str name, size_t at)
{
    static const struct select_row *const tables[] = { select_rows, select_module_rows };
    struct nearest near;

    nearest_begin(&near, name);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct select_row *r = tables[i]; r->name; r++) {
            if (r->from != from)
                continue;
            if (str_eq(name, str_of(r->name)) || r->name[0] == '*')
                return r;
            nearest_offer(&near, str_of(r->name));
        }
    diag_nearest(p->l->diag,
                 load_fault_at(p->l, at + (at > 0), name.n + (at == 0), "unknown select @" STR_FMT,
                               STR_ARG(p->text)),
                 &near);
    return NULL;
}

static err_t parse_steps(struct path *p, struct select_ref *out)
{
    struct select_step steps[STEPS_MAX] = { { 0 } };
    enum select_shape shape = SHAPE_MESSAGE;
    size_t n = 0;

    for (;;) {
        size_t at = p->at;
        struct str name = word(p);
        const struct select_row *r = n < STEPS_MAX ? row_of(p, shape, name, at) : NULL;

        if (!r)
            return ERR_NOT_FOUND;
        if (r->name[0] == '*')
            steps[n].name = arena_dup(p->l->arena, name);
        steps[n].row = r;
        if (take_name(p, r, &steps[n]))
            return ERR_SYNTAX;
        shape = r->to;
        n++;
        if (p->at == p->text.n && !(r->takes & SELECT_PARENT))
            break;
        if (p->at == p->text.n || p->text.p[p->at] != '.') {
            load_fault_at(p->l, p->at + 1, 1, "expected '.' and a name behind \"%s\"", r->name);
            return ERR_SYNTAX;
        }
        p->at++;
    }
    struct select_step *kept = ARENA_ARRAY(p->l->arena, struct select_step, n);

    memcpy(kept, steps, n * sizeof *kept);
    out->steps = kept;
    out->n_steps = n;
    out->get = walk;
    return ERR_OK;
}

err_t select_parse(struct load *l, struct str text, struct select_ref *out)
{
    struct path p = { l, arena_dup(l->arena, text), 0 };

    *out = (struct select_ref){ .text = p.text };
    if (str_starts(text, STR("cfg_get.")))
        return parse_cfg(l, str_skip(text, 8), 9, out);
    return parse_steps(&p, out);
}
