/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/test.h"

extern const struct module module_nathelper;
static const struct module *const modules[] = { &module_nathelper, NULL };

static struct {
    const char *name, *arg, *arg2, *arg3;
    int code;
} plan;

static int act(struct call *c)
{
    const char *const args[] = { plan.arg, plan.arg2, plan.arg3, NULL };

    plan.code = run_function(c, &module_nathelper, plan.name, args);
    return send_forward(c) ? -1 : 1;
}

#define INVITE(via, contact, type, body, length)                                                   \
    "INVITE sip:b@192.0.2.2;alias=10.1.1.1~5062~1;x SIP/2.0\nVia: SIP/2.0/UDP " via                \
    ";branch=z9hG4bK1\nFrom: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 INVITE\n" contact \
        type "Content-Length: " length "\n\n" body

static void do_it(const struct addr *from, const char *text, const char *name, const char *arg)
{
    plan.name = name;
    plan.arg = arg;
    plan.arg2 = plan.arg3 = NULL;
    from_peer(from, &server.us, text);
}

static void finds_nats(void **state)
{
    static const char plain[] = INVITE("192.0.2.1", "Contact: <sip:a@192.0.2.1>\n", "", "", "0");
    static const char private[] =
        INVITE("10.0.0.1:5070", "Contact: <sip:a@100.64.1.1:5060>\n", "", "", "0");
    static const char sdp[] =
        INVITE("192.0.2.1", "Contact: <sip:a@192.0.2.1>\n", "Content-Type: application/sdp\n",
               "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n", "61");
    struct addr nat = test_addr("172.20.0.1", 31000);
    const struct {
        const struct addr *from;
        const char *text;
        const char *flag;
        int code;
    } cases[] = {
        { &server.a, plain, "959", -1 }, { &server.a, private, "1", 1 },
        { &server.a, private, "2", 1 },  { &server.a, private, "4", 1 },
        { &server.a, private, "16", 1 }, { &server.a, private, "32", -1 },
        { &nat, plain, "32", 1 },        { &nat, plain, "16", 1 },
        { &nat, plain, "128", 1 },       { &server.a, plain, "128", -1 },
        { &server.a, sdp, "8", 1 },      { &server.a, sdp, "256", 1 },
        { &server.a, plain, "8", -1 },   { &server.a, plain, "64", -1 },
    };

    (void)state;
    modules_begin(act, modules, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct addr *from = cases[i].from == &nat ? &nat : &server.a;

        do_it(from, cases[i].text, "nat_uac_test", cases[i].flag);
        if (plan.code != cases[i].code)
            print_error("case %zu\n", i);
        assert_int_equal(plan.code, cases[i].code);
    }
    do_it(&server.a, plain, "is_rfc1918", "172.31.255.255");
    assert_int_equal(plan.code, 1);
    do_it(&server.a, plain, "is_rfc1918", "172.32.0.0");
    assert_int_equal(plan.code, -1);
    do_it(&server.a, plain, "is_rfc1918", "example.org");
    assert_int_equal(plan.code, -1);
    server_end();
}

