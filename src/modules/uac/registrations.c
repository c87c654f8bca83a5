/* SPDX-License-Identifier: BSD-2-Clause */
/* When registrations are sent, and where records come from. */
#include "modules/uac/registrations.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/database.h"
#include "rt/worker.h"
#include <stdatomic.h>

#define AREA "uac"

enum { EARLY_S = 3 }; /* renewed that much before the timer would be too late */

static struct {
    struct timer timer; /* of the first worker */
    _Atomic bool active;
    _Atomic int64_t loaded_at; /* seconds since 1970 */
} self;

/* ---- the clockwork ---- */

struct due {
    int64_t now, until;
};

static bool is_due(struct registration *r, void *arg)
{
    const struct due *d = arg;

    if (r->flags & REG_ONGOING)
        return false;
    if (r->flags & REG_DISABLED)
        return r->flags & REG_ONLINE; /* to be ended */
    if (!(r->flags & REG_INIT) && r->reg_init + r->reg_delay > d->now)
        return false;
    return r->timer_expires <= d->until;
}

static void run(void *arg)
{
    const struct uac_conf *conf = uac_conf_of(generation_peek());
    struct registration_view v;
    struct arena arena;
    struct str *uuids;
    struct due d;
    size_t n;

    (void)arg;
    if (!conf)
        return;
    d.now = clock_unix();
    d.until = d.now + conf->reg_timer_interval.ms / 1000 + EARLY_S;
    arena_init(&arena, MEM_MODULE, 4096);
    n = reg_collect(is_due, &d, &arena, &uuids);
    for (size_t i = 0; i < n; i++) {
        if (reg_find(uuids[i], &arena, &v))
            continue;
        if (reg_send(conf, uuids[i], v.flags & REG_DISABLED ? 0 : v.expires))
            log_debug(AREA, STR_FMT " is tried again later", STR_ARG(uuids[i]));
    }
    arena_free(&arena);
}

static int64_t interval(void)
{
    const struct uac_conf *conf = generation_peek() ? uac_conf_of(generation_peek()) : NULL;

    return conf && conf->reg_timer_interval.ms > 0 ? conf->reg_timer_interval.ms : 90000;
}

static void on_timer(struct timer *t)
{
    timer_set(t, interval(), on_timer);
    if (reg_is_active())
        co_spawn(run, NULL);
}

void reg_set_active(bool on)
{
    atomic_store(&self.active, on);
}

bool reg_is_active(void)
{
    return atomic_load(&self.active);
}

/* ---- verbs ---- */

static void set_enabled(struct registration *r, void *arg)
{
    const bool *on = arg;

    if (*on) {
        r->flags &= ~(unsigned)REG_DISABLED;
        r->timer_expires = clock_unix();
        r->reg_init = r->timer_expires;
    } else {
        r->flags |= REG_DISABLED;
    }
}

err_t reg_enable(struct str attribute, struct str value, bool on)
{
    struct registration_view v;
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_MODULE, 1024);
    e = reg_find_by(attribute, value, &arena, &v);
    if (e == ERR_OK && !reg_change(v.text[REG_UUID], set_enabled, &on))
        e = ERR_NOT_FOUND;
    arena_free(&arena);
    return e;
}

err_t reg_send_now(struct str attribute, struct str value, bool on)
{
    const struct uac_conf *conf = uac_conf_of(generation_peek());
    struct registration_view v;
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_MODULE, 1024);
    e = reg_find_by(attribute, value, &arena, &v);
    if (e == ERR_OK)
        e = reg_enable(STR("l_uuid"), v.text[REG_UUID], on);
    if (e == ERR_OK)
        e = reg_send(conf, v.text[REG_UUID], on ? v.expires : 0);
    arena_free(&arena);
    return e;
}

/* ---- from the database ---- */

/* Columns in the order of enum reg_text. */
static const char *const columns[REG_TEXTS] = {
    "l_uuid",       "l_username",    "l_domain",      "r_username", "r_domain",
    "realm",        "auth_username", "auth_password", "auth_ha1",   "auth_proxy",
    "contact_addr", "contact_user",  "socket",
};

static int64_t number_in(const struct db_result *r, size_t row, const char *column)
{
    size_t at = db_column(r, str_of(column));

    return at == SIZE_MAX ? 0 : db_number(&r->rows[row][at]);
}

static void put_row(const struct uac_conf *conf, const struct db_result *r, size_t row,
                    struct arena *a)
{
    struct registration_view v = { .expires = number_in(r, row, "expires"),
                                   .reg_delay = number_in(r, row, "reg_delay"),
                                   .flags = (unsigned)number_in(r, row, "flags") };

