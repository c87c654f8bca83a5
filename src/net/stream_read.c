/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading from connections: bytes become messages. */
#include "base/clock.h"
#include "base/log.h"
#include "net/proxy_header.h"
#include "net/stream_parts.h"
#include <errno.h>

enum { KEEP_SPACE = 4096 }; /* an idle connection keeps at most that much memory */

static void deliver(struct stream *s, enum frame_kind kind, struct str bytes)
{
    struct packet *p = packet_new(bytes, &s->flow, clock_unix_us());

    p->http = kind == FRAME_HTTP;
    p->oversize = kind == FRAME_OVERSIZE;
    p->malformed = kind == FRAME_MALFORMED;
    net_count(NET_TCP_RECEIVED, 1);
    packet_deliver(p);
}

/* The stream is of no further use: the upper floor may answer once. */
static void read_no_more(struct stream *s, enum frame_kind kind, struct str bytes)
{
    net_count(kind == FRAME_OVERSIZE ? NET_OVERSIZE : NET_MALFORMED, 1);
    s->last = true;
    s->last_ms = worker_now();
    s->begun_ms = 0;
    stream_arm(s);
    deliver(s, kind, bytes);
}

static void take(struct stream *s, enum frame_kind kind, struct str bytes)
{
    switch (kind) {
    case FRAME_MESSAGE:
    case FRAME_HTTP:
        s->begun_ms = 0;
        deliver(s, kind, bytes);
        break;
    case FRAME_PING:
        net_count(NET_KEEPALIVES, 1);
        if (net_conf()->tcp_crlf_ping)
            stream_put_bytes(s, STR("\r\n"));
        break;
    case FRAME_PONG: net_count(NET_KEEPALIVES, 1); break;
    case FRAME_OVERSIZE:
    case FRAME_MALFORMED: read_no_more(s, kind, bytes); break;
    case FRAME_JUNK:
        net_count(NET_MALFORMED, 1);
        stream_close(s, ERR_SYNTAX);
        break;
    case FRAME_MORE: break;
    }
}

/* Takes all messages out of `in`; returns what is left. */
static struct str take_all(struct stream *s, struct str in)
{
    struct frame_limits limits = net_frame_limits();
    enum frame_kind kind;
    struct frame frame;

    while ((kind = frame_next(&s->framer, in, &limits, &frame)) != FRAME_MORE) {
        take(s, kind, frame.bytes);
        if (s->dead || s->last)
            return STR("");
        in = str_skip(in, frame.used);
    }
    return in;
}

static void keep(struct stream *s, struct str rest)
{
    if (rest.n == 0) {
        if (s->in.cap > KEEP_SPACE) {
            buf_free(&s->in);
            buf_init(&s->in, MEM_NET);
        }
        buf_clear(&s->in);
    } else if (s->in.n == 0) {
        buf_add(&s->in, rest);
    } else {
        memmove(s->in.p, rest.p, rest.n);
        s->in.n = rest.n;
    }
    if (s->proxied)
        return; /* it began when the connection did */
    if (!frame_begun(rest)) {
        s->begun_ms = 0;
    } else if (s->begun_ms == 0) {
        s->begun_ms = worker_now();
        stream_arm(s);
    }
}

static void refuse_header(struct stream *s, const char *why)
{
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print(&b, &s->flow.peer);
    log_warn("net", "tcp_accept_haproxy: the connection from " STR_FMT " is closed: %s",
             STR_ARG(buf_str(&b)), why);
    net_count(NET_MALFORMED, 1);
    stream_close(s, ERR_SYNTAX);
}

/* The header of a load balancer, which each connection begins with; returns what is behind it. */
static struct str take_header(struct stream *s, struct str in)
{
    struct proxy_header header;
    enum proxy_found found = proxy_header_read(in, PROXY_HEADER, &header);

    if (found == PROXY_MORE)
        return in;
    if (found == PROXY_NONE || found == PROXY_BAD) {
        refuse_header(s, found == PROXY_BAD ? header.why : "it begins with no PROXY header");
        return in;
    }
    if (found == PROXY_TOLD && !stream_comes_from(s, &header.client)) {
        refuse_header(s, "its client has tcp_accept_iplimit connections");
        return in;
    }
    s->proxied = false;
    s->begun_ms = 0;
    stream_welcome(s);
    return str_skip(in, header.used);
}

static void feed(struct stream *s, struct str fresh)
{
    struct str in = fresh;

    if (s->last)
        return;
    if (s->in.n) {
        buf_add(&s->in, fresh);
        in = buf_str(&s->in);
    }
    if (s->proxied)
        in = take_header(s, in);
    if (!s->dead && !s->proxied)
        in = take_all(s, in);
    if (!s->dead)
        keep(s, in);
}

void stream_readable(struct stream *s)
{
    char *space = net_here()->scratch;
    ssize_t n = net_backend()->read(s, space, DATAGRAM_MAX);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        net_count(NET_CON_RESET, 1);
    if (n <= 0) {
        stream_close(s, n == 0 ? ERR_OK : err_of_errno(errno));
        return;
    }
    if (!s->last)
        s->active_ms = worker_now();
    feed(s, (struct str){ space, (size_t)n });
}
