/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements, and how reading goes on after a fault. */
#include "script/parse.h"
#include <stdio.h>

bool parse_expected(struct parser *p, const char *what)
{
    const struct token *t = p->t;
    size_t fault = SIZE_MAX;

    if (p->failed)
        return false;
    p->failed = true;
    if (t->bad)
        return false;
    if (t->kind == TOK_END)
        diag_fault(p->diag, &t->at, "expected %s, but the file ends here", what);
    else if (t->kind == TOK_IDENT || t->kind == TOK_NUMBER || t->kind == TOK_VAR)
        diag_fault(p->diag, &t->at, "expected %s before \"" STR_FMT "\"", what,
                   (int)(t->text.n > 60 ? 60 : t->text.n), t->text.p);
    else
        fault = diag_fault(p->diag, &t->at, "expected %s before %s%s", what,
                           t->kind == TOK_STRING ? "this " : "", tok_name(t->kind));
    if (t->kind == TOK_ASSIGN && t > p->first && !t->spaced &&
        (t[-1].kind == TOK_PLUS || t[-1].kind == TOK_MINUS))
        diag_hint(p->diag, fault, "there is no " STR_FMT "=: write $x = $x " STR_FMT " …",
                  STR_ARG(t[-1].text), STR_ARG(t[-1].text));
    return false;
}

bool parse_accept(struct parser *p, enum tok kind)
{
    if (p->t->kind != kind)
        return false;
    parse_next(p);
    return true;
}

bool parse_need(struct parser *p, enum tok kind, const char *after)
{
    char what[80];

    if (parse_accept(p, kind))
        return true;
    snprintf(what, sizeof what, "%s%s%s", tok_name(kind), after ? " " : "", after ? after : "");
    return parse_expected(p, what);
}

static bool in_words(struct str text, const char *const *words)
{
    for (; *words; words++)
        if (str_eq(text, str_of(*words)))
            return true;
    return false;
}

bool parse_at_block(const struct parser *p)
{
    static const char *const named[] = { "route",       "failure_route", "onreply_route",
                                         "reply_route", "branch_route",  "onsend_route",
                                         "event_route", "request_route", NULL };
    enum tok next = parse_ahead(p, 1)->kind;

    return p->t->kind == TOK_IDENT && (next == TOK_LBRACK || next == TOK_LBRACE) &&
           in_words(p->t->text, named);
}

/* Whether a token at the start of a line looks like the beginning of a statement. */
static bool begins_statement(const struct parser *p)
{
    static const char *const words[] = { "if",    "while", "switch", "return", "exit",    "drop",
                                         "break", "route", "case",   "else",   "default", NULL };

    if (p->t->kind == TOK_VAR)
        return parse_ahead(p, 1)->kind == TOK_ASSIGN;
    return p->t->kind == TOK_IDENT &&
           (in_words(p->t->text, words) || parse_ahead(p, 1)->kind == TOK_LPAREN);
}

/* After a fault: to behind the next ';', or before what ends or begins a statement. */
static void recover(struct parser *p)
{
    int parens = 0;

    p->failed = false;
    for (;; parse_next(p)) {
        enum tok k = p->t->kind;

        if (k == TOK_END || k == TOK_RBRACE || parse_at_block(p))
            return;
        if (k == TOK_LBRACE && parens <= 0)
            return;
        if (k == TOK_SEMI) {
            parse_next(p);
            return;
        }
        if (p->t->line_start && begins_statement(p))
            return;
        parens += (k == TOK_LPAREN) - (k == TOK_RPAREN);
    }
}

static struct stmt *new_stmt(struct parser *p, enum stmt_kind kind)
{
    struct stmt *s = ARENA_NEW(p->arena, struct stmt);

    s->kind = kind;
    s->at = p->t->at;
    return s;
}

/* The ';' behind a statement; when it is missing, reading goes on as if it stood there. */
static void semicolon(struct parser *p)
{
    const struct token *last = p->t - 1;

    if (p->failed || parse_accept(p, TOK_SEMI))
        return;
    /* Something that cannot begin a statement follows on the same line: it is the fault. */
    if (!p->t->line_start && p->t->kind != TOK_RBRACE && p->t->kind != TOK_END &&
        !begins_statement(p)) {
        parse_expected(p, "';'");
        return;
    }
    diag_fault(p->diag, &last->end, "expected ';' to end this statement");
}

static struct stmt *statement(struct parser *p);
static void watch_indent(struct parser *p, const struct place *open);
static void tell_unclosed(struct parser *p, const struct place *open);

/* What if, else and while govern: one statement, or several in braces. */
static struct stmt *body(struct parser *p)
{
    struct place open, close;
    struct stmt *s;

