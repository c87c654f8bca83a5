/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the parts of the connections. */
#pragma once
#include "net/stream.h"

/* A message that waits: to be written, for its connection, or to come back as failed. */
struct stream_item {
    struct post post;
    struct link link;
    struct flow to;
    struct worker *origin; /* NULL: nobody wants to know */
    bool again;            /* it has missed one connection already */
    err_t why;
    size_t done; /* bytes written */
    size_t n;
    char bytes[];
};

/* stream.c */
/* What is sent to its addresses from now on takes another connection. */
void stream_leave_addresses(const struct stream *s);
struct stream *stream_new(const struct flow *flow, int64_t now);
void stream_close(struct stream *s, err_t why);
void stream_arm(struct stream *s);        /* after a deadline may have come nearer */
struct stream *stream_of(uint64_t id);    /* one of this worker's; NULL: gone */
struct worker *stream_owner(uint64_t id); /* NULL: no number of a connection */
struct link *streams_mine(void);

/* stream_write.c */
struct stream_item *stream_item_new(const struct flow *to, struct str bytes, struct worker *origin);
void stream_give_up(struct stream_item *it, err_t why); /* takes it */
/* Writes or queues a message for `origin` (NULL: our own keep-alive). */
err_t stream_put(struct stream *s, const struct flow *to, struct str bytes, struct worker *origin);
void stream_put_bytes(struct stream *s, struct str bytes);
void stream_write_queue(struct stream *s);
void stream_watch(struct stream *s);  /* for what it now waits for */
void stream_finish(struct stream *s); /* its queue is empty: closes if that was awaited */
void stream_count_queued(struct stream *s, size_t n, bool more);

/* stream_open.c */
/* Asks the upper floor whether an accepted connection is wanted; else it is closed. */
void stream_welcome(struct stream *s);
/* An accepted connection's peer is `client`, behind a load balancer. False: that address has as
 * many connections as it may have, nothing has changed. */
bool stream_comes_from(struct stream *s, const struct addr *client);

/* stream_read.c */
void stream_readable(struct stream *s);
