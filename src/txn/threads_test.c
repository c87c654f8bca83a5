/* SPDX-License-Identifier: BSD-2-Clause */
/* Real workers, real sockets: calls spread over the workers by Call-ID, from one source address. */
#include "txn/test_peer.h"
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

enum { WORKERS = 4, CALLS = 300, AT_ONCE = 20, PATIENCE_MS = 20000 };

static struct {
    int uac, uas;
    unsigned uac_port, uas_port, our_port;
    struct sockaddr_in us;
    unsigned begun, ended;
    unsigned stage[CALLS]; /* 1: INVITE sent, 2: answered, 3: over */
    struct buf b;
} self;

static err_t begin_worker(void *arg)
{
    (void)arg;
    return net_worker_begin();
}

static int udp_socket(unsigned *port)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof a;

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void send_from(int fd)
{
    ssize_t n = sendto(fd, self.b.p, self.b.n, 0, (struct sockaddr *)&self.us, sizeof self.us);

    assert_true(n == (ssize_t)self.b.n);
    buf_clear(&self.b);
}

static void request(const char *method, unsigned call, unsigned cseq, bool sdp)
{
    char uri[64];

    snprintf(uri, sizeof uri, "sip:bob@127.0.0.1:%u", self.uas_port);
    peer_request(&self.b, method, "127.0.0.1", self.uac_port, uri, call, cseq,
                 cseq > 1 || strcmp(method, "ACK") == 0 ? STR("bob") : STR(""), sdp);
    send_from(self.uac);
}

static void uac_got(struct str m)
{
    unsigned call = peer_call(m);
    bool final_ok = str_starts(m, STR("SIP/2.0 200"));
    bool bye = str_search(m, STR(" BYE")) < m.n;

    assert_true(call < CALLS);
    if (final_ok && bye && self.stage[call] == 2) {
        self.stage[call] = 3;
        self.ended++;
    } else if (final_ok && !bye && self.stage[call] == 1) {
        self.stage[call] = 2;
        request("ACK", call, 1, false);
        request("BYE", call, 2, false);
    }
}

static void uas_got(struct str m)
{
    if (str_starts(m, STR("ACK")) || str_starts(m, STR("SIP/2.0")))
        return;
    if (str_starts(m, STR("INVITE"))) {
        peer_reply(&self.b, m, 180);
        send_from(self.uas);
    }
    peer_reply(&self.b, m, 200);
    send_from(self.uas);
}

static void take(int fd, void (*got)(struct str m))
{
    char space[4096];
    ssize_t n;

    while ((n = recv(fd, space, sizeof space, MSG_DONTWAIT)) > 0)
        got((struct str){ space, (size_t)n });
}

static void listen_somewhere(void)
{
    struct socket_spec spec = { .proto = PROTO_UDP };
    struct buf why;

    buf_init(&why, MEM_OTHER);
    assert_err(addr_parse(STR("127.0.0.1"), 0, &spec.addr), ERR_OK);
    assert_err(listeners_apply(&spec, 1, &why), ERR_OK);
    buf_free(&why);
    self.our_port = listeners_now()->at[0]->port;
    self.us = (struct sockaddr_in){ .sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)self.our_port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static err_t stop_here(void *arg)
{
    (void)arg;
    txn_worker_stop();
    receive_worker_stop();
    return ERR_OK;
}

static err_t count_here(void *arg)
{
    *(unsigned *)arg += txn_home()->ids.n > 0;
    return ERR_OK;
}

static void carries_whole_calls_on_all_workers(void **state)
{
    static const struct net_upcalls up = { .received = receive_packet };
    unsigned with_calls = 0;

    (void)state;
    buf_init(&self.b, MEM_OTHER);
    log_set_level(LOG_ERROR);
    workers_init(WORKERS);
    net_begin(&up, &net_default_conf);
    receive_begin();
    txn_start(0);
    call_upcalls.run_route = relay_everything;
    publish_generation(1);
    assert_err(workers_start(begin_worker, NULL), ERR_OK);
    listen_somewhere();
    self.uac = udp_socket(&self.uac_port);
    self.uas = udp_socket(&self.uas_port);
    for (int waited = 0; self.ended < CALLS && waited < PATIENCE_MS;) {
        struct pollfd fds[] = { { self.uac, POLLIN, 0 }, { self.uas, POLLIN, 0 } };

        while (self.begun < CALLS && self.begun - self.ended < AT_ONCE) {
            self.stage[self.begun] = 1;
            request("INVITE", self.begun++, 1, true);
        }
        if (poll(fds, 2, 10) == 0)
            waited += 10;
        take(self.uac, uac_got);
        take(self.uas, uas_got);
    }
    assert_int_equal(self.ended, CALLS);
    assert_err(workers_each(count_here, &with_calls), ERR_OK);
    assert_int_equal(with_calls, WORKERS);
    struct txn_stats s = txn_stats();
    assert_true(s.completed[2] >= 2 * CALLS);
    assert_err(workers_each(stop_here, NULL), ERR_OK);
    workers_stop(2000);
    generation_end();
    net_end();
    close(self.uac);
    close(self.uas);
    buf_free(&self.b);
}

int main(void)
{
    TEST_RUN(carries_whole_calls_on_all_workers);
}
