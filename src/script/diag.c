/* SPDX-License-Identifier: BSD-2-Clause */
#include "script/diag.h"

struct diagnostics {
    struct arena arena;
    struct diagnostic *items;
    size_t n, cap;
    size_t faults, warnings;
    const struct str *silenced;
    size_t n_silenced;
};

void diag_silence(struct diagnostics *d, const struct str *names, size_t n)
{
    d->silenced = names;
    d->n_silenced = n;
}

struct str source_line(const struct place *p)
{
    const char *at, *end;
    uint32_t line = 1;

    if (!p->source || !p->line)
        return STR("");
    at = p->source->text.p;
    end = at + p->source->text.n;
    while (line < p->line && at < end) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));

        if (!nl)
            return STR("");
        at = nl + 1;
        line++;
    }
    if (at >= end)
        return STR("");
    struct str rest = { at, (size_t)(end - at) };

    rest.n = str_find(rest, '\n');
    if (rest.n && rest.p[rest.n - 1] == '\r')
        rest.n--;
    return rest;
}

struct diagnostics *diagnostics_new(void)
{
    struct diagnostics *d = mem_zalloc(MEM_CONFIG, sizeof *d);

    arena_init(&d->arena, MEM_CONFIG, 4096);
    return d;
}

void diagnostics_free(struct diagnostics *d)
{
    if (!d)
        return;
    arena_free(&d->arena);
    mem_free(MEM_CONFIG, d->items);
    mem_free(MEM_CONFIG, d);
}

size_t diagnostics_faults(const struct diagnostics *d)
{
    return d->faults;
}

size_t diagnostics_warnings(const struct diagnostics *d)
{
    return d->warnings;
}

const struct diagnostic *diagnostics_at(const struct diagnostics *d, size_t i)
{
    return i < d->n ? &d->items[i] : NULL;
}

static struct str trace_of(struct arena *a, const struct place *at)
{
    struct buf b;
    struct str out;
    int depth = 0;

    buf_init(&b, MEM_CONFIG);
    if (at->macro) {
        const struct place *def = &at->macro->at;

        buf_fmt(&b, "expanded from " STR_FMT ", defined ", STR_ARG(at->macro->name));
        if (def->source)
            buf_fmt(&b, "at " STR_FMT ":%u\n", STR_ARG(def->source->name), def->line);
        else
            buf_addz(&b, "by the command line or the server\n");
    }
    for (const struct source *s = at->source; s && s->included.source && depth < 16; depth++) {
        buf_fmt(&b, "included from " STR_FMT ":%u\n", STR_ARG(s->included.source->name),
                s->included.line);
        s = s->included.source;
    }
    out = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return out;
}

static bool told_before(const struct diagnostics *d, const struct diagnostic *it)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->items[i].line == it->line && d->items[i].col == it->col &&
            str_eq(d->items[i].file, it->file) && str_eq(d->items[i].message, it->message))
            return true;
    return false;
}

/* Whether a comment on the line allows the warning: "# tandem: allow W-name W-other". */
static bool allowed_by(struct str line, struct str name, bool whole)
{
    static const struct str mark = STR_INIT("tandem: allow ");

    if (whole && !str_starts(str_trim(line), STR("#")) && !str_starts(str_trim(line), STR("//")))
        return false;
    for (size_t i = 0; i + mark.n <= line.n; i++) {
        struct str rest = str_skip(line, i + mark.n);

        if (!str_starts(str_skip(line, i), mark))
            continue;
        while (rest.n)
            if (str_eq(str_trim(str_split(&rest, ' ')), name))
                return true;
        return false;
    }
    return false;
}

static bool silent(const struct diagnostics *d, const struct place *at, const char *name)
{
    struct place above;

    for (size_t i = 0; i < d->n_silenced; i++)
        if (str_eq(d->silenced[i], str_of(name)))
            return true;
    if (!at || !at->source)
        return false;
    above = *at;
    above.line--;
    return allowed_by(source_line(at), str_of(name), false) ||
           allowed_by(source_line(&above), str_of(name), true);
}

static size_t add(struct diagnostics *d, bool fault, const struct place *at, const char *name,
                  const char *format, va_list ap)
{
    struct diagnostic it = { .fault = fault, .name = name };
    struct buf b;

    if (name && silent(d, at, name))
        return SIZE_MAX;
    if (d->n >= FAULTS_MAX) {
        *(fault ? &d->faults : &d->warnings) += 1;
        return SIZE_MAX;
    }
    buf_init(&b, MEM_CONFIG);
    buf_vfmt(&b, format, ap);
    it.message = arena_dup(&d->arena, buf_str(&b));
    buf_free(&b);
    it.file = at && at->source ? arena_dup(&d->arena, at->source->name) : STR("command line");
    it.line = at && at->source ? at->line : 0;
    it.col = at && at->source ? at->col : 0;
    it.width = at && at->width ? at->width : 1;
    if (told_before(d, &it))
        return SIZE_MAX;
    if (at) {
        it.source = arena_dup(&d->arena, source_line(at));
        it.trace = trace_of(&d->arena, at);
    }
    if (d->n == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 16;
        d->items = mem_realloc(MEM_CONFIG, d->items, d->cap * sizeof *d->items);
    }
    d->items[d->n] = it;
    *(fault ? &d->faults : &d->warnings) += 1;
    return d->n++;
}

size_t diag_vfault(struct diagnostics *d, const struct place *at, const char *format, va_list ap)
{
    return add(d, true, at, NULL, format, ap);
}

