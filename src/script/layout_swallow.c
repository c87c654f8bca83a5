/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines whose value has a comment (W-define-comment): where such a name stands, the rest of its
 * line is a comment, too. What stands there has to stay on that line, and nothing may join it.
 */
#include "script/layout_state.h"
#include "script/lex_state.h"

struct swallower {
    struct swallower *next;
    struct str name, value;
    bool swallows;
};

/* A word at the front of *s, which is cut off, blanks before it too. */
static struct str take_word(struct str *s)
{
    struct str word;
    size_t n = 0;

    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = str_skip(*s, 1);
    while (n < s->n && (lex_is_ident((unsigned char)s->p[n])))
        n++;
    word = str_cut(*s, 0, n);
    *s = str_skip(*s, n);
    return word;
}

/* Whether a comment begins in a value, outside of its strings. */
static bool has_comment(struct str value)
{
    char quote = '\0';

    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        if (quote && c == '\\' && quote == '"')
            i++;
        else if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '#' || (c == '/' && i + 1 < value.n && value.p[i + 1] == '/'))
            return true;
    }
    return false;
}

static bool names(const struct swallower *all, struct str name)
{
    for (; all; all = all->next)
        if (all->swallows && str_eq(all->name, name))
            return true;
    return false;
}

/* Whether a value holds such a name in its turn. */
static bool holds_one(const struct swallower *all, struct str value)
{
    while (value.n) {
        struct str word = take_word(&value);

        if (word.n && names(all, word))
            return true;
        value = str_skip(value, 1);
    }
    return false;
}

static void read_define(struct arena *a, struct swallower **all, struct str line)
{
    struct str rest = str_skip(line, 2), word = take_word(&rest);
    struct swallower *s;

    if (str_starts(word, STR("try")) || str_starts(word, STR("re")))
        word = str_skip(word, word.p[0] == 't' ? 3 : 2);
    if (!str_eq(word, STR("define")) && !str_eq(word, STR("def")) && !str_eq(word, STR("substdef")))
        return;
    if (str_eq(word, STR("substdef"))) /* "/NAME/VALUE/" */
        rest = str_skip(str_trim(rest), 2);
    s = ARENA_NEW(a, struct swallower);
    s->name = take_word(&rest);
    s->value = rest;
    s->swallows = has_comment(rest);
    s->next = *all;
    *all = s;
}

const struct swallower *layout_swallowers(struct arena *a, const struct token *t)
{
    struct swallower *all = NULL;
    bool any = false, more = true;

    for (; t->kind != TOK_END; t++)
        if (t->kind == TOK_DIRECTIVE)
            read_define(a, &all, t->text);
    for (const struct swallower *s = all; s; s = s->next)
        any |= s->swallows;
    for (int depth = 0; any && more && depth < LEX_MACRO_DEPTH; depth++) {
        more = false;
        for (struct swallower *s = all; s; s = s->next)
            if (!s->swallows && holds_one(all, s->value))
                s->swallows = more = true;
    }
    return any ? all : NULL;
}

bool layout_swallows(const struct swallower *all, const struct token *t)
{
    return t->kind == TOK_IDENT && names(all, t->text);
}

/* From the token behind `t` to the last one of its line, as a comment. */
static struct token rest_of_line(const struct token *t, const struct token *last)
{
    struct token rest = t[1];

    rest.kind = TOK_COMMENT;
    rest.end = last->end;
    rest.text.n = (size_t)(last->text.p + last->text.n - rest.text.p);
    return rest;
}

size_t layout_join_swallowed(const struct swallower *all, struct token *t, size_t n,
                             struct diagnostics *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        size_t last = i;
        struct token name = t[i], rest;

        t[kept++] = name;
        if (!layout_swallows(all, &name))
            continue;
        while (t[last + 1].kind != TOK_END && t[last + 1].at.line == name.at.line)
            last++;
        if (t[last].end.line != name.at.line) {
            diag_fault(d, &t[last].at,
                       "the comment in the define of " STR_FMT " ends in the midst of this",
                       STR_ARG(name.text));
            return n;
        }
        if (last == i)
            continue;
        rest = rest_of_line(&t[i], &t[last]);
        t[kept++] = rest;
        i = last;
    }
    return kept;
}
