/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads for what can only block. */
#pragma once
#include "rt/worker.h"

/* Runs fn(arg) on an offload thread and waits for it. Suspends; on a thread that is no worker it
 * simply runs fn. The arguments must stay valid until fn ends: a cancelled wait still waits. */
void offload_run(void (*fn)(void *arg), void *arg);
/* The same on a queue of its own, whose jobs run one after the other in order (SQLite's writer). */
struct offload_queue;
struct offload_queue *offload_queue_new(const char *name);
void offload_queue_run(struct offload_queue *q, void (*fn)(void *arg), void *arg);
void offload_queue_post(struct offload_queue *q, void (*fn)(void *arg), void *arg); /* no waiting */
void offload_queue_free(struct offload_queue *q); /* finishes its jobs first */
void offload_init(unsigned threads);
void offload_stop(void);