size_t diag_fault(struct diagnostics *d, const struct place *at, const char *format, ...)
{
    va_list ap;
    size_t i;

    va_start(ap, format);
    i = add(d, true, at, NULL, format, ap);
    va_end(ap);
    return i;
}

size_t diag_vwarn(struct diagnostics *d, const struct place *at, const char *name,
                  const char *format, va_list ap)
{
    return add(d, false, at, name, format, ap);
}

size_t diag_warn(struct diagnostics *d, const struct place *at, const char *name,
                 const char *format, ...)
{
    va_list ap;
    size_t i;

    va_start(ap, format);
    i = add(d, false, at, name, format, ap);
    va_end(ap);
    return i;
}

void diag_forget_from(struct diagnostics *d, const struct place *at)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        const struct diagnostic *it = &d->items[i];

        if (it->line == 0 || !str_eq(it->file, at->source->name)) {
            d->items[n++] = *it;
            continue;
        }
        if (it->line >= at->line || str_starts(it->message, STR("this '{' is not closed")))
            *(it->fault ? &d->faults : &d->warnings) -= 1;
        else
            d->items[n++] = *it;
    }
    d->n = n;
}

void diag_hint(struct diagnostics *d, size_t index, const char *format, ...)
{
    struct buf b;
    va_list ap;

    if (!d || index >= d->n)
        return;
    buf_init(&b, MEM_CONFIG);
    if (d->items[index].hint.n) {
        buf_add(&b, d->items[index].hint);
        buf_addz(&b, "; ");
    }
    va_start(ap, format);
    buf_vfmt(&b, format, ap);
    va_end(ap);
    d->items[index].hint = arena_dup(&d->arena, buf_str(&b));
    buf_free(&b);
}

/* Of a long line only what stands round the place is shown. */
enum { SHOWN_MAX = 160, SHOWN_BEFORE = 60 };

/* The source line and a caret under it: tabs are repeated so that it lines up in any editor, and
 * bytes that would upset a terminal are shown as '?'. */
static void print_source(const struct diagnostic *it, struct buf *out)
{
    size_t col = it->col ? it->col - 1 : 0, width = it->width;
    size_t from = it->source.n > SHOWN_MAX && col > SHOWN_BEFORE ? col - SHOWN_BEFORE : 0;
    struct str line = str_skip(it->source, from);

    if (line.n > SHOWN_MAX)
        line.n = SHOWN_MAX;
    col -= from;
    buf_addz(out, "    ");
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];

        buf_char(out, c == '\t' || (c >= 32 && c != 127) ? line.p[i] : '?');
    }
    buf_addz(out, "\n    ");
    for (size_t i = 0; i < col; i++)
        buf_char(out, i < line.n && line.p[i] == '\t' ? '\t' : ' ');
    if (col + width > line.n)
        width = col < line.n ? line.n - col : 1;
    buf_char(out, '^');
    for (size_t i = 1; i < width; i++)
        buf_char(out, '~');
    buf_char(out, '\n');
}

static void print_one(const struct diagnostic *it, struct buf *out, bool colour)
{
    const char *strong = colour ? "\033[1m" : "", *red = colour ? "\033[1;31m" : "";
    const char *plain = colour ? "\033[0m" : "";
    struct str trace = it->trace;

    if (it->line)
        buf_fmt(out, "%s" STR_FMT ":%u:%u:%s ", strong, STR_ARG(it->file), it->line, it->col,
                plain);
    else
        buf_fmt(out, "%s" STR_FMT ":%s ", strong, STR_ARG(it->file), plain);
    buf_fmt(out, "%s%s:%s " STR_FMT, red, it->fault ? "error" : "warning", plain,
            STR_ARG(it->message));
    if (it->name)
        buf_fmt(out, " [%s]", it->name);
    buf_char(out, '\n');
    if (it->line && it->source.n)
        print_source(it, out);
    if (it->hint.n)
        buf_fmt(out, "    " STR_FMT "\n", STR_ARG(it->hint));
    while (trace.n) {
        struct str line = str_split(&trace, '\n');

        buf_fmt(out, "    " STR_FMT "\n", STR_ARG(line));
    }
}

/* Files in the order in which they were first told of, places in the order of each file. */
static bool stands_before(const struct diagnostics *d, size_t a, size_t b)
{
    const struct diagnostic *x = &d->items[a], *y = &d->items[b];

    if (str_eq(x->file, y->file))
        return x->line < y->line || (x->line == y->line && x->col < y->col);
    for (size_t i = 0; i < d->n; i++) {
        if (str_eq(d->items[i].file, x->file))
            return true;
        if (str_eq(d->items[i].file, y->file))
            return false;
    }
    return false;
}

void diag_sort(struct diagnostics *d)
{
    /* Few and nearly sorted: insertion. */
    for (size_t i = 1; i < d->n; i++)
        for (size_t k = i; k && stands_before(d, k, k - 1); k--) {
            struct diagnostic it = d->items[k];

            d->items[k] = d->items[k - 1];
            d->items[k - 1] = it;
        }
}

void diagnostics_print(const struct diagnostics *d, struct buf *out, bool colour)
{
    for (size_t i = 0; i < d->n; i++)
        print_one(&d->items[i], out, colour);
    if (d->faults + d->warnings > d->n)
        buf_fmt(out, "and %zu more\n", d->faults + d->warnings - d->n);
}

void diag_nearest(struct diagnostics *d, size_t index, const struct nearest *n)
{
    if (n->best.n)
        diag_hint(d, index, "did you mean \"" STR_FMT "\"?", STR_ARG(n->best));
}
