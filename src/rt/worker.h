/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: threads, each with its event loop, timers, coroutines and mailbox. The simulated twin
 * (sim.c) runs any number of workers on one thread in virtual time.
 */
#pragma once
#include "rt/co.h"
#include "rt/timer.h"

struct worker;
enum { WORKERS_MAX = 64 };

/* Makes `n` workers (not yet running). Once per process, or per simulation. */
void workers_init(unsigned n);
/* Starts the threads; each runs `begin(arg)` on a coroutine first. Returns when all have begun;
 * the first error of a `begin` is returned and the others are stopped. */
err_t workers_start(err_t (*begin)(void *arg), void *arg) MUST_USE;
/* Wakes suspended coroutines with ERR_CANCELED, lets loops run dry (at most `ms`), joins. */
void workers_stop(int64_t ms);

/* Whether time is virtual: then nothing outside the process is to be opened, and nobody waits. */
bool workers_simulated(void);
unsigned workers_count(void);
struct worker *worker_at(unsigned i);
struct worker *worker_self(void); /* NULL on a thread that is no worker */
unsigned worker_index(const struct worker *w);
/* The home of a call. */
struct worker *worker_of_hash(uint64_t hash);

/* Runs fn(arg) on this worker's loop as the last thing it does, in the reverse order of these
 * calls: where a floor gives back what it has per worker. Nothing may be posted or waited for by
 * then. */
void worker_at_exit(void (*fn)(void *arg), void *arg);

/* Milliseconds, read once per loop turn; on other threads the clock itself. */
int64_t worker_now(void);

/* Runs fn(arg) on `w`'s loop (its own stack: spawn a coroutine to wait). From any thread; in order
 * per sender. Wakes the worker only when its mailbox was empty; posts made within one loop turn
 * share one wake-up. */
void worker_post(struct worker *w, void (*fn)(void *arg), void *arg);
/* The same without an allocation: `p` lives inside the caller's object and is free again when
 * p->fn(p) begins to run. */
struct post {
    struct post *next;
    void (*fn)(struct post *p);
};
void worker_post_item(struct worker *w, struct post *p);
/* Runs fn(arg) on `w` on a coroutine of its own and waits for its end. Suspends. On a thread that
 * is no worker, blocks. */
err_t worker_call(struct worker *w, err_t (*fn)(void *arg), void *arg) MUST_USE;
/* On all workers, one after the other; stops at the first error. Suspends or blocks likewise. */
err_t workers_each(err_t (*fn)(void *arg), void *arg) MUST_USE;

/* File descriptors of this worker's loop: fn(arg, events) when ready (level-triggered). */
struct watch;
struct watch *watch_new(int fd, unsigned events, void (*fn)(void *arg, unsigned events), void *arg);
void watch_change(struct watch *w, unsigned events);
void watch_free(
    struct watch *w); /* before the fd is closed; safe inside its own callback; NULL is fine */

/* Runs once at the end of the current loop turn, before the loop waits again: where batches are
 * sent. Each `struct turn_end` is queued at most once. */
struct turn_end {
    struct link link;
    void (*fn)(struct turn_end *t);
};
void worker_at_turn_end(struct turn_end *t);

struct worker_stats {
    uint64_t turns, posts_in, wakeups;
    int64_t busy_us; /* time spent working, not waiting */
};
struct worker_stats worker_stats(const struct worker *w);
