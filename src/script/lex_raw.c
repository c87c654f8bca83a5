/* SPDX-License-Identifier: BSD-2-Clause */
/* A text as it is written: nothing expanded, comments and directives among the tokens. */
#include "script/lex_state.h"

enum lex_condition lex_condition_of(struct str line)
{
    struct str name = { NULL, 0 };

    while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
        line = str_skip(line, 1);
    if (line.n < 3 || (line.p[0] != '#' && line.p[0] != '!') || line.p[1] != '!')
        return LEX_NO_CONDITION;
    for (name.p = line.p + 2; name.n + 2 < line.n && lex_is_ident((unsigned char)name.p[name.n]);)
        name.n++;
    return str_eq(name, STR("ifdef")) || str_eq(name, STR("ifndef")) || str_eq(name, STR("ifexp"))
               ? LEX_IF
           : str_eq(name, STR("else"))  ? LEX_ELSE
           : str_eq(name, STR("endif")) ? LEX_ENDIF
                                        : LEX_NO_CONDITION;
}

/* Where a part of a condition began: just behind its directive. */
struct part {
    size_t n_tokens, at;
    uint32_t line, col;
};
struct raw {
    struct lexer *l;
    struct input *in;
    struct part parts[LEX_CONDITIONS_MAX];
    unsigned depth;
    bool unended; /* a part that makes no sense has no end: no more are looked for */
};

/* The end of the line at `at`, where a backslash continues a directive. */
static size_t line_end(struct str text, size_t at, bool directive)
{
    for (; at < text.n && text.p[at] != '\n'; at++)
        if (directive && text.p[at] == '\\') {
            size_t next = at + 1 + (at + 1 < text.n && text.p[at + 1] == '\r');

            if (next < text.n && text.p[next] == '\n')
                at = next;
        }
    return at;
}

static bool directive_line(struct str line)
{
    struct str name = { NULL, 0 };

    while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
        line = str_skip(line, 1);
    if (line.n < 3 || (line.p[0] != '#' && line.p[0] != '!') || line.p[1] != '!')
        return false;
    for (name.p = line.p + 2; name.n + 2 < line.n && lex_is_ident((unsigned char)name.p[name.n]);)
        name.n++;
    return lex_known_directive(name);
}

/* Where the line begins whose directive ends the part that begins at `from`, read as a part that
 * is skipped: by lines. The length of the text when there is none. */
static size_t part_end(struct str text, size_t from)
{
    size_t depth = 0, end = line_end(text, from, false);

    for (size_t at = end + 1; at < text.n; at = end + 1) {
        struct str line = str_skip(text, at);
        enum lex_condition what = lex_condition_of(line);

        if (depth == 0 && (what == LEX_ELSE || what == LEX_ENDIF))
            return at;
        depth += what == LEX_IF;
        depth -= what == LEX_ENDIF;
        end = line_end(text, at, directive_line(line));
    }
    return text.n;
}

/* Whether lines of a string or comment are directives that would end the part it stands in, if
 * that is skipped. */
static bool ends_part(struct str text)
{
    int depth = 0;

    for (size_t at = str_find(text, '\n') + 1; at < text.n;) {
        struct str line = str_skip(text, at);
        enum lex_condition what = lex_condition_of(line);

        if (depth == 0 && (what == LEX_ELSE || what == LEX_ENDIF))
            return true;
        depth += (what == LEX_IF) - (what == LEX_ENDIF);
        at += str_find(line, '\n') + 1;
    }
    return depth != 0;
}

static struct token *add(struct raw *r, enum tok kind, const struct place *at, size_t from)
{
    struct str text = str_cut(r->in->text, from, r->in->at);
    struct token *t = lex_add(r->l, kind, at, text);

    t->end = lex_place(r->l);
    return t;
}

