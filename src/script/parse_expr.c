/* SPDX-License-Identifier: BSD-2-Clause */
/* Expressions. The order of operators is the configuration language's own, not that of C. */
#include "script/parse.h"

const char *const operand_words[] = {
#define X(id, word) word,
    OPERAND_TABLE(X)
#undef X
};

const char *const tree_op_words[OP_COUNT] = {
    [OP_NEG] = "-",     [OP_NOT] = "!",      [OP_BITNOT] = "~",
    [OP_INT] = "(int)", [OP_TEXT] = "(str)", [OP_DEFINED] = "defined",
    [OP_OR] = "||",     [OP_AND] = "&&",     [OP_BITOR] = "|",
    [OP_BITAND] = "&",  [OP_XOR] = "^",      [OP_LSHIFT] = "<<",
    [OP_RSHIFT] = ">>", [OP_EQ] = "==",      [OP_NE] = "!=",
    [OP_MATCH] = "=~",  [OP_STREQ] = "eq",   [OP_STRNE] = "ne",
    [OP_INTEQ] = "ieq", [OP_INTNE] = "ine",  [OP_GT] = ">",
    [OP_LT] = "<",      [OP_GE] = ">=",      [OP_LE] = "<=",
    [OP_ADD] = "+",     [OP_SUB] = "-",      [OP_MUL] = "*",
    [OP_DIV] = "/",     [OP_MOD] = "mod",    [OP_SUM] = "+",
};

/* Binary operators by token or word; a higher level binds tighter. All are left-associative. */
static const struct {
    enum tok kind;
    const char *word;
    enum tree_op op;
    int level;
} binary[] = {
    { TOK_OROR, "or", OP_OR, 1 },       { TOK_ANDAND, "and", OP_AND, 2 },
    { TOK_OR, NULL, OP_BITOR, 3 },      { TOK_AND, NULL, OP_BITAND, 4 },
    { TOK_XOR, NULL, OP_XOR, 5 },       { TOK_LSHIFT, NULL, OP_LSHIFT, 6 },
    { TOK_RSHIFT, NULL, OP_RSHIFT, 7 }, { TOK_EQ, NULL, OP_EQ, 8 },
    { TOK_NE, NULL, OP_NE, 8 },         { TOK_MATCH, NULL, OP_MATCH, 8 },
    { TOK_END, "eq", OP_STREQ, 8 },     { TOK_END, "ne", OP_STRNE, 8 },
    { TOK_END, "ieq", OP_INTEQ, 8 },    { TOK_END, "ine", OP_INTNE, 8 },
    { TOK_GT, NULL, OP_GT, 9 },         { TOK_LT, NULL, OP_LT, 9 },
    { TOK_GE, NULL, OP_GE, 9 },         { TOK_LE, NULL, OP_LE, 9 },
    { TOK_PLUS, NULL, OP_ADD, 10 },     { TOK_MINUS, NULL, OP_SUB, 10 },
    { TOK_STAR, NULL, OP_MUL, 11 },     { TOK_SLASH, NULL, OP_DIV, 11 },
    { TOK_END, "mod", OP_MOD, 11 },
};
enum { LEVEL_FIRST = 1, LEVEL_EQUALITY = 8, LEVEL_ORDER = 9 };

struct tree *parse_new(struct parser *p, enum tree_kind kind, const struct place *at)
{
    struct tree *e = ARENA_NEW(p->arena, struct tree);

    e->kind = kind;
    e->at = e->start = *at;
    return e;
}

static struct tree *bad(struct parser *p)
{
    return parse_new(p, TREE_BAD, &p->t->at);
}

bool parse_enter(struct parser *p)
{
    if (p->depth < PARSE_DEPTH_MAX) {
        p->depth++;
        return true;
    }
    if (!p->failed && !p->too_deep)
        diag_fault(p->diag, &p->t->at, "this is nested more than %d deep", PARSE_DEPTH_MAX);
    p->failed = p->too_deep = true;
    return false;
}

static struct tree *unary(struct parser *p);
static struct tree *level_from(struct parser *p, int level);

static int binary_at(const struct parser *p)
{
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        if (p->t->kind == binary[i].kind && p->t->kind != TOK_END)
            return (int)i;
        if (binary[i].word && parse_word(p, binary[i].word))
            return (int)i;
    }
    return -1;
}

/* `[` or a number, word or ':' begins an IPv6 address or a network behind src_ip and its like. */
static struct tree *network(struct parser *p)
{
    static const enum tok stop[] = { TOK_RPAREN, TOK_ANDAND, TOK_OROR,
                                     TOK_SEMI,   TOK_LBRACE, TOK_COMMA };
    struct tree *e = parse_new(p, TREE_NET, &p->t->at);
    bool mask;

