/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/net_addr.h"
#include "base/test.h"

static struct addr parsed(const char *host, uint16_t port)
{
    struct addr a;

    assert_err(addr_parse(str_of(host), port, &a), ERR_OK);
    return a;
}

static void reads_and_writes_addresses(void **state)
{
    static const char *const rows[][3] = {
        { "10.0.0.1", "10.0.0.1:5060", "10.0.0.1" },
        { "::1", "[::1]:5060", "::1" },
        { "[2001:DB8::0:1]", "[2001:db8::1]:5060", "2001:db8::1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct addr a = parsed(rows[i][0], 5060);
        char space[80];
        struct buf b;

        buf_fixed(&b, space, sizeof space);
        addr_print(&b, &a);
        assert_str(buf_str(&b), str_of(rows[i][1]));
        buf_clear(&b);
        addr_print_ip(&b, &a, false);
        assert_str(buf_str(&b), str_of(rows[i][2]));
        assert_int_equal(addr_port(&a), 5060);
        addr_set_port(&a, 65535);
        assert_int_equal(addr_port(&a), 65535);
    }
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const bad[] = { "",
                                       "host",
                                       "1.2.3",
                                       "1.2.3.4.5",
                                       "256.1.1.1",
                                       "[]",
                                       "[::1",
                                       "::1]",
                                       "1.2.3.4 ",
                                       "[1.2.3.4]",
                                       "1::2::3",
                                       "::ffff:1.2.3.4.5",
                                       "fe80::1%eth0",
                                       "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
    struct addr a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_err(addr_parse(str_of(bad[i]), 1, &a), ERR_SYNTAX);
    assert_err(addr_parse((struct str){ "1.2.3.4\0x", 9 }, 1, &a), ERR_SYNTAX);
}

static void compares_addresses(void **state)
{
    struct addr a = parsed("1.2.3.4", 5), b = parsed("1.2.3.4", 6), m = parsed("::ffff:1.2.3.4", 5),
                six = parsed("::1", 5), none = { 0 };

    (void)state;
    assert_true(addr_ip_eq(&a, &b));
    assert_false(addr_eq(&a, &b));
    assert_true(addr_eq(&a, &m));
    assert_true(addr_hash(&a) == addr_hash(&m));
    assert_false(addr_eq(&a, &six));
    assert_true(addr_is_set(&a));
    assert_false(addr_is_set(&none));
    assert_false(addr_is_any(&none));
    assert_false(addr_is_any(&a));
    a = parsed("0.0.0.0", 0);
    assert_true(addr_is_any(&a));
    a = parsed("::", 0);
    assert_true(addr_is_any(&a));
    assert_int_equal(addr_len(&six), sizeof(struct sockaddr_in6));
}

static void knows_ranges(void **state)
{
    static const struct {
        const char *range, *in, *out;
    } rows[] = {
        { "10.0.0.0/8", "10.255.1.1", "11.0.0.0" },
        { "10.1.2.3", "10.1.2.3", "10.1.2.4" },
        { "10.0.0.0/255.255.0.0", "10.0.9.9", "10.1.0.0" },
        { "192.168.0.128/25", "192.168.0.129", "192.168.0.1" },
        { "0.0.0.0/0", "1.1.1.1", "::1" },
        { "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
        { "10.0.0.0/8", "::ffff:10.1.1.1", "::a01:101" },
        { "::ffff:10.0.0.0/104", "10.2.2.2", "11.2.2.2" },
    };
    static const char *const bad[] = {
        "", "/8", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/255.0.255.0", "::1/255.0.0.0"
    };
    struct addr_range r;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct addr in = parsed(rows[i].in, 1), out = parsed(rows[i].out, 1);

        assert_err(addr_range_parse(str_of(rows[i].range), &r), ERR_OK);
        assert_true(addr_range_has(&r, &in));
        assert_false(addr_range_has(&r, &out));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_err(addr_range_parse(str_of(bad[i]), &r), ERR_SYNTAX);
    assert_err(addr_range_parse(STR("10.0.0.0/33"), &r), ERR_RANGE);
    assert_err(addr_range_parse(STR("::/129"), &r), ERR_RANGE);
}

static void names_protocols(void **state)
{
    (void)state;
    for (enum proto p = PROTO_UDP; p < PROTO_COUNT; p++) {
        assert_int_equal(proto_of(proto_name(p)), p);
        assert_int_equal(proto_of(proto_via_name(p)), p);
    }
    assert_int_equal(proto_of(STR("quic")), PROTO_NONE);
    assert_int_equal(proto_default_port(PROTO_WSS), 5061);
    assert_int_equal(proto_default_port(PROTO_UDP), 5060);
    assert_true(proto_is_stream(PROTO_TCP));
    assert_false(proto_is_stream(PROTO_SCTP));
    assert_text(proto_name(PROTO_TLS), "tls");
    assert_text(proto_via_name(PROTO_WS), "WS");
}

int main(void)
{
    TEST_RUN(reads_and_writes_addresses, refuses_what_is_no_address, compares_addresses,
             knows_ranges, names_protocols);
}
