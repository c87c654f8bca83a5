/* SPDX-License-Identifier: BSD-2-Clause */
/* Warnings: where the language does something else than what a reader would guess. */
#include "script/node.h"

static bool is_call(const struct node *n)
{
    return n->kind == NODE_CALL || n->kind == NODE_ROUTE;
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
}

/* "$rm" in an expression stays these three characters. */
void trap_text(struct load *l, const struct tree *e)
{
    struct str text = e->token ? e->token->value : e->text;

    if (!l->route) /* the value of a parameter */
        return;
    for (size_t i = 0; i + 1 < text.n; i++) {
        size_t from = i + 1 + (text.p[i + 1] == '('), n = 0;

        while (from + n < text.n &&
               ((text.p[from + n] | 32) >= 'a' && (text.p[from + n] | 32) <= 'z'))
            n++;
        if (text.p[i] != '$' || !n || !name_variable(l, str_cut(text, from, from + n)))
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

void trap_unreachable(struct load *l, const struct stmt *s)
{
    const struct stmt *next = s->next;

    if (s->kind != STMT_EXIT && s->kind != STMT_RETURN && s->kind != STMT_DROP)
        return;
    /* A `return` that ends a route is often left behind by #!ifdef. */
    if (!next || (!next->next && (next->kind == STMT_RETURN || next->kind == STMT_EXIT)) ||
        next->kind == STMT_BREAK)
        return;
    diag_warn(l->diag, &next->at, "W-unreachable", "this is never reached");
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
