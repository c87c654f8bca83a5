/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver: who reads where, and how writes are gathered. */
#include "modules/db_sqlite/inner.h"

static bool begins_with(struct str sql, const char *word)
{
    size_t n = strlen(word);

    return str_istarts(sql, (struct str){ word, n }) &&
           (sql.n == n || sql.p[n] <= ' ' || sql.p[n] == '(');
}

static bool only_reads(struct str sql)
{
    return begins_with(sql, "SELECT") || begins_with(sql, "EXPLAIN") || begins_with(sql, "VALUES");
}

/* Whether it may share a transaction with others. */
static bool can_share(struct str sql)
{
    return begins_with(sql, "INSERT") || begins_with(sql, "UPDATE") || begins_with(sql, "DELETE") ||
           begins_with(sql, "REPLACE");
}

/* Reading, on an offload thread. */

static void read_job(void *arg)
{
    struct query *q = arg;
    struct pool *p = q->pool;
    struct connection *c;

    pthread_mutex_lock(&p->lock);
    c = p->free;
    if (c)
        p->free = c->next;
    pthread_mutex_unlock(&p->lock);
    if (!c) {
        q->result = sqlite_connect(p, false, &c, q->why);
        if (q->result)
            return;
    }
    c->next = NULL;
    sqlite_run(c, q);
    pthread_mutex_lock(&p->lock);
    c->next = p->free;
    p->free = c;
    pthread_mutex_unlock(&p->lock);
}

/* Writing, on the writer's thread. */

static void fail_all(struct query *first, const struct query *end, err_t e, const char *text)
{
    for (struct query *q = first; q != end; q = q->next) {
        if (q->result)
            continue;
        q->result = e;
        buf_addz(q->why, text);
    }
}

/* One transaction for first … before end. */
static void write_shared(struct connection *c, struct query *first, const struct query *end)
{
    bool several = first->next != end && sqlite3_get_autocommit(c->handle);

    if (several && sqlite3_exec(c->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        fail_all(first, end, ERR_TIMEOUT, sqlite3_errmsg(c->handle));
        return;
    }
    for (struct query *q = first; q != end; q = q->next)
        sqlite_run(c, q);
    if (!several)
        return;
    if (sqlite3_get_autocommit(c->handle)) { /* a failure rolled everything back */
        fail_all(first, end, ERR_IO, "another statement's failure undid the transaction");
    } else if (sqlite3_exec(c->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        fail_all(first, end, ERR_IO, sqlite3_errmsg(c->handle));
        (void)sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}

/* Does what has gathered; finds nothing when an earlier job did it. */
static void write_job(void *arg)
{
    struct pool *p = arg;
    struct query *q, *end;

    pthread_mutex_lock(&p->lock);
    q = p->waiting;
    p->waiting = NULL;
    p->last = &p->waiting;
    pthread_mutex_unlock(&p->lock);
    if (q && !p->write) {
        err_t e = sqlite_connect(p, true, &p->write, q->why);

        if (e) {
            q->result = e;
            fail_all(q->next, NULL, e, "the database cannot be opened");
            return;
        }
    }
    for (; q; q = end) {
        end = q->next;
        while (can_share(q->sql) && end && can_share(end->sql))
            end = end->next;
        write_shared(p->write, q, end);
    }
}

static void add_waiting(struct pool *p, struct query *q)
{
    pthread_mutex_lock(&p->lock);
    q->next = NULL;
    *p->last = q;
    p->last = &q->next;
    pthread_mutex_unlock(&p->lock);
}

static err_t sqlite_query(void *pool, struct str sql, const struct db_value *args, size_t n_args,
                          struct arena *arena, struct db_result *out, struct buf *why)
{
    struct pool *p = pool;
    struct query q = { .pool = p,
                       .sql = str_trim(sql),
                       .args = args,
                       .n_args = n_args,
                       .arena = arena,
                       .out = out,
                       .why = why };
    struct arena own;

    if (!arena) {
        arena_init(&own, MEM_DATABASE, 512);
        q.arena = &own;
    }
    if (only_reads(q.sql) && !p->in_memory) {
        offload_run(read_job, &q);
    } else {
        add_waiting(p, &q);
        offload_queue_run(p->writer, write_job, p);
    }
    if (!arena) {
        arena_free(&own);
        *out = (struct db_result){ .affected = out->affected, .last_id = out->last_id };
    }
    return q.result;
}

static err_t sqlite_open(struct str url, void **out, struct buf *why)
{
    struct str path = str_skip(url, str_search(url, STR("://")) + 3);
    struct pool *p;

    if (path.n == 0 || str_search(url, STR("://")) == url.n) {
        buf_addz(why, "expected sqlite:///path/of/file");
        return ERR_SYNTAX;
    }
    p = mem_zalloc(MEM_DATABASE, sizeof *p);
    p->path = mem_strdup(MEM_DATABASE, path);
    p->in_memory = str_eq(path, STR(":memory:"));
    p->settings = sqlite_settings_of(path);
    pthread_mutex_init(&p->lock, NULL);
    p->last = &p->waiting;
    p->writer = offload_queue_new("sqlite");
    *out = p;
    return ERR_OK;
}

static void sqlite_close_pool(void *pool)
{
    struct pool *p = pool;

    offload_queue_free(p->writer);
    sqlite_disconnect(p->free);
    sqlite_disconnect(p->write);
    pthread_mutex_destroy(&p->lock);
    mem_free(MEM_DATABASE, p->path);
    mem_free(MEM_DATABASE, p);
}

const struct db_driver sqlite_driver = {
    .scheme = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close_pool,
    .query = sqlite_query,
    .upsert_form = "on-conflict",
};
