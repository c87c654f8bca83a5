/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sharded table of refcounted objects by text key, with expiry: what belongs to no call. Short
 * lock, find or change, return a reference. No lock is held across a suspension, and callbacks
 * under the lock must not suspend.
 */
#pragma once
#include "base/obj.h"

struct table_of; /* the table */
struct entry {   /* first member of what is stored; objects are made by obj_new */
    struct entry *next;
    uint64_t hash;
    struct str key;      /* owned by the object; unchanged while stored */
    int64_t expires_ms;  /* clock_ms() time; 0: never */
    struct entry *wheel_next, **wheel_at;
};

struct table_of *table_new(const char *name, unsigned shards_log2,
                           void (*expired)(struct entry *e, void *ctx), void *ctx);
void table_free(struct table_of *t);
/* A reference, or NULL. Expired entries are not found. */
struct entry *table_find(struct table_of *t, struct str key);
/* Stores (the table takes a reference of its own); ERR_EXISTS when the key is there. */
err_t table_add(struct table_of *t, struct entry *e) MUST_USE;
struct entry *table_remove(struct table_of *t, struct str key); /* the table's reference, or NULL */
/* Finds or makes, and calls `change` under the shard's lock; `make` may be NULL. Returns a
 * reference, or NULL. `change` returns false to have the entry removed. */
struct entry *table_change(struct table_of *t, struct str key,
                           struct entry *(*make)(struct str key, void *arg),
                           bool (*change)(struct entry *e, void *arg), void *arg);
void table_set_expiry(struct table_of *t, struct entry *e, int64_t at_ms);
/* Under each shard's lock in turn; false from `fn` stops. */
void table_each(struct table_of *t, bool (*fn)(struct entry *e, void *arg), void *arg);
size_t table_count(const struct table_of *t);
/* Removes what has expired; called by a worker's timer. Returns how many. */
size_t table_expire(struct table_of *t, int64_t now_ms);
