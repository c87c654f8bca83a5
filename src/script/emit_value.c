/* SPDX-License-Identifier: BSD-2-Clause */
/* From checked expressions to code: each leaves its value on the stack. */
#include "script/emit.h"

struct script_action *emit_watch(struct compiler *k, enum action_kind kind, const char *name)
{
    const struct block *b = k->l->block;
    struct script_action *a;

    if (!k->l->program->watchers)
        return NULL;
    a = ARENA_NEW(k->l->arena, struct script_action);
    a->kind = kind;
    a->name = name;
    a->line = k->line;
    a->file = k->file;
    a->block_kind = !b ? "" : b->kind == BLOCK_ROUTE ? "request_route" : block_kind_name(b->kind);
    a->block_name = b ? b->name : STR("");
    emit(k, CODE_WATCH, 0, a);
    return a;
}

static void watch_call(struct compiler *k, const struct node *n)
{
    const struct call_site *s = n->site;
    struct script_action *a =
        emit_watch(k, s->module ? ACTION_CALL : ACTION_CORE_CALL, s->func->name);

    if (a)
        a->n_args = (unsigned)s->n_args;
}

void emit_call(struct compiler *k, const struct node *n)
{
    watch_call(k, n);
    for (size_t i = 0; i < n->site->n_dynamic; i++)
        emit_value(k, n->args[i]);
    emit(k, CODE_CALL, 0, n->site);
    emit_pushed(k, -(int)n->site->n_dynamic);
}

void emit_route(struct compiler *k, const struct node *n)
{
    emit_watch(k, ACTION_ROUTE, "route");
    if (!n->left) {
        emit(k, CODE_ROUTE, 0, n->route);
        return;
    }
    emit_value(k, n->left);
    emit(k, CODE_ROUTE_NAMED, 0, NULL);
    emit_pushed(k, -1);
}

/* The right side of an assignment: a call stands for its own code there. */
static void raw_value(struct compiler *k, const struct node *n)
{
    if (n->kind != NODE_CALL && n->kind != NODE_ROUTE) {
        emit_value(k, n);
        return;
    }
    n->kind == NODE_CALL ? emit_call(k, n) : emit_route(k, n);
    emit(k, CODE_RET, 0, NULL);
    emit_pushed(k, 1);
}

void emit_assign(struct compiler *k, const struct node *n)
{
    struct script_action *a = emit_watch(k, ACTION_ASSIGN, "assign");

    raw_value(k, n->right);
    emit(k, CODE_ASSIGN, 0, n->ref);
    emit_pushed(k, -1);
    if (a) {
        a->assigned = n->ref;
        emit(k, CODE_WATCH, 1, a);
    }
}

/* Both sides are on the stack. */
static void apply(struct compiler *k, enum tree_op op)
{
    switch (op) {
    case OP_ADD:
    case OP_SUM: emit(k, CODE_ADD, op == OP_SUM, NULL); break;
    case OP_SUB: emit(k, CODE_SUB, 0, NULL); break;
    case OP_MUL: emit(k, CODE_MUL, 0, NULL); break;
    case OP_DIV: emit_may_abort(k, emit(k, CODE_DIV, 0, NULL)); break;
    case OP_MOD: emit_may_abort(k, emit(k, CODE_MOD, 0, NULL)); break;
    case OP_EQ: emit(k, CODE_EQ, 0, NULL); break;
    case OP_NE: emit(k, CODE_NE, 0, NULL); break;
    case OP_STREQ:
    case OP_STRNE: emit(k, CODE_TEXT_EQ, op == OP_STRNE, NULL); break;
    case OP_INTEQ:
    case OP_INTNE: emit(k, CODE_NUMBER_EQ, op == OP_INTNE, NULL); break;
    case OP_LT:
    case OP_GT:
    case OP_LE:
    case OP_GE: emit(k, CODE_ORDER, (int)op, NULL); break;
    case OP_MATCH: emit_may_abort(k, emit(k, CODE_MATCH_TEXT, 0, NULL)); break;
    default: emit(k, CODE_BITS, (int)op, NULL); break;
    }
    emit_pushed(k, -1);
}