    if (p->t->kind != TOK_LBRACE) {
        if (p->t->kind == TOK_RBRACE || p->t->kind == TOK_END || parse_at_block(p)) {
            parse_expected(p, "a statement or '{'");
            return NULL;
        }
        return statement(p);
    }
    open = parse_next(p)->at;
    s = new_stmt(p, STMT_BLOCK);
    s->at = open;
    s->body = parse_statements(p, &open, &close);
    return s;
}

/* After a fault in a condition that began at `from`: behind the ')' that closes it, where the body
 * begins; or before what shows that there is none. */
static void recover_condition(struct parser *p, const struct token *from)
{
    int open = 0;

    for (const struct token *t = from; t < p->t; t++)
        open += (t->kind == TOK_LPAREN) - (t->kind == TOK_RPAREN);
    for (; open > 0; parse_next(p)) {
        enum tok k = p->t->kind;

        if (k == TOK_END || k == TOK_LBRACE || k == TOK_RBRACE || k == TOK_SEMI ||
            (p->t->line_start && begins_statement(p)))
            break;
        open += (k == TOK_LPAREN) - (k == TOK_RPAREN);
    }
    p->failed = false;
}

static struct tree *condition(struct parser *p)
{
    const struct token *from = p->t;
    struct tree *e = parse_expression(p);

    if (!p->failed && p->t->kind == TOK_RPAREN) {
        if (from->kind == TOK_LPAREN)
            diag_fault(p->diag, &p->t->at, "this ')' closes nothing");
        else
            diag_fault(p->diag, &from->at, "expected '(' before the condition");
        parse_next(p);
        if (e->kind != TREE_WORD) /* a function without its '(': the check tells it */
            e->kind = TREE_BAD;
    }
    if (!p->failed)
        return e;
    recover_condition(p, from);
    while (p->t->kind == TOK_RPAREN)
        parse_next(p);
    e->kind = TREE_BAD;
    return e;
}

static struct stmt *if_statement(struct parser *p)
{
    struct stmt *s = new_stmt(p, STMT_IF);

    parse_next(p);
    s->expr = condition(p);
    p->in_if = p->t->kind == TOK_LBRACE;
    s->body = body(p);
    p->in_if = false;
    if (!p->failed && parse_word(p, "else")) {
        parse_next(p);
        s->otherwise = body(p);
    }
    return s;
}

static struct stmt *while_statement(struct parser *p)
{
    struct stmt *s = new_stmt(p, STMT_WHILE);

    parse_next(p);
    s->expr = condition(p);
    s->body = body(p);
    return s;
}

/* case 1: case "text": case /"regex"/: default: */
static struct stmt_case *case_label(struct parser *p)
{
    struct stmt_case *c = ARENA_NEW(p->arena, struct stmt_case);
    bool is_default = parse_word(p, "default");

    c->at = p->t->at;
    if (!is_default && !parse_word(p, "case")) {
        parse_expected(p, "\"case\" or \"default\"");
        return c;
    }
    parse_next(p);
    if (!is_default) {
        c->regex = parse_accept(p, TOK_SLASH);
        c->label = parse_expression(p);
        if (c->regex && parse_accept(p, TOK_SLASH) && parse_word(p, "i")) {
            c->icase = true;
            parse_next(p);
        }
    }
    if (!p->failed)
        parse_need(p, TOK_COLON, is_default ? "after \"default\"" : "after this label");
    return c;
}

static bool case_ends(const struct parser *p)
{
    return p->t->kind == TOK_RBRACE || p->t->kind == TOK_END || parse_at_block(p) ||
           ((parse_word(p, "case") || parse_word(p, "default")) &&
            parse_ahead(p, 1)->kind != TOK_LPAREN);
}

static struct stmt *switch_statement(struct parser *p)
{
    struct stmt *s = new_stmt(p, STMT_SWITCH);
    struct stmt_case **tail = &s->cases;
    struct place open;

    parse_next(p);
    s->expr = condition(p);
    open = p->t->at;
    if (!parse_need(p, TOK_LBRACE, "to begin the cases"))
        return s;
    while (p->t->kind != TOK_RBRACE && p->t->kind != TOK_END && !parse_at_block(p)) {
        struct stmt_case *c = case_label(p);
        struct stmt **last = &c->body;

        if (p->failed)
            recover(p);
        *tail = c;
        tail = &c->next;
        while (!case_ends(p)) {
            const struct token *before = p->t;

            *last = statement(p);
            if (p->failed)
                recover(p);
            if (*last)
                last = &(*last)->next;
            if (p->t == before)
                parse_next(p);
        }
    }
    if (p->t->kind == TOK_RBRACE)
        watch_indent(p, &open);
    if (!parse_accept(p, TOK_RBRACE) && !p->lost_block) {
        p->lost_block = true;
        tell_unclosed(p, &open);
    }
    return s;
}

