/* SPDX-License-Identifier: BSD-2-Clause */
/* The sht_* functions. */
#include "base/log.h"
#include "modules/htable/htable.h"
#include "rt/keylock.h"
#include "script/value.h"

enum { ITERATORS_MAX = 4 };

static struct ht *named(struct str name)
{
    struct ht *t = ht_find(name);

    if (!t)
        log_error("htable", "there is no table " STR_FMT, STR_ARG(name));
    return t;
}

/* "table=>rest". */
static struct ht *apart(struct str text, struct str *rest)
{
    size_t arrow = str_search(text, STR("=>"));

    *rest = str_skip(text, arrow + 2);
    return named(str_trim(str_cut(text, 0, arrow)));
}

struct item_args {
    struct str table, key;
};
struct table_args {
    struct str table;
};
struct match_args {
    struct str table, op, text;
};
struct place_args {
    struct str place;
};

static int sht_print_one(struct entry *e, struct ht *t)
{
    const struct ht_item *item = (const struct ht_item *)e;

    if (item->value.type == VALUE_INT)
        log_write(LOG_INFO, "htable", STR_FMT "=>" STR_FMT ": %lld", STR_ARG(t->name),
                  STR_ARG(e->key), (long long)item->value.i);
    else
        log_write(LOG_INFO, "htable", STR_FMT "=>" STR_FMT ": " STR_FMT, STR_ARG(t->name),
                  STR_ARG(e->key), STR_ARG(item->value.s));
    return 0;
}

static bool print_item(struct entry *e, void *arg)
{
    sht_print_one(e, arg);
    return true;
}

static void print_table(struct ht *t, void *arg)
{
    (void)arg;
    table_each(t->items, print_item, t);
}

static int sht_print(struct call *c)
{
    (void)c;
    ht_each(print_table, NULL);
    return SCRIPT_TRUE;
}
EXPOSE0(sht_print)

static int sht_rm(struct call *c, const struct item_args *a)
{
    struct ht *t = named(a->table);

    (void)c;
    if (!t)
        return SCRIPT_FALSE;
    ht_remove(t, a->key);
    return SCRIPT_TRUE;
}
EXPOSE(sht_rm, item_args)

static int sht_reset(struct call *c, const struct table_args *a)
{
    struct ht *t = named(a->table);

    (void)c;
    if (!t)
        return SCRIPT_FALSE;
    ht_clear(t);
    return SCRIPT_TRUE;
}
EXPOSE(sht_reset, table_args)

static int remove_matching(struct ht *t, struct str op, struct str text, bool value)
{
    struct ht_match m;
    bool good = t && ht_match_op(op, text, value, &m);

    if (!good)
        return SCRIPT_FALSE;
    ht_remove_matching(t, &m);
    ht_match_free(&m);
    return SCRIPT_TRUE;
}

static int sht_rm_name_re(struct call *c, const struct place_args *a)
{
    struct str text;
    struct ht *t = apart(a->place, &text);

    (void)c;
    return remove_matching(t, STR("re"), text, false);
}
EXPOSE(sht_rm_name_re, place_args)

static int sht_rm_value_re(struct call *c, const struct place_args *a)
{
    struct str text;
    struct ht *t = apart(a->place, &text);

    (void)c;
    return remove_matching(t, STR("re"), text, true);
}
EXPOSE(sht_rm_value_re, place_args)

static int sht_rm_name(struct call *c, const struct match_args *a)
{
    (void)c;
    return remove_matching(named(a->table), a->op, a->text, false);
}
EXPOSE(sht_rm_name, match_args)

static int sht_rm_value(struct call *c, const struct match_args *a)
{
    (void)c;
    return remove_matching(named(a->table), a->op, a->text, true);
}
EXPOSE(sht_rm_value, match_args)

