/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/message.h"
#include "sip/test.h"

static struct arena arena;

static int set_up(__attribute__((unused)) void **state)
{
    arena_init(&arena, MEM_MESSAGE, 4096);
    return 0;
}

static int tear_down(__attribute__((unused)) void **state)
{
    arena_free(&arena);
    return 0;
}

#define LINE "OPTIONS sip:c@d SIP/2.0\r\n"
#define VIA  "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
#define REST "From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>\r\nCall-ID: x@y\r\nCSeq: 1 OPTIONS\r\n"

static struct msg read_msg(const char *text)
{
    struct msg m;
    struct str why;

    if (msg_parse(str_of(text), &msg_default_limits, &arena, &m, &why))
        print_error(STR_FMT "\n", STR_ARG(why));
    CHECK_CASE(msg_parse(str_of(text), &msg_default_limits, &arena, &m, NULL) == ERR_OK, text);
    return m;
}

TEST(reads_a_request)
{
    struct msg m =
        read_msg("\r\n\r\nOPTIONS sip:c@d SIP/2.0\r\n" VIA "v: SIP/2.0/TCP i , SIP/2.0/TLS j\r\n"
                 "Contact: <sip:1@h>, <sip:2@h>\r\nX-a: 1\r\nm: <sip:3@h>\r\n" REST
                 "Max-Forwards : 70\r\nx-A:\r\n folded\r\n\tmore\r\nl: 3\r\n\r\nabcdef");
    const struct address *list;
    size_t n;
    err_t e;

    CHECK(m.request && m.method == METHOD_OPTIONS);
    CHECK_STR(m.method_name, STR("OPTIONS"));
    CHECK_STR(m.uri, STR("sip:c@d"));
    CHECK_STR(m.version, STR("SIP/2.0"));
    CHECK_STR(m.first_line, STR("OPTIONS sip:c@d SIP/2.0\r\n"));
    CHECK(m.raw.p == m.first_line.p);
    CHECK_STR(m.body, STR("abc"));
    CHECK(m.raw.n == m.head.n + 3);
    CHECK_STR(msg_call_id(&m), STR("x@y"));
    CHECK_STR(msg_from_tag(&m), STR("f"));
    CHECK(!msg_to_tag(&m).p);
    CHECK(msg_max_forwards(&m) == 70 && msg_content_length(&m) == 3 && msg_expires(&m) == -1);
    CHECK(msg_via(&m, 2, &e)->proto == PROTO_TLS && e == ERR_OK);
    CHECK(msg_via(&m, 0, NULL)->proto == PROTO_UDP && msg_via(&m, 1, NULL)->proto == PROTO_TCP);
    CHECK(!msg_via(&m, 3, &e) && e == ERR_NOT_FOUND);
    CHECK(!msg_via(&m, 9, &e) && e == ERR_NOT_FOUND);
    CHECK(msg_addresses(&m, HEADER_CONTACT, &list, &n) == ERR_OK && n == 3);
    CHECK_STR(list[2].uri.user, STR("3"));
    CHECK(msg_addresses(&m, HEADER_ROUTE, &list, &n) == ERR_OK && n == 0);
    CHECK(msg_cseq(&m, &e)->method == METHOD_OPTIONS);
    CHECK_STR(msg_ruri(&m, &e)->host, STR("d"));
}

static void __attribute__((noinline)) overwrite_the_stack(void)
{
    volatile char space[8192];

    for (size_t i = 0; i < sizeof space; i++)
        space[i] = 0x55;
}

TEST(reads_later_vias_after_parsing_is_long_over)
{
    struct msg m = read_msg(LINE VIA VIA "v: SIP/2.0/TCP i\r\n" REST "\r\n");

    overwrite_the_stack();
    CHECK(msg_via(&m, 2, NULL)->proto == PROTO_TCP);
    CHECK(!msg_via(&m, 3, NULL));
}

TEST(finds_headers_by_name)
{
    struct msg m = read_msg("OPTIONS sip:c@d SIP/2.0\r\n" VIA "X-a: 1\r\nm: <sip:3@h>\r\n" REST
                            "x-A:\r\n folded\r\n\tmore\r\n\r\n");
    const struct header *h = msg_header_named(&m, STR("X-A"));

    CHECK_STR(h->body, STR("1"));
    CHECK_STR(h->all, STR("X-a: 1\r\n"));
    h = msg_header_named_next(&m, h, STR("X-A"));
    CHECK_STR(h->body, STR("folded\r\n\tmore"));
    CHECK(!msg_header_named_next(&m, h, STR("X-A")));
    CHECK(msg_header_named(&m, STR("contact")) == msg_header(&m, HEADER_CONTACT));
    CHECK(msg_header_named(&m, STR("M")) == msg_header(&m, HEADER_CONTACT));
    CHECK(!msg_header_named(&m, STR("X-B")) && !msg_header(&m, HEADER_ROUTE));
}

