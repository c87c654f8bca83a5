/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables and what is in them. */
#include "base/clock.h"
#include "modules/htable/htable.h"
#include <pthread.h>

enum { SHARDS_LOG2 = 4 };

static struct {
    _Atomic(struct ht *) tables; /* new ones go to the front; none is removed before the end */
    pthread_mutex_t lock;        /* of adding */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct ht *find(struct str name)
{
    for (struct ht *t = atomic_load(&self.tables); t; t = t->next)
        if (str_eq(t->name, name))
            return t;
    return NULL;
}

struct ht *ht_find(struct str name)
{
    struct ht *t = find(name);

    return t && atomic_load(&t->defined) ? t : NULL;
}

struct ht *ht_intern(struct str name)
{
    struct ht *t;

    pthread_mutex_lock(&self.lock);
    t = find(name);
    if (!t) {
        t = mem_zalloc(MEM_TABLE_DATA, sizeof *t);
        t->name = mem_dup(MEM_TABLE_DATA, name);
        t->items = table_new("htable", SHARDS_LOG2, ht_expired, t);
        t->next = atomic_load(&self.tables);
        atomic_store(&self.tables, t);
    }
    pthread_mutex_unlock(&self.lock);
    return t;
}

void ht_each(void (*fn)(struct ht *t, void *arg), void *arg)
{
    for (struct ht *t = atomic_load(&self.tables); t; t = t->next)
        if (atomic_load(&t->defined))
            fn(t, arg);
}

void ht_free_all(void)
{
    struct ht *t = atomic_exchange(&self.tables, NULL);

    while (t) {
        struct ht *next = t->next;

        table_free(t->items);
        mem_free(MEM_TABLE_DATA, (void *)(uintptr_t)t->name.p);
        mem_free(MEM_TABLE_DATA, t);
        t = next;
    }
}

/* Items. */

static struct ht_item *item_of(struct entry *e)
{
    return (struct ht_item *)e;
}

static void assign(struct ht_item *item, const struct value *v)
{
    struct str copy = v->type == VALUE_STR ? mem_dup(MEM_TABLE_DATA, v->s) : STR_NONE;

    if (item->value.type == VALUE_STR)
        mem_free(MEM_TABLE_DATA, (void *)(uintptr_t)item->value.s.p);
    item->value = *v;
    item->value.s = copy;
}

static void item_destroy(void *object)
{
    assign(object, &VALUE_NONE);
}

static struct entry *item_new(struct str key, void *arg)
{
    struct ht_item *item = obj_alloc(sizeof *item + key.n, MEM_TABLE_DATA, item_destroy);

