/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "base/random.h"
#include "base/test.h"
#include "net/frame.h"
#include <stdlib.h>

static const struct frame_limits usual = { .message = 65535, .http = true };
static const char letter[] = "-MHPpOXJ"; /* by enum frame_kind */

/* What is found when `in` comes in pieces that end at each place for which `cut` says so. */
static void read_pieces(struct str in, const struct frame_limits *limits,
                        bool (*cut)(size_t at, size_t arg), size_t arg, struct buf *found)
{
    struct framer f = { 0 };
    size_t taken = 0;

    for (size_t at = 1; at <= in.n; at++) {
        enum frame_kind kind;
        struct frame frame;

        if (at < in.n && !cut(at, arg))
            continue;
        while ((kind = frame_next(&f, str_cut(in, taken, at), limits, &frame)) != FRAME_MORE) {
            buf_char(found, letter[kind]);
            if (kind == FRAME_MESSAGE || kind == FRAME_HTTP || kind >= FRAME_OVERSIZE) {
                buf_add(found, frame.bytes);
                buf_char(found, '|');
            }
            if (kind >= FRAME_OVERSIZE)
                return;
            assert_true(frame.used > 0 && frame.used <= at - taken);
            taken += frame.used;
        }
    }
    if (taken < in.n)
        buf_fmt(found, "+%zu", in.n - taken);
}

static bool never(size_t at, size_t arg)
{
    (void)at;
    (void)arg;
    return false;
}
static bool always(size_t at, size_t arg)
{
    return !never(at, arg);
}
static bool once(size_t at, size_t arg)
{
    return at == arg;
}
static bool every(size_t at, size_t arg)
{
    return at % arg == 0;
}

#define MSG(cl, body) "OPTIONS sip:a SIP/2.0\r\n" cl "Call-ID: x\r\n\r\n" body
#define GET           "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct {
    const char *in, *kinds; /* as read_pieces writes, without the messages' texts */
} streams[] = {
    { MSG("Content-Length: 0\r\n", ""), "M" },
    { MSG("Content-Length: 5\r\n", "hello"), "M" },
    { MSG("l:5\r\n", "hello") MSG("CONTENT-LENGTH  :\t 3 \r\n", "abc"), "MM" },
    { MSG("Content-Length:\r\n  5\r\n", "hello") "\r\n\r\n", "MP" },
    { "\r\n\r\n" MSG("l: 0\r\n", "") "\r\n\r\n\r\n" GET, "PMPpH" },
    { "\r\n" MSG("l: 4\r\n", "\r\n\r\n") MSG("l: 0\r\n", ""), "pMM" },
    { "\n\n" MSG("l: 0\r\n", ""), "ppM" },
    { "SIP/2.0 200 OK\nContent-Length: 2\n\nhi" GET, "MH" },
    { "POST /RPC HTTP/1.0\r\nContent-Length: 3\r\n\r\n{ }" MSG("l:0\r\n", ""), "HM" },
    { MSG("Content-Length: 5\r\nl: 5\r\n", "hello") "\r\n", "M+2" },
    { MSG("Content-Length: 5\r\n", "hel"), "+59" },
    { "INVITE sip:a SIP/2.0\r\nCall-", "+27" },
    { MSG("", ""), "X" },
    { MSG("Content-Length: 5\r\nl: 6\r\n", "hello!"), "X" },
    { MSG("Content-Length: -1\r\n", ""), "X" },
    { MSG("Content-Length: 5x\r\n", "hello"), "X" },
    { MSG("Content-Length: \r\n", ""), "X" },
    { MSG("Content-Length: 99999999999999999999\r\n", ""), "X" },
    { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "X" },
    { MSG("Content-Length: 65535\r\n", ""), "O" },
    { MSG("Content-Length: 4294967295\r\n", ""), "O" },
    { "hello world\r\n\r\n", "J" },
    { "HTTP/1.1 200 OK\r\n\r\n", "J" },
    { "\x16\x03\x01\x02\r\n\r\n", "J" },
};

static void shorten(struct buf *found)
{
    size_t n = 0;
    bool inside = false;

    for (size_t i = 0; i < found->n; i++) {
        char c = found->p[i];

        if (inside) {
            inside = c != '|';
            continue;
        }
        found->p[n++] = c;
        inside = strchr("MHOXJ", c) != NULL;
    }
    found->n = n;
}

