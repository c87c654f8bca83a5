/* SPDX-License-Identifier: BSD-2-Clause */
#include "script/lex_state.h"
#include <ctype.h>

static const char *const tok_names[] = {
#define X(id, text) text,
    TOKEN_TABLE(X)
#undef X
};

struct lexer_upcalls lexer_upcalls;

const char *tok_name(enum tok t)
{
    return t < TOK_COUNT ? tok_names[t] : "?";
}

struct lexer *lexer_new(struct arena *arena, struct diagnostics *d)
{
    struct lexer *l = ARENA_NEW(arena, struct lexer);

    l->arena = arena;
    l->diag = d;
    l->substs_tail = &l->substs;
    l->loadmodule = 9;
    return l;
}

struct arena *lexer_arena(const struct lexer *l)
{
    return l->arena;
}

struct diagnostics *lexer_diagnostics(const struct lexer *l)
{
    return l->diag;
}

void lexer_read_with(struct lexer *l, const struct load_reader *reader)
{
    l->reader = reader;
}

void lexer_variables_with(struct lexer *l, lexer_variable_fn *fn, void *ctx)
{
    l->variable = fn;
    l->variable_ctx = ctx;
}

struct tokens lexer_so_far(const struct lexer *l, struct arena *a)
{
    struct tokens out = { ARENA_ARRAY(a, struct token, l->n_tokens + 1), l->n_tokens + 1 };

    if (l->n_tokens)
        memcpy(out.at, l->tokens, l->n_tokens * sizeof *out.at);
    out.at[l->n_tokens] = (struct token){ .kind = TOK_END, .spaced = true };
    return out;
}

const struct str *lexer_files(const struct lexer *l, size_t *n)
{
    *n = l->n_files;
    return l->files;
}

const struct macro *lexer_macro(const struct lexer *l, struct str name)
{
    return macro_find(l, name);
}

const struct macro *lexer_next_macro(const struct lexer *l, const struct macro *m)
{
    size_t bucket = 0;

    if (m && m->next)
        return m->next;
    if (m)
        bucket = macro_bucket(m->name) + 1;
    while (bucket < MACRO_BUCKETS && !l->macros[bucket])
        bucket++;
    return bucket < MACRO_BUCKETS ? l->macros[bucket] : NULL;
}

int lex_peek(const struct lexer *l, size_t ahead)
{
    const struct input *in = l->input;

    return in->at + ahead < in->text.n ? (unsigned char)in->text.p[in->at + ahead] : -1;
}

void lex_advance(struct lexer *l, size_t n)
{
    struct input *in = l->input;

    while (n-- && in->at < in->text.n) {
        char c = in->text.p[in->at++];

        if (c == '\n') {
            in->line++;
            in->col = 1;
            in->line_start = true;
        } else {
            in->col++;
        }
    }
}

/* Where the next byte stands. Inside a define: where the define's name stands in the file. */
struct place lex_place(const struct lexer *l)
{
    const struct input *in = l->input;

    if (in->macro)
        return in->use;
    return (struct place){ in->source, in->line, in->col, 1, NULL };
}

struct token *lex_add(struct lexer *l, enum tok kind, const struct place *at, struct str text)
{
    struct token *t;

    if (l->n_tokens == l->cap_tokens) {
        struct token *old = l->tokens;

        l->cap_tokens = l->cap_tokens ? l->cap_tokens * 2 : 1024;
        l->tokens = ARENA_ARRAY(l->arena, struct token, l->cap_tokens);
        if (l->n_tokens)
            memcpy(l->tokens, old, l->n_tokens * sizeof *old);
    }
    t = &l->tokens[l->n_tokens++];
    *t = (struct token){ .kind = kind, .at = *at, .text = text, .spaced = l->spaced };
    t->line_start = l->input && l->input->line_start;
    if (l->input) {
        l->input->line_start = false;
        t->end = lex_place(l);
        if (l->input->macro)
            t->end.col += t->end.width;
        else if (t->end.line == at->line && t->end.col > at->col)
            t->at.width = t->end.col - at->col;
        t->end.width = 1;
    } else {
        t->end = *at;
    }
    l->spaced = false;
    l->loadmodule++;
    return t;
}

static void push_macro(struct lexer *l, struct macro *m, const struct place *at, bool line_start)
{
    struct input *in;

    if (!m->has_value)
        return;
    if (l->macro_depth >= LEX_MACRO_DEPTH) {
        diag_fault(l->diag, at, "defines are nested more than %d deep", LEX_MACRO_DEPTH);
        return;
    }
    in = ARENA_NEW(l->arena, struct input);
    in->up = l->input;
    in->macro = m;
    in->use = *at;
    if (!in->use.macro)
        in->use.macro = m;
    in->text = m->value;
    in->line_start = line_start;
    m->active = true;
    l->input = in;
    l->macro_depth++;
}

