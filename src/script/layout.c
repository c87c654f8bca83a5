/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines and their indentation. */
#include "script/layout_state.h"

struct layout {
    const struct layout_style *style;
    struct arena arena;
    struct buf *out;
    struct str eol;
    struct layout_state s;
    struct layout_state conditions[LEX_CONDITIONS_MAX]; /* as they were at #!ifdef */
    unsigned n_conditions;
    const struct swallower *swallowers;
    const struct token *last;                /* the last one that was written; NULL: none */
    bool last_began_line;                    /* it was the first of its line */
    const struct token *code_from, *code_at; /* between them stands no code */
};

/* ---- looking around ---- */

static const char *const route_words[] = { "route",         "request_route", "failure_route",
                                           "onreply_route", "reply_route",   "branch_route",
                                           "onsend_route",  "event_route",   NULL };
static const char *const top_words[] = { "loadmodule", "loadmodulex", "modparam", "modparamx",
                                         "mpath",      "loadpath",    NULL };
static const char *const include_words[] = { "include_file", "import_file", NULL };

/* The next token that is code, from `t` on. */
static const struct token *code(struct layout *f, const struct token *t)
{
    if (f->code_from && t >= f->code_from && t <= f->code_at)
        return f->code_at;
    f->code_from = t;
    while (!gap_is_code(t))
        t++;
    f->code_at = t;
    return t;
}

static unsigned lines_before(const struct layout *f, const struct token *t)
{
    return f->last ? t->at.line - f->last->end.line : 0;
}

/* Where statements stand inside what is open. */
static unsigned indent_of(const struct frame *in)
{
    return in->indent + (in->kind == IN_SWITCH);
}

/* ---- what is open ---- */

static void push(struct layout *f, enum frame_kind kind, enum owner owner, unsigned indent)
{
    struct frame *in = ARENA_NEW(&f->arena, struct frame);

    *in = (struct frame){ f->s.in, kind, owner, indent };
    f->s.in = in;
}

static void pop_parens(struct layout *f)
{
    while (f->s.in->kind == IN_PAREN)
        f->s.in = f->s.in->up;
}

/* A statement has ended, and with it those whose body it was; but an else may follow. */
static void end_statement(struct layout *f, const struct token *next)
{
    pop_parens(f);
    next = code(f, next);
    while (f->s.in->kind == IN_BODY) {
        enum owner owner = f->s.in->owner;

        f->s.in = f->s.in->up;
        if (owner == OWNER_IF && gap_word(next, "else"))
            break;
    }
    f->s.phase = AT_START;
}

/* ---- writing ---- */

enum { INDENT_MAX = 64 }; /* deeper blocks stand there */

static void indent(struct layout *f, unsigned n)
{
    if (n > INDENT_MAX)
        n = INDENT_MAX;
    for (unsigned i = 0; i < n * (f->style->blanks ? f->style->blanks : 1); i++)
        buf_char(f->out, f->style->blanks ? ' ' : '\t');
}

/* Begins a line before `t`; a blank one that stood there stays, but not at the edges of blocks. */
static void new_line(struct layout *f, const struct token *t)
{
    bool opened = f->last && (f->last->kind == TOK_LBRACE || f->last->kind == TOK_LPAREN);
    bool closes = t->kind == TOK_RBRACE || t->kind == TOK_RPAREN;

    f->last_began_line = true;
    if (!f->last)
        return;
    /* What stays as it is brings the first half of its line end along. */
    buf_add(f->out, f->last->kind == TOK_VERBATIM ? STR("\n") : f->eol);
    if (lines_before(f, t) > 1 && !opened && !closes)
        buf_add(f->out, f->eol);
}

/* Whether nothing may follow the last token on its line. */
static bool line_is_over(const struct layout *f, const struct token *t)
{
    if (!f->last || gap_is_code(f->last))
        return f->last && f->swallowers && t->kind != TOK_COMMENT &&
               layout_swallows(f->swallowers, f->last);
    return f->last->kind != TOK_COMMENT || !str_starts(f->last->text, STR("/*")) ||
           lines_before(f, t) > 0;
}

static void write_token(struct layout *f, const struct token *t)
{
    struct str text = t->text;

    /* A backslash at the end of the file is not to become a continuation. */
    if (t->kind == TOK_DIRECTIVE || (t->kind == TOK_COMMENT && !str_starts(text, STR("/*"))))
        while (text.n && strchr(" \t\r", text.p[text.n - 1]))
            text.n--;
    if (t->kind == TOK_DIRECTIVE && text.n && text.p[text.n - 1] == '\\')
        text = t->text;
    buf_add(f->out, text);
    f->last = t;
}

enum gap { GAP_NONE, GAP_BLANK, GAP_LINE };

