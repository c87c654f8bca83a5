/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of script from another file, compiled along with a configuration. */
#include "script/fragment.h"
#include "script/node.h"
#include "script/parse.h"

static struct block *block_of(struct load *l, const struct fragment *f, struct stmt *body)
{
    struct block *b = ARENA_NEW(l->arena, struct block);

    b->route = ROUTE_REQUEST;
    b->name = STR("");
    b->at = b->close = f->at;
    b->file = arena_dup(l->arena, f->at.source->name);
    b->bodies = ARENA_ARRAY(&l->temp, struct stmt *, 1);
    b->bodies[0] = body;
    b->n_bodies = 1;
    return b;
}

static struct tree *number(struct load *l, const struct fragment *f, int64_t n)
{
    struct tree *t = ARENA_NEW(&l->temp, struct tree);

    t->kind = TREE_INT;
    t->at = t->start = f->at;
    t->number = n;
    return t;
}

static struct stmt *statement(struct load *l, const struct fragment *f, enum stmt_kind kind,
                              struct tree *expr)
{
    struct stmt *s = ARENA_NEW(&l->temp, struct stmt);

    s->kind = kind;
    s->at = f->at;
    s->expr = expr;
    return s;
}

/* if (expression) return 1; return 2; — so that it is true when the language says so. */
static struct stmt *question(struct load *l, const struct fragment *f, struct tree *e)
{
    struct stmt *s = statement(l, f, STMT_IF, e);

    s->body = statement(l, f, STMT_RETURN, number(l, f, 1));
    s->next = statement(l, f, STMT_RETURN, number(l, f, 2));
    return s;
}

static bool is_comparison(const struct tree *e)
{
    return e->kind == TREE_BINARY && e->op >= OP_EQ && e->op <= OP_LE;
}

/* Only for showing it: nothing is told about it. */
static const struct block *side(struct load *l, const struct tree *e)
{
    bool quiet = l->quiet;
    struct node *n = NULL;

    l->quiet = true;
    if (e->kind != TREE_INT && e->kind != TREE_STR && e->kind != TREE_WORD && e->kind != TREE_NET &&
        !(e->kind == TREE_OPERAND && e->operand == OPERAND_MYSELF))
        n = check_expression(l, e);
    l->quiet = quiet;
    return n && n->kind != NODE_BAD ? compile_thunk(l, n) : NULL;
}

/* Where the tokens stand in the other file: as far from its place as they are in the text. */
static void place_tokens(struct tokens tokens, struct str text, const struct fragment *f)
{
    const char *line = text.p;
    struct place at = f->at;
    uint32_t before = at.col - 1;

    for (size_t i = 0; i < tokens.n; i++) {
        struct token *t = &tokens.at[i];

        if (t->text.p >= line && t->text.p < text.p + text.n)
            for (const char *p = line; p < t->text.p; p++)
                if (*p == '\n') {
                    line = p + 1;
                    at.line++;
                    before = 0;
                }
        t->at = at;
        if (t->text.p >= line && t->text.p < text.p + text.n) {
            t->at.col = before + (uint32_t)(t->text.p - line) + 1;
            t->at.width = t->text.n ? (uint32_t)t->text.n : 1;
        }
    }
}

static void compile(struct load *l, struct fragment *f)
{
    struct str closed = arena_fmt(&l->temp, STR_FMT "\n}", STR_ARG(f->text));
    struct str text = f->statements ? closed : f->text;
    struct tokens tokens = lexer_text(l->lexer, text, &f->at);
    struct parser p = { .arena = &l->temp, .diag = l->diag, .t = tokens.at, .first = tokens.at };
    size_t before = diagnostics_faults(l->diag);
    struct tree *e = NULL;
    struct stmt *body;
    struct place close;
    struct block *b;

    place_tokens(tokens, text, f);
    if (f->statements) {
        body = parse_statements(&p, &f->at, &close);
    } else {
        e = tree_parse_expression(&l->temp, l->diag, tokens);
        if (!e)
            return;
        body = question(l, f, e);
    }
    if (diagnostics_faults(l->diag) > before)
        return;
    l->at = f->at;
    b = block_of(l, f, body);
    compile_block(l, b);
    f->code = b;
    if (!e || load_failed(l))
        return;
    if (is_comparison(e) && !f->value) {
        f->left = side(l, e->left);
        f->right = side(l, e->right);
    } else if (f->value || e->kind == TREE_VAR || e->kind == TREE_SELECT) {
        f->left = side(l, e);
    }
}

void fragments_compile(struct load *l)
{
    for (size_t i = 0; i < l->options->n_fragments; i++)
        compile(l, l->options->fragments[i]);
}

int fragment_run(struct call *c, const struct fragment *f)
{
    return vm_run(c, f->code);
}

bool fragment_is_true(struct call *c, const struct fragment *f)
{
    int rc = c->rc;
    bool drop = c->drop;
    bool yes = vm_run(c, f->code) == 1;

    c->rc = rc;
    c->drop = drop;
    return yes;
}

static bool value_of(struct call *c, const struct block *b, struct value *out)
{
    int rc = c->rc;
    bool known = b && vm_value(c, b, out) == ERR_OK;

    c->rc = rc;
    return known;
}

bool fragment_left(struct call *c, const struct fragment *f, struct value *out)
{
    return value_of(c, f->left, out);
}

bool fragment_right(struct call *c, const struct fragment *f, struct value *out)
{
    return value_of(c, f->right, out);
}
