/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions on the simulated network: what scenarios do not show. */
#include "net/sim.h"
#include "rt/sim.h"
#include "txn/test_peer.h"

static struct addr alice, bob, us;

/* What the routes of the tests below note down. */
static struct {
    unsigned reply_gen, failure_gen, request_gen;
} seen;

static int begin(void **state)
{
    static const struct net_upcalls up = { .received = receive_packet,
                                           .send_failed = txn_send_failed };
    struct socket_spec specs[] = { { .proto = PROTO_UDP }, { .proto = PROTO_TCP } };
    struct buf why;

    (void)state;
    memset(&seen, 0, sizeof seen);
    buf_init(&why, MEM_OTHER);
    log_set_level(LOG_ERROR);
    sim_begin(1, 5);
    net_sim_begin();
    net_begin(&up, &net_default_conf);
    receive_begin();
    txn_start(0);
    call_upcalls.run_route = relay_everything;
    call_upcalls.has_route = NULL;
    publish_generation(1);
    net_sim_workers_begin();
    assert_err(addr_parse(STR("192.0.2.1"), 5060, &alice), ERR_OK);
    assert_err(addr_parse(STR("192.0.2.2"), 5060, &bob), ERR_OK);
    assert_err(addr_parse(STR("192.0.2.100"), 5060, &us), ERR_OK);
    specs[0].addr = specs[1].addr = us;
    assert_err(listeners_apply(specs, 2, &why), ERR_OK);
    sim_settle();
    buf_free(&why);
    return 0;
}

static void stop_worker(void *arg)
{
    (void)arg;
    txn_worker_stop();
    receive_worker_stop();
}

static int end(void **state)
{
    (void)state;
    sim_spawn(0, stop_worker, NULL);
    sim_settle();
    generation_end();
    sim_end();
    net_end();
    net_sim_end();
    return 0;
}

static void deliver(const struct addr *from, struct buf *b)
{
    assert_err(net_sim_deliver(from, &us, buf_str(b)), ERR_OK);
    buf_clear(b);
    sim_settle();
}

static void drain(void)
{
    struct net_sim_message *m;

    while ((m = net_sim_take()))
        net_sim_free(m);
}

/* Replies to every request that has reached bob; forgets the rest. */
static void bob_replies(unsigned status)
{
    struct net_sim_message *m;
    struct buf b;

    buf_init(&b, MEM_OTHER);
    while ((m = net_sim_take())) {
        if (addr_eq(&m->to, &bob) && !str_starts(m->bytes, STR("SIP/2.0")) &&
            !str_starts(m->bytes, STR("ACK"))) {
            peer_reply(&b, m->bytes, status);
            deliver(&bob, &b);
        }
        net_sim_free(m);
    }
    buf_free(&b);
}

static void invite(struct buf *b, unsigned n)
{
    peer_request(b, "INVITE", "192.0.2.1", 5060, "sip:bob@192.0.2.2", n, 1, STR(""), true);
}

static void keeps_a_live_invite_in_less_than_10_kilobytes(void **state)
{
    enum { CALLS = 2000, WARM = 300 };
    struct buf b;
    size_t before = 0;

    (void)state;
    buf_init(&b, MEM_OTHER);
    for (unsigned i = 0; i < CALLS; i++) {
        if (i == WARM)
            before = mem_used_all();
        invite(&b, i);
        deliver(&alice, &b);
        bob_replies(180);
        drain();
    }
    size_t each = (mem_used_all() - before) / (CALLS - WARM);
    print_message("a live INVITE takes %zu bytes\n", each);
    assert_true(each < 10240);
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
    struct txn_stats s = txn_stats();
    assert_int_equal(s.created, s.freed);
}

static void makes_one_transaction_of_many_copies(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    int64_t before = txn_stats().created;
    for (unsigned i = 0; i < 200; i++) { /* the same INVITE: one transaction */
        invite(&b, 1);
        deliver(&alice, &b);
    }
    assert_int_equal(txn_stats().created, before + 1);
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
}

static void makes_cancel_and_ack_from_the_invite(void **state)
{
    static const char sent[] = "INVITE sip:bob@192.0.2.2 SIP/2.0\r\n"
                               "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bK1.2.0\r\n"
                               "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\n"
                               "Route: <sip:a;lr>,\r\n <sip:b;lr>\r\n"
                               "f: <sip:a@b>;tag=1\r\nTo: <sip:bob@c>\r\n"
                               "Call-ID: x\r\nCSeq: 17 INVITE\r\nMax-Forwards: 3\r\n"
                               "X-Keep-Me: 1\r\nX-Other: 2\r\nContact: <sip:a@d>\r\n"
                               "Content-Length: 3\r\n\r\nabc";
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    assert_err(derive_request(str_of(sent), STR("CANCEL"), STR_NONE,
                              STR("Reason: SIP;cause=200\r\n"), STR("x-keep-"), &b),
               ERR_OK);
    assert_text(buf_str(&b), "CANCEL sip:bob@192.0.2.2 SIP/2.0\r\n"
                             "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bK1.2.0\r\n"
                             "Route: <sip:a;lr>,\r\n <sip:b;lr>\r\n"
                             "f: <sip:a@b>;tag=1\r\nTo: <sip:bob@c>\r\n"
                             "Call-ID: x\r\nCSeq: 17 CANCEL\r\nMax-Forwards: 70\r\n"
                             "X-Keep-Me: 1\r\nReason: SIP;cause=200\r\n"
                             "Content-Length: 0\r\n\r\n");
    buf_clear(&b);
    assert_err(
        derive_request(str_of(sent), STR("ACK"), STR("<sip:bob@c>;tag=9"), STR(""), STR(""), &b),
        ERR_OK);
    assert_true(str_search(buf_str(&b), STR("To: <sip:bob@c>;tag=9\r\n")) < b.n);
    assert_true(str_search(buf_str(&b), STR("X-Keep-Me")) == b.n);
    buf_clear(&b);
    assert_err(derive_request(STR("nonsense"), STR("ACK"), STR(""), STR(""), STR(""), &b),
               ERR_SYNTAX);
    assert_err(derive_request(STR("A B\r\nTo: x"), STR("ACK"), STR(""), STR(""), STR(""), &b),
               ERR_SYNTAX);
    buf_free(&b);
}

