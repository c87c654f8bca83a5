/* SPDX-License-Identifier: BSD-2-Clause */
/* From names to what they name, and back; symbols of a file; renaming; layout. */
#include "lsp/lsp_state.h"
#include "script/layout.h"
#include <ctype.h>
#include <unistd.h>

/* A name under the cursor: a symbol, or a define where it is used. */
struct asked {
    struct unit *units;
    const struct symbol *symbol;
    struct str define; /* empty: none */
    struct span at;
};

static bool ask(struct lsp *l, const json_t *params, struct asked *a)
{
    size_t offset;
    struct document *d = document_asked(l, params, &offset);
    const struct token *t;

    *a = (struct asked){ 0 };
    if (!d)
        return false;
    a->units = units_of(l, d->path);
    a->symbol = symbol_at(a->units, offset);
    if (a->symbol) {
        a->at = a->symbol->at;
        if (a->symbol->kind == SYMBOL_DEFINE || a->symbol->kind == SYMBOL_USE)
            a->define = a->symbol->name;
        return true;
    }
    t = token_at(a->units, offset);
    if (t && t->kind == TOK_IDENT && symbol_find(a->units, SYMBOL_DEFINE, BLOCK_ROUTE, t->text)) {
        a->define = t->text;
        a->at = (struct span){ token_from(a->units, t), token_from(a->units, t) + t->text.n };
    }
    return true;
}

static json_t *location(struct lsp *l, const struct unit *u, struct span at)
{
    return json_pack("{s:o,s:o}", "uri", json_of_uri(l, u->path), "range",
                     json_of_span(&u->lines, at.from, at.to));
}

/* ---- definitions ---- */

/* As the preprocessor looks for it: as given, then beside the file. */
static json_t *included_file(struct lsp *l, const struct symbol *s)
{
    struct str path = path_normal(&l->arena, l->folder, s->name), folder = s->unit->path;

    if (!document_at(l, path) && access(path.p, R_OK) != 0) {
        while (folder.n && folder.p[folder.n - 1] != '/')
            folder.n--;
        path = path_normal(&l->arena, folder, s->name);
        if (!document_at(l, path) && access(path.p, R_OK) != 0)
            return json_null();
    }
    return json_pack("{s:o,s:o}", "uri", json_of_uri(l, path), "range",
                     json_of_range(STR(""), 0, 0));
}

json_t *definition(struct lsp *l, const json_t *params)
{
    struct asked a;
    json_t *list;

    if (!ask(l, params, &a))
        return NULL;
    if (a.symbol && a.symbol->kind == SYMBOL_INCLUDE)
        return included_file(l, a.symbol);
    list = json_array();
    for (const struct unit *u = a.units; u; u = u->next)
        for (const struct symbol *s = u->symbols; s; s = s->next) {
            bool block = a.symbol && s->kind == SYMBOL_BLOCK && s->block == a.symbol->block &&
                         (a.symbol->kind == SYMBOL_CALL || a.symbol->kind == SYMBOL_BLOCK) &&
                         str_eq(s->name, a.symbol->name);

            if (block || (a.define.n && s->kind == SYMBOL_DEFINE && str_eq(s->name, a.define)))
                json_array_append_new(list, location(l, u, s->at));
        }
    return list;
}

/* ---- every place of a name ---- */

typedef void (*place_fn)(void *ctx, const struct unit *u, struct span at);

static void each_route(const struct asked *a, bool declarations, place_fn fn, void *ctx)
{
    for (const struct unit *u = a->units; u; u = u->next)
        for (const struct symbol *s = u->symbols; s; s = s->next)
            if ((s->kind == SYMBOL_CALL || (declarations && s->kind == SYMBOL_BLOCK)) &&
                s->block == a->symbol->block && str_eq(s->name, a->symbol->name))
                fn(ctx, u, s->at);
}

static void each_define(const struct asked *a, bool declarations, place_fn fn, void *ctx)
{
    for (const struct unit *u = a->units; u; u = u->next) {
        for (const struct symbol *s = u->symbols; s; s = s->next)
            if ((s->kind == SYMBOL_USE || (declarations && s->kind == SYMBOL_DEFINE)) &&
                str_eq(s->name, a->define))
                fn(ctx, u, s->at);
        for (const struct token *t = u->t; t->kind != TOK_END; t++)
            if (t->kind == TOK_IDENT && str_eq(t->text, a->define))
                fn(ctx, u, (struct span){ token_from(u, t), token_from(u, t) + t->text.n });
    }
}

static bool is_route(const struct asked *a)
{
    return a->symbol && a->symbol->name.n &&
           (a->symbol->kind == SYMBOL_CALL || a->symbol->kind == SYMBOL_BLOCK);
}

static void each_place(const struct asked *a, bool declarations, place_fn fn, void *ctx)
{
    if (a->define.n)
        each_define(a, declarations, fn, ctx);
    else if (is_route(a))
        each_route(a, declarations, fn, ctx);
}

struct listing {
    struct lsp *l;
    json_t *list;
    struct str text; /* what is put there */
};

static void list_place(void *ctx, const struct unit *u, struct span at)
{
    struct listing *r = ctx;

    json_array_append_new(r->list, location(r->l, u, at));
}

json_t *references(struct lsp *l, const json_t *params)
{
    struct listing r = { l, json_array(), STR_NONE };
    const json_t *context = json_object_get(params, "context");
    struct asked a;

    if (!ask(l, params, &a)) {
        json_decref(r.list);
        return NULL;
    }
    each_place(&a, json_is_true(json_object_get(context, "includeDeclaration")), list_place, &r);
    return r.list;
}

/* ---- renaming ---- */

