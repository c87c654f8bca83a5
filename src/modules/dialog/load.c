/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading dialogs: all rows at once, each given to the home of its Call-ID. */
#include "base/log.h"
#include "core/database.h"
#include "modules/dialog/row.h"
#include "net/net.h"
#include <stdlib.h>

struct loaded {
    struct dialog_row row;
    struct worker *home;
    struct loaded_var *vars;
};
struct loaded_var {
    struct loaded_var *next;
    int64_t entry, id;
    struct str name, value;
};
struct loading {
    struct arena arena;
    struct loaded *rows;
    size_t n_rows, taken;
    struct loaded_var *vars;
    size_t n_vars;
};

/* ---- on the homes ---- */

static bool take(const struct loaded *one)
{
    struct dialog *d;

    if (dialog_find_id((uint32_t)one->row.entry, (uint32_t)one->row.id))
        return false;
    d = dialog_of_row(&one->row);
    if (!d) {
        log_warn(AREA, "a row of the database is no dialog: h_id %lld", (long long)one->row.id);
        return false;
    }
    d->stored = d->loading = true;
    d->vars_stored = one->vars != NULL;
    for (const struct loaded_var *v = one->vars; v; v = v->next)
        dialog_set_var(d, v->name, v->value);
    dialog_store(d);
    dialog_row_join(d, &one->row);
    d->loading = d->vars_changed = false;
    dialog_count(STAT_ACTIVE, 1);
    dialog_timers_set(d);
    dialog_keepalive_set(d);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_LOADED });
    obj_drop(d);
    return true;
}

static err_t take_mine(void *arg)
{
    struct loading *l = arg;

    for (size_t i = 0; i < l->n_rows; i++)
        if (l->rows[i].home == worker_self())
            l->taken += take(&l->rows[i]) ? 1 : 0;
    return ERR_OK;
}

/* ---- rows and variables, brought together by their numbers ---- */

static int order(int64_t entry_a, int64_t id_a, int64_t entry_b, int64_t id_b)
{
    if (entry_a != entry_b)
        return entry_a < entry_b ? -1 : 1;
    return id_a < id_b ? -1 : id_a > id_b;
}

static int by_numbers(const void *a, const void *b)
{
    const struct loaded *x = a, *y = b;

    return order(x->row.entry, x->row.id, y->row.entry, y->row.id);
}

static int vars_by_numbers(const void *a, const void *b)
{
    const struct loaded_var *x = a, *y = b;

    return order(x->entry, x->id, y->entry, y->id);
}

static void join(struct loading *l)
{
    size_t at = 0;

    if (l->n_rows)
        qsort(l->rows, l->n_rows, sizeof *l->rows, by_numbers);
    if (l->n_vars)
        qsort(l->vars, l->n_vars, sizeof *l->vars, vars_by_numbers);
    for (size_t i = 0; i < l->n_rows; i++) {
        struct loaded *row = &l->rows[i];

        while (at < l->n_vars &&
               order(l->vars[at].entry, l->vars[at].id, row->row.entry, row->row.id) < 0)
            at++;
        for (;
             at < l->n_vars && l->vars[at].entry == row->row.entry && l->vars[at].id == row->row.id;
             at++) {
            l->vars[at].next = row->vars;
            row->vars = &l->vars[at];
        }
    }
}

static err_t read_rows(struct loading *l, struct db *db, const struct dialog_conf *conf,
                       const struct db_pair *where, size_t n)
{
    struct db_result got;
    err_t e = db_select(db, conf->table_name, conf->columns, DIALOG_COLUMNS, where, n, STR_NONE, 0,
                        &l->arena, &got);

    if (e)
        return e;
    l->rows = ARENA_ARRAY(&l->arena, struct loaded, got.n_rows + 1);
    l->n_rows = got.n_rows;
    for (size_t i = 0; i < got.n_rows; i++) {
        dialog_row_read(got.rows[i], &l->arena, &l->rows[i].row);
        l->rows[i].home = worker_of_hash(home_hash(l->rows[i].row.call_id));
    }
    return ERR_OK;
}

static err_t read_vars(struct loading *l, struct db *db, const struct dialog_conf *conf,
                       const struct db_pair *where, size_t n)
{
    struct db_result got;
    err_t e = db_select(db, conf->vars_table_name, conf->var_columns, VAR_COLUMNS, where, n,
                        STR_NONE, 0, &l->arena, &got);

    if (e)
        return e;
    l->vars = ARENA_ARRAY(&l->arena, struct loaded_var, got.n_rows + 1);
    l->n_vars = got.n_rows;
    for (size_t i = 0; i < got.n_rows; i++) {
        const struct db_value *v = got.rows[i];

        l->vars[i] = (struct loaded_var){ NULL, db_number(&v[VAR_ENTRY]), db_number(&v[VAR_ID]),
                                          db_text(&v[VAR_KEY], &l->arena),
                                          db_text(&v[VAR_VALUE], &l->arena) };
    }
    return ERR_OK;
}

static err_t load(const struct dialog_conf *conf, const struct db_pair *where, size_t n)
{
    struct loading l = { 0 };
    struct db *db;
    err_t e = database_open(AREA, conf->db_url, &db);

    if (e)
        return e;
    arena_init(&l.arena, MEM_DIALOG, 4096);
    e = read_rows(&l, db, conf, where, n);
    if (e == ERR_OK && n && l.n_rows) { /* of one call: by its numbers */
        struct db_pair of[] = {
            { conf->var_columns[VAR_ENTRY], NULL, DB_OF_INT(l.rows[0].row.entry) },
        };
        e = read_vars(&l, db, conf, of, 1);
    } else if (e == ERR_OK && !n) {
        e = read_vars(&l, db, conf, NULL, 0);
    }
    e = database_done(AREA, db, e, "reading dialogs");
    if (e == ERR_OK) {
        join(&l);
        e = workers_each(take_mine, &l);
        if (l.taken)
            log_info(AREA, "%zu dialogs were read from the database", l.taken);
    }
    arena_free(&l.arena);
    return e;
}

err_t dialogs_load(const struct dialog_conf *conf)
{
    return load(conf, NULL, 0);
}

err_t dialogs_load_call(const struct dialog_conf *conf, struct str call_id)
{
    struct db_pair where = { conf->columns[COLUMN_CALL_ID], NULL, DB_OF_STR(call_id) };

    return load(conf, &where, 1);
}
