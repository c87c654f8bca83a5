/* SPDX-License-Identifier: BSD-2-Clause */
/* The top of a configuration: parameters, modules, sockets, and the blocks of statements. */
#include "script/parse.h"

static struct top *new_top(struct parser *p, enum top_kind kind)
{
    struct top *t = ARENA_NEW(p->arena, struct top);

    t->kind = kind;
    t->at = t->name_at = t->value_at = t->group_at = p->t->at;
    return t;
}

struct str parse_glued(struct parser *p, const enum tok *stop, size_t n_stop)
{
    struct buf b;
    struct str out;
    bool first = true;

    buf_init(&b, MEM_CONFIG);
    for (;; first = false) {
        bool stops = p->t->kind == TOK_END || (!first && p->t->spaced);

        for (size_t i = 0; i < n_stop && !stops; i++)
            stops = p->t->kind == stop[i] || (stop[i] != TOK_SLASH && p->t->kind == TOK_SLASH);
        if (stops)
            break;
        buf_add(&b, p->t->kind == TOK_STRING ? p->t->value : p->t->text);
        parse_next(p);
    }
    out = arena_dup(p->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

/* [name] of a block; empty when there is none. */
static struct str block_name(struct parser *p, struct place *at)
{
    struct buf b;
    struct str out;

    if (!parse_accept(p, TOK_LBRACK))
        return STR_NONE;
    *at = p->t->at;
    buf_init(&b, MEM_CONFIG);
    while (p->t->kind != TOK_END && p->t->kind != TOK_RBRACK && p->t->kind != TOK_LBRACE) {
        const struct token *t = parse_next(p);

        buf_add(&b, t->kind == TOK_STRING ? t->value : t->text);
    }
    out = arena_dup(p->arena, buf_str(&b));
    buf_free(&b);
    at->width = out.n ? (uint32_t)out.n : 1;
    if (!out.n)
        parse_expected(p, "the name of the route");
    else
        parse_need(p, TOK_RBRACK, "after the name of the route");
    return out;
}

static struct top *block(struct parser *p)
{
    static const struct {
        const char *word;
        enum block_kind kind;
    } kinds[] = { { "route", BLOCK_ROUTE },           { "request_route", BLOCK_ROUTE },
                  { "failure_route", BLOCK_FAILURE }, { "onreply_route", BLOCK_REPLY },
                  { "reply_route", BLOCK_REPLY },     { "branch_route", BLOCK_BRANCH },
                  { "onsend_route", BLOCK_SEND },     { "event_route", BLOCK_EVENT } };
    struct top *t = new_top(p, TOP_ROUTE);
    struct str word = parse_next(p)->text;
    struct place open;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(word, str_of(kinds[i].word)))
            t->block_kind = kinds[i].kind;
    t->name = block_name(p, &t->name_at);
    if (p->failed) { /* the statements are read all the same */
        while (p->t->kind != TOK_END && p->t->kind != TOK_LBRACE && !p->t->line_start)
            parse_next(p);
        p->failed = p->t->kind != TOK_LBRACE;
        t->unnamed = true;
        p->lost = true;
        if (p->failed)
            return t;
    }
    if (t->block_kind == BLOCK_REPLY && str_eq(t->name, STR("0")))
        t->name = STR_NONE;
    open = p->t->at;
    if (!p->failed && !parse_need(p, TOK_LBRACE, "to begin the block")) {
        if (p->t->kind != TOK_IDENT && p->t->kind != TOK_VAR)
            return t;
        p->failed = false; /* its statements follow all the same */
    }
    p->lost_block = false;
    p->in_if = false;
    p->unclosed = (struct place){ 0 };
    t->body = parse_statements(p, &open, &t->close);
    return t;
}

static struct top *loadmodule(struct parser *p)
{
    struct top *t = new_top(p, TOP_LOADMODULE);
    bool parens;

    t->evaluate = parse_word(p, "loadmodulex");
    parse_next(p);
    parens = parse_accept(p, TOK_LPAREN);
    t->value_at = p->t->at;
    if (p->t->kind != TOK_STRING && !t->evaluate) {
        parse_expected(p, "the name of a module in quotes");
        return t;
    }
    t->value = parse_expression(p);
    if (parens && !p->failed) {
        if (parse_accept(p, TOK_COMMA))
            parse_expression(p); /* options of dlopen: no meaning here */
        parse_need(p, TOK_RPAREN, NULL);
    }
    return t;
}

static bool take_string(struct parser *p, struct str *out, struct place *at, const char *what)
{
    *at = p->t->at;
    if (p->t->kind != TOK_STRING)
        return parse_expected(p, what);
    *out = parse_next(p)->value;
    return true;
}

static struct top *modparam(struct parser *p)
{
    struct top *t = new_top(p, TOP_MODPARAM);