TEST(reads_a_reply)
{
    struct msg m = read_msg("SIP/2.0 180 Ringing now\r\n" VIA REST "\r\n");

    CHECK(!m.request && m.status == 180);
    CHECK_STR(m.reason, STR("Ringing now"));
    m = read_msg("SIP/2.0 100 \n" VIA REST "\n");
    CHECK(m.status == 100 && m.reason.n == 0);
    m = read_msg("SIP/2.0 100\r\n" VIA REST "\r\n");
    CHECK(m.status == 100 && m.reason.n == 0);
}

TEST(reads_http_too)
{
    struct msg m = read_msg("POST /RPC?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");

    CHECK(m.request && m.method == METHOD_POST);
    CHECK_STR(m.uri, STR("/RPC?x=1"));
    CHECK_STR(m.version, STR("HTTP/1.1"));
    CHECK_STR(m.body, STR("{}"));
    m = read_msg("HTTP/1.1 200 OK\r\n\r\n");
    CHECK(!m.request && m.status == 200);
}

TEST(says_what_is_wrong)
{
    static const struct {
        const char *in;
        err_t err;
        const char *why;
        bool request; /* can still be answered */
    } table[] = {
        { "", ERR_SYNTAX, "Empty Message", false },
        { "\r\n\r\n", ERR_SYNTAX, "Empty Message", false },
        { "garbage", ERR_SYNTAX, "Bad Start Line", false },
        { "garbage\r\n\r\n", ERR_SYNTAX, "Bad Start Line", false },
        { "SIP/2.0 4294967301 better\r\n\r\n", ERR_SYNTAX, "Bad Start Line", false },
        { "SIP/2.0 099 x\r\n\r\n", ERR_SYNTAX, "Bad Start Line", false },
        { "SIP/2.0 700 x\r\n\r\n", ERR_SYNTAX, "Bad Start Line", false },
        { "OPTIONS SIP/2.0\r\n\r\n", ERR_SYNTAX, "Bad Start Line", false },
        { "OPTIONS  sip:a@b SIP/2.0\r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Request Line", true },
        { "OPTIONS sip:a@b  SIP/2.0\r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Request Line", true },
        { "OPTIONS sip:a@b; lr SIP/2.0\r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Request Line", true },
        { "OPTIONS <sip:a@b> SIP/2.0\r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Request Line", true },
        { "OPTIONS sip:a@b SIP/2.0  \r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Request Line", true },
        { LINE VIA REST, ERR_SYNTAX, "Missing Empty Line After Headers", true },
        { LINE VIA REST "l: 0", ERR_SYNTAX, "Missing Empty Line After Headers", true },
        { LINE VIA "no colon\r\n" REST "\r\n", ERR_SYNTAX, "Bad Header Line", true },
        { LINE VIA ": no name\r\n" REST "\r\n", ERR_SYNTAX, "Bad Header Line", true },
        { LINE " folded: x\r\n" VIA REST "\r\n", ERR_SYNTAX, "Bad Header Line", true },
        { LINE VIA REST "l: 4\r\n\r\nabc", ERR_SYNTAX, "Content-Length Larger Than Message", true },
        { LINE VIA REST "l: -1\r\n\r\nabc", ERR_SYNTAX, "Bad Content-Length", true },
        { LINE VIA REST "l: 1\r\nl: 2\r\n\r\nabc", ERR_SYNTAX, "Conflicting Content-Length", true },
        { LINE REST "\r\n", ERR_SYNTAX, "Missing Via", true },
        { LINE "Via: x\r\n" REST "\r\n", ERR_SYNTAX, "Bad Via", true },
        { LINE VIA "CSeq: x\r\n\r\n", ERR_SYNTAX, "Bad CSeq", true },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct msg m;
        struct str why;
        err_t e = msg_parse(str_of(table[i].in), &msg_default_limits, &arena, &m, &why);
        CHECK_CASE(e == table[i].err, table[i].in);
        CHECK_STR(why, str_of(table[i].why));
        CHECK_CASE(m.request == table[i].request, table[i].in);
        if (m.request && msg_header(&m, HEADER_CALL_ID))
            CHECK_STR(msg_call_id(&m), STR("x@y"));
    }
}

