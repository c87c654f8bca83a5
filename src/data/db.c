/* SPDX-License-Identifier: BSD-2-Clause */
/* Databases by URL, and the drivers that reach them. Statements by column are in statement.c. */
#include "data/db.h"
#include "base/log.h"
#include "base/obj.h"
#include "data/db_inner.h"
#include <pthread.h>
#include <stdatomic.h>

enum { DRIVERS_MAX = 16, ERROR_MAX = 512 };

struct db {
    struct db *next;
    struct str url; /* NUL behind */
    const struct db_driver *driver;
    void *pool; /* made by the first use, under self.lock */
    atomic_bool ready;
};

/* Databases stay open until db_close_all: the list only grows, so that looking up takes no lock. */
static struct {
    pthread_mutex_t lock;
    const struct db_driver *drivers[DRIVERS_MAX];
    atomic_size_t n_drivers;
    _Atomic(struct db *) all;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local char last_error[ERROR_MAX];

void db_driver_add(const struct db_driver *d)
{
    size_t n;

    pthread_mutex_lock(&self.lock);
    n = atomic_load(&self.n_drivers);
    for (size_t i = 0; i < n; i++) {
        if (self.drivers[i] == d)
            goto done;
    }
    ASSERT(n < DRIVERS_MAX);
    self.drivers[n] = d;
    atomic_store(&self.n_drivers, n + 1);
done:
    pthread_mutex_unlock(&self.lock);
}

static struct str scheme_of(struct str url)
{
    return str_cut(url, 0, str_find(url, ':'));
}

static const struct db_driver *driver_of(struct str url)
{
    struct str scheme = scheme_of(url);

    if (scheme.n == url.n)
        return NULL;
    for (size_t i = 0; i < atomic_load(&self.n_drivers); i++) {
        if (str_ieq(scheme, str_of(self.drivers[i]->scheme)))
            return self.drivers[i];
    }
    return NULL;
}

static struct db *known(struct str url)
{
    struct db *d = atomic_load_explicit(&self.all, memory_order_acquire);

    while (d && !str_eq(d->url, url))
        d = d->next;
    return d;
}

static void db_destroy(void *object)
{
    struct db *d = object;

    if (d->pool)
        d->driver->close(d->pool);
    mem_free(MEM_DATABASE, (void *)(uintptr_t)d->url.p);
}

static err_t open_locked(struct str url, struct db **out, struct buf *why)
{
    const struct db_driver *driver;
    struct db *d = known(url);

    if (d) {
        *out = obj_hold(d);
        return ERR_OK;
    }
    driver = driver_of(url);
    if (!driver) {
        struct str scheme = scheme_of(url);

        if (why && scheme.n == url.n)
            buf_addz(why, "this is not a database URL; expected scheme://…");
        else if (why)
            buf_fmt(why, "no driver for \"" STR_FMT "\" URLs: loadmodule \"db_" STR_FMT ".so\"",
                    STR_ARG(scheme), STR_ARG(scheme));
        return ERR_UNSUPPORTED;
    }
    d = obj_new(struct db, MEM_DATABASE, db_destroy);
    d->url = mem_dup(MEM_DATABASE, url);
    d->driver = driver;
    d->next = atomic_load(&self.all);
    atomic_store_explicit(&self.all, d, memory_order_release);
    *out = obj_hold(d);
    return ERR_OK;
}

err_t db_open(struct str url, struct db **out, struct buf *why)
{
    struct db *d = known(url);
    err_t e;

    if (d) {
        *out = obj_hold(d);
        return ERR_OK;
    }
    pthread_mutex_lock(&self.lock);
    e = open_locked(url, out, why);
    pthread_mutex_unlock(&self.lock);
    return e;
}

void db_close_all(void)
{
    struct db *d, *next;

    pthread_mutex_lock(&self.lock);
    for (d = atomic_exchange(&self.all, NULL); d; d = next) {
        next = d->next;
        obj_drop(d);
    }
    pthread_mutex_unlock(&self.lock);
}

static void keep_error(struct str text)
{
    size_t n = text.n < ERROR_MAX ? text.n : ERROR_MAX - 1;

    memcpy(last_error, text.p ? text.p : "", n);
    last_error[n] = '\0';
}

/* Makes the pool when this is the first use. */
static err_t make_ready(struct db *d)
{
    struct buf why;
    err_t e = ERR_OK;

    if (atomic_load_explicit(&d->ready, memory_order_acquire))
        return ERR_OK;
    buf_init(&why, MEM_DATABASE);
    pthread_mutex_lock(&self.lock);
    if (!d->pool)
        e = d->driver->open(d->url, &d->pool, &why);
    if (!e)
        atomic_store_explicit(&d->ready, true, memory_order_release);
    pthread_mutex_unlock(&self.lock);
    if (e)
        keep_error(buf_str(&why));
    buf_free(&why);
    return e;
}

err_t db_query(struct db *d, struct str sql, const struct db_value *args, size_t n_args,
               struct arena *arena, struct db_result *out)
{
    struct db_result ignored = { 0 };
    struct buf why, numbered;
    err_t e = make_ready(d);

    if (e)
        return e;
    out = out ? out : &ignored;
    *out = (struct db_result){ 0 };
    buf_init(&why, MEM_DATABASE);
    buf_init(&numbered, MEM_DATABASE);
    if (d->driver->numbered && n_args > 0) {
        db_number_placeholders(sql, &numbered);
        sql = buf_str(&numbered);
    }
    e = d->driver->query(d->pool, sql, args, n_args, arena, out, &why);
    if (e) {
        keep_error(why.n ? buf_str(&why) : str_of(err_text(e)));
        log_debug("db", "failed: " STR_FMT ": %s", STR_ARG(sql), last_error);
    }
    buf_free(&numbered);
    buf_free(&why);
    return e;
}

struct str db_error(const struct db *d)
{
    (void)d;
    return str_of(last_error);
}

struct str db_url_hidden(const struct db *d, struct arena *a)
{
    struct str rest = d->url, scheme, user;
    size_t at = str_search(d->url, STR("://")), end;

    if (at == rest.n)
        return d->url;
    scheme = str_cut(d->url, 0, at + 3);
    rest = str_skip(d->url, at + 3);
    for (end = rest.n; end > 0 && rest.p[end - 1] != '@'; end--)
        ;
    if (end == 0)
        return d->url;
    user = str_cut(rest, 0, str_find(str_cut(rest, 0, end - 1), ':'));
    if (user.n == end - 1)
        return d->url;
    return arena_fmt(a, STR_FMT STR_FMT ":***" STR_FMT, STR_ARG(scheme), STR_ARG(user),
                     STR_ARG(str_skip(rest, end - 1)));
}

const char *db_upsert_form(const struct db *d)
{
    return d->driver->upsert_form;
}
