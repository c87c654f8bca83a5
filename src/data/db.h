/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Databases. Statements are text with ? placeholders; drivers (modules db_*) run them without
 * blocking the worker. Every function here suspends unless it says otherwise.
 */
#pragma once
#include "base/field.h"

struct db; /* one database by URL; refcounted (obj_hold, obj_drop); shared by all workers */

enum db_type { DB_NULL, DB_INT, DB_DOUBLE, DB_STR, DB_BLOB, DB_TIME };
struct db_value {
    enum db_type type;
    int64_t i; /* DB_INT; DB_TIME: seconds since 1970 UTC */
    double d;
    struct str s;
};
struct db_result { /* lives in the arena given to the query */
    const struct str *columns;
    const enum db_type *types;
    size_t n_columns;
    struct db_value **rows;
    size_t n_rows;
    int64_t affected, last_id;
};

/* What a driver module offers; registered at its `start` (does not suspend). */
struct db_driver {
    const char *scheme; /* "sqlite" of sqlite:///path */
    /* Makes the pool; connects when the first query needs it. Does not suspend. */
    err_t (*open)(struct str url, void **connection_pool, struct buf *why);
    void (*close)(void *pool);
    /* Suspends on a coroutine of a worker, blocks on any other thread. `why` gets the reason of a
     * failure. ERR_BACKEND: the server refused the statement; ERR_IO: it cannot be reached. */
    err_t (*query)(void *pool, struct str sql, const struct db_value *args, size_t n_args,
                   struct arena *arena, struct db_result *out, struct buf *why);
    /* How it says "insert or update": NULL when it cannot (then update, else insert). */
    const char *upsert_form; /* "on-conflict", "on-duplicate" */
    bool numbered;           /* wants $1, $2 instead of ? (db_query rewrites) */
};
void db_driver_add(const struct db_driver *d); /* adding one twice is harmless */

/* Opens lazily: the first query connects. ERR_UNSUPPORTED: no driver for the scheme (`why`, may be
 * NULL, names the module to load). The same URL gives the same object, cheaply: look it up whenever
 * you need it. Does not suspend. */
err_t db_open(struct str url, struct db **out, struct buf *why) MUST_USE;
/* `out` may be NULL when no rows are wanted. Without arguments the text goes to the database as it
 * is, question marks included. */
err_t db_query(struct db *d, struct str sql, const struct db_value *args, size_t n_args,
               struct arena *arena, struct db_result *out) MUST_USE;
/* Why the last query failed that this thread saw fail: read it before anything suspends. */
struct str db_error(const struct db *d);
struct str db_url_hidden(const struct db *d, struct arena *a); /* without the password */
struct str db_quote_plain(struct str text, struct arena *a);   /* doubles each ' */
/* Closes all pools; when the workers are gone. */
void db_close_all(void);

#define DB_OF_STR(t)  ((struct db_value){ .type = DB_STR, .s = (t) })
#define DB_OF_INT(n)  ((struct db_value){ .type = DB_INT, .i = (n) })
#define DB_OF_TIME(n) ((struct db_value){ .type = DB_TIME, .i = (n) })
/* A value as text (made in `a`; null: ""), as a number (junk: 0). */
struct str db_text(const struct db_value *v, struct arena *a);
int64_t db_number(const struct db_value *v);
/* As scripts have it: a number, a text, or null. */
struct value db_script_value(const struct db_value *v, struct arena *a);
double db_real(const struct db_value *v);
/* Seconds since 1970 UTC from DB_TIME, a number, or text as "2030-05-28 21:32:15". */
int64_t db_time(const struct db_value *v);
/* The place of a column by name, or SIZE_MAX. */
size_t db_column(const struct db_result *r, struct str name);
/* Numbers the placeholders: each ? outside quotes and comments becomes $1, $2 … */
void db_number_placeholders(struct str sql, struct buf *out);

/* Conditions and changes by column, so that modules need no SQL of their own. */
struct db_pair {
    struct str column;
    const char *op; /* "=" when NULL */
    struct db_value value;
};
err_t db_select(struct db *d, struct str table, const struct str *columns, size_t n_columns,
                const struct db_pair *where, size_t n_where, struct str order, int64_t limit,
                struct arena *arena, struct db_result *out) MUST_USE;
err_t db_insert(struct db *d, struct str table, const struct db_pair *set, size_t n) MUST_USE;
err_t db_upsert(struct db *d, struct str table, const struct db_pair *set, size_t n,
                const struct str *key_columns, size_t n_keys) MUST_USE;
err_t db_update(struct db *d, struct str table, const struct db_pair *set, size_t n,
                const struct db_pair *where, size_t n_where, int64_t *affected) MUST_USE;
err_t db_delete(struct db *d, struct str table, const struct db_pair *where, size_t n_where,
                int64_t *affected) MUST_USE;
/* One row into a struct by its field table (columns by name); ERR_NOT_FOUND. */
err_t db_row_read(const struct db_result *r, size_t row, const struct field *fields, void *out,
                  struct arena *arena) MUST_USE;
/* The version that the `version` table holds for a table; ERR_NOT_FOUND. */
err_t db_table_version(struct db *d, struct str version_table, struct str table,
                       int64_t *out) MUST_USE;
