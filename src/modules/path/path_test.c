/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/path/alias.h"
#include "modules/test.h"

extern const struct module module_path, module_rr;
static const struct module *const modules[] = { &module_rr, &module_path, NULL };

static struct {
    int code;
    char dst[128];
} got;

static int plain(struct call *c)
{
    assert_int_equal(RUN0(c, module_path, "add_path"), 1);
    return send_forward(c) ? -1 : 1;
}

static void puts_its_address_before_other_paths(void **state)
{
    (void)state;
    modules_begin(plain, modules, NULL);
    from_peer(&server.a, &server.us, REQUEST("REGISTER", "sip:192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Content-Length: 0\r\nPath: <sip:192.0.2.9;lr>\r\n\r\n");
    from_peer(&server.a, &server.us,
              REQUEST("REGISTER", "sip:192.0.2.2", "z9hG4bK2", "Path: <sip:192.0.2.7;lr>\n"));
    EXPECT(&server.b, "Path: <sip:192.0.2.9;lr>\r\nPath: <sip:192.0.2.7;lr>\r\n");
    server_end();
}

static int both_sides(struct call *c)
{
    c->targets[0].socket = generation_peek()->listeners[2];
    assert_int_equal(RUN(c, module_path, "add_path_received", "user", "x=1;ob"), 1);
    assert_int_equal(RUN(c, module_path, "add_path", "us\r\ner"), -1);
    assert_int_equal(RUN(c, module_path, "add_path", "user", "x>"), -1);
    return send_forward(c) ? -1 : 1;
}

static void shows_both_sides_and_the_source(void **state)
{
    (void)state;
    modules_begin(both_sides, modules, (const char *const[]){ "path", "enable_r2", "1", NULL });
    from_peer(&server.a, &server.us, REQUEST("REGISTER", "sip:192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b,
           "Path: <sip:user@192.0.2.9:5070;lr;received=sip:192.0.2.1:5060;x=1;ob;r2=on>\r\n"
           "Path: <sip:user@192.0.2.9;lr;received=sip:192.0.2.1:5060;x=1;ob;r2=on>\r\n");
    server_end();
}

static int advertised(struct call *c)
{
    assert_int_equal(RUN(c, module_path, "add_path_advertised_address", "p.example.org:5062"), 1);
    assert_int_equal(
        RUN(c, module_path, "add_path_received_advertised_address", "p.example.org", "u", "y"), 1);
    assert_int_equal(RUN(c, module_path, "add_path_advertised_address", ""), -1);
    return send_forward(c) ? -1 : 1;
}

static void shows_the_address_it_is_told(void **state)
{
    (void)state;
    modules_begin(advertised, modules,
                  (const char *const[]){ "path", "received_format", "1", "path", "received_name",
                                         "rcv", NULL });
    from_peer(&server.a, &server.us, REQUEST("REGISTER", "sip:192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Path: <sip:p.example.org:5062;lr>\r\n"
                      "Path: <sip:u@p.example.org;lr;rcv=192.0.2.1~5060~1;y>\r\n");
    server_end();
}

static int route(struct call *c)
{
    got.code = RUN0(c, module_rr, "loose_route");
    snprintf(got.dst, sizeof got.dst, STR_FMT, STR_ARG(c->targets[0].dst_uri));
    return 1;
}

static void follows_received_on_the_way_back(void **state)
{
    static const struct {
        const char *params, *more, *dst;
    } cases[] = {
        { "", "", "" },
        { ";received=sip:192.0.2.5:5099", "", "sip:192.0.2.5:5099" },
        { ";received=sip:192.0.2.5:5099", ", <sip:192.0.2.7;lr>", "sip:192.0.2.5:5099" },
        { ";received=sip:192.0.2.5:5099%3Btransport%3Dtcp", "",
          "sip:192.0.2.5:5099;transport=tcp" },
        { ";received=192.0.2.5~5099~1", "", "sip:192.0.2.5:5099" },
        { ";received=[2001:db8::1]~5099~2", "", "sip:[2001:db8::1]:5099;transport=tcp" },
        { ";received=192.0.2.5~5099~99", "", "" },
        { ";received=nonsense", "", "" },
        { ";received=sip:%3", "", "" },
    };

    (void)state;
    modules_begin(route, modules, (const char *const[]){ "path", "use_received", "1", NULL });
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];

        snprintf(
            text, sizeof text,
            REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", "Route: <sip:192.0.2.9;lr%s>%s\n"),
            cases[i].params, cases[i].more);
        from_peer(&server.a, &server.us, text);
        assert_string_equal(got.dst, cases[i].dst);
    }
    server_end();
}

static void leaves_received_alone_unless_told(void **state)
{
    (void)state;
    modules_begin(route, modules, NULL);
    from_peer(&server.a, &server.us,
              REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1",
                      "Route: <sip:192.0.2.9;lr;received=sip:192.0.2.5>\n"));
    assert_string_equal(got.dst, "");
    server_end();
}

static void refuses_what_is_no_alias(void **state)
{
    static const char *const bad[] = { "",
                                       "~",
                                       "192.0.2.1",
                                       "192.0.2.1~0~1",
                                       "192.0.2.1~65536~1",
                                       "192.0.2.1~1~0",
                                       "host~1~1",
                                       "192.0.2.1~1~1~1" };
    struct path_alias a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_err(path_alias_parse(str_of(bad[i]), &a), ERR_SYNTAX);
}

int main(void)
{
    TEST_RUN(puts_its_address_before_other_paths, shows_both_sides_and_the_source,
             shows_the_address_it_is_told, follows_received_on_the_way_back,
             leaves_received_alone_unless_told, refuses_what_is_no_alias);
}
