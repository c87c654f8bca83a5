/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/test.h"

extern const struct module module_sl;
static const struct module *const modules[] = { &module_sl, NULL };

static int64_t counted(const char *name)
{
    return stat_read(stat_find(STR("sl"), str_of(name)));
}

static int answer(struct call *c)
{
    return RUN(c, module_sl, "sl_send_reply", "486", "Busy");
}

/* The To header of the next message, which must be there. */
static void take_to(char *space, size_t room)
{
    struct net_sim_message *m = net_sim_take();
    size_t at, n;

    assert_non_null(m);
    at = str_search(m->bytes, STR(";tag=")); /* From's */
    at += 5 + str_search(str_skip(m->bytes, at + 5), STR(";tag="));
    n = str_find(str_skip(m->bytes, at), '\r');
    snprintf(space, room, "%.*s", (int)n, m->bytes.p + at);
    net_sim_free(m);
}

static void replies_and_absorbs_the_ack(void **state)
{
    char tag[64], again[64], text[2048];
    int64_t before;

    (void)state;
    modules_begin(answer, modules, NULL);
    before = counted("4xx_replies");
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_to(tag, sizeof tag);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_to(again, sizeof again);
    assert_string_equal(tag, again);
    snprintf(text, sizeof text,
             REQUEST_FROM("ACK", "sip:b@192.0.2.2", "z9hG4bK1", "%s", "1", "192.0.2.1:5060", ""),
             tag);
    from_peer(&server.a, &server.us, text);
    assert_int_equal(server.calls, 2);
    from_peer(
        &server.a, &server.us,
        REQUEST_FROM("ACK", "sip:b@192.0.2.2", "z9hG4bK1", ";tag=else", "1", "192.0.2.1:5060", ""));
    assert_int_equal(server.calls, 3);
    EXPECT_NOTHING();
    assert_int_equal(counted("4xx_replies") - before, 2);
    assert_int_equal(counted("received_ACKs"), 1);
    server_end();
}

static int answer_by_state(struct call *c)
{
    static int step;

    switch (step++) {
    case 0: return RUN(c, module_sl, "send_reply", "404", "");
    case 1: return RUN(c, module_sl, "sl_reply", "99", "x");
    case 2: c->error = ERR_UNSUPPORTED; return RUN0(c, module_sl, "sl_reply_error");
    case 3: return RUN(c, module_sl, "send_reply_mode", "200", "Fine", "3");
    default: return RUN(c, module_sl, "sl_send_reply", "302", "Go");
    }
}

static void takes_what_is_missing_from_its_parameters(void **state)
{
    (void)state;
    modules_begin(answer_by_state, modules,
                  (const char *const[]){ "sl", "default_code", "555", "sl", "default_reason",
                                         "Default", NULL });
    for (int i = 0; i < 5; i++)
        from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.a, "SIP/2.0 404 Default\r\n");
    EXPECT(&server.a, "SIP/2.0 555 Default\r\n");
    EXPECT(&server.a, "SIP/2.0 416 Unsupported URI Scheme\r\n");
    EXPECT(&server.a, "SIP/2.0 200 Fine\r\n");
    EXPECT(&server.a, "SIP/2.0 302 Go\r\n", "!Contact");
    server_end();
}

static int pass(struct call *c)
{
    assert_int_equal(RUN(c, module_sl, "sl_forward_reply", "500", "No"), -1);
    assert_int_equal(RUN(c, module_sl, "sl_forward_reply", "404", "Not Here"), 1);
    return 0;
}

static void forwards_replies_with_another_status(void **state)
{
    (void)state;
    modules_begin(NULL, modules, NULL);
    server.reply = pass;
    from_peer(&server.b, &server.us,
              REPLY_TO("408 Timeout",
                       "Via: SIP/2.0/UDP 192.0.2.9;branch=x\nVia: SIP/2.0/UDP 192.0.2.1;branch=y\n",
                       "1 INVITE"));
    EXPECT(&server.a, "SIP/2.0 404 Not Here\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=y\r\nFrom");
    EXPECT_NOTHING();
    server_end();
}

int main(void)
{
    TEST_RUN(replies_and_absorbs_the_ack, takes_what_is_missing_from_its_parameters,
             forwards_replies_with_another_status);
}
