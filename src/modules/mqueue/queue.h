/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of keys and values that all workers share. They outlive reloads. */
#pragma once
#include "base/arena.h"

enum queue_mode { QUEUE_ALL, QUEUE_KEEP_OLD, QUEUE_KEEP_NEW };

struct queue;
/* Any thread. NULL: there is none of that name. */
struct queue *queue_find(struct str name);
/* The same, made where there is none; `limit` 0: none. */
struct queue *queue_define(struct str name, size_t limit, enum queue_mode mode);
void queues_each(void (*fn)(struct queue *q, void *arg), void *arg);
void queues_free(void);

struct str queue_name(const struct queue *q);
size_t queue_size(struct queue *q);
/* Copies both. When the queue is full the oldest goes. */
void queue_add(struct queue *q, struct str key, struct str value);
/* Takes the oldest; copies in `a`. False: it is empty. */
bool queue_take(struct queue *q, struct arena *a, struct str *key, struct str *value);
