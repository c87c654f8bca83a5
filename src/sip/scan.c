/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/scan.h"
#include <stdatomic.h>

/* What nearly every printable byte is. */
#define ANY  (CHAR_TEXT | CHAR_VALUE | CHAR_USER | CHAR_URI)
#define MARK (ANY | CHAR_UNRESERVED)

const uint16_t char_classes[256] = {
    ['\t'] = CHAR_LWS,
    ['\n'] = CHAR_LWS,
    ['\r'] = CHAR_LWS,
    [' '] = CHAR_LWS,
    ['!'] = MARK | CHAR_TOKEN | CHAR_WORD,
    ['"'] = CHAR_WORD,
    ['#'] = ANY,
    ['$'] = ANY,
    ['%'] = CHAR_TEXT | CHAR_VALUE | CHAR_TOKEN | CHAR_WORD,
    ['&'] = ANY,
    ['\''] = MARK | CHAR_TOKEN | CHAR_WORD,
    ['('] = MARK | CHAR_WORD,
    [')'] = MARK | CHAR_WORD,
    ['*'] = MARK | CHAR_TOKEN | CHAR_WORD,
    ['+'] = ANY | CHAR_TOKEN | CHAR_WORD,
    [','] = CHAR_TEXT | CHAR_USER | CHAR_URI,
    ['-'] = MARK | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['.'] = MARK | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['/'] = ANY | CHAR_WORD,
    ['0' ... '9'] = MARK | CHAR_DIGIT | CHAR_HEX | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    [':'] = CHAR_TEXT | CHAR_VALUE | CHAR_URI | CHAR_WORD,
    [';'] = CHAR_TEXT | CHAR_USER,
    ['<'] = CHAR_WORD,
    ['='] = CHAR_TEXT | CHAR_VALUE | CHAR_USER,
    ['>'] = CHAR_WORD,
    ['?'] = CHAR_TEXT | CHAR_VALUE | CHAR_USER | CHAR_WORD,
    ['@'] = CHAR_TEXT | CHAR_VALUE,
    ['A' ... 'F'] = MARK | CHAR_ALPHA | CHAR_HEX | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['G' ... 'Z'] = MARK | CHAR_ALPHA | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['['] = ANY | CHAR_WORD,
    ['\\'] = ANY | CHAR_WORD,
    [']'] = ANY | CHAR_WORD,
    ['^'] = ANY,
    ['_'] = MARK | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['`'] = ANY | CHAR_TOKEN | CHAR_WORD,
    ['a' ... 'f'] = MARK | CHAR_ALPHA | CHAR_HEX | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['g' ... 'z'] = MARK | CHAR_ALPHA | CHAR_TOKEN | CHAR_WORD | CHAR_HOST,
    ['{'] = ANY | CHAR_WORD,
    ['|'] = ANY,
    ['}'] = ANY | CHAR_WORD,
    ['~'] = MARK | CHAR_TOKEN | CHAR_WORD,
    [0x80 ... 0xff] = ANY,
};

static struct {
    _Atomic(uint64_t) allowed[EXTRA_COUNT][2]; /* a bit for each byte below 128 */
} self;

bool char_may_allow(enum char_extra where, struct str chars)
{
    static const struct str ends[EXTRA_COUNT] = {
        [EXTRA_HEADER_NAME] = STR_INIT(":"),
        [EXTRA_HOST] = STR_INIT(":;?@<>,\"[]/=&"),
    };

    for (size_t i = 0; i < chars.n; i++)
        if (chars.p[i] <= ' ' || chars.p[i] > '~' || /* also what is negative as a char */
            memchr(ends[where].p, chars.p[i], ends[where].n))
            return false;
    return true;
}

void char_allow(enum char_extra where, struct str chars)
{
    uint64_t bits[2] = { 0, 0 };

    ASSERT(char_may_allow(where, chars));
    for (size_t i = 0; i < chars.n; i++)
        bits[(unsigned char)chars.p[i] >> 6] |= UINT64_C(1) << (chars.p[i] & 63);
    for (size_t i = 0; i < 2; i++)
        atomic_store_explicit(&self.allowed[where][i], bits[i], memory_order_relaxed);
}