    e->text = parse_glued(p, stop, sizeof stop / sizeof *stop);
    mask = p->t->kind == TOK_SLASH;
    if (mask) {
        parse_next(p);
        struct str bits = parse_glued(p, stop, sizeof stop / sizeof *stop);

        e->text = arena_fmt(p->arena, STR_FMT "/" STR_FMT, STR_ARG(e->text), STR_ARG(bits));
    }
    e->at.width = e->text.n ? (uint32_t)e->text.n : 1;
    return e;
}

static struct tree *call_args(struct parser *p, struct tree *e)
{
    struct tree **tail = &e->args;

    if (!parse_enter(p))
        return e;
    if (str_eq(e->text, STR("force_send_socket")) && p->t->kind != TOK_STRING) {
        e->args = network(p); /* proto:host:port without quotes */
        e->n_args = 1;
    } else if (p->t->kind != TOK_RPAREN && p->t->kind != TOK_SEMI) {
        for (;;) {
            struct tree *arg = parse_expression(p);

            *tail = arg;
            tail = &arg->next;
            e->n_args++;
            if (p->failed || p->t->kind != TOK_COMMA)
                break;
            parse_next(p);
        }
    }
    p->depth--;
    if (!p->failed)
        parse_need(p, TOK_RPAREN, e->n_args ? "or ',' after this argument" : "to end this call");
    return e;
}

/* A word followed by ':' that is one operand: msg:len, uri:host. */
static bool colon_word(struct parser *p, struct str *word)
{
    const struct token *colon = parse_ahead(p, 1), *tail = parse_ahead(p, 2);

    if (colon->kind != TOK_COLON || tail->kind != TOK_IDENT || colon->spaced || tail->spaced)
        return false;
    if (!str_eq(p->t->text, STR("msg")) && !str_eq(p->t->text, STR("uri")))
        return false;
    *word = arena_fmt(p->arena, STR_FMT ":" STR_FMT, STR_ARG(p->t->text), STR_ARG(tail->text));
    parse_next(p);
    parse_next(p);
    return true;
}

static struct tree *word(struct parser *p)
{
    static const char *const constants[][5] = {
        { "no", "off", "false", "disable", "disabled" },
        { "yes", "on", "true", "enable", "enabled" },
    };
    struct tree *e = parse_new(p, TREE_WORD, &p->t->at);

    e->text = p->t->text;
    if (parse_ahead(p, 1)->kind == TOK_LPAREN) {
        e->kind = TREE_CALL;
        parse_next(p);
        parse_next(p);
        return call_args(p, e);
    }
    colon_word(p, &e->text);
    parse_next(p);
    for (int i = 0; i < OPERAND_COUNT; i++)
        if (str_eq(e->text, str_of(operand_words[i]))) {
            e->kind = TREE_OPERAND;
            e->operand = (enum operand)i;
            e->at.width = (uint32_t)e->text.n;
            return e;
        }
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 5; k++)
            if (str_eq(e->text, str_of(constants[i][k]))) {
                e->kind = TREE_INT;
                e->number = i;
                return e;
            }
    /* A host name: words joined by dots. */
    while (p->t->kind == TOK_DOT && !p->t->spaced &&
           (parse_ahead(p, 1)->kind == TOK_IDENT || parse_ahead(p, 1)->kind == TOK_NUMBER)) {
        e->text = arena_fmt(p->arena, STR_FMT "." STR_FMT, STR_ARG(e->text),
                            STR_ARG(parse_ahead(p, 1)->text));
        parse_next(p);
        parse_next(p);
    }
    return e;
}

static struct tree *parenthesised(struct parser *p)
{
    const struct token *open = parse_next(p);
    struct tree *e;

    if (!parse_enter(p))
        return bad(p);
    e = parse_expression(p);
    p->depth--;
    if (!p->failed && p->t->kind != TOK_RPAREN) {
        parse_expected(p, "')' to close this expression");
        return e;
    }
    parse_accept(p, TOK_RPAREN);
    e->in_parens = true;
    e->start = open->at;
    return e;
}

static struct tree *primary(struct parser *p)
{
    const struct token *t = p->t;
    struct tree *e;

    switch (t->kind) {
    case TOK_LPAREN: return parenthesised(p);
    case TOK_IDENT: return word(p);
    case TOK_LBRACK:
    case TOK_IP: return network(p);
    case TOK_NUMBER:
        e = parse_new(p, TREE_INT, &t->at);
        e->number = t->number;
        break;
    case TOK_STRING: e = parse_new(p, TREE_STR, &t->at); break;
    case TOK_VAR: e = parse_new(p, TREE_VAR, &t->at); break;
    case TOK_SELECT: e = parse_new(p, TREE_SELECT, &t->at); break;
    default: parse_expected(p, "a value"); return bad(p);
    }
    e->token = t;
    e->text = t->text;
    parse_next(p);
    return e;
}