static void skip_line_comment(struct lexer *l)
{
    lex_skip_line(l);
    l->input->in_comment = l->input->macro && lex_peek(l, 0) < 0;
}

static void pop_input(struct lexer *l)
{
    struct input *in = l->input;

    if (in->macro) {
        in->macro->active = false;
        l->macro_depth--;
    } else {
        lex_end_file(l);
        l->file_depth--;
    }
    l->input = in->up;
    if (in->in_comment && l->input)
        skip_line_comment(l);
}

/* Behind a string: when that is of a loadmodule, its MOD_<name>. */
static void define_module(struct lexer *l)
{
    const struct token *t = &l->tokens[l->n_tokens - 1];
    struct str name = t->value, base = name;
    struct place nowhere = { 0 };
    bool in_parens = l->loadmodule == 2 && l->n_tokens > 1 && t[-1].kind == TOK_LPAREN;

    if (l->raw || !(l->loadmodule == 1 || in_parens))
        return;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/')
            base = str_skip(name, i + 1);
    if (str_ends(base, STR(".so")))
        base.n -= 3;
    macro_set(l, arena_fmt(l->arena, "MOD_" STR_FMT, STR_ARG(base)), STR_NONE, false, &nowhere);
}

/* A name: a define's value takes its place; include_file and import_file act at once. */
static void lex_name(struct lexer *l)
{
    struct place at = lex_place(l);
    struct str text = { l->input->text.p + l->input->at, 0 };
    bool line_start = l->input->line_start;
    struct macro *m;

    while (lex_is_ident(lex_peek(l, text.n)))
        text.n++;
    lex_advance(l, text.n);
    if (!l->input->macro)
        at.width = (uint32_t)text.n;
    m = macro_find(l, text);
    if (m && !m->active) {
        push_macro(l, m, &at, line_start);
        if (!m->has_value)
            l->spaced = true;
        return;
    }
    lex_add(l, TOK_IDENT, &at, text);
    if (str_eq(text, STR("loadmodule")) || str_eq(text, STR("loadmodulex")))
        l->loadmodule = 0;
}

static void lex_operator(struct lexer *l)
{
    static const struct {
        char text[3];
        enum tok kind;
    } ops[] = {
        { "==", TOK_EQ },     { "!=", TOK_NE },     { "=~", TOK_MATCH }, { "<=", TOK_LE },
        { ">=", TOK_GE },     { "&&", TOK_ANDAND }, { "||", TOK_OROR },  { "<<", TOK_LSHIFT },
        { ">>", TOK_RSHIFT }, { "(", TOK_LPAREN },  { ")", TOK_RPAREN }, { "{", TOK_LBRACE },
        { "}", TOK_RBRACE },  { "[", TOK_LBRACK },  { "]", TOK_RBRACK }, { ";", TOK_SEMI },
        { ",", TOK_COMMA },   { ":", TOK_COLON },   { ".", TOK_DOT },    { "=", TOK_ASSIGN },
        { "<", TOK_LT },      { ">", TOK_GT },      { "!", TOK_NOT },    { "&", TOK_AND },
        { "|", TOK_OR },      { "^", TOK_XOR },     { "~", TOK_TILDE },  { "+", TOK_PLUS },
        { "-", TOK_MINUS },   { "*", TOK_STAR },    { "/", TOK_SLASH },
    };
    struct place at = lex_place(l);

    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = ops[i].text[1] ? 2 : 1;

        if (lex_peek(l, 0) != ops[i].text[0] || (n == 2 && lex_peek(l, 1) != ops[i].text[1]))
            continue;
        struct str text = { l->input->text.p + l->input->at, n };

        lex_advance(l, n);
        lex_add(l, ops[i].kind, &at, text);
        return;
    }
    if (lex_peek(l, 0) > 32 && lex_peek(l, 0) < 127)
        diag_fault(l->diag, &at, "'%c' has no meaning here", lex_peek(l, 0));
    else
        diag_fault(l->diag, &at, "byte 0x%02x has no meaning in a configuration",
                   (unsigned)lex_peek(l, 0));
    /* One message for a run of such bytes. */
    do
        lex_advance(l, 1);
    while (lex_peek(l, 0) >= 127 || (lex_peek(l, 0) >= 0 && lex_peek(l, 0) < 9));
}

void lex_skip_line(struct lexer *l)
{
    while (lex_peek(l, 0) >= 0 && lex_peek(l, 0) != '\n')
        lex_advance(l, 1);
}

