/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"
#include "base/obj.h"
#include "base/stat.h"
#include "base/test.h"
#include <pthread.h>

static void accounts_for_each_subsystem(void **state)
{
    size_t before = mem_used(MEM_TXN), all = mem_used_all();
    char *p = mem_alloc(MEM_TXN, 1000);

    (void)state;
    assert_true(mem_used(MEM_TXN) >= before + 1000);
    assert_true(mem_used_all() >= all + 1000);
    p = mem_realloc(MEM_TXN, p, 5000);
    assert_true(mem_used(MEM_TXN) >= before + 5000);
    mem_free(MEM_TXN, p);
    assert_int_equal(mem_used(MEM_TXN), before);
    mem_free(MEM_TXN, NULL);
    assert_string_equal(mem_name(MEM_TXN), "transaction");
}

static void copies_text(void **state)
{
    char *z = mem_strdup(MEM_OTHER, STR("abc"));
    struct str copy = mem_dup(MEM_OTHER, STR("xyz"));

    (void)state;
    assert_string_equal(z, "abc");
    assert_text(copy, "xyz");
    assert_null(mem_dup(MEM_OTHER, STR_NONE).p);
    mem_free(MEM_OTHER, z);
    mem_free(MEM_OTHER, (char *)(uintptr_t)copy.p);
}

static void tells_when_the_cap_is_passed(void **state)
{
    void *p;

    (void)state;
    assert_false(mem_over_cap());
    mem_set_cap(mem_used_all() + 100000);
    assert_false(mem_over_cap());
    p = mem_zalloc(MEM_NET, 200000);
    mem_refresh();
    assert_true(mem_over_cap());
    mem_free(MEM_NET, p);
    mem_refresh();
    assert_false(mem_over_cap());
    mem_set_cap(0);
}

static void *free_it(void *p)
{
    mem_free(MEM_DIALOG, p);
    return NULL;
}

static void lets_another_thread_free(void **state)
{
    size_t before = mem_used(MEM_DIALOG);

    (void)state;
    for (int i = 0; i < 10; i++) { /* their counts survive the threads */
        pthread_t t;

        assert_int_equal(pthread_create(&t, NULL, free_it, mem_alloc(MEM_DIALOG, 100)), 0);
        pthread_join(t, NULL);
    }
    assert_int_equal(mem_used(MEM_DIALOG), before);
}

static void gives_arena_memory(void **state)
{
    size_t before = mem_used(MEM_MESSAGE);
    struct arena a;
    char *first, *big;

    (void)state;
    arena_init(&a, MEM_MESSAGE, 100);
    first = arena_alloc(&a, 10);
    memset(first, 1, 10);
    for (int i = 0; i < 1000; i++) {
        char *p = arena_zalloc(&a, 33);

        assert_true((uintptr_t)p % 16 == 0);
        assert_true(p[0] == 0 && p[32] == 0);
        memset(p, 0xff, 33);
    }
    big = arena_alloc(&a, 1000000);
    memset(big, 2, 1000000);
    assert_int_equal(first[9], 1);
    assert_true(a.bytes >= 1033000);
    arena_reset(&a);
    assert_true(a.bytes <= 65536);
    assert_text(arena_dup(&a, STR("abc")), "abc");
    assert_null(arena_dup(&a, STR_NONE).p);
    assert_text(arena_fmt(&a, "%d-%s", 5, "x"), "5-x");
    assert_int_equal(arena_fmt(&a, "%1000d", 5).n, 1000);
    arena_free(&a);
    assert_int_equal(mem_used(MEM_MESSAGE), before);
    assert_text(arena_dup(&a, STR("again")), "again");
    arena_free(&a);
}

static void count_call(void *counter)
{
    ++*(int *)counter;
}

static void calls_what_was_deferred(void **state)
{
    struct arena a;
    int calls = 0;

    (void)state;
    arena_init(&a, MEM_CONFIG, 0);
    arena_defer(&a, count_call, &calls);
    arena_defer(&a, count_call, &calls);
    arena_reset(&a);
    assert_int_equal(calls, 2);
    arena_defer(&a, count_call, &calls);
    arena_free(&a);
    assert_int_equal(calls, 3);
}

struct thing {
    int *destroyed;
};

static void destroy(void *self)
{
    struct thing *t = self;

    ++*t->destroyed;
}

static void destroys_with_the_last_reference(void **state)
{
    int destroyed = 0;
    struct thing *t = obj_new(struct thing, MEM_NET, destroy);

    (void)state;
    t->destroyed = &destroyed;
    assert_ptr_equal(obj_hold(t), t);
    assert_int_equal(obj_refs(t), 2);
    obj_drop(t);
    assert_int_equal(destroyed, 0);
    obj_drop(t);
    assert_int_equal(destroyed, 1);
    obj_drop(NULL);
    obj_drop(obj_new(struct thing, MEM_NET, NULL));
}

static int64_t seven(void)
{
    return 7;
}

static const struct stat_decl decls[] = {
    { "test", "requests", "Requests seen.", .gauge = false },
    { "test", "open", "Things open now.", .gauge = true },
    { "test", "seven", "Always seven.", .read = seven },
    { 0 },
};

static void *add_some(void *id)
{
    for (int i = 0; i < 1000; i++)
        stat_add(*(unsigned *)id, 1);
    return NULL;
}

static void sums_statistics_over_threads(void **state)
{
    unsigned id = stat_register(decls);
    pthread_t t[4];

    (void)state;
    assert_int_equal(stat_register(decls), id);
    assert_int_equal(stat_count(), id + 3);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, add_some, &id), 0);
    (void)stat_read(id); /* while they run */
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(stat_read(id), 4000);
    stat_reset(id);
    assert_int_equal(stat_read(id), 0);
    stat_add(id, 2);
    assert_int_equal(stat_read(id), 2);
    stat_add(id + 1, 5);
    stat_add(id + 1, -2);
    stat_reset(id + 1);
    assert_int_equal(stat_read(id + 1), 3);
    assert_int_equal(stat_read(id + 2), 7);
    assert_int_equal(stat_find(STR("test"), STR("open")), id + 1);
    assert_true(stat_find(STR("test"), STR("shut")) == UINT32_MAX);
    assert_null(stat_at(id + 3));
}

int main(void)
{
    TEST_RUN(accounts_for_each_subsystem, copies_text, tells_when_the_cap_is_passed,
             lets_another_thread_free, gives_arena_memory, calls_what_was_deferred,
             destroys_with_the_last_reference, sums_statistics_over_threads);
}
