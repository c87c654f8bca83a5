/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand at the cursor. */
#include "core/conf.h"
#include "lsp/lsp_state.h"
#include "module/registry.h"
#include <ctype.h>

enum item_kind { /* as the protocol numbers them */
                 ITEM_FUNCTION = 3,
                 ITEM_VARIABLE = 6,
                 ITEM_MODULE = 9,
                 ITEM_PROPERTY = 10,
                 ITEM_KEYWORD = 14,
                 ITEM_REFERENCE = 18,
                 ITEM_CONSTANT = 21,
                 ITEM_OPERATOR = 24,
};
enum { UNLOADED_PREFIX = 2 }; /* letters, before functions of other modules are offered */

struct completing {
    struct lsp *l;
    const struct unit *units;
    size_t offset;
    struct span at;   /* what is replaced */
    struct str typed; /* what stands there up to the cursor */
    json_t *items;
    struct buf doc; /* of the next item */
};

/* ---- items ---- */

struct item {
    const char *label;
    struct str text; /* what is put there */
    enum item_kind kind;
    const char *detail;
    bool late; /* sorts behind the others */
};

static void offer(struct completing *c, const struct item *it)
{
    json_t *edit =
        json_pack("{s:o,s:o}", "range", json_of_span(&c->units->lines, c->at.from, c->at.to),
                  "newText", json_of(it->text));
    json_t *made = json_pack("{s:o,s:i,s:o,s:o}", "label", json_of(str_of(it->label)), "kind",
                             (int)it->kind, "filterText", json_of(it->text), "textEdit", edit);
    struct str sort = arena_fmt(&c->l->arena, "%d%s", it->late, it->label);

    json_object_set_new(made, "sortText", json_of(sort));
    if (it->detail)
        json_object_set_new(made, "detail", json_of(str_of(it->detail)));
    if (c->doc.n)
        json_object_set_new(
            made, "documentation",
            json_pack("{s:s,s:o}", "kind", "markdown", "value", json_of(buf_str(&c->doc))));
    json_array_append_new(c->items, made);
    buf_clear(&c->doc);
}

static void offer_word(struct completing *c, const char *word, enum item_kind kind,
                       const char *detail)
{
    struct item it = { word, str_of(word), kind, detail, false };

    offer(c, &it);
}

static void offer_functions(struct completing *c, const struct func *f, const struct module *m)
{
    bool loaded = word_loaded(c->units, m);

    for (; f && f->name; f++) {
        struct item it = { f->name, str_of(f->name), ITEM_FUNCTION, NULL, !loaded };

        if (!loaded && (c->typed.n < UNLOADED_PREFIX || !str_istarts(it.text, c->typed)))
            continue;
        if (!loaded)
            it.detail = arena_fmt(&c->l->arena, "needs loadmodule \"%s.so\"", m->name).p;
        else
            it.detail = m ? m->name : "core";
        tell_function(f, m, &c->doc);
        offer(c, &it);
    }
}

static void offer_variables(struct completing *c, const struct variable *v, const struct module *m)
{
    bool loaded = word_loaded(c->units, m);

    for (; v && v->name; v++) {
        struct item it = { arena_fmt(&c->l->arena, "$%s", v->name).p, str_of(v->name),
                           ITEM_VARIABLE, m ? m->name : "core", !loaded };

        if (!loaded && !(c->typed.n && str_starts(it.text, c->typed)))
            continue;
        tell_variable(v, m, &c->doc);
        offer(c, &it);
    }
}

static void offer_symbols(struct completing *c, enum symbol_kind kind, enum block_kind block,
                          enum item_kind as)
{
    for (const struct unit *u = c->units; u; u = u->next)
        for (const struct symbol *s = u->symbols; s; s = s->next) {
            struct item it = { arena_dup(&c->l->arena, s->name).p, s->name, as, NULL, false };

            if (s->kind != kind || !s->name.n || (kind == SYMBOL_BLOCK && s->block != block))
                continue;
            if (s->value.n)
                it.detail = arena_dup(&c->l->arena, s->value).p;
            offer(c, &it);
        }
}

