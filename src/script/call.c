/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls: which function is meant, and its arguments bound to the function's field table. */
#include "script/node.h"

struct binding {
    struct load *l;
    const struct tree *call;
    struct call_site *site;
    struct node *node;
    struct dynamic_arg *dynamic;
    char *args;
    const struct place *places;
    const struct field **fields;
    bool failed;
};

/* A pattern may end in '$': only what looks like a variable counts. */
static bool pattern_has_variables(struct str text)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        char c = text.p[i + 1];

        if (text.p[i] == '$' && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '('))
            return true;
    }
    return false;
}

static void dynamic(struct binding *b, const struct field *f, struct node *n)
{
    if (f->literal) {
        size_t fault = diag_fault(b->l->diag, &n->at, "%s of %s must be a constant", f->name,
                                  b->site->func->name);

        (void)fault;
        b->failed = true;
        return;
    }
    b->dynamic[b->site->n_dynamic].field = f;
    b->dynamic[b->site->n_dynamic].at = n->at;
    b->node->args[b->site->n_dynamic++] = n;
}

static void constant(struct binding *b, const struct field *f, const struct tree *arg,
                     struct value v)
{
    struct field_env env = load_env(b->l);
    struct place at = tree_place(arg);
    size_t before = diagnostics_faults(b->l->diag);
    struct buf why;

    if (f->type == FIELD_STR && v.type == VALUE_INT)
        v = VALUE_OF_STR(value_text(&v, b->l->arena));
    buf_init(&why, MEM_CONFIG);
    b->l->token = arg->token;
    b->l->token_offset = 0;
    b->l->at = at;
    if (field_set(f, b->args, &v, &env, &why)) {
        if (before == diagnostics_faults(b->l->diag) &&
            (why.n || !(b->l->modules_missing || b->l->routes_missing)))
            check_fault(b->l, &at, "%s of %s: " STR_FMT, f->name, b->site->func->name,
                        STR_ARG(buf_str(&why)));
        b->failed = true;
    }
    b->l->token = NULL;
    buf_free(&why);
}

static void string(struct binding *b, const struct field *f, const struct tree *arg)
{
    struct load *l = b->l;
    struct str text = arg->token->value, fixed;
    const struct format *format;
    struct node *n;
    err_t e;

    bool plain = f->literal || f->type == FIELD_VAR || f->type == FIELD_FORMAT ||
                 f->type == FIELD_ROUTE || b->site->module == NULL;
    if (plain ||
        (f->type == FIELD_REGEX ? !pattern_has_variables(text) : !text_has_variables(text))) {
        constant(b, f, arg, VALUE_OF_STR(text));
        return;
    }
    l->token = arg->token;
    l->token_offset = 0;
    l->at = arg->at;
    e = format_parse(l, text, &format);
    l->token = NULL;
    if (e) {
        b->failed = true;
        return;
    }
    if (format_is_fixed(format, &fixed)) {
        constant(b, f, arg, VALUE_OF_STR(fixed));
        return;
    }
    n = node_new(l, NODE_FORMAT, &arg->at);
    n->format = format;
    dynamic(b, f, n);
}

static void expect(struct binding *b, const struct field *f, const struct tree *arg,
                   const char *what)
{
    struct place at = tree_place(arg);

    check_fault(b->l, &at, "%s of %s: expected %s", f->name, b->site->func->name, what);
    b->failed = true;
}

/* An argument that is no constant, given without quotes. It is evaluated once, and what it gives is
 * never expanded again. */
static void expression(struct binding *b, const struct field *f, const struct tree *arg,
                       struct node *n)
{
    struct load *l = b->l;
    struct block *thunk;

