/* SPDX-License-Identifier: BSD-2-Clause */
/* From statements to code. */
#include "script/emit.h"
#include "base/regex.h"

enum { CODE_BLOCK_MAX = 1 << 22 };

static void patch_add(struct compiler *k, struct patches *p, int32_t at)
{
    if (p->n == p->cap) {
        int32_t *old = p->at;

        p->cap = p->cap ? p->cap * 2 : 8;
        p->at = arena_alloc(&k->l->temp, p->cap * sizeof *p->at);
        if (p->n)
            memcpy(p->at, old, p->n * sizeof *old);
    }
    p->at[p->n++] = at;
}

int32_t emit(struct compiler *k, enum code_op op, int a, const void *p)
{
    if (k->n == k->cap) {
        struct code *code = k->code;
        uint32_t *lines = k->lines;

        k->cap = k->cap ? k->cap * 2 : 64;
        k->code = arena_alloc(&k->l->temp, k->cap * sizeof *code);
        k->lines = arena_alloc(&k->l->temp, k->cap * sizeof *lines);
        if (k->n) {
            memcpy(k->code, code, k->n * sizeof *code);
            memcpy(k->lines, lines, k->n * sizeof *lines);
        }
    }
    ASSERT(k->n < CODE_BLOCK_MAX);
    k->lines[k->n] = k->line;
    k->code[k->n] = (struct code){ (uint16_t)op, (int16_t)a, 0, p };
    return (int32_t)k->n++;
}

void emit_pushed(struct compiler *k, int n)
{
    k->depth += n;
    if (k->depth > k->most)
        k->most = k->depth;
}

void emit_target(struct compiler *k, int32_t at)
{
    k->code[at].to = (int32_t)k->n;
}

void emit_may_abort(struct compiler *k, int32_t at)
{
    patch_add(k, &k->aborts, at);
}

void emit_land(struct compiler *k)
{
    for (size_t i = 0; i < k->aborts.n; i++) {
        k->code[k->aborts.at[i]].to = (int32_t)k->n;
        k->code[k->aborts.at[i]].a = (int16_t)k->depth;
    }
    k->aborts.n = 0;
}

void emit_push_value(struct compiler *k, struct value v)
{
    struct value *kept = ARENA_NEW(k->l->arena, struct value);

    *kept = v;
    emit(k, CODE_PUSH, 0, kept);
    emit_pushed(k, 1);
}

static void statements(struct compiler *k, const struct stmt *s);
static void statement(struct compiler *k, const struct stmt *s);

static void set_ret(struct compiler *k, int ret)
{
    emit(k, CODE_SET_RET, ret, NULL);
}

static void action(struct compiler *k, const struct stmt *s)
{
    struct node *n = check_expression(k->l, s->expr);
    int32_t over;

    switch (n->kind) {
    case NODE_CALL: emit_call(k, n); break;
    case NODE_ROUTE: emit_route(k, n); break;
    case NODE_ASSIGN: emit_assign(k, n); break;
    case NODE_BAD: break;
    default: {
        struct place at = tree_place(s->expr);

        if (!s->expr->token || !s->expr->token->bad)
            check_fault(k->l, &at, "this does nothing: expected a call or an assignment");
        break;
    }
    }
    if (!k->aborts.n)
        return;
    over = emit(k, CODE_JUMP, 0, NULL);
    emit_land(k);
    set_ret(k, -1);
    emit_target(k, over);
}

static void number_value(struct compiler *k, const struct tree *e)
{
    struct node *n = check_expression(k->l, e);

    node_wants_number(n);
    emit_value(k, n);
}

static void condition(struct compiler *k, const struct tree *e)
{
    trap_condition(k->l, e);
    number_value(k, e);
}

static void body(struct compiler *k, const struct stmt *s)
{
    if (!s || (s->kind == STMT_BLOCK && !s->body))
        set_ret(k, 1);
    else
        statement(k, s);
}

static void if_statement(struct compiler *k, const struct stmt *s)
{
    struct patches outer = k->aborts;
    int32_t otherwise, end;

    k->aborts = (struct patches){ 0 };
    condition(k, s->expr);
    otherwise = emit(k, CODE_UNLESS_TRUE, 0, NULL);
    emit_pushed(k, -1);
    struct patches failed = k->aborts;

    k->aborts = (struct patches){ 0 };
    body(k, s->body);
    end = emit(k, CODE_JUMP, 0, NULL);
    emit_target(k, otherwise);
    k->aborts = failed;
    emit_land(k);
    body(k, s->otherwise);
    emit_target(k, end);
    k->aborts = outer;
}

