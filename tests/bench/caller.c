/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both sides of many calls on one thread, cheap enough to overload a server from one processor:
 * a caller with one UDP socket, and one to four answering sockets. Timers of RFC 3261 17.1.1.2,
 * 17.2.1 and 13.3.1.4 (retransmissions from 500 ms, doubling).
 *
 *     caller --server IP:PORT --answer PORT[,PORT...] [--rate N] [--seconds N] [--ring MS]
 *            [--hold MS] [--message]
 *
 * The first answering socket answers after --ring ms; the others only ring, and wait for CANCEL.
 * --message sends MESSAGE instead of INVITE. What became of the calls is printed as JSON.
 */
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CALLS_MAX = 4000000,
    ANSWERERS = 4,
    SLOTS = 65536, /* of the timer, one a millisecond */
    T1_MS = 500,
    GIVE_UP_MS = 8000,
    BATCH = 64,
    PACKET = 4096,
    QUEUE = 256,
};

enum caller_state { IDLE, CALLING, PROCEEDING, HOLDING, ENDING, OVER };

struct timer {
    struct link link;
    unsigned call;
    unsigned char who; /* 0: the caller; n: the answering socket n - 1 */
    bool set;
};

/* One answering side of a call. */
struct leg {
    struct timer timer;
    char *ok; /* its 200, while no ACK has come; malloc'ed */
    int n;
    unsigned wait_ms;
    bool ringing;
};

struct call {
    struct timer timer;
    int64_t began_us;
    char *route; /* Route lines of the dialog, malloc'ed */
    unsigned wait_ms, waited_ms;
    unsigned char state;
    struct leg *legs;
};

static struct {
    struct sockaddr_in server;
    int fd[1 + ANSWERERS];
    struct sockaddr_in at[1 + ANSWERERS];
    unsigned n_answerers, rate, seconds, ring_ms, hold_ms;
    bool message;

    struct call *calls;
    unsigned begun, live;
    struct link slots[SLOTS];
    int64_t slot_ms, start_ms;
    struct {
        unsigned completed, refused, without_retry_after, failed, lost, retransmissions;
    } sum;
    unsigned *setup_us;
    unsigned n_setup;

    struct outgoing {
        int fd;
        unsigned n;
        char bytes[PACKET];
    } queue[QUEUE];
    unsigned queued;
} self;

/* Sending: collected, one system call for each run of the same socket. */

static void flush(void)
{
    for (unsigned at = 0; at < self.queued;) {
        struct mmsghdr m[BATCH];
        struct iovec v[BATCH];
        unsigned n = 0;
        int fd = self.queue[at].fd;

        for (; at + n < self.queued && n < BATCH && self.queue[at + n].fd == fd; n++) {
            v[n] = (struct iovec){ self.queue[at + n].bytes, self.queue[at + n].n };
            m[n] = (struct mmsghdr){ .msg_hdr = { .msg_name = &self.server,
                                                  .msg_namelen = sizeof self.server,
                                                  .msg_iov = &v[n],
                                                  .msg_iovlen = 1 } };
        }
        if (sendmmsg(fd, m, n, 0) < 0 && errno != EAGAIN)
            perror("sendmmsg");
        at += n;
    }
    self.queued = 0;
}

static struct outgoing *next_out(int fd)
{
    if (self.queued == QUEUE)
        flush();
    self.queue[self.queued].fd = fd;
    return &self.queue[self.queued++];
}

static void send_bytes(int fd, const char *bytes, int n)
{
    struct outgoing *o = next_out(fd);

    o->n = (unsigned)n;
    memcpy(o->bytes, bytes, o->n);
}
#define SEND(fd, ...)                                                                              \
    do {                                                                                           \
        struct outgoing *o_ = next_out(fd);                                                        \
        o_->n = (unsigned)snprintf(o_->bytes, PACKET, __VA_ARGS__);                                \
    } while (0)

/* Timers. */

static void timer_stop(struct timer *t)
{
    if (t->set)
        list_remove(&t->link);
    t->set = false;
}

static void timer_start(struct timer *t, unsigned ms)
{
    timer_stop(t);
    t->set = true;
    list_push(&self.slots[(uint64_t)(self.slot_ms + 1 + (ms < SLOTS - 2 ? ms : SLOTS - 2)) % SLOTS],
              &t->link);
}

