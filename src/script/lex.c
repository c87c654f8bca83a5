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

static void define_module(struct lexer *l, struct str name)
{
    struct str base = name;
    struct place nowhere = { 0 };

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

static bool digits_dot(const struct lexer *l, size_t *at)
{
    size_t from = *at;

    while (lex_peek(l, *at) >= '0' && lex_peek(l, *at) <= '9' && *at - from < 4)
        ++*at;
    return *at > from;
}

/* The length of a.b.c.d at the cursor; 0 when it is none. */
static size_t ipv4_length(const struct lexer *l)
{
    size_t at = 0;

    for (int i = 0; i < 4; i++) {
        if (i && lex_peek(l, at++) != '.')
            return 0;
        if (!digits_dot(l, &at))
            return 0;
    }
    return lex_is_ident(lex_peek(l, at)) ? 0 : at;
}

/* 10, 0x1f, 017, 101b. Past 64 bits is a fault. */
static err_t read_number(struct str text, int64_t *out)
{
    unsigned base = 10;
    uint64_t n = 0;

    if (text.n > 2 && (text.p[1] == 'x' || text.p[1] == 'X')) {
        base = 16;
        text = str_skip(text, 2);
    } else if (text.n > 1 && (text.p[text.n - 1] | 32) == 'b') {
        base = 2;
        text.n--;
    } else if (text.n > 1 && text.p[0] == '0') {
        base = 8;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);

        if (digit >= base)
            return ERR_SYNTAX;
        if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n))
            return ERR_RANGE;
    }
    if (n > INT64_MAX && base == 10)
        return ERR_RANGE;
    *out = (int64_t)n;
    return ERR_OK;
}

static size_t number_length(const struct lexer *l)
{
    size_t n = 0;

    if (lex_peek(l, 0) == '0' && (lex_peek(l, 1) | 32) == 'x' && isxdigit(lex_peek(l, 2))) {
        for (n = 2; lex_peek(l, n) >= 0 && isxdigit(lex_peek(l, n));)
            n++;
        return n;
    }
    while (lex_peek(l, n) >= '0' && lex_peek(l, n) <= '9')
        n++;
    if ((lex_peek(l, n) | 32) == 'b' && !lex_is_ident(lex_peek(l, n + 1))) {
        for (size_t i = 0; i < n; i++)
            if (lex_peek(l, i) > '1')
                return n;
        return n + 1;
    }
    return n;
}

static void lex_number(struct lexer *l)
{
    struct place at = lex_place(l);
    struct str text = { l->input->text.p + l->input->at, ipv4_length(l) };
    struct token *t;
    int64_t n = 0;
    err_t e;

    if (text.n) {
        lex_advance(l, text.n);
        lex_add(l, TOK_IP, &at, text);
        return;
    }
    text.n = number_length(l);
    lex_advance(l, text.n);
    t = lex_add(l, TOK_NUMBER, &at, text);
    e = l->raw ? ERR_OK : read_number(text, &n);
    if (e)
        diag_fault(l->diag, &t->at, "the number " STR_FMT " %s", STR_ARG(text),
                   e == ERR_RANGE ? "does not fit in 64 bits" : "is malformed");
    t->number = n;
}

static int hex_digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit(c) ? (c | 32) - 'a' + 10 : -1;
}

/* One byte of a "..." string from raw text: how many raw bytes it took (0: none, a line that is
 * continued), the byte in *out. */
static size_t unescape(struct str raw, char *out, size_t *made)
{
    static const char from[] = "nrat\"\\", to[] = "\n\r\a\t\"\\";
    const char *which;
    size_t n = 1;
    int byte = 0;

    *made = 1;
    *out = raw.p[0];
    if (raw.p[0] != '\\' || raw.n < 2)
        return 1;
    which = raw.p[1] ? strchr(from, raw.p[1]) : NULL;
    if (which) {
        *out = to[which - from];
        return 2;
    }
    if (raw.p[1] == '\n' || (raw.p[1] == '\r' && raw.n > 2 && raw.p[2] == '\n')) {
        *made = 0;
        return raw.p[1] == '\n' ? 2 : 3;
    }
    if (raw.p[1] == 'x' && raw.n > 2 && hex_digit((unsigned char)raw.p[2]) >= 0) {
        for (n = 2; n < 4 && n < raw.n && hex_digit((unsigned char)raw.p[n]) >= 0; n++)
            byte = byte * 16 + hex_digit((unsigned char)raw.p[n]);
        *out = (char)byte;
        return n;
    }
    while (n < 4 && n < raw.n && raw.p[n] >= '0' && raw.p[n] <= '7' && byte < 32)
        byte = byte * 8 + (raw.p[n++] - '0');
    if (n == 2) /* \1 to \7 are left for substitutions */
        return 1;
    if (n > 2)
        *out = (char)byte;
    return n;
}

struct place string_place(const struct token *t, size_t offset)
{
    const struct str_piece *piece = t->pieces, *last = NULL;
    struct place at = t->at;
    size_t value = 0;

