/* SPDX-License-Identifier: BSD-2-Clause */
/* Warnings: where the language does something else than what a reader would guess. */
#include "script/node.h"

static bool is_call(const struct node *n)
{
    return n->kind == NODE_CALL || n->kind == NODE_ROUTE;
}

static bool bare_comparison(const struct tree *e)
{
    return e->kind == TREE_BINARY && !e->in_parens && e->op >= OP_EQ && e->op <= OP_LE;
}

static void trap_shift(struct load *l, const struct tree *e)
{
    if (bare_comparison(e->left) || bare_comparison(e->right))
        diag_hint(l->diag,
                  diag_warn(l->diag, &e->at, "W-precedence",
                            "the comparison beside '%s' is done first", tree_op_words[e->op]),
                  "put parentheses");
}

void trap_binary(struct load *l, const struct tree *e, const struct node *n)
{
    bool compares = e->op == OP_EQ || e->op == OP_NE || e->op == OP_GT || e->op == OP_LT ||
                    e->op == OP_GE || e->op == OP_LE;
    struct place at = tree_place(e->left);

    if ((e->op == OP_EQ || e->op == OP_NE) && n->left->kind == NODE_NULL &&
        n->right->kind != NODE_NULL)
        diag_hint(l->diag,
                  diag_warn(l->diag, &at, "W-null-left",
                            "$null on the left is 0 or \"\", and does not ask what is defined"),
                  "put $null on the right");
    if (compares && is_call(n->left) && n->right->kind == NODE_CONST &&
        n->right->type == TYPE_INT && n->right->value.i != 0 && n->right->value.i != 1)
        diag_hint(l->diag,
                  diag_warn(l->diag, &at, "W-call-compare",
                            "a call inside an expression is 1 or 0, never %lld",
                            (long long)n->right->value.i),
                  "call it first, and compare $rc");
    if ((e->op == OP_EQ || e->op == OP_NE) && n->left->type == TYPE_STR &&
        n->right->kind == NODE_CONST && n->right->type == TYPE_INT)
        diag_hint(
            l->diag,
            diag_warn(l->diag, &at, "W-text-number", "a text is compared with a number, as texts"),
            "put the number on the left");
    if (e->op == OP_LSHIFT || e->op == OP_RSHIFT)
        trap_shift(l, e);
}

void trap_dropped(struct load *l, const struct node *n)
{
    if (is_call(n))
        diag_hint(l->diag,
                  diag_warn(l->diag, &n->at, "W-never-called",
                            "this call is never made: the constant beside it decides"),
                  "put the call in a statement of its own");
}

/* "$rm" in an expression stays these three characters. */
void trap_text(struct load *l, const struct tree *e)
{
    struct str text = e->token ? e->token->value : e->text;

    if (!l->route) /* the value of a parameter */
        return;
    for (size_t i = 0; i + 1 < text.n; i++) {
        size_t from = i + 1 + (text.p[i + 1] == '('), n = 0;

        if (text.p[i] != '$')
            continue;
        while (from + n < text.n &&
               ((text.p[from + n] | 32) >= 'a' && (text.p[from + n] | 32) <= 'z'))
            n++;
        if (!n || !name_variable(l, str_cut(text, from, from + n)))
            continue;
        struct place at = e->token ? string_place(e->token, i) : e->at;

        diag_hint(l->diag,
                  diag_warn(l->diag, &at, "W-no-expansion",
                            "variables inside a string are not expanded in an expression"),
                  "put the parts together with '+'");
        return;
    }
}

void trap_condition(struct load *l, const struct tree *e)
{
    if (e->kind == TREE_ASSIGN)
        diag_hint(l->diag,
                  diag_warn(l->diag, &e->at, "W-assign-condition",
                            "an assignment is always true as a condition"),
                  "did you mean '=='?");
}

/* Whether nothing behind a statement ever runs. */
static bool ends(const struct stmt *s)
{
    switch (s->kind) {
    case STMT_EXIT:
    case STMT_RETURN:
    case STMT_DROP: return true;
    case STMT_BLOCK:
        for (const struct stmt *in = s->body; in; in = in->next)
            if (ends(in))
                return true;
        return false;
    case STMT_IF: return s->body && s->otherwise && ends(s->body) && ends(s->otherwise);
    default: return false;
    }
}

void trap_unreachable(struct load *l, const struct stmt *s)
{
    const struct stmt *next = s->next;

    if (!ends(s))
        return;
    /* A `return` that ends a route is often left behind by #!ifdef. */
    if (!next || (!next->next && (next->kind == STMT_RETURN || next->kind == STMT_EXIT)) ||
        next->kind == STMT_BREAK)
        return;
    diag_warn(l->diag, &next->at, "W-unreachable", "this is never reached");
}

