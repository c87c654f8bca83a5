/* SPDX-License-Identifier: BSD-2-Clause */
/* Real sockets on the loopback interface, real workers. */
#include "base/stat.h"
#include "base/test.h"
#include "net/net.h"
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS = 3, CALLS = 40, ROUNDS = 25 };

static struct {
    _Atomic(unsigned) received, wrong, overtaken, failed;
    _Atomic(unsigned) next[CALLS]; /* number of the next message of each call */
    _Atomic(unsigned) by_worker[WORKERS];
} up;

/* Messages are "X <call> <number> SIP/2.0": answered by themselves. */
static void received(struct packet *p)
{
    int call, number;

    if (p->call_hash && worker_of_hash(p->call_hash) != worker_self())
        atomic_fetch_add(&up.wrong, 1);
    if (sscanf(p->bytes.p, "X %d %d", &call, &number) == 2 &&
        atomic_exchange(&up.next[call], (unsigned)number + 1) != (unsigned)number)
        atomic_fetch_add(&up.overtaken, 1);
    atomic_fetch_add(&up.by_worker[worker_index(worker_self())], 1);
    atomic_fetch_add(&up.received, 1);
    if (net_send(&p->from, p->bytes))
        atomic_fetch_add(&up.failed, 1);
    obj_drop(p);
}

static void send_failed(const struct flow *to, struct str bytes, err_t why)
{
    (void)to;
    (void)bytes;
    (void)why;
    atomic_fetch_add(&up.failed, 1);
}

static err_t begin_worker(void *arg)
{
    (void)arg;
    return net_worker_begin();
}

static int start(void **state)
{
    static const struct net_upcalls upcalls = { .received = received, .send_failed = send_failed };

    (void)state;
    memset(&up, 0, sizeof up);
    workers_init(WORKERS);
    net_begin(&upcalls, &net_default_conf);
    return workers_start(begin_worker, NULL) ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    workers_stop(2000);
    net_end();
    return 0;
}

static struct socket_spec spec(enum proto proto, const char *ip, uint16_t port)
{
    struct socket_spec s = { .proto = proto };

    assert_err(addr_parse(str_of(ip), port, &s.addr), ERR_OK);
    return s;
}

static void apply(const struct socket_spec *specs, size_t n)
{
    struct buf why;

    buf_init(&why, MEM_OTHER);
    if (listeners_apply(specs, n, &why))
        fail_msg("%.*s", STR_ARG(buf_str(&why)));
    buf_free(&why);
}

static int client(enum proto proto, const struct addr *to)
{
    int fd = socket(to->sa.sa_family, proto == PROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, &to->sa, addr_len(to)), 0);
    return fd;
}

/* Reads until `n` bytes came. */
static void expect(int fd, size_t n)
{
    char space[65536];
    struct pollfd p = { .fd = fd, .events = POLLIN };

    while (n > 0) {
        assert_int_equal(poll(&p, 1, 5000), 1);

        ssize_t got = read(fd, space, sizeof space);

        assert_true(got > 0 && (size_t)got <= n);
        n -= (size_t)got;
    }
}

static size_t write_message(int fd, int call, int number)
{
    char text[200];
    int n = snprintf(text, sizeof text,
                     "X %d %d SIP/2.0\r\nCall-ID: call-%d\r\nContent-Length: 0\r\n\r\n", call,
                     number, call);

    assert_int_equal(write(fd, text, (size_t)n), n);
    return (size_t)n;
}

static void talk(enum proto proto, const char *ip)
{
    struct socket_spec s = spec(proto, ip, 0);
    int fd;

    apply(&s, 1);
    fd = client(proto, &listeners_now()->at[0]->addr);
    for (int number = 0; number < ROUNDS; number++) {
        size_t bytes = 0;

        for (int call = 0; call < CALLS; call++)
            bytes += write_message(fd, call, number);
        expect(fd, bytes);
    }
    close(fd);
    assert_int_equal(up.received, CALLS * ROUNDS);
    assert_int_equal(up.wrong, 0);
    assert_int_equal(up.overtaken, 0);
    assert_int_equal(up.failed, 0);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_true(up.by_worker[i] > 0);
}

static void spreads_one_source_over_udp(void **state)
{
    (void)state;
    talk(PROTO_UDP, "127.0.0.1");
}

static void spreads_one_connection_over_tcp(void **state)
{
    (void)state;
    talk(PROTO_TCP, "127.0.0.1");
}