    if (t->kind != TOK_STRING && !at.macro) {
        at.col += (uint32_t)offset;
        at.width = 1;
        return at;
    }
    for (; piece && piece->from <= offset; piece = piece->next)
        last = piece;
    if (!last || last->at.macro)
        return at;
    at = last->at;
    value = last->from;
    for (size_t i = 0; i < last->raw.n && value < offset;) {
        size_t made = 1, used = 1;
        char c;

        if (last->escapes)
            used = unescape(str_skip(last->raw, i), &c, &made);
        for (size_t k = 0; k < used; k++, i++)
            if (last->raw.p[i] == '\n') {
                at.line++;
                at.col = 1;
            } else {
                at.col++;
            }
        value += made;
    }
    at.width = 1;
    return at;
}

/* The raw text up to the closing quote; false when the file ends first. */
static bool quoted(struct lexer *l, char quote, struct str *raw)
{
    size_t n = 0;

    for (;; n++) {
        int c = lex_peek(l, n);

        if (c < 0)
            return false;
        if (c == quote)
            break;
        if (c == '\\' && quote == '"' && lex_peek(l, n + 1) >= 0)
            n++;
    }
    *raw = (struct str){ l->input->text.p + l->input->at, n };
    lex_advance(l, n + 1);
    return true;
}

/* The end of the line on which an unfinished string began is where reading goes on. */
static void unterminated(struct lexer *l, const struct place *at, char quote)
{
    l->ends_in_string = true;
    diag_fault(l->diag, at, "this string has no closing %c", quote);
    while (lex_peek(l, 0) >= 0 && lex_peek(l, 0) != '\n')
        lex_advance(l, 1);
}

static struct str decode(struct lexer *l, const struct str_piece *first, size_t raw_bytes)
{
    char *out = arena_alloc(l->arena, raw_bytes + 1);
    size_t n = 0, made;

    for (const struct str_piece *p = first; p; p = p->next)
        for (size_t i = 0; i < p->raw.n;) {
            if (!p->escapes) {
                out[n++] = p->raw.p[i++];
                continue;
            }
            i += unescape(str_skip(p->raw, i), &out[n], &made);
            n += made;
        }
    out[n] = '\0';
    return (struct str){ out, n };
}

static void skip_blanks(struct lexer *l);

static void remember(struct lexer *l, const struct place *at)
{
    struct read_string *s;

    if (l->input->macro)
        return;
    s = ARENA_NEW(l->arena, struct read_string);
    *s = (struct read_string){ l->strings, *at, l->input->line, l->input->col };
    l->strings = s;
}

bool lexer_ends_in_string(const struct lexer *l)
{
    return l->ends_in_string;
}

bool lexer_open_string(const struct lexer *l, struct str file, uint32_t line, uint32_t col,
                       struct place *at)
{
    for (const struct read_string *s = l->strings; s; s = s->next) {
        bool is_long = s->end_line != s->at.line;

        if (s->end_line != line || !(is_long || s->end_col == col) ||
            !str_eq(s->at.source->name, file))
            continue;
        *at = s->at;
        at->width = 1;
        return true;
    }
    return false;
}

/* "..." joins with the "..." that follow it; '...' stands alone. */
static void lex_string(struct lexer *l)
{
    struct place at = lex_place(l);
    size_t from = l->input->at, bytes = 0;
    char quote = (char)lex_peek(l, 0);
    struct str_piece *first = NULL, **tail = &first;
    struct token *t;
    struct str value;
    uint32_t end_line = 0, end_col = 0;
    size_t end_at = 0;
    bool began = l->input->line_start, spaced = l->spaced, line_ended, bad = false;

    l->input->line_start = false;
    while (lex_peek(l, 0) == quote) {
        struct str_piece *p = ARENA_NEW(l->arena, struct str_piece);
        struct place open = lex_place(l);
        char c;
        size_t made;

        lex_advance(l, 1);
        p->at = lex_place(l);
        p->from = bytes;
        p->escapes = quote == '"';
        if (!quoted(l, quote, &p->raw)) {
            unterminated(l, &open, quote);
            end_at = l->input->at;
            bad = true;
            break;
        }
        for (size_t i = 0; p->escapes && i < p->raw.n; bytes += made)
            i += unescape(str_skip(p->raw, i), &c, &made);
        if (!p->escapes)
            bytes += p->raw.n;
        *tail = p;
        tail = &p->next;
        remember(l, &open);
        end_line = l->input->line;
        end_col = l->input->col;
        end_at = l->input->at;
        if (quote != '"' || l->raw)
            break;
        skip_blanks(l);
    }
    line_ended = l->input->line_start;
    t = lex_add(l, TOK_STRING, &at, (struct str){ l->input->text.p + from, end_at - from });
    t->line_start = began;
    t->bad = bad;
    t->spaced = spaced;
    l->input->line_start = line_ended;
    if (!l->input->macro && end_line) {
        t->end = (struct place){ l->input->source, end_line, end_col, 1, NULL };
        t->at.width = end_line == at.line ? end_col - at.col : 1;
    }
    /* Blanks behind it were eaten in search of a string to join. */
    l->spaced = l->input->at != end_at;
    value = decode(l, first, t->text.n);
    t->value = subst_apply(l, value);
    if (t->value.p == value.p)
        t->pieces = first;
    if (l->raw)
        return;
    if (l->loadmodule == 1 ||
        (l->loadmodule == 2 && l->n_tokens > 1 && l->tokens[l->n_tokens - 2].kind == TOK_LPAREN))
        define_module(l, t->value);
}

