/* SPDX-License-Identifier: BSD-2-Clause */
/* Quick fixes: what a diagnostic suggests, done. */
#include "lsp/lsp_state.h"
#include <ctype.h>

struct fixing {
    struct lsp *l;
    const struct document *d;
    const struct found *found;
    struct span at; /* of the diagnostic */
    json_t *list;
};

static void add(struct fixing *f, struct str title, struct span at, struct str text)
{
    json_t *edit =
        json_pack("[{s:o,s:o}]", "range", json_of_range(buf_str(&f->d->text), at.from, at.to),
                  "newText", json_of(text));
    json_t *changes = json_object(), *uri = json_of(f->d->uri);

    json_object_set_new(changes, json_string_value(uri), edit);
    json_decref(uri);
    json_array_append_new(f->list, json_pack("{s:o,s:s,s:b,s:{s:o}}", "title", json_of(title),
                                             "kind", "quickfix", "isPreferred", f->found->d.fault,
                                             "edit", "changes", changes));
}

/* Text between two marks of a hint; false when they are not there. */
static bool between(struct str hint, const char *before, const char *after, struct str *out)
{
    struct str from = str_of(before), to = str_of(after);

    for (; hint.n >= from.n; hint = str_skip(hint, 1)) {
        if (!str_starts(hint, from))
            continue;
        hint = str_skip(hint, from.n);
        *out = hint;
        for (out->n = 0; out->n < hint.n; out->n++)
            if (str_starts(str_skip(hint, out->n), to))
                return out->n > 0;
        return false;
    }
    return false;
}

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.:-?", c));
}

/* The name inside the place of a diagnostic: without quotes, '$', "$(", folder and ".so". */
static struct span name_in(const struct fixing *f)
{
    struct str text = buf_str(&f->d->text);
    struct span at = f->at;

    while (at.from < text.n && at.from < at.to && text.p[at.from] &&
           strchr("\"'$({#! ", text.p[at.from]))
        at.from++;
    for (size_t i = at.from; i < at.to && i < text.n; i++)
        if (text.p[i] == '/')
            at.from = i + 1;
    at.to = at.from;
    while (at.to < text.n && name_char(text.p[at.to]))
        at.to++;
    if (at.to - at.from > 3 && str_eq(str_cut(text, at.to - 3, at.to), STR(".so")))
        at.to -= 3;
    return at;
}

static void fix_name(struct fixing *f)
{
    struct str name;
    struct span at = name_in(f);

    if (!between(f->found->d.hint, "did you mean \"", "\"?", &name) &&
        !between(f->found->d.hint, "did you mean $", "?", &name) &&
        !between(f->found->d.hint, "did you mean {", "}?", &name))
        return;
    if (at.to == at.from)
        return;
    add(f, arena_fmt(&f->l->arena, "Change to \"" STR_FMT "\"", STR_ARG(name)), at, name);
}

static void fix_module(struct fixing *f)
{
    struct unit *u = units_of(f->l, f->d->path);
    struct str text = buf_str(&f->d->text), name, line;
    struct span at = { 0, 0 };

    if (!between(f->found->d.hint, "loadmodule \"", ".so\"", &name))
        return;
    line = arena_fmt(&f->l->arena, "loadmodule \"" STR_FMT ".so\"\n", STR_ARG(name));
    if (str_starts(f->found->d.hint, STR("put"))) { /* above the line of the fault */
        at.from = f->at.from;
        while (at.from && text.p[at.from - 1] != '\n')
            at.from--;
    } else {
        for (const struct symbol *s = u->symbols; s; s = s->next)
            if (s->kind == SYMBOL_MODULE)
                at.from = s->whole.to + str_find(str_skip(text, s->whole.to), '\n') + 1;
        if (!at.from && str_starts(text, STR("#!")))
            at.from = str_find(text, '\n') + 1;
        if (at.from > text.n) {
            at.from = text.n;
            line = arena_fmt(&f->l->arena, "\n" STR_FMT, STR_ARG(line));
        }
    }
    at.to = at.from;
    add(f, arena_fmt(&f->l->arena, "Load module " STR_FMT, STR_ARG(name)), at, line);
}

static void allow_warning(struct fixing *f)
{
    struct str text = buf_str(&f->d->text);
    size_t from = f->at.from, blanks;

    if (!f->found->d.name)
        return;
    while (from && text.p[from - 1] != '\n')
        from--;
    for (blanks = from; blanks < text.n && strchr(" \t", text.p[blanks]); blanks++)
        ;
    add(f, arena_fmt(&f->l->arena, "Allow %s here", f->found->d.name), (struct span){ from, from },
        arena_fmt(&f->l->arena, STR_FMT "# tandem: allow %s\n",
                  STR_ARG(str_cut(text, from, blanks)), f->found->d.name));
}

static bool range_asked(const struct document *d, const json_t *params, struct span *out)
{
    const json_t *range = json_object_get(params, "range");
    struct text_position from, to;

    if (!position_of(json_object_get(range, "start"), &from) ||
        !position_of(json_object_get(range, "end"), &to))
        return false;
    *out =
        (struct span){ text_offset(buf_str(&d->text), from), text_offset(buf_str(&d->text), to) };
    return true;
}

json_t *code_actions(struct lsp *l, const json_t *params)
{
    struct document *d = document_asked(l, params, NULL);
    struct fixing f = { .l = l, .d = d };
    struct span asked;

    if (!d)
        return NULL;
    if (!range_asked(d, params, &asked))
        return lsp_fail(l, LSP_INVALID_PARAMS, "expected range.start and range.end");
    f.list = json_array();
    for (const struct root *r = l->roots; r; r = r->next)
        for (f.found = r->found; f.found; f.found = f.found->next) {
            const struct diagnostic *it = &f.found->d;
            struct str text = buf_str(&d->text);

            if (!it->line || !str_eq(f.found->path, d->path))
                continue;
            f.at = (struct span){ text_place(text, it->line, it->col),
                                  text_place(text, it->line, it->col + it->width) };
            if (f.at.from > asked.to || f.at.to < asked.from)
                continue;
            fix_name(&f);
            fix_module(&f);
            allow_warning(&f);
        }
    return f.list;
}
