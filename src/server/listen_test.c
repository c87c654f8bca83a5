/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "server/listen.h"

static struct {
    struct arena arena;
    struct core_conf core;
    struct socket_spec *specs;
    size_t n;
    struct buf why;
} t;

static int begin(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    arena_init(&t.arena, MEM_OTHER, 4096);
    buf_init(&t.why, MEM_OTHER);
    t.core.port = 5060;
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&t.arena);
    buf_free(&t.why);
    return 0;
}

static err_t expand(const struct listen_item *items, size_t n)
{
    struct program_info info = { .listens = items, .n_listens = n };
    return listen_expand(&info, &t.core, &t.arena, &t.specs, &t.n, &t.why);
}

static void takes_an_address_as_it_is(void **state)
{
    struct listen_item item = { .proto = PROTO_UDP, .host = STR("127.0.0.1"), .port = 5070 };

    (void)state;
    assert_int_equal(expand(&item, 1), ERR_OK);
    assert_int_equal(t.n, 1);
    assert_int_equal(addr_port(&t.specs[0].addr), 5070);
}

static void means_udp_and_tcp_without_a_protocol(void **state)
{
    struct listen_item item = { .host = STR("127.0.0.1") };

    (void)state;
    assert_int_equal(expand(&item, 1), ERR_OK);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.specs[0].proto, PROTO_UDP);
    assert_int_equal(t.specs[1].proto, PROTO_TCP);
    assert_int_equal(addr_port(&t.specs[1].addr), 5060);
    t.core.disable_tcp = true;
    assert_int_equal(expand(&item, 1), ERR_OK);
    assert_int_equal(t.n, 1);
}

static void opens_each_port_of_a_range_and_nothing_twice(void **state)
{
    struct listen_item items[] = {
        { .proto = PROTO_UDP, .host = STR("127.0.0.1"), .port = 5070, .port_end = 5072 },
        { .proto = PROTO_UDP, .host = STR("127.0.0.1"), .port = 5071 },
    };

    (void)state;
    assert_int_equal(expand(items, 2), ERR_OK);
    assert_int_equal(t.n, 3);
}

static void knows_interfaces_and_all_addresses(void **state)
{
    struct listen_item lo = { .proto = PROTO_UDP, .host = STR("lo") };
    struct listen_item any = { .proto = PROTO_UDP, .host = STR("0.0.0.0") };

    (void)state;
    assert_int_equal(expand(&lo, 1), ERR_OK);
    assert_true(t.n >= 1);
    assert_int_equal(expand(&any, 1), ERR_OK);
    assert_true(t.n >= 1);
    for (size_t i = 0; i < t.n; i++)
        assert_false(addr_is_any(&t.specs[i].addr));
    assert_int_equal(expand(NULL, 0), ERR_OK);
    assert_true(t.n >= 2);
}

static void puts_the_advertised_address_on_each(void **state)
{
    struct listen_item item = { .proto = PROTO_UDP, .host = STR("127.0.0.1") };

    (void)state;
    t.core.advertised_address = STR("sip.example.org");
    t.core.advertised_port = 5080;
    assert_int_equal(expand(&item, 1), ERR_OK);
    assert_true(str_eq(t.specs[0].advertised_host, STR("sip.example.org")));
    assert_int_equal(t.specs[0].advertised_port, 5080);
    item.advertise_host = STR("other.example.org");
    assert_int_equal(expand(&item, 1), ERR_OK);
    assert_true(str_eq(t.specs[0].advertised_host, STR("other.example.org")));
}

static void names_the_line_that_cannot_be(void **state)
{
    struct listen_item item = { .proto = PROTO_UDP,
                                .host = STR("no.such.host.invalid"),
                                .where = STR("a.cfg:3") };

    (void)state;
    assert_int_equal(expand(&item, 1), ERR_NOT_FOUND);
    assert_true(str_search(buf_str(&t.why), STR("a.cfg:3")) < t.why.n);
    assert_true(str_search(buf_str(&t.why), STR("no.such.host.invalid")) < t.why.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_an_address_as_it_is, begin, end),
        cmocka_unit_test_setup_teardown(means_udp_and_tcp_without_a_protocol, begin, end),
        cmocka_unit_test_setup_teardown(opens_each_port_of_a_range_and_nothing_twice, begin, end),
        cmocka_unit_test_setup_teardown(knows_interfaces_and_all_addresses, begin, end),
        cmocka_unit_test_setup_teardown(puts_the_advertised_address_on_each, begin, end),
        cmocka_unit_test_setup_teardown(names_the_line_that_cannot_be, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
