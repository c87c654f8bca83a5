/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams and connections on the network in memory, in virtual time. */
#include "base/stat.h"
#include "base/test.h"
#include "net/sim.h"
#include "rt/sim.h"
#include <stdlib.h>

static struct {
    struct buf seen; /* what the upper floor got, as text */
    struct packet *last;
    bool echo; /* answer each message with its own bytes */
    unsigned failed;
    err_t failure, closed;
    bool refuse;
} up;

static void received(struct packet *p)
{
    ASSERT(!p->call_hash || worker_of_hash(p->call_hash) == worker_self());
    buf_add(&up.seen, str_cut(p->bytes, 0, str_find(p->bytes, ' ')));
    buf_addz(&up.seen, p->oversize ? "O " : p->malformed ? "X " : p->http ? "H " : " ");
    if (up.echo)
        assert_err(net_send(&p->from, p->bytes), ERR_OK);
    obj_drop(up.last);
    up.last = p;
}

static bool accepted(const struct flow *f)
{
    assert_int_equal(f->proto, PROTO_TCP);
    return !up.refuse;
}

static void closed(const struct flow *f, err_t why)
{
    assert_true(f->connection != 0);
    up.closed = why;
    buf_addz(&up.seen, "closed ");
}

static void send_failed(const struct flow *to, struct str bytes, err_t why)
{
    assert_true(addr_is_set(&to->peer));
    assert_true(bytes.n > 0);
    up.failed++;
    up.failure = why;
}

static const struct net_upcalls upcalls = { received, accepted, closed, send_failed };
static struct addr alice, us, us_tcp;

static struct addr at(const char *host, uint16_t port)
{
    struct addr a;

    assert_err(addr_parse(str_of(host), port, &a), ERR_OK);
    return a;
}

static int begin(void **state)
{
    struct buf why;
    struct net_conf conf = net_default_conf;
    struct socket_spec specs[2] = { { .proto = PROTO_UDP }, { .proto = PROTO_TCP } };

    (void)state;
    memset(&up, 0, sizeof up);
    buf_init(&up.seen, MEM_OTHER);
    buf_init(&why, MEM_OTHER);
    sim_begin(3, 5);
    net_sim_begin();
    conf.message_max = 4000;
    conf.tcp_per_ip = 3;
    net_begin(&upcalls, &conf);
    net_sim_workers_begin();
    alice = at("10.0.0.1", 5062);
    us = at("10.0.0.9", 5060);
    us_tcp = us;
    specs[0].addr = specs[1].addr = us;
    assert_err(listeners_apply(specs, 2, &why), ERR_OK);
    sim_settle();
    buf_free(&why);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_end();
    net_end();
    net_sim_end();
    obj_drop(up.last);
    buf_free(&up.seen);
    return 0;
}

static void seen(const char *want)
{
    assert_str(buf_str(&up.seen), str_of(want));
    buf_clear(&up.seen);
}

#define CALL(method, id) method " sip:b SIP/2.0\r\nCall-ID: " id "\r\nContent-Length: 0\r\n\r\n"

static void next_is(const char *want)
{
    struct net_sim_message *m = net_sim_take();

    assert_non_null(m);
    assert_str(m->bytes, str_of(want));
    net_sim_free(m);
}

static void carries_datagrams_both_ways(void **state)
{
    (void)state;
    up.echo = true;
    assert_err(net_sim_deliver(&alice, &us, STR(CALL("INVITE", "1"))), ERR_OK);
    sim_settle();
    seen("INVITE ");
    assert_true(addr_eq(&up.last->from.peer, &alice));
    assert_ptr_equal(up.last->from.local, listener_by_addr(PROTO_UDP, &us));
    next_is(CALL("INVITE", "1"));
    assert_null(net_sim_take());
    assert_err(net_sim_deliver(&alice, &alice, STR("x")), ERR_NOT_FOUND);
}

static void brings_each_call_home_in_order(void **state)
{
    char text[200];

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "M%d sip:b SIP/2.0\r\ni: call-%d\r\n\r\n", i, i % 10);
        assert_err(net_sim_deliver(&alice, &us, str_of(text)), ERR_OK);
        sim_settle();
    }
    assert_int_equal(stat_read(stat_find(STR("net"), STR("udp_received"))) >= 200, true);
}

static void drops_keep_alives_and_marks_what_is_too_long(void **state)
{
    char *big = malloc(5000);

    (void)state;
    memset(big, 'a', 5000);
    memcpy(big, "INVITE ", 7);
    assert_err(net_sim_deliver(&alice, &us, STR("\r\n\r\n")), ERR_OK);
    assert_err(net_sim_deliver(&alice, &us, STR("\0\0\0\0")), ERR_OK);
    assert_err(net_sim_deliver(&alice, &us, STR("")), ERR_OK);
    sim_settle();
    seen("");
    assert_err(net_sim_deliver(&alice, &us, (struct str){ big, 5000 }), ERR_OK);
    sim_settle();
    seen("INVITEO ");
    assert_int_equal(up.last->bytes.n, 4000);
    free(big);
}

