/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the layout, shared by layout.c (lines) and layout_gap.c (blanks). */
#pragma once
#include "script/layout.h"
#include "script/lex.h"

enum frame_kind {
    IN_TOP,
    IN_BLOCK,  /* { statements } */
    IN_SWITCH, /* { cases } */
    IN_SOCKET, /* socket = { attributes } */
    IN_BODY,   /* the one statement that if, else or while governs without braces */
    IN_PAREN,  /* ( ) and [ ] */
};
enum owner { OWNER_NONE, OWNER_IF, OWNER_ELSE, OWNER_WHILE, OWNER_SWITCH };

/* What is open. Never changed once made, so a state is kept by keeping its pointer. */
struct frame {
    const struct frame *up;
    enum frame_kind kind;
    enum owner owner;
    unsigned indent; /* of what stands inside */
};

enum phase {
    AT_START,     /* of a statement or declaration */
    IN_ITEM,      /* in the midst of it */
    IN_CONDITION, /* behind if, while, switch */
    IN_LABEL,     /* behind case, default */
    IN_HEAD,      /* behind route and its like */
    BEHIND_ELSE,
};

struct layout_state {
    const struct frame *in;
    enum phase phase;
    enum owner owner;         /* of the condition, or OWNER_ELSE */
    const struct token *prev; /* the last one that is no comment or directive; NULL: none */
    const struct token *item; /* the first one of this statement */
    unsigned indent;          /* of this statement */
};

/* Behind an operand an operator is a binary one. */
bool gap_ends_operand(const struct token *t);
/* Operators between two operands, as signs and as words. */
bool gap_is_binary(const struct token *t);
/* Whether a condition that reached `prev` does not go on with `t`. */
bool gap_condition_over(const struct token *prev, const struct token *t);
/* Whether a blank stands between two tokens of one line. */
bool gap_between(const struct layout_state *s, const struct token *prev, const struct token *t);
/* What addresses and names of hosts are made of: blanks in them would take them apart. */
bool gap_touches(const struct token *t);
bool gap_word(const struct token *t, const char *word);
bool gap_in(const struct token *t, const char *const *words);

/* layout_swallow.c: names of defines whose comment takes the rest of the line; NULL: none. */
struct swallower;
const struct swallower *layout_swallowers(struct arena *a, const struct token *t);
bool layout_swallows(const struct swallower *all, const struct token *t);
/* What they take becomes comments, in place; returns how many tokens are left. A fault: a token
 * that runs over the end of such a line. */
size_t layout_join_swallowed(const struct swallower *all, struct token *t, size_t n,
                             struct diagnostics *d);

static inline bool gap_is_code(const struct token *t)
{
    return t->kind != TOK_COMMENT && t->kind != TOK_DIRECTIVE && t->kind != TOK_VERBATIM;
}
