/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver: each worker's connections, and who gets which. */
#include "modules/db_postgres/inner.h"

enum { IDLE_CHECK_MS = 10000 };

static void close_idle(struct timer *timer);

static struct share *own_share(struct pool *p)
{
    struct share *s = &p->shares[worker_index(worker_self())];

    if (!s->ready) {
        list_init(&s->free);
        list_init(&s->waiting);
        s->ready = true;
    }
    return s;
}

/* Gives a free connection, or with NULL the place of a closed one, to who waits longest. */
static bool pass_on(struct share *s, struct connection *c)
{
    struct waiter *w;

    if (list_empty(&s->waiting))
        return false;
    w = LIST_OF(s->waiting.next, struct waiter, link);
    list_remove(&w->link);
    list_init(&w->link);
    w->given = c;
    co_wake(w->co, ERR_OK);
    return true;
}

static void give_back(struct share *s, struct connection *c, bool lost)
{
    if (lost) {
        postgres_disconnect(c);
        if (!pass_on(s, NULL))
            s->open--;
        return;
    }
    c->used_ms = worker_now();
    if (pass_on(s, c))
        return;
    list_push_front(&s->free, &c->link);
    if (!timer_is_set(&s->idle))
        timer_set(&s->idle, IDLE_CHECK_MS, close_idle);
}

/* Connections not used for a while go; those at the end were used longest ago. */
static void close_idle(struct timer *timer)
{
    struct share *s = LIST_OF(timer, struct share, idle);
    int64_t idle_ms = postgres_tuning().idle_ms;

    while (!list_empty(&s->free)) {
        struct connection *c = LIST_OF(s->free.prev, struct connection, link);

        if (idle_ms <= 0 || worker_now() - c->used_ms < idle_ms)
            break;
        list_remove(&c->link);
        postgres_disconnect(c);
        s->open--;
    }
    if (!list_empty(&s->free))
        timer_set(timer, IDLE_CHECK_MS, close_idle);
}

/* A connection, or NULL and the right to open one. Suspends while all are in use. */
static err_t acquire(struct share *s, const struct tuning *t, struct connection **out)
{
    struct waiter w = { .co = co_self() };
    err_t e;

    *out = NULL;
    if (!list_empty(&s->free)) {
        *out = LIST_OF(s->free.next, struct connection, link);
        list_remove(&(*out)->link);
        return ERR_OK;
    }
    if (s->open < t->pool_size) {
        s->open++;
        return ERR_OK;
    }
    list_push(&s->waiting, &w.link);
    e = co_suspend();
    *out = w.given;
    if (e)
        list_remove(&w.link);
    return e;
}

/* Runs it on one connection, opening that first when there is none. */
static err_t run_once(struct share *s, const struct tuning *t, struct query *q, bool *again)
{
    struct connection *c;
    bool lost = false;
    err_t e = acquire(s, t, &c);

    *again = false;
    if (e)
        return e;
    if (!c)
        e = postgres_connect(q->pool, t, &c, q->why);
    if (e) {
        if (!pass_on(s, NULL))
            s->open--;
        *again = e == ERR_IO;
        return e;
    }
    e = postgres_run(c, t, q, &lost);
    *again = lost && e == ERR_IO;
    give_back(s, c, lost);
    return e;
}

static err_t run_on_worker(struct query *q)
{
    struct share *s = own_share(q->pool);
    struct tuning t = postgres_tuning();
    bool again = true;
    err_t e = ERR_OK;

    for (int64_t i = 0; i <= t.retries && again; i++) {
        buf_clear(q->why);
        e = run_once(s, &t, q, &again);
    }
    return e;
}

static err_t run_elsewhere(struct query *q)
{
    struct tuning t = postgres_tuning();
    struct connection *c;
    bool lost;
    err_t e = postgres_connect(q->pool, &t, &c, q->why);

    if (e)
        return e;
    e = postgres_run(c, &t, q, &lost);
    postgres_disconnect(c);
    return e;
}

static err_t postgres_query(void *pool, struct str sql, const struct db_value *args, size_t n_args,
                            struct arena *arena, struct db_result *out, struct buf *why)
{
    struct query q = { .pool = pool,
                       .sql = sql,
                       .args = args,
                       .n_args = n_args,
                       .arena = arena,
                       .out = out,
                       .why = why };
    struct arena own;
    err_t e;

    if (!arena) {
        arena_init(&own, MEM_DATABASE, 512);
        q.arena = &own;
    }
    e = worker_self() ? run_on_worker(&q) : run_elsewhere(&q);
    if (!arena) {
        arena_free(&own);
        *out = (struct db_result){ .affected = out->affected };
    }
    return e;
}

static err_t postgres_open(struct str url, void **out, struct buf *why)
{
    struct pool *p;
    struct buf b;
    err_t e;

    buf_init(&b, MEM_DATABASE);
    e = postgres_parameters(url, &b, why);
    if (!e) {
        p = mem_zalloc(MEM_DATABASE, sizeof *p);
        p->parameters = mem_strdup(MEM_DATABASE, buf_str(&b));
        if (postgres_host(url).n)
            p->host = mem_strdup(MEM_DATABASE, postgres_host(url));
        *out = p;
    }
    buf_free(&b);
    return e;
}

/* The workers are gone: what they left is nobody's. */
static void postgres_close(void *pool)
{
    struct pool *p = pool;

    for (size_t i = 0; i < WORKERS_MAX; i++) {
        if (!p->shares[i].ready)
            continue;
        LIST_EACH(&p->shares[i].free, struct connection, c, link)
        {
            postgres_disconnect(c);
        }
    }
    mem_free(MEM_DATABASE, p->host);
    mem_free(MEM_DATABASE, p->parameters);
    mem_free(MEM_DATABASE, p);
}

const struct db_driver postgres_driver = {
    .scheme = "postgres",
    .open = postgres_open,
    .close = postgres_close,
    .query = postgres_query,
    .upsert_form = "on-conflict",
    .numbered = true,
};
