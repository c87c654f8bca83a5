/* SPDX-License-Identifier: BSD-2-Clause */
/* From statements and checked expressions to code. */
#include "base/regex.h"
#include "script/node.h"

enum { CODE_BLOCK_MAX = 1 << 22 };

struct patches { /* places of code whose `to` is not known yet */
    int32_t *at;
    size_t n, cap;
};

struct leave { /* what `break` leaves */
    struct leave *up;
    struct patches breaks;
};

struct compiler {
    struct load *l;
    struct code *code;
    uint32_t *lines;
    size_t n, cap;
    int depth, most;
    uint32_t line;
    struct str file;
    struct patches aborts; /* of the statement being compiled */
    struct leave *leave;
};

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

static int32_t emit(struct compiler *k, enum code_op op, int a, const void *p)
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

static void pushed(struct compiler *k, int n)
{
    k->depth += n;
    if (k->depth > k->most)
        k->most = k->depth;
}

static void target(struct compiler *k, int32_t at)
{
    k->code[at].to = (int32_t)k->n;
}

/* An instruction that may give up the statement. */
static void may_abort(struct compiler *k, int32_t at)
{
    patch_add(k, &k->aborts, at);
}

/* All that gave up so far go on here, with the stack as deep as now. */
static void land(struct compiler *k)
{
    for (size_t i = 0; i < k->aborts.n; i++) {
        k->code[k->aborts.at[i]].to = (int32_t)k->n;
        k->code[k->aborts.at[i]].a = (int16_t)k->depth;
    }
    k->aborts.n = 0;
}

static void push_value(struct compiler *k, struct value v)
{
    struct value *kept = ARENA_NEW(k->l->arena, struct value);

    *kept = v;
    emit(k, CODE_PUSH, 0, kept);
    pushed(k, 1);
}

/* Where a module watches scripts: it is told of the action that begins here. */
static struct script_action *watch(struct compiler *k, enum action_kind kind, const char *name)
{
    const struct block *b = k->l->block;
    struct script_action *a;

    if (!k->l->program->watchers)
        return NULL;
    a = ARENA_NEW(k->l->arena, struct script_action);
    a->kind = kind;
    a->name = name;
    a->line = k->line;
    a->file = k->file;
    a->block_kind = !b ? "" : b->kind == BLOCK_ROUTE ? "request_route" : block_kind_name(b->kind);
    a->block_name = b ? b->name : STR("");
    emit(k, CODE_WATCH, 0, a);
    return a;
}

static void watch_call(struct compiler *k, const struct node *n)
{
    const struct call_site *s = n->site;
    struct script_action *a = watch(k, s->module ? ACTION_CALL : ACTION_CORE_CALL, s->func->name);

    if (a)
        a->n_args = (unsigned)s->n_args;
}

static void value(struct compiler *k, const struct node *n);

/* Runs a call; its code is in ret. */
static void run_call(struct compiler *k, const struct node *n)
{
    watch_call(k, n);
    for (size_t i = 0; i < n->site->n_dynamic; i++)
        value(k, n->args[i]);
    emit(k, CODE_CALL, 0, n->site);
    pushed(k, -(int)n->site->n_dynamic);
}

static void run_route(struct compiler *k, const struct node *n)
{
    watch(k, ACTION_ROUTE, "route");
    if (!n->left) {
        emit(k, CODE_ROUTE, 0, n->route);
        return;
    }
    value(k, n->left);
    emit(k, CODE_ROUTE_NAMED, 0, NULL);
    pushed(k, -1);
}

/* The right side of an assignment: a call stands for its own code there. */
static void raw_value(struct compiler *k, const struct node *n)
{
    if (n->kind != NODE_CALL && n->kind != NODE_ROUTE) {
        value(k, n);
        return;
    }
    n->kind == NODE_CALL ? run_call(k, n) : run_route(k, n);
    emit(k, CODE_RET, 0, NULL);
    pushed(k, 1);
}

