/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash tables that scripts share, with expiry and a database behind them. */
#include "modules/htable/htable.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/database.h"
#include "data/db.h"
#include "rt/worker.h"
#include "script/value.h"

static struct {
    struct module_slot slot;
    unsigned call_slot;
    struct timer timer; /* of the first worker */
    bool running, begun;
} self;

struct ht_run *ht_run(struct call *c)
{
    struct ht_run *run = c->module_data[self.call_slot];

    if (!run) {
        run = ARENA_NEW(c->arena, struct ht_run);
        c->module_data[self.call_slot] = run;
    }
    return run;
}

static err_t check(struct load *l, void *conf)
{
    struct htable_conf *c = conf;
    char space[256];
    struct buf why;

    c->defs = ARENA_ARRAY(load_arena(l), struct ht_def, c->definitions.n + 1);
    for (size_t i = 0; i < c->definitions.n; i++) {
        struct ht_def *d = &c->defs[c->n_defs];

        buf_fixed(&why, space, sizeof space);
        if (ht_def_parse(c->definitions.items[i], d, &why)) {
            load_fault(l, "htable", STR_FMT, STR_ARG(buf_str(&why)));
            continue;
        }
        for (size_t k = 0; k < c->n_defs; k++)
            if (str_eq(c->defs[k].name, d->name))
                load_fault(l, "htable", "the table " STR_FMT " is defined twice", STR_ARG(d->name));
        if (d->db_table.n && c->db_url.n && database_check_url(l, "db_url", c->db_url) != ERR_OK)
            return ERR_UNSUPPORTED;
        d->table = ht_intern(d->name);
        c->n_defs++;
    }
    return ERR_OK;
}

/* Events. */

struct expired {
    struct ht *table;
    struct ht_item *item; /* a reference */
};

static void run_expired(struct call *c, void *arg)
{
    struct expired *x = arg;
    struct ht_run *run = ht_run(c);
    char name[128];
    struct buf b;

    buf_fixed(&b, name, sizeof name - 1);
    buf_fmt(&b, "htable:expired:" STR_FMT, STR_ARG(x->table->name));
    name[b.n] = '\0';
    run->record_key = x->item->entry.key;
    run->record_value = x->item->value;
    event_run(c, name, SCRIPT_TRUE);
}

static void tell_expired(void *arg)
{
    struct expired *x = arg;

    call_run_detached(NULL, NULL, run_expired, x);
    obj_drop(x->item);
    mem_free(MEM_TABLE_DATA, x);
}

void ht_expired(struct entry *e, void *ctx)
{
    struct ht *t = ctx;
    struct expired *x;
    char name[128];
    struct buf b;

    buf_fixed(&b, name, sizeof name - 1);
    buf_fmt(&b, "htable:expired:" STR_FMT, STR_ARG(t->name));
    name[b.n] = '\0';
    if (!worker_self() || !generation_peek() || !call_upcalls.has_route ||
        !call_upcalls.has_route(generation_peek(), ROUTE_EVENT, name))
        return;
    x = mem_alloc(MEM_TABLE_DATA, sizeof *x);
    *x = (struct expired){ t, obj_hold(e) };
    co_spawn(tell_expired, x);
}

static void run_reloaded(struct call *c, void *arg)
{
    const struct ht *t = arg;
    char name[128];
    struct buf b;

    buf_fixed(&b, name, sizeof name - 1);
    buf_fmt(&b, "htable:reloaded:" STR_FMT, STR_ARG(t->name));
    name[b.n] = '\0';
    event_run(c, name, SCRIPT_TRUE);
}

void ht_tell_reloaded(const struct ht *t)
{
    call_run_detached(NULL, NULL, run_reloaded, (void *)(uintptr_t)t);
}

static void run_begin_events(struct call *c, void *arg)
{
    (void)arg;
    event_run(c, "htable:mod-init", SCRIPT_TRUE);
    event_run(c, "htable:init", SCRIPT_TRUE);
}

static void expire_table(struct ht *t, void *arg)
{
    (void)arg;
    table_expire(t->items, clock_ms());
}

static void on_timer(struct timer *timer)
{
    const struct htable_conf *conf = current_conf(&module_htable);
    int64_t seconds = conf->timer_interval > 0 ? conf->timer_interval : 1;

    ht_each(expire_table, NULL);
    timer_set(timer, seconds * 1000, on_timer);
}

/* Life. */

static void undefine(struct ht *t, void *arg)
{
    const struct htable_conf *conf = arg;

    for (size_t i = 0; i < conf->n_defs; i++)
        if (conf->defs[i].table == t)
            return;
    atomic_store(&t->defined, false);
    ht_clear(t);
    atomic_store(&t->loaded, false); /* should it come back */
}

static void apply(const struct htable_conf *conf)
{
    ht_each(undefine, (void *)(uintptr_t)conf);
    for (size_t i = 0; i < conf->n_defs; i++) {
        const struct ht_def *d = &conf->defs[i];

        atomic_store(&d->table->autoexpire_s, d->autoexpire_s);
        atomic_store(&d->table->update_expiry, d->update_expiry);
        atomic_store(&d->table->initial, d->initial);
        atomic_store(&d->table->has_initial, d->has_initial);
        atomic_store(&d->table->defined, true);
    }
}

