/* SPDX-License-Identifier: BSD-2-Clause */
#include "lsp/text.h"
#include "base/utf8.h"
#include <ctype.h>

/* Bytes of the character at the front; one that is no UTF-8 counts as one byte, one unit. */
static size_t step(struct str s, size_t *units)
{
    size_t n = utf8_length(s);

    *units = n == 4 ? 2 : 1;
    return n ? n : 1;
}

size_t text_utf16(struct str s)
{
    size_t n = 0, units;

    for (; s.n; n += units)
        s = str_skip(s, step(s, &units));
    return n;
}

/* The length of the line at the front, and with its end in *whole. \n, \r\n and \r end lines. */
static size_t line_length(struct str s, size_t *whole)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != '\n' && s.p[n] != '\r')
        n++;
    *whole = n;
    if (n < s.n)
        *whole += s.p[n] == '\r' && n + 1 < s.n && s.p[n + 1] == '\n' ? 2 : 1;
    return n;
}

size_t text_offset(struct str text, struct text_position at)
{
    struct str rest = text;
    size_t n, whole, units;

    n = line_length(rest, &whole);
    for (size_t i = 0; i < at.line; i++) {
        if (whole == n)
            return text.n;
        rest = str_skip(rest, whole);
        n = line_length(rest, &whole);
    }
    rest.n = n;
    for (size_t done = 0; rest.n && done < at.character; done += units) {
        size_t bytes = step(rest, &units);

        if (done + units > at.character)
            break;
        rest = str_skip(rest, bytes);
    }
    return (size_t)(rest.p - text.p);
}

struct text_lines text_lines(struct arena *a, struct str text)
{
    struct text_lines l = { text, NULL, 1 };
    size_t n, whole;

    for (struct str rest = text; (n = line_length(rest, &whole)) != whole; l.n++)
        rest = str_skip(rest, whole);
    l.begin = ARENA_ARRAY(a, size_t, l.n);
    for (size_t i = 1; i < l.n; i++) {
        line_length(str_skip(text, l.begin[i - 1]), &whole);
        l.begin[i] = l.begin[i - 1] + whole;
    }
    return l;
}

struct text_position lines_position(const struct text_lines *l, size_t offset)
{
    size_t low = 0, high = l->n, n, whole;
    struct str line;

    if (offset > l->text.n)
        offset = l->text.n;
    while (high - low > 1) { /* the last line that begins at or before it */
        size_t middle = (low + high) / 2;

        if (l->begin[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    line = str_skip(l->text, l->begin[low]);
    n = line_length(line, &whole);
    if (offset - l->begin[low] < n)
        n = offset - l->begin[low];
    return (struct text_position){ low, text_utf16(str_cut(line, 0, n)) };
}

struct text_position text_position(struct str text, size_t offset)
{
    struct text_position at;
    struct arena a;
    struct text_lines l;

    arena_init(&a, MEM_CONTROL, 4096);
    l = text_lines(&a, text);
    at = lines_position(&l, offset);
    arena_free(&a);
    return at;
}

size_t text_place(struct str text, size_t line, size_t col)
{
    struct str rest = text;
    size_t n;

    for (size_t i = 1; i < line && rest.n; i++)
        rest = str_skip(rest, str_find(rest, '\n') + 1);
    n = str_find(rest, '\n');
    col = col ? col - 1 : 0;
    if (line == 1 && str_starts(text, STR("\xef\xbb\xbf")))
        col += 3;
    return text.n - rest.n + (col < n ? col : n);
}

/* ---- names of files ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

struct str uri_to_path(struct arena *a, struct str uri)
{
    struct str from = uri;
    size_t n = 0;
    char *out;

    if (!str_istarts(uri, STR("file://")))
        return arena_dup(a, uri);
    from = str_skip(from, 7);
    from = str_skip(from, str_find(from, '/')); /* the host */
    out = arena_alloc(a, from.n + 1);
    for (size_t i = 0; i < from.n; i++) {
        int high = i + 2 < from.n && from.p[i] == '%' ? hex(from.p[i + 1]) : -1;
        int low = high >= 0 ? hex(from.p[i + 2]) : -1;

        out[n++] = low >= 0 && (high || low) ? (char)(high * 16 + low) : from.p[i];
        i += low >= 0 && (high || low) ? 2 : 0;
    }
    out[n] = '\0';
    return (struct str){ out, n };
}

void uri_of_path(struct str path, struct buf *out)
{
    if (!path.n || path.p[0] != '/') {
        buf_add(out, path);
        return;
    }
    buf_addz(out, "file://");
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];

        if (isalnum(c) || strchr("/-._~", c))
            buf_char(out, (char)c);
        else
            buf_fmt(out, "%%%02X", c);
    }
}

struct str path_normal(struct arena *a, struct str folder, struct str name)
{
    struct str rest = name;
    char *out;
    size_t n = 0;

    if (!name.n || (name.p[0] != '/' && str_find(name, ':') < name.n))
        return arena_dup(a, name);
    if (name.p[0] != '/')
        rest = arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(name));
    out = arena_alloc(a, rest.n + 2);
    while (rest.n) {
        struct str part = str_split(&rest, '/');

        if (!part.n || str_eq(part, STR(".")))
            continue;
        if (str_eq(part, STR(".."))) {
            while (n && out[--n] != '/')
                ;
            continue;
        }
        out[n++] = '/';
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    out[n] = '\0';
    return (struct str){ out, n };
}

/* ---- JSON ---- */

json_t *json_of(struct str s)
{
    json_t *made = json_stringn(s.n ? s.p : "", s.n);
    struct buf b;

    if (made)
        return made;
    buf_init(&b, MEM_CONTROL);
    while (s.n) {
        size_t n = utf8_length(s);

        buf_add(&b, n ? str_cut(s, 0, n) : STR("\xef\xbf\xbd"));
        s = str_skip(s, n ? n : 1);
    }
    made = json_stringn(b.p, b.n);
    buf_free(&b);
    return made;
}

static json_t *json_of_position(struct text_position at)
{
    return json_pack("{s:I,s:I}", "line", (json_int_t)at.line, "character",
                     (json_int_t)at.character);
}

json_t *json_of_span(const struct text_lines *l, size_t from, size_t to)
{
    return json_pack("{s:o,s:o}", "start", json_of_position(lines_position(l, from)), "end",
                     json_of_position(lines_position(l, to)));
}

json_t *json_of_range(struct str text, size_t from, size_t to)
{
    struct arena a;
    struct text_lines l;
    json_t *made;

    arena_init(&a, MEM_CONTROL, 4096);
    l = text_lines(&a, text);
    made = json_of_span(&l, from, to);
    arena_free(&a);
    return made;
}

struct str json_member(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);

    return json_is_string(v) ? (struct str){ json_string_value(v), json_string_length(v) }
                             : STR_NONE;
}