static void offer_words(struct completing *c, const struct language_word *w, unsigned places)
{
    for (; w->word; w++) {
        if (places && !(w->places & places))
            continue;
        buf_addz(&c->doc, w->doc);
        offer_word(c, w->word, w->places & WORD_EXPRESSION ? ITEM_OPERATOR : ITEM_KEYWORD, NULL);
    }
}

static void offer_fields(struct completing *c, const struct field *f, const char *owner)
{
    for (; f && f->name; f++) {
        tell_field(f, owner, &c->doc);
        offer_word(c, f->name, ITEM_PROPERTY, f->inert ? "accepted without effect" : owner);
    }
}

static void offer_transformations(struct completing *c)
{
    const struct module *m;

    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        for (const struct transformation *t = m->transformations; t && t->name; t++) {
            struct str text = arena_fmt(&c->l->arena, "%s.%s", t->class, t->name);
            struct item it = { text.p, text, ITEM_FUNCTION, m->name, !word_loaded(c->units, m) };

            tell_transformation(t, m, &c->doc);
            offer(c, &it);
        }
}

static void offer_modules(struct completing *c, bool loaded)
{
    const struct module *m;

    for (size_t i = 0; (m = registry_at(i)) != NULL; i++) {
        struct item it = { m->name, str_of(m->name), ITEM_MODULE, m->doc, false };

        if (loaded ? !word_loaded(c->units, m) : word_loaded(c->units, m))
            continue;
        if (!loaded)
            it.text = arena_fmt(&c->l->arena, "%s.so", m->name);
        offer(c, &it);
    }
}

/* ---- where the cursor stands ---- */

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* What is replaced: the word before the cursor, with further characters of `more`. */
static void take_typed(struct completing *c, const char *more)
{
    struct str text = c->units->text;
    size_t from = c->offset;

    while (from &&
           (word_char(text.p[from - 1]) || (text.p[from - 1] && strchr(more, text.p[from - 1]))))
        from--;
    c->at = (struct span){ from, c->offset };
    c->typed = str_cut(text, from, c->offset);
}

static struct str line_before(const struct completing *c)
{
    struct str text = c->units->text;
    size_t from = c->offset;

    while (from && text.p[from - 1] != '\n')
        from--;
    while (from < c->offset && strchr(" \t", text.p[from]))
        from++;
    return str_cut(text, from, c->offset);
}

static bool in_directive(struct completing *c)
{
    struct str line = line_before(c);
    size_t n = 2;

    if (!str_starts(line, STR("#!")) && !str_starts(line, STR("!!")))
        return false;
    while (n < line.n && word_char(line.p[n]))
        n++;
    take_typed(c, "");
    if (n == line.n)
        offer_words(c, language_directives, 0);
    else if (str_starts(line, STR("#!if")) || str_find(line, 'u') < n)
        offer_symbols(c, SYMBOL_DEFINE, BLOCK_ROUTE, ITEM_CONSTANT);
    return true;
}

/* Behind '$', "$(" or, inside of "$(…", behind '{'. */
static bool in_variable(struct completing *c)
{
    struct str line = line_before(c);
    const struct module *m;
    char before, further;

    take_typed(c, ".?");
    before = c->at.from ? c->units->text.p[c->at.from - 1] : '\0';
    further = c->at.from > 1 ? c->units->text.p[c->at.from - 2] : '\0';
    if (before == '$' || (before == '(' && further == '$')) {
        offer_variables(c, core_variables, NULL);
        for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
            offer_variables(c, m->vars, m);
        return true;
    }
    if (before != '{')
        return false;
    for (size_t i = 0; i + 1 < line.n; i++)
        if (line.p[i] == '$' && line.p[i + 1] == '(') {
            offer_transformations(c);
            return true;
        }
    return false;
}

static void in_modparam(struct completing *c, const struct token *t, unsigned argument)
{
    struct str modules;

    take_typed(c, "");
    if (argument == 0)
        offer_modules(c, true);
    if (argument != 1)
        return;
    modules = token_unquoted(token_prev(token_prev(t)), NULL, c->units);
    while (modules.n) {
        const struct module *m = word_module(str_split(&modules, '|'));

        if (m)
            offer_fields(c, m->params, m->name);
    }
}

