/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"
#include "core/test.h"

static int forward(struct call *c)
{
    assert_err(send_forward(c), ERR_OK);
    return SCRIPT_TRUE;
}

/* The branch of our Via in the next message, which must be there. */
static void take_branch(char *space, size_t room)
{
    struct net_sim_message *m = net_sim_take();
    struct buf b;
    size_t at, n;

    assert_non_null(m);
    at = str_search(m->bytes, STR(";branch="));
    n = str_find(str_skip(m->bytes, at), '\r');
    buf_fixed(&b, space, room);
    buf_add(&b, str_cut(m->bytes, at, at + n));
    buf_char(&b, '\0');
    assert_false(b.overflow);
    net_sim_free(m);
}

static void forwards_a_request_and_its_reply_without_state(void **state)
{
    char branch[128], text[2048];

    (void)state;
    server_begin(forward, NULL);
    from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b,
           "OPTIONS sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK",
           "\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n", "Max-Forwards: 70");
    from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_branch(branch, sizeof branch);
    snprintf(text, sizeof text,
             REPLY_TO("200 OK",
                      "Via: SIP/2.0/UDP 192.0.2.9:5060%s\n"
                      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\n",
                      "1 OPTIONS"),
             branch);
    from_peer(&server.b, &server.us, text);
    EXPECT(&server.a, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nFrom",
           "!192.0.2.9");
    assert_int_equal(core_counted("fwd_requests"), 2);
    assert_int_equal(core_counted("fwd_replies"), 1);
    EXPECT_NOTHING();
    server_end();
}

