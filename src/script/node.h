/* SPDX-License-Identifier: BSD-2-Clause */
/* Checked expressions: names resolved, types known where they can be, constants folded. */
#pragma once
#include "script/state.h"

enum node_kind {
    NODE_BAD,      /* a fault was told */
    NODE_CONST,    /* value */
    NODE_VAR,      /* ref */
    NODE_FORMAT,   /* format */
    NODE_SELECT,   /* select */
    NODE_OPERAND,  /* operand */
    NODE_NULL,     /* $null */
    NODE_UNARY,    /* op, left */
    NODE_BINARY,   /* op, left, right */
    NODE_STRLEN,   /* left */
    NODE_STREMPTY, /* left */
    NODE_SELVAL,   /* left, right, third */
    NODE_MATCH,    /* left, regex */
    NODE_MYSELF,   /* operand or left; negate */
    NODE_NET,      /* operand, range; negate */
    NODE_TEXT_IEQ, /* left, right; negate: keyword operands */
    NODE_CALL,     /* site, args */
    NODE_ROUTE,    /* route, or left: its name */
    NODE_ASSIGN,   /* ref, right */
};
/* What is known of an expression's type before it runs. */
enum node_type { TYPE_ANY, TYPE_INT, TYPE_STR };

struct node {
    enum node_kind kind;
    enum node_type type;
    enum tree_op op;
    enum operand operand;
    bool negate;
    struct place at;
    struct value value;
    const struct var_ref *ref;
    const struct format *format;
    const struct select_ref *select;
    const struct regex *regex;
    const struct addr_range *range;
    struct call_site *site;
    const struct route_ref *route;
    struct node *left, *right, *third;
    struct node **args; /* dynamic arguments, in order */
};

struct node *node_new(struct load *l, enum node_kind kind, const struct place *at);
struct node *node_int(struct load *l, const struct place *at, int64_t n);
/* Where a number is wanted, '+' adds numbers, whatever stands on its left. */
void node_wants_number(struct node *n);
struct node *node_str(struct load *l, const struct place *at, struct str s);
struct node *node_bad(struct load *l, const struct tree *e); /* a fault was told about `e` */
/* check.c: a bare word that means nothing where it stands; tells a fault. */
struct node *check_unknown_word(struct load *l, const struct tree *e);
/* check_operand.c: a keyword operand; a comparison with one or with myself, NULL when it is an
 * ordinary one. */
struct node *check_operand(struct load *l, const struct tree *e);
struct node *check_keyword_comparison(struct load *l, const struct tree *e);
/* check_binary.c */
struct node *check_binary(struct load *l, const struct tree *e);
/* call.c: binds arguments of a call to the function's field table. */
struct node *check_call(struct load *l, const struct tree *e);
struct node *check_route_call(struct load *l, const struct tree *e);
/* traps.c: warnings for what is right and does not do what it looks like. */
void trap_binary(struct load *l, const struct tree *e, const struct node *n);
void trap_dropped(struct load *l, const struct node *n);
void trap_text(struct load *l, const struct tree *e);
void trap_condition(struct load *l, const struct tree *e);
void trap_unreachable(struct load *l, const struct stmt *s);
void trap_event(struct load *l, const struct top *t);
void trap_unused(struct load *l, const struct block *b);
void trap_end(struct load *l, const struct stmt *s);
void trap_break(struct load *l, const struct stmt *s);
void trap_assignment(struct load *l, const struct tree *e, const struct node *n);
void trap_number(struct load *l, const struct tree *e);
/* A fault at a place of the configuration. */
size_t check_fault(struct load *l, const struct place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Widens a tree's place to the whole expression where it stands on one line. */
struct place tree_place(const struct tree *e);