    t->evaluate = parse_word(p, "modparamx");
    parse_next(p);
    if (!parse_need(p, TOK_LPAREN, "after \"modparam\"") ||
        !take_string(p, &t->group, &t->group_at, "the name of a module in quotes") ||
        !parse_need(p, TOK_COMMA, "after the name of the module") ||
        !take_string(p, &t->name, &t->name_at, "the name of a parameter in quotes") ||
        !parse_need(p, TOK_COMMA, "after the name of the parameter"))
        return t;
    t->value_at = p->t->at;
    t->value = parse_expression(p);
    if (!p->failed)
        parse_need(p, TOK_RPAREN, "after the value");
    return t;
}

static struct top *path(struct parser *p)
{
    struct top *t = new_top(p, TOP_PATH);

    parse_next(p);
    parse_accept(p, TOK_ASSIGN);
    t->value_at = p->t->at;
    if (p->t->kind != TOK_STRING)
        parse_expected(p, "a path in quotes");
    else
        t->value = parse_expression(p);
    return t;
}

/* flags name, name:5; */
static struct top *flags(struct parser *p, struct top **tail)
{
    struct top *t = NULL;
    bool avp = parse_word(p, "avpflags");

    parse_next(p);
    do {
        if (t) {
            *tail = t;
            tail = &t->next;
        }
        t = new_top(p, avp ? TOP_AVPFLAGS : TOP_FLAGS);
        if (p->t->kind != TOK_IDENT && p->t->kind != TOK_STRING) {
            parse_expected(p, "the name of a flag");
            return t;
        }
        t->name = p->t->kind == TOK_STRING ? p->t->value : p->t->text;
        parse_next(p);
        if (parse_accept(p, TOK_COLON)) {
            t->value_at = p->t->at;
            t->value = parse_expression(p);
        }
    } while (!p->failed && parse_accept(p, TOK_COMMA));
    return t;
}

/* Values of core parameters: an expression, or a bare word. */
static void param_value(struct parser *p, struct top *t)
{
    t->value_at = p->t->at;
    if (p->t->kind == TOK_END || (p->t->line_start && p->t->kind == TOK_IDENT)) {
        parse_expected(p, "a value");
        return;
    }
    if (p->t->kind == TOK_LBRACK)
        t->value = parse_new(p, TREE_STR, &p->t->at), t->value->text = parse_address_part(p);
    else
        t->value = parse_expression(p);
}

static struct top *listen_line(struct parser *p, enum top_kind kind)
{
    struct top *t = new_top(p, kind);
    bool socket = parse_word(p, "socket");

    parse_next(p);
    if (!parse_need(p, TOK_ASSIGN, NULL))
        return t;
    t->listen = socket ? parse_socket(p) : parse_listen_list(p, kind == TOP_LISTEN);
    return t;
}

static bool description_word(const struct parser *p)
{
    return parse_word(p, "desc") || parse_word(p, "descr") || parse_word(p, "description");
}

/* group[3].name: the brackets become part of the name of the group. */
static bool group_instance(struct parser *p, struct top *t)
{
    if (p->t->kind != TOK_LBRACK || parse_ahead(p, 1)->kind != TOK_NUMBER ||
        parse_ahead(p, 2)->kind != TOK_RBRACK || parse_ahead(p, 3)->kind != TOK_DOT ||
        parse_ahead(p, 4)->kind != TOK_IDENT)
        return false;
    t->name = arena_fmt(p->arena, STR_FMT "[%lld]", STR_ARG(t->name),
                        (long long)parse_ahead(p, 1)->number);
    p->t += 3;
    return true;
}

/* name = value; group.name = value desc "…"; group[id].name = value; coreparam[name] = value */
static struct top *parameter(struct parser *p)
{
    struct top *t = new_top(p, TOP_PARAM);
    bool coreparam = parse_word(p, "coreparam") && parse_ahead(p, 1)->kind == TOK_LBRACK;

