/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/test.h"

static struct arena arena;
static struct buf why;

static void set(struct core_conf *conf, const char *name, struct value v, err_t want)
{
    const struct field_env env = { .arena = &arena };
    const struct field *f = field_find(core_conf_fields, str_of(name));

    assert_non_null(f);
    assert_err(field_set(f, conf, &v, &env, &why), want);
}

static struct core_conf defaults(void)
{
    const struct field_env env = { .arena = &arena };
    struct core_conf conf;

    memset(&conf, 0, sizeof conf);
    fields_default(core_conf_fields, &conf, &env);
    return conf;
}

static void names_every_parameter_once(void **state)
{
    (void)state;
    for (const struct field *f = core_conf_fields; f->name; f++) {
        assert_true(f->doc && *f->doc);
        assert_true(f->def || f->optional);
        assert_ptr_equal(field_find(core_conf_fields, str_of(f->name)), f);
        for (const char *const *alias = f->aliases; alias && *alias; alias++)
            assert_ptr_equal(field_find(core_conf_fields, str_of(*alias)), f);
        if (f->inert)
            assert_true(*f->inert);
    }
}

static void derives_what_the_network_needs(void **state)
{
    struct core_conf conf = defaults();

    (void)state;
    set(&conf, "tcp_connection_lifetime", VALUE_OF_INT(3605), ERR_OK);
    set(&conf, "tos", VALUE_OF_STR(STR("0xb8")), ERR_OK);
    set(&conf, "udp_mtu_try_proto", VALUE_OF_STR(STR("SMTP")), ERR_TYPE);
    set(&conf, "udp_mtu_try_proto", VALUE_OF_STR(STR("TCP")), ERR_OK);
    set(&conf, "tcp_accept_no_cl", VALUE_OF_STR(STR("yes")), ERR_OK);
    set(&conf, "dns_retr_time", VALUE_OF_INT(2), ERR_OK);
    set(&conf, "tcp_source_ipv4", VALUE_OF_STR(STR("192.0.2.1")), ERR_OK);
    set(&conf, "max_branches", VALUE_OF_INT(99), ERR_RANGE);
    assert_err(conf_derive(&conf, &why), ERR_OK);
    assert_int_equal(conf.net.tcp_lifetime, 3605000);
    assert_int_equal(conf.net.tos, 0xb8);
    assert_int_equal(conf.udp_mtu_try_proto, PROTO_TCP);
    assert_true(conf.net.tcp_http && conf.net.tcp_crlf_ping);
    assert_int_equal(conf.dns_conf.retry_ms, 2000);
    assert_int_equal(conf.net.tcp_source_v4.sa.sa_family, AF_INET);
}

static void tells_what_cannot_be_derived(void **state)
{
    static const struct {
        const char *name, *value;
    } bad[] = {
        { "tos", "IPTOS_NONSENSE" },
        { "tos", "256" },
        { "tos", "0xfff" },
        { "dns_servers", "ns.example.org" },
        { "dns_servers", "127.0.0.1:99999" },
        { "tcp_source_ipv4", "::1" },
        { "tcp_source_ipv6", "192.0.2.1" },
        { "tcp_source_ipv4", "host.example" },
        { "ipv6_hex_style", "x" },
        { "mcast", "a-name-longer-than-any-interface" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct core_conf conf = defaults();

        buf_clear(&why);
        set(&conf, bad[i].name, VALUE_OF_STR(str_of(bad[i].value)), ERR_OK);
        assert_true(conf_derive(&conf, &why) != ERR_OK);
        assert_true(str_starts(buf_str(&why), str_of(bad[i].name)));
    }
}

static void reads_names_of_this_server(void **state)
{
    static const struct {
        const char *text;
        enum proto proto;
        const char *host;
        uint16_t port;
    } good[] = {
        { "example.org", PROTO_NONE, "example.org", 0 },
        { "tcp:example.org:5062", PROTO_TCP, "example.org", 5062 },
        { "example.org:*", PROTO_NONE, "example.org", 0 },
        { "[2001:db8::1]:5060", PROTO_NONE, "[2001:db8::1]", 5060 },
        { "udp:[2001:db8::1]", PROTO_UDP, "[2001:db8::1]", 0 },
        { "udp", PROTO_NONE, "udp", 0 },
    };
    static const char *const bad[] = { "", "tcp:", "a:b", "a:70000", "[::1", "[::1]x", ":5060" };
    struct local_name got;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_err(local_name_parse(str_of(good[i].text), &got), ERR_OK);
        assert_int_equal(got.proto, good[i].proto);
        assert_str(got.host, str_of(good[i].host));
        assert_int_equal(got.port, good[i].port);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(local_name_parse(str_of(bad[i]), &got) != ERR_OK);
}

static void add_aliases(struct generation *g)
{
    static const struct local_name names[] = {
        { PROTO_NONE, STR_INIT("example.org"), 0 },
        { PROTO_TCP, STR_INIT("tcp.example.org"), 5062 },
        { PROTO_NONE, STR_INIT("[2001:db8::1]"), 0 },
    };

    g->aliases = names;
    g->n_aliases = sizeof names / sizeof *names;
}

static bool is_friend(struct str host, uint16_t port, enum proto proto)
{
    (void)port, (void)proto;
    return str_ieq(host, STR("friend.example"));
}

static void knows_its_own_names(void **state)
{
    (void)state;
    server_begin(NULL, add_aliases);
    assert_true(local_is(STR("192.0.2.9"), 0, PROTO_NONE));
    assert_true(local_is(STR("192.0.2.9"), 5070, PROTO_UDP));
    assert_false(local_is(STR("192.0.2.9"), 5070, PROTO_TCP));
    assert_false(local_is(STR("192.0.2.9"), 5080, PROTO_NONE));
    assert_false(local_is(STR("192.0.2.1"), 5060, PROTO_NONE));
    assert_true(local_is(STR("EXAMPLE.org"), 9, PROTO_TLS));
    assert_true(local_is(STR("tcp.example.org"), 5062, PROTO_TCP));
    assert_false(local_is(STR("tcp.example.org"), 5060, PROTO_TCP));
    assert_false(local_is(STR("tcp.example.org"), 5062, PROTO_UDP));
    assert_true(local_is(STR("[2001:DB8:0::1]"), 1, PROTO_NONE));
    assert_false(local_is(STR("friend.example"), 0, PROTO_NONE));
    assert_false(local_is(STR(""), 0, PROTO_NONE));
    local_add_check(is_friend);
    local_add_check(is_friend);
    assert_true(local_is(STR("friend.example"), 0, PROTO_NONE));
    assert_non_null(local_listener(PROTO_UDP, STR("192.0.2.9"), 5070));
    assert_null(local_listener(PROTO_TCP, STR("192.0.2.9"), 5070));
    server_end();
}

int main(void)
{
    int failed;

    arena_init(&arena, MEM_CONFIG, 4096);
    buf_init(&why, MEM_OTHER);
    failed =
        TEST_RESULT(names_every_parameter_once, derives_what_the_network_needs,
                    tells_what_cannot_be_derived, reads_names_of_this_server, knows_its_own_names);
    buf_free(&why);
    arena_free(&arena);
    return failed;
}
