/* SPDX-License-Identifier: BSD-2-Clause */
/* htable.* */
#include "base/clock.h"
#include "control/rpc.h"
#include "modules/htable/htable.h"
#include <stdlib.h>
#include <time.h>

struct table_args {
    struct str table;
};
struct item_args {
    struct str table, key;
};
struct sets_args {
    struct str table, key, value;
    int64_t expires;
};
struct seti_args {
    struct str table, key;
    int64_t value, expires;
};

static struct ht *named(struct rpc *r, struct str name)
{
    struct ht *t = ht_find(name);

    if (!t)
        (void)rpc_fail(r, 500, "No such htable");
    return t;
}

static const struct ht_def *definition(struct rpc *r, const struct htable_conf *conf,
                                       struct str name)
{
    for (size_t i = 0; i < conf->n_defs; i++)
        if (str_eq(conf->defs[i].name, name))
            return &conf->defs[i];
    (void)rpc_fail(r, 500, "No such htable");
    return NULL;
}

/* Dump: items by slot. */

struct row {
    struct str key;
    struct value value;
    uint64_t slot;
};
struct dump {
    struct arena *arena;
    struct row *rows;
    size_t n, cap;
    uint64_t slots;
};

static bool take_row(struct entry *e, void *arg)
{
    struct dump *d = arg;

    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 64;
        struct row *more = ARENA_ARRAY(d->arena, struct row, cap);

        if (d->n)
            memcpy(more, d->rows, d->n * sizeof *more);
        d->rows = more;
        d->cap = cap;
    }
    d->rows[d->n++] =
        (struct row){ arena_dup(d->arena, e->key),
                      value_dup(&((struct ht_item *)e)->value, d->arena), e->hash % d->slots };
    return true;
}

static int by_slot(const void *a, const void *b)
{
    const struct row *one = a, *two = b;

    return one->slot != two->slot ? (one->slot < two->slot ? -1 : 1) : str_cmp(one->key, two->key);
}

static err_t dump_run(struct rpc *r, const void *args)
{
    struct str name = ((const struct table_args *)args)->table;
    const struct ht_def *def = definition(r, current_conf(&module_htable), name);
    struct dump d = { .arena = rpc_arena(r) };
    struct ht *t;

    if (!def)
        return ERR_STATE;
    t = def->table;
    d.slots = UINT64_C(1) << def->size;
    table_each(t->items, take_row, &d);
    if (d.n)
        qsort(d.rows, d.n, sizeof *d.rows, by_slot);
    for (size_t i = 0, end; i < d.n; i = end) {
        struct rpc_node *s = rpc_struct(rpc_root(r)), *slot;

        for (end = i; end < d.n && d.rows[end].slot == d.rows[i].slot;)
            end++;
        rpc_put_int(s, "entry", (int64_t)d.rows[i].slot);
        rpc_put_int(s, "size", (int64_t)(end - i));
        slot = rpc_put_array(s, "slot");
        for (size_t k = i; k < end; k++) {
            struct rpc_node *item = rpc_struct(slot);

            rpc_put_str(item, "name", d.rows[k].key);
            rpc_put_value(item, "value", &d.rows[k].value);
            rpc_put_str(item, "type", d.rows[k].value.type == VALUE_INT ? STR("int") : STR("str"));
        }
    }
    return ERR_OK;
}

static err_t get_run(struct rpc *r, const void *args)
{
    const struct item_args *a = args;
    struct ht *t = named(r, a->table);
    struct rpc_node *item;
    struct value v = VALUE_NONE;
    int64_t seconds;
    char text[32];

    if (!t)
        return ERR_STATE;
    if (!ht_get(t, a->key, rpc_arena(r), &v))
        return rpc_fail(r, 500, "Key name doesn't exist in htable.");
    item = rpc_put_struct(rpc_struct(rpc_root(r)), "item");
    rpc_put_str(item, "name", a->key);
    rpc_put_value(item, "value", &v);
    rpc_put_int(item, "flags", v.type == VALUE_STR ? 2 : 0);
    if (ht_expires(t, a->key, &seconds) && seconds > 0) {
        time_t when = (time_t)(clock_unix() + seconds);
        struct tm tm;

        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime_r(&when, &tm));
        rpc_put_str(item, "expire", str_of(text));
    } else {
        rpc_put_str(item, "expire", STR("NEVER"));
    }
    return ERR_OK;
}

static err_t delete_run(struct rpc *r, const void *args)
{
    const struct item_args *a = args;
    struct ht *t = named(r, a->table);

    if (!t)
        return ERR_STATE;
    if (!ht_remove(t, a->key))
        return rpc_fail(r, 404, "Key not found in htable.");
    rpc_str(rpc_root(r), STR("Ok. Key deleted."));
    return ERR_OK;
}

