/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this module share. Each worker has connections of its own to each database,
 * opened as they are needed, up to a limit; who finds none free waits its turn. All waiting is the
 * coroutine's, never the thread's. A thread that is no worker opens a connection for each query and
 * blocks.
 */
#pragma once
#include "base/list.h"
#include "data/db.h"
#include "module/module.h"
#include "rt/worker.h"
#include <libpq-fe.h>
#include <stdatomic.h>

struct postgres_conf {
    int64_t retries, lockset, timeout, tcp_keepalive, pool_size, idle_time;
    bool bytea_output_escape;
    struct str_list con_param;
};
struct tuning { /* what of it queries need; copied, so that a reload cannot pull it away */
    int64_t retries, timeout_ms, keepalive, idle_ms;
    unsigned pool_size; /* connections of one worker */
    bool escape_bytea;
};

struct connection {
    struct link link; /* among the free ones of its worker */
    PGconn *handle;
    int64_t used_ms;
};

struct waiter {
    struct link link;
    struct co *co;
    struct connection *given; /* NULL: a place to open one */
};

/* One worker's part of a pool; only touched by that worker. */
struct share {
    struct link free, waiting;
    unsigned open; /* connections, free or in use, being opened too */
    struct timer idle;
    bool ready;
};

struct pool {
    char *parameters; /* of PQconnectStart */
    char *host;       /* a name to be resolved; NULL: an address, a socket, or the default */
    struct share shares[WORKERS_MAX];
};

struct query {
    struct pool *pool;
    struct str sql;
    const struct db_value *args;
    size_t n_args;
    struct arena *arena;
    struct db_result *out;
    struct buf *why;
};

extern const struct db_driver postgres_driver;
struct tuning postgres_tuning(void);
/* Adds what con_param says, "name=value" each, to a connection string. */
void postgres_add_parameters(struct buf *b);

/* connection.c. Suspends on a worker's coroutine, else blocks; ms below 0: no limit. */
err_t postgres_wait(PGconn *handle, bool for_writing, int64_t ms);
err_t postgres_connect(const struct pool *p, const struct tuning *t, struct connection **out,
                       struct buf *why);
void postgres_disconnect(struct connection *c);
/* `*lost` tells that the connection is of no further use. */
err_t postgres_run(struct connection *c, const struct tuning *t, struct query *q, bool *lost);
/* url.c: "postgres://user:password@host:port/database" as a connection string. */
err_t postgres_parameters(struct str url, struct buf *out, struct buf *why) MUST_USE;
struct str postgres_host(struct str url); /* empty when it is not a name */
/* result.c */
void postgres_read_result(const PGresult *r, struct query *q);
