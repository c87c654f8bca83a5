/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparisons that begin with a keyword operand or myself: method == INVITE, src_ip == 10.0.0.0/8.
 */
#include "script/node.h"

/* Operands that count as numbers; the others are texts. */
static bool numeric_operand(enum operand o)
{
    return o == OPERAND_SRC_PORT || o == OPERAND_DST_PORT || o == OPERAND_MSG_LEN ||
           o == OPERAND_MAX_LEN || o == OPERAND_SND_PORT || o == OPERAND_TO_PORT ||
           o == OPERAND_AF || o == OPERAND_SND_AF || o == OPERAND_TO_AF || o == OPERAND_URI_PORT;
}

struct node *check_operand(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_OPERAND, &e->at);

    if (e->operand == OPERAND_MYSELF) {
        check_fault(l, &e->at, "\"myself\" can only be compared: uri == myself");
        return node_bad(l, e);
    }
    n->operand = e->operand;
    n->type = numeric_operand(e->operand) ? TYPE_INT : TYPE_STR;
    return n;
}

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
        return node_bad(l, e);
    }
    if (other->kind == TREE_OPERAND &&
        (is_uri_operand(other->operand) || is_ip_operand(other->operand))) {
        n->operand = other->operand;
        return n;
    }
    if (other->kind == TREE_OPERAND) {
        check_fault(l, &other->at, "%s cannot be compared with \"myself\"",
                    operand_words[other->operand]);
        return node_bad(l, e);
    }
    n->left = check_expression(l, other);
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
        return node_bad(l, e);
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
        return node_bad(l, e);
    }
    if (o == OPERAND_PROTO || o == OPERAND_SND_PROTO || o == OPERAND_TO_PROTO) {
        enum proto p = proto_of(e->text);

        if (p != PROTO_NONE)
            return node_str(l, &e->at, proto_name(p));
        check_fault(l, &e->at,
                    "expected a protocol (udp, tcp, tls, sctp, ws, wss), got \"" STR_FMT "\"",
                    STR_ARG(e->text));
        return node_bad(l, e);
    }
    return numeric_operand(o) ? check_unknown_word(l, e) : node_str(l, &e->at, e->text);
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
    right = e->right->kind == TREE_WORD ? word_for(l, e->left, e->right)
                                        : check_expression(l, e->right);
    if (right->kind == NODE_BAD)
        return right;
    if (numeric_operand(e->left->operand)) {
        if (right->kind == NODE_CONST && right->type == TYPE_STR) {
            check_fault(l, &right->at, "%s is a number, and cannot be compared with a string",
                        operand_words[e->left->operand]);
            return node_bad(l, e);
        }
        n = node_new(l, NODE_BINARY, &e->at);
        n->op = e->op == OP_EQ ? OP_INTEQ : OP_INTNE;
        node_wants_number(right);
    } else {
        n = node_new(l, NODE_TEXT_IEQ, &e->at);
        n->negate = e->op == OP_NE;
    }
    n->type = TYPE_INT;
    n->left = check_operand(l, e->left);
    n->right = right;
    return n;
}

struct node *check_keyword_comparison(struct load *l, const struct tree *e)
{
    if (is_myself(e->left) || is_myself(e->right))
        return with_myself(l, e, is_myself(e->left) ? e->right : e->left);
    return e->left->kind == TREE_OPERAND ? with_operand(l, e) : NULL;
}
