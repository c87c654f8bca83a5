/* SPDX-License-Identifier: BSD-2-Clause */
/* The preprocessor's directives, #!name or !!name up to the end of the line. */
#include "base/hash.h"
#include "script/lex_state.h"
#include <ctype.h>
#include <stdlib.h>

size_t macro_bucket(struct str name)
{
    return hash_fast(name) % MACRO_BUCKETS;
}

struct macro *macro_find(const struct lexer *l, struct str name)
{
    struct macro *m = l->macros[macro_bucket(name)];

    while (m && !str_eq(m->name, name))
        m = m->next;
    return m;
}

void macro_set(struct lexer *l, struct str name, struct str value, bool has_value,
               const struct place *at)
{
    struct macro *m = macro_find(l, name);

    /* One that is being expanded keeps its text: the old value is still being read. */
    if (!m) {
        struct macro **bucket = &l->macros[macro_bucket(name)];

        m = ARENA_NEW(l->arena, struct macro);
        m->name = arena_dup(l->arena, name);
        m->next = *bucket;
        *bucket = m;
    }
    m->value = arena_dup(l->arena, value);
    m->has_value = has_value && value.n;
    m->at = *at;
}

static void macro_drop(struct lexer *l, struct str name)
{
    struct macro **m = &l->macros[macro_bucket(name)];

    while (*m && !str_eq((*m)->name, name))
        m = &(*m)->next;
    if (*m)
        *m = (*m)->next;
}

void lexer_define(struct lexer *l, struct str name, struct str value, bool has_value)
{
    struct place nowhere = { 0 };

    macro_set(l, name, value, has_value, &nowhere);
}

/* One directive being read. */
struct directive {
    struct lexer *l;
    const char *name;
    struct place at; /* of the whole, from #! */
    struct str rest; /* of the line; continuation lines joined */
    struct place rest_at;
};

static struct str take_word(struct directive *d)
{
    size_t n = 0, blanks = 0;
    struct str word;

    while (n < d->rest.n && lex_is_ident((unsigned char)d->rest.p[n]))
        n++;
    word = str_cut(d->rest, 0, n);
    while (n + blanks < d->rest.n &&
           (d->rest.p[n + blanks] == ' ' || d->rest.p[n + blanks] == '\t'))
        blanks++;
    d->rest = str_skip(d->rest, n + blanks);
    d->rest_at.col += (uint32_t)(n + blanks);
    return word;
}

static bool need_word(struct directive *d, struct str *out)
{
    struct place at = d->rest_at;

    *out = take_word(d);
    if (out->n)
        return true;
    diag_fault(d->l->diag, &at, "expected a name behind #!%s", d->name);
    return false;
}

static void warn_comment(struct directive *d, struct str name)
{
    bool quoted = false;

    for (size_t i = 0; i < d->rest.n; i++) {
        char c = d->rest.p[i];
        struct place at = d->rest_at;

        if (c == '"')
            quoted = !quoted;
        if (quoted || !(c == '#' || (c == '/' && i + 1 < d->rest.n &&
                                     (d->rest.p[i + 1] == '/' || d->rest.p[i + 1] == '*'))))
            continue;
        if (i && d->rest.p[i - 1] != ' ' && d->rest.p[i - 1] != '\t')
            continue;
        at.col += (uint32_t)i;
        diag_hint(d->l->diag,
                  diag_warn(d->l->diag, &at, "W-define-comment",
                            "the comment becomes part of the value of " STR_FMT, STR_ARG(name)),
                  "put the comment on a line of its own");
        return;
    }
}

static void do_define(struct directive *d)
{
    bool try = strncmp(d->name, "try", 3) == 0, again = strncmp(d->name, "re", 2) == 0;
    struct str name;
    struct macro *old;

    if (!need_word(d, &name))
        return;
    old = macro_find(d->l, name);
    if (old && try)
        return;
    if (old && !again) {
        size_t fault = diag_fault(d->l->diag, &d->at, STR_FMT " is defined already", STR_ARG(name));

        if (old->at.source)
            diag_hint(d->l->diag, fault, "first at " STR_FMT ":%u; use #!trydef or #!redef",
                      STR_ARG(old->at.source->name), old->at.line);
        return;
    }
    warn_comment(d, name);
    macro_set(d->l, name, d->rest, d->rest.n > 0, &d->at);
}

static void do_undef(struct directive *d)
{
    bool try = strncmp(d->name, "try", 3) == 0;
    struct nearest near;
    struct str name;

    if (!need_word(d, &name))
        return;
    if (!try && !macro_find(d->l, name)) {
        nearest_begin(&near, name);
        for (size_t i = 0; i < MACRO_BUCKETS; i++)
            for (const struct macro *m = d->l->macros[i]; m; m = m->next)
                nearest_offer(&near, m->name);
        diag_nearest(d->l->diag,
                     diag_fault(d->l->diag, &d->at, STR_FMT " is not defined", STR_ARG(name)),
                     &near);
    }
    macro_drop(d->l, name);
}

