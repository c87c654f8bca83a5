/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario: a text file that tells who sends what when, and what must come back. Run on the
 * simulated network and clock. The language is described in tests/scenario/README.md.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/net_addr.h"
#include "core/call.h"
#include "txn/txn.h"

enum {
    PEERS_MAX = 8,
    STEPS_MAX = 400,
    TIMES_MAX = 32,
    ROUTES_MAX = 24,
    ROUTE_LINES_MAX = 40,
    NAMES_MAX = 40
};

struct step {
    int line; /* of the file */
    int64_t at_ms;
    bool from_peer; /* peer -> tandem: done; tandem -> peer: expected */
    bool repeat;    /* "again": the same bytes as the last time */
    bool absent;    /* "never": must not arrive, at any time */
    unsigned peer;
    struct str what;    /* "INVITE", "486" */
    struct str of;      /* method a reply is for; empty: of the last request */
    struct str uri;     /* of a request */
    struct str with[4]; /* further header lines, without line end */
    size_t n_with;
    struct str contains[4], lacks[4];
    size_t n_contains, n_lacks;
    struct str call;          /* which call: "call=2" */
    int64_t times[TIMES_MAX]; /* relative to at_ms */
    size_t n_times;
    bool found[TIMES_MAX];
};

struct route_text {
    enum route kind;
    struct str name;
    struct str lines[ROUTE_LINES_MAX];
    size_t n_lines;
};

/* One record of a name; type 0: nobody answers for it, and asking ends after a while. */
struct name {
    int type; /* enum dns_type */
    struct str name, value;
    int64_t silent_ms;
};

struct scenario {
    struct arena arena;
    const char *file;
    struct step steps[STEPS_MAX];
    size_t n_steps;
    struct route_text routes[ROUTES_MAX];
    size_t n_routes;
    struct str peers[PEERS_MAX];
    size_t n_peers;
    unsigned workers;
    struct name names[NAMES_MAX];
    size_t n_names;
    bool listen_tcp, listen_ipv6, refuse; /* refuse: no connection of ours is accepted */
    bool ipv6[PEERS_MAX];
    uint64_t stream[PEERS_MAX]; /* what a peer received last came by it; 0: datagrams */
    struct txn_conf conf;
    int64_t settle_ms; /* how long the end is awaited */
    char fault[256];
    struct str config;   /* a whole configuration instead of routes */
    struct str logs[16]; /* what the log must show, in this order */
    size_t n_logs;
    struct buf log_lines;
    struct str log; /* what log_* statements wrote, expected in this order */
    struct buf logged;
};

/* read.c: false with `fault` set when the text is wrong. */
bool scenario_read(struct scenario *s, const char *file, struct str text);
/* peers.c: the bytes a peer sends for a step; empty with a fault when it cannot. */
struct str peer_write(struct scenario *s, const struct step *step);
void peer_received(struct scenario *s, unsigned peer, struct str bytes);
void peers_reset(void);
/* config.c: loads s->config (NULL: it told why not), starts and stops its modules. */
struct generation *config_load(struct scenario *s);
void config_start(struct scenario *s);
void config_stop(struct scenario *s);
/* names.c: resolves by s->names from now on. */
void names_use(const struct scenario *s);
/* The address of a peer as text, without port. */
struct str peer_host(const struct scenario *s, unsigned peer, char space[32]);
/* routes.c: call_upcalls over the scenario's routes. */
void routes_use(struct scenario *s);
