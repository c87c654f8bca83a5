/* SPDX-License-Identifier: BSD-2-Clause */
/* {s.*}, {num.*}, {val.*} and {line.*}: text cut, counted and changed. */
#include "base/hash.h"
#include "modules/pv/transforms.h"
#include <ctype.h>
#include <time.h>

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

TRANSFORM(s_len)
{
    (void)args;
    return give_int(out, (int64_t)text_in(c, in).n);
}

/* All of the value as a number: ERR_SYNTAX when it is none. */
static err_t number_in(const struct value *in, int64_t *n)
{
    *n = in->i;
    return in->type == VALUE_INT ? ERR_OK : str_to_i64(str_trim(in->s), n);
}

TRANSFORM(s_int)
{
    int64_t n;
    err_t e = number_in(in, &n);

    (void)c;
    (void)args;
    return e ? e : give_int(out, n);
}

/* The number at the beginning of a text; 0 without one. */
TRANSFORM(s_intv)
{
    struct str s = str_trim(text_in(c, in));
    size_t n = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    int64_t number;

    (void)args;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return give_int(out, str_to_i64(str_cut(s, 0, n), &number) == ERR_OK ? number : 0);
}

/* Makes a text of the same length, character by character. */
static err_t map(struct call *c, const struct value *in, int (*change)(int), struct value *out)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n);

    for (size_t i = 0; i < s.n; i++)
        made_char(&m, (char)change((unsigned char)s.p[i]));
    return give_made(m, out);
}

TRANSFORM(s_tolower)
{
    (void)args;
    return map(c, in, tolower, out);
}

TRANSFORM(s_toupper)
{
    (void)args;
    return map(c, in, toupper, out);
}

/* Keeps only the characters that `keep` names. */
static err_t filter(struct call *c, const struct value *in, bool (*keep)(char), struct value *out)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (keep(s.p[i]))
            made_char(&m, s.p[i]);
    return give_made(m, out);
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}
static bool is_black(char ch)
{
    return !is_space(ch);
}

TRANSFORM(s_numeric)
{
    (void)args;
    return filter(c, in, is_digit, out);
}

TRANSFORM(s_rmws)
{
    (void)args;
    return filter(c, in, is_black, out);
}

/* Runs of blanks and tabs become one blank. */
TRANSFORM(s_rmhdws)
{
    struct str s = text_in(c, in);
    struct made m = make_room(c, s.n);
    bool was_blank = false;

    (void)args;
    for (size_t i = 0; i < s.n; i++) {
        bool blank = s.p[i] == ' ' || s.p[i] == '\t';
        if (!blank || !was_blank)
            made_char(&m, blank ? ' ' : s.p[i]);
        was_blank = blank;
    }
    return give_made(m, out);
}

/* A folded header as one line: a line end with the blanks behind it becomes one blank. */
TRANSFORM(s_rmhlws)
{
    struct str s = str_trim(text_in(c, in));
    struct made m = make_room(c, s.n);

    (void)args;
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] != '\r' && s.p[i] != '\n') {
            made_char(&m, s.p[i++]);
            continue;
        }
        while (i < s.n && is_space(s.p[i]))
            i++;
        made_char(&m, ' ');
    }
    return give_made(m, out);
}

static err_t give_lines(struct call *c, struct str s, int64_t width, struct str begin,
                        struct value *out)
{
    size_t n = width > 0 ? (size_t)width : 1;
    struct made m = make_room(c, s.n + (s.n / n + 1) * (begin.n + 2));

    if (width <= 0)
        return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i += n) {
        struct str line = str_skip(s, i);
        if (i) {
            made_char(&m, '\r');
            made_char(&m, '\n');
        }
        for (size_t k = 0; k < begin.n; k++)
            made_char(&m, begin.p[k]);
        for (size_t k = 0; k < line.n && k < n; k++)
            made_char(&m, line.p[k]);
    }
    return give_made(m, out);
}

TRANSFORM(s_fmtlines)
{
    const struct lines_args *a = args;
    return give_lines(c, text_in(c, in), a->width, a->begin, out);
}

