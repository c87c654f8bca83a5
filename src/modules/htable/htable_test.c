/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"
#include "base/test.h"
#include "modules/htable/htable.h"

/* The test runs no configuration. */
__attribute__((weak)) const void *current_conf(const struct module *m)
{
    (void)m;
    return NULL;
}

static struct arena arena;
static struct ht *table;
static int64_t now_us = 1000000;

static int64_t virtual_now(void)
{
    return now_us;
}

static void set(const char *key, struct value v)
{
    ht_set(table, str_of(key), &v, HT_EXPIRES_DEFAULT);
}

static struct str get(const char *key)
{
    struct value v = VALUE_NONE;

    ht_get_or_initial(table, str_of(key), &arena, &v);
    return v.type == VALUE_NULL ? STR("null") : value_text(&v, &arena);
}

static void define(const char *text)
{
    struct ht_def d;
    struct buf why;

    buf_init(&why, MEM_OTHER);
    assert_err(ht_def_parse(str_of(text), &d, &why), ERR_OK);
    buf_free(&why);
    table = ht_intern(d.name);
    ht_clear(table);
    atomic_store(&table->defined, true);
    atomic_store(&table->autoexpire_s, d.autoexpire_s);
    atomic_store(&table->update_expiry, d.update_expiry);
    atomic_store(&table->has_initial, d.has_initial);
    atomic_store(&table->initial, d.initial);
}

static size_t matching(const char *text, bool value)
{
    struct ht_match m;
    size_t n;

    assert_true(ht_match_prefix(str_of(text), value, &m));
    n = ht_count(table, &m, 0);
    ht_match_free(&m);
    return n;
}

static void keeps_numbers_and_texts(void **state)
{
    (void)state;
    define("a=>size=4;");
    set("x", VALUE_OF_INT(-7));
    set("y", VALUE_OF_STR(STR("text")));
    assert_text(get("x"), "-7");
    assert_text(get("y"), "text");
    set("y", VALUE_OF_INT(1));
    assert_text(get("y"), "1");
    set("y", VALUE_NONE);
    assert_text(get("y"), "null");
    assert_true(ht_find(STR("a")) == table);
    assert_null(ht_find(STR("b")));
}

static void adds_only_to_numbers(void **state)
{
    int64_t n;

    (void)state;
    define("a=>size=4;");
    set("t", VALUE_OF_STR(STR("text")));
    set("n", VALUE_OF_INT(3));
    assert_false(ht_add(table, STR("t"), 1, &n));
    assert_false(ht_add(table, STR("none"), 1, &n));
    assert_true(ht_add(table, STR("n"), -1, &n));
    assert_int_equal(n, 2);
    define("b=>initval=5;");
    assert_text(get("none"), "5");
    assert_true(ht_add(table, STR("none"), 1, &n));
    assert_int_equal(n, 6);
}

static void matches_as_scripts_write_it(void **state)
{
    (void)state;
    define("a=>size=4;");
    set("al1", VALUE_OF_STR(STR("foo")));
    set("al2", VALUE_OF_STR(STR("fob")));
    set("be", VALUE_OF_INT(7));
    assert_int_equal(matching("~~^al", false), 2);
    assert_int_equal(matching("~%1", false), 1);
    assert_int_equal(matching("==be", false), 1);
    assert_int_equal(matching("be", false), 1);
    assert_int_equal(matching("**", false), 3);
    assert_int_equal(matching("~~^fo", true), 2);
    assert_int_equal(matching("eq7", true), 1);
    assert_int_equal(matching("7", true), 0);
    assert_int_equal(matching("foo", true), 1);
}

static void forgets_items_in_time(void **state)
{
    int64_t left;

    (void)state;
    define("e=>autoexpire=10;updateexpire=0;");
    set("x", VALUE_OF_INT(1));
    now_us += 6000000;
    set("x", VALUE_OF_INT(2)); /* does not prolong */
    assert_true(ht_expires(table, STR("x"), &left));
    assert_int_equal(left, 4);
    now_us += 5000000;
    assert_text(get("x"), "null");
    set("y", VALUE_OF_INT(1));
    assert_true(ht_set_expires(table, STR("y"), 100));
    now_us += 90000000;
    assert_text(get("y"), "1");
    define("f=>size=4;"); /* no expiry at all */
    set("z", VALUE_OF_INT(1));
    assert_true(ht_set_expires(table, STR("z"), 1));
    now_us += 5000000;
    assert_text(get("z"), "1");
}

static void refuses_definitions_it_cannot_read(void **state)
{
    static const char *const bad[] = {
        "", "a", "=>size=1", "a=>size=x", "a=>siz=4", "a=>cols='k'"
    };
    struct ht_def d;
    struct buf why;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_init(&why, MEM_OTHER);
        assert_err(ht_def_parse(str_of(bad[i]), &d, &why), ERR_SYNTAX);
        assert_true(why.n > 0);
        buf_free(&why);
    }
    buf_init(&why, MEM_OTHER);
    assert_err(ht_def_parse(STR("a=>size=99; cols='k,v,w' ;dbtable=t"), &d, &why), ERR_OK);
    assert_int_equal(d.size, 14);
    assert_int_equal(d.n_columns, 3);
    assert_text(d.columns[2], "w");
    buf_free(&why);
}

int main(void)
{
    int failed;

    clock_simulate(virtual_now, 0);
    arena_init(&arena, MEM_OTHER, 4096);
    failed = TEST_RESULT(keeps_numbers_and_texts, adds_only_to_numbers, matches_as_scripts_write_it,
                         forgets_items_in_time, refuses_definitions_it_cannot_read);
    ht_free_all();
    arena_free(&arena);
    return failed;
}
