/* SPDX-License-Identifier: BSD-2-Clause */
/* For this floor's tests: messages of peers, and a server that relays everything. */
#pragma once
#include "base/test.h"
#include "core/receive.h"
#include "core/send.h"
#include "txn/internal.h"

static const char peer_sdp[] = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.1\r\ns=-\r\n"
                               "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0 8 101\r\n"
                               "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
                               "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
                               "a=ptime:20\r\na=sendrecv\r\n";

/* A request of call `n` from host:port to the URI of another. */
static inline void peer_request(struct buf *out, const char *method, const char *from_host,
                                unsigned from_port, const char *uri, unsigned n, unsigned cseq,
                                struct str to_tag, bool sdp)
{
    buf_fmt(out,
            "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;rport;branch=z9hG4bK%s%u.%u\r\n"
            "From: \"Alice\" <sip:alice@example.org>;tag=al%u\r\nTo: <%s>" STR_FMT STR_FMT "\r\n"
            "Call-ID: call-%u@%s\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n"
            "Contact: <sip:alice@%s:%u>\r\nUser-Agent: Test Phone 1.0\r\n",
            method, uri, from_host, from_port, method, n, cseq, n, uri,
            STR_ARG(to_tag.n ? STR(";tag=") : STR("")), STR_ARG(to_tag), n, from_host, cseq, method,
            from_host, from_port);
    if (sdp)
        buf_fmt(out,
                "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY\r\n"
                "Supported: replaces, timer\r\nContent-Type: application/sdp\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                sizeof peer_sdp - 1, peer_sdp);
    else
        buf_addz(out, "Content-Length: 0\r\n\r\n");
}

/* A reply to the request in `bytes`, as a peer makes it. */
static inline void peer_reply(struct buf *out, struct str bytes, unsigned status)
{
    struct str rest = bytes;

    buf_fmt(out, "SIP/2.0 %u Test\r\n", status);
    str_split(&rest, '\n');
    while (rest.n) {
        struct str line = str_split(&rest, '\n');
        enum header_id id = header_id_of(str_trim(str_cut(line, 0, str_find(line, ':'))));

        if (!str_trim(line).n)
            break;
        if (id != HEADER_VIA && id != HEADER_FROM && id != HEADER_TO && id != HEADER_CALL_ID &&
            id != HEADER_CSEQ && id != HEADER_RECORD_ROUTE)
            continue;
        buf_add(out, str_trim(line));
        if (id == HEADER_TO && status > 100 && str_search(line, STR("tag=")) == line.n)
            buf_addz(out, ";tag=bob");
        buf_addz(out, "\r\n");
    }
    buf_addz(out, "Contact: <sip:bob@192.0.2.2>\r\nContent-Length: 0\r\n\r\n");
}

/* The number in "Call-ID: call-N@…". */
static inline unsigned peer_call(struct str bytes)
{
    size_t at = str_search(bytes, STR("call-"));
    uint32_t n = 0;
    struct str digits = str_skip(bytes, at + 5);

    assert_err(str_to_u32(str_cut(digits, 0, str_find(digits, '@')), &n), ERR_OK);
    return n;
}

static int relay_everything(struct call *c, enum route kind, const char *name)
{
    (void)name;
    if (kind == ROUTE_REQUEST) {
        err_t e = txn_relay(c, &(struct relay_plan){ 0 });

        if (e && e != ERR_EXISTS)
            log_warn(AREA, "not relayed: %s", err_text(e));
    }
    return SCRIPT_TRUE;
}

static inline void publish_generation(unsigned number)
{
    static const void *confs[1];
    struct generation *g = generation_new();
    struct core_conf *core = ARENA_NEW(&g->arena, struct core_conf);

    core->max_branches = 12;
    g->number = number;
    g->core = core;
    g->confs = confs;
    generation_publish(g);
}
