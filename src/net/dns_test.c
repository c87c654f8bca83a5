/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"
#include "base/test.h"
#include "net/dns_state.h"
#include "net/sim.h"
#include "rt/sim.h"
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* The zone of the tests: "name TYPE data". */
static const char *const zone[] = {
    "a.test A 192.0.2.1",
    "a.test A 192.0.2.2",
    "six.test AAAA 2001:db8::6",
    "both.test A 192.0.2.4",
    "both.test AAAA 2001:db8::4",
    "_sip._udp.srv.test SRV 20 0 5070 both.test",
    "_sip._udp.srv.test SRV 10 1 5062 a.test",
    "_sip._udp.srv.test SRV 10 5 5061 b.test",
    "b.test A 192.0.2.9",
    "_sip._tcp.srv.test SRV 1 1 5080 b.test",
    "naptr.test NAPTR 20 10 s SIP+D2U _sip._udp.srv.test",
    "naptr.test NAPTR 10 20 s SIP+D2T _sip._tcp.srv.test",
    "naptr.test NAPTR 10 10 s SIPS+D2T _sips._tcp.srv.test",
    "closed.test A 192.0.2.7",
    "_sip._udp.closed.test SRV 0 0 0 ",
};

static unsigned asked;
static bool slow;

static uint16_t next_number(struct str *s)
{
    uint32_t n = 0;

    assert_err(str_to_u32(str_split(s, ' '), &n), ERR_OK);
    return (uint16_t)n;
}

static void add_record(struct dns_answer *a, enum dns_type type, struct str data)
{
    struct dns_record *r = &a->records[a->n++];

    r->type = type;
    a->result = ERR_OK;
    a->ttl_ms = 30000;
    if (type == DNS_A || type == DNS_AAAA) {
        assert_err(addr_parse(data, 0, &r->addr), ERR_OK);
        return;
    }
    r->priority = next_number(&data);
    r->weight = next_number(&data);
    if (type == DNS_SRV) {
        r->port = next_number(&data);
    } else {
        r->flags = str_split(&data, ' ');
        r->service = str_split(&data, ' ');
    }
    r->target = data;
}

static struct dns_answer *ask_zone(struct str name, enum dns_type type)
{
    static const char *const names[] = {
        [DNS_A] = "A", [DNS_AAAA] = "AAAA", [DNS_SRV] = "SRV", [DNS_NAPTR] = "NAPTR"
    };
    struct dns_answer *a = dns_answer_new(ERR_NOT_FOUND);

    asked++;
    if (slow && co_sleep(1000)) {
        a->result = ERR_CANCELED;
        return a;
    }
    if (str_eq(name, STR("broken.test")))
        a->result = ERR_TIMEOUT;
    a->records = ARENA_ARRAY(&a->arena, struct dns_record, 16);
    for (size_t i = 0; i < sizeof zone / sizeof *zone; i++) {
        struct str line = str_of(zone[i]);

        if (str_ieq(str_split(&line, ' '), name) &&
            str_eq(str_split(&line, ' '), str_of(names[type])))
            add_record(a, type, line);
    }
    return a;
}

static int begin(void **state)
{
    (void)state;
    sim_begin(2, 1);
    net_sim_begin();
    net_begin(&(struct net_upcalls){ 0 }, &net_default_conf);
    net_sim_workers_begin();
    dns_set_source(ask_zone);
    dns_hosts_use("/dev/null");
    asked = 0;
    slow = false;
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_end();
    net_end();
    net_sim_end();
    dns_set_source(NULL);
    return 0;
}

struct job {
    struct dns_query q;
    struct buf found;
    err_t result;
};

static void resolve(void *arg)
{
    struct job *j = arg;
    struct dns_target *t = NULL;
    struct arena a;
    size_t n = 0;

    arena_init(&a, MEM_NET, 256);
    j->result = dns_resolve(&j->q, &a, &t, &n);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&j->found, "%s" STR_FMT ":", i ? " " : "", STR_ARG(proto_name(t[i].proto)));
        addr_print(&j->found, &t[i].addr);
    }
    arena_free(&a);
}

static void check(struct dns_query q, err_t result, const char *found)
{
    struct job j = { .q = q, .result = ERR_COUNT };

    buf_init(&j.found, MEM_OTHER);
    sim_spawn(0, resolve, &j);
    sim_settle();
    assert_err(j.result, result);
    assert_str(buf_str(&j.found), str_of(found));
    buf_free(&j.found);
}