static void finds_the_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct buf found;

        buf_init(&found, MEM_OTHER);
        read_pieces(str_of(streams[i].in), &usual, never, 0, &found);
        shorten(&found);
        if (!str_eq(buf_str(&found), str_of(streams[i].kinds)))
            print_error("stream %zu: %s\n", i, streams[i].in);
        assert_str(buf_str(&found), str_of(streams[i].kinds));
        buf_free(&found);
    }
}

static void check_same(struct str in, bool (*cut)(size_t at, size_t arg), size_t arg,
                       struct str whole)
{
    struct buf found;

    buf_init(&found, MEM_OTHER);
    read_pieces(in, &usual, cut, arg, &found);
    assert_str(buf_str(&found), whole);
    buf_free(&found);
}

static void finds_the_same_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct str in = str_of(streams[i].in);
        struct buf whole;

        buf_init(&whole, MEM_OTHER);
        read_pieces(in, &usual, never, 0, &whole);
        check_same(in, always, 0, buf_str(&whole));
        for (size_t at = 1; at < in.n; at++)
            check_same(in, once, at, buf_str(&whole));
        for (size_t step = 2; step < 40; step++)
            check_same(in, every, step, buf_str(&whole));
        buf_free(&whole);
    }
}

static void has_a_limit_for_heads(void **state)
{
    struct buf in, found;
    static const struct {
        size_t headers;
        char kind;
    } cases[] = { { 100, 'M' }, { 6553, 'O' }, { 7000, 'O' } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_init(&in, MEM_OTHER);
        buf_addz(&in, "INVITE sip:a SIP/2.0\r\n");
        for (size_t k = 0; k < cases[i].headers; k++)
            buf_addz(&in, "X: abcde\r\n");
        buf_addz(&in, "Content-Length: 0\r\n\r\n");
        for (size_t step = 1; step < 70000; step = step * 3 + 1) {
            buf_init(&found, MEM_OTHER);
            read_pieces(buf_str(&in), &usual, every, step, &found);
            assert_int_equal(found.p[0], cases[i].kind);
            buf_free(&found);
        }
        buf_free(&in);
    }
}

static void gives_up_on_an_endless_first_line(void **state)
{
    char *line = malloc(20000);
    struct framer f = { 0 };
    struct frame frame;

    (void)state;
    memset(line, 'a', 20000);
    assert_int_equal(frame_next(&f, (struct str){ line, 8192 }, &usual, &frame), FRAME_MORE);
    assert_int_equal(frame_next(&f, (struct str){ line, 8193 }, &usual, &frame), FRAME_JUNK);
    memcpy(line + 9000, " SIP/2.0\r\nl: 0\r\n\r\n", 19);
    f = (struct framer){ 0 };
    assert_int_equal(frame_next(&f, (struct str){ line, 20000 }, &usual, &frame), FRAME_JUNK);
    free(line);
}

static void survives_noise(void **state)
{
    static const char alphabet[] = "\r\n\r\n :lSIP/2.0 HTTP/1.1 GET 0123456789Content-Length";
    char noise[300];

    (void)state;
    random_seed_for_test(7);
    for (int round = 0; round < 3000; round++) {
        struct buf whole;
        size_t n = 1 + (size_t)random_below(sizeof noise);

        for (size_t i = 0; i < n; i++)
            noise[i] = alphabet[random_below(sizeof alphabet)];
        buf_init(&whole, MEM_OTHER);
        read_pieces((struct str){ noise, n }, &usual, never, 0, &whole);
        check_same((struct str){ noise, n }, always, 0, buf_str(&whole));
        check_same((struct str){ noise, n }, every, 7, buf_str(&whole));
        buf_free(&whole);
    }
}

static void minds_what_is_welcome(void **state)
{
    static const struct frame_limits strict = { .message = 1000 };
    static const struct frame_limits lax = { .message = 1000, .no_length = true };
    struct frame frame;
    struct framer f = { 0 };

    (void)state;
    assert_int_equal(frame_next(&f, STR(GET), &strict, &frame), FRAME_JUNK);
    f = (struct framer){ 0 };
    assert_int_equal(frame_next(&f, STR(MSG("", "")), &lax, &frame), FRAME_MESSAGE);
    assert_false(frame_begun(STR("\r\n\r\n")));
    assert_true(frame_begun(STR("\r\nI")));
}

int main(void)
{
    TEST_RUN(finds_the_messages, finds_the_same_however_it_is_cut, has_a_limit_for_heads,
             gives_up_on_an_endless_first_line, survives_noise, minds_what_is_welcome);
}
