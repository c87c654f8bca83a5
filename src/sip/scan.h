/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cursor over a slice. The first failure sticks: every later step does nothing and returns an
 * empty slice or zero, so a reader is written as the grammar reads and looks at `err` once, at its
 * end. This is the one place where bounds of hostile text are checked.
 *
 * White space here is that of a header body as received: blank, tab, and the CR and LF of a folded
 * line (RFC 3261, 7.3.1); the first pass over a message has made sure that a line end inside a
 * body is a fold.
 */
#pragma once
#include "base/str.h"

enum char_class {
    CHAR_DIGIT = 1 << 0,
    CHAR_ALPHA = 1 << 1,
    CHAR_HEX = 1 << 2,
    CHAR_TOKEN = 1 << 3, /* RFC 3261, 25.1 */
    CHAR_WORD = 1 << 4,  /* of Call-ID */
    CHAR_HOST = 1 << 5,  /* of a host name or IPv4 address; '_' too, as found in the wild */
    CHAR_USER = 1 << 6,  /* of a URI's user part and password, without '%' and ':' */
    CHAR_URI = 1 << 7,   /* of a URI's parameters, without '%', ';', '=' and '?' */
    CHAR_VALUE = 1 << 8, /* of an unquoted parameter value in a header */
    CHAR_LWS = 1 << 9,
    CHAR_UNRESERVED = 1 << 10,
    CHAR_TEXT = 1 << 11, /* neither blank nor control character, nor '<', '>', '"' */
};
extern const uint16_t char_classes[256];

static inline bool char_is(char c, unsigned classes)
{
    return (char_classes[(unsigned char)c] & classes) != 0;
}
/* Bytes that the configuration allows beyond the grammar (hdr_name_extra_chars,
 * uri_host_extra_chars); in place of those allowed before. Any thread. */
enum char_extra { EXTRA_HEADER_NAME, EXTRA_HOST, EXTRA_COUNT };
/* Whether all of `chars` may be allowed there: printable, and nothing that ends such a text. */
bool char_may_allow(enum char_extra where, struct str chars);
void char_allow(enum char_extra where, struct str chars);
bool char_is_extra(char c, enum char_extra where);
/* The lower-case form of an ASCII letter; other bytes as they are. */
static inline char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}
/* The value of a hexadecimal digit; -1 for any other byte. */
static inline int char_hex(char c)
{
    if (!char_is(c, CHAR_HEX))
        return -1;
    return char_is(c, CHAR_DIGIT) ? c - '0' : char_lower(c) - 'a' + 10;
}

struct scan {
    struct str in;
    size_t at;
    err_t err;
};

static inline struct scan scan_of(struct str in)
{
    return (struct scan){ .in = in };
}
static inline void scan_fail(struct scan *s, err_t e)
{
    if (!s->err)
        s->err = e;
}
/* True while nothing failed and bytes are left. */
static inline bool scan_more(const struct scan *s)
{
    return !s->err && s->at < s->in.n;
}
/* The next byte without taking it; '\0' at the end (and for a NUL byte). */
static inline char scan_peek(const struct scan *s)
{
    return scan_more(s) ? s->in.p[s->at] : '\0';
}
/* Takes `c` when it is next. */
static inline bool scan_take(struct scan *s, char c)
{
    if (!scan_more(s) || s->in.p[s->at] != c)
        return false;
    s->at++;
    return true;
}
/* `c` must be next. */
static inline void scan_char(struct scan *s, char c)
{
    if (!scan_take(s, c))
        scan_fail(s, ERR_SYNTAX);
}
/* The longest run of bytes of these classes, perhaps empty. */
static inline struct str scan_while(struct scan *s, unsigned classes)
{
    size_t start = s->at;

    if (s->err)
        return (struct str){ s->in.p, 0 };
    while (s->at < s->in.n && char_is(s->in.p[s->at], classes))
        s->at++;
    return str_cut(s->in, start, s->at);
}
/* Optional white space. */
static inline void scan_ows(struct scan *s)
{
    while (scan_more(s) && char_is(s->in.p[s->at], CHAR_LWS))
        s->at++;
}
/* At least one byte of white space. */
static inline void scan_lws(struct scan *s)
{
    size_t start = s->at;

    scan_ows(s);
    if (s->at == start)
        scan_fail(s, ERR_SYNTAX);
}
/* `c` with white space allowed on both sides. */
static inline void scan_separator(struct scan *s, char c)
{
    scan_ows(s);
    scan_char(s, c);
    scan_ows(s);
}
/* A token of at least one byte. */
static inline struct str scan_token(struct scan *s)
{
    struct str t = scan_while(s, CHAR_TOKEN);

    if (t.n == 0)
        scan_fail(s, ERR_SYNTAX);
    return t;
}
/* What is left; the cursor moves to the end. */
static inline struct str scan_rest(struct scan *s)
{
    size_t start = s->at;

    if (s->err)
        return (struct str){ s->in.p, 0 };
    s->at = s->in.n;
    return str_cut(s->in, start, s->at);
}
/* Nothing may be left. */
static inline void scan_end(struct scan *s)
{
    if (s->at != s->in.n)
        scan_fail(s, ERR_SYNTAX);
}

/* A decimal number; ERR_LIMIT when it does not fit. */
uint32_t scan_u32(struct scan *s);
/* A quoted string (RFC 3261, 25.1): the slice includes both quotes. */
struct str scan_quoted(struct scan *s);
/* A host: name, IPv4 address, or IPv6 address in brackets. Never empty. */
struct str scan_host(struct scan *s);
/* A port number up to 65535; `text` (may be NULL) gets its digits. */
uint16_t scan_port(struct scan *s, struct str *text);
/*
 * One header parameter: name [= value], white space allowed around '='. A value is a quoted string
 * (quotes kept) or a run of CHAR_VALUE, which may be empty ("rport=", as some peers write);
 * `*value` is empty but not STR_NONE when there is no '='.
 */
void scan_param(struct scan *s, struct str *name, struct str *value);

/* Where scan_params puts the value of a parameter: a struct str at `offset` of the result. */
struct param_slot {
    struct str name;
    size_t offset;
};
/*
 * ";name=value;name" up to the first byte that is neither. Values of known names go to their slots
 * in `out`, the first of a name counting; `all` gets the list without its first ';', and stays as
 * it is when there is none.
 */
void scan_params(struct scan *s, const struct param_slot *slots, size_t n, void *out,
                 struct str *all);
/* Behind one value of a list: its end, or a comma and a further value, to which *in is moved. */
void scan_list_end(struct scan *s, struct str *in);

/* A quoted string without its quotes, backslashes kept; any other text as it is. */
struct str unquoted(struct str s);