static void delays_and_loses_as_told(void **state)
{
    struct net_sim_path path = { .delay_ms = 50 };
    unsigned arrived = 0;

    (void)state;
    net_sim_set_path(&path);
    up.echo = true;
    assert_err(net_sim_deliver(&alice, &us, STR(CALL("BYE", "1"))), ERR_OK);
    sim_run_until(sim_now_ms() + 49);
    seen("");
    sim_run_until(sim_now_ms() + 1);
    seen("BYE ");
    assert_null(net_sim_take());
    sim_run_until(sim_now_ms() + 50);
    next_is(CALL("BYE", "1"));
    path.loss_permille = 500;
    net_sim_set_path(&path);
    up.echo = false;
    for (int i = 0; i < 200; i++)
        assert_err(net_sim_deliver(&alice, &us, STR(CALL("A", "1"))), ERR_OK);
    sim_run_until(sim_now_ms() + 100);
    arrived = (unsigned)(up.seen.n / 2);
    assert_in_range(arrived, 60, 140);
}

static void reads_streams(void **state)
{
    uint64_t s = net_sim_connect(&alice, &us_tcp);

    (void)state;
    net_sim_write(s, STR("\r\n\r\nOPTIONS sip:b SIP/2.0\r\nCall-"));
    sim_settle();
    next_is("\r\n");
    seen("");
    net_sim_write(s, STR("ID: 7\r\nl: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n" CALL("BYE", "7")));
    sim_settle();
    buf_clear(&up.seen);
    assert_int_equal(connections_count(), 1);
    assert_int_equal(up.last->from.connection, connection_find(PROTO_TCP, &alice));
    up.echo = true;
    net_sim_write(s, STR(CALL("INFO", "8")));
    sim_settle();
    seen("INFO ");
    next_is(CALL("INFO", "8"));
    net_sim_close(s);
    sim_settle();
    seen("closed ");
    assert_int_equal(connections_count(), 0);
}

static void closes_a_stream_of_junk(void **state)
{
    uint64_t s = net_sim_connect(&alice, &us_tcp);

    (void)state;
    net_sim_write(s, STR("hello\r\n\r\n"));
    sim_settle();
    seen("closed ");
    assert_err(up.closed, ERR_SYNTAX);
    assert_false(net_sim_is_open(s));
}

static void answers_once_before_it_closes(void **state)
{
    struct net_sim_message *m;
    uint64_t s = net_sim_connect(&alice, &us_tcp);

    (void)state;
    up.echo = true;
    net_sim_write(s, STR("INVITE sip:b SIP/2.0\r\nCall-ID: 1\r\nl: 4000\r\n\r\n"));
    sim_settle();
    seen("INVITEO closed ");
    next_is("INVITE sip:b SIP/2.0\r\nCall-ID: 1\r\nl: 4000\r\n\r\n");
    m = net_sim_take();
    assert_true(m->closed);
    net_sim_free(m);

    up.echo = false;
    s = net_sim_connect(&alice, &us_tcp);
    net_sim_write(s, STR("INVITE sip:b SIP/2.0\r\nCall-ID: 1\r\n\r\n"));
    sim_settle();
    seen("INVITEX ");
    assert_true(net_sim_is_open(s));
    sim_run_until(sim_now_ms() + 1000);
    seen("closed ");
    assert_false(net_sim_is_open(s));
}

static void limits_connections_of_one_address(void **state)
{
    uint64_t s[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct addr from = at("10.0.0.1", (uint16_t)(6000 + i));

        s[i] = net_sim_connect(&from, &us_tcp);
        sim_settle();
    }
    assert_int_equal(connections_count(), 3);
    assert_false(net_sim_is_open(s[3]));
    net_sim_close(s[0]);
    sim_settle();
    assert_int_equal(connections_count(), 2);
    up.refuse = true;
    s[3] = net_sim_connect(&alice, &us_tcp);
    sim_settle();
    assert_false(net_sim_is_open(s[3]));
}

static void times_out(void **state)
{
    uint64_t idle = net_sim_connect(&alice, &us_tcp), slow;
    struct addr bob = at("10.0.0.2", 5062);

    (void)state;
    slow = net_sim_connect(&bob, &us_tcp);
    sim_settle();
    net_sim_write(slow, STR("INVITE sip:b"));
    sim_run_until(sim_now_ms() + 19999);
    assert_true(net_sim_is_open(slow));
    sim_run_until(sim_now_ms() + 1);
    assert_false(net_sim_is_open(slow));
    net_sim_write(idle, STR("\r\n\r\n"));
    sim_run_until(sim_now_ms() + 119999);
    assert_true(net_sim_is_open(idle));
    sim_run_until(sim_now_ms() + 1);
    assert_false(net_sim_is_open(idle));
    assert_err(up.closed, ERR_OK);
}

struct sending {
    struct flow to;
    struct str bytes;
    err_t result;
};

static void send_it(void *arg)
{
    struct sending *s = arg;

    s->result = net_send(&s->to, s->bytes);
}

