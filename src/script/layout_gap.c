/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a blank stands between two tokens of a line. */
#include "script/layout_state.h"

bool gap_word(const struct token *t, const char *word)
{
    return t->kind == TOK_IDENT && str_eq(t->text, str_of(word));
}

bool gap_in(const struct token *t, const char *const *words)
{
    if (t->kind != TOK_IDENT)
        return false;
    for (; *words; words++)
        if (str_eq(t->text, str_of(*words)))
            return true;
    return false;
}

static const char *const operator_words[] = { "or", "and", "eq", "ne", "ieq", "ine", "mod", NULL };
static const char *const unary_words[] = { "not", "defined", NULL };
static const char *const before_value[] = { "if", "while", "switch", "case", "else", NULL };
static const char *const leaving[] = { "return", "exit", "drop", "break", NULL };

bool gap_is_binary(const struct token *t)
{
    return (t->kind >= TOK_EQ && t->kind <= TOK_OROR) ||
           (t->kind >= TOK_AND && t->kind <= TOK_XOR) ||
           (t->kind >= TOK_LSHIFT && t->kind <= TOK_SLASH) || gap_in(t, operator_words);
}

bool gap_ends_operand(const struct token *t)
{
    switch (t->kind) {
    case TOK_NUMBER:
    case TOK_STRING:
    case TOK_VAR:
    case TOK_SELECT:
    case TOK_IP:
    case TOK_RPAREN:
    case TOK_RBRACK: return true;
    case TOK_IDENT:
        return !gap_in(t, operator_words) && !gap_in(t, unary_words) && !gap_in(t, before_value) &&
               !gap_in(t, leaving);
    default: return false;
    }
}

/* `t` is the ')' of (int) or (str). */
static bool ends_cast(const struct token *t)
{
    return t->kind == TOK_RPAREN && t[-1].kind == TOK_IDENT && t[-2].kind == TOK_LPAREN &&
           (gap_word(&t[-1], "int") || gap_word(&t[-1], "str"));
}

bool gap_condition_over(const struct token *prev, const struct token *t)
{
    if (t->kind == TOK_LBRACE || t->kind == TOK_SEMI || t->kind == TOK_RBRACE)
        return true;
    if (!gap_ends_operand(prev) || ends_cast(prev) || gap_is_binary(t) || t->kind == TOK_ASSIGN)
        return false;
    if (t->kind == TOK_LPAREN)
        return prev->kind != TOK_IDENT;
    return t->kind != TOK_DOT && t->kind != TOK_COLON && t->kind != TOK_LBRACK &&
           !(t->kind == TOK_STRING && prev->kind == TOK_STRING);
}

bool gap_touches(const struct token *t)
{
    switch (t->kind) {
    case TOK_IDENT:
    case TOK_NUMBER:
    case TOK_IP:
    case TOK_DOT:
    case TOK_COLON:
    case TOK_MINUS:
    case TOK_SLASH:
    case TOK_STAR:
    case TOK_LBRACK:
    case TOK_RBRACK: return true;
    default: return false;
    }
}

static bool shows_address(const struct token *t)
{
    return t->kind == TOK_IP || t->kind == TOK_DOT || t->kind == TOK_COLON ||
           t->kind == TOK_LBRACK || t->kind == TOK_IDENT;
}

static bool is_part(const struct token *t)
{
    return gap_touches(t) && !gap_is_binary(t);
}

/* Two tokens that touch each other and may be parts of one address; an operator among them has such
 * a part on both sides. */
static bool joins(const struct token *prev, const struct token *t)
{
    if (t->spaced || !gap_touches(prev) || !gap_touches(t))
        return false;
    if (gap_is_binary(t))
        return is_part(prev) && is_part(&t[1]) && !t[1].spaced;
    return !gap_is_binary(prev) || (is_part(&prev[-1]) && !prev->spaced);
}