#define Q(name, ...) ((struct dns_query){ .host = STR(name), __VA_ARGS__ })

static void takes_numbers_as_they_are(void **state)
{
    (void)state;
    check(Q("192.0.2.5"), ERR_OK, "udp:192.0.2.5:5060");
    check(Q("[2001:db8::1]", .port = 7, .proto = PROTO_TCP), ERR_OK, "tcp:[2001:db8::1]:7");
    check(Q("192.0.2.5", .secure = true), ERR_OK, "tls:192.0.2.5:5061");
    check(Q("a.test", .numeric_only = true), ERR_NOT_FOUND, "");
    assert_int_equal(asked, 0);
}

static void looks_up_addresses(void **state)
{
    (void)state;
    check(Q("a.test", .port = 5090), ERR_OK, "udp:192.0.2.1:5090 udp:192.0.2.2:5090");
    check(Q("both.test", .port = 9, .proto = PROTO_TCP), ERR_OK,
          "tcp:192.0.2.4:9 tcp:[2001:db8::4]:9");
    check(Q("six.test"), ERR_OK, "udp:[2001:db8::6]:5060");
    check(Q("none.test"), ERR_NOT_FOUND, "");
    check(Q("broken.test"), ERR_TIMEOUT, "");
}

static void orders_services(void **state)
{
    (void)state;
    check(Q("srv.test"), ERR_OK,
          "udp:192.0.2.9:5061 udp:192.0.2.1:5062 udp:192.0.2.2:5062 udp:192.0.2.4:5070 "
          "udp:[2001:db8::4]:5070");
    check(Q("srv.test", .proto = PROTO_TCP), ERR_OK, "tcp:192.0.2.9:5080");
    check(Q("srv.test", .port = 5060), ERR_NOT_FOUND, "");
    check(Q("closed.test"), ERR_NOT_FOUND, "");
}

static void draws_by_weight(void **state)
{
    struct dns_conf conf = dns_default_conf;
    unsigned first[2] = { 0, 0 };

    (void)state;
    conf.srv_balance = true;
    dns_configure(&conf);
    random_seed_for_test(3);
    for (int i = 0; i < 600; i++) {
        struct job j = { .q = Q("srv.test") };

        buf_init(&j.found, MEM_OTHER);
        sim_spawn(0, resolve, &j);
        sim_settle();
        first[str_starts(buf_str(&j.found), STR("udp:192.0.2.9:5061"))]++;
        assert_true(str_ends(buf_str(&j.found), STR("udp:[2001:db8::4]:5070")));
        buf_free(&j.found);
    }
    assert_in_range(first[1], 400, 580);
}

static void follows_pointers(void **state)
{
    struct dns_conf conf = dns_default_conf;

    (void)state;
    conf.try_naptr = true;
    dns_configure(&conf);
    check(Q("naptr.test"), ERR_OK,
          "tcp:192.0.2.9:5080 udp:192.0.2.9:5061 udp:192.0.2.1:5062 udp:192.0.2.2:5062 "
          "udp:192.0.2.4:5070 udp:[2001:db8::4]:5070");
    check(Q("a.test"), ERR_OK, "udp:192.0.2.1:5060 udp:192.0.2.2:5060");
}

static void remembers_as_long_as_it_may(void **state)
{
    (void)state;
    check(Q("a.test", .port = 1), ERR_OK, "udp:192.0.2.1:1 udp:192.0.2.2:1");
    check(Q("none.test", .port = 1), ERR_NOT_FOUND, "");
    assert_int_equal(asked, 4);
    sim_run_until(sim_now_ms() + 29999);
    check(Q("A.test", .port = 2), ERR_OK, "udp:192.0.2.1:2 udp:192.0.2.2:2");
    check(Q("none.test", .port = 1), ERR_NOT_FOUND, "");
    assert_int_equal(asked, 4);
    sim_run_until(sim_now_ms() + 1);
    check(Q("a.test", .port = 1), ERR_OK, "udp:192.0.2.1:1 udp:192.0.2.2:1");
    assert_int_equal(asked, 5);
    sim_run_until(sim_now_ms() + 31000);
    check(Q("none.test", .port = 1), ERR_NOT_FOUND, "");
    assert_int_equal(asked, 7);
    dns_cache_clear(false);
    check(Q("none.test", .port = 1), ERR_NOT_FOUND, "");
    assert_int_equal(asked, 9);
}