static void assign(struct compiler *k, const struct node *n)
{
    struct script_action *a = watch(k, ACTION_ASSIGN, "assign");

    raw_value(k, n->right);
    emit(k, CODE_ASSIGN, 0, n->ref);
    pushed(k, -1);
    if (a) {
        a->assigned = n->ref;
        emit(k, CODE_WATCH, 1, a);
    }
}

/* Both sides are on the stack. */
static void apply(struct compiler *k, enum tree_op op)
{
    switch (op) {
    case OP_ADD:
    case OP_SUM: emit(k, CODE_ADD, op == OP_SUM, NULL); break;
    case OP_SUB: emit(k, CODE_SUB, 0, NULL); break;
    case OP_MUL: emit(k, CODE_MUL, 0, NULL); break;
    case OP_DIV: may_abort(k, emit(k, CODE_DIV, 0, NULL)); break;
    case OP_MOD: may_abort(k, emit(k, CODE_MOD, 0, NULL)); break;
    case OP_EQ: emit(k, CODE_EQ, 0, NULL); break;
    case OP_NE: emit(k, CODE_NE, 0, NULL); break;
    case OP_STREQ:
    case OP_STRNE: emit(k, CODE_TEXT_EQ, op == OP_STRNE, NULL); break;
    case OP_INTEQ:
    case OP_INTNE: emit(k, CODE_NUMBER_EQ, op == OP_INTNE, NULL); break;
    case OP_LT:
    case OP_GT:
    case OP_LE:
    case OP_GE: emit(k, CODE_ORDER, (int)op, NULL); break;
    case OP_MATCH: may_abort(k, emit(k, CODE_MATCH_TEXT, 0, NULL)); break;
    default: emit(k, CODE_BITS, (int)op, NULL); break;
    }
    pushed(k, -1);
}

static void logic(struct compiler *k, const struct node *n)
{
    int32_t jump;

    value(k, n->left);
    jump = emit(k, n->op == OP_AND ? CODE_AND : CODE_OR, 0, NULL);
    pushed(k, -1);
    value(k, n->right);
    emit(k, CODE_TRUTH, 0, NULL);
    target(k, jump);
}

static void select_value(struct compiler *k, const struct node *n)
{
    int32_t otherwise, end;

    value(k, n->left);
    otherwise = emit(k, CODE_UNLESS, 0, NULL);
    pushed(k, -1);
    value(k, n->right);
    end = emit(k, CODE_JUMP, 0, NULL);
    pushed(k, -1);
    target(k, otherwise);
    value(k, n->third);
    target(k, end);
}

static void negate(struct compiler *k, const struct node *n)
{
    if (n->negate)
        emit(k, CODE_UNARY, OP_NOT, NULL);
}

static void myself(struct compiler *k, const struct node *n)
{
    if (n->left) {
        value(k, n->left);
        emit(k, CODE_TEXT_MYSELF, 0, NULL);
    } else {
        emit(k, CODE_IS_MYSELF, (int)n->operand, NULL);
        pushed(k, 1);
    }
    negate(k, n);
}

static void leaf(struct compiler *k, enum code_op op, int a, const void *p)
{
    emit(k, op, a, p);
    pushed(k, 1);
}

