/* SPDX-License-Identifier: BSD-2-Clause */
/* Selects, @a.b.c and $sel(a.b.c): a path through what is known of a message and of the server. */
#include "core/cfg.h"
#include "script/state.h"

/* Selects are texts, whatever they stand for. */
static err_t get_cfg(struct call *c, const struct select_ref *s, struct value *out)
{
    err_t e = generation_peek() ? cfg_get(s->group, s->name, c->arena, out) : ERR_NOT_FOUND;

    /* A configuration that is not current yet (tests, checks) has its own values. */
    if (e == ERR_NOT_FOUND && s->decl) {
        *out = s->decl->value;
        e = ERR_OK;
    }
    if (!e && out->type == VALUE_INT)
        *out = VALUE_OF_STR(value_text(out, c->arena));
    return e;
}

static err_t get_method(struct call *c, const struct select_ref *s, struct value *out)
{
    (void)s;
    return operand_get(c, OPERAND_METHOD, out);
}

static err_t get_ruri(struct call *c, const struct select_ref *s, struct value *out)
{
    (void)s;
    return operand_get(c, OPERAND_URI, out);
}

static err_t get_from_uri(struct call *c, const struct select_ref *s, struct value *out)
{
    (void)s;
    return operand_get(c, OPERAND_FROM_URI, out);
}

static err_t get_to_uri(struct call *c, const struct select_ref *s, struct value *out)
{
    (void)s;
    return operand_get(c, OPERAND_TO_URI, out);
}

static err_t get_call_id(struct call *c, const struct select_ref *s, struct value *out)
{
    struct str id = msg_call_id(c->msg);

    (void)s;
    if (!id.p)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(id);
    return ERR_OK;
}

static const struct {
    const char *path;
    err_t (*get)(struct call *c, const struct select_ref *s, struct value *out);
} paths[] = {
    { "method", get_method }, { "ruri", get_ruri },       { "from.uri", get_from_uri },
    { "to.uri", get_to_uri }, { "call_id", get_call_id }, { "msg.call_id", get_call_id },
};

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
        if (str_eq(info->cfgs[i].name, path)) {
            out->decl = &info->cfgs[i];
            return ERR_OK;
        }
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

err_t select_parse(struct load *l, struct str text, struct select_ref *out)
{
    struct nearest near;

    *out = (struct select_ref){ .text = arena_dup(l->arena, text) };
    if (str_starts(text, STR("cfg_get.")))
        return parse_cfg(l, str_skip(text, 8), 9, out);
    nearest_begin(&near, text);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        nearest_offer(&near, str_of(paths[i].path));
        if (str_eq(text, str_of(paths[i].path))) {
            out->get = paths[i].get;
            return ERR_OK;
        }
    }
    diag_nearest(l->diag,
                 load_fault_at(l, 0, text.n + 1, "unknown select @" STR_FMT, STR_ARG(text)), &near);
    return ERR_NOT_FOUND;
}
