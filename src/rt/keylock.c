/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/keylock.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/obj.h"
#include <pthread.h>

enum { SHARDS = 64 };

struct held { /* a lock that somebody has */
    struct link link;
    struct str key;
    const void *owner;
    unsigned depth;
    struct link waiting;
};

struct waiter {
    struct link link; /* under the shard's lock */
    const void *owner;
    bool granted; /* under the shard's lock */
    struct worker *home;
    struct co *co;
    bool gone; /* of its own worker: it no longer waits */
};

struct shard {
    pthread_mutex_t lock;
    struct link held;
};

static struct {
    struct shard shards[SHARDS];
    pthread_once_t once;
} self = { .once = PTHREAD_ONCE_INIT };

static void set_up(void)
{
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&self.shards[i].lock, NULL);
        list_init(&self.shards[i].held);
    }
}

static struct shard *shard_lock(struct str key)
{
    struct shard *s;

    pthread_once(&self.once, set_up);
    s = &self.shards[hash_keyed(key) % SHARDS];
    pthread_mutex_lock(&s->lock);
    co_lock_taken();
    return s;
}

static void shard_unlock(struct shard *s)
{
    co_lock_released();
    pthread_mutex_unlock(&s->lock);
}

static struct held *find(struct shard *s, struct str key)
{
    LIST_EACH(&s->held, struct held, h, link)
    if (str_eq(h->key, key))
        return h;
    return NULL;
}

static void hold(struct shard *s, struct str key, const void *owner)
{
    struct held *h = mem_zalloc(MEM_COROUTINE, sizeof *h);

    h->key = mem_dup(MEM_COROUTINE, key);
    h->owner = owner;
    h->depth = 1;
    list_init(&h->waiting);
    list_push(&s->held, &h->link);
}

/* On the waiter's own worker, with the reference that the giver had. */
static void wake(void *arg)
{
    struct waiter *w = arg;

    if (!w->gone) {
        w->gone = true;
        co_wake(w->co, ERR_OK);
    }
    obj_drop(w);
}

/* Passes the lock on, or lets it go. Under the shard's lock. */
static void release(struct held *h)
{
    if (list_empty(&h->waiting)) {
        list_remove(&h->link);
        mem_free(MEM_COROUTINE, (void *)(uintptr_t)h->key.p);
        mem_free(MEM_COROUTINE, h);
        return;
    }
    struct waiter *w = LIST_OF(h->waiting.next, struct waiter, link);
    list_remove(&w->link);
    h->owner = w->owner;
    h->depth = 1;
    w->granted = true;
    worker_post(w->home, wake, w);
}

err_t keylock_try(struct str key, const void *owner)
{
    struct shard *s = shard_lock(key);
    struct held *h = find(s, key);
    err_t e = ERR_OK;

    if (!h)
        hold(s, key, owner);
    else if (h->owner == owner)
        h->depth++;
    else
        e = ERR_STATE;
    shard_unlock(s);
    return e;
}

static struct waiter *waiter_new(const void *owner)
{
    struct waiter *w = obj_new(struct waiter, MEM_COROUTINE, NULL);

    w->owner = owner;
    w->home = worker_self();
    w->co = co_self();
    return w;
}

err_t keylock_take(struct str key, const void *owner)
{
    struct shard *s = shard_lock(key);
    struct held *h = find(s, key);
    struct waiter *w;
    err_t e;

    if (!h || h->owner == owner) {
        if (h)
            h->depth++;
        else
            hold(s, key, owner);
        shard_unlock(s);
        return ERR_OK;
    }
    w = waiter_new(owner);
    list_push(&h->waiting, &w->link);
    obj_hold(w); /* the giver's */
    shard_unlock(s);
    e = co_suspend();
    w->gone = true;
    if (e) { /* the worker stops: give up the place in the queue, or the lock itself */
        bool granted;

        s = shard_lock(key);
        granted = w->granted;
        if (!granted)
            list_remove(&w->link);
        shard_unlock(s);
        if (!granted)
            obj_drop(w); /* nobody will wake it */
        else if (keylock_give(key, owner))
            e = ERR_CANCELED;
    }
    obj_drop(w);
    return e;
}

err_t keylock_give(struct str key, const void *owner)
{
    struct shard *s = shard_lock(key);
    struct held *h = find(s, key);
    bool ours = h && h->owner == owner;

    if (ours && --h->depth == 0)
        release(h);
    shard_unlock(s);
    return ours ? ERR_OK : ERR_NOT_FOUND;
}
