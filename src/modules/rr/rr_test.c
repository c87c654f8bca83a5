/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/rr/rr.h"
#include "modules/test.h"

extern const struct module module_rr;
static const struct module *const modules[] = { &module_rr, NULL };

#define ROUTED(method, uri, to_tag, routes)                                                        \
    REQUEST_FROM(method, uri, "z9hG4bK1", to_tag, "2", "192.0.2.1:5060", routes)

static int record(struct call *c)
{
    assert_int_equal(RUN(c, module_rr, "add_rr_param", ";before=1"), 1);
    assert_int_equal(RUN(c, module_rr, "record_route", ";own=1"), 1);
    assert_int_equal(RUN(c, module_rr, "add_rr_param", ";after=1"), 1);
    assert_int_equal(RUN0(c, module_rr, "record_route"), -1);
    return send_forward(c) ? -1 : 1;
}

static void stays_in_the_path(void **state)
{
    (void)state;
    modules_begin(record, modules, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "192.0.2.1:5060;branch=z9hG4bK1\r\nRecord-Route: "
                      "<sip:192.0.2.9:5060;lr;ftag=from1;before=1;own=1;after=1>\r\nFrom");
    from_peer(&server.a, &server.us,
              REQUEST("INVITE", "sips:b@192.0.2.2;transport=udp", "z9hG4bK1",
                      "Record-Route: <sip:192.0.2.7;lr>\n"));
    EXPECT_NOTHING(); /* sips wants TLS, and there is none */
    server_end();
}

static int record_and_forward(struct call *c)
{
    assert_int_equal(RUN0(c, module_rr, "record_route"), 1);
    if (send_forward(c))
        return -1;
    return 1;
}

static int record_to_second(struct call *c)
{
    c->targets[0].socket = generation_peek()->listeners[2];
    return record_and_forward(c);
}

static void shows_both_sides_when_listeners_differ(void **state)
{
    (void)state;
    modules_begin(record_to_second, modules, NULL);
    from_peer(
        &server.a, &server.us,
        REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", "Record-Route: <sip:192.0.2.7;lr>\n"));
    EXPECT(&server.b, "Record-Route: <sip:192.0.2.9:5070;r2=on;lr;ftag=from1>\r\n"
                      "Record-Route: <sip:192.0.2.9:5060;r2=on;lr;ftag=from1>\r\n"
                      "Record-Route: <sip:192.0.2.7;lr>\r\n");
    server_end();
    modules_begin(record_to_second, modules,
                  (const char *const[]){ "rr", "enable_double_rr", "0", "rr", "append_fromtag", "0",
                                         "rr", "enable_full_lr", "1", NULL });
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Record-Route: <sip:192.0.2.9:5070;lr=on>\r\nFrom");
    server_end();
    modules_begin(
        record_and_forward, modules,
        (const char *const[]){ "rr", "enable_double_rr", "2", "rr", "add_username", "1", NULL });
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Record-Route: <sip:b@192.0.2.9:5060;transport=udp;r2=on;lr;ftag=from1>\r\n"
                      "Record-Route: <sip:b@192.0.2.9:5060;transport=udp;r2=on;lr;ftag=from1>\r\n");
    server_end();
}

