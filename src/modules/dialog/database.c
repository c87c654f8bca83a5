/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dialogs that are answered have a row, with their variables in a second table. What has changed
 * waits in a list of its worker; a few coroutines write it, one dialog by one of them at a time, so
 * that no call waits and no two writes of a dialog overtake each other.
 */
#include "core/database.h"
#include "base/log.h"
#include "modules/dialog/row.h"

enum { SOON_MS = 1, RETRY_MS = 5000, WRITERS_MAX = 8, SECOND_MS = 1000 };

static bool wants_row(const struct dialog *d)
{
    return dialog_is_stored(d) && (d->state == DIALOG_ANSWERED || d->state == DIALOG_CONFIRMED);
}

/* ---- one dialog ---- */

struct db_key {
    struct db_pair pairs[2];
};

static struct db_key key_of(const struct dialog *d, const struct str columns[2])
{
    return (struct db_key){ { { columns[0], NULL, DB_OF_INT(d->entry) },
                              { columns[1], NULL, DB_OF_INT(d->id) } } };
}

static struct db_key row_key(const struct dialog *d, const struct dialog_conf *conf)
{
    return key_of(d, (struct str[]){ conf->columns[COLUMN_ENTRY], conf->columns[COLUMN_ID] });
}

static struct db_key vars_key(const struct dialog *d, const struct dialog_conf *conf)
{
    return key_of(d, (struct str[]){ conf->var_columns[VAR_ENTRY], conf->var_columns[VAR_ID] });
}

/* What is written, copied before the first suspension: the dialog goes on meanwhile. */
struct snapshot {
    struct arena arena;
    struct dialog_row row;
    struct db_pair pairs[DIALOG_COLUMNS];
    struct var_copy {
        struct var_copy *next;
        struct str name, value;
    } * vars;
};

static struct str copied(struct arena *a, struct str s)
{
    return s.n ? arena_dup(a, s) : STR("");
}

static void snapshot_take(struct snapshot *s, const struct dialog *d,
                          const struct dialog_conf *conf)
{
    arena_init(&s->arena, MEM_DIALOG, 2048);
    s->vars = NULL;
    dialog_row_of(d, &s->arena, &s->row);
    dialog_row_pairs(&s->row, conf, s->pairs);
    for (size_t i = 0; i < DIALOG_COLUMNS; i++)
        if (s->pairs[i].value.type == DB_STR)
            s->pairs[i].value.s = copied(&s->arena, s->pairs[i].value.s);
    for (const struct dialog_value *v = d->vars; v; v = v->next) {
        struct var_copy *c = ARENA_NEW(&s->arena, struct var_copy);

        *c = (struct var_copy){ s->vars, copied(&s->arena, v->name), copied(&s->arena, v->value) };
        s->vars = c;
    }
}

static err_t write_vars(struct db *db, const struct dialog *d, const struct dialog_conf *conf,
                        const struct snapshot *s)
{
    struct db_key key = vars_key(d, conf);
    int64_t removed;
    err_t e = db_delete(db, conf->vars_table_name, key.pairs, 2, &removed);

    for (const struct var_copy *v = s->vars; v && !e; v = v->next) {
        struct db_pair row[] = {
            key.pairs[0],
            key.pairs[1],
            { conf->var_columns[VAR_KEY], NULL, DB_OF_STR(v->name) },
            { conf->var_columns[VAR_VALUE], NULL, DB_OF_STR(v->value) },
        };

        e = db_insert(db, conf->vars_table_name, row, 4);
    }
    return e;
}

static err_t write_row(struct db *db, struct dialog *d, const struct dialog_conf *conf)
{
    struct db_key key = row_key(d, conf);
    bool had_vars = d->vars_stored, vars_changed = d->vars_changed;
    struct snapshot s;
    int64_t affected = 0;
    err_t e;

    snapshot_take(&s, d, conf);
    d->vars_changed = false;
    if (d->stored)
        e = db_update(db, conf->table_name, s.pairs, DIALOG_COLUMNS, key.pairs, 2, &affected);
    else
        e = db_insert(db, conf->table_name, s.pairs, DIALOG_COLUMNS);
    if (e == ERR_OK) {
        d->stored = true;
        if (vars_changed && (s.vars || had_vars))
            e = write_vars(db, d, conf, &s);
        d->vars_stored = s.vars != NULL;
    }
    if (e)
        d->vars_changed |= vars_changed;
    arena_free(&s.arena);
    return e;
}