/* The part that is being read becomes one token, if something ends it. */
static void leave_as_it_is(struct raw *r)
{
    const struct part *part = &r->parts[r->depth - 1];
    size_t end = part_end(r->in->text, part->at), begin;
    struct place at;

    r->unended = end >= r->in->text.n;
    if (r->unended)
        return;
    /* On the directive's own line stands what came before it. */
    at = (struct place){ r->in->source, part->line + 1, 1, 1, NULL };
    diag_forget_from(r->l->diag, &at);
    r->l->n_tokens = part->n_tokens;
    r->in->at = part->at;
    r->in->line = part->line;
    r->in->col = part->col;
    lex_advance(r->l, line_end(r->in->text, part->at, false) + 1 - part->at);
    begin = r->in->at;
    at = lex_place(r->l);
    if (begin < end) {
        lex_advance(r->l, end - 1 - begin);
        add(r, TOK_VERBATIM, &at, begin);
        lex_advance(r->l, 1);
    }
}

static void enter_part(struct raw *r, bool deeper)
{
    if (deeper && r->depth == LEX_CONDITIONS_MAX) {
        struct place at = lex_place(r->l);

        diag_fault(r->l->diag, &at, "conditions are nested more than %d deep", LEX_CONDITIONS_MAX);
        r->l->stopped = true;
        return;
    }
    r->depth += deeper;
    if (r->depth)
        r->parts[r->depth - 1] =
            (struct part){ r->l->n_tokens, r->in->at, r->in->line, r->in->col };
}

static void directive(struct raw *r, const struct place *at, size_t from)
{
    struct token *t = add(r, TOK_DIRECTIVE, at, from);

    switch (lex_condition_of(t->text)) {
    case LEX_IF: enter_part(r, true); break;
    case LEX_ELSE: enter_part(r, false); break;
    case LEX_ENDIF: r->depth -= r->depth > 0; break;
    case LEX_NO_CONDITION: break;
    }
}

/* Comments and directives; false when something else stands at the cursor. */
static bool beside_code(struct raw *r)
{
    struct lexer *l = r->l;
    int c = lex_peek(l, 0), next = lex_peek(l, 1);
    struct place at = lex_place(l);
    size_t from = r->in->at;

    if (lex_at_directive(l)) {
        if (lex_directive(l)) {
            directive(r, &at, from);
            return true;
        }
        if (c == '!')
            return false;
        lex_skip_line(l);
    } else if (c == '#' || (c == '/' && next == '/')) {
        lex_skip_line(l);
    } else if (c == '/' && next == '*') {
        lex_skip_comment(l);
    } else {
        return false;
    }
    add(r, TOK_COMMENT, &at, from);
    return true;
}

static void read_one(struct raw *r)
{
    struct lexer *l = r->l;
    size_t faults = diagnostics_faults(l->diag), n = l->n_tokens, from;
    struct place at;
    bool bad;

    while (lex_peek(l, 0) == ' ' || (lex_peek(l, 0) >= '\t' && lex_peek(l, 0) <= '\r' &&
                                     lex_peek(l, 0) != '\v' && lex_peek(l, 0) != '\f')) {
        lex_advance(l, 1);
        l->spaced = true;
    }
    if (lex_peek(l, 0) < 0)
        return;
    from = r->in->at;
    at = lex_place(l);
    if (!beside_code(r))
        lex_one(l);
    bad = diagnostics_faults(l->diag) > faults;
    if (l->n_tokens == n)
        add(r, TOK_VERBATIM, &at, from);
    struct token *t = &l->tokens[l->n_tokens - 1];

    t->text = str_cut(r->in->text, from, r->in->at);
    t->end = lex_place(l);
    t->bad = bad;
    if (r->depth && !r->unended &&
        (bad || ((t->kind == TOK_STRING || t->kind == TOK_COMMENT) && ends_part(t->text))))
        leave_as_it_is(r);
}

struct tokens lexer_raw(struct lexer *l, struct str name, struct str text)
{
    struct place nowhere = { 0 }, end = { 0 };
    struct raw r = { .l = l };

    l->raw = true;
    if (lex_open(l, name, text.p ? text : STR(""), &nowhere)) {
        r.in = l->input;
        while (lex_peek(l, 0) >= 0 && !l->stopped) {
            read_one(&r);
            if (l->n_tokens >= LEX_TOKENS_MAX) {
                end = lex_place(l);
                diag_fault(l->diag, &end, "the configuration is too long");
                break;
            }
        }
        end = lex_place(l);
        l->input = NULL;
    }
    l->spaced = true;
    lex_add(l, TOK_END, &end, str_skip(text, text.n));
    return (struct tokens){ l->tokens, l->n_tokens };
}