/* The same without the beginning in the first line, as a long header is folded. */
TRANSFORM(s_fmtlinet)
{
    const struct lines_args *a = args;
    struct value all;
    err_t e = give_lines(c, text_in(c, in), a->width, a->begin, &all);

    return e ? e : give_str(out, str_skip(all.s, a->begin.n));
}

/* A negative offset counts from the end; length 0 goes to the end, a negative one leaves that many
 * characters off. */
TRANSFORM(s_substr)
{
    const struct two_ints_args *a = args;
    struct str s = text_in(c, in);
    int64_t n = (int64_t)s.n, from = a->first < 0 ? n + a->first : a->first, to;

    if (from < 0 || from >= n)
        return ERR_SYNTAX;
    to = a->second == 0 ? n : a->second < 0 ? n + a->second : from + a->second;
    if (to > n)
        to = n;
    if (to < from)
        return ERR_SYNTAX;
    return give_str(out, str_cut(s, (size_t)from, (size_t)to));
}

TRANSFORM(s_select)
{
    const struct select_args *a = args;
    struct str s = text_in(c, in), part = STR_NONE;
    char separator = a->separator.n ? a->separator.p[0] : ',';
    int64_t index = a->index, count = 1;

    for (size_t i = 0; i < s.n; i++)
        count += s.p[i] == separator;
    if (index < 0)
        index += count;
    if (index < 0 || index >= count)
        return give_str(out, STR(""));
    for (; index >= 0; index--)
        part = str_split(&s, separator);
    return give_str(out, part);
}

/* The same with runs of blanks between the parts. */
TRANSFORM(s_select_word)
{
    const struct int_args *a = args;
    struct str s = str_trim(text_in(c, in));
    int64_t index = a->n, count = 0;

    for (int pass = 0; pass < 2; pass++) {
        int64_t at = 0;
        for (size_t i = 0; i < s.n; at++) {
            size_t from = i;
            while (i < s.n && !is_space(s.p[i]))
                i++;
            if (pass && at == index)
                return give_str(out, str_cut(s, from, i));
            while (i < s.n && is_space(s.p[i]))
                i++;
        }
        count = at;
        if (!pass && index < 0)
            index += count;
    }
    return give_str(out, STR(""));
}

static size_t clamp(int64_t n, size_t max)
{
    return n < 0 ? 0 : (uint64_t)n > max ? max : (size_t)n;
}

TRANSFORM(s_strip)
{
    struct str s = text_in(c, in);
    return give_str(out, str_skip(s, clamp(((const struct int_args *)args)->n, s.n)));
}

TRANSFORM(s_striptail)
{
    struct str s = text_in(c, in);
    return give_str(out, str_cut(s, 0, s.n - clamp(((const struct int_args *)args)->n, s.n)));
}

TRANSFORM(s_stripto)
{
    const struct str_args *a = args;
    struct str s = text_in(c, in);

    return give_str(out, str_skip(s, a->text.n ? str_find(s, a->text.p[0]) : 0));
}

/* "a,ab,abc": all beginnings, at most `limit`; with `quote` each in quotes. */
static err_t prefixes(struct call *c, const struct value *in, int64_t limit, bool quote,
                      struct value *out)
{
    struct str s = text_in(c, in);
    size_t n = limit > 0 && (uint64_t)limit < s.n ? (size_t)limit : s.n;
    struct made m;

    if (n > 512)
        return ERR_LIMIT;
    m = make_room(c, n * (n + 1) / 2 + n * 3);
    for (size_t i = 1; i <= n; i++) {
        if (i > 1)
            made_char(&m, ',');
        if (quote)
            made_char(&m, '\'');
        memcpy(m.p + m.n, s.p, i);
        m.n += i;
        if (quote)
            made_char(&m, '\'');
    }
    return give_made(m, out);
}

TRANSFORM(s_prefixes)
{
    return prefixes(c, in, ((const struct int_args *)args)->n, false, out);
}

TRANSFORM(s_prefixes_quoted)
{
    return prefixes(c, in, ((const struct int_args *)args)->n, true, out);
}