/* Where the kernel lets us, it delivers every datagram at home. */
static void is_helped_by_the_kernel(void **state)
{
    static const char *const forms[] = { "Call-ID: ", "CALL-ID :", "i:", "i: " };
    struct socket_spec s = spec(PROTO_UDP, "127.0.0.1", 0);
    unsigned handed = stat_find(STR("net"), STR("handed_over"));
    int64_t before = stat_read(handed);
    char text[2000], padding[1001];
    int fd;

    (void)state;
    apply(&s, 1);
    fd = client(PROTO_UDP, &listeners_now()->at[0]->addr);
    for (int i = 0; i < 400; i++) {
        memset(padding, 'a' + i % 26, sizeof padding);
        padding[i * 5 % 1000] = '\0';

        int n = snprintf(text, sizeof text, "Y sip:b SIP/2.0\r\nSubject: %s\r\n%s%.*s-%d\r\n%s\r\n",
                         padding, forms[i % 4], i % 60, padding, i, i % 3 ? "" : "l: 0\r\n");

        assert_int_equal(write(fd, text, (size_t)n), n);
        expect(fd, (size_t)n);
    }
    close(fd);
    assert_int_equal(up.received, 400);
    assert_int_equal(up.wrong, 0);
    if (geteuid() == 0 && stat_read(handed) - before > 0)
        print_message("%d of 400 were handed over\n", (int)(stat_read(handed) - before));
}

static void speaks_ipv6(void **state)
{
    (void)state;
    talk(PROTO_UDP, "::1");
    memset(&up, 0, sizeof up);
    talk(PROTO_TCP, "::1");
}

static void has_none_or_all_of_the_new_addresses(void **state)
{
    struct socket_spec s[3] = { spec(PROTO_UDP, "127.0.0.1", 0) };
    struct listener *first;
    struct buf why;
    int fd;

    (void)state;
    apply(s, 1);
    first = listeners_now()->at[0];
    s[0].addr = first->addr;
    s[1] = spec(PROTO_TCP, "127.0.0.1", 0);
    s[2] = spec(PROTO_UDP, "203.0.113.77", 5060);
    s[2].where = STR("test.cfg:7");
    buf_init(&why, MEM_OTHER);
    assert_true(listeners_apply(s, 3, &why) != ERR_OK);
    assert_true(str_search(buf_str(&why), STR("udp:203.0.113.77:5060")) < why.n);
    assert_true(str_ends(buf_str(&why), STR("(test.cfg:7)")));
    assert_int_equal(listeners_now()->n, 1);
    assert_ptr_equal(listeners_now()->at[0], first);
    fd = client(PROTO_UDP, &first->addr);
    expect(fd, write_message(fd, 0, 0));

    buf_clear(&why);
    s[1] = s[0];
    assert_err(listeners_apply(s, 2, &why), ERR_EXISTS);
    buf_clear(&why);
    s[1].proto = PROTO_TLS;
    assert_err(listeners_apply(s, 2, &why), ERR_UNSUPPORTED);
    close(fd);
    buf_free(&why);
}

static void notices_an_address_in_use(void **state)
{
    struct socket_spec s = spec(PROTO_UDP, "127.0.0.1", 0);
    int other = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
    socklen_t n = sizeof s.addr;
    struct buf why;

    (void)state;
    setsockopt(other, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    assert_int_equal(bind(other, &s.addr.sa, addr_len(&s.addr)), 0);
    assert_int_equal(getsockname(other, &s.addr.sa, &n), 0);
    buf_init(&why, MEM_OTHER);
    assert_true(listeners_apply(&s, 1, &why) != ERR_OK);
    close(other);
    assert_err(listeners_apply(&s, 1, &why), ERR_OK);
    buf_free(&why);
}

static bool still_listens(const struct addr *a)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool yes = connect(fd, &a->sa, addr_len(a)) == 0;

    close(fd);
    return yes;
}

static void keeps_unchanged_sockets_over_reloads(void **state)
{
    struct socket_spec s[2] = { spec(PROTO_UDP, "127.0.0.1", 0), spec(PROTO_TCP, "127.0.0.1", 0) };
    struct listener *udp, *tcp;
    int u, t, refused = 0;

    (void)state;
    apply(s, 2);
    udp = listeners_now()->at[0];
    tcp = listeners_now()->at[1];
    s[0].addr = udp->addr;
    s[1].addr = tcp->addr;
    u = client(PROTO_UDP, &udp->addr);
    t = client(PROTO_TCP, &tcp->addr);
    expect(t, write_message(t, 1, 0));
    for (int i = 0; i < 20; i++) {
        struct socket_spec more[3] = { s[0], s[1], spec(PROTO_UDP, "127.0.0.2", 0) };

        apply(more, 3);
        assert_ptr_equal(listeners_now()->at[0], udp);
        expect(u, write_message(u, 0, 2 * i));
        more[0].name = STR("renamed");
        more[0].advertised_host = STR("sip.example.org");
        apply(more, 2);
        assert_ptr_not_equal(listeners_now()->at[0], udp);
        assert_false(atomic_load(&udp->open));
        assert_ptr_equal(listener_by_name(STR("renamed")), listeners_now()->at[0]);
        assert_ptr_equal(listener_find(STR("SIP.example.org"), 0, PROTO_NONE),
                         listeners_now()->at[0]);
        expect(u, write_message(u, 0, 2 * i + 1));
        apply(s, 2);
        assert_ptr_equal(listeners_now()->at[0], udp);
    }
    expect(t, write_message(t, 1, 1));
    assert_int_equal(up.overtaken, 0);
    apply(s, 1);
    /* The workers close their sockets one by one. */
    for (int i = 0; i < 2000 && refused < 5; i++) {
        usleep(1000);
        refused = still_listens(&tcp->addr) ? 0 : refused + 1;
    }
    assert_int_equal(refused, 5);
    close(u);
    close(t);
}

