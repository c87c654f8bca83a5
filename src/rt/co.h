/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Coroutines: how a message waits without blocking its worker. A coroutine belongs to the worker
 * that spawned it and never moves. It gives up the processor only inside functions whose header
 * says "suspends". A suspended one is never destroyed: it is woken, with ERR_CANCELED when its
 * worker stops, and unwinds.
 */
#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct co;

/* Runs fn(arg) on a pooled stack, now, until it first suspends or ends; the caller then goes on.
 * From a coroutine: nests (the new one runs at once, the spawner continues after). */
void co_spawn(void (*fn)(void *arg), void *arg);
/* The same on a stack of `bytes` (256 KiB for foreign libraries). */
void co_spawn_on(size_t bytes, void (*fn)(void *arg), void *arg);

/* The running coroutine; NULL on the worker's own stack. */
struct co *co_self(void);
/* Whether the running code may suspend: on a coroutine, and no lock is held. */
bool co_may_suspend(void);

/* Suspends until co_wake; returns what the waker gave. */
err_t co_suspend(void);
/* Makes a suspended coroutine of this worker ready, to run from the loop soon; each suspension is
 * woken exactly once (the waker makes sure). */
void co_wake(struct co *co, err_t result);

/* Suspends for `ms`. ERR_CANCELED when the worker is stopping. */
err_t co_sleep(int64_t ms) MUST_USE;
/* Suspends until `fd` is ready for `events` (EPOLLIN, EPOLLOUT) or `ms` have passed (negative: no
 * limit): ERR_OK, ERR_TIMEOUT, ERR_CANCELED, ERR_IO (hang-up or error also ends the wait with
 * ERR_OK so that the caller reads the error itself). */
err_t co_wait_fd(int fd, unsigned events, int64_t ms) MUST_USE;

/* A slot of 8 pointers local to this coroutine, cleared at spawn; on the worker's own stack, the
 * worker's. Slot numbers are handed out once at start. */
unsigned co_local_new(void);
void *co_local_get(unsigned slot);
void co_local_set(unsigned slot, void *value);

/* Debug builds: counts locks held, so that suspending with one asserts. */
void co_lock_taken(void);
void co_lock_released(void);

struct co_stats {
    size_t live, peak, pooled, stack_high_water;
};
struct co_stats co_stats(void); /* of this worker */