    for (size_t i = 0; i < REG_TEXTS; i++) {
        size_t at = db_column(r, str_of(columns[i]));

        v.text[i] = at == SIZE_MAX ? STR("") : db_text(&r->rows[row][at], a);
    }
    if (!v.text[REG_UUID].n || !v.text[REG_R_DOMAIN].n) {
        log_error(AREA, "a row without l_uuid or r_domain is left out");
        return;
    }
    if (!v.reg_delay && conf->reg_random_delay > 0)
        v.reg_delay = (int64_t)random_below((uint64_t)conf->reg_random_delay);
    reg_put(&v);
}

/* Rows of the table, all or of one uuid; suspends. */
static err_t read_rows(const struct uac_conf *conf, struct str uuid, struct arena *a,
                       struct db_result *out)
{
    struct db_value arg = DB_OF_STR(uuid);
    struct str sql = arena_fmt(a, "SELECT * FROM " STR_FMT "%s", STR_ARG(conf->reg_db_table),
                               uuid.n ? " WHERE l_uuid = ?" : "");
    struct db *db;
    err_t e;

    if (!conf->reg_db_url.n)
        return ERR_UNSUPPORTED;
    e = database_open(AREA, conf->reg_db_url, &db);
    if (e)
        return e;
    return database_done(AREA, db, db_query(db, sql, &arg, uuid.n ? 1 : 0, a, out),
                         "reading registrations");
}

static bool is_listed(const struct db_result *r, struct str uuid, struct arena *a)
{
    size_t at = db_column(r, STR("l_uuid"));

    for (size_t i = 0; at != SIZE_MAX && i < r->n_rows; i++)
        if (str_eq(db_text(&r->rows[i][at], a), uuid))
            return true;
    return false;
}

/* What the table does not hold any more goes. */
static void remove_others(const struct db_result *r, struct arena *a)
{
    struct registration_view *all;
    size_t n = reg_views(a, &all);

    for (size_t i = 0; i < n; i++)
        if (!is_listed(r, all[i].text[REG_UUID], a))
            reg_remove(all[i].text[REG_UUID]);
}

err_t reg_refresh(const struct uac_conf *conf, struct str uuid)
{
    struct generation *gen = generation_current();
    struct db_result rows;
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_MODULE, 4096);
    e = uuid.n ? read_rows(conf, uuid, &arena, &rows) : ERR_NOT_FOUND;
    if (e == ERR_OK && !rows.n_rows)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        put_row(conf, &rows, 0, &arena);
    arena_free(&arena);
    obj_drop(gen);
    return e;
}

err_t reg_reload(const struct uac_conf *conf, bool always)
{
    struct generation *gen = generation_current();
    int64_t now = clock_unix();
    struct db_result rows;
    struct arena arena;
    err_t e;

    if (!always && atomic_load(&self.loaded_at) + conf->reg_gc_interval.ms / 1000 > now) {
        obj_drop(gen);
        return ERR_STATE;
    }
    atomic_store(&self.loaded_at, now);
    arena_init(&arena, MEM_MODULE, 16384);
    e = read_rows(conf, STR(""), &arena, &rows);
    for (size_t i = 0; e == ERR_OK && i < rows.n_rows; i++)
        put_row(conf, &rows, i, &arena);
    if (e == ERR_OK)
        remove_others(&rows, &arena);
    arena_free(&arena);
    obj_drop(gen);
    return e;
}

/* ---- start and stop ---- */

err_t registrations_check(struct load *l, struct uac_conf *conf)
{
    if (!conf->reg_db_url.n)
        return ERR_OK;
    if (!conf->reg_contact_addr.n) {
        load_fault(l, "reg_contact_addr", "must be set where reg_db_url is");
        return ERR_STATE;
    }
    if (str_istarts(conf->reg_contact_addr, STR("sip:"))) {
        load_fault(l, "reg_contact_addr", "is an address without \"sip:\"");
        return ERR_SYNTAX;
    }
    return database_check_url(l, "reg_db_url", conf->reg_db_url);
}

err_t registrations_start(const void *conf)
{
    const struct uac_conf *c = conf;

    reg_store_start();
    reg_set_active(c->reg_active);
    return ERR_OK;
}

err_t registrations_worker_start(const void *conf)
{
    const struct uac_conf *c = conf;

    if (worker_self() != worker_at(0))
        return ERR_OK;
    if (c->reg_db_url.n && reg_reload(c, true))
        log_error(AREA, "registrations could not be read; uac.reg_reload tries again");
    atomic_store(&self.loaded_at, 0);
    timer_set(&self.timer, interval(), on_timer);
    return ERR_OK;
}

void registrations_worker_stop(void)
{
    if (worker_self() == worker_at(0))
        timer_cancel(&self.timer);
}

void registrations_stop(void)
{
    reg_store_stop();
}
