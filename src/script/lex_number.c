/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, and IPv4 addresses, which begin like one. */
#include "script/lex_state.h"
#include <ctype.h>

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

void lex_number(struct lexer *l)
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
