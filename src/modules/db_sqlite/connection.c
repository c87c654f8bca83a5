/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections and statements of SQLite. */
#include "base/hash.h"
#include "modules/db_sqlite/inner.h"
#include <math.h>
#include <stdio.h>

/* Dates are kept as Julian day numbers, as other servers do with the same tables. */
static const double UNIX_EPOCH_JULIAN = 2440587.5;
static const double SECONDS_PER_DAY = 86400.0;

static err_t failed(sqlite3 *handle, struct buf *why)
{
    int code = sqlite3_errcode(handle) & 0xff;

    buf_addz(why, sqlite3_errmsg(handle));
    switch (code) {
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL: return ERR_IO;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERR_TIMEOUT;
    default: return ERR_BACKEND;
    }
}

static err_t configure(const struct pool *p, sqlite3 *handle, bool writer, struct buf *why)
{
    char sql[96];

    sqlite3_busy_timeout(handle, p->settings.busy_ms);
    if (!writer || p->settings.read_only || p->in_memory)
        return ERR_OK;
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s; PRAGMA synchronous=NORMAL",
             p->settings.journal);
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return failed(handle, why);
    return ERR_OK;
}

err_t sqlite_connect(const struct pool *p, bool writer, struct connection **out, struct buf *why)
{
    int flags = SQLITE_OPEN_NOMUTEX |
                (p->settings.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    struct connection *c = mem_zalloc(MEM_DATABASE, sizeof *c);
    err_t e = ERR_OK;

    if (sqlite3_open_v2(p->path, &c->handle, flags, NULL) != SQLITE_OK)
        e = c->handle ? failed(c->handle, why) : ERR_IO;
    if (!e)
        e = configure(p, c->handle, writer, why);
    if (e) {
        buf_fmt(why, " (%s)", p->path);
        sqlite_disconnect(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void sqlite_disconnect(struct connection *c)
{
    for (struct connection *next; c; c = next) {
        next = c->next;
        for (size_t i = 0; i < STATEMENTS_KEPT; i++) {
            sqlite3_finalize(c->kept[i].statement);
            mem_free(MEM_DATABASE, (void *)(uintptr_t)c->kept[i].sql.p);
        }
        sqlite3_close(c->handle);
        mem_free(MEM_DATABASE, c);
    }
}

/* A prepared statement for the front of *sql, which moves behind it. Kept ones stay the
 * connection's; `*owned` tells whether the caller finalizes it. */
static err_t prepare(struct connection *c, struct str *sql, sqlite3_stmt **out, bool *owned,
                     struct buf *why)
{
    uint64_t hash = hash_fast(*sql);
    struct str *kept = &c->kept[hash % STATEMENTS_KEPT].sql;
    sqlite3_stmt **slot = &c->kept[hash % STATEMENTS_KEPT].statement;
    const char *tail = NULL;
    struct str rest;

    *owned = false;
    if (*slot && str_eq(*kept, *sql)) {
        *out = *slot;
        *sql = str_skip(*sql, sql->n);
        return ERR_OK;
    }
    if (sqlite3_prepare_v3(c->handle, sql->p, (int)sql->n, SQLITE_PREPARE_PERSISTENT, out, &tail) !=
        SQLITE_OK)
        return failed(c->handle, why);
    rest = str_trim(str_skip(*sql, (size_t)(tail - sql->p)));
    if (rest.n || !*out) {
        *owned = true;
    } else {
        sqlite3_finalize(*slot);
        mem_free(MEM_DATABASE, (void *)(uintptr_t)kept->p);
        *kept = mem_dup(MEM_DATABASE, *sql);
        *slot = *out;
    }
    *sql = rest;
    return ERR_OK;
}

static void bind(sqlite3_stmt *s, int at, const struct db_value *v)
{
    switch (v->type) {
    case DB_NULL: sqlite3_bind_null(s, at); break;
    case DB_INT: sqlite3_bind_int64(s, at, v->i); break;
    case DB_DOUBLE: sqlite3_bind_double(s, at, v->d); break;
    case DB_STR: sqlite3_bind_text(s, at, v->s.p ? v->s.p : "", (int)v->s.n, SQLITE_STATIC); break;
    case DB_BLOB: sqlite3_bind_blob(s, at, v->s.p ? v->s.p : "", (int)v->s.n, SQLITE_STATIC); break;
    case DB_TIME:
        sqlite3_bind_double(s, at, (double)v->i / SECONDS_PER_DAY + UNIX_EPOCH_JULIAN);
        break;
    }
}

static bool holds_dates(const char *declared)
{
    return declared && (strcasestr(declared, "TIMESTAMP") || strcasestr(declared, "DATETIME"));
}

static struct db_value column(sqlite3_stmt *s, int at, struct arena *a)
{
    struct db_value v = { .type = DB_NULL };
    struct str text;

    switch (sqlite3_column_type(s, at)) {
    case SQLITE_INTEGER:
        v.type = DB_INT;
        v.i = sqlite3_column_int64(s, at);
        break;
    case SQLITE_FLOAT:
        v.type = DB_DOUBLE;
        v.d = sqlite3_column_double(s, at);
        if (holds_dates(sqlite3_column_decltype(s, at))) {
            v.type = DB_TIME;
            v.i = llround((v.d - UNIX_EPOCH_JULIAN) * SECONDS_PER_DAY);
        }
        break;
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        v.type = sqlite3_column_type(s, at) == SQLITE_TEXT ? DB_STR : DB_BLOB;
        text.p = sqlite3_column_blob(s, at);
        text.n = (size_t)sqlite3_column_bytes(s, at);
        v.s = text.n ? arena_dup(a, text) : STR("");
        break;
    default: break;
    }
    return v;
}

static void name_columns(sqlite3_stmt *s, struct query *q)
{
    size_t n = (size_t)sqlite3_column_count(s);
    struct str *names = ARENA_ARRAY(q->arena, struct str, n);
    enum db_type *types = ARENA_ARRAY(q->arena, enum db_type, n);

    for (size_t i = 0; i < n; i++) {
        names[i] = arena_dup(q->arena, str_of(sqlite3_column_name(s, (int)i)));
        types[i] = DB_STR;
    }
    q->out->columns = names;
    q->out->types = types;
    q->out->n_columns = n;
    q->out->n_rows = 0;
}

static void add_row(sqlite3_stmt *s, struct query *q, size_t *room)
{
    struct db_result *r = q->out;
    struct db_value *row = ARENA_ARRAY(q->arena, struct db_value, r->n_columns);

    if (r->n_rows == *room) {
        struct db_value **rows = ARENA_ARRAY(q->arena, struct db_value *, *room * 2 + 8);

        if (r->n_rows)
            memcpy(rows, r->rows, r->n_rows * sizeof *rows);
        r->rows = rows;
        *room = *room * 2 + 8;
    }
    for (size_t i = 0; i < r->n_columns; i++)
        row[i] = column(s, (int)i, q->arena);
    r->rows[r->n_rows++] = row;
}

static err_t step_through(struct connection *c, sqlite3_stmt *s, struct query *q)
{
    size_t room = 0;
    int code;

    if (sqlite3_column_count(s) > 0)
        name_columns(s, q);
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        add_row(s, q, &room);
    if (code != SQLITE_DONE)
        return failed(c->handle, q->why);
    if (!sqlite3_stmt_readonly(s)) {
        q->out->affected = sqlite3_changes64(c->handle);
        q->out->last_id = sqlite3_last_insert_rowid(c->handle);
    }
    return ERR_OK;
}

void sqlite_run(struct connection *c, struct query *q)
{
    struct str rest = q->sql;
    err_t e = ERR_OK;

    while (rest.n && !e) {
        sqlite3_stmt *s = NULL;
        bool owned;

        e = prepare(c, &rest, &s, &owned, q->why);
        if (e || !s)
            break;
        if (q->n_args && (int)q->n_args != sqlite3_bind_parameter_count(s)) {
            buf_addz(q->why, "the statement has another number of placeholders");
            e = ERR_BACKEND;
        }
        for (size_t i = 0; i < q->n_args && !e; i++)
            bind(s, (int)i + 1, &q->args[i]);
        if (!e)
            e = step_through(c, s, q);
        sqlite3_reset(s);
        sqlite3_clear_bindings(s);
        if (owned)
            sqlite3_finalize(s);
    }
    q->result = e;
}
