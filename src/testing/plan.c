/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a test file into tests, and says which variants of the configuration they want. */
#include "testing/plan.h"
#include "testing/reader.h"

static void read_lines(struct reader *r);

void plan_init(struct plan *p)
{
    *p = (struct plan){ .diag = diagnostics_new() };
    arena_init(&p->arena, MEM_CONFIG, 65536);
    p->last = &p->tests;
}

void plan_free(struct plan *p)
{
    for (struct variant *v = p->variants; v; v = v->next) {
        obj_drop(v->generation);
        mem_free(MEM_CONFIG, v->fragments);
    }
    diagnostics_free(p->diag);
    arena_free(&p->arena);
}

/* ---- variants ---- */

static bool shapes_configuration(const struct decl *d)
{
    return d->kind == DECL_CONFIG || d->kind == DECL_DEFINE || d->kind == DECL_ALIAS ||
           d->kind == DECL_DATABASE || d->kind == DECL_MODULE;
}

/* What tells configurations apart, and makes those alike that are. */
static struct str key_of(struct reader *r, const struct decl *d)
{
    struct buf b;
    struct str key;

    buf_init(&b, MEM_CONFIG);
    for (; d; d = d->up)
        if (shapes_configuration(d))
            buf_fmt(&b, "%d " STR_FMT "=" STR_FMT " %p\n", (int)d->kind, STR_ARG(d->name),
                    STR_ARG(d->text), (void *)d->module);
    key = arena_dup(&r->plan->arena, buf_str(&b));
    buf_free(&b);
    return key;
}

static struct variant *variant_for(struct reader *r, const struct test *t)
{
    struct str key = key_of(r, t->decls);
    const struct decl *config = decl_find(t->decls, DECL_CONFIG, STR_NONE);
    struct variant *v, **last = &r->plan->variants;

    for (; *last; last = &(*last)->next)
        if (str_eq((*last)->key, key))
            return *last;
    v = ARENA_NEW(&r->plan->arena, struct variant);
    v->key = key;
    v->config = config ? config->text : STR("");
    v->at = config ? config->at : t->at;
    v->decls = t->decls;
    *last = v;
    return v;
}

static void add_fragment(struct variant *v, struct fragment *f)
{
    if (!f)
        return;
    if (v->n_fragments == v->cap_fragments) {
        v->cap_fragments = v->cap_fragments ? v->cap_fragments * 2 : 64;
        v->fragments =
            mem_realloc(MEM_CONFIG, v->fragments, v->cap_fragments * sizeof *v->fragments);
    }
    v->fragments[v->n_fragments++] = f;
}

/* A stub outside of tests is shared by those of several variants: each has its own copy. */
static void own_stubs(struct reader *r, struct test *t)
{
    const struct decl **link = &t->decls;

    for (; *link; link = (const struct decl **)(uintptr_t) & (*link)->up) {
        struct decl *copy = ARENA_NEW(&r->plan->arena, struct decl);

        *copy = **link;
        if (copy->kind == DECL_STUB) {
            copy->stub = ARENA_NEW(&r->plan->arena, struct stub);
            *copy->stub = *(*link)->stub;
            if (copy->stub->body) {
                struct fragment *f = ARENA_NEW(&r->plan->arena, struct fragment);

                *f = *copy->stub->body;
                copy->stub->body = f;
                add_fragment(t->variant, f);
            }
        }
        *link = copy;
    }
}

static void collect(struct reader *r, struct test *t)
{
    t->variant = variant_for(r, t);
    own_stubs(r, t);
    for (const struct step *s = t->steps; s; s = s->next) {
        add_fragment(t->variant, s->fragment);
        for (const struct demand *d = s->demands; d; d = d->next)
            add_fragment(t->variant, d->fragment);
    }
}

/* ---- tests ---- */

static void do_setups(struct reader *r, const struct decl *d)
{
    if (!d)
        return;
    do_setups(r, d->up);
    if (d->kind == DECL_SETUP)
        read_steps_between(r, d->from, d->to);
}

static struct test *begin_test(struct reader *r, struct str name)
{
    struct plan *p = r->plan;
    struct test *t = ARENA_NEW(&p->arena, struct test);

    t->name = arena_dup(&p->arena, name);
    t->at = reader_place(r, r->whole);
    for (const struct test *other = p->tests; other; other = other->next)
        if (str_eq(other->name, name)) {
            diag_hint(p->diag,
                      reader_fault(r, name, "a second test \"" STR_FMT "\"", STR_ARG(name)),
                      "the first is at line %u", other->at.line);
            break;
        }
    if (++p->n_tests > TESTS_MAX) {
        reader_fault(r, r->whole, "a file has at most %d tests", TESTS_MAX);
        r->stopped = true;
    }
    *p->last = t;
    p->last = &t->next;
    return t;
}