    switch (f->type) {
    case FIELD_VAR:
        if (n->kind != NODE_VAR)
            expect(b, f, arg, "a variable, such as $var(x)");
        else
            *(const struct var_ref **)(void *)(b->args + f->at) = n->ref;
        return;
    case FIELD_FORMAT:
        if (n->kind == NODE_VAR) {
            *(const struct format **)(void *)(b->args + f->at) = format_of_var(l, n->ref);
            return;
        }
        thunk = compile_thunk(l, n);
        *(const struct format **)(void *)(b->args + f->at) =
            format_of_code(l, thunk, arg->token ? arg->token->text : arg->text);
        return;
    case FIELD_ROUTE: {
        struct route_ref *r = ARENA_NEW(l->arena, struct route_ref);

        r->kind = (enum route)f->route_kind;
        l->named_later[block_kind_of(r->kind)] = true;
        r->format = n->kind == NODE_VAR ? format_of_var(l, n->ref)
                                        : format_of_code(l, compile_thunk(l, n), arg->text);
        *(const struct route_ref **)(void *)(b->args + f->at) = r;
        return;
    }
    default: dynamic(b, f, n); return;
    }
}

/* setflag(NAME), setavpflag($avp(x), "NAME"): of a name that was declared. */
static bool flag_name(struct binding *b, const struct field *f, const struct tree *arg)
{
    bool avp = str_ends(str_of(b->site->func->name), STR("avpflag")) ||
               str_eq(str_of(b->site->func->name), STR("isavpflagset"));
    struct str name = arg->kind == TREE_STR && arg->token ? arg->token->value : arg->text;

    if (b->site->module || f->type != FIELD_INT ||
        (arg->kind != TREE_WORD && arg->kind != TREE_STR))
        return false;
    for (const struct named_flag *flag = b->l->flags; flag; flag = flag->next)
        if (flag->avp == avp && str_eq(flag->name, name)) {
            constant(b, f, arg, VALUE_OF_INT(flag->number));
            return true;
        }
    return false;
}

/* Core functions take bare words: a host, uri:host. */
static bool core_word(struct binding *b, const struct field *f, const struct tree *arg)
{
    if (b->site->module)
        return false;
    if ((arg->kind == TREE_WORD && f->type != FIELD_INT) || arg->kind == TREE_NET ||
        (arg->kind == TREE_OPERAND &&
         (arg->operand == OPERAND_URI_HOST || arg->operand == OPERAND_URI_PORT))) {
        constant(b, f, arg, VALUE_OF_STR(arg->text));
        return true;
    }
    return false;
}

static void bind_arg(struct binding *b, const struct field *f, const struct tree *arg)
{
    struct node *n;

    if (flag_name(b, f, arg))
        return;
    if (arg->kind == TREE_STR && arg->token) {
        string(b, f, arg);
        return;
    }
    if (core_word(b, f, arg))
        return;
    n = check_expression(b->l, arg);
    if (n->kind == NODE_BAD)
        b->failed = true;
    else if (n->kind == NODE_CONST)
        constant(b, f, arg, n->value);
    else
        expression(b, f, arg, n);
}

static void prepare(struct binding *b)
{
    struct load *l = b->l;
    const struct func *f = b->site->func;
    size_t before = diagnostics_faults(l->diag);
    err_t e;

    if (!f->prepare || b->failed)
        return;
    l->func = f;
    l->at = b->call->at;
    l->arg_places = b->places;
    l->arg_fields = b->fields;
    l->n_args = b->call->n_args;
    e = f->prepare(l, b->args);
    if (e && before == diagnostics_faults(l->diag) && !(l->routes_missing && e == ERR_NOT_FOUND))
        check_fault(l, &b->call->at, "%s cannot be used like this: %s", f->name, err_text(e));
    l->func = NULL;
    l->n_args = 0;
    b->failed = e != ERR_OK;
}

