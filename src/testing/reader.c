/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, words and blocks of a test file. */
#include "testing/reader.h"
#include <stdarg.h>

const struct decl *decl_find(const struct decl *d, enum decl_kind kind, struct str name)
{
    while (d && !(d->kind == kind && (!name.p || str_eq(d->name, name))))
        d = d->up;
    return d;
}

struct decl *reader_declare(struct reader *r, enum decl_kind kind)
{
    struct decl *d = ARENA_NEW(&r->plan->arena, struct decl);

    d->up = r->decls;
    d->kind = kind;
    d->at = reader_place(r, r->whole);
    r->decls = d;
    return d;
}

/* ---- places and faults ---- */

struct place reader_place(const struct reader *r, struct str word)
{
    struct str raw = r->at < r->end ? r->lines[r->at] : STR("");
    struct place p = { .source = &r->plan->source, .line = (uint32_t)r->at + 1, .col = 1 };

    while (p.col <= raw.n && (raw.p[p.col - 1] == ' ' || raw.p[p.col - 1] == '\t'))
        p.col++;
    p.width = (uint32_t)str_trim(raw).n;
    if (r->exact && word.p >= raw.p && word.p <= raw.p + raw.n) {
        p.col = (uint32_t)(word.p - raw.p) + 1;
        p.width = (uint32_t)word.n;
    }
    if (!p.width)
        p.width = 1;
    return p;
}

size_t reader_fault(struct reader *r, struct str word, const char *format, ...)
{
    struct place at = reader_place(r, word);
    size_t index;
    va_list ap;

    va_start(ap, format);
    index = diag_vfault(r->plan->diag, &at, format, ap);
    va_end(ap);
    r->line = STR("");
    if (diagnostics_faults(r->plan->diag) >= FAULTS_MAX)
        r->stopped = true;
    return index;
}

void reader_unknown(struct reader *r, struct str word, const char *what, const char *const *names,
                    size_t stride)
{
    struct nearest near;
    size_t fault;

    nearest_begin(&near, word);
    for (; *names; names = (const void *)((const char *)names + stride))
        nearest_offer(&near, str_of(*names));
    fault = reader_fault(r, word, "expected %s, got \"" STR_FMT "\"", what,
                         (int)(word.n > 60 ? 60 : word.n), word.p);
    diag_nearest(r->plan->diag, fault, &near);
}

/* ---- lines ---- */

/* Without what follows a '#' that stands behind a blank, outside quotes. */
static struct str without_comment(struct str s)
{
    char quote = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (quote)
            quote = s.p[i] == quote ? 0 : quote;
        else if (s.p[i] == '"' || s.p[i] == '\'')
            quote = s.p[i];
        else if (s.p[i] == '#' && i && (s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
            return str_trim(str_cut(s, 0, i));
    }
    return s;
}

/* ${name} becomes the value of the `for` around it; others are left for the run. */
static struct str with_values(struct reader *r, struct str s)
{
    struct buf out;
    bool changed = false;

    if (str_search(s, STR("${")) == s.n)
        return s;
    buf_init(&out, MEM_CONFIG);
    while (s.n) {
        size_t at = str_search(s, STR("${"));
        struct str inner = str_skip(s, at + 2);
        struct str name = str_cut(inner, 0, str_find(inner, '}'));
        const struct decl *d = at < s.n ? decl_find(r->decls, DECL_VALUE, name) : NULL;

        buf_add(&out, str_cut(s, 0, at));
        s = str_skip(s, at);
        if (d) {
            buf_add(&out, d->text);
            s = str_skip(inner, name.n + 1);
            changed = true;
        } else if (s.n) {
            buf_add(&out, str_cut(s, 0, 2));
            s = inner;
        }
    }
    s = arena_dup(&r->plan->arena, buf_str(&out));
    buf_free(&out);
    r->exact &= !changed;
    return s;
}

bool reader_line(struct reader *r)
{
    for (r->at++; r->at < r->end && !r->stopped; r->at++) {
        struct str s = str_trim(r->lines[r->at]);

        if (!s.n || s.p[0] == '#')
            continue;
        if (str_eq(s, STR("}")))
            return false;
        r->exact = true;
        s = without_comment(with_values(r, s));
        r->opens = s.n && s.p[s.n - 1] == '{';
        if (r->opens)
            s = str_trim(str_cut(s, 0, s.n - 1));
        r->whole = r->line = s;
        return true;
    }
    return false;
}

bool reader_more(const struct reader *r)
{
    return str_trim(r->line).n > 0;
}

struct str reader_word(struct reader *r)
{
    struct str s = str_trim(r->line), w;
    size_t n = 0;