static bool may_rename(const struct asked *a)
{
    return a->define.n || (is_route(a) && a->symbol->block != BLOCK_EVENT);
}

json_t *rename_prepare(struct lsp *l, const json_t *params)
{
    struct asked a;

    if (!ask(l, params, &a))
        return NULL;
    return may_rename(&a) ? json_of_span(&a.units->lines, a.at.from, a.at.to) : json_null();
}

/* A word; a route may be a number as well. */
static bool good_name(struct str name, bool define)
{
    bool digits = name.n && isdigit((unsigned char)name.p[0]);

    for (size_t i = 0; i < name.n; i++)
        if (digits ? !isdigit((unsigned char)name.p[i])
                   : !isalnum((unsigned char)name.p[i]) && name.p[i] != '_')
            return false;
    return name.n && !(digits && define);
}

static void edit_place(void *ctx, const struct unit *u, struct span at)
{
    struct listing *r = ctx;
    json_t *uri = json_of_uri(r->l, u->path);
    json_t *edits = json_object_get(r->list, json_string_value(uri));

    if (!edits) {
        edits = json_array();
        json_object_set_new(r->list, json_string_value(uri), edits);
    }
    json_array_append_new(edits,
                          json_pack("{s:o,s:o}", "range", json_of_span(&u->lines, at.from, at.to),
                                    "newText", json_of(r->text)));
    json_decref(uri);
}

json_t *rename_symbol(struct lsp *l, const json_t *params)
{
    struct str name = json_member(params, "newName");
    struct listing r = { l, NULL, name };
    struct asked a;

    if (!ask(l, params, &a))
        return NULL;
    if (!may_rename(&a))
        return lsp_fail(l, LSP_REQUEST_FAILED, "only routes and defines can be renamed");
    if (!good_name(name, a.define.n > 0))
        return lsp_fail(l, LSP_INVALID_PARAMS,
                        "\"" STR_FMT "\" is no name: expected letters, digits and _",
                        STR_ARG(name));
    if (symbol_find(a.units, a.define.n ? SYMBOL_DEFINE : SYMBOL_BLOCK,
                    a.define.n ? BLOCK_ROUTE : a.symbol->block, name))
        return lsp_fail(l, LSP_REQUEST_FAILED, "there is a " STR_FMT " already", STR_ARG(name));
    r.list = json_object();
    each_place(&a, true, edit_place, &r);
    return json_pack("{s:o}", "changes", r.list);
}

/* ---- symbols and layout ---- */

enum { KIND_FUNCTION = 12, KIND_CONSTANT = 14 }; /* of the protocol */

json_t *document_symbols(struct lsp *l, const json_t *params)
{
    struct document *d = document_asked(l, params, NULL);
    json_t *list;
    struct unit *u;

    if (!d)
        return NULL;
    u = units_of(l, d->path);
    list = json_array();
    for (const struct symbol *s = u->symbols; s; s = s->next) {
        struct str name = s->name;

        if (s->kind != SYMBOL_BLOCK && s->kind != SYMBOL_DEFINE)
            continue;
        if (s->kind == SYMBOL_BLOCK)
            name = s->name.n ? arena_fmt(&l->arena, "%s[" STR_FMT "]", block_word(s->block),
                                         STR_ARG(s->name))
                             : str_cut(u->text, s->at.from, s->at.to);
        json_array_append_new(
            list, json_pack("{s:o,s:i,s:o,s:o}", "name", json_of(name), "kind",
                            s->kind == SYMBOL_BLOCK ? KIND_FUNCTION : KIND_CONSTANT, "range",
                            json_of_span(&u->lines, s->whole.from, s->whole.to), "selectionRange",
                            json_of_span(&u->lines, s->at.from, s->at.to)));
    }
    return list;
}

/* One edit of what differs, by whole lines, so that cursors elsewhere stay. */
static json_t *edit_of(struct str before, struct str after)
{
    size_t from = 0, to = 0, least = before.n < after.n ? before.n : after.n;

    if (str_eq(before, after))
        return json_array();
    while (from < least && before.p[from] == after.p[from])
        from++;
    while (from && before.p[from - 1] != '\n')
        from--;
    while (to < least - from && before.p[before.n - 1 - to] == after.p[after.n - 1 - to])
        to++;
    while (to && before.p[before.n - 1 - to] != '\n')
        to--;
    return json_pack("[{s:o,s:o}]", "range", json_of_range(before, from, before.n - to), "newText",
                     json_of(str_cut(after, from, after.n - to)));
}

json_t *formatting(struct lsp *l, const json_t *params)
{
    const json_t *options = json_object_get(params, "options");
    json_int_t blanks = json_integer_value(json_object_get(options, "tabSize"));
    struct document *d = document_asked(l, params, NULL);
    struct layout_style style = { 0 };
    struct diagnostics *found;
    json_t *edits = NULL;
    struct buf out;
    err_t e;

    if (!d)
        return NULL;
    if (json_is_true(json_object_get(options, "insertSpaces")) && blanks > 0)
        style.blanks = blanks > LAYOUT_BLANKS_MAX ? LAYOUT_BLANKS_MAX : (unsigned)blanks;
    found = diagnostics_new();
    buf_init(&out, MEM_CONTROL);
    e = layout_text(d->path, d->text.n ? buf_str(&d->text) : STR(""), &style, &out, found);
    if (!e) {
        edits = edit_of(buf_str(&d->text), buf_str(&out));
    } else {
        const struct diagnostic *why = diagnostics_at(found, 0);

        lsp_fail(l, LSP_REQUEST_FAILED, "line %u: " STR_FMT, why ? why->line : 0,
                 STR_ARG(why ? why->message : STR("laying it out would change it")));
    }
    buf_free(&out);
    diagnostics_free(found);
    return edits;
}
