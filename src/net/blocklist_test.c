/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "net/blocklist.h"
#include "net/sim.h"
#include "rt/sim.h"

static struct blocklist_conf conf;

static int begin(void **state)
{
    (void)state;
    sim_begin(1, 1);
    net_sim_begin();
    net_begin(&(struct net_upcalls){ 0 }, &net_default_conf);
    conf = blocklist_default_conf;
    conf.use = true;
    blocklist_configure(&conf);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_end();
    net_end();
    net_sim_end();
    return 0;
}

static struct addr at(const char *ip, uint16_t port)
{
    struct addr a;

    assert_err(addr_parse(str_of(ip), port, &a), ERR_OK);
    return a;
}

static void tells_destinations_apart(void **state)
{
    struct addr a = at("192.0.2.1", 5060), other_port = at("192.0.2.1", 5061);
    struct addr six = at("2001:db8::1", 5060), seven = at("2001:db8::7", 5060);

    (void)state;
    assert_false(blocklist_has(PROTO_UDP, &a));
    assert_true(blocklist_add(PROTO_UDP, &a, BLOCKED_TIMEOUT, 0, 0));
    assert_true(blocklist_add(PROTO_TCP, &six, BLOCKED_CONNECT, 0, 0));
    assert_true(blocklist_has(PROTO_UDP, &a));
    assert_false(blocklist_has(PROTO_TCP, &a));
    assert_false(blocklist_has(PROTO_UDP, &other_port));
    assert_true(blocklist_has(PROTO_TCP, &six));
    assert_false(blocklist_has(PROTO_TCP, &seven));
    assert_true(blocklist_remove(PROTO_UDP, &a));
    assert_false(blocklist_remove(PROTO_UDP, &a));
    assert_false(blocklist_has(PROTO_UDP, &a));
    blocklist_clear();
    assert_false(blocklist_has(PROTO_TCP, &six));
}

static void covers_all_ports_and_protocols(void **state)
{
    struct addr any = at("192.0.2.1", 0), one = at("192.0.2.1", 5070), two = at("192.0.2.2", 5070);

    (void)state;
    assert_true(blocklist_add(PROTO_NONE, &any, BLOCKED_BY_HAND, 0, 0));
    assert_true(blocklist_has(PROTO_UDP, &one));
    assert_true(blocklist_has(PROTO_TLS, &one));
    assert_false(blocklist_has(PROTO_UDP, &two));
}

static void forgets_in_time(void **state)
{
    struct addr a = at("192.0.2.1", 5060), b = at("192.0.2.2", 5060);

    (void)state;
    assert_true(blocklist_add(PROTO_UDP, &a, BLOCKED_TIMEOUT, 0, 0));
    assert_true(blocklist_add(PROTO_UDP, &b, BLOCKED_503, 0, 90000));
    assert_true(blocklist_add(PROTO_UDP, &b, BLOCKED_TIMEOUT, 0, 0)); /* does not shorten it */
    sim_run_until(sim_now_ms() + 59999);
    assert_true(blocklist_has(PROTO_UDP, &a));
    sim_run_until(sim_now_ms() + 1);
    assert_false(blocklist_has(PROTO_UDP, &a));
    assert_true(blocklist_has(PROTO_UDP, &b));
    sim_run_until(sim_now_ms() + 30000);
    assert_false(blocklist_has(PROTO_UDP, &b));
}

static void heeds_what_does_not_count(void **state)
{
    struct addr a = at("192.0.2.1", 5060);

    (void)state;
    conf.ignored[PROTO_UDP] = BLOCKED_TIMEOUT;
    blocklist_configure(&conf);
    assert_false(blocklist_add(PROTO_UDP, &a, BLOCKED_TIMEOUT, 0, 0));
    assert_false(blocklist_add(PROTO_UDP, &a, BLOCKED_SEND, BLOCKED_ANY, 0));
    assert_false(blocklist_has(PROTO_UDP, &a));
    assert_true(blocklist_add(PROTO_UDP, &a, BLOCKED_SEND, BLOCKED_503, 0));
    conf.use = false;
    blocklist_configure(&conf);
    assert_false(blocklist_has(PROTO_UDP, &a));
    assert_false(blocklist_add(PROTO_UDP, &a, BLOCKED_SEND, 0, 0));
}

static void count(const struct blocked *b, void *arg)
{
    (void)b;
    ++*(size_t *)arg;
}

static void is_bounded(void **state)
{
    size_t n = 0, listed = 0;

    (void)state;
    conf.bytes = 10 * 1024;
    blocklist_configure(&conf);
    for (unsigned i = 0; i < 1000; i++) {
        struct addr a = at("192.0.2.1", (uint16_t)(1 + i));

        listed += blocklist_add(PROTO_UDP, &a, BLOCKED_TIMEOUT, 0, 0);
    }
    blocklist_each(count, &n);
    assert_int_equal(n, listed);
    assert_in_range(n, 50, 300);
    assert_in_range(blocklist_bytes(), 1, blocklist_limit());
    sim_run_until(sim_now_ms() + 60000);

    struct addr a = at("192.0.2.9", 1);

    assert_true(blocklist_add(PROTO_UDP, &a, BLOCKED_TIMEOUT, 0, 0)); /* the others are over */
    n = 0;
    blocklist_each(count, &n);
    assert_int_equal(n, 1);
}

#define IN_SIM(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SIM(tells_destinations_apart),
        IN_SIM(covers_all_ports_and_protocols),
        IN_SIM(forgets_in_time),
        IN_SIM(heeds_what_does_not_count),
        IN_SIM(is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