static void leave_begin(struct compiler *k, struct leave *leave)
{
    *leave = (struct leave){ .up = k->leave };
    k->leave = leave;
}

static void leave_end(struct compiler *k, struct leave *leave)
{
    for (size_t i = 0; i < leave->breaks.n; i++)
        emit_target(k, leave->breaks.at[i]);
    k->leave = leave->up;
}

static void while_statement(struct compiler *k, const struct stmt *s)
{
    struct patches outer = k->aborts;
    struct leave leave;
    int32_t top, done, back;

    leave_begin(k, &leave);
    k->aborts = (struct patches){ 0 };
    set_ret(k, 1);
    emit(k, CODE_LOOP, 0, NULL);
    emit_pushed(k, 1);
    top = (int32_t)k->n;
    patch_add(k, &leave.breaks, emit(k, CODE_ROUND, 0, NULL));
    condition(k, s->expr);
    done = emit(k, CODE_UNLESS, 0, NULL);
    emit_pushed(k, -1);
    struct patches failed = k->aborts;

    k->aborts = (struct patches){ 0 };
    body(k, s->body);
    back = emit(k, CODE_JUMP, 0, NULL);
    k->code[back].to = top;
    emit_target(k, done);
    k->aborts = failed;
    emit_land(k);
    leave_end(k, &leave);
    emit(k, CODE_DISCARD, 0, NULL);
    emit_pushed(k, -1);
    k->aborts = outer;
}

static void free_regex(void *r)
{
    regex_free(r);
}

static void regex_label(struct compiler *k, const struct stmt_case *c, struct switch_label *label)
{
    struct regex *r;
    struct buf why;

    buf_init(&why, MEM_CONFIG);
    if (regex_compile(label->text, c->icase ? REGEX_ICASE : 0, &r, &why)) {
        check_fault(k->l, &c->label->at, "malformed regular expression: " STR_FMT,
                    STR_ARG(buf_str(&why)));
    } else {
        arena_defer(k->l->arena, free_regex, r);
        label->regex = r;
    }
    buf_free(&why);
}

/* Numbers or texts: the first label says which, and the others must be alike. */
static void label(struct compiler *k, const struct stmt_case *c, struct switch_table *t)
{
    struct switch_label *label = &t->labels[t->n];
    bool first = t->n == 0;
    struct value v;

    if (!load_constant(k->l, c->label, &v))
        return;
    t->n++;
    if (first)
        t->numbers = v.type == VALUE_INT;
    if (t->numbers != (v.type == VALUE_INT) || (c->regex && t->numbers)) {
        struct place at = tree_place(c->label);

        check_fault(k->l, &at, "expected a %s as label: the first label of this switch is one",
                    t->numbers ? "number" : "string");
        return;
    }
    label->number = v.i;
    label->text = v.s;
    if (c->regex)
        regex_label(k, c, label);
    for (size_t i = 0; i + 1 < t->n; i++)
        if (!label->regex && !t->labels[i].regex && label->number == t->labels[i].number &&
            str_eq(label->text, t->labels[i].text))
            diag_warn(k->l->diag, &c->at, "W-duplicate-case",
                      "this label is never reached: it stands above already");
}

/* As the first label says. */
static bool has_numbers(const struct stmt_case *c)
{
    while (c && !c->label)
        c = c->next;
    return c && !c->regex && c->label->kind != TREE_STR && c->label->kind != TREE_WORD;
}

static void switch_statement(struct compiler *k, const struct stmt *s)
{
    struct switch_table *t = ARENA_NEW(k->l->arena, struct switch_table);
    struct patches outer = k->aborts;
    const struct stmt_case *otherwise = NULL;
    struct leave leave;
    size_t n = 0, i = 0;

    for (const struct stmt_case *c = s->cases; c; c = c->next)
        n++;
    t->labels = ARENA_ARRAY(k->l->arena, struct switch_label, n + 1);
    leave_begin(k, &leave);
    k->aborts = (struct patches){ 0 };
    set_ret(k, 1);
    trap_condition(k->l, s->expr);
    if (has_numbers(s->cases))
        number_value(k, s->expr);
    else
        emit_value(k, check_expression(k->l, s->expr));
    emit(k, CODE_SWITCH, 0, t);
    emit_pushed(k, -1);
    struct patches failed = k->aborts;

    k->aborts = (struct patches){ 0 };
    t->otherwise = -1;
    for (const struct stmt_case *c = s->cases; c; c = c->next) {
        size_t before = t->n;

        k->line = c->at.line;
        if (!c->label && otherwise)
            check_fault(k->l, &c->at, "a second \"default\" in this switch");
        if (!c->label) {
            otherwise = c;
            t->otherwise = (int32_t)k->n;
        } else {
            label(k, c, t);
        }
        for (i = before; i < t->n; i++)
            t->labels[i].to = (int32_t)k->n;
        statements(k, c->body);
    }
    k->aborts = failed;
    emit_land(k);
    leave_end(k, &leave);
    if (t->otherwise < 0)
        t->otherwise = (int32_t)k->n;
    k->aborts = outer;
}