    t->name = parse_next(p)->text;
    t->bracketed = coreparam;
    if (coreparam) {
        parse_next(p);
        t->name_at = p->t->at;
        t->name = p->t->kind == TOK_STRING ? p->t->value : p->t->text;
        parse_next(p);
        if (!parse_need(p, TOK_RBRACK, "after the name"))
            return t;
    } else if (group_instance(p, t) ||
               (p->t->kind == TOK_DOT && parse_ahead(p, 1)->kind == TOK_IDENT)) {
        t->kind = TOP_CUSTOM;
        t->group = t->name;
        t->group_at = t->name_at;
        parse_next(p);
        t->name_at = p->t->at;
        t->name = parse_next(p)->text;
    }
    if (!parse_need(p, TOK_ASSIGN, "after the name of a parameter"))
        return t;
    param_value(p, t);
    if (t->kind == TOP_CUSTOM && !p->failed && description_word(p)) {
        struct place at;

        parse_next(p);
        take_string(p, &t->doc, &at, "a description in quotes");
    }
    return t;
}

static void unknown(struct parser *p)
{
    static const char *const words[] = { "request_route", "route",       "failure_route",
                                         "onreply_route", "reply_route", "branch_route",
                                         "onsend_route",  "event_route", "loadmodule",
                                         "modparam",      "listen",      "alias",
                                         "mpath",         "loadpath",    "include_file",
                                         "import_file",   "flags" };
    struct nearest near;
    size_t fault;

    if (p->t->kind == TOK_RBRACE) {
        diag_fault(p->diag, &p->t->at, "this '}' closes nothing");
        parse_next(p);
        return;
    }
    if (p->t->kind != TOK_IDENT) {
        parse_expected(p, "a parameter, loadmodule, modparam or a route");
        return;
    }
    p->failed = true;
    nearest_begin(&near, p->t->text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        nearest_offer(&near, str_of(words[i]));
    fault = diag_fault(p->diag, &p->t->at, "\"" STR_FMT "\" begins nothing known here",
                       STR_ARG(p->t->text));
    diag_nearest(p->diag, fault, &near);
}

/* A block with a misspelt kind: its statements are passed over. */
static void skip_block(struct parser *p)
{
    int depth = 0;

    while (p->t->kind != TOK_END && p->t->kind != TOK_LBRACE)
        parse_next(p);
    for (; p->t->kind != TOK_END; parse_next(p)) {
        depth += (p->t->kind == TOK_LBRACE) - (p->t->kind == TOK_RBRACE);
        if (depth == 0) {
            parse_next(p);
            return;
        }
    }
}

/* After a fault at the top: on to the next line that can begin something. */
static void recover_top(struct parser *p, const struct token *began)
{
    p->failed = false;
    p->lost = true;
    if (began->kind == TOK_IDENT && p->t == began &&
        (parse_ahead(p, 1)->kind == TOK_LBRACE ||
         (parse_ahead(p, 1)->kind == TOK_LBRACK && parse_ahead(p, 3)->kind == TOK_RBRACK &&
          parse_ahead(p, 4)->kind == TOK_LBRACE))) {
        skip_block(p);
        return;
    }
    if (p->t == began)
        parse_next(p);
    while (p->t->kind != TOK_END && !(p->t->line_start && p->t->kind == TOK_IDENT) &&
           !(p->t->line_start && p->t->kind == TOK_RBRACE) && !parse_at_block(p))
        parse_next(p);
}

static bool is_parameter(const struct parser *p)
{
    enum tok next = parse_ahead(p, 1)->kind;

    return p->t->kind == TOK_IDENT && (next == TOK_ASSIGN || next == TOK_DOT ||
                                       (parse_word(p, "coreparam") && next == TOK_LBRACK) ||
                                       (next == TOK_LBRACK && parse_ahead(p, 4)->kind == TOK_DOT));
}

static struct top *declaration(struct parser *p, struct top **tail)
{
    bool assigns = parse_ahead(p, 1)->kind == TOK_ASSIGN;

    if (parse_at_block(p))
        return block(p);
    if (parse_word(p, "loadmodule") || parse_word(p, "loadmodulex"))
        return loadmodule(p);
    if (parse_word(p, "modparam") || parse_word(p, "modparamx"))
        return modparam(p);
    if (parse_word(p, "mpath") || parse_word(p, "loadpath"))
        return path(p);
    if (assigns && (parse_word(p, "listen") || parse_word(p, "socket")))
        return listen_line(p, TOP_LISTEN);
    if (assigns && (parse_word(p, "alias") || parse_word(p, "domain")))
        return listen_line(p, TOP_ALIAS);
    if ((parse_word(p, "flags") || parse_word(p, "bool") || parse_word(p, "avpflags")) && !assigns)
        return flags(p, tail);
    if (parse_word(p, "cfgengine") || parse_word(p, "cfg_engine")) {
        parse_next(p);
        parse_accept(p, TOK_ASSIGN);
        parse_next(p);
        return NULL;
    }
    if (is_parameter(p))
        return parameter(p);
    if (parse_word(p, "request_route") || parse_word(p, "reply_route") ||
        parse_word(p, "onsend_route"))
        return block(p); /* it misses its '{' */
    unknown(p);
    return NULL;
}

struct top *tree_parse(struct arena *a, struct diagnostics *d, struct tokens tokens, bool *lost)
{
    struct parser p = { .arena = a, .diag = d, .t = tokens.at, .first = tokens.at };
    struct top *first = NULL, **tail = &first;

    while (p.t->kind != TOK_END && !p.too_deep) {
        const struct token *began = p.t;
        struct top *t;

        if (parse_accept(&p, TOK_SEMI))
            continue;
        t = declaration(&p, tail);
        while (*tail)
            tail = &(*tail)->next;
        if (t && (!p.failed || t->kind == TOP_ROUTE)) {
            *tail = t;
            tail = &t->next;
        }
        if (p.failed)
            recover_top(&p, began);
        else if (p.t == began)
            parse_next(&p);
    }
    *lost = p.lost;
    return first;
}
