/* SPDX-License-Identifier: BSD-2-Clause */
/* Making code, shared by emit.c (statements) and emit_value.c (expressions). */
#pragma once
#include "script/node.h"

struct patches { /* places of code whose `to` is not known yet */
    int32_t *at;
    size_t n, cap;
};

struct leave { /* what `break` leaves */
    struct leave *up;
    struct patches breaks;
};

struct compiler {
    struct load *l;
    struct code *code;
    uint32_t *lines;
    size_t n, cap;
    int depth, most;
    uint32_t line;
    struct str file;
    struct patches aborts; /* of the statement being compiled */
    struct leave *leave;
};

/* emit.c */

/* Adds an instruction; where it stands. */
int32_t emit(struct compiler *k, enum code_op op, int a, const void *p);
void emit_pushed(struct compiler *k, int n); /* the stack is `n` deeper from here on */
/* The instruction at `at` jumps to the one that comes next. */
void emit_target(struct compiler *k, int32_t at);
/* An instruction that may give up the statement. */
void emit_may_abort(struct compiler *k, int32_t at);
/* All that gave up so far go on here, with the stack as deep as now. */
void emit_land(struct compiler *k);
void emit_push_value(struct compiler *k, struct value v);

/* emit_value.c */

/* Leaves one value on the stack. */
void emit_value(struct compiler *k, const struct node *n);
/* Actions; their code is in ret. */
void emit_call(struct compiler *k, const struct node *n);
void emit_route(struct compiler *k, const struct node *n);
void emit_assign(struct compiler *k, const struct node *n);
/* Where a module watches scripts: it is told of the action that begins here. */
struct script_action *emit_watch(struct compiler *k, enum action_kind kind, const char *name);
