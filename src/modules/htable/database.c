/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a table from the database, and writing it back. */
#include "base/clock.h"
#include "data/db.h"
#include "modules/htable/htable.h"

enum { KEY_ARRAY = 1, VALUE_NUMBER = 1 };

static struct str text_of(const struct db_value *v, struct arena *a)
{
    return db_text(v, a);
}

/* How often each array key was seen: a list, newest first, so that rows ordered by name are quick.
 */
struct seen {
    struct seen *next;
    struct str name;
    int64_t n;
};

static struct seen *seen_key(struct seen **list, struct str name, struct arena *a)
{
    for (struct seen *s = *list; s; s = s->next)
        if (str_eq(s->name, name))
            return s;
    struct seen *s = ARENA_NEW(a, struct seen);
    *s = (struct seen){ *list, name, 0 };
    *list = s;
    return s;
}

/* Column places in a row. */
enum { AT_NAME, AT_KEY_TYPE, AT_VALUE_TYPE, AT_VALUE, AT_EXPIRES };

static void store_row(const struct htable_conf *conf, const struct ht_def *def,
                      const struct db_value *row, struct seen **arrays, struct arena *a)
{
    struct str key = text_of(&row[AT_NAME], a), text = text_of(&row[AT_VALUE], a);
    bool number = db_number(&row[AT_VALUE_TYPE]) == VALUE_NUMBER;
    struct value v = number ? VALUE_OF_INT(db_number(&row[AT_VALUE])) : VALUE_OF_STR(text);
    int64_t expires = HT_EXPIRES_DEFAULT;

    if (db_number(&row[AT_KEY_TYPE]) == KEY_ARRAY) {
        struct seen *s = seen_key(arrays, key, a);

        key = arena_fmt(a, STR_FMT "[%lld]", STR_ARG(key), (long long)s->n++);
    }
    if (conf->db_expires && def->autoexpire_s > 0 && db_number(&row[AT_EXPIRES]) > 0) {
        expires = db_number(&row[AT_EXPIRES]) - clock_unix();
        if (expires <= 0)
            return;
    }
    ht_set(def->table, key, &v, expires);
}

/* With `cols`: the values of a row, packed with commas. */
static void store_packed(const struct ht_def *def, const struct db_value *row, struct arena *a)
{
    struct str key = text_of(&row[0], a);
    struct buf packed;
    struct value v = VALUE_NONE;

    if (def->n_columns == 2) {
        v = row[1].type == DB_INT ? VALUE_OF_INT(row[1].i) : VALUE_OF_STR(text_of(&row[1], a));
        ht_set(def->table, key, &v, HT_EXPIRES_DEFAULT);
        return;
    }
    buf_init(&packed, MEM_TABLE_DATA);
    for (size_t i = 1; i < def->n_columns; i++) {
        if (i > 1)
            buf_char(&packed, ',');
        buf_add(&packed, text_of(&row[i], a));
    }
    v = VALUE_OF_STR(buf_str(&packed));
    ht_set(def->table, key, &v, HT_EXPIRES_DEFAULT);
    buf_free(&packed);
}

static size_t columns_of(const struct htable_conf *conf, const struct ht_def *def,
                         struct str out[static 8])
{
    const struct str usual[] = { conf->key_name, conf->key_type, conf->value_type, conf->key_value,
                                 conf->expires };

    if (def->n_columns) {
        memcpy(out, def->columns, def->n_columns * sizeof *out);
        return def->n_columns;
    }
    memcpy(out, usual, sizeof usual);
    return conf->db_expires ? 5 : 4;
}

static err_t failed(struct db *db, const struct ht_def *def, err_t e, struct buf *why)
{
    buf_fmt(why, "table " STR_FMT ": " STR_FMT, STR_ARG(def->db_table), STR_ARG(db_error(db)));
    return e;
}

err_t ht_load(const struct htable_conf *conf, const struct ht_def *def, struct buf *why)
{
    struct str columns[8];
    size_t n = columns_of(conf, def, columns);
    struct db_result rows = { 0 };
    struct seen *arrays = NULL;
    struct arena arena;
    struct db *db = NULL;
    err_t e = db_open(conf->db_url, &db, why);

    if (e)
        return e;
    arena_init(&arena, MEM_TABLE_DATA, 4096);
    e = db_select(db, def->db_table, columns, n, NULL, 0, def->n_columns ? STR_NONE : columns[0], 0,
                  &arena, &rows);
    if (e) {
        e = failed(db, def, e, why);
    } else {
        ht_clear(def->table);
        for (size_t i = 0; i < rows.n_rows; i++)
            if (def->n_columns)
                store_packed(def, rows.rows[i], &arena);
            else
                store_row(conf, def, rows.rows[i], &arrays, &arena);
        for (struct seen *s = arrays; s; s = s->next) {
            struct str key =
                arena_fmt(&arena, STR_FMT STR_FMT, STR_ARG(s->name), STR_ARG(conf->size_suffix));

            ht_set(def->table, key, &VALUE_OF_INT(s->n), HT_EXPIRES_DEFAULT);
        }
    }
    arena_free(&arena);
    obj_drop(db);
    return e;
}

/* Writing: a copy of the items first, since nothing may suspend under a lock. */
struct copy {
    struct arena *arena;
    struct copied {
        struct copied *next;
        struct str key;
        struct value value;
        int64_t expires_ms;
    } * first;
};

static bool take(struct entry *e, void *arg)
{
    struct copy *c = arg;
    struct copied *item = ARENA_NEW(c->arena, struct copied);

    *item = (struct copied){ c->first, arena_dup(c->arena, e->key),
                             value_dup(&((struct ht_item *)e)->value, c->arena), e->expires_ms };
    c->first = item;
    return true;
}

static err_t write_item(struct db *db, const struct htable_conf *conf, const struct ht_def *def,
                        const struct copied *item, struct arena *a)
{
    bool number = item->value.type == VALUE_INT;
    int64_t expires = item->expires_ms ? clock_unix() + (item->expires_ms - clock_ms()) / 1000 : 0;
    const struct db_pair row[] = {
        { conf->key_name, NULL, DB_OF_STR(item->key) },
        { conf->key_type, NULL, DB_OF_INT(0) },
        { conf->value_type, NULL, DB_OF_INT(number ? VALUE_NUMBER : 0) },
        { conf->key_value, NULL, DB_OF_STR(value_text(&item->value, a)) },
        { conf->expires, NULL, DB_OF_INT(expires) },
    };

    return db_insert(db, def->db_table, row, conf->db_expires ? 5 : 4);
}

err_t ht_store(const struct htable_conf *conf, const struct ht_def *def, struct buf *why)
{
    struct arena arena;
    struct copy c = { .arena = &arena };
    struct db *db = NULL;
    int64_t removed;
    err_t e;

    if (def->n_columns) {
        buf_addz(why, "a table read with cols cannot be written back");
        return ERR_UNSUPPORTED;
    }
    e = db_open(conf->db_url, &db, why);
    if (e)
        return e;
    arena_init(&arena, MEM_TABLE_DATA, 4096);
    table_each(def->table->items, take, &c);
    e = db_delete(db, def->db_table, NULL, 0, &removed);
    for (struct copied *item = c.first; item && !e; item = item->next)
        e = write_item(db, conf, def, item, &arena);
    if (e)
        e = failed(db, def, e, why);
    arena_free(&arena);
    obj_drop(db);
    return e;
}