static void rewrites_contacts(void **state)
{
    static const char text[] =
        INVITE("10.0.0.1", "Contact: <sip:a@10.0.0.1:5062;x=y>;q=1, sip:c@d\n", "", "", "0");
    static const char bare[] = INVITE("10.0.0.1", "Contact: sip:a@10.0.0.1:5062\n", "", "", "0");
    static const char same[] = INVITE("192.0.2.1", "Contact: <sip:a@192.0.2.1>\n", "", "", "0");
    static const char aliased[] =
        INVITE("10.0.0.1", "Contact: <sip:a@10.0.0.1;alias=1.2.3.4~5~1>\n", "", "", "0");
    struct addr nat = test_addr("198.51.100.7", 31000);

    (void)state;
    modules_begin(act, modules, NULL);
    do_it(&nat, text, "fix_nated_contact", NULL);
    assert_int_equal(plan.code, 1);
    EXPECT(NULL, "Contact: <sip:a@198.51.100.7:31000;x=y>;q=1, sip:c@198.51.100.7:31000\r\n");
    do_it(&nat, text, "set_contact_alias", NULL);
    assert_int_equal(plan.code, 1);
    EXPECT(NULL, "Contact: <sip:a@10.0.0.1:5062;x=y;alias=198.51.100.7~31000~1>;q=1, sip:c@d\r\n");
    do_it(&nat, bare, "add_contact_alias", NULL);
    EXPECT(NULL, "Contact: <sip:a@10.0.0.1:5062;alias=198.51.100.7~31000~1>\r\n");
    do_it(&nat, aliased, "set_contact_alias", "1");
    EXPECT(NULL, "Contact: <sip:a@10.0.0.1;alias=198.51.100.7~31000~1>\r\n");
    do_it(&server.a, same, "add_contact_alias", NULL);
    assert_int_equal(plan.code, 2);
    EXPECT(NULL, "Contact: <sip:a@192.0.2.1>\r\n");
    do_it(&nat, text, "add_rcv_param", NULL);
    EXPECT(NULL, "Contact: <sip:a@10.0.0.1:5062;x=y>;q=1;received=\"sip:198.51.100.7:31000\", "
                 "sip:c@d;received=\"sip:198.51.100.7:31000\"\r\n");
    plan.name = "add_contact_alias";
    plan.arg = "203.0.113.1";
    plan.arg2 = "5090";
    plan.arg3 = "tcp";
    from_peer(&nat, &server.us, same);
    EXPECT(NULL, ";alias=203.0.113.1~5090~2>");
    do_it(&nat, INVITE("10.0.0.1", "", "", "", "0"), "fix_nated_contact", NULL);
    assert_int_equal(plan.code, -1);
    server_end();
}

static void sends_where_the_alias_says(void **state)
{
    struct addr there = test_addr("10.1.1.1", 5062);

    (void)state;
    modules_begin(act, modules, NULL);
    do_it(&server.a, INVITE("192.0.2.1", "", "", "", "0"), "handle_ruri_alias", NULL);
    assert_int_equal(plan.code, 1);
    EXPECT(&there, "INVITE sip:b@192.0.2.2;x SIP/2.0\r\n");
    do_it(&server.a, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""), "handle_ruri_alias",
          NULL);
    assert_int_equal(plan.code, 2);
    EXPECT(&server.b, "INVITE sip:b@192.0.2.2 SIP/2.0\r\n");
    do_it(&server.a, REQUEST("INVITE", "sip:b@192.0.2.2;alias=x~y", "z9hG4bK1", ""),
          "handle_ruri_alias", NULL);
    assert_int_equal(plan.code, -1);
    server_end();
}

static void rewrites_session_descriptions(void **state)
{
    static const char text[] =
        INVITE("10.0.0.1", "", "Content-Type: application/sdp\n",
               "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n", "61");
    struct addr nat = test_addr("198.51.100.7", 31000);

    (void)state;
    modules_begin(act, modules, NULL);
    do_it(&nat, text, "fix_nated_sdp", "11");
    assert_int_equal(plan.code, 1);
    EXPECT(NULL, "o=- 1 1 IN IP4 198.51.100.7\r\n", "c=IN IP4 198.51.100.7\r\n",
           "a=direction:active\r\na=oldmediaip:10.0.0.1\r\na=oldoip:10.0.0.1\r\n",
           "Content-Length: 131\r\n");
    do_it(&nat, text, "fix_nated_sdp", "4");
    EXPECT(NULL, "c=IN IP4 10.0.0.1\r\n", "a=nortpproxy:yes\r\n");
    do_it(&nat, INVITE("10.0.0.1", "", "", "", "0"), "fix_nated_sdp", "2");
    assert_int_equal(plan.code, -1);
    server_end();
}

int main(void)
{
    TEST_RUN(finds_nats, rewrites_contacts, sends_where_the_alias_says,
             rewrites_session_descriptions);
}
