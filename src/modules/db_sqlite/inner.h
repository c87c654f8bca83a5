/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this module share. Nothing here is called on a worker's own thread: reading
 * happens on offload threads, each with a connection of its own while it reads; writing on one
 * thread per database, which puts all statements that have gathered into one transaction.
 */
#pragma once
#include "data/db.h"
#include "module/module.h"
#include "rt/offload.h"
#include <pthread.h>
#include <sqlite3.h>

enum { STATEMENTS_KEPT = 64 };

struct settings { /* of one database file */
    bool read_only;
    int busy_ms;
    char journal[16];
};

struct connection {
    struct connection *next; /* among the free ones */
    sqlite3 *handle;
    struct { /* prepared statements, by hash */
        struct str sql;
        sqlite3_stmt *statement;
    } kept[STATEMENTS_KEPT];
};

/* One query; lives on the stack of who waits for it. */
struct query {
    struct query *next;
    struct pool *pool;
    struct str sql;
    const struct db_value *args;
    size_t n_args;
    struct arena *arena;
    struct db_result *out;
    struct buf *why;
    err_t result;
};

struct pool {
    char *path;
    struct settings settings;
    bool in_memory; /* one connection for everything */
    pthread_mutex_t lock;
    struct connection *free; /* for reading */
    struct query *waiting, **last;
    struct offload_queue *writer;
    struct connection *write; /* of the writer's thread */
};

err_t sqlite_connect(const struct pool *p, bool writer, struct connection **out, struct buf *why);
void sqlite_disconnect(struct connection *c); /* itself and those behind it */
/* Runs all statements of q->sql; fills q->out and q->result. */
void sqlite_run(struct connection *c, struct query *q);

extern const struct db_driver sqlite_driver;
struct settings sqlite_settings_of(struct str path);