static err_t set(struct rpc *r, struct str table, struct str key, const struct value *v,
                 int64_t expires)
{
    struct ht *t = named(r, table);

    if (!t)
        return ERR_STATE;
    ht_set(t, key, v, expires);
    rpc_str(rpc_root(r), STR("Ok. Key set to new value."));
    return ERR_OK;
}

static err_t sets_run(struct rpc *r, const void *args)
{
    const struct sets_args *a = args;

    return set(r, a->table, a->key, &VALUE_OF_STR(a->value), HT_EXPIRES_DEFAULT);
}

static err_t seti_run(struct rpc *r, const void *args)
{
    const struct seti_args *a = args;

    return set(r, a->table, a->key, &VALUE_OF_INT(a->value), HT_EXPIRES_DEFAULT);
}

static err_t setxs_run(struct rpc *r, const void *args)
{
    const struct sets_args *a = args;

    return set(r, a->table, a->key, &VALUE_OF_STR(a->value), a->expires);
}

static err_t setxi_run(struct rpc *r, const void *args)
{
    const struct seti_args *a = args;

    return set(r, a->table, a->key, &VALUE_OF_INT(a->value), a->expires);
}

static err_t setex_run(struct rpc *r, const void *args)
{
    const struct seti_args *a = args;
    struct ht *t = named(r, a->table);

    if (!t)
        return ERR_STATE;
    if (!ht_set_expires(t, a->key, a->expires))
        return rpc_fail(r, 500, "Key name doesn't exist in htable.");
    rpc_str(rpc_root(r), STR("Ok"));
    return ERR_OK;
}

static err_t list_run(struct rpc *r, const void *args)
{
    const struct htable_conf *conf = current_conf(&module_htable);

    (void)args;
    for (size_t i = conf->n_defs; i-- > 0;) {
        const struct ht_def *d = &conf->defs[i];
        struct rpc_node *s = rpc_struct(rpc_root(r));

        rpc_put_str(s, "name", d->name);
        rpc_put_str(s, "dbtable", d->db_table);
        rpc_put_int(s, "dbmode", d->db_write);
        rpc_put_int(s, "expire", d->autoexpire_s);
        rpc_put_int(s, "updateexpire", d->update_expiry);
        rpc_put_int(s, "size", INT64_C(1) << d->size);
        rpc_put_int(s, "dmqreplicate", d->replicate);
    }
    return ERR_OK;
}

/* How full the slots would be that the definition asks for. */
struct fill {
    uint32_t *slots;
    uint64_t n;
};

static bool count_slot(struct entry *e, void *arg)
{
    struct fill *f = arg;

    f->slots[e->hash % f->n]++;
    return true;
}

static err_t stats_run(struct rpc *r, const void *args)
{
    const struct htable_conf *conf = current_conf(&module_htable);

    (void)args;
    for (size_t i = conf->n_defs; i-- > 0;) {
        const struct ht_def *d = &conf->defs[i];
        struct rpc_node *s = rpc_struct(rpc_root(r));
        struct fill f = { .n = UINT64_C(1) << (d->size > 16 ? 16 : d->size) };
        uint32_t least = UINT32_MAX, most = 0;

        f.slots = ARENA_ARRAY(rpc_arena(r), uint32_t, f.n);
        table_each(d->table->items, count_slot, &f);
        for (uint64_t k = 0; k < f.n; k++) {
            least = f.slots[k] < least ? f.slots[k] : least;
            most = f.slots[k] > most ? f.slots[k] : most;
        }
        rpc_put_str(s, "name", d->name);
        rpc_put_int(s, "slots", (int64_t)f.n);
        rpc_put_int(s, "all", (int64_t)table_count(d->table->items));
        rpc_put_int(s, "min", least);
        rpc_put_int(s, "max", most);
    }
    return ERR_OK;
}

static err_t flush_run(struct rpc *r, const void *args)
{
    struct ht *t = named(r, ((const struct table_args *)args)->table);

    if (!t)
        return ERR_STATE;
    ht_clear(t);
    rpc_str(rpc_root(r), STR("Ok. Htable flushed."));
    return ERR_OK;
}

/* The generation stays pinned while the database is asked: its texts are used. */
static err_t with_database(struct rpc *r, const void *args,
                           err_t (*run)(const struct htable_conf *, const struct ht_def *,
                                        struct buf *),
                           struct str done)
{
    struct generation *g = generation_current();
    const struct htable_conf *conf = generation_conf(g, &module_htable);
    const struct ht_def *def = definition(r, conf, ((const struct table_args *)args)->table);
    struct buf why;
    err_t e = ERR_STATE;

