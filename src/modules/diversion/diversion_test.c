/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/test.h"

extern const struct module module_diversion;
static const struct module *const modules[] = { &module_diversion, NULL };

static int divert(struct call *c)
{
    assert_err(call_set_uri(c, STR("sip:new@192.0.2.2")), ERR_OK);
    assert_int_equal(RUN(c, module_diversion, "add_diversion", "no-answer"), 1);
    assert_int_equal(RUN(c, module_diversion, "add_diversion", "user-busy", "sip:x@y"), 1);
    assert_int_equal(RUN(c, module_diversion, "add_diversion", "a\r\nb"), -1);
    return send_forward(c) ? -1 : 1;
}

static void puts_the_newest_on_top(void **state)
{
    (void)state;
    modules_begin(divert, modules, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "\r\nDiversion: <sip:x@y>;reason=user-busy\r\n"
                      "Diversion: <sip:b@192.0.2.2>;reason=no-answer\r\n\r\n");
    from_peer(&server.a, &server.us,
              REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK2",
                      "Diversion: <sip:old@z>;reason=unknown\n"));
    EXPECT(&server.b, "\r\nDiversion: <sip:x@y>;reason=user-busy\r\n"
                      "Diversion: <sip:b@192.0.2.2>;reason=no-answer\r\n"
                      "Diversion: <sip:old@z>;reason=unknown\r\n");
    server_end();
}

static void adds_the_suffix(void **state)
{
    (void)state;
    modules_begin(divert, modules,
                  (const char *const[]){ "diversion", "suffix", ";privacy=full", NULL });
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "<sip:x@y>;reason=user-busy;privacy=full\r\n");
    server_end();
}

int main(void)
{
    TEST_RUN(puts_the_newest_on_top, adds_the_suffix);
}
