/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/frame.h"

enum {
    FIRST_LINE_MAX = 8192, /* longer: neither SIP nor HTTP */
    NO_LENGTH = -1,
    BAD_LENGTH = -2,
};

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

bool frame_begun(struct str in)
{
    for (size_t i = 0; i < in.n; i++)
        if (!is_line_end(in.p[i]))
            return true;
    return false;
}

/* Line ends before a message. */
static enum frame_kind between(struct str in, struct frame *out)
{
    static const char ping[] = "\r\n\r\n";
    size_t n = 0;

    while (n < 4 && n < in.n && in.p[n] == ping[n])
        n++;
    if (n == in.n && n < 4)
        return FRAME_MORE;
    out->used = n == 4 ? 4 : n >= 2 ? 2 : 1;
    return n == 4 ? FRAME_PING : FRAME_PONG;
}

/* The length of the head with its empty line; 0: not all there. */
static size_t head_end(struct framer *f, struct str in)
{
    for (size_t i = f->seen; i < in.n; i++) {
        const char *at = memchr(in.p + i, '\n', in.n - i);

        if (!at) {
            f->seen = in.n;
            return 0;
        }
        i = (size_t)(at - in.p);
        f->seen = i;
        if (i + 1 >= in.n)
            return 0;
        if (in.p[i + 1] == '\n')
            return i + 2;
        if (in.p[i + 1] != '\r')
            continue;
        if (i + 2 >= in.n)
            return 0;
        if (in.p[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

/* Cuts one line off, folded continuations included; without its line end. */
static struct str take_line(struct str *rest)
{
    size_t n = 0;

    do
        n += str_find(str_skip(*rest, n), '\n') + 1;
    while (n < rest->n && (rest->p[n] == ' ' || rest->p[n] == '\t'));
    if (n > rest->n)
        n = rest->n;

    struct str line = { rest->p, n };

    *rest = str_skip(*rest, n);
    while (line.n && is_line_end(line.p[line.n - 1]))
        line.n--;
    return line;
}

static int64_t length_value(struct str value)
{
    struct str digits = str_trim(value);
    int64_t n;

    if (digits.n == 0 || digits.n > 10)
        return BAD_LENGTH;
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return BAD_LENGTH;
    return str_to_i64(digits, &n) ? BAD_LENGTH : n;
}

/* NO_LENGTH, BAD_LENGTH (also for two that differ, and for a coding that is not counted in bytes),
 * or the length of the body. */
static int64_t body_length(struct str head)
{
    int64_t length = NO_LENGTH;

    (void)take_line(&head);
    while (head.n) {
        struct str line = take_line(&head);
        size_t colon = str_find(line, ':');
        struct str name = str_trim(str_cut(line, 0, colon));

        if (colon == line.n)
            continue;
        if (str_ieq(name, STR("Transfer-Encoding")))
            return BAD_LENGTH;
        if (!str_ieq(name, STR("Content-Length")) && !str_ieq(name, STR("l")))
            continue;

        int64_t n = length_value(str_skip(line, colon + 1));

        if (n < 0 || (length >= 0 && n != length))
            return BAD_LENGTH;
        length = n;
    }
    return length;
}

enum protocol { NEITHER, SIP, HTTP };

static enum protocol protocol_of(struct str head)
{
    struct str line = str_cut(head, 0, head.n < FIRST_LINE_MAX ? head.n : FIRST_LINE_MAX);
    size_t end = str_find(line, '\n');

    if (end == line.n)
        return NEITHER;
    line = str_trim(str_cut(line, 0, end));
    if (str_istarts(line, STR("SIP/")))
        return SIP;
    for (size_t i = line.n; i-- > 0;) {
        if (line.p[i] != ' ')
            continue;
        struct str version = str_skip(line, i + 1);

        return str_istarts(version, STR("SIP/"))      ? SIP
               : str_istarts(version, STR("HTTP/1.")) ? HTTP
                                                      : NEITHER;
    }
    return NEITHER;
}

static enum frame_kind oversize(struct str in, size_t head, struct frame *out)
{
    out->bytes = str_cut(in, 0, head);
    out->used = in.n;
    return FRAME_OVERSIZE;
}

/* The head is complete: how long is the message? FRAME_MORE: f->total knows. */
static enum frame_kind read_head(struct framer *f, struct str in, size_t head,
                                 const struct frame_limits *limits, struct frame *out)
{
    enum protocol protocol = protocol_of(str_cut(in, 0, head));
    int64_t body = body_length(str_cut(in, 0, head));

    out->used = in.n;
    if (protocol == NEITHER || (protocol == HTTP && !limits->http))
        return FRAME_JUNK;
    f->http = protocol == HTTP;
    if (body == NO_LENGTH && (f->http || limits->no_length))
        body = 0;
    if (body < 0) {
        out->bytes = str_cut(in, 0, head);
        return FRAME_MALFORMED;
    }
    if ((uint64_t)body > limits->message || head + (size_t)body > limits->message)
        return oversize(in, head, out);
    f->total = head + (size_t)body;
    return FRAME_MORE;
}

/* Whether what has come so far can still become a head. */
static enum frame_kind wait_for_head(struct str in, const struct frame_limits *limits,
                                     struct frame *out)
{
    out->used = in.n;
    if (in.n > FIRST_LINE_MAX && protocol_of(in) == NEITHER)
        return FRAME_JUNK;
    return in.n > limits->message ? oversize(in, limits->message, out) : FRAME_MORE;
}

enum frame_kind frame_next(struct framer *f, struct str in, const struct frame_limits *limits,
                           struct frame *out)
{
    *out = (struct frame){ STR_NONE, 0 };
    if (in.n == 0)
        return FRAME_MORE;
    if (is_line_end(in.p[0]))
        return between(in, out);
    if (f->total == 0) {
        size_t head = head_end(f, in);
        enum frame_kind e = head && head <= limits->message ? read_head(f, in, head, limits, out)
                                                            : wait_for_head(in, limits, out);

        if (e != FRAME_MORE)
            return e;
    }
    out->used = 0;
    if (f->total == 0 || in.n < f->total)
        return FRAME_MORE;
    out->bytes = str_cut(in, 0, f->total);
    out->used = f->total;

    enum frame_kind kind = f->http ? FRAME_HTTP : FRAME_MESSAGE;

    *f = (struct framer){ 0 };
    return kind;
}
