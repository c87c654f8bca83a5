/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash_index.h"
#include "base/test.h"

struct item {
    uint64_t key;
    int serial;
    struct link in_index;
};

static uint64_t key_of(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct item, in_index)->key;
}

static struct item *find(const struct hash_index *x, uint64_t key)
{
    LIST_EACH(hash_index_bucket(x, key), struct item, it, in_index)
    {
        if (it->key == key)
            return it;
    }
    return NULL;
}

static void finds_all_however_many(void **state)
{
    enum { MANY = 2000 };
    struct item *items = mem_zalloc(MEM_OTHER, MANY * sizeof *items);
    struct hash_index x;

    (void)state;
    hash_index_init(&x, MEM_OTHER, key_of);
    for (size_t i = 0; i < MANY; i++) {
        items[i].key = i * 7;
        hash_index_add(&x, &items[i].in_index);
    }
    assert_int_equal(x.n, MANY);
    assert_true(x.mask + 1 >= MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(find(&x, i * 7), &items[i]);
    assert_null(find(&x, 3));
    for (size_t i = 0; i < MANY; i += 2)
        hash_index_remove(&x, &items[i].in_index);
    hash_index_remove(&x, &items[0].in_index); /* twice */
    assert_int_equal(x.n, MANY / 2);
    assert_null(find(&x, 0));
    assert_ptr_equal(find(&x, 7), &items[1]);
    hash_index_free(&x);
    mem_free(MEM_OTHER, items);
}

static void keeps_the_order_of_one_bucket(void **state)
{
    struct item items[3] = { { .key = 5 }, { .key = 5, .serial = 1 }, { .key = 5, .serial = 2 } };
    struct hash_index x;

    (void)state;
    hash_index_init(&x, MEM_OTHER, key_of);
    hash_index_add(&x, &items[0].in_index);
    hash_index_add(&x, &items[1].in_index);
    assert_int_equal(find(&x, 5)->serial, 0);
    hash_index_add_front(&x, &items[2].in_index);
    assert_int_equal(find(&x, 5)->serial, 2);
    hash_index_free(&x);
}

int main(void)
{
    TEST_RUN(finds_all_however_many, keeps_the_order_of_one_bucket);
}
