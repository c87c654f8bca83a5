/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks expressions: names resolved, types known where they can be. */
#include "script/node.h"

struct node *node_new(struct load *l, enum node_kind kind, const struct place *at)
{
    struct node *n = ARENA_NEW(l->arena, struct node);

    n->kind = kind;
    n->at = *at;
    return n;
}

struct node *node_int(struct load *l, const struct place *at, int64_t number)
{
    struct node *n = node_new(l, NODE_CONST, at);

    n->value = VALUE_OF_INT(number);
    n->type = TYPE_INT;
    return n;
}

struct node *node_str(struct load *l, const struct place *at, struct str s)
{
    struct node *n = node_new(l, NODE_CONST, at);

    n->value = VALUE_OF_STR(arena_dup(l->arena, s));
    n->type = TYPE_STR;
    return n;
}

size_t check_fault(struct load *l, const struct place *at, const char *format, ...)
{
    va_list ap;
    size_t i;

    va_start(ap, format);
    i = diag_vfault(l->diag, at, format, ap);
    va_end(ap);
    return i;
}

struct place tree_place(const struct tree *e)
{
    return e->kind == TREE_BINARY || e->kind == TREE_ASSIGN || e->in_parens ? e->start : e->at;
}

struct node *node_bad(struct load *l, const struct tree *e)
{
    return node_new(l, NODE_BAD, &e->at);
}

static struct node *expression(struct load *l, const struct tree *e);

/* ---- leaves ---- */

static struct node *variable(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_VAR, &e->at);
    err_t err;

    if (str_eq(e->text, STR("$null"))) {
        n->kind = NODE_NULL;
        return n;
    }
    l->token = e->token;
    l->token_offset = 0;
    err = ref_parse(l, e->text, &n->ref);
    l->token = NULL;
    if (err)
        n->kind = NODE_BAD;
    return n;
}

static struct node *selection(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_SELECT, &e->at);
    struct select_ref *s = ARENA_NEW(l->arena, struct select_ref);

    l->token = e->token;
    l->token_offset = 0;
    if (select_parse(l, str_skip(e->text, 1), s))
        n->kind = NODE_BAD;
    l->token = NULL;
    n->select = s;
    return n;
}

struct node *check_unknown_word(struct load *l, const struct tree *e)
{
    struct nearest near;
    size_t fault;

    if (name_is_function(l, e->text)) {
        check_fault(l, &e->at, "expected '(' behind the function " STR_FMT, STR_ARG(e->text));
        return node_bad(l, e);
    }
    fault = check_fault(l, &e->at, "\"" STR_FMT "\" has no meaning here", STR_ARG(e->text));

    nearest_begin(&near, e->text);
    for (int i = 0; i < OPERAND_COUNT; i++)
        nearest_offer(&near, str_of(operand_words[i]));
    for (const struct named_flag *f = l->flags; f; f = f->next)
        nearest_offer(&near, f->name);
    if (near.best.n)
        diag_nearest(l->diag, fault, &near);
    else
        diag_hint(l->diag, fault, "a text stands in quotes; no #!define has this name");
    return node_bad(l, e);
}

/* ---- unary ---- */

void node_wants_number(struct node *n)
{
    if (n->kind != NODE_BINARY || n->op != OP_ADD || n->type == TYPE_INT)
        return;
    n->op = OP_SUM;
    n->type = TYPE_INT;
    node_wants_number(n->left);
    node_wants_number(n->right);
}

static struct node *unary(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_UNARY, &e->at);

    n->left = expression(l, e->left);
    n->op = e->op;
    n->type = e->op == OP_TEXT ? TYPE_STR : TYPE_INT;
    if (n->left->kind == NODE_BAD)
        return n->left;
    if ((e->op == OP_NEG || e->op == OP_BITNOT) && n->left->kind == NODE_CONST &&
        n->left->type == TYPE_STR) {
        struct place at = tree_place(e->left);

        check_fault(l, &at, "expected a number behind '%s', got a string", tree_op_words[e->op]);
        return node_bad(l, e);
    }
    if (n->left->kind == NODE_CONST && e->op != OP_DEFINED) {
        struct value v = value_unary(l->arena, e->op, &n->left->value);

        return v.type == VALUE_STR ? node_str(l, &e->at, v.s) : node_int(l, &e->at, v.i);
    }
    if (e->op != OP_DEFINED && e->op != OP_TEXT)
        node_wants_number(n->left);
    return n;
}

/* ---- calls that are part of the language ---- */