static void bind_all(struct binding *b)
{
    const struct field *f = b->site->func->args;
    struct load *l = b->l;
    size_t i = 0;
    struct place *places = ARENA_ARRAY(l->arena, struct place, b->call->n_args + 1);
    const struct field **fields = ARENA_ARRAY(l->arena, const struct field *, b->call->n_args + 1);
    struct field_env env = load_env(l);

    b->places = places;
    b->fields = fields;
    b->args = arena_zalloc(l->arena, b->site->func->args_size ? b->site->func->args_size : 1);
    b->dynamic = ARENA_ARRAY(l->arena, struct dynamic_arg, b->call->n_args + 1);
    b->node->args = ARENA_ARRAY(l->arena, struct node *, b->call->n_args + 1);
    fields_default(f, b->args, &env);
    for (const struct tree *arg = b->call->args; arg; arg = arg->next, i++) {
        places[i] = tree_place(arg);
        fields[i] = f;
        bind_arg(b, f, arg);
        if (!f->rest)
            f++;
    }
    b->site->args = b->args;
    b->site->dynamic = b->dynamic;
    prepare(b);
}

/* Arguments of a call that cannot be made are checked for themselves all the same. */
static void check_args_alone(struct load *l, const struct tree *e)
{
    for (const struct tree *arg = e->args; arg; arg = arg->next)
        if (arg->kind != TREE_WORD && arg->kind != TREE_NET && arg->kind != TREE_OPERAND &&
            arg->kind != TREE_STR)
            check_expression(l, arg);
}

struct node *check_call(struct load *l, const struct tree *e)
{
    struct binding b = { .l = l, .call = e };
    const struct module *m;
    const struct func *f;

    b.node = node_new(l, NODE_CALL, &e->at);
    b.node->type = TYPE_INT;
    for (const struct tree *arg = e->args; arg; arg = arg->next)
        if (arg->kind == TREE_BAD) { /* it was told, and the number of arguments is not known */
            b.node->kind = NODE_BAD;
            return b.node;
        }
    f = name_function(l, e->text, e->n_args, l->route, &m);
    if (!f) {
        name_tell_function(l, &e->at, e->text, e->n_args, l->route);
        check_args_alone(l, e);
        b.node->kind = NODE_BAD;
        return b.node;
    }
    b.site = ARENA_NEW(l->arena, struct call_site);
    b.site->func = f;
    b.site->module = m ? m->name : NULL;
    b.site->n_args = e->n_args;
    b.site->where = arena_fmt(l->arena, STR_FMT ":%u",
                              STR_ARG(e->at.source ? e->at.source->name : STR("")), e->at.line);
    b.node->site = b.site;
    bind_all(&b);
    if (b.failed)
        b.node->kind = NODE_BAD;
    return b.node;
}

struct node *check_route_call(struct load *l, const struct tree *e)
{
    struct node *n = node_new(l, NODE_ROUTE, &e->at);
    const struct tree *arg = e->args;
    struct str name;

    n->type = TYPE_INT;
    if (e->n_args != 1) {
        check_fault(l, &e->at, "route takes 1 argument, not %zu", e->n_args);
        n->kind = NODE_BAD;
        return n;
    }
    if (arg->kind == TREE_WORD || arg->kind == TREE_INT || arg->kind == TREE_STR ||
        arg->kind == TREE_OPERAND) {
        name = arg->kind == TREE_INT   ? (arg->token ? arg->token->text : arg->text)
               : arg->kind == TREE_STR ? arg->token->value
                                       : arg->text;
        l->at = arg->at;
        l->at.width = name.n ? (uint32_t)name.n : 1;
        if (load_route(l, name, ROUTE_REQUEST, &n->route))
            n->kind = NODE_BAD;
        return n;
    }
    n->left = check_expression(l, arg);
    l->named_later[BLOCK_ROUTE] |= n->left->kind != NODE_CONST;
    if (n->left->kind == NODE_BAD)
        n->kind = NODE_BAD;
    if (n->left->kind == NODE_CONST) {
        l->at = arg->at;
        if (load_route(l, value_text(&n->left->value, l->arena), ROUTE_REQUEST, &n->route))
            n->kind = NODE_BAD;
        n->left = NULL;
    }
    return n;
}