/* The length of a bracketed part at `from`, brackets included; 0 when it does not close before the
 * end of the line. */
static size_t bracketed(const struct lexer *l, size_t from, char open, char close)
{
    int depth = 0;

    for (size_t i = from;; i++) {
        int c = lex_peek(l, i);

        if (c < 0 || c == '\n')
            return 0;
        if (c == open)
            depth++;
        if (c == close && --depth == 0)
            return i - from + 1;
    }
}

/* Where a variable that is not closed is given up: its statement or line ends, or a block begins,
 * which no transformation does. */
static bool ends_open_variable(const struct lexer *l, bool whole)
{
    int c = lex_peek(l, 0), next = lex_peek(l, 1);

    return c < 0 || c == ';' || c == '\n' || (c == '{' && !whole && !(next > 0 && isalpha(next)));
}

/* $name, $name(inner), $(name(inner)[index]{transformations}) */
static void lex_variable(struct lexer *l)
{
    struct place at = lex_place(l);
    size_t n = 1, inner;
    struct token *t;

    while (lex_is_ident(lex_peek(l, n)) || lex_peek(l, n) == '.' || lex_peek(l, n) == '?')
        n++;
    if (lex_peek(l, n) == '(') {
        inner = bracketed(l, n, '(', ')');
        if (!inner) {
            at.width = (uint32_t)n + 1;
            diag_fault(l->diag, &at, "this variable has no closing ')'");
            while (!ends_open_variable(l, n == 1))
                lex_advance(l, 1);
            t = lex_add(l, TOK_VAR, &at, STR("$null"));
            t->bad = true;
            return;
        }
        n += inner;
    } else if (n == 1) {
        diag_fault(l->diag, &at, "expected the name of a variable behind '$'");
        lex_advance(l, 1);
        return;
    }
    struct str text = { l->input->text.p + l->input->at, n };

    lex_advance(l, n);
    t = lex_add(l, TOK_VAR, &at, text);
    t->text = subst_apply(l, text);
}

/* %name and %fr.name: how AVPs were written before $avp(name). The words of origin mean nothing to
 * the packaged server any more. */
static void lex_attribute(struct lexer *l)
{
    static const struct str origins[] = { STR_INIT("f"),  STR_INIT("fr"), STR_INIT("fu"),
                                          STR_INIT("fd"), STR_INIT("t"),  STR_INIT("tr"),
                                          STR_INIT("tu"), STR_INIT("td"), STR_INIT("g"),
                                          STR_INIT("gr"), STR_INIT("gt") };
    struct place at = lex_place(l);
    struct str name = { l->input->text.p + l->input->at + 1, 0 };
    size_t n = 1;

    while (lex_is_ident(lex_peek(l, n)))
        n++;
    name.n = n - 1;
    if (lex_peek(l, n) == '.' && lex_is_ident(lex_peek(l, n + 1)))
        for (size_t i = 0; i < sizeof origins / sizeof *origins; i++)
            if (str_eq(name, origins[i])) {
                name = (struct str){ name.p + name.n + 1, 0 };
                while (lex_is_ident(lex_peek(l, ++n)))
                    name.n++;
                break;
            }
    lex_advance(l, n);
    lex_add(l, TOK_VAR, &at, arena_fmt(l->arena, "$avp(" STR_FMT ")", STR_ARG(name)));
}

/* @name.name["x"].name */
static void lex_select(struct lexer *l)
{
    struct place at = lex_place(l);
    size_t n = 1, inner;

    for (;;) {
        if (lex_is_ident(lex_peek(l, n)) ||
            (lex_peek(l, n) == '.' && lex_is_ident(lex_peek(l, n + 1))))
            n++;
        else if (lex_peek(l, n) == '[' && (inner = bracketed(l, n, '[', ']')) != 0)
            n += inner;
        else
            break;
    }
    struct str text = { l->input->text.p + l->input->at, n };

    lex_advance(l, n);
    if (n == 1) {
        diag_fault(l->diag, &at, "expected the name of a select behind '@'");
        return;
    }
    lex_add(l, TOK_SELECT, &at, text);
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

/* White space and comments, not directives. */
static void skip_blanks(struct lexer *l)
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

    skip_blanks(l);
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
