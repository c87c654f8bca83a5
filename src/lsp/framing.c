/* SPDX-License-Identifier: BSD-2-Clause */
#include "lsp/framing.h"

/* A length that nobody means: what follows is looked through for the next header. */
#define LENGTH_ABSURD (INT64_C(1) << 32)

static const struct str field_name = STR_INIT("Content-Length:");

void framing_init(struct framing *f)
{
    *f = (struct framing){ 0 };
    buf_init(&f->in, MEM_CONTROL);
}

void framing_free(struct framing *f)
{
    buf_free(&f->in);
}

void framing_add(struct framing *f, struct str bytes)
{
    if (f->skipping) {
        size_t n = bytes.n < f->skipping ? bytes.n : (size_t)f->skipping;

        f->skipping -= n;
        bytes = str_skip(bytes, n);
    }
    if (f->at) {
        memmove(f->in.p, f->in.p + f->at, f->in.n - f->at);
        f->in.n -= f->at;
        f->at = 0;
    }
    buf_add(&f->in, bytes);
}

/* Where the header ends, blank line included; 0: not yet. */
static size_t header_length(struct str s)
{
    for (size_t i = 0; i + 1 < s.n && i < FRAMING_HEADER_MAX; i++)
        if (s.p[i] == '\n' && (s.p[i + 1] == '\n' || str_starts(str_skip(s, i + 1), STR("\r\n"))))
            return i + (s.p[i + 1] == '\n' ? 2 : 3);
    return 0;
}

/* The length it gives; -1: none, or no number. */
static int64_t content_length(struct str header)
{
    int64_t n = -1;

    while (header.n) {
        struct str line = str_split(&header, '\n');

        if (str_istarts(line, field_name) &&
            (str_to_i64(str_trim(str_skip(line, field_name.n)), &n) || n < 0))
            return -1;
    }
    return n;
}

/* Passes over at least a byte, up to what may begin a header. */
static void resync(struct framing *f)
{
    struct str rest = str_skip(buf_str(&f->in), f->at + 1);

    while (rest.n &&
           !str_istarts(rest, rest.n < field_name.n ? str_cut(field_name, 0, rest.n) : field_name))
        rest = str_skip(rest, 1);
    f->at = f->in.n - rest.n;
}

static enum framing_result take_body(struct framing *f, size_t header, uint64_t length,
                                     struct str *body)
{
    size_t there = f->in.n - f->at - header;

    if (length > FRAMING_BODY_MAX) {
        size_t n = there < length ? there : (size_t)length;

        f->at += header + n;
        f->skipping = length - n;
        return FRAMING_TOO_LONG;
    }
    if (there < length)
        return FRAMING_MORE;
    *body = (struct str){ f->in.p + f->at + header, (size_t)length };
    f->at += header + (size_t)length;
    return FRAMING_MESSAGE;
}

enum framing_result framing_next(struct framing *f, struct str *body)
{
    struct str rest = str_skip(buf_str(&f->in), f->at);
    size_t header = header_length(rest);
    int64_t length;

    if (!rest.n)
        return FRAMING_MORE;
    if (!header && rest.n < FRAMING_HEADER_MAX)
        return FRAMING_MORE;
    length = header ? content_length(str_cut(rest, 0, header)) : -1;
    if (length < 0 || length >= LENGTH_ABSURD) {
        resync(f);
        return FRAMING_BAD;
    }
    return take_body(f, header, (uint64_t)length, body);
}