static void read_test(struct reader *r)
{
    const struct decl *outside = r->decls;
    struct str name = reader_word(r);
    size_t from, to, faults = diagnostics_faults(r->plan->diag);

    if (!name.n)
        reader_fault(r, r->whole, "expected the name of the test, in quotes");
    if (!reader_end(r) || !reader_needs_block(r))
        return;
    if (!name.n) { /* what stands in it means nothing outside */
        reader_skip_block(r, &from, &to);
        return;
    }
    r->test = begin_test(r, name);
    r->last = &r->test->steps;
    reader_skip_block(r, &from, &to);
    do_setups(r, outside);
    r->at = to;
    read_steps_between(r, from, to);
    r->test->decls = r->decls;
    if (!decl_find(r->decls, DECL_CONFIG, STR_NONE)) {
        r->at = from;
        diag_hint(r->plan->diag, reader_fault(r, r->whole, "this test has no configuration to run"),
                  "put config \"kamailio.cfg\" above it");
        r->at = to;
    }
    if (diagnostics_faults(r->plan->diag) == faults)
        collect(r, r->test);
    r->test = NULL;
    r->decls = outside;
}

/* ---- blocks around tests ---- */

/* The lines from..to, read with what is declared now; that is undone behind them. */
static void read_between(struct reader *r, size_t from, size_t to, const struct decl *outside)
{
    size_t at = r->at, end = r->end;

    if (r->depth == NESTING_MAX) {
        reader_fault(r, r->whole, "blocks stand inside each other more than %d deep", NESTING_MAX);
        r->stopped = true;
    }
    r->depth++;
    r->at = from;
    r->end = to;
    read_lines(r);
    r->at = at;
    r->end = end;
    r->depth--;
    r->decls = outside;
}

/* with WITH_AUTH DBURL="…" { tests } */
static void read_with(struct reader *r)
{
    const struct decl *outside = r->decls;
    size_t from, to;

    if (!reader_more(r))
        reader_fault(r, r->whole, "expected NAME or NAME=VALUE");
    while (reader_more(r)) {
        struct str word = reader_word(r);
        struct decl *d = reader_declare(r, DECL_DEFINE);

        d->name = str_cut(word, 0, str_find(word, '='));
        d->text = str_skip(word, d->name.n + 1);
    }
    if (!reader_needs_block(r))
        return;
    reader_skip_block(r, &from, &to);
    read_between(r, from, to, outside);
}

/* Words up to a comma or the end. */
static size_t read_tuple(struct reader *r, struct str *words, size_t max)
{
    size_t n = 0;

    while (reader_more(r) && n < max) {
        struct str w = reader_word(r);
        bool last = w.n && w.p[w.n - 1] == ',' && str_find(w, '"') == w.n;

        words[n++] = last ? str_cut(w, 0, w.n - 1) : w;
        if (last)
            break;
        if (str_starts(str_trim(r->line), STR(","))) {
            r->line = str_skip(str_trim(r->line), 1);
            break;
        }
    }
    return n;
}

/* for method code = INVITE 404, MESSAGE 405 { tests } */
static void read_for(struct reader *r)
{
    enum { NAMES_OF_FOR = 8, TUPLES_MAX = 500 };
    const struct decl *outside = r->decls;
    struct str names[NAMES_OF_FOR], list, whole = r->whole;
    size_t n = 0, from, to;
    bool block = r->opens;

    for (struct str w; (w = reader_word(r)).n && !str_eq(w, STR("="));) {
        if (n == NAMES_OF_FOR) {
            reader_fault(r, w, "at most %d names stand in a for", NAMES_OF_FOR);
            return;
        }
        names[n++] = w;
    }
    list = reader_rest(r);
    if (!n || !list.n || !block) {
        reader_fault(r, whole, "expected for NAME = VALUE, VALUE … {");
        return;
    }
    reader_skip_block(r, &from, &to);
    for (unsigned rounds = 0; list.n && !r->stopped; rounds++) {
        struct str values[NAMES_OF_FOR];
        size_t at = r->at;

        r->at = from;
        r->line = list;
        r->whole = whole;
        if (read_tuple(r, values, n) != n || rounds == TUPLES_MAX) {
            reader_fault(r, whole, "expected %zu values between commas, as there are names", n);
            r->at = at;
            return;
        }
        list = str_trim(r->line);
        r->line = STR("");
        for (size_t i = 0; i < n; i++) {
            struct decl *d = reader_declare(r, DECL_VALUE);

            d->name = names[i];
            d->text = values[i];
        }
        r->at = at;
        read_between(r, from, to, outside);
    }
}