static err_t send_from(unsigned worker, struct sending *s)
{
    sim_spawn(worker, send_it, s);
    sim_settle();
    return s->result;
}

static void opens_one_connection_for_all_workers(void **state)
{
    struct sending s = { .to = { .proto = PROTO_TCP, .peer = alice }, .bytes = STR("one") };

    (void)state;
    s.to.peer = alice;
    s.to.flags = FLOW_NO_CONNECT;
    assert_err(send_from(0, &s), ERR_UNREACHABLE);
    s.to.flags = 0;
    assert_err(send_from(0, &s), ERR_OK);
    s.bytes = STR("two");
    assert_err(send_from(1, &s), ERR_OK);
    s.bytes = STR("three");
    s.to.flags = FLOW_CLOSE;
    assert_err(send_from(2, &s), ERR_OK);
    next_is("one");
    next_is("two");
    next_is("three");
    sim_run_until(sim_now_ms() + 1000);
    assert_int_equal(connections_count(), 0);
    assert_int_equal(up.failed, 0);
}

static void close_and_send(void *arg)
{
    struct sending *s = arg;

    assert_err(connection_close(s->to.connection), ERR_OK);
    s->to.connection = 0;
    s->result = net_send(&s->to, s->bytes);
}

static void opens_another_when_one_closes_under_its_hands(void **state)
{
    struct sending s = { .to = { .proto = PROTO_TCP }, .bytes = STR("one") };
    struct net_sim_message *close_seen;

    (void)state;
    s.to.peer = alice;
    assert_err(send_from(0, &s), ERR_OK);
    next_is("one");
    s.to.connection = connection_find(PROTO_TCP, &alice);
    assert_true(s.to.connection);
    s.bytes = STR("two");
    sim_spawn(1, close_and_send, &s);
    sim_settle();
    assert_err(s.result, ERR_OK);
    close_seen = net_sim_take();
    assert_true(close_seen && close_seen->closed);
    net_sim_free(close_seen);
    next_is("two");
    assert_true(connection_find(PROTO_TCP, &alice));
    assert_int_equal(up.failed, 0);
}

static void tells_who_sent_that_it_failed(void **state)
{
    struct sending s = { .to = { .proto = PROTO_TCP }, .bytes = STR("one") };

    (void)state;
    s.to.peer = alice;
    net_sim_set_answer(NET_SIM_REFUSE);
    assert_err(send_from(0, &s), ERR_OK);
    assert_int_equal(up.failed, 1);
    assert_err(up.failure, ERR_UNREACHABLE);
    net_sim_set_answer(NET_SIM_SILENCE);
    assert_err(send_from(0, &s), ERR_OK);
    assert_err(send_from(1, &s), ERR_OK);
    assert_int_equal(up.failed, 1);
    sim_run_until(sim_now_ms() + 10000);
    assert_int_equal(up.failed, 3);
    assert_err(up.failure, ERR_TIMEOUT);
    assert_int_equal(connections_count(), 0);
}

static void serves_an_alias(void **state)
{
    uint64_t c = net_sim_connect(&alice, &us_tcp);
    struct sending s = { .to = { .proto = PROTO_TCP, .flags = FLOW_NO_CONNECT },
                         .bytes = STR("x") };

    (void)state;
    sim_settle();
    s.to.peer = at("10.0.0.1", 5099);
    assert_err(send_from(1, &s), ERR_UNREACHABLE);
    assert_err(connection_alias(connection_find(PROTO_TCP, &alice), 5099), ERR_OK);
    sim_settle();
    assert_err(send_from(1, &s), ERR_OK);
    next_is("x");
    net_sim_close(c);
    sim_settle();
    assert_int_equal(connection_find(PROTO_TCP, &s.to.peer), 0);
    assert_err(connection_close(s.to.connection), ERR_NOT_FOUND);
}

static void count_them(const struct connection_info *c, void *arg)
{
    assert_true(c->accepted);
    assert_true(c->expires_ms > c->opened_ms);
    ++*(int *)arg;
}

static void lists_connections(void **state)
{
    int n = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct addr from = at("10.0.0.1", (uint16_t)(6000 + i));

        assert_true(net_sim_connect(&from, &us_tcp) > 0);
    }
    sim_settle();
    connections_each(count_them, &n);
    assert_int_equal(n, 3);
}

#define IN_SIM(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SIM(carries_datagrams_both_ways),
        IN_SIM(brings_each_call_home_in_order),
        IN_SIM(drops_keep_alives_and_marks_what_is_too_long),
        IN_SIM(delays_and_loses_as_told),
        IN_SIM(reads_streams),
        IN_SIM(closes_a_stream_of_junk),
        IN_SIM(answers_once_before_it_closes),
        IN_SIM(limits_connections_of_one_address),
        IN_SIM(times_out),
        IN_SIM(opens_one_connection_for_all_workers),
        IN_SIM(opens_another_when_one_closes_under_its_hands),
        IN_SIM(tells_who_sent_that_it_failed),
        IN_SIM(serves_an_alias),
        IN_SIM(lists_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
