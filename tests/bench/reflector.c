/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor of the benchmark: moves packets between one client and one server with nothing but
 * recvmmsg and sendmmsg, one thread and one SO_REUSEPORT socket per worker. What a SIP server costs
 * beyond this is what it does with the messages.
 *
 *     reflector LISTEN-IP PORT SERVER-IP PORT [WORKERS]
 *
 * What comes from the server goes to the client, the first other address that sends; everything
 * else goes to the server. On SIGINT or SIGTERM it prints packets, processor time and the quotient,
 * JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 16, PACKET = 65536, WORKERS = 64 };

static struct {
    struct sockaddr_in listen, server;
    _Atomic(uint64_t) client; /* address and port; 0: not seen yet */
    _Atomic(uint64_t) packets;
} self;

static uint64_t number_of(const struct sockaddr_in *a)
{
    return (uint64_t)a->sin_addr.s_addr << 16 | a->sin_port;
}

static struct sockaddr_in address_of(uint64_t n)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = (in_port_t)(n & 0xffff),
                                 .sin_addr = { .s_addr = (in_addr_t)(n >> 16) } };
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int open_socket(void)
{
    int one = 1, bytes = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    if (fd < 0)
        fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (bind(fd, (struct sockaddr *)&self.listen, sizeof self.listen) != 0)
        fail("bind");
    return fd;
}

/* Where a packet from `from` goes to. */
static struct sockaddr_in route(const struct sockaddr_in *from)
{
    uint64_t client = atomic_load_explicit(&self.client, memory_order_relaxed);

    if (number_of(from) == number_of(&self.server))
        return address_of(client);
    if (client == 0)
        atomic_store(&self.client, number_of(from));
    return self.server;
}

static void *work(void *arg)
{
    int fd = *(int *)arg, loop = epoll_create1(0);
    struct epoll_event ev = { .events = EPOLLIN };
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    struct sockaddr_in a[BATCH];
    char *space = malloc((size_t)BATCH * PACKET);

    if (!space || loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &ev) != 0)
        fail("start");
    memset(m, 0, sizeof m);
    for (;;) {
        int n;

        if (epoll_wait(loop, &ev, 1, -1) < 0)
            continue;
        for (int i = 0; i < BATCH; i++) {
            v[i] = (struct iovec){ space + (size_t)i * PACKET, PACKET };
            m[i].msg_hdr = (struct msghdr){
                .msg_name = &a[i], .msg_namelen = sizeof a[i], .msg_iov = &v[i], .msg_iovlen = 1
            };
        }
        n = recvmmsg(fd, m, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
            v[i].iov_len = m[i].msg_len;
            a[i] = route(&a[i]);
        }
        if (n > 0 && sendmmsg(fd, m, (unsigned)n, MSG_DONTWAIT) > 0)
            atomic_fetch_add_explicit(&self.packets, (uint64_t)n, memory_order_relaxed);
    }
    return NULL;
}

static struct sockaddr_in read_address(const char *ip, const char *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

    if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
        fprintf(stderr, "not an IPv4 address: %s\n", ip);
        exit(2);
    }
    return a;
}

static void report(void)
{
    struct rusage u;
    double us;
    unsigned long long packets = atomic_load(&self.packets);

    getrusage(RUSAGE_SELF, &u);
    us = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    printf("{\"packets\": %llu, \"cpu_us\": %.0f, \"cpu_us_per_packet\": %.3f}\n", packets, us,
           packets ? us / (double)packets : 0.0);
}

int main(int argc, char **argv)
{
    int fd[WORKERS], n = argc > 5 ? atoi(argv[5]) : 2, got;
    pthread_t thread;
    sigset_t stop;

    if (argc < 5 || n < 1 || n > WORKERS) {
        fprintf(stderr, "usage: reflector LISTEN-IP PORT SERVER-IP PORT [WORKERS]\n");
        return 2;
    }
    self.listen = read_address(argv[1], argv[2]);
    self.server = read_address(argv[3], argv[4]);
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    for (int i = 0; i < n; i++)
        fd[i] = open_socket();
    for (int i = 0; i < n; i++)
        if (pthread_create(&thread, NULL, work, &fd[i]) != 0)
            fail("thread");
    sigwait(&stop, &got);
    report();
    return 0;
}
