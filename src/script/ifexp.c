/* SPDX-License-Identifier: BSD-2-Clause */
/* The expressions of #!ifexp and #!defexp: constants and defines only. */
#include "script/node.h"

static bool name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* Names that are not defined count 0. What is defined without a value has vanished from the tokens:
 * the names are looked up before that. */
static struct tokens with_names(struct lexer *l, struct arena *a, struct str text,
                                const struct place *at)
{
    struct buf b;
    bool quoted = false;
    struct str out;

    buf_init(&b, MEM_CONFIG);
    for (size_t i = 0; i < text.n;) {
        struct str name = { text.p + i, 0 };
        const struct macro *m;

        if (text.p[i] == '"')
            quoted = !quoted;
        while (!quoted && i + name.n < text.n && name_byte(name.p[name.n], name.n == 0))
            name.n++;
        if (!name.n) {
            /* Digits and letters that belong to a number are no names. */
            do
                buf_char(&b, text.p[i++]);
            while (!quoted && i < text.n && text.p[i - 1] >= '0' && text.p[i - 1] <= '9' &&
                   ((text.p[i] | 32) == 'x' || (text.p[i] | 32) == 'b'));
            continue;
        }
        m = lexer_macro(l, name);
        i += name.n;
        if (m && m->has_value)
            buf_add(&b, m->value);
        else if (str_eq(name, STR("and")) || str_eq(name, STR("or")) || str_eq(name, STR("not")) ||
                 str_eq(name, STR("eq")) || str_eq(name, STR("ne")) || str_eq(name, STR("mod")) ||
                 str_eq(name, STR("defined")) || str_eq(name, STR("strlen")) ||
                 str_eq(name, STR("strempty")) || str_eq(name, STR("int")) ||
                 str_eq(name, STR("str")))
            buf_add(&b, name);
        else
            buf_char(&b, m ? '1' : '0');
    }
    out = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return lexer_text(l, out, at);
}

static bool constant_only(const struct tree *e)
{
    for (; e; e = e->next) {
        if (e->kind == TREE_VAR || e->kind == TREE_SELECT || e->kind == TREE_OPERAND ||
            e->kind == TREE_ASSIGN || e->kind == TREE_WORD)
            return false;
        if ((e->left && !constant_only(e->left)) || (e->right && !constant_only(e->right)) ||
            (e->args && !constant_only(e->args)))
            return false;
    }
    return true;
}

static bool evaluate(struct lexer *lexer, struct arena *a, struct diagnostics *d, struct str text,
                     const struct place *at, struct value *out)
{
    struct tree *e = tree_parse_expression(a, d, with_names(lexer, a, text, at));
    struct load l = { .arena = a, .diag = d };
    struct node *n;

    if (!e)
        return false;
    if (!constant_only(e)) {
        diag_fault(d, at, "expected an expression of constants and defines");
        return false;
    }
    n = check_expression(&l, e);
    if (n->kind == NODE_BAD)
        return false;
    if (n->kind == NODE_UNARY && n->op == OP_DEFINED) {
        *out = VALUE_OF_INT(1);
        return true;
    }
    if (n->kind == NODE_MATCH && n->left->kind == NODE_CONST) {
        *out = VALUE_OF_INT(regex_match(n->regex, n->left->value.s, NULL, 0) == ERR_OK);
        return true;
    }
    if (n->kind != NODE_CONST) {
        diag_fault(d, at, "this expression cannot be evaluated now");
        return false;
    }
    *out = n->value;
    return true;
}

bool expression_now(struct lexer *lexer, struct str text, const struct place *at, struct value *out)
{
    return evaluate(lexer, lexer_arena(lexer), lexer_diagnostics(lexer), text, at, out);
}