/* All occurrences of `what` become `with`. */
static err_t replace_all(struct call *c, struct str s, struct str what, struct str with,
                         struct value *out)
{
    struct buf b;

    if (!what.n)
        return give_str(out, s);
    buf_init(&b, MEM_MESSAGE);
    for (size_t at; (at = str_search(s, what)) < s.n; s = str_skip(s, at + what.n)) {
        buf_add(&b, str_cut(s, 0, at));
        buf_add(&b, with);
    }
    buf_add(&b, s);
    struct str made = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return give_str(out, made);
}

TRANSFORM(s_replace)
{
    const struct two_strs_args *a = args;
    return replace_all(c, text_in(c, in), a->first, a->second, out);
}

TRANSFORM(s_rm)
{
    return replace_all(c, text_in(c, in), ((const struct str_args *)args)->text, STR(""), out);
}

TRANSFORM(s_trim)
{
    (void)args;
    return give_str(out, str_trim(text_in(c, in)));
}

TRANSFORM(s_ltrim)
{
    struct str s = text_in(c, in);

    (void)args;
    while (s.n && is_space(s.p[0]))
        s = str_skip(s, 1);
    return give_str(out, s);
}

TRANSFORM(s_rtrim)
{
    struct str s = text_in(c, in);

    (void)args;
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return give_str(out, s);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
TRANSFORM(s_ftime)
{
    const struct str_args *a = args;
    struct tm parts;
    char text[256];
    int64_t seconds;
    err_t e = number_in(in, &seconds);
    time_t t = (time_t)seconds;

    if (e)
        return e;
    if (!localtime_r(&t, &parts) || !a->text.n)
        return ERR_SYNTAX;
    size_t n = strftime(text, sizeof text, arena_dup(c->arena, a->text).p, &parts);
    return give_str(out, arena_dup(c->arena, (struct str){ text, n }));
}
#pragma GCC diagnostic pop

TRANSFORM(s_corehash)
{
    const struct int_args *a = args;
    uint64_t hash = hash_core(text_in(c, in), STR(""));

    return give_int(out, (int64_t)(a->n > 1 ? hash % (uint64_t)a->n : hash));
}

static err_t strip_pair(struct str s, char open, char close, struct value *out)
{
    if (s.n >= 2 && s.p[0] == open && s.p[s.n - 1] == close)
        s = str_cut(s, 1, s.n - 1);
    return give_str(out, s);
}

TRANSFORM(s_unquote)
{
    struct str s = text_in(c, in);

    (void)args;
    return s.n && s.p[0] == '\'' ? strip_pair(s, '\'', '\'', out) : strip_pair(s, '"', '"', out);
}

TRANSFORM(s_unbracket)
{
    static const char pairs[][2] = { { '(', ')' }, { '[', ']' }, { '{', '}' }, { '<', '>' } };
    struct str s = text_in(c, in);

    (void)args;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (s.n && s.p[0] == pairs[i][0])
            return strip_pair(s, pairs[i][0], pairs[i][1], out);
    return give_str(out, s);
}

static char first_char(const void *args)
{
    const struct str_args *a = args;
    return a->text.n ? a->text.p[0] : '\0';
}

TRANSFORM(s_count)
{
    struct str s = text_in(c, in);
    int64_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == first_char(args);
    return give_int(out, n);
}

static size_t find_last(struct str s, char ch)
{
    for (size_t i = s.n; i-- > 0;)
        if (s.p[i] == ch)
            return i;
    return s.n;
}

TRANSFORM(s_before)
{
    struct str s = text_in(c, in);
    return give_str(out, str_cut(s, 0, str_find(s, first_char(args))));
}

TRANSFORM(s_after)
{
    struct str s = text_in(c, in);
    return give_str(out, str_skip(s, str_find(s, first_char(args)) + 1));
}

TRANSFORM(s_rbefore)
{
    struct str s = text_in(c, in);
    return give_str(out, str_cut(s, 0, find_last(s, first_char(args))));
}

TRANSFORM(s_rafter)
{
    struct str s = text_in(c, in);
    return give_str(out, str_skip(s, find_last(s, first_char(args)) + 1));
}

static const char *char_at(struct str s, int64_t i)
{
    if (i < 0)
        i += (int64_t)s.n;
    return i >= 0 && (uint64_t)i < s.n ? s.p + i : NULL;
}

TRANSFORM(s_charat)
{
    struct str s = text_in(c, in);
    const char *ch = char_at(s, ((const struct int_args *)args)->n);

    return ch ? give_str(out, (struct str){ ch, 1 }) : ERR_SYNTAX;
}

TRANSFORM(s_byteat)
{
    const char *ch = char_at(text_in(c, in), ((const struct int_args *)args)->n);

    return ch ? give_int(out, (unsigned char)*ch) : ERR_SYNTAX;
}

/* --- {num.*}, {val.*} ------------------------------------------------------------------------- */

TRANSFORM(num_fdigit)
{
    struct str s = text_in(c, in);

    (void)args;
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]))
            return give_str(out, str_cut(s, i, i + 1));
    return ERR_SYNTAX;
}