static err_t remove_row(struct db *db, struct dialog *d, const struct dialog_conf *conf)
{
    struct db_key key = row_key(d, conf), vars = vars_key(d, conf);
    int64_t removed;
    err_t e = db_delete(db, conf->table_name, key.pairs, 2, &removed);

    if (e == ERR_OK && d->vars_stored)
        e = db_delete(db, conf->vars_table_name, vars.pairs, 2, &removed);
    if (e == ERR_OK)
        d->stored = d->vars_stored = false;
    return e;
}

static err_t write_dialog(struct dialog *d, const struct dialog_conf *conf)
{
    struct db *db;
    err_t e = database_open(AREA, conf->db_url, &db);

    if (e)
        return e;
    if (wants_row(d))
        e = write_row(db, d, conf);
    else if (d->stored)
        e = remove_row(db, d, conf);
    return database_done(AREA, db, e, "writing a dialog");
}

/* ---- the list ---- */

static void on_timer(struct timer *t);

static void push(struct dialog *d)
{
    list_push(&dialogs_dirty()->list, &d->in_dirty);
    obj_hold(d);
}

static void write_some(void *arg)
{
    struct dialogs_dirty *dirty = arg;
    err_t e = ERR_OK;

    while (e == ERR_OK && !list_empty(&dirty->list)) {
        struct dialog *d = LIST_OF(dirty->list.next, struct dialog, in_dirty);
        struct generation *g = generation_current();

        list_remove(&d->in_dirty);
        d->dirty = false;
        d->writing = true;
        e = write_dialog(d, generation_conf(g, &module_dialog));
        obj_drop(g);
        d->writing = false;
        d->dirty |= e != ERR_OK;
        if (d->dirty)
            push(d);
        obj_drop(d);
    }
    dirty->writers--;
    if (e && !dirty->stopping)
        timer_set(&dirty->timer, RETRY_MS, on_timer);
}

static void on_timer(struct timer *t)
{
    struct dialogs_dirty *dirty = LIST_OF(t, struct dialogs_dirty, timer);

    while (dirty->writers < WRITERS_MAX && !list_empty(&dirty->list)) {
        dirty->writers++;
        co_spawn(write_some, dirty);
    }
}

void dialog_changed(struct dialog *d)
{
    const struct dialog_conf *conf = dialog_conf_now();
    struct dialogs_dirty *dirty;

    if (conf->db_mode == DB_MODE_NONE || d->loading || d->dirty)
        return;
    if (!wants_row(d) && !d->stored && !d->writing)
        return;
    if (conf->db_mode == DB_MODE_SHUTDOWN && wants_row(d))
        return; /* all such are written then; but rows of those that are over must go */
    d->dirty = true;
    if (d->writing)
        return; /* who writes it will see */
    push(d);
    dirty = dialogs_dirty();
    if (conf->db_mode == DB_MODE_REALTIME && dirty->writers < WRITERS_MAX)
        timer_set(&dirty->timer, SOON_MS, on_timer);
    else if (conf->db_mode == DB_MODE_DELAYED && !timer_is_set(&dirty->timer))
        timer_set(&dirty->timer, conf->db_update_period * SECOND_MS, on_timer);
}

void dialogs_database_begin(void)
{
    dialogs_dirty()->stopping = false;
}

void dialogs_database_end(void)
{
    dialogs_dirty()->stopping = true;
    timer_cancel(&dialogs_dirty()->timer);
}

static void store_left(struct dialog *d, void *arg)
{
    const struct dialog_conf *conf = arg;
    bool all = conf->db_mode == DB_MODE_SHUTDOWN;

    if (!all && !d->dirty)
        return;
    d->dirty = false;
    d->vars_changed |= all;
    (void)!write_dialog(d, conf); /* a failure was logged */
}

void dialogs_store_left(const struct dialog_conf *conf)
{
    dialogs_each_left(store_left, (void *)(uintptr_t)conf);
    dialogs_each_dirty_left(store_left, (void *)(uintptr_t)conf);
}
