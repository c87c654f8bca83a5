/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table of links that doubles when it is full. It owns its buckets, not what is in them; the
 * thread that uses it sees to locking. To find something, walk `hash_index_bucket` with LIST_EACH.
 */
#pragma once
#include "base/list.h"
#include "base/mem.h"

struct hash_index {
    struct link *buckets;
    size_t mask, n; /* how many buckets there are, less one; how many links are in them */
    uint64_t (*hash_of)(const struct link *l);
    enum mem account;
};

void hash_index_init(struct hash_index *x, enum mem account,
                     uint64_t (*hash_of)(const struct link *l));
/* Whatever is still linked stays as it is, and must not be taken out any more. */
void hash_index_free(struct hash_index *x);
/* Behind what is in the same bucket, or before it. */
void hash_index_add(struct hash_index *x, struct link *l);
void hash_index_add_front(struct hash_index *x, struct link *l);
/* Taking out twice is harmless, as is taking out what list_init set up. */
void hash_index_remove(struct hash_index *x, struct link *l);

static inline struct link *hash_index_bucket(const struct hash_index *x, uint64_t hash)
{
    return &x->buckets[hash & x->mask];
}
