/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network in memory, for scenarios in virtual time (rt/sim.h). Everything above sees the face of
 * net.h. Outside are the peers: what they send is given in here, what they get is taken out here.
 *
 *     sim_begin(2, seed); net_sim_begin(); net_begin(&up, &conf); net_sim_workers_begin();
 *     listeners_apply(...);
 *     ... net_sim_deliver(...); sim_run_until(...); net_sim_take() ...
 *     sim_end(); net_end(); net_sim_end();
 */
#pragma once
#include "net/net.h"

void net_sim_begin(void);         /* after sim_begin, before net_begin */
void net_sim_workers_begin(void); /* after net_begin; runs net_worker_begin on each */
void net_sim_end(void);

/* How all paths are, both ways; streams know only the delay. */
struct net_sim_path {
    int64_t delay_ms;
    int64_t jitter_ms; /* 0 … this more: datagrams overtake each other */
    unsigned loss_permille;
    unsigned double_permille; /* arrives twice */
};
void net_sim_set_path(const struct net_sim_path *p);

struct net_sim_message {
    struct link link;
    enum proto proto;
    struct addr from, to;
    uint64_t stream;  /* of net_sim_connect, or one that Tandem opened; 0: a datagram */
    bool closed;      /* the stream was closed by Tandem; no bytes */
    int64_t at_ms;    /* when it arrives */
    struct str bytes; /* a NUL stands behind */
};

/* A datagram from a peer to a listener; it is received by a worker drawn by lot. ERR_NOT_FOUND: no
 * listener there. */
err_t net_sim_deliver(const struct addr *from, const struct addr *to, struct str bytes) MUST_USE;

/* What arrived outside, in order of arrival; NULL: nothing more. To be freed with net_sim_free. */
struct net_sim_message *net_sim_take(void);
void net_sim_free(struct net_sim_message *m);
/* Called instead, on arrival: takes the message. NULL: back to net_sim_take. */
void net_sim_on_arrival(void (*fn)(struct net_sim_message *m, void *ctx), void *ctx);

/* Streams that a peer opens. 0: no listener there. */
uint64_t net_sim_connect(const struct addr *from, const struct addr *to);
void net_sim_write(uint64_t stream, struct str bytes);
void net_sim_close(uint64_t stream); /* the peer closes */
bool net_sim_is_open(uint64_t stream);
/* What becomes of connections that Tandem opens. */
enum net_sim_answer { NET_SIM_ACCEPT, NET_SIM_REFUSE, NET_SIM_SILENCE };
void net_sim_set_answer(enum net_sim_answer a);
