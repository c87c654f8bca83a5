/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands under the cursor. */
#include "core/conf.h"
#include "lsp/lsp_state.h"
#include <ctype.h>

struct hovering {
    struct lsp *l;
    const struct unit *units; /* the first one is the document's */
    size_t offset;
    struct span at; /* what was found */
    struct buf out;
};

/* ---- route blocks and defines ---- */

/* The lines of comments right above a block tell what it is for. */
static void tell_comment(const struct unit *u, const struct symbol *s, struct buf *out)
{
    const struct token *block = token_at(u, s->whole.from), *t = block;

    if (!t)
        return;
    while (t > u->t && t[-1].kind == TOK_COMMENT && t[-1].line_start &&
           t[-1].end.line + 1 == t->at.line && block - t < 30)
        t--;
    buf_addz(out, t < block ? "\n" : "");
    for (; t < block; t++) {
        struct str text = str_trim(t->text);

        if (str_starts(text, STR("/*"))) {
            text = str_skip(text, 2);
            text.n -= str_ends(text, STR("*/")) ? 2 : 0;
        }
        while (text.n && strchr("#/* ", text.p[0]))
            text = str_skip(text, 1);
        buf_fmt(out, "\n" STR_FMT, STR_ARG(text));
    }
}

static void tell_place(const struct symbol *s, struct buf *out)
{
    struct str file = s->unit->path;

    for (size_t i = file.n; i-- > 0;)
        if (file.p[i] == '/') {
            file = str_skip(file, i + 1);
            break;
        }
    buf_fmt(out, "\n\n" STR_FMT ":%zu", STR_ARG(file),
            lines_position(&s->unit->lines, s->at.from).line + 1);
}

static void tell_block(struct hovering *h, const struct symbol *s)
{
    const struct module *m;
    const struct event *e = s->block == BLOCK_EVENT ? word_event(s->name, &m) : NULL;
    const struct symbol *d = symbol_find(h->units, SYMBOL_BLOCK, s->block, s->name);

    buf_fmt(&h->out, "```kamailio\n%s", block_word(s->block));
    if (s->name.n)
        buf_fmt(&h->out, "[" STR_FMT "]", STR_ARG(s->name));
    buf_addz(&h->out, "\n```");
    if (e)
        buf_fmt(&h->out, "\n%s\n\nModule `%s`", e->doc, m->name);
    if (!d) {
        buf_addz(&h->out, "\nThere is no such block.");
        return;
    }
    tell_comment(d->unit, d, &h->out);
    tell_place(d, &h->out);
}

static bool tell_define(struct hovering *h, struct str name)
{
    const struct symbol *d = symbol_find(h->units, SYMBOL_DEFINE, BLOCK_ROUTE, name);

    if (!d)
        return false;
    buf_fmt(&h->out, "```kamailio\n#!define " STR_FMT " " STR_FMT "\n```", STR_ARG(name),
            STR_ARG(d->value));
    tell_place(d, &h->out);
    return true;
}

static void tell_module(struct hovering *h, struct str name)
{
    const struct module *m = word_module(name);

    if (m)
        buf_fmt(&h->out, "```kamailio\nloadmodule \"%s.so\"\n```\n%s", m->name, m->doc);
    for (const char *const *need = m ? m->needs : NULL; need && *need; need++)
        buf_fmt(&h->out, "%s`%s`", need == m->needs ? "\n\nNeeds " : ", ", *need);
}

static void tell_symbol(struct hovering *h, const struct symbol *s)
{
    h->at = s->at;
    switch (s->kind) {
    case SYMBOL_BLOCK:
    case SYMBOL_CALL: tell_block(h, s); break;
    case SYMBOL_DEFINE:
    case SYMBOL_USE: tell_define(h, s->name); break;
    case SYMBOL_INCLUDE: buf_fmt(&h->out, "`" STR_FMT "`", STR_ARG(s->name)); break;
    case SYMBOL_MODULE: tell_module(h, s->name); break;
    }
}

/* ---- variables and transformations ---- */

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '?';
}