static void finds_listeners(void **state)
{
    struct socket_spec s[2] = { spec(PROTO_UDP, "127.0.0.1", 0), spec(PROTO_TCP, "::1", 0) };
    const struct listeners *l;
    struct addr peer;

    (void)state;
    s[0].advertised_host = STR("192.0.2.1");
    s[0].advertised_port = 5090;
    apply(s, 2);
    l = listeners_now();
    assert_text(l->at[0]->advertised_text, "udp:192.0.2.1:5090");
    assert_text(l->at[1]->host, "[::1]");
    assert_text(l->at[1]->ip_text, "::1");
    assert_ptr_equal(listener_find(STR("192.0.2.1"), 5090, PROTO_UDP), l->at[0]);
    assert_ptr_equal(listener_find(STR("127.0.0.1"), l->at[0]->port, PROTO_NONE), l->at[0]);
    assert_ptr_equal(listener_find(STR("[::1]"), 0, PROTO_TCP), l->at[1]);
    assert_null(listener_find(STR("127.0.0.1"), 5090, PROTO_UDP));
    assert_null(listener_find(STR("::1"), 0, PROTO_UDP));
    assert_err(addr_parse(STR("::1"), 9, &peer), ERR_OK);
    assert_ptr_equal(listener_for(PROTO_TCP, &peer), l->at[1]);
    assert_null(listener_for(PROTO_UDP, &peer));
}

struct sending {
    struct flow to;
    struct str bytes;
};

static err_t send_it(void *arg)
{
    struct sending *s = arg;

    return net_send(&s->to, s->bytes);
}

static void connects_and_shares_the_connection(void **state)
{
    struct socket_spec s = spec(PROTO_TCP, "127.0.0.1", 0);
    struct sending sending = { .to = { .proto = PROTO_TCP }, .bytes = STR("hello") };
    int server = socket(AF_INET, SOCK_STREAM, 0), fd;
    struct addr at = s.addr;
    socklen_t n = sizeof at;

    (void)state;
    apply(&s, 1);
    assert_int_equal(bind(server, &at.sa, addr_len(&at)), 0);
    assert_int_equal(getsockname(server, &at.sa, &n), 0);
    sending.to.peer = at;
    /* Nobody listens yet. */
    assert_err(worker_call(worker_at(0), send_it, &sending), ERR_OK);
    for (int i = 0; i < 500 && !up.failed; i++)
        usleep(1000);
    assert_int_equal(up.failed, 1);

    assert_int_equal(listen(server, 5), 0);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_err(worker_call(worker_at(i), send_it, &sending), ERR_OK);
    fd = accept(server, NULL, NULL);
    expect(fd, 15);
    assert_int_equal(connections_count(), 1);
    close(fd);
    close(server);
}

static void survives_a_slow_reader(void **state)
{
    struct socket_spec s = spec(PROTO_TCP, "127.0.0.1", 0);
    static char big[60000];
    int fd;

    (void)state;
    apply(&s, 1);
    fd = client(PROTO_TCP, &listeners_now()->at[0]->addr);
    int n = snprintf(big, sizeof big,
                     "MESSAGE sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 50000\r\n\r\n");
    size_t size = (size_t)n + 50000;

    for (int i = 0; i < 60; i++)
        assert_int_equal(send(fd, big, size, 0), size);
    for (int i = 0; i < 2000 && up.received < 60; i++)
        usleep(1000);
    /* Some went, some are queued, those beyond the limit failed; and nothing is cut. */
    assert_int_equal(up.received, 60);
    expect(fd, (60 - up.failed) * size);
    close(fd);
}

#define IN_NET(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_NET(spreads_one_source_over_udp),
        IN_NET(spreads_one_connection_over_tcp),
        IN_NET(is_helped_by_the_kernel),
        IN_NET(speaks_ipv6),
        IN_NET(has_none_or_all_of_the_new_addresses),
        IN_NET(notices_an_address_in_use),
        IN_NET(keeps_unchanged_sockets_over_reloads),
        IN_NET(finds_listeners),
        IN_NET(connects_and_shares_the_connection),
        IN_NET(survives_a_slow_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
