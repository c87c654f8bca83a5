/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables, attributes and selects: $x, %x, @x. */
#include "script/lex_state.h"
#include <ctype.h>

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
void lex_variable(struct lexer *l)
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
void lex_attribute(struct lexer *l)
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
void lex_select(struct lexer *l)
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