static void asks_once_for_all_who_wait(void **state)
{
    struct job j[5];

    (void)state;
    slow = true;
    for (size_t i = 0; i < 5; i++) {
        j[i] = (struct job){ .q = Q("both.test", .port = 1), .result = ERR_COUNT };
        buf_init(&j[i].found, MEM_OTHER);
        sim_spawn(1, resolve, &j[i]);
    }
    sim_run_until(sim_now_ms() + 2000);
    assert_int_equal(asked, 2);
    for (size_t i = 0; i < 5; i++) {
        assert_text(buf_str(&j[i].found), "udp:192.0.2.4:1 udp:[2001:db8::4]:1");
        buf_free(&j[i].found);
    }
}

static void survives_being_stopped_while_it_asks(void **state)
{
    struct job j[3];

    (void)state;
    begin(NULL);
    slow = true;
    for (size_t i = 0; i < 3; i++) {
        j[i] = (struct job){ .q = Q("a.test", .port = 1) };
        buf_init(&j[i].found, MEM_OTHER);
        sim_spawn(1, resolve, &j[i]);
    }
    sim_settle();
    end(NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_err(j[i].result, ERR_CANCELED);
        buf_free(&j[i].found);
    }
}

static void honours_the_hosts_file(void **state)
{
    char path[] = "/tmp/hosts-XXXXXX";
    static const char text[] = "# comment\n192.0.2.77\tlocal.test alias.test # x\n"
                               "2001:db8::77 local.test\nnonsense\n";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    dns_hosts_use(path);
    check(Q("LOCAL.test", .port = 1), ERR_OK, "udp:192.0.2.77:1 udp:[2001:db8::77]:1");
    check(Q("alias.test", .port = 1), ERR_OK, "udp:192.0.2.77:1");
    assert_int_equal(asked, 0);
    unlink(path);
}

/* Replies as bytes. */

#define HEAD(flags, answers, authorities)                                                          \
    "\x12\x34" flags "\0\1\0" answers "\0" authorities "\0\0"                                      \
    "\1a\4test\0\0\1\0\1"

static err_t read_bytes(struct str reply, enum dns_type type, struct dns_answer **out)
{
    *out = dns_answer_new(ERR_OK);
    return dns_read_reply(reply, type, *out);
}

static void reads_replies(void **state)
{
    struct dns_answer *a;

    (void)state;
    assert_err(
        read_bytes(STR(HEAD("\x81\x80", "\2", "\0") "\xc0\x0c\0\5\0\1\0\0\0\x10\0\4\1b\xc0\x0e"
                                                    "\xc0\x24\0\1\0\1\0\0\0\x20\0\4\xc0\0\2\1"),
                   DNS_A, &a),
        ERR_OK);
    assert_int_equal(a->n, 1);
    assert_int_equal(a->ttl_ms, 16000);
    obj_drop(a);
    assert_err(read_bytes(STR(HEAD("\x81\x80", "\1", "\0") "\xc0\x0c\0\x21\0\1\0\0\0\x10\0\x0d"
                                                           "\0\1\0\2\x13\xc4\4HOST\xc0\x0e"),
                          DNS_SRV, &a),
               ERR_OK);
    assert_text(a->records[0].target, "host.test");
    assert_int_equal(a->records[0].port, 5060);
    obj_drop(a);
    assert_err(read_bytes(STR(HEAD("\x81\x83", "\0",
                                   "\1") "\xc0\x0e\0\6\0\1\0\0\1\0\0\x16"
                                         "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x20"),
                          DNS_A, &a),
               ERR_OK);
    assert_err(a->result, ERR_NOT_FOUND);
    assert_int_equal(a->ttl_ms, 32000);
    obj_drop(a);
}

