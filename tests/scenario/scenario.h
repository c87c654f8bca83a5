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
#include "testing/names.h"
#include "testing/peers.h"
#include "txn/txn.h"

enum {
    STEPS_MAX = 400,
    TIMES_MAX = 32,
    ROUTES_MAX = 24,
    ROUTE_LINES_MAX = 40,
    HAS_MAX = 8, /* `has`, or `lacks`, of one line */
};

struct step {
    int line; /* of the file */
    int64_t at_ms;
    bool from_peer; /* peer -> tandem: done; tandem -> peer: expected */
    bool absent;    /* "never": must not arrive, at any time */
    unsigned peer;
    struct wish wish; /* what is sent, or what must come */
    struct str contains[HAS_MAX], lacks[HAS_MAX];
    size_t n_contains, n_lacks;
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

struct scenario {
    struct arena arena;
    const char *file;
    struct step steps[STEPS_MAX];
    size_t n_steps;
    struct route_text routes[ROUTES_MAX];
    size_t n_routes;
    struct peers peers;
    unsigned workers;
    struct name names[NAMES_MAX];
    size_t n_names;
    bool listen_tcp, listen_ipv6, refuse; /* refuse: no connection of ours is accepted */
    bool ipv6[PEERS_MAX];
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
/* routes.c: call_upcalls over the scenario's routes. */
void routes_use(struct scenario *s);