static void look_up_tokens(void *arg)
{
    static const char *const bad[] = {
        "",
        "z9hG4bK",
        "z9hG4bK.",
        "z9hG4bK..",
        "z9hG4bK1.2",
        "z9hG4bK1.2.",
        "z9hG4bK1.2.3.4",
        "z9hG4bK1.2.g",
        "z9hG4bK123456789.2.0",
        "z9hG4bK1.2.-1",
        "Z9HG4BK1.2.0",
        "z9hG4bKffffffff.ffffffff.ffffffff",
        "z9hG4bK 1.2.0",
    };
    unsigned index;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(txn_find_branch_token(str_of(bad[i]), &index));
    *(bool *)arg = true;
}

static void refuses_branches_that_are_not_its_own(void **state)
{
    bool done = false;

    (void)state;
    sim_spawn(0, look_up_tokens, &done);
    sim_settle();
    assert_true(done);
}

static void survives_replies_nobody_asked_for(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    invite(&b, 7);
    deliver(&alice, &b);
    struct net_sim_message *m;
    while ((m = net_sim_take())) {
        if (addr_eq(&m->to, &bob)) { /* another method, another branch number, another status */
            static const unsigned status[] = { 100, 199, 299, 399, 200, 486, 699, 180 };

            for (size_t i = 0; i < sizeof status / sizeof *status; i++) {
                struct str text;
                size_t at;

                peer_reply(&b, m->bytes, status[i]);
                text = buf_str(&b);
                at = str_search(text, STR("CSeq: 1 INVITE"));
                if (i % 2 && at < text.n)
                    memcpy(b.p + at, "CSeq: 1 UPDATE", 14);
                deliver(&bob, &b);
            }
        }
        net_sim_free(m);
    }
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
    struct txn_stats s = txn_stats();
    assert_int_equal(s.created, s.freed);
}

/* ---- generations ---- */

static int note_generations(struct call *c, enum route kind, const char *name)
{
    (void)name;
    if (kind == ROUTE_REQUEST) {
        seen.request_gen = c->gen->number;
        txn_set_route(c, TXN_ON_REPLY, STR("r"));
        txn_set_route(c, TXN_ON_FAILURE, STR("f"));
        assert_err(txn_relay(c, &(struct relay_plan){ 0 }), ERR_OK);
    } else if (kind == ROUTE_TM_REPLY) {
        seen.reply_gen = c->gen->number;
    } else if (kind == ROUTE_FAILURE) {
        seen.failure_gen = c->gen->number;
    }
    return SCRIPT_TRUE;
}

static void finishes_under_the_generation_it_began_with(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    call_upcalls.run_route = note_generations;
    publish_generation(5);
    invite(&b, 3);
    deliver(&alice, &b);
    publish_generation(6);
    sim_settle();
    bob_replies(486);
    assert_int_equal(seen.request_gen, 5);
    assert_int_equal(seen.reply_gen, 5);
    assert_int_equal(seen.failure_gen, 5);
    assert_int_equal(generation_peek()->number, 6);
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
}

/* ---- streams ---- */

static unsigned count(struct str label)
{
    struct net_sim_message *m;
    unsigned n = 0;

    while ((m = net_sim_take())) {
        n += !m->closed && str_starts(m->bytes, label);
        net_sim_free(m);
    }
    return n;
}

static void invite_over_tcp(struct buf *b, unsigned n)
{
    peer_request(b, "INVITE", "192.0.2.1", 5060, "sip:bob@192.0.2.2;transport=tcp", n, 1, STR(""),
                 false);
    deliver(&alice, b);
}

static void answers_at_once_when_a_connection_is_refused(void **state)
{
    struct buf b;
    int64_t before;

    (void)state;
    buf_init(&b, MEM_OTHER);
    net_sim_set_answer(NET_SIM_REFUSE);
    before = sim_now_ms();
    invite_over_tcp(&b, 11);
    sim_run_until(before + 100);
    assert_int_equal(count(STR("SIP/2.0 477")), 1);
    net_sim_set_answer(NET_SIM_ACCEPT);
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
}

static void repeats_nothing_on_a_stream(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    invite_over_tcp(&b, 12);
    sim_run_until(sim_now_ms() + 20000);
    assert_int_equal(count(STR("INVITE")), 1);
    buf_free(&b);
    sim_run_until(sim_now_ms() + 400000);
    drain();
    struct txn_stats s = txn_stats();
    assert_int_equal(s.created, s.freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_cancel_and_ack_from_the_invite),
        cmocka_unit_test_setup_teardown(keeps_a_live_invite_in_less_than_10_kilobytes, begin, end),
        cmocka_unit_test_setup_teardown(makes_one_transaction_of_many_copies, begin, end),
        cmocka_unit_test_setup_teardown(refuses_branches_that_are_not_its_own, begin, end),
        cmocka_unit_test_setup_teardown(survives_replies_nobody_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(finishes_under_the_generation_it_began_with, begin, end),
        cmocka_unit_test_setup_teardown(answers_at_once_when_a_connection_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(repeats_nothing_on_a_stream, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