static void logic(struct compiler *k, const struct node *n)
{
    int32_t jump;

    emit_value(k, n->left);
    jump = emit(k, n->op == OP_AND ? CODE_AND : CODE_OR, 0, NULL);
    emit_pushed(k, -1);
    emit_value(k, n->right);
    emit(k, CODE_TRUTH, 0, NULL);
    emit_target(k, jump);
}

static void select_value(struct compiler *k, const struct node *n)
{
    int32_t otherwise, end;

    emit_value(k, n->left);
    otherwise = emit(k, CODE_UNLESS, 0, NULL);
    emit_pushed(k, -1);
    emit_value(k, n->right);
    end = emit(k, CODE_JUMP, 0, NULL);
    emit_pushed(k, -1);
    emit_target(k, otherwise);
    emit_value(k, n->third);
    emit_target(k, end);
}

static void negate(struct compiler *k, const struct node *n)
{
    if (n->negate)
        emit(k, CODE_UNARY, OP_NOT, NULL);
}

static void myself(struct compiler *k, const struct node *n)
{
    if (n->left) {
        emit_value(k, n->left);
        emit(k, CODE_TEXT_MYSELF, 0, NULL);
    } else {
        emit(k, CODE_IS_MYSELF, (int)n->operand, NULL);
        emit_pushed(k, 1);
    }
    negate(k, n);
}

static void leaf(struct compiler *k, enum code_op op, int a, const void *p)
{
    emit(k, op, a, p);
    emit_pushed(k, 1);
}

void emit_value(struct compiler *k, const struct node *n)
{
    switch (n->kind) {
    case NODE_BAD: emit_push_value(k, VALUE_OF_INT(0)); break;
    case NODE_CONST: emit_push_value(k, n->value); break;
    case NODE_NULL: emit_push_value(k, VALUE_NONE); break;
    case NODE_VAR: leaf(k, CODE_VAR, 0, n->ref); break;
    case NODE_FORMAT: leaf(k, CODE_FORMAT, 0, n->format); break;
    case NODE_SELECT: leaf(k, CODE_SELECT, 0, n->select); break;
    case NODE_OPERAND: leaf(k, CODE_OPERAND, (int)n->operand, NULL); break;
    case NODE_UNARY:
        emit_value(k, n->left);
        if (n->op == OP_DEFINED)
            emit(k, CODE_DEFINED, n->negate, NULL);
        else
            emit(k, CODE_UNARY, (int)n->op, NULL);
        break;
    case NODE_BINARY:
        if (n->op == OP_AND || n->op == OP_OR) {
            logic(k, n);
            break;
        }
        emit_value(k, n->left);
        emit_value(k, n->right);
        apply(k, n->op);
        break;
    case NODE_STRLEN:
        emit_value(k, n->left);
        emit(k, CODE_STRLEN, 0, NULL);
        break;
    case NODE_STREMPTY:
        emit_value(k, n->left);
        emit(k, CODE_STREMPTY, 0, NULL);
        break;
    case NODE_SELVAL: select_value(k, n); break;
    case NODE_MATCH:
        emit_value(k, n->left);
        emit(k, CODE_MATCH, 0, n->regex);
        break;
    case NODE_MYSELF: myself(k, n); break;
    case NODE_NET:
        leaf(k, CODE_IN_NET, (int)n->operand, n->range);
        negate(k, n);
        break;
    case NODE_TEXT_IEQ:
        emit_value(k, n->left);
        emit_value(k, n->right);
        emit(k, CODE_TEXT_IEQ, n->negate, NULL);
        emit_pushed(k, -1);
        break;
    case NODE_CALL:
        emit_call(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    case NODE_ROUTE:
        emit_route(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    case NODE_ASSIGN:
        emit_assign(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    }
}