static void gives_copies_and_cancel_the_branch_of_their_request(void **state)
{
    char first[128], again[128], cancel[128], other[128];

    (void)state;
    server_begin(forward, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_branch(first, sizeof first);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_branch(again, sizeof again);
    from_peer(&server.a, &server.us, REQUEST("CANCEL", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    take_branch(cancel, sizeof cancel);
    from_peer(&server.a, &server.us, REQUEST("BYE", "sip:b@192.0.2.2", "z9hG4bK2", ""));
    take_branch(other, sizeof other);
    assert_string_equal(first, again);
    assert_string_equal(first, cancel);
    assert_string_not_equal(first, other);
    server_end();
}

static void notes_where_a_request_came_from(void **state)
{
    struct addr nat = test_addr("198.51.100.7", 31000);

    (void)state;
    server_begin(forward, NULL);
    from_peer(
        &nat, &server.us,
        REQUEST_FROM("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "", "1", "10.0.0.1;rport", ""));
    EXPECT(&server.b,
           "Via: SIP/2.0/UDP 10.0.0.1;rport=31000;branch=z9hG4bK1;received=198.51.100.7");
    from_peer(&nat, &server.us,
              REQUEST_FROM("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK2", "", "1", "10.0.0.1", ""));
    EXPECT(&server.b, "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2;received=198.51.100.7\r\n");
    from_peer(&server.b, &server.us,
              REPLY_TO("180 Ringing",
                       "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKx, SIP/2.0/UDP "
                       "10.0.0.1;rport=31000;branch=z9hG4bK1;received=198.51.100.7\n",
                       "1 OPTIONS"));
    EXPECT(&nat, "SIP/2.0 180", "Via: SIP/2.0/UDP 10.0.0.1;rport=31000", "!192.0.2.9");
    server_end();
}

static int answer_404(struct call *c)
{
    reply_add_header(c, STR("X-Test: 1"));
    assert_err(send_local_reply(c, 404, STR("Not\r\nHere"), STR_NONE), ERR_OK);
    return SCRIPT_TRUE;
}

static void replies_where_the_request_came_from(void **state)
{
    struct addr nat = test_addr("198.51.100.7", 31000), port = test_addr("198.51.100.7", 5062);

    (void)state;
    server_begin(answer_404, NULL);
    from_peer(&nat, &server.us,
              REQUEST_FROM("OPTIONS", "sip:x@y", "z9hG4bK1", "", "1", "10.0.0.1:5062;rport", ""));
    EXPECT(&nat, "SIP/2.0 404 Not", "X-Test: 1\r\n", "Server: Tandem\r\n",
           "To: <sip:b@example.org>;tag=", "!\r\nHere", "received=198.51.100.7", "rport=31000",
           "Content-Length: 0\r\n");
    from_peer(&nat, &server.us,
              REQUEST_FROM("OPTIONS", "sip:x@y", "z9hG4bK2", "", "1", "10.0.0.1:5062", ""));
    EXPECT(&port, "SIP/2.0 404");
    from_peer(&nat, &server.us, REQUEST("ACK", "sip:x@y", "z9hG4bK2", ""));
    EXPECT_NOTHING();
    server_end();
}

/* What comes in, and the status that goes out; 0: silence. */
static void answers_or_drops_what_is_malformed(void **state)
{
    static const struct {
        const char *text;
        const char *status;
    } cases[] = {
        { "INVITE sip:b@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1\n\n", "400" },
        { "INVITE sip:b@192.0.2.2 SIP/2.0\nFrom: <sip:a@b>\n\n", NULL },
        { "complete and utter nonsense, no message at all", NULL },
        { "INVITE sip:b@192.0.2.2 SIP/2.0", NULL },
        { "\n\n\n\n", NULL },
        { "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.9\n\n", NULL },
        { "SIP/2.0 4294967301 OK\nVia: SIP/2.0/UDP 192.0.2.9\nVia: SIP/2.0/UDP 192.0.2.1\nFrom: "
          "<sip:a@b>;tag=1\nTo: <sip:a@b>;tag=1\nCall-ID: 1\nCSeq: 1 INVITE\n\n",
          NULL },
        { REQUEST_FROM("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "", "1 x", "192.0.2.1", ""),
          "400" },
        { REQUEST_FROM("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "", "99999999999", "192.0.2.1",
                       ""),
          "400" },
        { REQUEST("OPTIONS", "sip:b@192.0.2.2?X=y", "z9hG4bK1", ""), "400" },
        { REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "CSeq: 2 OPTIONS\n"), "400" },
        { REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "no header here\n"), "400" },
        { REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", "Content-Length: 5\n"), "400" },
        { "OPTIONS sip:b@192.0.2.2 SIP/3.0\nVia: SIP/2.0/UDP 192.0.2.1\nFrom: <sip:a@b>;tag=1\n"
          "To: <sip:a@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n",
          "505" },
        { REQUEST("ACK", "sip:b@192.0.2.2", "z9hG4bK1", "no header here\n"), NULL },
    };

    (void)state;
    server_begin(forward, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char status[32];

        from_peer(&server.a, &server.us, cases[i].text);
        snprintf(status, sizeof status, "SIP/2.0 %s ", cases[i].status ? cases[i].status : "");
        if (cases[i].status)
            EXPECT(&server.a, status);
        else
            EXPECT_NOTHING();
    }
    assert_int_equal(server.calls, 0);
    assert_true(core_counted("bad_version") == 1);
    server_end();
}

static int forward_or_refuse(struct call *c)
{
    struct str reason;
    err_t e = send_forward(c);

    if (e == ERR_OK)
        return SCRIPT_TRUE;
    assert_in_range(status_of_err(e, &reason), 400, 599);
    return send_local_reply(c, status_of_err(e, &reason), reason, STR_NONE) ? -1 : SCRIPT_TRUE;
}

static void survives_noise(void **state)
{
    static const char valid[] = REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1",
                                        "Route: <sip:192.0.2.9;lr>\nContact: <sip:a@192.0.2.1>\n");
    char space[1024], noise[1024];
    struct str whole = test_crlf(valid, space, sizeof space);
    struct net_sim_message *m;

    (void)state;
    server_begin(forward_or_refuse, NULL);
    random_seed_for_test(3);
    for (int i = 0; i < 5000; i++) {
        size_t n = (size_t)random_below(whole.n + 1);

        memcpy(noise, whole.p, whole.n);
        for (size_t k = 0; k < 1 + (size_t)i % 5; k++)
            noise[random_below(whole.n)] = (char)random_u64();
        assert_err(
            net_sim_deliver(&server.a, &server.us, (struct str){ noise, i % 3 ? whole.n : n }),
            ERR_OK);
        sim_settle();
        while ((m = net_sim_take()))
            net_sim_free(m);
    }
    server_end();
}

static void refuses_new_requests_at_the_cap_of_memory(void **state)
{
    (void)state;
    server_begin(forward, NULL);
    mem_set_cap(1);
    mem_refresh();
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.a, "SIP/2.0 503 Service Unavailable", "Retry-After: ");
    from_peer(&server.a, &server.us, REQUEST("BYE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "BYE");
    from_peer(
        &server.a, &server.us,
        REQUEST_FROM("INVITE", "sip:b@192.0.2.2", "z9hG4bK3", ";tag=x", "2", "192.0.2.1", ""));
    EXPECT(&server.b, "INVITE");
    assert_int_equal(core_counted("cap_requests"), 1);
    mem_set_cap(0);
    mem_refresh();
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.b, "INVITE");
    server_end();
}

static void returns_replies_along_the_connection(void **state)
{
    struct addr nat = test_addr("198.51.100.7", 31000);
    char space[2048], text[2048];
    struct net_sim_message *m;
    uint64_t stream;
    size_t at;

    (void)state;
    server_begin(forward, NULL);
    stream = net_sim_connect(&nat, &server.us_tcp);
    net_sim_write(stream, test_crlf("OPTIONS sip:b@192.0.2.2 SIP/2.0\n"
                                    "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK1\n"
                                    "From: <sip:a@b>;tag=1\nTo: <sip:a@b>\nCall-ID: 7\n"
                                    "CSeq: 1 OPTIONS\nContent-Length: 0\n\n",
                                    space, sizeof space));
    sim_run_until(sim_now_ms() + 50);
    m = net_sim_take();
    assert_non_null(m);
    assert_true(addr_eq(&m->to, &server.b));
    at = str_search(m->bytes, STR(";i="));
    assert_true(at < m->bytes.n);
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=x%.*s\n"
             "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK1;received=198.51.100.7\n"
             "From: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: 7\nCSeq: 1 OPTIONS\n\n",
             (int)str_find(str_skip(m->bytes, at), '\r'), m->bytes.p + at);
    net_sim_free(m);
    from_peer(&server.b, &server.us, text);
    sim_run_until(sim_now_ms() + 50);
    m = net_sim_take();
    assert_non_null(m);
    assert_true(m->stream == stream);
    assert_true(str_search(m->bytes, STR("Content-Length: 0")) < m->bytes.n);
    net_sim_free(m);
    server_end();
}

static int forward_by_second(struct call *c)
{
    c->targets[0].socket = generation_peek()->listeners[2];
    return forward(c);
}

static void replies_by_the_listener_the_requester_knows(void **state)
{
    struct net_sim_message *m;
    char text[2048];
    size_t at;

    (void)state;
    server_begin(forward_by_second, NULL);
    from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    m = net_sim_take();
    assert_non_null(m);
    assert_true(addr_eq(&m->from, &server.us_2));
    at = str_search(m->bytes, STR(";i=u"));
    assert_true(at < m->bytes.n);
    snprintf(text, sizeof text,
             REPLY_TO("200 OK",
                      "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=x%.*s\n"
                      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\n",
                      "1 OPTIONS"),
             (int)str_find(str_skip(m->bytes, at), '\r'), m->bytes.p + at);
    net_sim_free(m);
    from_peer(&server.b, &server.us_2, text);
    m = net_sim_take();
    assert_non_null(m);
    assert_true(addr_eq(&m->from, &server.us) && addr_eq(&m->to, &server.a));
    net_sim_free(m);
    from_peer(&server.b, &server.us_2,
              REPLY_TO("200 OK",
                       "Via: SIP/2.0/UDP 192.0.2.9;branch=x;i=uffffffffffffffffff\n"
                       "Via: SIP/2.0/UDP 192.0.2.1\n",
                       "1 OPTIONS"));
    EXPECT(&server.a, "200 OK");
    server_end();
}

static int drop_reply(struct call *c)
{
    return c->msg->status == 183 ? 0 : c->msg->status == 182 ? -1 : SCRIPT_TRUE;
}

static void obeys_the_reply_route(void **state)
{
    static const char vias[] = "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\nVia: SIP/2.0/UDP "
                               "192.0.2.1;branch=z9hG4bK1\n";
    char text[1024];

    (void)state;
    server_begin(forward, NULL);
    server.reply = drop_reply;
    for (int status = 180; status < 184; status++) {
        snprintf(text, sizeof text, REPLY_TO("%d X", "%s", "1 INVITE"), status, vias);
        from_peer(&server.b, &server.us, text);
    }
    EXPECT(&server.a, "SIP/2.0 180");
    EXPECT(&server.a, "SIP/2.0 181");
    EXPECT_NOTHING();
    from_peer(&server.b, &server.us,
              REPLY_TO("200 OK",
                       "Via: SIP/2.0/UDP 192.0.2.9;branch=x\nVia: SIP/2.0/UDP 255.255.255.255\n",
                       "1 INVITE"));
    EXPECT_NOTHING();
    assert_int_equal(core_counted("drop_replies"), 2);
    assert_int_equal(core_counted("err_replies"), 1);
    server_end();
}

static int forbid(struct call *c)
{
    assert_true(c->sending_to && c->sending_bytes.n);
    c->drop = true;
    return 0;
}

static int try_to_forward(struct call *c)
{
    assert_err(send_forward(c), ERR_DENIED);
    assert_false(c->drop);
    return SCRIPT_TRUE;
}

static void lets_onsend_route_hold_back_a_request(void **state)
{
    (void)state;
    server_begin(try_to_forward, NULL);
    server.send = forbid;
    from_peer(&server.a, &server.us, REQUEST("OPTIONS", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    assert_int_equal(server.calls, 1);
    EXPECT_NOTHING();
    server_end();
}

static int redirect(struct call *c)
{
    struct target t = { .uri = STR("sip:c@192.0.2.3"), .q = 500 };

    assert_err(call_set_uri(c, STR("not a uri")), ERR_SYNTAX);
    assert_err(call_set_uri(c, STR("sip:d@192.0.2.4")), ERR_OK);
    assert_err(call_add_target(c, &t), ERR_OK);
    assert_int_equal(call_target_count(c), 2);
    assert_err(send_local_reply(c, 302, STR_NONE, STR_NONE), ERR_OK);
    return SCRIPT_TRUE;
}

static void offers_the_targets_in_a_redirection(void **state)
{
    (void)state;
    server_begin(redirect, NULL);
    from_peer(&server.a, &server.us, REQUEST("INVITE", "sip:b@192.0.2.2", "z9hG4bK1", ""));
    EXPECT(&server.a, "SIP/2.0 302 Moved Temporarily",
           "Contact: <sip:d@192.0.2.4>, <sip:c@192.0.2.3>;q=0.500\r\n");
    server_end();
}

int main(void)
{
    TEST_RUN(forwards_a_request_and_its_reply_without_state,
             gives_copies_and_cancel_the_branch_of_their_request, notes_where_a_request_came_from,
             replies_where_the_request_came_from, answers_or_drops_what_is_malformed,
             survives_noise, refuses_new_requests_at_the_cap_of_memory,
             returns_replies_along_the_connection, replies_by_the_listener_the_requester_knows,
             obeys_the_reply_route, lets_onsend_route_hold_back_a_request,
             offers_the_targets_in_a_redirection);
}