static void refuses_broken_replies(void **state)
{
    static const struct str bad[] = {
        STR_INIT(""),
        STR_INIT("\x12\x34\x81\x80"),
        STR_INIT(HEAD("\x81\x80", "\1", "\0")),
        STR_INIT(HEAD("\x81\x80", "\1", "\0") "\xc0\x0c\0\1\0\1\0\0\0\x20\0\4\xc0\0\2"),
        STR_INIT(HEAD("\x81\x80", "\1", "\0") "\xc0\x0c\0\1\0\1\0\0\0\x20\0\3\xc0\0\2"),
        STR_INIT(HEAD("\x81\x80", "\1", "\0") "\xc0\x18\0\1\0\1\0\0\0\x20\0\4\xc0\0\2\1"),
        STR_INIT(HEAD("\x81\x80", "\1", "\0") "\xff\xff\0\1\0\1\0\0\0\x20\0\4\xc0\0\2\1"),
    };
    struct dns_answer *a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_err(read_bytes(bad[i], DNS_A, &a), ERR_SYNTAX);
        assert_int_equal(a->n, 0);
        obj_drop(a);
    }
}

/* A name server on the loopback interface, asked through c-ares by a real worker. */

static _Atomic(bool) serving;

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    static const char record[] = "\xc0\x0c\0\1\0\1\0\0\0\x20\0\4\xc0\0\2\1";

    while (atomic_load(&serving)) {
        unsigned char m[1024];
        struct addr from;
        socklen_t len = sizeof from;
        ssize_t n;

        if (poll(&p, 1, 20) != 1)
            continue;
        n = recvfrom(fd, m, 512, 0, &from.sa, &len);
        if (n < 17 || m[13] != 'a') {
            m[3] = 3; /* no such name */
            m[2] |= 0x80;
        } else if (m[n - 3] == DNS_A) {
            m[2] |= 0x80;
            m[7] = 1;
            memcpy(m + n, record, sizeof record - 1);
            n += (ssize_t)sizeof record - 1;
        } else {
            m[2] |= 0x80;
        }
        (void)!sendto(fd, m, (size_t)n, 0, &from.sa, len);
    }
    return NULL;
}

static err_t begin_worker(void *arg)
{
    (void)arg;
    return net_worker_begin();
}

static err_t resolve_there(void *arg)
{
    struct job *j = arg;

    resolve(j);
    return j->result;
}

static void asks_a_real_server(void **state)
{
    struct dns_conf conf = dns_default_conf;
    struct job j = { .q = Q("a.test", .port = 5060) };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct addr at;
    socklen_t len = sizeof at;
    char servers[64];
    pthread_t thread;

    (void)state;
    assert_err(addr_parse(STR("127.0.0.1"), 0, &at), ERR_OK);
    assert_int_equal(bind(fd, &at.sa, addr_len(&at)), 0);
    assert_int_equal(getsockname(fd, &at.sa, &len), 0);
    atomic_store(&serving, true);
    pthread_create(&thread, NULL, serve, &fd);
    snprintf(servers, sizeof servers, "127.0.0.1:%u", addr_port(&at));
    conf.servers = str_of(servers);
    conf.retry_ms = 1000;
    dns_configure(&conf);
    dns_hosts_use("/dev/null");
    workers_init(2);
    net_begin(&(struct net_upcalls){ 0 }, &net_default_conf);
    assert_err(workers_start(begin_worker, NULL), ERR_OK);
    for (unsigned i = 0; i < 2; i++) {
        buf_init(&j.found, MEM_OTHER);
        assert_err(worker_call(worker_at(i), resolve_there, &j), ERR_OK);
        assert_text(buf_str(&j.found), "udp:192.0.2.1:5060");
        buf_free(&j.found);
    }
    j.q.host = STR("missing.test");
    assert_err(worker_call(worker_at(0), resolve_there, &j), ERR_NOT_FOUND);
    workers_stop(2000);
    net_end();
    atomic_store(&serving, false);
    pthread_join(thread, NULL);
    close(fd);
}

#define IN_SIM(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SIM(takes_numbers_as_they_are),
        IN_SIM(looks_up_addresses),
        IN_SIM(orders_services),
        IN_SIM(draws_by_weight),
        IN_SIM(follows_pointers),
        IN_SIM(remembers_as_long_as_it_may),
        IN_SIM(asks_once_for_all_who_wait),
        cmocka_unit_test(survives_being_stopped_while_it_asks),
        IN_SIM(honours_the_hosts_file),
        cmocka_unit_test(reads_replies),
        cmocka_unit_test(refuses_broken_replies),
        cmocka_unit_test(asks_a_real_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
