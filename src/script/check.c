/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks expressions and folds constants; what folding changes is part of the language. */
#include "base/regex.h"
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

static struct node *node_str(struct load *l, const struct place *at, struct str s)
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

static struct node *bad(struct load *l, const struct tree *e)
{
    return node_new(l, NODE_BAD, &e->at);
}

static struct node *expression(struct load *l, const struct tree *e);

static void free_regex(void *r)
{
    regex_free(r);
}

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

static struct node *unknown_word(struct load *l, const struct tree *e)
{
    struct nearest near;
    size_t fault;

    if (name_is_function(l, e->text)) {
        check_fault(l, &e->at, "expected '(' behind the function " STR_FMT, STR_ARG(e->text));
        return bad(l, e);
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
    return bad(l, e);
}

/* Operands that count as numbers; the others are texts. */
static bool numeric_operand(enum operand o)
{
    return o == OPERAND_SRC_PORT || o == OPERAND_DST_PORT || o == OPERAND_MSG_LEN ||
           o == OPERAND_MAX_LEN || o == OPERAND_SND_PORT || o == OPERAND_TO_PORT ||
           o == OPERAND_AF || o == OPERAND_SND_AF || o == OPERAND_TO_AF || o == OPERAND_URI_PORT;
}

static struct node *operand(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_OPERAND, &e->at);

    if (e->operand == OPERAND_MYSELF) {
        check_fault(l, &e->at, "\"myself\" can only be compared: uri == myself");
        return bad(l, e);
    }
    n->operand = e->operand;
    n->type = numeric_operand(e->operand) ? TYPE_INT : TYPE_STR;
    return n;
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
        return bad(l, e);
    }
    if (n->left->kind == NODE_CONST && e->op != OP_DEFINED) {
        struct value v = value_unary(l->arena, e->op, &n->left->value);

        return v.type == VALUE_STR ? node_str(l, &e->at, v.s) : node_int(l, &e->at, v.i);
    }
    if (e->op != OP_DEFINED && e->op != OP_TEXT)
        node_wants_number(n->left);
    return n;
}

/* ---- comparisons with the server, networks and words ---- */

static bool is_uri_operand(enum operand o)
{
    return o == OPERAND_URI || o == OPERAND_FROM_URI || o == OPERAND_TO_URI;
}

static bool is_ip_operand(enum operand o)
{
    return o == OPERAND_SRC_IP || o == OPERAND_DST_IP || o == OPERAND_SND_IP || o == OPERAND_TO_IP;
}

static bool is_myself(const struct tree *e)
{
    return e->kind == TREE_OPERAND && e->operand == OPERAND_MYSELF;
}

static struct node *with_myself(struct load *l, const struct tree *e, const struct tree *other)
{
    struct node *n = node_new(l, NODE_MYSELF, &e->at);

    n->type = TYPE_INT;
    n->negate = e->op == OP_NE;
    if (e->op != OP_EQ && e->op != OP_NE) {
        check_fault(l, &e->at, "\"myself\" can be compared with == and != only");
        return bad(l, e);
    }
    if (other->kind == TREE_OPERAND &&
        (is_uri_operand(other->operand) || is_ip_operand(other->operand))) {
        n->operand = other->operand;
        return n;
    }
    if (other->kind == TREE_OPERAND) {
        check_fault(l, &other->at, "%s cannot be compared with \"myself\"",
                    operand_words[other->operand]);
        return bad(l, e);
    }
    n->left = expression(l, other);
    return n->left->kind == NODE_BAD ? n->left : n;
}

/* src_ip == 10.0.0.0/8, or a quoted address; other texts are compared as they are. */
static struct node *with_net(struct load *l, const struct tree *e, struct str text, bool must)
{
    struct node *n = node_new(l, NODE_NET, &e->at);
    struct addr_range *range = ARENA_NEW(l->arena, struct addr_range);

    n->type = TYPE_INT;
    n->operand = e->left->operand;
    n->negate = e->op == OP_NE;
    n->range = range;
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
        text = str_cut(text, 1, text.n - 1);
    if (addr_range_parse(text, range) == ERR_OK)
        return n;
    if (must) {
        check_fault(l, &e->right->at, "\"" STR_FMT "\" is no IP address or network", STR_ARG(text));
        return bad(l, e);
    }
    return NULL;
}

static const struct {
    const char *word;
    int64_t number;
} families[] = { { "inet", AF_INET },   { "INET", AF_INET },  { "ipv4", AF_INET },
                 { "IPv4", AF_INET },   { "IPV4", AF_INET },  { "inet6", AF_INET6 },
                 { "INET6", AF_INET6 }, { "ipv6", AF_INET6 }, { "IPv6", AF_INET6 },
                 { "IPV6", AF_INET6 } };

static bool family_word(struct str word, int64_t *out)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (str_eq(word, str_of(families[i].word))) {
            *out = families[i].number;
            return true;
        }
    return false;
}

