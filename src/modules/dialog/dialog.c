/* SPDX-License-Identifier: BSD-2-Clause */
/* dialog: calls as a whole (RFC 3261 12), with profiles, variables and lifetimes. */
#include "base/log.h"
#include "core/database.h"
#include "modules/dialog/inner.h"
#include "rt/worker.h"

enum { EXPIRE_MS = 1000 };

static struct {
    struct module_slot slot;
    unsigned call_slot;
    struct timer expire; /* of the first worker */
    bool started, loaded;
} self;

const struct dialog_conf *dialog_conf_now(void)
{
    return current_conf(&module_dialog);
}

unsigned dialog_run_slot(void)
{
    return self.call_slot;
}

void dialog_count(enum dialog_stat which, int64_t n)
{
    if (dialog_conf_now()->enable_stats)
        stat_add(self.slot.stat_base + which, n);
}

int64_t dialog_counted(enum dialog_stat which)
{
    return stat_read(self.slot.stat_base + which);
}

/* ---- life ---- */

static err_t check(struct load *l, void *conf)
{
    struct dialog_conf *c = conf;
    err_t e = profiles_read(l, "profiles_with_value", c->profiles_with_value, true, &c->profiles);

    if (e == ERR_OK)
        e = profiles_read(l, "profiles_no_value", c->profiles_no_value, false, &c->profiles);
    if (c->hash_size & (c->hash_size - 1))
        load_fault(l, "hash_size", "expected a power of two");
    c->columns[COLUMN_IFLAGS] = STR("iflags");
    c->columns[COLUMN_REQ_URI] = STR("req_uri");
    c->columns[COLUMN_XDATA] = STR("xdata");
    if (e == ERR_OK && c->db_mode != DB_MODE_NONE)
        e = database_check_url(l, "db_url", c->db_url);
    return e;
}

static err_t start(const void *conf)
{
    (void)conf;
    profiles_begin();
    if (self.started)
        return ERR_OK;
    self.started = true;
    self.call_slot = call_slot_new();
    dialog_track_start();
    return ERR_OK;
}

static void on_expire(struct timer *t)
{
    profiles_expire();
    timer_set(t, EXPIRE_MS, on_expire);
}

static err_t worker_start(const void *conf)
{
    const struct dialog_conf *c = conf;

    dialogs_database_begin();
    if (worker_index(worker_self()) != 0)
        return ERR_OK;
    timer_set(&self.expire, EXPIRE_MS, on_expire);
    if (self.loaded || c->db_mode == DB_MODE_NONE || c->db_skip_load)
        return ERR_OK;
    self.loaded = true;
    return dialogs_load(c);
}

static void worker_stop(void)
{
    dialogs_database_end();
    if (worker_index(worker_self()) == 0)
        timer_cancel(&self.expire);
}

static void stop(void)
{
    const struct dialog_conf *conf = dialog_conf_now();

    if (conf && conf->db_mode != DB_MODE_NONE)
        dialogs_store_left(conf);
    dialogs_free_all();
    profiles_end();
    self.loaded = false;
}

/* ---- tables ---- */

static const struct stat_decl stats[] = {
    { "dialog", "active_dialogs", "Dialogs that are answered and not over.", .gauge = true },
    { "dialog", "early_dialogs", "Dialogs that have a provisional reply.", .gauge = true },
    { "dialog", "processed_dialogs", "Dialogs that were answered.", .gauge = false },
    { "dialog", "expired_dialogs", "Dialogs whose lifetime ended them.", .gauge = false },
    { "dialog", "failed_dialogs", "Dialogs that were refused or never answered.", .gauge = false },
    { 0 },
};
static const struct event events[] = {
    { "dialog:start", "An INVITE is answered by 2xx; runs over the INVITE." },
    { "dialog:end", "A BYE came, or the dialog expired or was ended here." },
    { "dialog:failed", "An INVITE is answered negatively; runs over the INVITE." },
    { "dialog:timeout", "The lifetime is over; runs before dialog:end." },
    { 0 },
};
static const struct table tables[] = {
    { "dialog", 7, "Dialogs." },
    { "dialog_vars", 1, "Their variables." },
    { 0 },
};

const struct module module_dialog = {
    .abi = MODULE_ABI,
    .name = "dialog",
    .doc = "Follows calls from their INVITE to their BYE.",
    .needs = (const char *const[]){ "tm", "rr", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct dialog_conf),
    .params = dialog_params,
    .funcs = dialog_funcs,
    .vars = dialog_variables,
    .methods = dialog_methods,
    .events = events,
    .stats = stats,
    .tables = tables,
    .check = check,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .stop = stop,
};
