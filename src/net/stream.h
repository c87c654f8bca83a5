/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections, as the files of this folder see them. Each is touched by its owner only. */
#pragma once
#include "net/state.h"

struct stream {
    struct link link; /* among its worker's, or among the dead */
    struct flow flow;
    int fd;
    struct watch *watch;
    void *simulated; /* of the network in memory */
    struct listener_part *part;

    bool accepted, connecting, dead;
    bool proxied; /* the header of a load balancer is still to come */
    bool last;    /* what still comes is thrown away; close after the next message sent */
    bool closing; /* close when the queue is empty */
    bool shut;
    int64_t opened_ms, active_ms, sent_ms;
    int64_t begun_ms, blocked_ms, last_ms; /* 0: it did not happen */
    int64_t lifetime_ms;
    struct timer timer;

    struct framer framer;
    struct buf in;     /* the beginning of a message */
    struct link queue; /* of struct stream_item */
    size_t queued;
    uint16_t alias[4]; /* ports of the peer that it serves too */
};

void streams_begin(void);
void streams_end(void);
void streams_worker_begin(struct net_worker *w);
void streams_worker_end(struct net_worker *w);

err_t stream_send(const struct flow *to, struct str bytes);
void stream_accept(void *part, unsigned events);
/* A stream was accepted as `fd`; NULL when it is not wanted (then `fd` is still the caller's). */
struct stream *stream_accepted(struct listener_part *at, int fd, const struct addr *peer,
                               void *simulated);
void stream_ready(void *stream, unsigned events);

/* stream_table.c: what all workers know. */
enum table_key { TABLE_PEER, TABLE_ID, TABLE_COUNT };
/* Maps peer to id, unless it is mapped; returns what it is mapped to then. */
uint64_t streams_claim(enum proto proto, const struct addr *peer, uint64_t id);
uint64_t streams_find(enum proto proto, const struct addr *peer);
void streams_release(enum proto proto, const struct addr *peer, uint64_t id);
void streams_add_id(uint64_t id);
void streams_remove_id(uint64_t id);
/* Counts one more connection from this IP address; false: there are `limit` already. */
bool streams_count_ip(const struct addr *peer, size_t limit);
void streams_uncount_ip(const struct addr *peer);
void streams_init(void);
void streams_free(void);
