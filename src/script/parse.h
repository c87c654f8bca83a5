/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the parser, shared by the files parse_*.c. */
#pragma once
#include "script/tree.h"

enum { PARSE_DEPTH_MAX = 200 }; /* nested parentheses, blocks, operators */

struct parser {
    struct arena *arena;
    struct diagnostics *diag;
    const struct token *t, *first;
    unsigned depth;
    bool failed;     /* this statement or declaration had a fault: no more are told about it */
    bool lost_block; /* a block was closed because the next one began */
    bool too_deep;   /* told once */
    bool lost;       /* something at the top could not be read: routes may be missing */
    bool in_if;      /* the block being read is the body of an if */
    struct place unclosed; /* '{' whose '}' seems to be missing, by how the lines are indented */
};

/* expected … in place of the current token; one fault per statement. Returns false. */
bool parse_expected(struct parser *p, const char *what);
bool parse_accept(struct parser *p, enum tok kind);
bool parse_need(struct parser *p, enum tok kind, const char *after);
static inline bool parse_word(const struct parser *p, const char *word)
{
    return p->t->kind == TOK_IDENT && str_eq(p->t->text, str_of(word));
}
static inline const struct token *parse_next(struct parser *p)
{
    const struct token *t = p->t;

    if (t->kind != TOK_END)
        p->t++;
    return t;
}
static inline const struct token *parse_ahead(const struct parser *p, size_t n)
{
    const struct token *t = p->t;

    while (n-- && t->kind != TOK_END)
        t++;
    return t;
}
/* Whether a block (route[X], request_route {) begins here. */
bool parse_at_block(const struct parser *p);
/* Tokens that touch each other as one word, at most up to one of `stop`; empty when there is none.
 */
struct str parse_glued(struct parser *p, const enum tok *stop, size_t n_stop);

struct tree *parse_expression(struct parser *p);
struct tree *parse_new(struct parser *p, enum tree_kind kind, const struct place *at);
struct stmt *parse_statements(struct parser *p, const struct place *open, struct place *close);
/* parse_listen.c */
struct tree_listen *parse_listen_list(struct parser *p, bool listen);
struct tree_listen *parse_socket(struct parser *p);
struct str parse_address_part(struct parser *p); /* of proto:host:port */
bool parse_enter(struct parser *p);