/* Inside a variable or a string; `base` is where the text stands. */
static void tell_inside(struct hovering *h, struct str text, size_t base)
{
    size_t from = h->offset - base, to;
    const struct module *m;
    struct str word;

    if (from < text.n && text.p[from] == '$')
        from++;
    if (from < text.n && from && text.p[from] == '(' && text.p[from - 1] == '$')
        from++;
    for (to = from; to < text.n && in_name(text.p[to]); to++)
        ;
    while (from && in_name(text.p[from - 1]))
        from--;
    word = str_cut(text, from, to);
    h->at = (struct span){ base + from, base + to };
    if (!from || !word.n)
        return;
    if (text.p[from - 1] == '{') {
        size_t dot = str_find(word, '.');
        const struct transformation *t =
            word_transformation(str_cut(word, 0, dot), str_skip(word, dot + 1), &m);

        if (t)
            tell_transformation(t, m, &h->out);
    } else if (text.p[from - 1] == '$' ||
               (from > 1 && text.p[from - 1] == '(' && text.p[from - 2] == '$')) {
        const struct variable *v = word_variable(h->units, word, &m);

        if (!v) /* "$rU." at the end of a sentence */
            v = word_variable(h->units, str_cut(word, 0, str_find(word, '.')), &m);
        if (v)
            tell_variable(v, m, &h->out);
    }
}

/* ---- words ---- */

static void tell_param(struct hovering *h, const struct token *t)
{
    const struct token *owner = token_prev(token_prev(t));
    struct str modules = token_unquoted(owner, NULL, h->units);

    while (modules.n) {
        const struct module *m = word_module(str_split(&modules, '|'));
        const struct field *f = m ? field_find(m->params, token_unquoted(t, NULL, h->units)) : NULL;

        if (f) {
            tell_field(f, m->name, &h->out);
            return;
        }
    }
}

static void tell_string(struct hovering *h, const struct token *t)
{
    unsigned argument;
    const struct token *call = call_around(t, &argument);
    struct str name = token_unquoted(t, &h->at, h->units);

    if (call && str_starts(call->text, STR("modparam")) && argument == 0)
        tell_module(h, name);
    else if (call && str_starts(call->text, STR("modparam")) && argument == 1)
        tell_param(h, t);
    if (!h->out.n)
        tell_inside(h, t->text, token_from(h->units, t));
}

static void tell_word(struct hovering *h, const struct token *t)
{
    const struct language_word *w = word_find(language_words, t->text);
    const struct field *f = field_find(core_conf_fields, t->text);
    enum tok next = token_next(t)->kind;
    const struct module *m;
    const struct func *func = word_function(h->units, t->text, &m);

    if (tell_define(h, t->text))
        return;
    if (f && next == TOK_ASSIGN)
        tell_field(f, NULL, &h->out);
    else if (func && (next == TOK_LPAREN || !w))
        tell_function(func, m, &h->out);
    else if (w)
        buf_fmt(&h->out, "```kamailio\n%s\n```\n%s", w->word, w->doc);
    else if (f)
        tell_field(f, NULL, &h->out);
}

static void tell_directive(struct hovering *h, const struct token *t)
{
    struct str word = str_skip(t->text, 2);
    const struct language_word *w;
    size_t n = 0;

    while (n < word.n && (isalnum((unsigned char)word.p[n]) || word.p[n] == '_'))
        n++;
    word.n = n;
    h->at.to = h->at.from + 2 + n;
    w = h->offset <= h->at.to ? word_find(language_directives, word) : NULL;
    if (w)
        buf_fmt(&h->out, "```kamailio\n#!%s\n```\n%s", w->word, w->doc);
}

static void tell_token(struct hovering *h, const struct token *t)
{
    h->at = (struct span){ token_from(h->units, t), token_from(h->units, t) + t->text.n };
    switch (t->kind) {
    case TOK_IDENT: tell_word(h, t); break;
    case TOK_STRING: tell_string(h, t); break;
    case TOK_VAR: tell_inside(h, t->text, h->at.from); break;
    case TOK_DIRECTIVE: tell_directive(h, t); break;
    default: break;
    }
}

json_t *hover(struct lsp *l, const json_t *params)
{
    struct hovering h = { .l = l };
    struct document *d = document_asked(l, params, &h.offset);
    const struct symbol *s;
    const struct token *t;
    json_t *result = json_null();

    if (!d)
        return NULL;
    h.units = units_of(l, d->path);
    buf_init(&h.out, MEM_CONTROL);
    s = symbol_at(h.units, h.offset);
    t = token_at(h.units, h.offset);
    if (s && (s->name.n || s->kind == SYMBOL_MODULE))
        tell_symbol(&h, s);
    else if (t)
        tell_token(&h, t);
    if (h.out.n)
        result = json_pack("{s:{s:s,s:o},s:o}", "contents", "kind", "markdown", "value",
                           json_of(buf_str(&h.out)), "range",
                           json_of_span(&h.units->lines, h.at.from, h.at.to));
    buf_free(&h.out);
    return result;
}
