/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings: "..." with escapes, which join, and '...' as it stands. */
#include "script/lex_state.h"
#include <ctype.h>

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

/* The pieces of one string token, and where it ends, while they are read. */
struct joined {
    struct str_piece *first;
    size_t end_at;              /* offset behind the last quote */
    uint32_t end_line, end_col; /* 0: no piece is closed */
    bool unterminated;
};

static struct joined read_pieces(struct lexer *l)
{
    char quote = (char)lex_peek(l, 0), c;
    struct joined j = { 0 };
    struct str_piece **tail = &j.first;
    size_t bytes = 0, made;

    while (lex_peek(l, 0) == quote) {
        struct str_piece *p = ARENA_NEW(l->arena, struct str_piece);
        struct place open = lex_place(l);

        lex_advance(l, 1);
        p->at = lex_place(l);
        p->from = bytes;
        p->escapes = quote == '"';
        if (!quoted(l, quote, &p->raw)) {
            unterminated(l, &open, quote);
            j.end_at = l->input->at;
            j.unterminated = true;
            break;
        }
        for (size_t i = 0; p->escapes && i < p->raw.n; bytes += made)
            i += unescape(str_skip(p->raw, i), &c, &made);
        if (!p->escapes)
            bytes += p->raw.n;
        *tail = p;
        tail = &p->next;
        remember(l, &open);
        j.end_line = l->input->line;
        j.end_col = l->input->col;
        j.end_at = l->input->at;
        if (quote != '"' || l->raw)
            break;
        lex_skip_blanks(l);
    }
    return j;
}

/* "..." joins with the "..." that follow it; '...' stands alone. */
void lex_string(struct lexer *l)
{
    struct place at = lex_place(l);
    size_t from = l->input->at;
    bool began = l->input->line_start, spaced = l->spaced, line_ended;
    struct joined j;
    struct token *t;
    struct str value;

    l->input->line_start = false;
    j = read_pieces(l);
    line_ended = l->input->line_start;
    t = lex_add(l, TOK_STRING, &at, (struct str){ l->input->text.p + from, j.end_at - from });
    t->line_start = began;
    t->bad = j.unterminated;
    t->spaced = spaced;
    l->input->line_start = line_ended;
    if (!l->input->macro && j.end_line) {
        t->end = (struct place){ l->input->source, j.end_line, j.end_col, 1, NULL };
        t->at.width = j.end_line == at.line ? j.end_col - at.col : 1;
    }
    /* Blanks behind it were eaten in search of a string to join. */
    l->spaced = l->input->at != j.end_at;
    value = decode(l, j.first, t->text.n);
    t->value = subst_apply(l, value);
    if (t->value.p == value.p)
        t->pieces = j.first;
}