    buf_init(&why, MEM_CONTROL);
    if (def && conf->db_url.n == 0)
        e = rpc_fail(r, 500, "No htable db_url");
    else if (def && def->db_table.n == 0)
        e = rpc_fail(r, 500, "No database htable");
    else if (def && run(conf, def, &why))
        e = rpc_fail(r, 500, STR_FMT, STR_ARG(buf_str(&why)));
    else if (def) {
        rpc_str(rpc_root(r), done);
        e = ERR_OK;
    }
    buf_free(&why);
    obj_drop(g);
    return e;
}

static err_t reload_run(struct rpc *r, const void *args)
{
    err_t e = with_database(r, args, ht_load, STR("Ok. Htable reloaded."));
    const struct ht *t = e ? NULL : ht_find(((const struct table_args *)args)->table);

    if (t)
        ht_tell_reloaded(t);
    return e;
}

static err_t store_run(struct rpc *r, const void *args)
{
    return with_database(r, args, ht_store, STR("Ok. Htable successfully stored to DB."));
}

static err_t no_dmq(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501, "tables are not replicated: enable_dmq has no effect yet");
}

#define TABLE(st) FIELD(st, table, "Name of the table.")
#define KEY(st)   FIELD(st, key, "Name of the item.")
static const struct field table_args_fields[] = { TABLE(table_args), { 0 } };
static const struct field item_args_fields[] = { TABLE(item_args), KEY(item_args), { 0 } };
static const struct field sets_args_fields[] = {
    TABLE(sets_args), KEY(sets_args), FIELD(sets_args, value, "The text."), { 0 }
};
static const struct field seti_args_fields[] = {
    TABLE(seti_args), KEY(seti_args), FIELD(seti_args, value, "The number."), { 0 }
};
static const struct field setxs_args_fields[] = {
    TABLE(sets_args),
    KEY(sets_args),
    FIELD(sets_args, value, "The text."),
    FIELD(sets_args, expires, "Seconds until it expires; 0: never.", .min = 0, .max = INT32_MAX),
    { 0 },
};
static const struct field setxi_args_fields[] = {
    TABLE(seti_args),
    KEY(seti_args),
    FIELD(seti_args, value, "The number."),
    FIELD(seti_args, expires, "Seconds until it expires; 0: never.", .min = 0, .max = INT32_MAX),
    { 0 },
};
static const struct field setex_args_fields[] = {
    TABLE(seti_args),
    KEY(seti_args),
    FIELD(seti_args, expires, "Seconds until it expires; 0: never.", .min = 0, .max = INT32_MAX),
    { 0 },
};

#define METHOD(label, fn, fields_, st, ...)                                                        \
    {                                                                                              \
        .name = (label), .run = (fn), .args = (fields_), .args_size = sizeof(struct st),           \
        .doc = __VA_ARGS__                                                                         \
    }
const struct rpc_method htable_methods[] = {
    METHOD("htable.dump", dump_run, table_args_fields, table_args, "All items of a table.",
           .array = true),
    METHOD("htable.get", get_run, item_args_fields, item_args, "One item."),
    METHOD("htable.delete", delete_run, item_args_fields, item_args, "Removes an item."),
    METHOD("htable.sets", sets_run, sets_args_fields, sets_args, "Sets an item to a text."),
    METHOD("htable.seti", seti_run, seti_args_fields, seti_args, "Sets an item to a number."),
    METHOD("htable.setex", setex_run, setex_args_fields, seti_args, "Sets when an item expires."),
    METHOD("htable.setxs", setxs_run, setxs_args_fields, sets_args,
           "Sets an item to a text that expires."),
    METHOD("htable.setxi", setxi_run, setxi_args_fields, seti_args,
           "Sets an item to a number that expires."),
    { .name = "htable.listTables", .run = list_run, .array = true, .doc = "All tables." },
    { .name = "htable.stats", .run = stats_run, .array = true, .doc = "How full the tables are." },
    METHOD("htable.flush", flush_run, table_args_fields, table_args,
           "Removes all items of a table."),
    METHOD("htable.reload", reload_run, table_args_fields, table_args,
           "Reads a table from the database anew."),
    METHOD("htable.store", store_run, table_args_fields, table_args,
           "Writes a table to the database."),
    { .name = "htable.dmqsync", .run = no_dmq, .doc = "For replication; not offered yet." },
    { .name = "htable.dmqresync", .run = no_dmq, .doc = "For replication; not offered yet." },
    { 0 },
};