static bool in_string(struct completing *c, const struct token *t)
{
    unsigned argument;
    const struct token *call = call_around(t, &argument), *before = token_prev(t);
    enum block_kind kind;

    take_typed(c, ".-");
    if (before->kind == TOK_IDENT && str_starts(before->text, STR("loadmodule"))) {
        offer_modules(c, false);
    } else if (call && str_starts(call->text, STR("loadmodule"))) {
        offer_modules(c, false);
    } else if (call && str_starts(call->text, STR("modparam"))) {
        in_modparam(c, t, argument);
    } else if (call && names_route(c->l, call->text, argument, &kind)) {
        take_typed(c, ":-");
        offer_symbols(c, SYMBOL_BLOCK, kind, ITEM_REFERENCE);
    }
    return true;
}

/* The last token that is code and ends before the word at the cursor. */
static const struct token *code_before(const struct completing *c)
{
    const struct token *t = c->units->t;

    while (t->kind != TOK_END && token_from(c->units, t) < c->at.from)
        t++;
    return token_prev(t);
}

static int depth_before(const struct completing *c)
{
    int depth = 0;

    for (const struct token *t = c->units->t;
         t->kind != TOK_END && token_from(c->units, t) < c->at.from; t++)
        depth += (t->kind == TOK_LBRACE) - (t->kind == TOK_RBRACE && depth > 0);
    return depth;
}

/* Events of all modules: a route for one of a module that is not loaded would never run. */
static void in_event(struct completing *c)
{
    const struct module *m;

    take_typed(c, ":-.");
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        for (const struct event *e = m->events; e && e->name; e++) {
            struct item it = { e->name, str_of(e->name), ITEM_REFERENCE, m->name,
                               !word_loaded(c->units, m) };

            buf_addz(&c->doc, e->doc);
            offer(c, &it);
        }
}

static bool in_event_name(struct completing *c)
{
    struct str line = line_before(c);

    return str_starts(line, STR("event_route")) && str_find(line, '[') < line.n &&
           str_find(line, ']') == line.n;
}

static void in_code(struct completing *c)
{
    const struct token *before;
    const struct module *m;

    take_typed(c, "");
    before = code_before(c);
    if (before->kind == TOK_LPAREN && token_prev(before)->kind == TOK_IDENT &&
        str_eq(token_prev(before)->text, STR("route"))) {
        offer_symbols(c, SYMBOL_BLOCK, BLOCK_ROUTE, ITEM_REFERENCE);
        return;
    }
    offer_symbols(c, SYMBOL_DEFINE, BLOCK_ROUTE, ITEM_CONSTANT);
    if (depth_before(c) == 0) {
        if (line_before(c).n > c->typed.n)
            return;
        offer_words(c, language_words, WORD_TOP);
        offer_fields(c, core_conf_fields, NULL);
        return;
    }
    offer_words(c, language_words, WORD_STATEMENT | WORD_EXPRESSION);
    offer_functions(c, core_funcs, NULL);
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        offer_functions(c, m->funcs, m);
}

static void complete(struct completing *c)
{
    const struct token *t = c->offset ? token_at(c->units, c->offset - 1) : NULL;
    size_t end = t ? token_from(c->units, t) + t->text.n : 0;

    if (in_directive(c))
        return;
    if (t && t->kind == TOK_COMMENT &&
        (c->offset < end || !str_starts(t->text, STR("/*")) || t->bad))
        return;
    if (in_event_name(c)) {
        in_event(c);
        return;
    }
    if (in_variable(c))
        return;
    if (t && t->kind == TOK_STRING && token_from(c->units, t) < c->offset &&
        (c->offset < end || t->bad)) {
        in_string(c, t);
        return;
    }
    in_code(c);
}

json_t *completion(struct lsp *l, const json_t *params)
{
    struct completing c = { .l = l };
    struct document *d = document_asked(l, params, &c.offset);

    if (!d)
        return NULL;
    c.units = units_of(l, d->path);
    c.items = json_array();
    buf_init(&c.doc, MEM_CONTROL);
    complete(&c);
    buf_free(&c.doc);
    return json_pack("{s:b,s:o}", "isIncomplete", 1, "items", c.items);
}