static int has_matching(const struct match_args *a, bool value)
{
    struct ht *t = named(a->table);
    struct ht_match m;
    bool found;

    if (!t || !ht_match_op(a->op, a->text, value, &m))
        return SCRIPT_FALSE;
    found = ht_count(t, &m, 1) > 0;
    ht_match_free(&m);
    return found ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int sht_match_name(struct call *c, const struct match_args *a)
{
    (void)c;
    return has_matching(a, false);
}
EXPOSE(sht_match_name, match_args)

static int sht_match_str_value(struct call *c, const struct match_args *a)
{
    (void)c;
    return has_matching(a, true);
}
EXPOSE(sht_match_str_value, match_args)

/* Locks: one per item, held by the message until it gives it back. */

static struct str lock_key(struct call *c, struct str place)
{
    return arena_fmt(c->arena, "htable\n" STR_FMT, STR_ARG(place));
}

static int sht_lock(struct call *c, const struct place_args *a)
{
    return keylock_take(lock_key(c, a->place), c) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(sht_lock, place_args)

static int sht_unlock(struct call *c, const struct place_args *a)
{
    return keylock_give(lock_key(c, a->place), c) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(sht_unlock, place_args)

/* Setting with an expiry. */

struct setxs_args {
    struct str table, key, value;
    int64_t expires;
};
struct setxi_args {
    struct str table, key;
    int64_t value, expires;
};

static int set_with(struct str table, struct str key, const struct value *v, int64_t expires)
{
    struct ht *t = named(table);

    if (!t)
        return SCRIPT_FALSE;
    ht_set(t, key, v, expires < 0 ? 0 : expires);
    return SCRIPT_TRUE;
}

static int sht_setxs(struct call *c, const struct setxs_args *a)
{
    (void)c;
    return set_with(a->table, a->key, &VALUE_OF_STR(a->value), a->expires);
}
EXPOSE(sht_setxs, setxs_args)

static int sht_setxi(struct call *c, const struct setxi_args *a)
{
    (void)c;
    return set_with(a->table, a->key, &VALUE_OF_INT(a->value), a->expires);
}
EXPOSE(sht_setxi, setxi_args)

static int sht_is_null(struct call *c, const struct item_args *a)
{
    struct ht *t = named(a->table);
    struct value v = VALUE_NONE;

    if (!t)
        return SCRIPT_FALSE;
    ht_get_or_initial(t, a->key, c->arena, &v);
    return v.type == VALUE_NULL ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(sht_is_null, item_args)

static int add(const struct item_args *a, int64_t n)
{
    struct ht *t = named(a->table);
    int64_t now;

    if (!t || !ht_add(t, a->key, n, &now))
        return SCRIPT_FALSE;
    return now > 0 && now < INT32_MAX ? (int)now : SCRIPT_TRUE;
}

static int sht_inc(struct call *c, const struct item_args *a)
{
    (void)c;
    return add(a, 1);
}
EXPOSE(sht_inc, item_args)

static int sht_dec(struct call *c, const struct item_args *a)
{
    (void)c;
    return add(a, -1);
}
EXPOSE(sht_dec, item_args)

/* Iterators belong to a run of a script. They take the names of one shard after the other, and look
 * each up anew: what was removed meanwhile is passed over, and nothing stays locked. */

struct ht_iterator {
    struct ht_iterator *next;
    struct str name;
    struct ht *table; /* NULL: free */
    unsigned shard;
    struct str *keys;
    size_t n, cap, at; /* keys[at - 1] is the current one */
    struct arena *arena;
};

struct iterator_args {
    struct str iterator, table;
};
struct iterator_name_args {
    struct str iterator;
};
struct iterator_str_args {
    struct str iterator, value;
};
struct iterator_int_args {
    struct str iterator;
    int64_t value;
};

static struct ht_iterator *iterator(struct call *c, struct str name)
{
    for (struct ht_iterator *it = ht_run(c)->iterators; it; it = it->next)
        if (it->table && str_eq(it->name, name))
            return it;
    return NULL;
}

static int sht_iterator_start(struct call *c, const struct iterator_args *a)
{
    struct ht_run *run = ht_run(c);
    struct ht *t = named(a->table);
    struct ht_iterator *it = iterator(c, a->iterator);
    size_t n = 0;

    for (struct ht_iterator *other = run->iterators; other; other = other->next)
        n += other->table != NULL;
    if (!t || (!it && n >= ITERATORS_MAX))
        return SCRIPT_FALSE;
    if (!it) {
        it = ARENA_NEW(c->arena, struct ht_iterator);
        it->next = run->iterators;
        run->iterators = it;
        it->name = arena_dup(c->arena, a->iterator);
        it->arena = c->arena;
    }
    it->table = t;
    it->shard = 0;
    it->n = it->at = 0;
    return SCRIPT_TRUE;
}
EXPOSE(sht_iterator_start, iterator_args)

static enum table_step take_key(struct entry *e, void *arg)
{
    struct ht_iterator *it = arg;

    if (it->n == it->cap) {
        size_t cap = it->cap ? it->cap * 2 : 32;
        struct str *more = ARENA_ARRAY(it->arena, struct str, cap);

        if (it->n)
            memcpy(more, it->keys, it->n * sizeof *more);
        it->keys = more;
        it->cap = cap;
    }
    it->keys[it->n++] = arena_dup(it->arena, e->key);
    return TABLE_NEXT;
}

/* Moves to the next item that is still there. */
static bool step(struct call *c, struct ht_iterator *it)
{
    struct value v = VALUE_NONE;

    for (;;) {
        while (it->at < it->n)
            if (ht_get(it->table, it->keys[it->at++], c->arena, &v))
                return true;
        if (it->shard == table_shards(it->table->items)) {
            it->at = it->n + 1; /* behind the last: no current item */
            return false;
        }
        it->n = it->at = 0;
        table_walk(it->table->items, it->shard++, take_key, it);
    }
}

bool ht_iterator_item(struct call *c, struct str name, struct str *key, struct value *value)
{
    struct ht_iterator *it = iterator(c, name);

    if (!it || it->at == 0 || it->at > it->n)
        return false;
    *key = it->keys[it->at - 1];
    return ht_get(it->table, *key, c->arena, value);
}

static int sht_iterator_next(struct call *c, const struct iterator_name_args *a)
{
    struct ht_iterator *it = iterator(c, a->iterator);

    return it && it->at <= it->n && step(c, it) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(sht_iterator_next, iterator_name_args)

static int sht_iterator_end(struct call *c, const struct iterator_name_args *a)
{
    struct ht_iterator *it = iterator(c, a->iterator);

    if (!it)
        return SCRIPT_FALSE;
    it->table = NULL;
    return SCRIPT_TRUE;
}
EXPOSE(sht_iterator_end, iterator_name_args)

static int sht_iterator_rm(struct call *c, const struct iterator_name_args *a)
{
    struct ht_iterator *it = iterator(c, a->iterator);
    struct str key;
    struct value v = VALUE_NONE;

    if (!it || !ht_iterator_item(c, a->iterator, &key, &v))
        return SCRIPT_FALSE;
    ht_remove(it->table, key);
    return step(c, it) ? SCRIPT_TRUE : -2;
}
EXPOSE(sht_iterator_rm, iterator_name_args)

static int set_current(struct call *c, struct str name, const struct value *v)
{
    struct ht_iterator *it = iterator(c, name);
    struct value old = VALUE_NONE;
    struct str key;

    if (!it || !ht_iterator_item(c, name, &key, &old))
        return SCRIPT_FALSE;
    ht_set(it->table, key, v, HT_EXPIRES_DEFAULT);
    return SCRIPT_TRUE;
}

static int sht_iterator_sets(struct call *c, const struct iterator_str_args *a)
{
    return set_current(c, a->iterator, &VALUE_OF_STR(a->value));
}
EXPOSE(sht_iterator_sets, iterator_str_args)

static int sht_iterator_seti(struct call *c, const struct iterator_int_args *a)
{
    return set_current(c, a->iterator, &VALUE_OF_INT(a->value));
}
EXPOSE(sht_iterator_seti, iterator_int_args)

static int sht_iterator_setex(struct call *c, const struct iterator_int_args *a)
{
    struct ht_iterator *it = iterator(c, a->iterator);
    struct value old = VALUE_NONE;
    struct str key;

    if (!it || !ht_iterator_item(c, a->iterator, &key, &old))
        return SCRIPT_FALSE;
    return ht_set_expires(it->table, key, a->value) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(sht_iterator_setex, iterator_int_args)

static int bind_htable(struct call *c)
{
    (void)c;
    return SCRIPT_FALSE;
}
EXPOSE0(bind_htable)

#define TABLE(st)    FIELD(st, table, "Name of the table.")
#define KEY(st)      FIELD(st, key, "Name of the item.")
#define EXPIRES(st)  FIELD(st, expires, "Seconds until it expires; 0: never.")
#define ITERATOR(st) FIELD(st, iterator, "Name of the iterator.")
static const struct field item_args_fields[] = { TABLE(item_args), KEY(item_args), { 0 } };
static const struct field table_args_fields[] = { TABLE(table_args), { 0 } };
static const struct field place_args_fields[] = {
    FIELD(place_args, place, "table=>key, or table=>regular expression."),
    { 0 },
};
static const struct field match_args_fields[] = {
    TABLE(match_args),
    FIELD(match_args, op, "eq, ne, re (regular expression) or sw (starts with)."),
    FIELD(match_args, text, "What to compare with."),
    { 0 },
};
static const struct field setxs_args_fields[] = {
    TABLE(setxs_args),   KEY(setxs_args), FIELD(setxs_args, value, "The text."),
    EXPIRES(setxs_args), { 0 },
};
static const struct field setxi_args_fields[] = {
    TABLE(setxi_args),   KEY(setxi_args), FIELD(setxi_args, value, "The number."),
    EXPIRES(setxi_args), { 0 },
};
static const struct field iterator_args_fields[] = { ITERATOR(iterator_args),
                                                     TABLE(iterator_args),
                                                     { 0 } };
static const struct field iterator_name_args_fields[] = { ITERATOR(iterator_name_args), { 0 } };
static const struct field iterator_str_args_fields[] = {
    ITERATOR(iterator_str_args), FIELD(iterator_str_args, value, "The text."), { 0 }
};
static const struct field iterator_int_args_fields[] = {
    ITERATOR(iterator_int_args), FIELD(iterator_int_args, value, "The number."), { 0 }
};

#define ALIAS(name)                                                                                \
    .aliases = (const char *const[])                                                               \
    {                                                                                              \
        name, NULL                                                                                 \
    }
const struct func htable_funcs[] = {
    FUNC0(sht_print, "Logs all items of all tables."),
    FUNC(sht_rm, item_args, "Removes an item."),
    FUNC(sht_rm_name_re, place_args, "Removes the items whose names match."),
    FUNC(sht_rm_value_re, place_args, "Removes the items whose texts match."),
    FUNC(sht_rm_name, match_args, "Removes the items whose names match."),
    FUNC(sht_rm_value, match_args, "Removes the items whose texts match."),
    FUNC(sht_match_name, match_args, "Tells whether some item's name matches.",
         ALIAS("sht_has_name")),
    FUNC(sht_match_str_value, match_args, "Tells whether some item's text matches.",
         ALIAS("sht_has_str_value")),
    FUNC(sht_lock, place_args, "Takes the lock of an item, waiting while another message has it.",
         .suspends = true,
         .differs = "each item has a lock of its own, and reading and writing do not take it"),
    FUNC(sht_unlock, place_args, "Gives the lock of an item back."),
    FUNC(sht_reset, table_args, "Removes all items of a table."),
    FUNC(sht_iterator_start, iterator_args, "Begins to go through a table.",
         .differs = "nothing stays locked: the table may be changed meanwhile"),
    FUNC(sht_iterator_next, iterator_name_args, "Goes to the next item."),
    FUNC(sht_iterator_end, iterator_name_args, "Ends going through a table."),
    FUNC(sht_iterator_rm, iterator_name_args, "Removes the current item and goes to the next.",
         .returns = (const struct outcome[]){ { 1, "there is a next item" },
                                              { -1, "there is no current item" },
                                              { -2, "it was the last" },
                                              { 0 } }),
    FUNC(sht_iterator_sets, iterator_str_args, "Sets the current item to a text."),
    FUNC(sht_iterator_seti, iterator_int_args, "Sets the current item to a number."),
    FUNC(sht_iterator_setex, iterator_int_args, "Sets when the current item expires, in seconds."),
    FUNC(sht_setxs, setxs_args, "Sets an item to a text that expires."),
    FUNC(sht_setxi, setxi_args, "Sets an item to a number that expires."),
    FUNC(sht_is_null, item_args, "Tells whether there is no such item."),
    FUNC(sht_inc, item_args, "Adds one to an item and returns the result."),
    FUNC(sht_dec, item_args, "Takes one from an item and returns the result."),
    FUNC0(bind_htable, "For modules of the packaged server, not for scripts: always fails."),
    { 0 },
};