bool char_is_extra(char c, enum char_extra where)
{
    unsigned char byte = (unsigned char)c;

    return byte < 128 &&
           (atomic_load_explicit(&self.allowed[where][byte >> 6], memory_order_relaxed) >>
                (byte & 63) &
            1);
}

uint32_t scan_u32(struct scan *s)
{
    uint64_t n = 0;
    size_t start = s->at;

    while (scan_more(s) && char_is(s->in.p[s->at], CHAR_DIGIT)) {
        n = n * 10 + (uint64_t)(s->in.p[s->at++] - '0');
        if (n > UINT32_MAX)
            scan_fail(s, ERR_LIMIT);
    }
    if (s->at == start)
        scan_fail(s, ERR_SYNTAX);
    return s->err ? 0 : (uint32_t)n;
}

struct str scan_quoted(struct scan *s)
{
    size_t start = s->at;

    scan_char(s, '"');
    while (scan_more(s)) {
        char c = s->in.p[s->at++];
        if (c == '"')
            return str_cut(s->in, start, s->at);
        if (c == '\\')
            s->at += s->at < s->in.n;
    }
    scan_fail(s, ERR_SYNTAX);
    return (struct str){ s->in.p, 0 };
}

static void scan_ipv6(struct scan *s)
{
    unsigned colons = 0;

    s->at++;
    while (scan_more(s) &&
           (char_is(s->in.p[s->at], CHAR_HEX) || scan_peek(s) == ':' || scan_peek(s) == '.'))
        colons += s->in.p[s->at++] == ':';
    if (colons < 2)
        scan_fail(s, ERR_SYNTAX);
    scan_char(s, ']');
}

struct str scan_host(struct scan *s)
{
    size_t start = s->at;

    if (scan_peek(s) == '[')
        scan_ipv6(s);
    else
        while (scan_more(s) &&
               (char_is(scan_peek(s), CHAR_HOST) || char_is_extra(scan_peek(s), EXTRA_HOST)))
            s->at++;
    if (s->at == start)
        scan_fail(s, ERR_SYNTAX);
    return s->err ? (struct str){ s->in.p, 0 } : str_cut(s->in, start, s->at);
}

uint16_t scan_port(struct scan *s, struct str *text)
{
    size_t start = s->at;
    uint32_t port = scan_u32(s);

    if (s->err)
        return 0;
    if (port > UINT16_MAX) {
        scan_fail(s, ERR_SYNTAX);
        return 0;
    }
    if (text)
        *text = str_cut(s->in, start, s->at);
    return (uint16_t)port;
}

void scan_param(struct scan *s, struct str *name, struct str *value)
{
    size_t behind;

    *name = scan_token(s);
    *value = str_skip(*name, name->n);
    behind = s->at;
    scan_ows(s);
    if (!scan_take(s, '=')) {
        s->at = s->err ? s->at : behind;
        return;
    }
    scan_ows(s);
    if (scan_peek(s) == '"') {
        *value = scan_quoted(s);
        return;
    }
    *value = scan_while(s, CHAR_VALUE);
}

static void keep_param(const struct param_slot *slots, size_t n, void *out, struct str name,
                       struct str value)
{
    for (size_t i = 0; i < n; i++) {
        if (!str_ieq(slots[i].name, name))
            continue;
        struct str *field = (struct str *)(void *)((char *)out + slots[i].offset);
        if (!field->p)
            *field = value;
        return;
    }
}

void scan_params(struct scan *s, const struct param_slot *slots, size_t n, void *out,
                 struct str *all)
{
    size_t first = 0, behind = s->at;

    scan_ows(s);
    while (scan_take(s, ';')) {
        struct str name, value;
        scan_ows(s);
        first = first ? first : s->at;
        scan_param(s, &name, &value);
        behind = s->at;
        if (!s->err)
            keep_param(slots, n, out, name, value);
        scan_ows(s);
    }
    if (first && !s->err)
        *all = str_cut(s->in, first, behind);
}

void scan_list_end(struct scan *s, struct str *in)
{
    scan_ows(s);
    if (scan_take(s, ',')) {
        scan_ows(s);
        if (!scan_more(s))
            scan_fail(s, ERR_SYNTAX);
    } else {
        scan_end(s);
    }
    if (!s->err)
        *in = str_skip(s->in, s->at);
}

struct str unquoted(struct str s)
{
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        return str_cut(s, 1, s.n - 1);
    return s;
}