/* #!defenv ID=VARIABLE, or #!defenv VARIABLE; with s the value becomes a string. */
static void do_defenv(struct directive *d)
{
    bool try = strncmp(d->name, "try", 3) == 0;
    bool string = d->name[strlen(d->name) - 1] == 's';
    struct str name, variable, value;
    const char *found;
    char space[256];

    if (!need_word(d, &name))
        return;
    variable = name;
    if (d->rest.n && d->rest.p[0] == '=') {
        d->rest = str_trim(str_skip(d->rest, 1));
        variable = take_word(d);
    }
    if (variable.n >= sizeof space)
        return;
    memcpy(space, variable.p, variable.n);
    space[variable.n] = '\0';
    found = getenv(space);
    if (!found) {
        if (!try)
            diag_fault(d->l->diag, &d->at, "the environment has no variable " STR_FMT,
                       STR_ARG(variable));
        return;
    }
    value = str_of(found);
    if (string)
        value = arena_fmt(d->l->arena, "\"%s\"", found);
    macro_set(d->l, name, value, true, &d->at);
}

static bool expression(struct directive *d, struct value *out)
{
    struct place at = d->rest_at;

    if (!d->rest.n) {
        diag_fault(d->l->diag, &at, "expected an expression behind #!%s", d->name);
        return false;
    }
    ASSERT(lexer_upcalls.expression);
    return lexer_upcalls.expression(d->l, d->rest, &at, out);
}

static void do_defexp(struct directive *d)
{
    bool string = d->name[strlen(d->name) - 1] == 's';
    struct str name, text;
    struct value v;

    if (!need_word(d, &name) || !expression(d, &v))
        return;
    text = value_text(&v, d->l->arena);
    if (string || v.type == VALUE_STR)
        text = arena_fmt(d->l->arena, "\"" STR_FMT "\"", STR_ARG(text));
    macro_set(d->l, name, text, true, &d->at);
}

static void open_condition(struct directive *d, bool holds)
{
    struct lexer *l = d->l;
    bool skipping = lex_skipping(l);

    if (l->n_conditions >= LEX_CONDITIONS_MAX) {
        diag_fault(l->diag, &d->at, "#!%s is nested more than %d deep", d->name,
                   LEX_CONDITIONS_MAX);
        l->stopped = true;
        return;
    }
    l->conditions[l->n_conditions++] =
        (struct condition){ d->at, holds && !skipping, holds || skipping, false };
}

static void do_ifdef(struct directive *d)
{
    struct str name;

    if (lex_skipping(d->l)) {
        open_condition(d, false);
        return;
    }
    if (!need_word(d, &name))
        open_condition(d, false);
    else
        open_condition(d, (macro_find(d->l, name) != NULL) == (d->name[2] == 'd'));
}

static void do_ifexp(struct directive *d)
{
    struct value v = VALUE_NONE;
    bool holds = false;

    if (!lex_skipping(d->l) && expression(d, &v))
        holds = v.type == VALUE_STR ? v.s.n > 0 : v.i != 0;
    open_condition(d, holds);
}

static bool in_condition(const struct directive *d)
{
    const struct lexer *l = d->l;
    unsigned base = l->input ? l->input->conditions : 0;

    if (l->n_conditions > base)
        return true;
    diag_fault(l->diag, &d->at, "#!%s without #!ifdef", d->name);
    return false;
}

static void do_else(struct directive *d)
{
    struct condition *c;

    if (!in_condition(d))
        return;
    c = &d->l->conditions[d->l->n_conditions - 1];
    if (c->has_else) {
        diag_hint(d->l->diag, diag_fault(d->l->diag, &d->at, "a second #!else"),
                  "its #!ifdef is at line %u", c->at.line);
        return;
    }
    c->has_else = true;
    c->taken = !c->any;
}

static void do_endif(struct directive *d)
{
    if (in_condition(d))
        d->l->n_conditions--;
}

static bool take_quoted(struct directive *d, struct str *out)
{
    struct str rest = str_trim(d->rest);
    char quote;

    if (rest.n > 1 && (rest.p[0] == '"' || rest.p[0] == '\'')) {
        quote = rest.p[0];
        rest = str_skip(rest, 1);
        out->p = rest.p;
        out->n = str_find(rest, quote);
        if (out->n < rest.n)
            return true;
    }
    diag_fault(d->l->diag, &d->rest_at, "expected a string in quotes behind #!%s", d->name);
    return false;
}

static void do_subst(struct directive *d)
{
    struct str text;

    if (take_quoted(d, &text))
        subst_add(d->l, d->name, text, &d->at);
}

static void do_include(struct directive *d)
{
    struct str name;

    if (take_quoted(d, &name))
        lex_include(d->l, subst_apply(d->l, name), d->name[1] == 'n', &d->at);
}

static void do_nothing(struct directive *d)
{
    (void)d;
}

