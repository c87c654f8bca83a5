/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/mqueue/queue.h"
#include "base/list.h"
#include "modules/mqueue/mqueue.h"

struct item {
    struct link link;
    struct str key, value;
    char text[];
};
struct queue {
    struct queue *next;
    struct str name;
    pthread_mutex_t lock; /* of what follows */
    struct link items;    /* oldest first */
    size_t n, limit;
    enum queue_mode mode;
};

struct queue *queue_find(struct str name)
{
    struct queue *q = atomic_load(&mqueue_self.queues);

    while (q && !str_eq(q->name, name))
        q = q->next;
    return q;
}

struct queue *queue_define(struct str name, size_t limit, enum queue_mode mode)
{
    struct queue *q = queue_find(name);

    if (!q) {
        q = mem_zalloc(MEM_MODULE, sizeof *q);
        q->name = mem_dup(MEM_MODULE, name);
        pthread_mutex_init(&q->lock, NULL);
        list_init(&q->items);
        q->next = atomic_load(&mqueue_self.queues);
        while (!atomic_compare_exchange_weak(&mqueue_self.queues, &q->next, q))
            ;
    }
    pthread_mutex_lock(&q->lock);
    q->limit = limit;
    q->mode = mode;
    pthread_mutex_unlock(&q->lock);
    return q;
}

void queues_each(void (*fn)(struct queue *q, void *arg), void *arg)
{
    for (struct queue *q = atomic_load(&mqueue_self.queues); q; q = q->next)
        fn(q, arg);
}

struct str queue_name(const struct queue *q)
{
    return q->name;
}

size_t queue_size(struct queue *q)
{
    size_t n;

    pthread_mutex_lock(&q->lock);
    n = q->n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

static void forget(struct queue *q, struct item *item)
{
    list_remove(&item->link);
    mem_free(MEM_MODULE, item);
    q->n--;
}

/* Under the lock. */
static struct item *find_key(struct queue *q, struct str key)
{
    LIST_EACH(&q->items, struct item, item, link)
    if (str_eq(item->key, key))
        return item;
    return NULL;
}

static struct item *item_new(struct str key, struct str value)
{
    struct item *item = mem_alloc(MEM_MODULE, sizeof *item + key.n + value.n);

    if (key.n)
        memcpy(item->text, key.p, key.n);
    if (value.n)
        memcpy(item->text + key.n, value.p, value.n);
    item->key = (struct str){ item->text, key.n };
    item->value = (struct str){ item->text + key.n, value.n };
    return item;
}

void queue_add(struct queue *q, struct str key, struct str value)
{
    struct item *fresh = item_new(key, value), *old;

    pthread_mutex_lock(&q->lock);
    old = q->mode == QUEUE_ALL ? NULL : find_key(q, key);
    if (old && q->mode == QUEUE_KEEP_OLD) {
        pthread_mutex_unlock(&q->lock);
        mem_free(MEM_MODULE, fresh);
        return;
    }
    if (old)
        forget(q, old);
    list_push(&q->items, &fresh->link);
    q->n++;
    while (q->limit && q->n > q->limit)
        forget(q, LIST_OF(q->items.next, struct item, link));
    pthread_mutex_unlock(&q->lock);
}

bool queue_take(struct queue *q, struct arena *a, struct str *key, struct str *value)
{
    struct item *item = NULL;

    pthread_mutex_lock(&q->lock);
    if (!list_empty(&q->items)) {
        item = LIST_OF(q->items.next, struct item, link);
        list_remove(&item->link);
        q->n--;
    }
    pthread_mutex_unlock(&q->lock);
    if (!item)
        return false;
    *key = arena_dup(a, item->key);
    *value = arena_dup(a, item->value);
    mem_free(MEM_MODULE, item);
    return true;
}

void queues_free(void)
{
    struct queue *q = atomic_exchange(&mqueue_self.queues, NULL), *next;

    for (; q; q = next) {
        next = q->next;
        while (!list_empty(&q->items))
            forget(q, LIST_OF(q->items.next, struct item, link));
        pthread_mutex_destroy(&q->lock);
        mem_free(MEM_MODULE, (void *)(uintptr_t)q->name.p);
        mem_free(MEM_MODULE, q);
    }
}