    (void)arg;
    item->value = VALUE_NONE;
    memcpy(item->key, key.p, key.n);
    item->entry = (struct entry){ .key = { item->key, key.n } };
    return &item->entry;
}

/* Reading: under the shard's lock, so the string is copied out. */
struct reading {
    struct arena *arena;
    struct value *out;
};

static bool read_value(struct entry *e, void *arg)
{
    struct reading *r = arg;

    *r->out = value_dup(&item_of(e)->value, r->arena);
    return true;
}

bool ht_get(struct ht *t, struct str key, struct arena *a, struct value *out)
{
    struct reading r = { a, out };

    *out = VALUE_NONE;
    return table_touch(t->items, key, NULL, read_value, &r);
}

void ht_get_or_initial(struct ht *t, struct str key, struct arena *a, struct value *out)
{
    if (!ht_get(t, key, a, out) && atomic_load(&t->has_initial))
        *out = VALUE_OF_INT(atomic_load(&t->initial));
}

struct change {
    struct ht *table;
    const struct value *value;
    int64_t expires_s;
    int64_t n;
    bool done;
};

/* Expiry counts only in tables with autoexpire, as scripts know it. */
static void set_time(struct ht *t, struct entry *e, int64_t seconds)
{
    int64_t automatic = atomic_load(&t->autoexpire_s);

    if (automatic <= 0)
        return;
    if (seconds == HT_EXPIRES_DEFAULT && e->expires_ms && !atomic_load(&t->update_expiry))
        return;
    seconds = seconds == HT_EXPIRES_DEFAULT ? automatic : seconds;
    e->expires_ms = seconds > 0 ? clock_ms() + seconds * 1000 : 0;
}

static bool change_value(struct entry *e, void *arg)
{
    struct change *c = arg;

    assign(item_of(e), c->value);
    set_time(c->table, e, c->expires_s);
    return true;
}

void ht_set(struct ht *t, struct str key, const struct value *v, int64_t expires_s)
{
    struct change c = { .table = t, .value = v, .expires_s = expires_s };

    if (v->type == VALUE_NULL)
        ht_remove(t, key);
    else
        table_touch(t->items, key, item_new, change_value, &c);
}

bool ht_remove(struct ht *t, struct str key)
{
    struct entry *e = table_remove(t->items, key);

    obj_drop(e);
    return e != NULL;
}

static bool add_number(struct entry *e, void *arg)
{
    struct change *c = arg;
    struct ht_item *item = item_of(e);

    if (item->value.type == VALUE_NULL) /* made just now */
        item->value = VALUE_OF_INT(atomic_load(&c->table->initial));
    if (item->value.type != VALUE_INT)
        return true;
    item->value.i = (int64_t)((uint64_t)item->value.i + (uint64_t)c->n);
    c->n = item->value.i;
    c->done = true;
    set_time(c->table, e, HT_EXPIRES_DEFAULT);
    return true;
}

bool ht_add(struct ht *t, struct str key, int64_t n, int64_t *now)
{
    struct change c = { .table = t, .n = n };

    table_touch(t->items, key, atomic_load(&t->has_initial) ? item_new : NULL, add_number, &c);
    *now = c.n;
    return c.done;
}

static bool read_time(struct entry *e, void *arg)
{
    struct change *c = arg;
    int64_t left = e->expires_ms - clock_ms();

    c->n = e->expires_ms ? (left + 999) / 1000 : 0;
    return true;
}

bool ht_expires(struct ht *t, struct str key, int64_t *seconds)
{
    struct change c = { 0 };
    bool found = table_touch(t->items, key, NULL, read_time, &c);

    *seconds = c.n;
    return found;
}

static bool change_time(struct entry *e, void *arg)
{
    struct change *c = arg;

    set_time(c->table, e, c->expires_s);
    return true;
}

bool ht_set_expires(struct ht *t, struct str key, int64_t seconds)
{
    struct change c = { .table = t, .expires_s = seconds < 0 ? 0 : seconds };

    return table_touch(t->items, key, NULL, change_time, &c);
}

/* Many at once. */

struct sweep {
    const struct ht_match *match;
    size_t n, enough;
};

static bool count_one(struct entry *e, void *arg)
{
    struct sweep *s = arg;

    s->n += ht_matches(s->match, item_of(e));
    return s->enough == 0 || s->n < s->enough;
}

size_t ht_count(struct ht *t, const struct ht_match *m, size_t enough)
{
    struct sweep s = { .match = m, .enough = enough };

    table_each(t->items, count_one, &s);
    return s.n;
}

static enum table_step remove_one(struct entry *e, void *arg)
{
    struct sweep *s = arg;

    if (!ht_matches(s->match, item_of(e)))
        return TABLE_NEXT;
    s->n++;
    return TABLE_REMOVE;
}

size_t ht_remove_matching(struct ht *t, const struct ht_match *m)
{
    struct sweep s = { .match = m };

    for (unsigned shard = 0; shard < table_shards(t->items); shard++)
        table_walk(t->items, shard, remove_one, &s);
    return s.n;
}

void ht_clear(struct ht *t)
{
    struct ht_match all = { .how = HT_ALL };

    ht_remove_matching(t, &all);
}