/* Reads the tables that were not read yet. On a coroutine of the first worker. */
static err_t load_new(const struct htable_conf *conf)
{
    err_t result = ERR_OK;
    struct buf why;

    buf_init(&why, MEM_TABLE_DATA);
    for (size_t i = 0; i < conf->n_defs; i++) {
        const struct ht_def *d = &conf->defs[i];

        if (d->db_table.n == 0 || conf->db_url.n == 0 || atomic_exchange(&d->table->loaded, true))
            continue;
        buf_clear(&why);
        if (ht_load(conf, d, &why)) {
            log_error("htable", STR_FMT, STR_ARG(buf_str(&why)));
            result = ERR_BACKEND;
        }
    }
    buf_free(&why);
    return result;
}

static void load_after_reload(void *arg)
{
    struct generation *g = generation_current();

    (void)arg;
    if (load_new(generation_conf(g, &module_htable)))
        log_error("htable", "not all tables could be read");
    obj_drop(g);
}

static void spawn_load(void *arg)
{
    co_spawn_on(256 * 1024, load_after_reload, arg);
}

static err_t start(const void *conf)
{
    self.call_slot = call_slot_new();
    apply(conf);
    return ERR_OK;
}

static void adopt(const void *conf)
{
    apply(conf);
    if (self.running)
        worker_post(worker_at(0), spawn_load, NULL);
}

static err_t worker_start(const void *conf)
{
    const struct htable_conf *c = conf;
    err_t e;

    if (worker_index(worker_self()) != 0)
        return ERR_OK;
    e = load_new(c);
    if (e)
        return e;
    self.running = true;
    timer_set(&self.timer, (c->timer_interval > 0 ? c->timer_interval : 1) * 1000, on_timer);
    if (!self.begun)
        call_run_detached(NULL, NULL, run_begin_events, NULL);
    self.begun = true;
    return ERR_OK;
}

static void worker_stop(void)
{
    if (worker_index(worker_self()) != 0)
        return;
    timer_cancel(&self.timer);
    self.running = false;
}

/* Writes back what is to outlive the process. */
static void stop(void)
{
    const struct htable_conf *conf = current_conf(&module_htable);
    struct buf why;

    buf_init(&why, MEM_TABLE_DATA);
    for (size_t i = 0; conf && i < conf->n_defs; i++) {
        const struct ht_def *d = &conf->defs[i];

        buf_clear(&why);
        if (d->db_write && d->db_table.n && conf->db_url.n && ht_store(conf, d, &why))
            log_error("htable", STR_FMT, STR_ARG(buf_str(&why)));
    }
    buf_free(&why);
    ht_free_all();
}

#define REPLICATION "tables are not replicated yet"
static const struct field params[] = {
    FIELD_NAMED(htable_conf, definitions, "htable",
                "Defines a table: name=>size=4;autoexpire=60;initval=0;updateexpire=1;dbtable=x;"
                "cols='k,v';dbmode=1. May be given many times.",
                .optional = true),
    FIELD(htable_conf, db_url, "The database that tables are read from.", .optional = true),
    FIELD_NAMED(htable_conf, key_name, "key_name_column", "Column of the name.", .def = "key_name"),
    FIELD_NAMED(htable_conf, key_type, "key_type_column", "Column of the kind of key.",
                .def = "key_type"),
    FIELD_NAMED(htable_conf, value_type, "value_type_column", "Column of the kind of value.",
                .def = "value_type"),
    FIELD_NAMED(htable_conf, key_value, "key_value_column", "Column of the value.",
                .def = "key_value"),
    FIELD_NAMED(htable_conf, expires, "expires_column", "Column of the time of expiry.",
                .def = "expires"),
    FIELD_NAMED(htable_conf, size_suffix, "array_size_suffix",
                "Ends the name of the item that counts an array key.", .def = "::size"),
    FIELD(htable_conf, fetch_rows, "Rows fetched at once.", .def = "100",
          .inert = "results come whole"),
    FIELD(htable_conf, timer_interval, "Seconds between looks for what has expired.", .def = "20",
          .min = 1, .max = 86400),
    FIELD(htable_conf, db_expires, "Whether times of expiry are read and written.", .def = "0"),
    FIELD(htable_conf, enable_dmq, "Whether tables are replicated.", .def = "0",
          .inert = REPLICATION),
    FIELD(htable_conf, dmq_init_sync, "Whether contents are fetched at start.", .def = "0",
          .inert = REPLICATION),
    FIELD(htable_conf, dmq_peer_id, "Name among the peers.", .def = "htable", .inert = REPLICATION),
    FIELD(htable_conf, timer_procs, "Processes that look for what has expired.", .def = "0",
          .inert = "a timer of a worker does it"),
    FIELD(htable_conf, event_callback, "Function of an embedded language to run instead.",
          .optional = true, .inert = "embedded languages come with their own modules"),
    FIELD(htable_conf, event_callback_mode, "When event_route[htable:init] runs.", .def = "0",
          .inert = "it runs on the first worker when tables are read"),
    { 0 },
};
static const struct event events[] = {
    { "htable:mod-init", "The server starts, and tables have been read." },
    { "htable:init", "The same; the name of newer versions." },
    { "htable:expired:<table>", "An item of the table has expired; $shtrecord() tells which." },
    { "htable:reloaded:<table>", "A table was read anew from the database." },
    { 0 },
};
static const struct table tables[] = {
    { "htable", 2, "Items by name: key_name, key_type, value_type, key_value, expires." },
    { 0 },
};

const struct module module_htable = {
    .abi = MODULE_ABI,
    .name = "htable",
    .doc = "Hash tables that all messages share, with expiry and a database behind them.",
    .slot = &self.slot,
    .conf_size = sizeof(struct htable_conf),
    .params = params,
    .funcs = htable_funcs,
    .vars = htable_vars,
    .methods = htable_methods,
    .events = events,
    .tables = tables,
    .check = check,
    .start = start,
    .adopt = adopt,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .stop = stop,
};