static const struct {
    const char *name;
    void (*run)(struct directive *d);
    bool always; /* acts in skipped parts too */
} directives[] = {
    { "define", do_define, false },        { "def", do_define, false },
    { "trydefine", do_define, false },     { "trydef", do_define, false },
    { "redefine", do_define, false },      { "redef", do_define, false },
    { "undefine", do_undef, false },       { "undef", do_undef, false },
    { "tryundefine", do_undef, false },    { "tryundef", do_undef, false },
    { "defenv", do_defenv, false },        { "defenvs", do_defenv, false },
    { "trydefenv", do_defenv, false },     { "trydefenvs", do_defenv, false },
    { "defexp", do_defexp, false },        { "defexps", do_defexp, false },
    { "ifdef", do_ifdef, true },           { "ifndef", do_ifdef, true },
    { "ifexp", do_ifexp, true },           { "else", do_else, true },
    { "endif", do_endif, true },           { "subst", do_subst, false },
    { "substdef", do_subst, false },       { "substdefs", do_subst, false },
    { "include_file", do_include, false }, { "import_file", do_include, false },
    { "SER", do_nothing, false },          { "KAMAILIO", do_nothing, false },
    { "OPENSER", do_nothing, false },      { "MAXCOMPAT", do_nothing, false },
    { "ALL", do_nothing, false },          { "TANDEM", do_nothing, false },
};
enum { DIRECTIVES = sizeof directives / sizeof *directives };

bool lex_skipping(const struct lexer *l)
{
    return l->n_conditions && !l->conditions[l->n_conditions - 1].taken;
}

/* The rest of the line without its end; a backslash before the line end continues it. */
static struct str take_line(struct lexer *l)
{
    const struct input *in = l->input;
    size_t from = in->at;
    bool continued = false;

    for (;;) {
        int c = lex_peek(l, 0);

        if (c < 0 || c == '\n')
            break;
        if (c == '\\' &&
            (lex_peek(l, 1) == '\n' || (lex_peek(l, 1) == '\r' && lex_peek(l, 2) == '\n'))) {
            lex_advance(l, lex_peek(l, 1) == '\n' ? 2 : 3);
            continued = true;
            continue;
        }
        lex_advance(l, 1);
    }
    struct str raw = { in->text.p + from, in->at - from };

    if (!continued)
        return raw;
    char *out = arena_alloc(l->arena, raw.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\\' && i + 1 < raw.n && (raw.p[i + 1] == '\n' || raw.p[i + 1] == '\r')) {
            i += raw.p[i + 1] == '\n' ? 1 : 2;
            continue;
        }
        out[n++] = raw.p[i];
    }
    return (struct str){ out, n };
}

static void suggest(struct lexer *l, struct str name, const struct place *at)
{
    struct nearest near;

    nearest_begin(&near, name);
    for (size_t i = 0; i < DIRECTIVES; i++)
        nearest_offer(&near, str_of(directives[i].name));
    if (near.best.n && !lex_skipping(l))
        diag_nearest(l->diag,
                     diag_warn(l->diag, at, "W-unknown-directive",
                               "#!" STR_FMT " is no directive; the line is a comment",
                               STR_ARG(name)),
                     &near);
}

static size_t find_directive(struct str name)
{
    size_t i = 0;

    while (i < DIRECTIVES && !str_eq(name, str_of(directives[i].name)))
        i++;
    return i;
}

bool lex_known_directive(struct str name)
{
    return find_directive(name) < DIRECTIVES;
}

bool lex_directive(struct lexer *l)
{
    struct directive d = { .l = l, .at = lex_place(l) };
    struct str name = { l->input->text.p + l->input->at + 2, 0 };
    size_t blanks = 0, i;

    while (lex_is_ident(lex_peek(l, 2 + name.n)))
        name.n++;
    i = find_directive(name);
    if (i == DIRECTIVES) {
        d.at.width = (uint32_t)name.n + 2;
        if (lex_peek(l, 0) == '#' && !l->raw)
            suggest(l, name, &d.at);
        return false;
    }
    while (lex_peek(l, 2 + name.n + blanks) == ' ' || lex_peek(l, 2 + name.n + blanks) == '\t')
        blanks++;
    lex_advance(l, 2 + name.n + blanks);
    if (!l->input->macro)
        d.at.width = (uint32_t)name.n + 2;
    d.name = directives[i].name;
    d.rest_at = lex_place(l);
    d.rest = str_trim(take_line(l));
    if (l->raw)
        return true;
    if (directives[i].always || !lex_skipping(l))
        directives[i].run(&d);
    return true;
}

void lex_skip_part(struct lexer *l)
{
    while (l->input && lex_skipping(l) && !l->stopped) {
        while (lex_peek(l, 0) == ' ' || lex_peek(l, 0) == '\t')
            lex_advance(l, 1);
        if (lex_peek(l, 0) < 0)
            return;
        if ((lex_peek(l, 0) == '#' || lex_peek(l, 0) == '!') && lex_peek(l, 1) == '!' &&
            lex_directive(l))
            continue;
        while (lex_peek(l, 0) >= 0 && lex_peek(l, 0) != '\n')
            lex_advance(l, 1);
        lex_advance(l, 1);
    }
}

void lex_end_file(struct lexer *l)
{
    while (l->n_conditions > l->input->conditions) {
        struct condition *c = &l->conditions[--l->n_conditions];

        if (!l->stopped)
            diag_fault(l->diag, &c->at, "this has no #!endif");
    }
}