static void place(struct layout *f, const struct token *t, enum gap gap, unsigned n)
{
    if (!f->last || line_is_over(f, t))
        gap = GAP_LINE;
    if (gap == GAP_LINE) {
        new_line(f, t);
        indent(f, n);
    } else {
        f->last_began_line = false;
        if (gap == GAP_BLANK)
            buf_char(f->out, ' ');
    }
    write_token(f, t);
}

/* ---- comments and directives ---- */

static unsigned comment_indent(struct layout *f, const struct token *t)
{
    const struct layout_state *s = &f->s;
    const struct token *next = code(f, t);

    if (s->phase == BEHIND_ELSE)
        return s->indent + (next->kind != TOK_LBRACE);
    if (s->phase == IN_CONDITION && s->in->kind != IN_PAREN && gap_condition_over(s->prev, next))
        return s->indent + (next->kind != TOK_LBRACE);
    if (s->phase != AT_START && s->in->kind == IN_TOP && lines_before(f, t) > 0 &&
        next->kind == TOK_IDENT && gap_ends_operand(s->prev))
        return 0;
    if (s->phase != AT_START)
        return s->indent + 1;
    if (s->in->kind == IN_SWITCH && (gap_word(next, "case") || gap_word(next, "default")))
        return s->in->indent;
    return indent_of(s->in);
}

static void condition(struct layout *f, struct str text)
{
    switch (lex_condition_of(text)) {
    case LEX_IF: f->conditions[f->n_conditions++] = f->s; break;
    case LEX_ELSE:
        if (f->n_conditions)
            f->s = f->conditions[f->n_conditions - 1];
        break;
    case LEX_ENDIF: f->n_conditions -= f->n_conditions > 0; break;
    case LEX_NO_CONDITION: break;
    }
}

static void beside_code(struct layout *f, const struct token *t)
{
    bool same_line = f->last && !line_is_over(f, t) && lines_before(f, t) == 0;

    if (t->kind == TOK_VERBATIM) {
        if (f->last)
            buf_add(f->out, f->eol);
        f->last_began_line = true;
        write_token(f, t);
    } else if (same_line) {
        const char *from = f->last->text.p + f->last->text.n;
        struct str gap = { from, (size_t)(t->text.p - from) };

        if (!gap.n && !str_starts(t->text, STR("/*")))
            gap = STR(" ");
        buf_add(f->out, gap); /* comments of several lines may stand in a column */
        f->last_began_line = false;
        write_token(f, t);
    } else {
        place(f, t, GAP_LINE, t->kind == TOK_DIRECTIVE ? 0 : comment_indent(f, t));
    }
    if (t->kind == TOK_DIRECTIVE)
        condition(f, t->text);
}

/* ---- code ---- */

static void open_block(struct layout *f, const struct token *t, enum frame_kind kind,
                       enum owner owner, enum gap gap)
{
    unsigned n;

    pop_parens(f);
    n = indent_of(f->s.in);
    place(f, t, gap, n);
    push(f, kind, owner, n + 1);
    f->s.phase = AT_START;
}

static void close_block(struct layout *f, const struct token *t)
{
    const struct frame *in = f->s.in;
    enum owner owner;

    while (in->kind == IN_PAREN || in->kind == IN_BODY)
        in = in->up;
    owner = in->owner;
    f->s.in = in->up ? in->up : in;
    place(f, t, GAP_LINE, indent_of(f->s.in));
    if (owner == OWNER_IF && gap_word(code(f, t + 1), "else"))
        f->s.phase = AT_START;
    else
        end_statement(f, t + 1);
}

static void semicolon(struct layout *f, const struct token *t)
{
    bool stray = f->s.phase == AT_START && f->last && f->last->kind != TOK_SEMI &&
                 f->last->kind != TOK_RBRACE;

    place(f, t, stray ? GAP_LINE : GAP_NONE, indent_of(f->s.in));
    end_statement(f, t + 1);
}

static bool at_label(struct layout *f, const struct token *t)
{
    return f->s.in->kind == IN_SWITCH && (gap_word(t, "case") || gap_word(t, "default")) &&
           code(f, t + 1)->kind != TOK_LPAREN;
}

static enum phase phase_of(struct layout *f, const struct token *t)
{
    static const struct {
        const char *word;
        enum owner owner;
    } conditions[] = { { "if", OWNER_IF }, { "while", OWNER_WHILE }, { "switch", OWNER_SWITCH } };
    enum tok next = code(f, t + 1)->kind;

    if (f->s.in->kind == IN_TOP)
        return gap_in(t, route_words) && (next == TOK_LBRACK || next == TOK_LBRACE) ? IN_HEAD
                                                                                    : IN_ITEM;
    if (f->s.in->kind == IN_SOCKET)
        return IN_ITEM;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (gap_word(t, conditions[i].word)) {
            f->s.owner = conditions[i].owner;
            return IN_CONDITION;
        }
    if (gap_word(t, "else")) {
        f->s.owner = OWNER_ELSE;
        return BEHIND_ELSE;
    }
    return at_label(f, t) ? IN_LABEL : IN_ITEM;
}