/* return, exit and drop take a value, with or without parentheses. */
static struct stmt *leave(struct parser *p, enum stmt_kind kind)
{
    struct stmt *s = new_stmt(p, kind);

    parse_next(p);
    if (p->t->kind == TOK_LPAREN && parse_ahead(p, 1)->kind == TOK_RPAREN) {
        parse_next(p);
        parse_next(p);
    } else if (p->t->kind != TOK_SEMI && p->t->kind != TOK_RBRACE && p->t->kind != TOK_END &&
               !(p->t->line_start && begins_statement(p))) {
        s->expr = parse_expression(p);
    }
    semicolon(p);
    return s;
}

static struct stmt *break_statement(struct parser *p)
{
    struct stmt *s = new_stmt(p, STMT_BREAK);

    parse_next(p);
    if (p->t->kind == TOK_LPAREN && parse_ahead(p, 1)->kind == TOK_RPAREN) {
        parse_next(p);
        parse_next(p);
    }
    semicolon(p);
    return s;
}

static struct stmt *plain(struct parser *p)
{
    struct stmt *s = new_stmt(p, STMT_EXPR);

    s->expr = parse_expression(p);
    if (!p->failed && s->expr->kind == TREE_WORD && p->t->kind != TOK_SEMI && !p->t->line_start &&
        p->t->kind != TOK_RBRACE) {
        parse_expected(p, "'(', '=' or ';'");
        s->expr->kind = TREE_BAD;
        return s;
    }
    semicolon(p);
    return s;
}

static struct stmt *dispatch(struct parser *p)
{
    if (parse_word(p, "if"))
        return if_statement(p);
    if (parse_word(p, "while"))
        return while_statement(p);
    if (parse_word(p, "switch"))
        return switch_statement(p);
    if (parse_word(p, "return"))
        return leave(p, STMT_RETURN);
    if (parse_word(p, "exit"))
        return leave(p, STMT_EXIT);
    if (parse_word(p, "drop"))
        return leave(p, STMT_DROP);
    if (parse_word(p, "break"))
        return break_statement(p);
    if (parse_word(p, "else") || parse_word(p, "case") || parse_word(p, "default")) {
        parse_expected(p, parse_word(p, "else") ? "\"if\" and its statement" : "\"switch\"");
        parse_next(p);
        parse_accept(p, TOK_COLON);
        return NULL;
    }
    return p->t->kind == TOK_LBRACE ? body(p) : plain(p);
}

/* One statement; NULL for an empty one. */
static struct stmt *statement(struct parser *p)
{
    struct stmt *s;

    if (parse_accept(p, TOK_SEMI))
        return NULL;
    if (!parse_enter(p))
        return NULL;
    s = dispatch(p);
    p->depth--;
    return s;
}

/* How far the line of a place is indented, in bytes. */
static uint32_t indent(const struct place *at)
{
    struct str line = source_line(at);
    uint32_t n = 0;

    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n;
}

/* A '}' that stands further left than the line of its '{' was meant for a block further out. */
static void watch_indent(struct parser *p, const struct place *open)
{
    if (!p->unclosed.line && p->t->line_start && !p->t->at.macro && !open->macro &&
        open->line != p->t->at.line && indent(open) > p->t->at.col - 1)
        p->unclosed = *open;
}

static void tell_unclosed(struct parser *p, const struct place *open)
{
    const struct place *at = p->unclosed.line ? &p->unclosed : open;
    size_t fault = diag_fault(p->diag, at, "this '{' is not closed: expected '}'");

    if (p->t->kind == TOK_END)
        diag_hint(p->diag, fault, "the file ends before");
    else
        diag_hint(p->diag, fault, "at line %u %s", p->t->at.line,
                  parse_at_block(p) ? "the next block begins" : "else begins");
}

/* Up to and with the '}' that closes what opened at `open`. */
struct stmt *parse_statements(struct parser *p, const struct place *open, struct place *close)
{
    struct stmt *first = NULL, **last = &first;
    bool in_if = p->in_if;

    p->in_if = false;
    while (p->t->kind != TOK_RBRACE && p->t->kind != TOK_END && !parse_at_block(p)) {
        const struct token *before = p->t;
        struct stmt *s;

        if (in_if && parse_word(p, "else") && !p->lost_block) {
            tell_unclosed(p, open);
            return first;
        }
        s = statement(p);
        if (p->failed)
            recover(p);
        *last = s;
        if (s)
            last = &s->next;
        if (p->t == before)
            parse_next(p);
    }
    *close = p->t->at;
    if (p->t->kind == TOK_RBRACE)
        watch_indent(p, open);
    if (parse_accept(p, TOK_RBRACE) || p->lost_block)
        return first;
    /* Told once: the blocks around this one are as open. */
    p->lost_block = true;
    tell_unclosed(p, open);
    return first;
}