/* Leaves one value on the stack. */
static void value(struct compiler *k, const struct node *n)
{
    switch (n->kind) {
    case NODE_BAD: push_value(k, VALUE_OF_INT(0)); break;
    case NODE_CONST: push_value(k, n->value); break;
    case NODE_NULL: push_value(k, VALUE_NONE); break;
    case NODE_VAR: leaf(k, CODE_VAR, 0, n->ref); break;
    case NODE_FORMAT: leaf(k, CODE_FORMAT, 0, n->format); break;
    case NODE_SELECT: leaf(k, CODE_SELECT, 0, n->select); break;
    case NODE_OPERAND: leaf(k, CODE_OPERAND, (int)n->operand, NULL); break;
    case NODE_UNARY:
        value(k, n->left);
        if (n->op == OP_DEFINED)
            emit(k, CODE_DEFINED, n->negate, NULL);
        else
            emit(k, CODE_UNARY, (int)n->op, NULL);
        break;
    case NODE_BINARY:
        if (n->op == OP_AND || n->op == OP_OR) {
            logic(k, n);
            break;
        }
        value(k, n->left);
        value(k, n->right);
        apply(k, n->op);
        break;
    case NODE_STRLEN:
        value(k, n->left);
        emit(k, CODE_STRLEN, 0, NULL);
        break;
    case NODE_STREMPTY:
        value(k, n->left);
        emit(k, CODE_STREMPTY, 0, NULL);
        break;
    case NODE_SELVAL: select_value(k, n); break;
    case NODE_MATCH:
        value(k, n->left);
        emit(k, CODE_MATCH, 0, n->regex);
        break;
    case NODE_MYSELF: myself(k, n); break;
    case NODE_NET:
        leaf(k, CODE_IN_NET, (int)n->operand, n->range);
        negate(k, n);
        break;
    case NODE_TEXT_IEQ:
        value(k, n->left);
        value(k, n->right);
        emit(k, CODE_TEXT_IEQ, n->negate, NULL);
        pushed(k, -1);
        break;
    case NODE_CALL:
        run_call(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    case NODE_ROUTE:
        run_route(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    case NODE_ASSIGN:
        assign(k, n);
        leaf(k, CODE_RET_TRUTH, 0, NULL);
        break;
    }
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
    case NODE_CALL: run_call(k, n); break;
    case NODE_ROUTE: run_route(k, n); break;
    case NODE_ASSIGN: assign(k, n); break;
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
    land(k);
    set_ret(k, -1);
    target(k, over);
}

static void number_value(struct compiler *k, const struct tree *e)
{
    struct node *n = check_expression(k->l, e);

    node_wants_number(n);
    value(k, n);
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
    pushed(k, -1);
    struct patches failed = k->aborts;

    k->aborts = (struct patches){ 0 };
    body(k, s->body);
    end = emit(k, CODE_JUMP, 0, NULL);
    target(k, otherwise);
    k->aborts = failed;
    land(k);
    body(k, s->otherwise);
    target(k, end);
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
        target(k, leave->breaks.at[i]);
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
    pushed(k, 1);
    top = (int32_t)k->n;
    patch_add(k, &leave.breaks, emit(k, CODE_ROUND, 0, NULL));
    condition(k, s->expr);
    done = emit(k, CODE_UNLESS, 0, NULL);
    pushed(k, -1);
    struct patches failed = k->aborts;

    k->aborts = (struct patches){ 0 };
    body(k, s->body);
    back = emit(k, CODE_JUMP, 0, NULL);
    k->code[back].to = top;
    target(k, done);
    k->aborts = failed;
    land(k);
    leave_end(k, &leave);
    emit(k, CODE_DISCARD, 0, NULL);
    pushed(k, -1);
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
        value(k, check_expression(k->l, s->expr));
    emit(k, CODE_SWITCH, 0, t);
    pushed(k, -1);
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
    land(k);
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
        push_value(k, VALUE_OF_INT(code));
    emit(k, op, 0, NULL);
    pushed(k, -1);
    if (!k->aborts.n)
        return;
    over = emit(k, CODE_JUMP, 0, NULL);
    land(k);
    set_ret(k, -1);
    target(k, over);
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
        watch(k, watched[s->kind].kind, watched[s->kind].name);
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
    value(&k, n);
    emit(&k, CODE_RESULT, 0, NULL);
    land(&k);
    push_value(&k, VALUE_NONE);
    emit(&k, CODE_RESULT, 0, NULL);
    finish(&k, b);
    return b;
}