static int preset(struct call *c)
{
    assert_int_equal(
        RUN(c, module_rr, "record_route_preset", "proxy.example.org:5062;x", "10.0.0.1"), 1);
    assert_int_equal(RUN0(c, module_rr, "remove_record_route"), 1);
    assert_int_equal(
        RUN(c, module_rr, "record_route_preset", "proxy.example.org:5062;x", "10.0.0.1"), 1);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static int advertise(struct call *c)
{
    assert_int_equal(RUN(c, module_rr, "record_route_advertised_address", "proxy.example.org"), 1);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void shows_the_addresses_it_is_told(void **state)
{
    (void)state;
    modules_begin(preset, modules, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Record-Route: <sip:proxy.example.org:5062;x;lr;ftag=from1>\r\n"
                      "Record-Route: <sip:10.0.0.1;lr;ftag=from1>\r\nFrom");
    server_end();
    modules_begin(advertise, modules, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "Record-Route: <sip:proxy.example.org;lr;ftag=from1>\r\nFrom");
    server_end();
}

static struct {
    int code, again;
    char uri[128], dst[128], params[128];
    bool next_hop, matches;
    enum rr_direction direction;
    struct listener *socket;
} got;

static void keep(char *space, size_t room, struct str s)
{
    snprintf(space, room, STR_FMT, STR_ARG(s));
}

static int route(struct call *c)
{
    got.code = RUN0(c, module_rr, "loose_route");
    got.again = RUN0(c, module_rr, "loose_route");
    keep(got.uri, sizeof got.uri, call_uri_text(c));
    keep(got.dst, sizeof got.dst, c->targets[0].dst_uri);
    keep(got.params, sizeof got.params, rr_route_params(c));
    got.next_hop = RUN0(c, module_rr, "rr_next_hop_route") == 1;
    got.matches = RUN(c, module_rr, "check_route_param", "nat=yes") == 1;
    got.direction =
        RUN(c, module_rr, "is_direction", "downstream") == 1 ? RR_DOWNSTREAM : RR_UPSTREAM;
    assert_int_equal(read_variable(c, &module_rr, "rdir", STR("id")).i, got.direction);
    assert_str(read_variable(c, &module_rr, "fti", STR("")).s,
               got.direction == RR_DOWNSTREAM ? msg_from_tag(c->msg) : msg_to_tag(c->msg));
    got.socket = c->targets[0].socket;
    assert_err(send_stateless(c, &(struct hop){ .flow = { .proto = PROTO_UDP,
                                                          .local = c->from.local,
                                                          .peer = server.b } }),
               ERR_OK);
    return 1;
}

#define US   "<sip:192.0.2.9;lr;ftag=from1;nat=yes>"
#define US_1 "<sip:192.0.2.9;r2=on;lr;ftag=other>"
#define US_2 "<sip:192.0.2.9:5070;r2=on;lr;ftag=other>"
#define HIM  "<sip:192.0.2.20;lr>"

static void routes_by_route_headers(void **state)
{
    static const struct {
        const char *uri, *to_tag, *routes;
        int code;
        const char *uri_after, *dst, *params, *left; /* left: Route headers of what is sent */
    } cases[] = {
        { "sip:b@192.0.2.2", ";tag=t", "", -1, "sip:b@192.0.2.2", "", "", "" },
        { "sip:b@192.0.2.2", ";tag=t", "Route: " US "\n", 1, "sip:b@192.0.2.2", "",
          "lr;ftag=from1;nat=yes", "" },
        { "sip:b@192.0.2.2", "", "Route: " US "\n", -3, "sip:b@192.0.2.2", "",
          "lr;ftag=from1;nat=yes", "" },
        { "sip:b@192.0.2.2", "", "Route: " US ", " HIM "\n", 1, "sip:b@192.0.2.2",
          "sip:192.0.2.20;lr", "lr;ftag=from1;nat=yes", "Route: " HIM "\r\n" },
        { "sip:b@192.0.2.2", ";tag=t", "Route: " US "\nRoute: " HIM "\n", 1, "sip:b@192.0.2.2",
          "sip:192.0.2.20;lr", "lr;ftag=from1;nat=yes", "Route: " HIM "\r\n" },
        { "sip:b@192.0.2.2", ";tag=t", "Route: " HIM "\n", 1, "sip:b@192.0.2.2",
          "sip:192.0.2.20;lr", "", "Route: " HIM "\r\n" },
        { "sip:b@192.0.2.2", ";tag=t", "Route: " US_1 "," US_2 " , " HIM "\n", 1, "sip:b@192.0.2.2",
          "sip:192.0.2.20;lr", "r2=on;lr;ftag=other", "Route: " HIM "\r\n" },
        { "sip:b@192.0.2.2", ";tag=t", "Route: " US_1 "\nRoute: " US_2 "\n", 1, "sip:b@192.0.2.2",
          "", "r2=on;lr;ftag=other", "" },
        /* The next router is strict. */
        { "sip:b@192.0.2.2", ";tag=t", "Route: " US ", <sip:192.0.2.30>, " HIM "\n", 1,
          "sip:192.0.2.30", "", "lr;ftag=from1;nat=yes", "Route: " HIM "\r\n" },
        /* The one before us was. */
        { "sip:192.0.2.9;lr;ftag=from1;nat=yes", ";tag=t", "Route: " HIM ", <sip:b@192.0.2.2>\n", 1,
          "sip:b@192.0.2.2", "sip:192.0.2.20;lr", "lr;ftag=from1;nat=yes", "Route: " HIM "\r\n" },
        { "sip:192.0.2.9;lr", ";tag=t", "Route: <sip:b@192.0.2.2>\n", 1, "sip:b@192.0.2.2", "",
          "lr", "" },
        { "sip:192.0.2.9;lr", ";tag=t", "Route: <sip:192.0.2.30>,<sip:b@192.0.2.2>\n", 1,
          "sip:192.0.2.30", "", "lr", "Route: <sip:b@192.0.2.2>\r\n" },
    };

    (void)state;
    modules_begin(route, modules, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];

        memset(&got, 0, sizeof got);
        snprintf(text, sizeof text, ROUTED("BYE", "%s", "%s", "%s"), cases[i].uri, cases[i].to_tag,
                 cases[i].routes);
        from_peer(&server.a, &server.us, text);
        if (got.code != cases[i].code)
            print_error("case %zu\n", i);
        assert_int_equal(got.code, cases[i].code);
        assert_int_equal(got.again, cases[i].code);
        assert_string_equal(got.uri, cases[i].uri_after);
        assert_string_equal(got.dst, cases[i].dst);
        assert_string_equal(got.params, cases[i].params);
        assert_int_equal(got.next_hop, cases[i].dst[0] || strstr(cases[i].uri_after, ".30"));
        assert_int_equal(got.matches, strstr(cases[i].params, "nat=yes") != NULL);
        assert_int_equal(got.direction,
                         strstr(cases[i].params, "other") ? RR_UPSTREAM : RR_DOWNSTREAM);
        assert_ptr_equal(got.socket,
                         strstr(cases[i].params, "r2") ? generation_peek()->listeners[2] : NULL);
        if (cases[i].left[0])
            EXPECT(NULL, cases[i].left, "!Route: <sip:192.0.2.9", "!Route: ,", "!,\r\n");
        else
            EXPECT(NULL, "!Route:");
    }
    server_end();
}

static void keeps_the_target_for_a_strict_router(void **state)
{
    (void)state;
    modules_begin(route, modules, NULL);
    from_peer(&server.a, &server.us,
              ROUTED("BYE", "sip:b@192.0.2.2;x=1", ";tag=t", "Route: " US ", <sip:192.0.2.30>\n"));
    EXPECT(NULL, "BYE sip:192.0.2.30 SIP/2.0", "\r\nRoute: <sip:b@192.0.2.2;x=1>\r\n", "!nat=yes");
    server_end();
}

int main(void)
{
    TEST_RUN(stays_in_the_path, shows_both_sides_when_listeners_differ,
             shows_the_addresses_it_is_told, routes_by_route_headers,
             keeps_the_target_for_a_strict_router);
}