/* A bare word on the right of a keyword operand: method == INVITE, proto == udp. */
static struct node *word_for(struct load *l, const struct tree *left, const struct tree *e)
{
    enum operand o = left->operand;
    int64_t family;

    if (o == OPERAND_AF || o == OPERAND_SND_AF || o == OPERAND_TO_AF) {
        if (family_word(e->text, &family))
            return node_int(l, &e->at, family);
        check_fault(l, &e->at, "expected inet or inet6, got \"" STR_FMT "\"", STR_ARG(e->text));
        return bad(l, e);
    }
    if (o == OPERAND_PROTO || o == OPERAND_SND_PROTO || o == OPERAND_TO_PROTO) {
        enum proto p = proto_of(e->text);

        if (p != PROTO_NONE)
            return node_str(l, &e->at, proto_name(p));
        check_fault(l, &e->at,
                    "expected a protocol (udp, tcp, tls, sctp, ws, wss), got \"" STR_FMT "\"",
                    STR_ARG(e->text));
        return bad(l, e);
    }
    return numeric_operand(o) ? unknown_word(l, e) : node_str(l, &e->at, e->text);
}

/* Comparisons that begin with a keyword operand; NULL when they are ordinary ones. */
static struct node *with_operand(struct load *l, const struct tree *e)
{
    struct node *n, *right;

    if (e->op != OP_EQ && e->op != OP_NE)
        return NULL;
    if (is_ip_operand(e->left->operand) &&
        (e->right->kind == TREE_NET || e->right->kind == TREE_WORD || e->right->kind == TREE_STR)) {
        bool quoted = e->right->kind == TREE_STR;
        struct node *net = with_net(l, e, quoted ? e->right->token->value : e->right->text,
                                    e->right->kind == TREE_NET);

        if (net)
            return net;
    }
    right = e->right->kind == TREE_WORD ? word_for(l, e->left, e->right) : expression(l, e->right);
    if (right->kind == NODE_BAD)
        return right;
    if (numeric_operand(e->left->operand)) {
        if (right->kind == NODE_CONST && right->type == TYPE_STR) {
            check_fault(l, &right->at, "%s is a number, and cannot be compared with a string",
                        operand_words[e->left->operand]);
            return bad(l, e);
        }
        n = node_new(l, NODE_BINARY, &e->at);
        n->op = e->op == OP_EQ ? OP_INTEQ : OP_INTNE;
        node_wants_number(right);
    } else {
        n = node_new(l, NODE_TEXT_IEQ, &e->at);
        n->negate = e->op == OP_NE;
    }
    n->type = TYPE_INT;
    n->left = operand(l, e->left);
    n->right = right;
    return n;
}

/* ---- binary ---- */

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
        return bad(l, e);
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

static struct node *binary(struct load *l, const struct tree *e)
{
    struct node *n, *folded;

    if (is_myself(e->left) || is_myself(e->right))
        return with_myself(l, e, is_myself(e->left) ? e->right : e->left);
    if (e->left->kind == TREE_OPERAND) {
        n = with_operand(l, e);
        if (n)
            return n;
    }
    n = node_new(l, NODE_BINARY, &e->at);
    n->op = e->op;
    n->left = expression(l, e->left);
    n->right = expression(l, e->right);
    if (n->left->kind == NODE_BAD)
        return n->left;
    if (n->right->kind == NODE_BAD)
        return n->right;
    n->type = type_of(e->op, n->left);
    trap_binary(l, e, n);
    if (!check_types(l, e, n))
        return bad(l, e);
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
        return bad(l, e);
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
        return bad(l, e);
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
    return unknown_word(l, e);
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
        return bad(l, e);
    }
    left = variable(l, e->left);
    if (left->kind == NODE_NULL)
        check_fault(l, &e->left->at, "$null cannot be assigned to");
    if (left->kind != NODE_VAR)
        return bad(l, e);
    n->ref = left->ref;
    if (!var_is_writable(n->ref)) {
        check_fault(l, &e->left->at,
                    n->ref->transforms ? "a transformed variable cannot be assigned to"
                                       : "$%s is read-only",
                    n->ref->var->name);
        return bad(l, e);
    }
    if (n->right->kind == NODE_BAD)
        return n->right;
    trap_assignment(l, e, n);
    return n;
}

static struct node *expression(struct load *l, const struct tree *e)
{
    switch (e->kind) {
    case TREE_BAD: return bad(l, e);
    case TREE_INT: trap_number(l, e); return node_int(l, &e->at, e->number);
    case TREE_STR:
        trap_text(l, e);
        return node_str(l, &e->at, e->token ? e->token->value : e->text);
    case TREE_VAR: return variable(l, e);
    case TREE_SELECT: return selection(l, e);
    case TREE_OPERAND: return operand(l, e);
    case TREE_WORD: return bare_word(l, e);
    case TREE_NET: return node_str(l, &e->at, e->text);
    case TREE_UNARY: return unary(l, e);
    case TREE_BINARY: return binary(l, e);
    case TREE_CALL: return call(l, e);
    case TREE_ASSIGN: return assignment(l, e);
    }
    return bad(l, e);
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