TEST(keeps_its_limits)
{
    struct msg_limits few = { .bytes = 200, .headers = 5, .line = 60 };
    struct msg m;
    struct str why;

    CHECK(msg_parse(STR(LINE VIA REST "\r\n"), &few, &arena, &m, &why) == ERR_OK);
    CHECK(msg_parse(STR(LINE VIA REST "a: 1\r\n\r\n"), &few, &arena, &m, &why) == ERR_LIMIT);
    CHECK_STR(why, STR("Too Many Headers"));
    few.line = 30;
    CHECK(msg_parse(STR(LINE VIA REST "\r\n"), &few, &arena, &m, &why) == ERR_LIMIT);
    CHECK_STR(why, STR("Header Too Long"));
    few.line = 60;
    few.bytes = 100;
    CHECK(msg_parse(STR(LINE VIA REST "\r\n"), &few, &arena, &m, &why) == ERR_LIMIT);
    CHECK_STR(why, STR("Message Too Large"));
}

TEST(takes_more_headers_than_fit_on_the_stack)
{
    struct buf b;
    struct msg m;
    const struct address *list;
    size_t n = 0;

    buf_init(&b, MEM_OTHER);
    buf_addz(&b, LINE VIA REST);
    for (int i = 0; i < 200; i++)
        buf_fmt(&b, "Route: <sip:%d@h>\r\n", i);
    buf_addz(&b, "\r\n");
    CHECK(msg_parse(buf_str(&b), &msg_default_limits, &arena, &m, NULL) == ERR_OK);
    CHECK(m.n_headers == 205);
    for (const struct header *h = msg_header(&m, HEADER_ROUTE); h; h = msg_header_next(&m, h))
        n++;
    CHECK(n == 200);
    CHECK(msg_addresses(&m, HEADER_ROUTE, &list, &n) == ERR_OK && n == 200);
    CHECK_STR(list[199].uri.user, STR("199"));
    buf_clear(&b);
    buf_addz(&b, LINE VIA REST "Route: <sip:0@h>");
    for (int i = 1; i < 300; i++)
        buf_fmt(&b, ",<sip:%d@h>", i);
    buf_addz(&b, "\r\n\r\n");
    CHECK(msg_parse(buf_str(&b), &msg_default_limits, &arena, &m, NULL) == ERR_OK);
    CHECK(msg_addresses(&m, HEADER_ROUTE, &list, &n) == ERR_LIMIT);
    buf_free(&b);
}

TEST(clones)
{
    struct msg m = read_msg(LINE VIA REST "X: 1\r\nx: 2\r\nl: 2\r\n\r\nhi"), copy;
    struct arena other;

    arena_init(&other, MEM_MESSAGE, 1024);
    msg_clone(&m, &other, &copy);
    CHECK(copy.raw.p != m.raw.p && copy.n_headers == m.n_headers);
    for (size_t i = 0; i < m.n_headers; i++) {
        CHECK(copy.headers[i].all.p - copy.raw.p == m.headers[i].all.p - m.raw.p);
        CHECK_STR(copy.headers[i].body, m.headers[i].body);
    }
    CHECK_STR(copy.body, STR("hi"));
    CHECK_STR(msg_from_tag(&copy), STR("f"));
    CHECK_STR(msg_via(&copy, 0, NULL)->branch, STR("z9hG4bK1"));
    CHECK(copy.uri.p > copy.raw.p && copy.uri.p < copy.raw.p + copy.raw.n);
    arena_free(&other);
}

TEST(scans_for_the_call_id_that_the_reader_finds)
{
    static const char *const table[] = {
        LINE VIA REST "\r\n",
        "\r\n" LINE VIA "i :\r\n x\r\n\ty \r\nCall-ID: z\r\n\r\n",
        LINE VIA "CALL-id:\r\n\r\n",
        LINE VIA "X: 1\r\n Call-ID: folded\r\nI: real\n\n",
        LINE VIA "Call-IDs: a\r\nCall: b\r\ncall-id\t: c\r\n\r\n",
        LINE VIA "X: 1\r\n\r\nCall-ID: in-the-body\r\n",
        "SIP/2.0 200 OK\nv: SIP/2.0/UDP h\nCSeq: 1 ACK\ni:a\n\n",
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct msg m = read_msg(table[i]);
        struct str scanned = msg_scan_call_id(str_of(table[i])), read = msg_call_id(&m);
        CHECK_STR(scanned, read);
        CHECK_CASE(!scanned.p == !read.p, table[i]);
    }
    CHECK(!msg_scan_call_id(STR("")).p && !msg_scan_call_id(STR("x")).p);
    CHECK(!msg_scan_call_id(STR("x\r\nCall-ID: unfinished")).p);
}

#define IN_ARENA(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
RUN(IN_ARENA(reads_a_request), IN_ARENA(reads_later_vias_after_parsing_is_long_over),
    IN_ARENA(finds_headers_by_name), IN_ARENA(reads_a_reply), IN_ARENA(reads_http_too),
    IN_ARENA(says_what_is_wrong), IN_ARENA(keeps_its_limits),
    IN_ARENA(takes_more_headers_than_fit_on_the_stack), IN_ARENA(clones),
    IN_ARENA(scans_for_the_call_id_that_the_reader_finds))