/* The caller. */

static const char SDP[] =
    "v=0\r\no=u 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

static void send_request(unsigned n, const char *method, const char *branch, const char *to_tag,
                         unsigned cseq, const char *body)
{
    const struct call *c = &self.calls[n];
    unsigned me = ntohs(self.at[0].sin_port);

    SEND(self.fd[0],
         "%s sip:service@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP "
         "127.0.0.1:%u;branch=z9hG4bK%s%u\r\n"
         "%sFrom: \"caller\" <sip:caller@127.0.0.1:%u>;tag=f%u\r\n"
         "To: <sip:service@127.0.0.1:%u>%s\r\nCall-ID: %u@bench\r\nCSeq: %u %s\r\n"
         "Contact: <sip:caller@127.0.0.1:%u>\r\nMax-Forwards: 70\r\nUser-Agent: caller\r\n"
         "%sContent-Length: %zu\r\n\r\n%s",
         method,
         to_tag[0] ? (unsigned)ntohs(self.at[1].sin_port) : (unsigned)ntohs(self.server.sin_port),
         me, branch, n, to_tag[0] && c->route ? c->route : "", me, n,
         (unsigned)ntohs(self.server.sin_port), to_tag, n, cseq, method, me,
         body[0] ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

static void send_first(unsigned n)
{
    send_request(n, self.message ? "MESSAGE" : "INVITE", "i", "", 1, SDP);
}

static void end_call(unsigned n)
{
    struct call *c = &self.calls[n];

    timer_stop(&c->timer);
    for (unsigned i = 0; c->legs && i < self.n_answerers; i++) {
        timer_stop(&c->legs[i].timer);
        free(c->legs[i].ok);
    }
    free(c->legs);
    free(c->route);
    c->legs = NULL;
    c->route = NULL;
    c->state = OVER;
    self.live--;
}

static void begin_call(void)
{
    unsigned n = self.begun++;
    struct call *c = &self.calls[n];

    self.live++;
    c->timer.call = n;
    c->began_us = clock_us();
    c->state = CALLING;
    c->wait_ms = T1_MS;
    c->legs = calloc(self.n_answerers, sizeof *c->legs);
    for (unsigned i = 0; i < self.n_answerers; i++) {
        c->legs[i].timer.call = n;
        c->legs[i].timer.who = (unsigned char)(i + 1);
    }
    send_first(n);
    timer_start(&c->timer, T1_MS);
}

static void caller_timer(struct call *c, unsigned n)
{
    if (c->state == HOLDING) {
        c->state = ENDING;
        c->wait_ms = T1_MS;
        c->waited_ms = 0;
    } else {
        c->waited_ms += c->wait_ms;
        c->wait_ms = c->state == PROCEEDING ? c->wait_ms : c->wait_ms * 2;
        if (c->waited_ms >= GIVE_UP_MS) {
            self.sum.lost++;
            end_call(n);
            return;
        }
        if (c->state != PROCEEDING)
            self.sum.retransmissions++;
    }
    if (c->state == CALLING)
        send_first(n);
    else if (c->state == ENDING)
        send_request(n, "BYE", "b", ";tag=t1", 2, "");
    timer_start(&c->timer, c->wait_ms);
}

static struct str line_of(struct str m, const char *name, const char **after)
{
    size_t n = strlen(name);

    for (const char *p = *after ? *after : m.p; (p = memmem(p, (size_t)(m.p + m.n - p), name, n));
         p += n)
        if (p == m.p || p[-1] == '\n') {
            const char *end = memchr(p, '\n', (size_t)(m.p + m.n - p));

            if (!end)
                return STR_NONE;
            *after = end;
            return (struct str){ p, (size_t)(end + 1 - p) };
        }
    return STR_NONE;
}

static struct str header(struct str m, const char *name)
{
    const char *after = NULL;

    return line_of(m, name, &after);
}

/* One Record-Route each is all our servers put in. */
static void keep_route(struct call *c, struct str m)
{
    struct str rr = header(m, "Record-Route:");

    if (c->route || !rr.n)
        return;
    if (asprintf(&c->route, "Route:%.*s", (int)(rr.n - 13), rr.p + 13) < 0)
        abort();
}

static void answered(struct call *c, unsigned n, struct str m)
{
    if (c->state == CALLING || c->state == PROCEEDING) {
        self.setup_us[self.n_setup++] = (unsigned)(clock_us() - c->began_us);
        keep_route(c, m);
        c->state = HOLDING;
        timer_start(&c->timer, self.hold_ms);
    }
    send_request(n, "ACK", "a", ";tag=t1", 1, "");
}

static void ended(unsigned n, unsigned *sum)
{
    ++*sum;
    end_call(n);
}

static void refused(struct call *c, unsigned n, unsigned status, struct str m)
{
    struct str to = header(m, "To:");
    const char *tag = to.n ? memmem(to.p, to.n, ";tag=", 5) : NULL;
    char copy[128] = "";

    if (tag)
        snprintf(copy, sizeof copy, "%.*s", (int)(to.p + to.n - 2 - tag), tag);
    if (!self.message) {
        char *route = c->route;

        c->route = NULL;
        send_request(n, "ACK", "i", copy, 1, "");
        c->route = route;
    }
    if (c->state != CALLING && c->state != PROCEEDING)
        return;
    if (status == 503 && !header(m, "Retry-After:").n)
        self.sum.without_retry_after++;
    ended(n, status == 503 ? &self.sum.refused : &self.sum.failed);
}

static void caller_reply(struct call *c, unsigned n, struct str m)
{
    unsigned status = (unsigned)strtoul(m.p + 8, NULL, 10);
    struct str cseq = header(m, "CSeq:");

    if (memmem(cseq.p, cseq.n, "BYE", 3)) {
        if (status >= 200 && c->state == ENDING)
            ended(n, status < 300 ? &self.sum.completed : &self.sum.failed);
    } else if (status < 200) {
        if (c->state == CALLING)
            c->state = PROCEEDING;
    } else if (status < 300 && self.message) {
        if (c->state == CALLING || c->state == PROCEEDING) {
            self.setup_us[self.n_setup++] = (unsigned)(clock_us() - c->began_us);
            ended(n, &self.sum.completed);
        }
    } else if (status < 300) {
        answered(c, n, m);
    } else {
        refused(c, n, status, m);
    }
}

/* The answering side. */

static int make_reply(char *out, struct str m, unsigned who, const char *status, bool dialog)
{
    struct str to = header(m, "To:");
    const char *after = NULL;
    int n = snprintf(out, PACKET, "SIP/2.0 %s\r\n", status);
    bool tagged = to.n && memmem(to.p, to.n, ";tag=", 5);

    if (to.n < 2)
        return 0;

    for (struct str v; (v = line_of(m, "Via:", &after)).n;)
        n += snprintf(out + n, PACKET - (size_t)n, "%.*s", (int)v.n, v.p);
    after = NULL;
    for (struct str v; dialog && (v = line_of(m, "Record-Route:", &after)).n;)
        n += snprintf(out + n, PACKET - (size_t)n, "%.*s", (int)v.n, v.p);
    n += snprintf(out + n, PACKET - (size_t)n, "%.*s%.*s", (int)header(m, "From:").n,
                  header(m, "From:").p, (int)(to.n - 2), to.p);
    n += tagged ? snprintf(out + n, PACKET - (size_t)n, "\r\n")
                : snprintf(out + n, PACKET - (size_t)n, ";tag=t%u\r\n", who);
    n += snprintf(out + n, PACKET - (size_t)n, "%.*s%.*s", (int)header(m, "Call-ID:").n,
                  header(m, "Call-ID:").p, (int)header(m, "CSeq:").n, header(m, "CSeq:").p);
    if (dialog)
        n += snprintf(out + n, PACKET - (size_t)n, "Contact: <sip:service@127.0.0.1:%u>\r\n",
                      (unsigned)ntohs(self.at[who].sin_port));
    return n + snprintf(out + n, PACKET - (size_t)n, "Content-Length: 0\r\n\r\n");
}

static void reply(struct str m, unsigned who, const char *status, bool dialog)
{
    struct outgoing *o = next_out(self.fd[who]);

    o->n = (unsigned)make_reply(o->bytes, m, who, status, dialog);
}

static void leg_invite(struct leg *leg, struct str m, unsigned who)
{
    static _Thread_local char space[PACKET];

    reply(m, who, "180 Ringing", true);
    if (leg->ringing)
        return;
    leg->ringing = true;
    leg->n = make_reply(space, m, who, who == 1 ? "200 OK" : "487 Request Terminated", who == 1);
    leg->ok = malloc((size_t)leg->n);
    memcpy(leg->ok, space, (size_t)leg->n);
    if (who == 1)
        timer_start(&leg->timer, self.ring_ms);
}

static void leg_done(struct leg *leg)
{
    timer_stop(&leg->timer);
    free(leg->ok);
    leg->ok = NULL;
}

static void leg_timer(struct leg *leg, unsigned who)
{
    if (!leg->ok)
        return;
    self.sum.retransmissions += leg->wait_ms > 0;
    leg->wait_ms = leg->wait_ms ? leg->wait_ms * 2 : T1_MS;
    send_bytes(self.fd[who], leg->ok, leg->n);
    if (leg->wait_ms < GIVE_UP_MS)
        timer_start(&leg->timer, leg->wait_ms);
}

static void answerer_request(struct call *c, struct str m, unsigned who)
{
    struct leg *leg = c->legs ? &c->legs[who - 1] : NULL;

    if (str_starts(m, STR("INVITE "))) {
        if (leg)
            leg_invite(leg, m, who);
    } else if (str_starts(m, STR("ACK "))) {
        if (leg)
            leg_done(leg);
    } else if (str_starts(m, STR("CANCEL "))) {
        reply(m, who, "200 OK", false);
        if (leg && who > 1)
            leg_timer(leg, who);
    } else {
        reply(m, who, "200 OK", false);
    }
}

/* Receiving. */

static void deal_with(struct str m, unsigned who)
{
    struct str id = header(m, "Call-ID:");
    unsigned n = id.n > 9 ? (unsigned)strtoul(id.p + 9, NULL, 10) : CALLS_MAX;

    if (n >= self.begun)
        return;
    if (str_starts(m, STR("SIP/2.0 "))) {
        if (who == 0)
            caller_reply(&self.calls[n], n, m);
    } else if (who > 0) {
        answerer_request(&self.calls[n], m, who);
    }
}

static void receive(unsigned who)
{
    static char space[BATCH][PACKET];
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    int n;

    memset(m, 0, sizeof m);
    for (int i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){ space[i], PACKET - 1 };
        m[i].msg_hdr.msg_iov = &v[i];
        m[i].msg_hdr.msg_iovlen = 1;
    }
    n = recvmmsg(self.fd[who], m, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        space[i][m[i].msg_len] = 0;
        deal_with((struct str){ space[i], m[i].msg_len }, who);
    }
}

/* Time. */

static void fire(struct link *slot)
{
    struct link due;

    list_init(&due);
    while (!list_empty(slot)) {
        struct link *l = slot->next;

        list_remove(l);
        list_push(&due, l);
    }
    while (!list_empty(&due)) {
        struct timer *t = LIST_OF(due.next, struct timer, link);
        struct call *c = &self.calls[t->call];

        timer_stop(t);
        if (t->who == 0)
            caller_timer(c, t->call);
        else
            leg_timer(&c->legs[t->who - 1], t->who);
    }
}

static unsigned due_calls(int64_t now)
{
    int64_t ms = now - self.start_ms, end = (int64_t)self.seconds * 1000;

    return (unsigned)((ms < end ? ms : end) * self.rate / 1000);
}

static void run(void)
{
    unsigned total = self.rate * self.seconds;
    struct pollfd p[1 + ANSWERERS];

    for (unsigned i = 0; i <= self.n_answerers; i++)
        p[i] = (struct pollfd){ .fd = self.fd[i], .events = POLLIN };
    self.start_ms = self.slot_ms = clock_ms();
    while (self.begun < total || self.live) {
        int64_t now = clock_ms();
        unsigned due = due_calls(now);

        for (; self.slot_ms < now; self.slot_ms++)
            fire(&self.slots[(uint64_t)(self.slot_ms + 1) % SLOTS]);
        while (self.begun < due)
            begin_call();
        flush();
        if (poll(p, self.n_answerers + 1, 1) <= 0)
            continue;
        for (unsigned i = 0; i <= self.n_answerers; i++)
            if (p[i].revents & POLLIN)
                receive(i);
        flush();
    }
}

static int by_size(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void report(void)
{
    size_t half = self.n_setup / 2, most = (size_t)self.n_setup * 99 / 100;
    double setup[2] = { 0, 0 };

    qsort(self.setup_us, self.n_setup, sizeof *self.setup_us, by_size);
    if (self.n_setup) {
        setup[0] = self.setup_us[half] / 1e3;
        setup[1] = self.setup_us[most] / 1e3;
    }
    printf("{\"offered\": %u, \"completed\": %u, \"refused\": %u, \"without_retry_after\": %u, "
           "\"failed\": %u, \"lost\": %u, \"retransmissions\": %u, \"setup_ms_p50\": %.1f, "
           "\"setup_ms_p99\": %.1f}\n",
           self.begun, self.sum.completed, self.sum.refused, self.sum.without_retry_after,
           self.sum.failed, self.sum.lost, self.sum.retransmissions, setup[0], setup[1]);
}

/* The command line. */

static void fail(const char *what)
{
    fprintf(stderr, "caller: %s\n", what);
    exit(2);
}

static void open_at(unsigned i, unsigned port)
{
    int bytes = 8 << 20;
    socklen_t n = sizeof self.at[i];

    self.fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
    self.at[i] = (struct sockaddr_in){ .sin_family = AF_INET,
                                       .sin_port = htons((in_port_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (setsockopt(self.fd[i], SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
        setsockopt(self.fd[i], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (bind(self.fd[i], (struct sockaddr *)&self.at[i], sizeof self.at[i]) != 0 ||
        getsockname(self.fd[i], (struct sockaddr *)&self.at[i], &n) != 0)
        fail("a port is taken");
}

static void read_server(char *text)
{
    char *colon = strrchr(text, ':');

    if (!colon)
        fail("--server takes IP:PORT");
    *colon = 0;
    self.server = (struct sockaddr_in){ .sin_family = AF_INET,
                                        .sin_port = htons((in_port_t)atoi(colon + 1)) };
    if (inet_pton(AF_INET, text, &self.server.sin_addr) != 1)
        fail("--server takes an IPv4 address");
}

static void read_answerers(char *text)
{
    for (char *p = strtok(text, ","); p && self.n_answerers < ANSWERERS; p = strtok(NULL, ","))
        open_at(++self.n_answerers, (unsigned)atoi(p));
}

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "server", required_argument, NULL, 's' }, { "answer", required_argument, NULL, 'a' },
        { "rate", required_argument, NULL, 'r' },   { "seconds", required_argument, NULL, 't' },
        { "ring", required_argument, NULL, 'g' },   { "hold", required_argument, NULL, 'h' },
        { "message", no_argument, NULL, 'm' },      { 0 },
    };

    self.rate = 100;
    self.seconds = 5;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (o) {
        case 's': read_server(optarg); break;
        case 'a': read_answerers(optarg); break;
        case 'r': self.rate = (unsigned)atoi(optarg); break;
        case 't': self.seconds = (unsigned)atoi(optarg); break;
        case 'g': self.ring_ms = (unsigned)atoi(optarg); break;
        case 'h': self.hold_ms = (unsigned)atoi(optarg); break;
        case 'm': self.message = true; break;
        default: fail("see the head of tests/bench/caller.c");
        }
    }
    if (!self.server.sin_port || !self.n_answerers)
        fail("--server and --answer are needed");
    if (self.rate == 0 || (uint64_t)self.rate * self.seconds > CALLS_MAX)
        fail("too many calls");
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < SLOTS; i++)
        list_init(&self.slots[i]);
    read_options(argc, argv);
    open_at(0, 0);
    self.calls = calloc((size_t)self.rate * self.seconds, sizeof *self.calls);
    self.setup_us = calloc((size_t)self.rate * self.seconds, sizeof *self.setup_us);
    run();
    report();
    return 0;
}
