/* SPDX-License-Identifier: BSD-2-Clause */
/* A call's messages while a script of the call waits (docs/adr/0010). */
#include "core/test.h"

static struct {
    char text[512]; /* what happened, in order */
    size_t n;
} seen;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(seen.text + seen.n, sizeof seen.text - seen.n, format, ap);
    va_end(ap);
    seen.n += (size_t)n;
    assert_true(seen.n < sizeof seen.text);
}

static void was_seen(const char *want)
{
    assert_string_equal(seen.text, want);
    memset(&seen, 0, sizeof seen);
}

/* Waits 2 s in an INVITE with "slow" in its Request-URI. */
static int slow_invite(struct call *c)
{
    note("%.*s+ ", (int)c->msg->method_name.n, c->msg->method_name.p);
    if (str_search(c->msg->uri, STR("slow")) < c->msg->uri.n)
        assert_err(co_sleep(2000), ERR_OK);
    note("%.*s- ", (int)c->msg->method_name.n, c->msg->method_name.p);
    return SCRIPT_TRUE;
}

static int slow_183(struct call *c)
{
    if (c->msg->status == 183)
        assert_err(co_sleep(1000), ERR_OK);
    note("%u ", c->msg->status);
    return 0;
}

static void begin(void)
{
    memset(&seen, 0, sizeof seen);
    server_begin(slow_invite, NULL);
    server.reply = slow_183;
}

static void keeps_requests_behind_a_waiting_one(void **state)
{
    (void)state;
    begin();
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:slow@b", "z9hG4bK1", ""));
    from_peer(&server.a, &server.us, REQUEST("CANCEL", "sip:slow@b", "z9hG4bK1", ""));
    from_peer(&server.a, &server.us, REQUEST("BYE", "sip:b@b", "z9hG4bK2", ""));
    was_seen("INVITE+ ");
    sim_run_until(sim_now_ms() + 1900);
    was_seen("");
    sim_run_until(sim_now_ms() + 200);
    was_seen("INVITE- CANCEL+ ");
    sim_run_until(sim_now_ms() + 2000);
    was_seen("CANCEL- BYE+ BYE- ");
    assert_int_equal(core_counted("queued_messages"), 2);
    server_end();
}

static void throws_copies_away_meanwhile(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3; i++)
        from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:slow@b", "z9hG4bK1", ""));
    for (int i = 0; i < 3; i++)
        from_peer(&server.a, &server.us, REQUEST("CANCEL", "sip:b@b", "z9hG4bK1", ""));
    sim_run_until(sim_now_ms() + 2100);
    was_seen("INVITE+ INVITE- CANCEL+ CANCEL- ");
    assert_int_equal(core_counted("repeated_messages"), 4);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@b", "z9hG4bK1", ""));
    was_seen("INVITE+ INVITE- ");
    server_end();
}

static void lets_other_calls_and_replies_pass(void **state)
{
    static const char other[] =
        "OPTIONS sip:b@b SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK7\n"
        "From: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: other\n"
        "CSeq: 1 OPTIONS\nContent-Length: 0\n\n";

    (void)state;
    begin();
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:slow@b", "z9hG4bK1", ""));
    from_peer(&server.a, &server.us, other);
    from_peer(&server.b, &server.us,
              REPLY_TO("200 OK", "Via: SIP/2.0/UDP 192.0.2.9;branch=x\n", "1 OPTIONS"));
    was_seen("INVITE+ OPTIONS+ OPTIONS- 200 ");
    sim_run_until(sim_now_ms() + 2100);
    was_seen("INVITE- ");
    server_end();
}

static void keeps_replies_behind_a_waiting_reply(void **state)
{
    static const char via[] = "Via: SIP/2.0/UDP 192.0.2.9;branch=x\n";
    char text[1024];

    (void)state;
    begin();
    snprintf(text, sizeof text, REPLY_TO("183 Progress", "%s", "1 INVITE"), via);
    from_peer(&server.b, &server.us, text);
    snprintf(text, sizeof text, REPLY_TO("200 OK", "%s", "1 INVITE"), via);
    from_peer(&server.b, &server.us, text);
    from_peer(&server.b, &server.us, text);
    from_peer(&server.a, &server.us, REQUEST("INFO", "sip:b@b", "z9hG4bK5", ""));
    was_seen("INFO+ INFO- ");
    sim_run_until(sim_now_ms() + 1100);
    was_seen("183 200 ");
    server_end();
}

static void bounds_what_waits(void **state)
{
    char text[1024];

    (void)state;
    begin();
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:slow@b", "z9hG4bK1", ""));
    for (int i = 0; i < 70; i++) {
        snprintf(text, sizeof text, REQUEST("INFO", "sip:b@b", "z9hG4bKn%d", ""), i);
        from_peer(&server.a, &server.us, text);
    }
    assert_int_equal(core_counted("queue_full"), 6);
    memset(&seen, 0, sizeof seen);
    server.request = NULL;
    sim_run_until(sim_now_ms() + 2100);
    assert_int_equal(server.calls, 65);
    server_end();
}

int main(void)
{
    TEST_RUN(keeps_requests_behind_a_waiting_one, throws_copies_away_meanwhile,
             lets_other_calls_and_replies_pass, keeps_replies_behind_a_waiting_reply,
             bounds_what_waits);
}
