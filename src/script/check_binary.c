/* SPDX-License-Identifier: BSD-2-Clause */
/* Binary operators: types, and folding of constants; what that changes is part of the language. */
#include "base/regex.h"
#include "script/node.h"

static void free_regex(void *r)
{
    regex_free(r);
}

enum sort { SORT_LOGIC, SORT_NUMBERS, SORT_ADD, SORT_EQUAL, SORT_TEXTS, SORT_MATCH };
static enum sort sort_of(enum tree_op op)
{
    switch (op) {
    case OP_OR:
    case OP_AND: return SORT_LOGIC;
    case OP_ADD: return SORT_ADD;
    case OP_EQ:
    case OP_NE: return SORT_EQUAL;
    case OP_STREQ:
    case OP_STRNE: return SORT_TEXTS;
    case OP_MATCH: return SORT_MATCH;
    default: return SORT_NUMBERS;
    }
}

static bool is_text(const struct node *n)
{
    return n->kind == NODE_CONST && n->type == TYPE_STR;
}

static bool is_number(const struct node *n, int64_t number)
{
    return n->kind == NODE_CONST && n->type == TYPE_INT && n->value.i == number;
}

static bool check_types(struct load *l, const struct tree *e, const struct node *n)
{
    enum sort sort = sort_of(e->op);
    struct place left = tree_place(e->left), right = tree_place(e->right);

    if (sort == SORT_NUMBERS && (is_text(n->left) || is_text(n->right))) {
        check_fault(l, is_text(n->left) ? &left : &right,
                    "expected a number beside '%s', got a string", tree_op_words[e->op]);
        return false;
    }
    if (sort == SORT_EQUAL && n->left->type == TYPE_INT && is_text(n->right)) {
        check_fault(l, &right, "a number is compared with a string: expected a number behind '%s'",
                    tree_op_words[e->op]);
        return false;
    }
    if (sort == SORT_MATCH && n->left->kind == NODE_CONST && n->left->type == TYPE_INT) {
        check_fault(l, &left, "expected a string before '=~', got a number");
        return false;
    }
    if (sort == SORT_MATCH && n->right->kind == NODE_CONST && n->right->type == TYPE_INT) {
        check_fault(l, &right, "expected a regular expression behind '=~', got a number");
        return false;
    }
    if (sort == SORT_ADD && n->left->kind == NODE_CONST && n->left->type == TYPE_INT &&
        is_text(n->right)) {
        check_fault(l, &right,
                    "expected a number behind '+', got a string: "
                    "the left side decides, and is a number");
        return false;
    }
    return true;
}

static struct node *match(struct load *l, const struct tree *e, struct node *n)
{
    struct place at = tree_place(e->right);
    struct regex *r;
    struct buf why;
    err_t err;

    n->type = TYPE_INT;
    if (n->right->kind != NODE_CONST)
        return n;
    buf_init(&why, MEM_CONFIG);
    err = regex_compile(n->right->value.s, REGEX_ICASE, &r, &why);
    if (err)
        check_fault(l, &at, "malformed regular expression: " STR_FMT, STR_ARG(buf_str(&why)));
    buf_free(&why);
    if (err)
        return node_bad(l, e);
    arena_defer(l->arena, free_regex, r);
    n->kind = NODE_MATCH;
    n->regex = r;
    return n;
}

/* Both sides are constants. NULL: leave it to run time (a division by zero). */
static struct node *fold_both(struct load *l, const struct tree *e, struct node *n)
{
    const struct value *a = &n->left->value, *b = &n->right->value;
    struct value v = VALUE_OF_INT(0);

    switch (e->op) {
    case OP_AND: v.i = value_int(a) && value_int(b); break;
    case OP_OR: v.i = value_int(a) || value_int(b); break;
    case OP_ADD: v = value_add(l->arena, a, b); break;
    case OP_EQ:
    case OP_NE: v.i = value_equal(l->arena, a, b) == (e->op == OP_EQ); break;
    case OP_STREQ:
    case OP_STRNE:
        v.i = str_eq(value_text(a, l->arena), value_text(b, l->arena)) == (e->op == OP_STREQ);
        break;
    case OP_INTEQ:
    case OP_INTNE: v.i = (value_int(a) == value_int(b)) == (e->op == OP_INTEQ); break;
    case OP_LT:
    case OP_GT:
    case OP_LE:
    case OP_GE: v.i = value_order(e->op, value_int(a), value_int(b)); break;
    case OP_SUB: v.i = (int64_t)((uint64_t)value_int(a) - (uint64_t)value_int(b)); break;
    case OP_MUL: v.i = (int64_t)((uint64_t)value_int(a) * (uint64_t)value_int(b)); break;
    case OP_DIV:
    case OP_MOD: return NULL;
    case OP_MATCH: return NULL;
    default: v.i = value_bits(e->op, value_int(a), value_int(b)); break;
    }
    return v.type == VALUE_STR ? node_str(l, &e->at, v.s) : node_int(l, &e->at, v.i);
}