/* (int) and (str) before a value. */
static enum tree_op cast_at(const struct parser *p)
{
    const struct token *name = parse_ahead(p, 1);

    if (p->t->kind != TOK_LPAREN || name->kind != TOK_IDENT ||
        parse_ahead(p, 2)->kind != TOK_RPAREN)
        return OP_NONE;
    return str_eq(name->text, STR("int"))   ? OP_INT
           : str_eq(name->text, STR("str")) ? OP_TEXT
                                            : OP_NONE;
}

static enum tree_op unary_at(const struct parser *p)
{
    switch (p->t->kind) {
    case TOK_NOT: return OP_NOT;
    case TOK_MINUS: return OP_NEG;
    case TOK_TILDE: return OP_BITNOT;
    case TOK_LPAREN: return cast_at(p);
    default: break;
    }
    if (parse_word(p, "not"))
        return OP_NOT;
    if (parse_word(p, "defined"))
        return OP_DEFINED;
    return OP_NONE;
}

/* Behind src_ip == and the like, an address or network may stand unquoted. */
static struct tree *right_side(struct parser *p, const struct tree *left, int level)
{
    enum tok kind = p->t->kind;

    if (level == LEVEL_EQUALITY && left->kind == TREE_OPERAND &&
        (left->operand == OPERAND_SRC_IP || left->operand == OPERAND_DST_IP ||
         left->operand == OPERAND_SND_IP || left->operand == OPERAND_TO_IP) &&
        (kind == TOK_COLON || kind == TOK_LBRACK || kind == TOK_IP || kind == TOK_NUMBER ||
         (kind == TOK_IDENT && parse_ahead(p, 1)->kind == TOK_COLON)))
        return network(p);
    return level_from(p, level + 1);
}

static struct tree *compared(struct parser *p, struct tree *left, int operator)
{
    struct tree *e = parse_new(p, TREE_BINARY, &p->t->at);

    e->op = binary[operator].op;
    e->left = left;
    e->start = left->start;
    parse_next(p);
    if (!parse_enter(p))
        return bad(p);
    e->right = right_side(p, left, binary[operator].level);
    p->depth--;
    return e;
}

/* A keyword operand and its comparison are one value, which binds tighter than all operators around
 * it: !uri == myself is !(uri == myself), whereas !$rU == "x" is (!$rU) == "x". */
static struct tree *keyword_comparison(struct parser *p, struct tree *left)
{
    int i = left->kind == TREE_OPERAND && !p->failed ? binary_at(p) : -1;
    bool compares = i >= 0 && binary[i].level >= LEVEL_EQUALITY && binary[i].level <= LEVEL_ORDER;

    return compares ? compared(p, left, i) : left;
}

static struct tree *unary(struct parser *p)
{
    enum tree_op op = unary_at(p);
    struct tree *e;

    if (op == OP_NONE)
        return keyword_comparison(p, primary(p));
    e = parse_new(p, TREE_UNARY, &p->t->at);
    e->op = op;
    for (int n = op == OP_INT || op == OP_TEXT ? 3 : 1; n; n--)
        parse_next(p);
    if (!parse_enter(p))
        return bad(p);
    e->left = unary(p);
    p->depth--;
    return e;
}

static struct tree *level_from(struct parser *p, int level)
{
    struct tree *left = unary(p);

    for (;;) {
        int i = binary_at(p);

        if (i < 0 || binary[i].level < level || p->failed)
            return left;
        left = compared(p, left, i);
    }
}

/* An assignment is an expression too: if ($x = 0). */
struct tree *parse_expression(struct parser *p)
{
    struct tree *e = level_from(p, LEVEL_FIRST);

    if (p->failed || p->t->kind != TOK_ASSIGN)
        return e;
    struct tree *assign = parse_new(p, TREE_ASSIGN, &p->t->at);

    parse_next(p);
    assign->left = e;
    assign->start = e->start;
    if (!parse_enter(p))
        return bad(p);
    assign->right = parse_expression(p);
    p->depth--;
    return assign;
}

struct tree *tree_parse_expression(struct arena *a, struct diagnostics *d, struct tokens tokens)
{
    struct parser p = { .arena = a, .diag = d, .t = tokens.at, .first = tokens.at };
    struct tree *e = parse_expression(&p);

    if (!p.failed && p.t->kind != TOK_END)
        parse_expected(&p, "the end of the expression");
    return p.failed ? NULL : e;
}