/* steps "bob is registered" { … }; setup { … } */
static void read_named_steps(struct reader *r, enum decl_kind kind)
{
    struct decl *d;
    struct str name = kind == DECL_STEPS ? reader_word(r) : STR("");

    if (kind == DECL_STEPS && !name.n)
        reader_fault(r, r->whole, "expected the name of the steps");
    if (!reader_end(r) || !reader_needs_block(r))
        return;
    d = reader_declare(r, kind);
    d->name = name;
    reader_skip_block(r, &d->from, &d->to);
}

static void read_line(struct reader *r, struct str word)
{
    static const char *const words[] = { "test",   "with",   "for",   "steps",    "setup",
                                         "config", "define", "alias", "domain",   "server",
                                         "peers",  "peer",   "name",  "database", "table",
                                         "module", "stub",   NULL };

    if (str_eq(word, STR("test")))
        read_test(r);
    else if (str_eq(word, STR("with")))
        read_with(r);
    else if (str_eq(word, STR("for")))
        read_for(r);
    else if (str_eq(word, STR("steps")))
        read_named_steps(r, DECL_STEPS);
    else if (str_eq(word, STR("setup")))
        read_named_steps(r, DECL_SETUP);
    else if (!read_declaration(r, word))
        reader_unknown(r, word, "test, with, for, steps, setup or a declaration", words,
                       sizeof *words);
}

static void read_lines(struct reader *r)
{
    while (!r->stopped) {
        if (reader_line(r)) {
            read_line(r, reader_word(r));
            continue;
        }
        if (r->at >= r->end)
            return;
        r->exact = true;
        r->whole = str_trim(r->lines[r->at]);
        reader_fault(r, r->whole, "this '}' closes nothing");
    }
}

static size_t split_lines(struct plan *p, struct str text, struct str **out)
{
    struct str *lines;
    size_t n = 1, i = 0;

    for (size_t k = 0; k < text.n; k++)
        n += text.p[k] == '\n';
    lines = ARENA_ARRAY(&p->arena, struct str, n + 1);
    while (text.n)
        lines[i++] = str_split(&text, '\n');
    *out = lines;
    return i;
}

/* A configuration may hold tests itself, in comments that begin with the line sought here: what
 * stands outside of them is no test. False: there are none, it is a file of tests. */
static bool only_comments(struct str *lines, size_t n)
{
    bool found = false, in = false;

    for (size_t i = 0; i < n; i++)
        found |= str_eq(str_trim(lines[i]), STR("/* tests"));
    for (size_t i = 0; i < n && found; i++) {
        struct str line = str_trim(lines[i]);
        bool edge = str_eq(line, in ? STR("*/") : STR("/* tests"));

        if (edge)
            in = !in;
        if (edge || !in)
            lines[i] = STR("");
    }
    return found;
}

static void declare_itself(struct reader *r, struct str file)
{
    struct decl *d = ARENA_NEW(&r->plan->arena, struct decl);

    for (size_t slash; (slash = str_find(file, '/')) < file.n;)
        file = str_skip(file, slash + 1);
    *d = (struct decl){ .up = r->decls, .kind = DECL_CONFIG, .text = file };
    d->at = (struct place){ .source = &r->plan->source, .line = 1, .col = 1, .width = 1 };
    r->decls = d;
}

void plan_define(struct plan *p, struct str define)
{
    struct decl *d = ARENA_NEW(&p->arena, struct decl);

    *d = (struct decl){ .up = p->given, .kind = DECL_DEFINE };
    d->name = str_cut(define, 0, str_find(define, '='));
    d->text = str_skip(define, d->name.n + 1);
    d->at = (struct place){ .source = &p->source, .line = 1, .col = 1, .width = 1 };
    p->given = d;
}

void plan_read(struct plan *p, struct str file, struct str text)
{
    struct reader r = { .plan = p, .at = SIZE_MAX, .decls = p->given };
    struct str *lines;

    p->source = (struct source){ .name = file, .text = text };
    if (text.n > TEST_FILE_MAX || str_find(text, '\0') < text.n) {
        struct place at = { .source = &p->source, .line = 1, .col = 1, .width = 1 };

        diag_fault(p->diag, &at,
                   text.n > TEST_FILE_MAX ? "a test file has at most 4 MB"
                                          : "this is no text file");
        return;
    }
    r.end = split_lines(p, text, &lines);
    r.lines = lines;
    if (only_comments(lines, r.end))
        declare_itself(&r, file);
    read_lines(&r);
    diag_sort(p->diag);
}
