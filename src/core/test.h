/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of the core and of modules: a server on a simulated network and clock, whose script is
 * a C function. "A" is a peer at 192.0.2.1, "B" one at 192.0.2.2; we are 192.0.2.9 (UDP and TCP
 * 5060, UDP 5070).
 */
#pragma once
#include "base/test.h"
#include "core/local.h"
#include "core/receive.h"
#include "core/send.h"
#include "core/stats.h"
#include "net/sim.h"
#include "rt/sim.h"

static struct {
    int (*request)(struct call *c);
    int (*reply)(struct call *c); /* NULL: none */
    int (*send)(struct call *c);  /* onsend_route; NULL: none */
    struct core_conf conf;
    struct arena arena;
    struct addr a, b, us, us_tcp, us_2;
    int calls; /* how often `request` ran */
    int replies;
    char last_call_id[64];
} server;

static inline int server_run(struct call *c, enum route kind, const char *name)
{
    if (name && *name)
        return SCRIPT_TRUE;
    if (kind == ROUTE_REQUEST) {
        server.calls++;
        return server.request ? server.request(c) : SCRIPT_TRUE;
    }
    if (kind == ROUTE_SEND)
        return server.send ? server.send(c) : SCRIPT_TRUE;
    server.replies++;
    return server.reply ? server.reply(c) : SCRIPT_TRUE;
}

static inline bool server_has(const struct generation *g, enum route kind, const char *name)
{
    (void)g;
    return kind == ROUTE_SEND && !(name && *name) && server.send;
}

static inline struct addr test_addr(const char *ip, uint16_t port)
{
    struct addr a;

    assert_err(addr_parse(str_of(ip), port, &a), ERR_OK);
    return a;
}

/* `adjust` may change the core parameters and the generation before it is published. */
static inline void server_begin(int (*request)(struct call *c),
                                void (*adjust)(struct generation *g))
{
    static const struct net_upcalls up = { .received = receive_packet };
    struct socket_spec specs[3] = { { .proto = PROTO_UDP },
                                    { .proto = PROTO_TCP },
                                    { .proto = PROTO_UDP } };
    struct field_env env = { .arena = &server.arena };
    struct generation *g;
    struct buf why;

    memset(&server, 0, sizeof server);
    server.request = request;
    arena_init(&server.arena, MEM_CONFIG, 4096);
    buf_init(&why, MEM_OTHER);
    fields_default(core_conf_fields, &server.conf, &env);
    assert_err(conf_derive(&server.conf, &why), ERR_OK);
    sim_begin(2, 7);
    net_sim_begin();
    receive_begin();
    net_begin(&up, &server.conf.net);
    net_sim_workers_begin();
    server.a = test_addr("192.0.2.1", 5060);
    server.b = test_addr("192.0.2.2", 5060);
    server.us = server.us_tcp = test_addr("192.0.2.9", 5060);
    server.us_2 = test_addr("192.0.2.9", 5070);
    specs[0].addr = server.us;
    specs[1].addr = server.us_tcp;
    specs[2].addr = server.us_2;
    assert_err(listeners_apply(specs, 3, &why), ERR_OK);
    sim_settle();
    call_upcalls.run_route = server_run;
    call_upcalls.has_route = server_has;
    g = generation_new();
    g->number = 1;
    g->core = &server.conf;
    g->n_listeners = 3;
    g->listeners = ARENA_ARRAY(&g->arena, struct listener *, 3);
    g->listeners[0] = listener_by_addr(PROTO_UDP, &server.us);
    g->listeners[1] = listener_by_addr(PROTO_TCP, &server.us_tcp);
    g->listeners[2] = listener_by_addr(PROTO_UDP, &server.us_2);
    if (adjust)
        adjust(g);
    generation_publish(g);
    buf_free(&why);
}

static inline void server_end(void)
{
    struct net_sim_message *m;

    while ((m = net_sim_take()))
        net_sim_free(m);
    sim_end();
    generation_end();
    receive_worker_stop();
    net_end();
    net_sim_end();
    arena_free(&server.arena);
    memset(&call_upcalls, 0, sizeof call_upcalls);
}

/* Sends text to us, line by line as C strings with "\n" as line ends. */
static inline struct str test_crlf(const char *text, char *space, size_t room)
{
    struct buf b;

    buf_fixed(&b, space, room);
    for (; *text; text++) {
        if (*text == '\n')
            buf_char(&b, '\r');
        buf_char(&b, *text);
    }
    assert_false(b.overflow);
    return buf_str(&b);
}

static inline void from_peer(const struct addr *peer, const struct addr *to, const char *text)
{
    char space[8192];

    assert_err(net_sim_deliver(peer, to, test_crlf(text, space, sizeof space)), ERR_OK);
    sim_settle();
}

/* The next message that left; it must have gone to `to`, and hold every one of the `wanted` (NULL
 * at the end; one that begins with '!' must not be in it). */
static inline void expect_to(const struct addr *to, const char *const *wanted)
{
    struct net_sim_message *m = net_sim_take();

    assert_non_null(m);
    if (to && !addr_eq(&m->to, to))
        print_error("went elsewhere: " STR_FMT "\n", STR_ARG(m->bytes));
    assert_true(!to || addr_eq(&m->to, to));
    for (; *wanted; wanted++) {
        bool absent = **wanted == '!';
        struct str want = str_of(*wanted + absent);
        bool found = str_search(m->bytes, want) < m->bytes.n;

        if (found == absent)
            print_error("\"%s\" in:\n" STR_FMT "\n", *wanted, STR_ARG(m->bytes));
        assert_true(found != absent);
    }
    net_sim_free(m);
}
#define EXPECT(to, ...) expect_to((to), (const char *const[]){ __VA_ARGS__, NULL })
#define EXPECT_NOTHING()                                                                           \
    do {                                                                                           \
        struct net_sim_message *none_ = net_sim_take();                                            \
        if (none_)                                                                                 \
            print_error("unexpected:\n" STR_FMT "\n", STR_ARG(none_->bytes));                      \
        assert_null(none_);                                                                        \
    } while (0)

/* A request as a user agent sends it; `more` is header lines, each with "\n". */
#define REQUEST_FROM(method, uri, branch, to_tag, cseq, via_host, more)                            \
    method " " uri " SIP/2.0\n"                                                                    \
           "Via: SIP/2.0/UDP " via_host ";branch=" branch "\n"                                     \
           "From: <sip:a@example.org>;tag=from1\n"                                                 \
           "To: <sip:b@example.org>" to_tag "\n"                                                   \
           "Call-ID: call-1@a\n"                                                                   \
           "CSeq: " cseq " " method "\n"                                                           \
           "Max-Forwards: 70\n" more "Content-Length: 0\n\n"
#define REQUEST(method, uri, branch, more)                                                         \
    REQUEST_FROM(method, uri, branch, "", "1", "192.0.2.1:5060", more)
#define REPLY_TO(status, vias, cseq)                                                               \
    "SIP/2.0 " status "\n" vias "From: <sip:a@example.org>;tag=from1\n"                            \
    "To: <sip:b@example.org>;tag=to1\n"                                                            \
    "Call-ID: call-1@a\n"                                                                          \
    "CSeq: " cseq "\n"                                                                             \
    "Content-Length: 0\n\n"

static inline int64_t core_counted(const char *name)
{
    return stat_read(stat_find(STR("core"), str_of(name)));
}
