/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/test.h"

extern const struct module module_sanity, module_sl;
static const struct module *const modules[] = { &module_sl, &module_sanity, NULL };

static struct {
    int code, reply;
} got;

static int check_stock(struct call *c)
{
    got.code = RUN(c, module_sanity, "sanity_check", "17895", "7");
    got.reply = RUN0(c, module_sanity, "sanity_reply");
    return 1;
}

static int check_default(struct call *c)
{
    got.code = RUN0(c, module_sanity, "sanity_check");
    got.reply = RUN0(c, module_sanity, "sanity_reply");
    return 1;
}

static void answers_what_is_wrong(void **state)
{
    static const struct {
        const char *uri, *more, *status;
    } cases[] = {
        { "sip:b@192.0.2.2", "", NULL },
        { "soap.beep://192.0.2.2", "", "SIP/2.0 416 " },
        { "sip:b@192.0.2.2", "Expires: soon\n", "SIP/2.0 400 " },
        { "sip:b@192.0.2.2", "Proxy-Require: foo, bar\n", "SIP/2.0 420 " },
        { "sip:b@192.0.2.2", "Proxy-Require: known\n", NULL },
        { "sip:b@192.0.2.2", "Authorization: Digest username=\"a\"\n", "SIP/2.0 400 " },
        { "sip:b@192.0.2.2", "Authorization: NoOneKnowsThisScheme opaque-data=here\n", NULL },
    };

    (void)state;
    modules_begin(check_default, modules,
                  (const char *const[]){ "sanity", "proxy_require", "known, other", NULL });
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];

        snprintf(text, sizeof text, REQUEST("OPTIONS", "%s", "z9hG4bK1", "%s"), cases[i].uri,
                 cases[i].more);
        from_peer(&server.a, &server.us, text);
        if (cases[i].status)
            EXPECT(&server.a, cases[i].status,
                   strstr(cases[i].status, "420") ? "Unsupported: foo\r\n" : "");
        else
            EXPECT_NOTHING();
        assert_int_equal(got.code, cases[i].status ? 0 : 1);
        assert_int_equal(got.reply, -1);
    }
    server_end();
}

static void leaves_drop_and_reply_to_the_script(void **state)
{
    (void)state;
    modules_begin(check_stock, modules,
                  (const char *const[]){ "sanity", "autodrop", "0", "sanity", "noreply", "1",
                                         "sanity", "size_checks", "4", "sanity", "size_ruri", "20",
                                         NULL });
    from_peer(&server.a, &server.us,
              REQUEST("OPTIONS", "sip:b@192.0.2.2;long=uri", "z9hG4bK1", ""));
    assert_int_equal(got.code, -1);
    assert_int_equal(got.reply, 1);
    EXPECT(&server.a, "SIP/2.0 400 Request-URI Too Long");
    from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    assert_int_equal(got.code, 1);
    EXPECT_NOTHING();
    server_end();
}

int main(void)
{
    TEST_RUN(answers_what_is_wrong, leaves_drop_and_reply_to_the_script);
}