TRANSFORM(num_ldigit)
{
    struct str s = text_in(c, in);

    (void)args;
    for (size_t i = s.n; i-- > 0;)
        if (is_digit(s.p[i]))
            return give_str(out, str_cut(s, i, i + 1));
    return ERR_SYNTAX;
}

TRANSFORM(val_n0)
{
    (void)c;
    (void)args;
    *out = in->type == VALUE_NULL ? VALUE_OF_INT(0) : *in;
    return ERR_OK;
}

TRANSFORM(val_ne)
{
    (void)c;
    (void)args;
    *out = in->type == VALUE_NULL ? VALUE_OF_STR(STR("")) : *in;
    return ERR_OK;
}

static void json_escape(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
        const char *at = ch ? strchr(plain, ch) : NULL;
        if (at) {
            buf_char(b, '\\');
            buf_char(b, letters[at - plain]);
        } else if (ch < 0x20) {
            buf_fmt(b, "\\u%04x", ch);
        } else {
            buf_char(b, (char)ch);
        }
    }
}

static err_t as_json(struct call *c, const struct value *in, bool quotes, struct value *out)
{
    struct buf b;

    if (in->type == VALUE_INT)
        return give_str(out, text_in(c, in));
    if (in->type == VALUE_NULL)
        return give_str(out, STR("null"));
    buf_init(&b, MEM_MESSAGE);
    if (quotes)
        buf_char(&b, '"');
    json_escape(&b, in->s);
    if (quotes)
        buf_char(&b, '"');
    struct str made = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return give_str(out, made);
}

TRANSFORM(val_json)
{
    (void)args;
    return as_json(c, in, false, out);
}

TRANSFORM(val_jsonqe)
{
    (void)args;
    return as_json(c, in, true, out);
}

/* --- {line.*} --------------------------------------------------------------------------------- */

static bool next_line(struct str *rest, struct str *line)
{
    if (!rest->n)
        return false;
    *line = str_split(rest, '\n');
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

static int64_t count_lines(struct str s)
{
    struct str line;
    int64_t n = 0;

    while (next_line(&s, &line))
        n++;
    return n;
}

TRANSFORM(line_count)
{
    (void)args;
    return give_int(out, count_lines(text_in(c, in)));
}

/* Nothing where a text has no such line; a failure where there is no text. */
static err_t no_line(struct call *c, const struct value *in, struct value *out)
{
    return text_in(c, in).n ? give_str(out, STR("")) : ERR_SYNTAX;
}

TRANSFORM(line_at)
{
    struct str s = text_in(c, in), line;
    int64_t index = ((const struct int_args *)args)->n;

    if (index < 0)
        index += count_lines(s);
    for (int64_t i = 0; next_line(&s, &line); i++)
        if (i == index)
            return give_str(out, line);
    return no_line(c, in, out);
}

/* The first line that starts with the text. */
TRANSFORM(line_sw)
{
    struct str s = text_in(c, in), line;

    while (next_line(&s, &line))
        if (str_starts(line, ((const struct str_args *)args)->text))
            return give_str(out, line);
    return no_line(c, in, out);
}