static void break_statement(struct compiler *k)
{
    set_ret(k, 0);
    if (k->leave)
        patch_add(k, &k->leave->breaks, emit(k, CODE_JUMP, 0, NULL));
    else
        emit(k, CODE_LEAVE, 0, NULL);
}

static void end_statement(struct compiler *k, const struct stmt *s, enum code_op op, int64_t code)
{
    int32_t over;

    trap_end(k->l, s);
    if (s->expr)
        condition(k, s->expr);
    else
        emit_push_value(k, VALUE_OF_INT(code));
    emit(k, op, 0, NULL);
    emit_pushed(k, -1);
    if (!k->aborts.n)
        return;
    over = emit(k, CODE_JUMP, 0, NULL);
    emit_land(k);
    set_ret(k, -1);
    emit_target(k, over);
}

static void statement(struct compiler *k, const struct stmt *s)
{
    static const struct {
        enum action_kind kind;
        const char *name;
    } watched[] = {
        [STMT_IF] = { ACTION_IF, "if" },          [STMT_WHILE] = { ACTION_WHILE, "while" },
        [STMT_BREAK] = { ACTION_END, "break" },   [STMT_SWITCH] = { ACTION_SWITCH, "switch" },
        [STMT_RETURN] = { ACTION_END, "return" }, [STMT_EXIT] = { ACTION_END, "exit" },
        [STMT_DROP] = { ACTION_END, "drop" },     [STMT_BLOCK] = { 0 },
    };

    k->line = s->at.line;
    if (watched[s->kind].name)
        emit_watch(k, watched[s->kind].kind, watched[s->kind].name);
    switch (s->kind) {
    case STMT_EXPR: action(k, s); break;
    case STMT_IF: if_statement(k, s); break;
    case STMT_WHILE: while_statement(k, s); break;
    case STMT_SWITCH: switch_statement(k, s); break;
    case STMT_BREAK:
        if (!k->leave)
            trap_break(k->l, s);
        break_statement(k);
        break;
    case STMT_RETURN: end_statement(k, s, CODE_RETURN, 1); break;
    case STMT_EXIT: end_statement(k, s, CODE_EXIT, 1); break;
    case STMT_DROP: end_statement(k, s, CODE_DROP, 0); break;
    case STMT_BLOCK: statements(k, s->body); break;
    }
}

static void statements(struct compiler *k, const struct stmt *s)
{
    for (; s; s = s->next) {
        statement(k, s);
        trap_unreachable(k->l, s);
    }
}

static void finish(struct compiler *k, struct block *b)
{
    struct code *code = arena_alloc(k->l->arena, k->n * sizeof *code);
    uint32_t *lines = arena_alloc(k->l->arena, k->n * sizeof *lines);

    memcpy(code, k->code, k->n * sizeof *code);
    memcpy(lines, k->lines, k->n * sizeof *lines);
    ASSERT(k->depth >= 0 && k->most < INT16_MAX);
    b->code = code;
    b->lines = lines;
    b->n = k->n;
    b->stack = (unsigned)k->most + 1;
}

void compile_block(struct load *l, struct block *b)
{
    struct compiler k = { .l = l, .file = b->file };

    l->route = b->route;
    l->block = b;
    for (size_t i = 0; i < b->n_bodies; i++)
        statements(&k, b->bodies[i]);
    k.line = b->close.line;
    emit(&k, CODE_LEAVE, 0, NULL);
    finish(&k, b);
}

struct block *compile_thunk(struct load *l, struct node *n)
{
    struct compiler k = { .l = l, .line = n->at.line };
    struct block *b = ARENA_NEW(l->arena, struct block);

    b->at = n->at;
    b->file = n->at.source ? arena_dup(l->arena, n->at.source->name) : STR("");
    k.file = b->file;
    emit_value(&k, n);
    emit(&k, CODE_RESULT, 0, NULL);
    emit_land(&k);
    emit_push_value(&k, VALUE_NONE);
    emit(&k, CODE_RESULT, 0, NULL);
    finish(&k, b);
    return b;
}