/* Brackets open and close around what was just written. */
static void brackets(struct layout *f, const struct token *t)
{
    if (t->kind == TOK_LPAREN || t->kind == TOK_LBRACK)
        push(f, IN_PAREN, OWNER_NONE, f->s.in->indent);
    else if ((t->kind == TOK_RPAREN || t->kind == TOK_RBRACK) && f->s.in->kind == IN_PAREN)
        f->s.in = f->s.in->up;
}

/* The first token of a statement or declaration. */
static void begin(struct layout *f, const struct token *t, enum gap gap)
{
    bool is_else = gap_word(t, "else"), label = at_label(f, t);
    unsigned n = label ? f->s.in->indent : indent_of(f->s.in);

    if (is_else && f->last && gap_is_code(f->last) &&
        (f->last->kind == TOK_RBRACE || lines_before(f, t) == 0))
        gap = GAP_BLANK;
    else if (f->last && f->last->kind == TOK_COMMENT && f->last_began_line &&
             lines_before(f, t) == 0)
        gap = GAP_BLANK;
    f->s.item = t;
    f->s.indent = n;
    f->s.phase = phase_of(f, t);
    place(f, t, gap, n);
    brackets(f, t);
}

/* The first token of what a condition or else governs. */
static void body(struct layout *f, const struct token *t)
{
    enum owner owner = f->s.owner;
    bool here = f->last && gap_is_code(f->last) && lines_before(f, t) == 0;

    if (t->kind == TOK_LBRACE) {
        open_block(f, t, owner == OWNER_SWITCH ? IN_SWITCH : IN_BLOCK, owner, GAP_BLANK);
        return;
    }
    if (t->kind == TOK_RBRACE) {
        close_block(f, t);
        return;
    }
    if (owner == OWNER_ELSE && gap_word(t, "if")) {
        begin(f, t, GAP_BLANK);
        return;
    }
    push(f, IN_BODY, owner, indent_of(f->s.in) + !here);
    if (t->kind == TOK_SEMI)
        semicolon(f, t);
    else if (here) /* what touches a number may be a part of it */
        begin(f, t, t->spaced || !gap_touches(f->s.prev) ? GAP_BLANK : GAP_NONE);
    else
        begin(f, t, GAP_LINE);
}

static bool touches_nothing(const struct token *prev)
{
    return gap_ends_operand(prev) || prev->kind == TOK_SEMI || prev->kind == TOK_RBRACE;
}

/* Whether a declaration at the top, or an attribute of a socket, begins with `t`. */
static bool begins_declaration(struct layout *f, const struct token *t)
{
    enum tok next = code(f, t + 1)->kind;

    if (t->kind != TOK_IDENT || !touches_nothing(f->s.prev) || f->s.prev->kind == TOK_DOT)
        return false;
    if (!t->spaced && gap_touches(f->s.prev)) /* apart, 1.2.3.4x would begin with an address */
        return false;
    if (lines_before(f, t) > 0 && next != TOK_COLON)
        return true;
    return next == TOK_ASSIGN ||
           (gap_in(t, top_words) && (next == TOK_LPAREN || next == TOK_STRING)) ||
           (gap_in(t, route_words) && (next == TOK_LBRACK || next == TOK_LBRACE));
}

/* A statement that ends without ';': an include, or a define that stands for a whole one. */
static bool begins_statement(const struct layout *f, const struct token *t)
{
    const struct layout_state *s = &f->s;

    if (gap_in(s->item, include_words))
        return s->prev->kind == TOK_STRING && t->kind != TOK_STRING;
    return s->prev == s->item && s->item->kind == TOK_IDENT && lines_before(f, t) > 0 &&
           (t->kind == TOK_IDENT || t->kind == TOK_VAR) && !gap_is_binary(t);
}

static bool item_is_over(struct layout *f, const struct token *t)
{
    switch (f->s.in->kind) {
    case IN_PAREN: return false;
    case IN_TOP:
    case IN_SOCKET: return begins_declaration(f, t);
    default: return f->s.phase == IN_ITEM && begins_statement(f, t);
    }
}