    if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
        struct str inner = str_skip(s, 1);

        n = str_find(inner, s.p[0]);
        if (n == inner.n) {
            reader_fault(r, str_cut(s, 0, 1), "this quote is not closed on its line");
            return STR("");
        }
        r->line = str_skip(inner, n + 1);
        return str_cut(inner, 0, n);
    }
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t') {
        n++;
        if (n < s.n && s.p[n - 1] == '=' && s.p[n] == '"') /* NAME="a text" */
            n += 1 + str_find(str_skip(s, n + 1), '"');
    }
    w = str_cut(s, 0, n < s.n ? n : s.n);
    r->line = str_skip(s, n);
    return w;
}

struct str reader_rest(struct reader *r)
{
    struct str s = str_trim(r->line);

    r->line = STR("");
    return s;
}

bool reader_end(struct reader *r)
{
    struct str rest = str_trim(r->line);

    if (!rest.n)
        return true;
    reader_fault(r, rest, "expected the end of the line");
    return false;
}

bool reader_number(struct reader *r, int64_t *out)
{
    struct str w = reader_word(r);

    if (str_to_i64(w, out) == ERR_OK)
        return true;
    reader_fault(r, w, "expected a number");
    return false;
}

bool reader_time(struct reader *r, int64_t *ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 } };
    struct str amount = reader_word(r), unit = reader_word(r);
    int64_t n = 0;

    if (str_to_i64(amount, &n) != ERR_OK || n < 0 || n > 1000000000) {
        reader_fault(r, amount, "expected a time, such as 500 ms or 32 s");
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_eq(unit, str_of(units[i].name)))
            continue;
        *ms = n * units[i].ms;
        return true;
    }
    reader_fault(r, unit, "expected ms, s, min or h behind the number");
    return false;
}

/* ---- blocks ---- */

void reader_skip_block(struct reader *r, size_t *from, size_t *to)
{
    size_t opened = r->at;
    int depth = 1;

    *from = r->at;
    for (r->at++; r->at < r->end; r->at++) {
        struct str s = without_comment(str_trim(r->lines[r->at]));

        if (s.n && s.p[0] == '}')
            depth--;
        if (!depth)
            break;
        if (s.n && s.p[s.n - 1] == '{')
            depth++;
    }
    *to = r->at;
    if (r->at < r->end)
        return;
    r->at = opened;
    reader_fault(r, r->whole, "this block has no closing '}' on a line of its own");
    r->at = r->end;
    r->stopped = true;
}

struct str reader_block(struct reader *r, const char *eol, bool as_is)
{
    size_t from, to, indent = as_is ? 0 : SIZE_MAX;
    struct buf out;
    struct str text;

    reader_skip_block(r, &from, &to);
    for (size_t i = from + 1; i < to; i++) {
        size_t n = (size_t)(str_trim(r->lines[i]).p - r->lines[i].p);

        if (str_trim(r->lines[i]).n && n < indent)
            indent = n;
    }
    buf_init(&out, MEM_CONFIG);
    for (size_t i = from + 1; i < to; i++) {
        struct str s = str_trim(r->lines[i]);

        if (s.n)
            s = str_skip(str_cut(r->lines[i], 0, (size_t)(s.p + s.n - r->lines[i].p)), indent);
        buf_add(&out, with_values(r, s));
        buf_addz(&out, eol);
    }
    text = arena_dup(&r->plan->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

bool reader_needs_block(struct reader *r)
{
    if (r->opens)
        return true;
    reader_fault(r, str_skip(r->whole, r->whole.n), "expected '{' at the end of this line");
    return false;
}

struct fragment *reader_fragment(struct reader *r, struct str text, struct str where,
                                 bool statements)
{
    struct fragment *f = ARENA_NEW(&r->plan->arena, struct fragment);

    f->at = reader_place(r, where);
    f->text = arena_dup(&r->plan->arena, text);
    f->statements = statements;
    return f;
}
