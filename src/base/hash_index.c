/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash_index.h"

enum { FIRST_BUCKETS = 256 };

static struct link *buckets_new(enum mem account, size_t n)
{
    struct link *b = mem_alloc(account, n * sizeof *b);

    for (size_t i = 0; i < n; i++)
        list_init(&b[i]);
    return b;
}

void hash_index_init(struct hash_index *x, enum mem account,
                     uint64_t (*hash_of)(const struct link *l))
{
    *x = (struct hash_index){ buckets_new(account, FIRST_BUCKETS), FIRST_BUCKETS - 1, 0, hash_of,
                              account };
}

void hash_index_free(struct hash_index *x)
{
    mem_free(x->account, x->buckets);
    x->buckets = NULL;
}

static void grow(struct hash_index *x)
{
    struct link *old = x->buckets;
    size_t n_old = x->mask + 1;

    x->buckets = buckets_new(x->account, n_old * 2);
    x->mask = n_old * 2 - 1;
    for (size_t i = 0; i < n_old; i++) {
        while (!list_empty(&old[i])) {
            struct link *l = old[i].next;

            list_remove(l);
            list_push(hash_index_bucket(x, x->hash_of(l)), l);
        }
    }
    mem_free(x->account, old);
}

/* The bucket for one more. */
static struct link *make_room(struct hash_index *x, const struct link *l)
{
    if (x->n > x->mask)
        grow(x);
    x->n++;
    return hash_index_bucket(x, x->hash_of(l));
}

void hash_index_add(struct hash_index *x, struct link *l)
{
    list_push(make_room(x, l), l);
}

void hash_index_add_front(struct hash_index *x, struct link *l)
{
    list_push_front(make_room(x, l), l);
}

void hash_index_remove(struct hash_index *x, struct link *l)
{
    if (list_empty(l))
        return;
    list_remove(l);
    x->n--;
}