/* A token in the midst of a statement. */
static void go_on(struct layout *f, const struct token *t)
{
    bool blank = gap_between(&f->s, f->s.prev, t);
    bool label_ends = f->s.phase == IN_LABEL && t->kind == TOK_COLON && f->s.in->kind != IN_PAREN;
    bool broken = lines_before(f, t) > 0 && t->kind != TOK_COMMA && !label_ends;
    bool closes = t->kind == TOK_RPAREN || t->kind == TOK_RBRACK;
    unsigned n = f->s.indent + (closes ? 0 : f->s.phase == IN_CONDITION ? 2 : 1);

    if (!gap_is_code(f->last))
        blank = t->spaced;
    place(f, t, broken ? GAP_LINE : blank ? GAP_BLANK : GAP_NONE, n);
    brackets(f, t);
    if (label_ends)
        f->s.phase = AT_START;
}

static void one_code(struct layout *f, const struct token *t)
{
    struct layout_state *s = &f->s;

    if (s->phase == BEHIND_ELSE ||
        (s->phase == IN_CONDITION && s->in->kind != IN_PAREN && gap_condition_over(s->prev, t))) {
        body(f, t);
        return;
    }
    if (s->phase != AT_START && item_is_over(f, t))
        end_statement(f, t);
    if (t->kind == TOK_RBRACE)
        close_block(f, t);
    else if (t->kind == TOK_SEMI)
        semicolon(f, t);
    else if (t->kind == TOK_LBRACE && s->phase == AT_START)
        open_block(f, t, IN_BLOCK, OWNER_NONE, GAP_LINE);
    else if (t->kind == TOK_LBRACE)
        open_block(f, t,
                   s->in->kind == IN_TOP && gap_word(s->item, "socket") ? IN_SOCKET : IN_BLOCK,
                   OWNER_NONE, GAP_BLANK);
    else if (s->phase == AT_START)
        begin(f, t, GAP_LINE);
    else
        go_on(f, t);
}

/* ---- all of it ---- */

static struct str line_end_of(struct str text)
{
    size_t n = str_find(text, '\n');

    return n && n < text.n && text.p[n - 1] == '\r' ? STR("\r\n") : STR("\n");
}

/* Three ends stand before the first token, so that looking back needs no care. */
enum { SENTINELS = 3 };

static struct token *with_sentinels(struct arena *a, struct tokens tokens)
{
    struct token *t = ARENA_ARRAY(a, struct token, tokens.n + SENTINELS);

    memcpy(t + SENTINELS, tokens.at, tokens.n * sizeof *t);
    return t + SENTINELS;
}

static void lay_out(struct layout *f, const struct token *t)
{
    static const struct frame top;

    f->s = (struct layout_state){ .in = &top, .prev = t - 1, .item = t - 1 };
    for (; t->kind != TOK_END; t++) {
        if (!gap_is_code(t)) {
            beside_code(f, t);
            continue;
        }
        one_code(f, t);
        f->s.prev = t;
    }
    if (f->last && !(f->last->kind == TOK_DIRECTIVE && str_ends(buf_str(f->out), STR("\\"))))
        buf_add(f->out, f->eol);
}

static bool same_text(const struct token *a, const struct token *b)
{
    struct str x = a->text, y = b->text;

    if (a->kind == TOK_COMMENT || a->kind == TOK_DIRECTIVE) {
        x = str_trim(x);
        y = str_trim(y);
    }
    return a->kind == b->kind && str_eq(x, y);
}

/* Whether what was written has the tokens of what was read. */
static bool unchanged(struct layout *f, struct str name, struct tokens before, struct str after)
{
    struct diagnostics *d = diagnostics_new();
    struct tokens now = lexer_raw(lexer_new(&f->arena, d), name, after);
    bool same = now.n == before.n && !diagnostics_faults(d);

    for (size_t i = 0; same && i < now.n; i++)
        same = same_text(&before.at[i], &now.at[i]);
    diagnostics_free(d);
    return same;
}

err_t layout_text(struct str name, struct str text, const struct layout_style *style,
                  struct buf *out, struct diagnostics *d)
{
    struct layout f = { .style = style, .out = out, .eol = line_end_of(text) };
    size_t before = diagnostics_faults(d), from = out->n;
    struct tokens tokens;
    err_t e = ERR_SYNTAX;

    arena_init(&f.arena, MEM_CONFIG, 65536);
    if (str_starts(text, STR("\xef\xbb\xbf")))
        buf_add(out, str_cut(text, 0, 3));
    tokens = lexer_raw(lexer_new(&f.arena, d), name, text);
    if (diagnostics_faults(d) == before) {
        struct token *t = with_sentinels(&f.arena, tokens);

        f.swallowers = layout_swallowers(&f.arena, t);
        if (f.swallowers)
            layout_join_swallowed(f.swallowers, t, tokens.n, d);
        lay_out(&f, t);
    }
    if (diagnostics_faults(d) == before)
        e = unchanged(&f, name, tokens, str_skip(buf_str(out), from)) ? ERR_OK : ERR_STATE;
    if (e)
        out->n = from;
    arena_free(&f.arena);
    return e;
}