enum { ADDRESS_MAX = 64 }; /* tokens; no address has more */

/* Whether they are parts of one indeed: what is joined, from `item` on, holds more than numbers. */
static bool is_glued(const struct token *item, const struct token *prev, const struct token *t)
{
    if (!joins(prev, t) || (prev == item && gap_is_binary(prev)))
        return false;
    for (int i = 0; i < ADDRESS_MAX && prev != item && joins(&prev[-1], prev); i++) {
        if (shows_address(prev) || (&prev[-1] == item && gap_is_binary(item)))
            break;
        prev--;
    }
    for (int i = 0; i < ADDRESS_MAX && joins(t, &t[1]) && !shows_address(t); i++)
        t++;
    return shows_address(prev) || shows_address(t);
}

static bool calls(const struct token *name)
{
    return name->kind == TOK_IDENT && !gap_in(name, operator_words) && !gap_in(name, unary_words) &&
           !gap_in(name, before_value);
}

/* A sign in front of its operand; `! !x` stays apart, or it might become a directive. */
static bool is_sign(const struct token *t, const struct token *before)
{
    if (t->kind == TOK_NOT || t->kind == TOK_TILDE)
        return true;
    return t->kind == TOK_MINUS && (!before || !gap_ends_operand(before) || ends_cast(before));
}

static bool takes_sign(const struct token *t)
{
    return t->kind == TOK_LPAREN || (t->kind >= TOK_IDENT && t->kind <= TOK_SELECT);
}

/* Values of parameters at the top stay as they are: addresses, names, lists of them. */
static bool as_written(const struct layout_state *s)
{
    static const char *const others[] = { "modparam", "modparamx", "loadmodule", "loadmodulex",
                                          NULL };
    const struct frame *in = s->in;

    while (in->kind == IN_PAREN)
        in = in->up;
    return (in->kind == IN_TOP || in->kind == IN_SOCKET) && s->phase == IN_ITEM && s->item &&
           !gap_in(s->item, others);
}

static bool around_operator(const struct layout_state *s, const struct token *prev,
                            const struct token *t)
{
    if (s->phase == IN_LABEL &&
        (prev->kind == TOK_SLASH || t->kind == TOK_SLASH || t->kind == TOK_COLON))
        return gap_word(prev, "case");
    if (t->kind == TOK_DOT || t->kind == TOK_COLON || prev->kind == TOK_DOT ||
        prev->kind == TOK_COLON)
        return t->spaced;
    if (is_sign(prev, &prev[-1]) && takes_sign(t))
        return false;
    return gap_is_binary(t) || gap_is_binary(prev) || t->spaced;
}

bool gap_between(const struct layout_state *s, const struct token *prev, const struct token *t)
{
    if (t->kind == TOK_LBRACE || prev->kind == TOK_LBRACE || t->kind == TOK_RBRACE)
        return true;
    if (t->kind == TOK_SEMI || t->kind == TOK_COMMA || t->kind == TOK_RPAREN ||
        t->kind == TOK_RBRACK || prev->kind == TOK_LPAREN || prev->kind == TOK_LBRACK)
        return false;
    if (prev->kind == TOK_COMMA || prev->kind == TOK_SEMI || t->kind == TOK_ASSIGN ||
        prev->kind == TOK_ASSIGN)
        return true;
    if (as_written(s))
        return t->spaced;
    if (s->phase == IN_HEAD)
        return t->kind == TOK_LBRACK ? false : t->spaced;
    if (is_glued(s->item, prev, t))
        return false;
    if (t->kind == TOK_LPAREN && prev->kind == TOK_IDENT)
        return gap_in(prev, leaving) ? t->spaced : !calls(prev);
    if (gap_in(prev, before_value) || gap_in(prev, unary_words) ||
        (prev->kind == TOK_IDENT && t->kind == TOK_STRING))
        return true;
    return around_operator(s, prev, t);
}
