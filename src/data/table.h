/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sharded table of refcounted objects by text key, with expiry: what belongs to no call. Short
 * lock, find or change, return a reference. No lock is held across a suspension; callbacks under
 * the lock must not suspend and must not use the same table.
 */
#pragma once
#include "base/obj.h"

struct table_of; /* the table */
struct entry {   /* first member of what is stored; objects are made by obj_new */
    struct entry *next;
    uint64_t hash;
    struct str key;     /* owned by the object; unchanged while stored */
    int64_t expires_ms; /* clock_ms() time; 0: never; a `change` callback may set it */
    struct entry *wheel_next, **wheel_at;
};

/* 1 << shards_log2 shards (at most 10). `expired` (may be NULL) is called without a lock for each
 * entry that ran out, which then loses the table's reference. `name` must be a constant. */
struct table_of *table_new(const char *name, unsigned shards_log2,
                           void (*expired)(struct entry *e, void *ctx), void *ctx);
void table_free(struct table_of *t); /* drops all entries; nobody else may be using it */
const char *table_name(const struct table_of *t);
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
/* The same without the reference back: cheaper where the result lies in `arg`. Whether there was
 * (or now is) such an entry. */
bool table_touch(struct table_of *t, struct str key,
                 struct entry *(*make)(struct str key, void *arg),
                 bool (*change)(struct entry *e, void *arg), void *arg);
/* Does nothing when the entry is no longer stored. */
void table_set_expiry(struct table_of *t, struct entry *e, int64_t at_ms);
/* Under each shard's lock in turn; false from `fn` stops. */
void table_each(struct table_of *t, bool (*fn)(struct entry *e, void *arg), void *arg);
/* One shard, 0 … table_shards()-1, under its lock; `fn` may have entries removed. For sweeps that
 * take a shard at a time. */
enum table_step { TABLE_NEXT, TABLE_REMOVE, TABLE_STOP };
void table_walk(struct table_of *t, unsigned shard,
                enum table_step (*fn)(struct entry *e, void *arg), void *arg);
unsigned table_shards(const struct table_of *t);
size_t table_count(const struct table_of *t);
/* Removes what has expired; called by a worker's timer. Returns how many. */
size_t table_expire(struct table_of *t, int64_t now_ms);
