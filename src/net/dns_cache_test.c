/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "net/dns_state.h"
#include "net/sim.h"
#include "rt/sim.h"

static struct dns_conf conf;

static int begin(void **state)
{
    (void)state;
    sim_begin(1, 1);
    net_sim_begin();
    net_begin(&(struct net_upcalls){ 0 }, &net_default_conf);
    conf = dns_default_conf;
    dns_configure(&conf);
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

static void keep(const char *name, const char *ip, int64_t ttl_ms)
{
    struct dns_answer *a = dns_answer_new(ip ? ERR_OK : ERR_NOT_FOUND);

    a->ttl_ms = ttl_ms;
    a->records = ARENA_ARRAY(&a->arena, struct dns_record, 1);
    if (ip) {
        a->records[0].type = DNS_A;
        assert_err(addr_parse(str_of(ip), 0, &a->records[0].addr), ERR_OK);
        a->n = 1;
    }
    dns_cache_keep(str_of(name), DNS_A, a);
    obj_drop(a);
}

/* "": absent; NULL: not known. */
static void expect(const char *name, const char *ip)
{
    struct dns_answer *a = dns_cache_find(str_of(name), DNS_A, false);
    char space[64];
    struct buf b;

    if (!ip) {
        assert_null(a);
        return;
    }
    assert_non_null(a);
    buf_fixed(&b, space, sizeof space);
    if (a->n)
        addr_print_ip(&b, &a->records[0].addr, false);
    assert_str(buf_str(&b), str_of(ip));
    obj_drop(a);
}

static void put(const char *name, const char *ip, bool permanent, bool absent)
{
    struct dns_manual m = { .name = str_of(name),
                            .record = { .type = DNS_A },
                            .ttl_ms = 10000,
                            .permanent = permanent,
                            .absent = absent };

    if (ip)
        assert_err(addr_parse(str_of(ip), 0, &m.record.addr), ERR_OK);
    dns_cache_put(&m);
}

static void keeps_within_the_bounds_of_time(void **state)
{
    (void)state;
    conf.min_ttl_ms = 2000;
    conf.max_ttl_ms = 9000;
    conf.negative_ttl_ms = 4000;
    dns_configure(&conf);
    keep("short", "192.0.2.1", 0);
    keep("long", "192.0.2.2", 99000);
    keep("none", NULL, -1);
    sim_run_until(sim_now_ms() + 1999);
    expect("short", "192.0.2.1");
    expect("none", "");
    sim_run_until(sim_now_ms() + 2001);
    expect("short", NULL);
    expect("none", NULL);
    expect("long", "192.0.2.2");
    sim_run_until(sim_now_ms() + 5000);
    expect("long", NULL);
}

static void prefers_records_as_configured(void **state)
{
    (void)state;
    keep("a", "192.0.2.1", 9000);
    keep("a", "192.0.2.2", 1000);
    expect("a", "192.0.2.2");
    conf.record_preference = DNS_PREF_LONGER;
    dns_configure(&conf);
    keep("a", "192.0.2.3", 500);
    expect("a", "192.0.2.2");
    keep("a", "192.0.2.3", 5000);
    expect("a", "192.0.2.3");
    conf.record_preference = DNS_PREF_OLD;
    dns_configure(&conf);
    keep("a", "192.0.2.4", 9000);
    expect("a", "192.0.2.3");
}

static void knows_what_was_put_in_by_hand(void **state)
{
    struct dns_answer *a;

    (void)state;
    put("a", "192.0.2.1", false, false);
    put("a", "192.0.2.2", false, false);
    put("a", "192.0.2.2", false, false);
    a = dns_cache_find(STR("A"), DNS_A, false);
    assert_int_equal(a->n, 2);
    obj_drop(a);
    put("for.ever", "192.0.2.3", true, false);
    put("no.where", NULL, false, true);
    keep("for.ever", "192.0.2.9", 9000); /* the operator knows better */
    expect("for.ever", "192.0.2.3");
    expect("no.where", "");
    dns_cache_clear(false);
    expect("a", NULL);
    expect("for.ever", "192.0.2.3");
    assert_true(dns_cache_delete(STR("for.ever"), DNS_A));
    assert_false(dns_cache_delete(STR("for.ever"), DNS_A));
    put("for.ever", "192.0.2.3", true, false);
    dns_cache_clear(true);
    expect("for.ever", NULL);
    assert_int_equal(dns_cache_bytes(), 0);
}

static void fill(unsigned from, unsigned to)
{
    char name[32];

    for (unsigned i = from; i < to; i++) {
        snprintf(name, sizeof name, "n%u.test", i);
        keep(name, "192.0.2.1", 60000);
        sim_run_until(sim_now_ms() + 1);
    }
}

static void keeps_no_more_when_full(void **state)
{
    (void)state;
    conf.cache_bytes = 10240;
    dns_configure(&conf);
    fill(0, 200);
    assert_in_range(dns_cache_bytes(), 5000, 10240);
    expect("n0.test", "192.0.2.1");
    expect("n199.test", NULL);
    sim_run_until(sim_now_ms() + 60000);
    keep("fresh.test", "192.0.2.2", 1000);
    expect("fresh.test", "192.0.2.2");
}

static void drops_what_nobody_uses_when_full(void **state)
{
    (void)state;
    conf.cache_bytes = 10240;
    conf.delete_unexpired = true;
    dns_configure(&conf);
    for (unsigned i = 0; i < 200; i += 4) {
        fill(i, i + 4);
        expect("n0.test", "192.0.2.1");
    }
    assert_in_range(dns_cache_bytes(), 5000, 10240);
    expect("n199.test", "192.0.2.1");
    expect("n1.test", NULL);
    conf.cache_bytes = 0;
    dns_configure(&conf);
    keep("zero.test", "192.0.2.1", 60000);
    expect("zero.test", NULL);
}

static void counts_what_it_takes(void **state)
{
    size_t before = mem_used(MEM_NET), taken;

    (void)state;
    fill(0, 1000);
    taken = mem_used(MEM_NET) - before;
    assert_in_range(dns_cache_bytes(), taken * 2 / 3, taken * 3 / 2);
    dns_cache_clear(true);
    assert_in_range(mem_used(MEM_NET), 0, before + 1000);
}

/* Through dns_get: servers that stop answering. */

static err_t result;
static unsigned asked;

static struct dns_answer *ask(struct str name, enum dns_type type)
{
    struct dns_answer *a = dns_answer_new(result);

    (void)name;
    asked++;
    a->ttl_ms = 5000;
    a->records = ARENA_ARRAY(&a->arena, struct dns_record, 1);
    a->records[0].type = type;
    a->n = result ? 0 : 1;
    return a;
}

static void get(void *arg)
{
    struct dns_answer *a = dns_get(STR("a.test"), DNS_A);

    *(err_t *)arg = a->result;
    obj_drop(a);
}

static void expect_get(err_t expected, unsigned times_asked)
{
    err_t e = ERR_COUNT;

    sim_spawn(0, get, &e);
    sim_settle();
    assert_err(e, expected);
    assert_int_equal(asked, times_asked);
}

static void helps_on_when_no_server_answers(void **state)
{
    (void)state;
    dns_set_source(ask);
    asked = 0;
    result = ERR_OK;
    expect_get(ERR_OK, 1);
    result = ERR_TIMEOUT;
    sim_run_until(sim_now_ms() + 5000);
    expect_get(ERR_OK, 2); /* the old one again */
    sim_run_until(sim_now_ms() + 29000);
    expect_get(ERR_OK, 2); /* without asking for a while */
    sim_run_until(sim_now_ms() + 1001);
    result = ERR_NOT_FOUND;
    expect_get(ERR_NOT_FOUND, 3); /* an answer, if a sad one */
    dns_cache_clear(true);
    result = ERR_OK;
    expect_get(ERR_OK, 4);
    dns_set_asking(false);
    sim_run_until(sim_now_ms() + 60000);
    expect_get(ERR_OK, 4);
    dns_cache_clear(true);
    expect_get(ERR_TIMEOUT, 4);
    dns_set_asking(true);
    expect_get(ERR_OK, 5);
    result = ERR_TIMEOUT;
    sim_run_until(sim_now_ms() + 3600 * 1000 + 5000);
    dns_cache_clean(); /* an hour later it is gone */
    expect_get(ERR_TIMEOUT, 6);
    dns_set_source(NULL);
}

static void reads_lists_of_servers(void **state)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
    } cases[] = {
        { "", "" },
        { "127.0.0.1", "127.0.0.1:53" },
        { "127.0.0.1:5353 [::1]:54,2001:db8::1  [::2]",
          "127.0.0.1:5353,[::1]:54,[2001:db8::1]:53,[::2]:53" },
        { "127.0.0.1:0", NULL },
        { "127.0.0.1:65536", NULL },
        { "127.0.0.1:", NULL },
        { "ns.example.org", NULL },
        { "127.0.0.1 x", NULL },
        { "[::1", NULL },
    };
    struct arena a;
    struct str out;

    (void)state;
    arena_init(&a, MEM_OTHER, 256);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err_t e = dns_read_servers(str_of(cases[i].in), &a, &out);

        assert_int_equal(e == ERR_OK, cases[i].out != NULL);
        if (cases[i].out)
            assert_str(out, str_of(cases[i].out));
    }
    arena_free(&a);
}

#define IN_SIM(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SIM(keeps_within_the_bounds_of_time),  IN_SIM(prefers_records_as_configured),
        IN_SIM(knows_what_was_put_in_by_hand),    IN_SIM(keeps_no_more_when_full),
        IN_SIM(drops_what_nobody_uses_when_full), IN_SIM(counts_what_it_takes),
        IN_SIM(helps_on_when_no_server_answers),  cmocka_unit_test(reads_lists_of_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