/* `n` as a number, whatever it is. */
static struct node *as_number(struct load *ld, struct node *n)
{
    struct node *number;

    if (n->type == TYPE_INT)
        return n;
    node_wants_number(n);
    number = node_new(ld, NODE_UNARY, &n->at);
    number->op = OP_INT;
    number->left = n;
    number->type = TYPE_INT;
    return number;
}

/* One side is a constant that decides, and the other is never looked at; or it changes nothing, and
 * the other stands for the whole, with its own value. So "-1 && 1" is 1, but "$v && 1" is $v. */
static struct node *fold_logic(struct load *ld, const struct tree *e, struct node *n)
{
    struct node *l = n->left, *r = n->right;
    int64_t unit = e->op == OP_AND;

    if (is_number(r, !unit) || is_number(l, !unit)) {
        trap_dropped(ld, is_number(r, !unit) ? l : r);
        return node_int(ld, &e->at, !unit);
    }
    return is_number(r, unit) ? as_number(ld, l) : is_number(l, unit) ? as_number(ld, r) : NULL;
}

static struct node *fold_one(struct load *ld, const struct tree *e, struct node *n)
{
    struct node *l = n->left, *r = n->right;

    switch (e->op) {
    case OP_AND:
    case OP_OR: return fold_logic(ld, e, n);
    case OP_ADD:
        if (is_number(r, 0) && l->type == TYPE_INT)
            return l;
        return is_number(l, 0) && r->type == TYPE_INT ? r : NULL;
    case OP_MUL:
        if (is_number(r, 1) && l->type == TYPE_INT)
            return l;
        return is_number(l, 1) && r->type == TYPE_INT ? r : NULL;
    case OP_SUB:
    case OP_BITOR:
    case OP_XOR:
    case OP_LSHIFT:
    case OP_RSHIFT: return is_number(r, 0) && l->type == TYPE_INT ? l : NULL;
    case OP_DIV: return is_number(r, 1) && l->type == TYPE_INT ? l : NULL;
    default: return NULL;
    }
}

static enum node_type type_of(enum tree_op op, const struct node *left)
{
    return op == OP_ADD ? left->type : TYPE_INT;
}

/* `$x == $null` asks whether $x is defined; $null on the left is a value like any other. */
static struct node *with_null(struct load *l, const struct tree *e, struct node *n)
{
    struct node *defined;

    bool equal = e->op == OP_EQ || e->op == OP_STREQ || e->op == OP_INTEQ;
    bool unequal = e->op == OP_NE || e->op == OP_STRNE || e->op == OP_INTNE;

    if ((!equal && !unequal) || n->right->kind != NODE_NULL)
        return NULL;
    defined = node_new(l, NODE_UNARY, &e->at);
    defined->op = OP_DEFINED;
    defined->negate = equal;
    defined->left = n->left;
    defined->type = TYPE_INT;
    return defined;
}

static void want_numbers(enum tree_op op, struct node *n)
{
    enum sort sort = sort_of(op);

    if (sort == SORT_LOGIC || sort == SORT_NUMBERS)
        node_wants_number(n->left);
    if (sort == SORT_LOGIC || sort == SORT_NUMBERS ||
        ((sort == SORT_ADD || sort == SORT_EQUAL) && n->left->type == TYPE_INT))
        node_wants_number(n->right);
}

struct node *check_binary(struct load *l, const struct tree *e)
{
    struct node *n, *folded;

    n = check_keyword_comparison(l, e);
    if (n)
        return n;
    n = node_new(l, NODE_BINARY, &e->at);
    n->op = e->op;
    n->left = check_expression(l, e->left);
    n->right = check_expression(l, e->right);
    if (n->left->kind == NODE_BAD)
        return n->left;
    if (n->right->kind == NODE_BAD)
        return n->right;
    n->type = type_of(e->op, n->left);
    trap_binary(l, e, n);
    if (!check_types(l, e, n))
        return node_bad(l, e);
    folded = with_null(l, e, n);
    if (!folded && n->left->kind == NODE_CONST && n->right->kind == NODE_CONST)
        folded = fold_both(l, e, n);
    if (!folded)
        folded = fold_one(l, e, n);
    if (folded)
        return folded;
    want_numbers(e->op, n);
    return e->op == OP_MATCH ? match(l, e, n) : n;
}