void lex_skip_comment(struct lexer *l)
{
    struct place at = lex_place(l);
    int depth = 0;

    do {
        if (lex_peek(l, 0) < 0) {
            diag_fault(l->diag, &at, "this comment has no closing */");
            return;
        }
        if (lex_peek(l, 0) == '/' && lex_peek(l, 1) == '*') {
            depth++;
            lex_advance(l, 2);
        } else if (lex_peek(l, 0) == '*' && lex_peek(l, 1) == '/') {
            depth--;
            lex_advance(l, 2);
        } else {
            lex_advance(l, 1);
        }
    } while (depth);
}

bool lex_at_directive(const struct lexer *l)
{
    return (lex_peek(l, 0) == '#' || lex_peek(l, 0) == '!') && lex_peek(l, 1) == '!' &&
           lex_peek(l, 2) >= 0 && isalpha(lex_peek(l, 2));
}

void lex_skip_blanks(struct lexer *l)
{
    for (;;) {
        int c = lex_peek(l, 0);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            lex_advance(l, 1);
        } else if ((c == '#' && !lex_at_directive(l)) || (c == '/' && lex_peek(l, 1) == '/')) {
            skip_line_comment(l);
        } else if (c == '/' && lex_peek(l, 1) == '*') {
            lex_skip_comment(l);
        } else {
            return;
        }
        l->spaced = true;
    }
}

/* include_file "name" and import_file "name" also stand without #!. */
static bool take_include(struct lexer *l)
{
    const struct token *word = l->n_tokens > 1 ? &l->tokens[l->n_tokens - 2] : NULL;
    struct token *name = l->n_tokens ? &l->tokens[l->n_tokens - 1] : NULL;
    bool must;

    if (l->raw || !word || word->kind != TOK_IDENT || name->kind != TOK_STRING)
        return false;
    must = str_eq(word->text, STR("include_file"));
    if (!must && !str_eq(word->text, STR("import_file")))
        return false;
    struct place at = name->at;
    struct str file = name->value;

    l->n_tokens -= 2;
    lex_include(l, file, must, &at);
    return true;
}

void lex_one(struct lexer *l)
{
    int c;

    lex_skip_blanks(l);
    c = lex_peek(l, 0);
    if (c < 0) {
        pop_input(l);
        l->spaced = true;
    } else if (lex_at_directive(l)) {
        if (!lex_directive(l))
            c == '!' ? lex_operator(l) : lex_skip_line(l);
        else if (l->input && lex_skipping(l))
            lex_skip_part(l);
    } else if (isalpha(c) || c == '_') {
        lex_name(l);
    } else if (isdigit(c)) {
        lex_number(l);
    } else if (c == '"' || c == '\'') {
        lex_string(l);
        define_module(l);
        take_include(l);
    } else if (c == '$') {
        lex_variable(l);
    } else if (c == '@') {
        lex_select(l);
    } else if (c == '%' && (isalpha(lex_peek(l, 1)) || lex_peek(l, 1) == '_')) {
        lex_attribute(l);
    } else {
        lex_operator(l);
    }
}

struct tokens lexer_run(struct lexer *l, struct str file, struct str text)
{
    struct place nowhere = { 0 };
    struct place end = { 0 };

    if (lex_open(l, file, text, &nowhere)) {
        const struct source *main_source = l->input->source;

        while (l->input && !l->stopped) {
            if (!l->input->macro && l->input->source == main_source)
                end = lex_place(l);
            lex_one(l);
            if (l->n_tokens >= LEX_TOKENS_MAX) {
                diag_fault(l->diag, &end, "the configuration is too long");
                break;
            }
        }
        while (l->input)
            pop_input(l);
        if (!end.source)
            end.source = main_source;
    }
    l->spaced = true;
    lex_add(l, TOK_END, &end, STR("end of file"));
    return (struct tokens){ l->tokens, l->n_tokens };
}

struct tokens lexer_text(struct lexer *l, struct str text, const struct place *at)
{
    struct lexer inner = *l;
    struct macro *whole = ARENA_NEW(l->arena, struct macro);

    inner.tokens = NULL;
    inner.n_tokens = inner.cap_tokens = 0;
    inner.input = NULL;
    inner.macro_depth = 0;
    inner.loadmodule = 9;
    whole->value = text;
    whole->has_value = true;
    push_macro(&inner, whole, at, false);
    inner.input->use = *at;
    while (inner.input)
        lex_one(&inner);
    l->spaced = true;
    lex_add(&inner, TOK_END, at, STR("end of line"));
    return (struct tokens){ inner.tokens, inner.n_tokens };
}