void trap_unused(struct load *l, const struct block *b)
{
    if (b->used || !b->name.n || b->kind == BLOCK_EVENT || l->named_later[b->kind])
        return;
    diag_warn(l->diag, &b->name_at, "W-unused-route", "nothing names %s[" STR_FMT "]",
              block_kind_name(b->kind), STR_ARG(b->name));
}

void trap_end(struct load *l, const struct stmt *s)
{
    if (s->kind == STMT_DROP && l->route == ROUTE_FAILURE)
        diag_hint(l->diag,
                  diag_warn(l->diag, &s->at, "W-drop-ignored",
                            "drop does not discard anything in a failure_route"),
                  "write exit");
    if (s->kind == STMT_RETURN && s->expr && s->expr->kind == TREE_INT && s->expr->number == 0 &&
        l->block && l->block->kind == BLOCK_ROUTE && l->block->name.n && !l->program->return_false)
        diag_hint(l->diag,
                  diag_warn(l->diag, &s->at, "W-return-zero", "return 0 ends the whole script"),
                  "write exit, or return -1 for false");
}

/* Nothing reads the code of request_route or of a failure_route. */
void trap_break(struct load *l, const struct stmt *s)
{
    const struct block *b = l->block;

    if (b && ((b->kind == BLOCK_ROUTE && !b->name.n) || b->kind == BLOCK_FAILURE))
        return;
    diag_hint(l->diag,
              diag_warn(l->diag, &s->at, "W-break-route",
                        "break outside of switch and while leaves the route with code 0"),
              "write return");
}

static bool same_var(const struct var_ref *a, const struct var_ref *b)
{
    return a->var == b->var && !a->key_format && !b->key_format && str_eq(a->key, b->key);
}

/* $avp(x) = $avp(x) + 1 */
void trap_assignment(struct load *l, const struct tree *e, const struct node *n)
{
    const struct node *sum = n->right;
    struct str name = str_of(n->ref->var->name);

    if (sum->kind == NODE_BINARY && sum->op == OP_ADD && sum->left->kind == NODE_VAR &&
        sum->right->kind == NODE_CONST && sum->right->type == TYPE_INT &&
        !sum->left->ref->transforms && same_var(n->ref, sum->left->ref) &&
        (str_eq(name, STR("avp")) || str_eq(name, STR("xavp"))))
        diag_hint(l->diag,
                  diag_warn(l->diag, &e->right->at, "W-counter",
                            "where $%s(" STR_FMT ") is not set, this puts texts together",
                            n->ref->var->name, STR_ARG(n->ref->key)),
                  "put the number first: %lld + $%s(" STR_FMT ")", (long long)sum->right->value.i,
                  n->ref->var->name, STR_ARG(n->ref->key));
}

void trap_number(struct load *l, const struct tree *e)
{
    struct str text = e->token ? e->token->text : e->text;
    bool file_mode = !l->block && text.n == 4; /* modparam("ctl", "mode", 0600) */

    if (!file_mode && text.n > 1 && text.p[0] == '0' && text.p[1] >= '0' && text.p[1] <= '7' &&
        str_find(text, '.') == text.n)
        diag_hint(l->diag,
                  diag_warn(l->diag, &e->at, "W-octal",
                            "a number that begins with 0 is octal: %lld", (long long)e->number),
                  "leave out the 0");
}

/* "htable:expired:<table>" stands for any table. */
static bool names_event(const char *declared, struct str name)
{
    struct str d = str_of(declared);
    size_t open = str_find(d, '<');

    return open == d.n ? str_eq(d, name) : str_starts(name, str_cut(d, 0, open));
}

void trap_event(struct load *l, const struct top *t)
{
    struct str module = str_cut(t->name, 0, str_find(t->name, ':'));
    struct nearest near;
    bool offers = false;

    if (t->block_kind != BLOCK_EVENT || t->unnamed)
        return;
    nearest_begin(&near, t->name);
    for (size_t i = 0; i < l->n_modules; i++)
        for (const struct event *e = l->modules[i]->events; e && e->name; e++) {
            struct str d = str_of(e->name);

            if (names_event(e->name, t->name))
                return;
            nearest_offer(&near, d);
            offers |= str_eq(str_cut(d, 0, str_find(d, ':')), module);
        }
    /* Only where the module is known to say all its events. */
    if (near.best.n && offers)
        diag_nearest(l->diag,
                     diag_warn(l->diag, &t->name_at, "W-unknown-event",
                               "no module runs event_route[" STR_FMT "]", STR_ARG(t->name)),
                     &near);
}
