/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"
#include "base/test.h"
#include "data/table.h"
#include <pthread.h>

struct item {
    struct entry entry;
    int value;
    char key[32];
};
static atomic_int alive, ran_out;
static int64_t now_us = 1000000000;

static int64_t fake_now(void)
{
    return now_us;
}
static void item_destroy(void *object)
{
    (void)object;
    alive--;
}
static struct entry *make(struct str key, void *arg)
{
    struct item *i = obj_new(struct item, MEM_TABLE_DATA, item_destroy);

    (void)arg;
    alive++;
    memcpy(i->key, key.p, key.n);
    i->entry.key = (struct str){ i->key, key.n };
    return &i->entry;
}
static bool add_one(struct entry *e, void *arg)
{
    (void)arg;
    ((struct item *)(void *)e)->value++;
    return true;
}
static bool remove_it(struct entry *e, void *arg)
{
    (void)e;
    (void)arg;
    return false;
}
static bool expire_at(struct entry *e, void *arg)
{
    e->expires_ms = *(int64_t *)arg;
    return true;
}
static void on_expired(struct entry *e, void *ctx)
{
    (void)e;
    (void)ctx;
    ran_out++;
}

static void finds_what_was_added(void **state)
{
    struct table_of *t = table_new("test", 2, NULL, NULL);
    struct entry *e = make(STR("a"), NULL), *other = make(STR("a"), NULL), *found;

    (void)state;
    assert_err(table_add(t, e), ERR_OK);
    assert_err(table_add(t, other), ERR_EXISTS);
    found = table_find(t, STR("a"));
    assert_ptr_equal(found, e);
    assert_null(table_find(t, STR("b")));
    obj_drop(found);
    obj_drop(e);
    obj_drop(other);
    assert_int_equal(table_count(t), 1);
    e = table_remove(t, STR("a"));
    assert_non_null(e);
    obj_drop(e);
    assert_null(table_remove(t, STR("a")));
    table_free(t);
    assert_int_equal(alive, 0);
}

static void changes_and_removes_in_place(void **state)
{
    struct table_of *t = table_new("test", 0, NULL, NULL);
    struct entry *e;

    (void)state;
    assert_false(table_touch(t, STR("k"), NULL, add_one, NULL));
    assert_true(table_touch(t, STR("k"), make, add_one, NULL));
    e = table_change(t, STR("k"), make, add_one, NULL);
    assert_int_equal(((struct item *)(void *)e)->value, 2);
    assert_true(table_touch(t, STR("k"), NULL, remove_it, NULL));
    assert_int_equal(table_count(t), 0);
    assert_int_equal(obj_refs(e), 1);
    obj_drop(e);
    table_free(t);
    assert_int_equal(alive, 0);
}

static enum table_step remove_odd(struct entry *e, void *arg)
{
    size_t *seen = arg;

    (*seen)++;
    return (e->key.p[e->key.n - 1] - '0') % 2 ? TABLE_REMOVE : TABLE_NEXT;
}

static void grows_and_walks(void **state)
{
    struct table_of *t = table_new("test", 3, NULL, NULL);
    char key[32];
    size_t seen = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(key, sizeof key, "key %d", i);
        assert_true(table_touch(t, str_of(key), make, add_one, NULL));
    }
    assert_int_equal(table_count(t), 10000);
    for (unsigned i = 0; i < table_shards(t); i++)
        table_walk(t, i, remove_odd, &seen);
    assert_int_equal(seen, 10000);
    assert_int_equal(table_count(t), 5000);
    assert_true(table_touch(t, STR("key 9998"), NULL, add_one, NULL));
    assert_false(table_touch(t, STR("key 9999"), NULL, add_one, NULL));
    table_free(t);
    assert_int_equal(alive, 0);
}

static void forgets_what_ran_out(void **state)
{
    struct table_of *t = table_new("test", 1, on_expired, NULL);
    int64_t soon, late;

    (void)state;
    clock_simulate(fake_now, 0);
    ran_out = 0;
    soon = clock_ms() + 1500;
    late = clock_ms() + 3600 * 1000;
    table_touch(t, STR("soon"), make, expire_at, &soon);
    table_touch(t, STR("late"), make, expire_at, &late);
    table_touch(t, STR("never"), make, add_one, NULL);
    assert_int_equal(table_expire(t, clock_ms()), 0);
    now_us += 1500 * 1000;
    assert_null(table_find(t, STR("soon")));
    assert_int_equal(table_expire(t, clock_ms()), 1);
    now_us += 1799 * 1000000LL;
    assert_int_equal(table_expire(t, clock_ms()), 0);
    now_us += 1800 * 1000000LL;
    assert_int_equal(table_expire(t, clock_ms()), 1);
    assert_int_equal(table_count(t), 1);
    assert_int_equal(ran_out, 2);
    table_free(t);
    clock_simulate(NULL, 0);
    assert_int_equal(alive, 0);
}

static void replaces_what_ran_out_and_moves_expiry(void **state)
{
    struct table_of *t = table_new("test", 0, on_expired, NULL);
    int64_t at;
    struct entry *e;

    (void)state;
    clock_simulate(fake_now, 0);
    ran_out = 0;
    at = clock_ms() + 1000;
    e = table_change(t, STR("k"), make, expire_at, &at);
    table_set_expiry(t, e, at + 60000);
    now_us += 2000 * 1000;
    assert_int_equal(table_expire(t, clock_ms()), 0);
    table_set_expiry(t, e, clock_ms() - 1);
    assert_true(table_touch(t, STR("k"), make, add_one, NULL)); /* a new one */
    assert_int_equal(ran_out, 1);
    assert_int_equal(((struct item *)(void *)e)->value, 0);
    obj_drop(e);
    table_free(t);
    clock_simulate(NULL, 0);
    assert_int_equal(alive, 0);
}

static void *hammer(void *arg)
{
    struct table_of *t = arg;
    char key[32];
    int64_t at = clock_ms() + 5;

    for (int i = 0; i < 20000; i++) {
        struct entry *e;

        snprintf(key, sizeof key, "key %d", i % 97);
        if (i % 7 == 0)
            table_touch(t, str_of(key), NULL, remove_it, NULL);
        else if (i % 11 == 0)
            table_touch(t, str_of(key), make, expire_at, &at);
        else
            table_touch(t, str_of(key), make, add_one, NULL);
        e = table_find(t, str_of(key));
        if (e && i % 5 == 0)
            table_set_expiry(t, e, clock_ms() + 1);
        obj_drop(e);
        if (i % 1000 == 0)
            table_expire(t, clock_ms());
    }
    return NULL;
}

static void bears_many_threads(void **state)
{
    struct table_of *t = table_new("test", 2, on_expired, NULL);
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hammer, t);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    table_free(t);
    assert_int_equal(alive, 0);
}

int main(void)
{
    TEST_RUN(finds_what_was_added, changes_and_removes_in_place, grows_and_walks,
             forgets_what_ran_out, replaces_what_ran_out_and_moves_expiry, bears_many_threads);
}