static struct node *text_function(struct load *l, const struct tree *e, enum node_kind kind,
                                  size_t n_args)
{
    struct node *n = node_new(l, kind, &e->at);
    struct node *args[3] = { 0 };
    const struct tree *arg = e->args;

    if (e->n_args != n_args) {
        check_fault(l, &e->at, STR_FMT " takes %zu argument%s, not %zu", STR_ARG(e->text), n_args,
                    n_args == 1 ? "" : "s", e->n_args);
        return node_bad(l, e);
    }
    for (size_t i = 0; i < n_args; i++, arg = arg->next) {
        args[i] = expression(l, arg);
        if (args[i]->kind == NODE_BAD)
            return args[i];
    }
    n->left = args[0];
    n->right = args[1];
    n->third = args[2];
    n->type = kind == NODE_SELVAL ? TYPE_ANY : TYPE_INT;
    if (kind != NODE_SELVAL && n->left->kind == NODE_CONST && n->left->type == TYPE_INT) {
        check_fault(l, &e->args->at, "expected a string as argument of " STR_FMT ", got a number",
                    STR_ARG(e->text));
        return node_bad(l, e);
    }
    return n;
}

static struct node *call(struct load *l, const struct tree *e)
{
    struct node *n;

    if (str_eq(e->text, STR("strlen")))
        return text_function(l, e, NODE_STRLEN, 1);
    if (str_eq(e->text, STR("strempty")))
        return text_function(l, e, NODE_STREMPTY, 1);
    if (str_eq(e->text, STR("selval")))
        return text_function(l, e, NODE_SELVAL, 3);
    if (str_eq(e->text, STR("defined"))) {
        n = text_function(l, e, NODE_UNARY, 1);
        n->op = OP_DEFINED;
        return n;
    }
    return str_eq(e->text, STR("route")) ? check_route_call(l, e) : check_call(l, e);
}

/* A word alone is a call of a core function without parentheses: force_rport; */
static struct node *bare_word(struct load *l, const struct tree *e)
{
    for (const struct func *f = core_funcs; f->name; f++)
        if (name_is_of(f, e->text) && (!f->args || f->args[0].def || f->args[0].optional)) {
            struct tree as_call = *e;

            as_call.kind = TREE_CALL;
            return check_call(l, &as_call);
        }
    return check_unknown_word(l, e);
}

static struct node *assignment(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_ASSIGN, &e->at);
    const struct node *left;

    n->type = TYPE_INT;
    n->right = expression(l, e->right);
    if (e->left->kind != TREE_VAR) {
        if (e->left->kind != TREE_BAD) {
            struct place at = tree_place(e->left);

            check_fault(l, &at, "expected a variable before '='");
        }
        return node_bad(l, e);
    }
    left = variable(l, e->left);
    if (left->kind == NODE_NULL)
        check_fault(l, &e->left->at, "$null cannot be assigned to");
    if (left->kind != NODE_VAR)
        return node_bad(l, e);
    n->ref = left->ref;
    if (!var_is_writable(n->ref)) {
        check_fault(l, &e->left->at,
                    n->ref->transforms ? "a transformed variable cannot be assigned to"
                                       : "$%s is read-only",
                    n->ref->var->name);
        return node_bad(l, e);
    }
    if (n->right->kind == NODE_BAD)
        return n->right;
    trap_assignment(l, e, n);
    return n;
}

static struct node *expression(struct load *l, const struct tree *e)
{
    switch (e->kind) {
    case TREE_BAD: return node_bad(l, e);
    case TREE_INT: trap_number(l, e); return node_int(l, &e->at, e->number);
    case TREE_STR:
        trap_text(l, e);
        return node_str(l, &e->at, e->token ? e->token->value : e->text);
    case TREE_VAR: return variable(l, e);
    case TREE_SELECT: return selection(l, e);
    case TREE_OPERAND: return check_operand(l, e);
    case TREE_WORD: return bare_word(l, e);
    case TREE_NET: return node_str(l, &e->at, e->text);
    case TREE_UNARY: return unary(l, e);
    case TREE_BINARY: return check_binary(l, e);
    case TREE_CALL: return call(l, e);
    case TREE_ASSIGN: return assignment(l, e);
    }
    return node_bad(l, e);
}

struct node *check_expression(struct load *l, const struct tree *e)
{
    return expression(l, e);
}

bool load_constant(struct load *l, const struct tree *e, struct value *out)
{
    struct node *n;

    if (e->kind == TREE_WORD || e->kind == TREE_NET || e->kind == TREE_OPERAND) {
        *out = VALUE_OF_STR(arena_dup(l->arena, e->text));
        return true;
    }
    n = check_expression(l, e);
    if (n->kind == NODE_BAD)
        return false;
    if (n->kind != NODE_CONST) {
        struct place at = tree_place(e);

        check_fault(l, &at, "expected a constant");
        return false;
    }
    *out = n->value;
    return true;
}
