/* SPDX-License-Identifier: BSD-2-Clause */
/* The database of a test: SQLite in memory, with the tables that the test file writes down. */
#include "data/db.h"
#include "module/registry.h"
#include "rt/sim.h"
#include "testing/play.h"

static const struct str url = STR_INIT("sqlite://:memory:");

struct statement {
    struct str sql;
    const struct db_value *args;
    size_t n_args;
    struct db_result *result;
    err_t e;
    struct str why;
};

static void run_on_worker(void *arg)
{
    struct statement *s = arg;
    struct db_result unused;

    s->e = db_query(playing()->db, s->sql, s->args, s->n_args, &playing()->arena,
                    s->result ? s->result : &unused);
    if (s->e)
        s->why = arena_dup(&playing()->arena, db_error(playing()->db));
}

static err_t run(struct statement *s, struct buf *why)
{
    sim_spawn(0, run_on_worker, s);
    sim_settle();
    if (s->e)
        buf_fmt(why, STR_FMT ": " STR_FMT "\n", STR_ARG(s->sql), STR_ARG(s->why));
    return s->e;
}

static err_t run_text(struct str sql, struct buf *why)
{
    struct statement s = { .sql = sql };

    return run(&s, why);
}

static int64_t version_of(struct str table)
{
    const struct module *m;

    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        for (const struct table *t = m->tables; t && t->name; t++)
            if (str_eq(str_of(t->name), table))
                return t->version;
    return -1;
}

static err_t insert_rows(const struct test_table *t, struct buf *why)
{
    struct db_value values[60];
    struct statement s = { .args = values, .n_args = t->n_columns };
    struct buf sql;
    err_t e = ERR_OK;

    buf_init(&sql, MEM_OTHER);
    buf_fmt(&sql, "INSERT INTO " STR_FMT " VALUES (", STR_ARG(t->name));
    for (size_t i = 0; i < t->n_columns; i++)
        buf_addz(&sql, i ? ", ?" : "?");
    buf_addz(&sql, ")");
    s.sql = buf_str(&sql);
    for (size_t row = 0; row < t->n_rows && !e; row++) {
        for (size_t i = 0; i < t->n_columns; i++) {
            struct str cell = t->cells[row * t->n_columns + i];

            values[i] =
                str_eq(cell, STR("NULL")) ? (struct db_value){ .type = DB_NULL } : DB_OF_STR(cell);
        }
        e = run(&s, why);
    }
    buf_free(&sql);
    return e;
}

static err_t make_table(const struct test_table *t, struct buf *why)
{
    int64_t version = version_of(t->name);
    struct buf sql;
    err_t e;

    buf_init(&sql, MEM_OTHER);
    buf_fmt(&sql, "CREATE TABLE " STR_FMT " (", STR_ARG(t->name));
    for (size_t i = 0; i < t->n_columns; i++)
        buf_fmt(&sql, "%s" STR_FMT, i ? ", " : "", STR_ARG(t->columns[i]));
    buf_addz(&sql, ")");
    e = run_text(buf_str(&sql), why);
    if (!e && version >= 0) {
        buf_clear(&sql);
        buf_fmt(&sql, "INSERT INTO version VALUES ('" STR_FMT "', %lld)", STR_ARG(t->name),
                (long long)version);
        e = run_text(buf_str(&sql), why);
    }
    buf_free(&sql);
    return e ? e : insert_rows(t, why);
}

/* An inner declaration of a table replaces those around it. */
static bool is_hidden(const struct play *p, const struct decl *d)
{
    for (const struct decl *other = p->test->decls; other != d; other = other->up)
        if (other->kind == DECL_TABLE && str_eq(other->table->name, d->table->name))
            return true;
    return false;
}

err_t database_prepare(struct play *p, struct buf *why)
{
    const struct module *driver;
    err_t e;

    if (!decl_find(p->test->decls, DECL_DATABASE, STR_NONE))
        return ERR_OK;
    e = registry_find(STR("db_sqlite"), STR_NONE, &driver, why);
    if (!e)
        e = driver->start(NULL); /* lets its driver be known; once more does no harm */
    if (!e)
        e = db_open(url, &p->db, why);
    if (!e)
        e = run_text(STR("CREATE TABLE version (table_name TEXT, table_version INTEGER)"), why);
    for (const struct decl *d = p->test->decls; d && !e; d = d->up)
        if (d->kind == DECL_TABLE && !is_hidden(p, d))
            e = make_table(d->table, why);
    return e;
}

void play_query(const struct step *s)
{
    struct db_result result = { 0 };
    struct statement q = { .result = &result };
    struct arena *a = &playing()->arena;
    size_t n = 0;
    struct buf got;

    if (!playing()->db) {
        play_fail(s, "there is no database: put database DBURL above the tests");
        return;
    }
    if (!play_expand(s, s->value, &q.sql))
        return;
    buf_init(&got, MEM_OTHER);
    if (run(&q, &got)) {
        play_fail(s, STR_FMT, STR_ARG(str_trim(buf_str(&got))));
        buf_free(&got);
        return;
    }
    bool same = result.n_rows * result.n_columns == s->n_items;
    for (size_t row = 0; row < result.n_rows; row++)
        for (size_t i = 0; i < result.n_columns; i++, n++) {
            struct str cell = db_text(&result.rows[row][i], a), wanted = STR("");

            same = same && play_expand(s, s->items[n], &wanted) && str_eq(cell, wanted);
            buf_fmt(&got, " \"" STR_FMT "\"", STR_ARG(cell));
        }
    if (!same)
        play_fail(s, "expected %zu values as written, got%s" STR_FMT, s->n_items,
                  got.n ? "" : " nothing", STR_ARG(buf_str(&got)));
    buf_free(&got);
}
