/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker is made of; for the files of this folder only. */
#pragma once
#include "base/mem.h"
#include "rt/snapshot.h"
#include "rt/worker.h"

#if defined(__SANITIZE_ADDRESS__)
#define RT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RT_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define RT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RT_TSAN 1
#endif
#endif

enum { CO_LOCALS = 8, WHEEL_LEVELS = 5, WHEEL_FIRST = 256, WHEEL_NEXT = 64 };

/* A stack that is not running: a coroutine's or a worker's own. */
struct co_context {
    void *sp;
    const void *bottom; /* for the sanitizers */
    size_t size;
    void *fake_stack;
    void *fiber;
};

enum co_state { CO_POOLED, CO_RUNNING, CO_SUSPENDED, CO_READY };

struct co {
    struct link link; /* in the pool, among the suspended or among the ready */
    struct co_context context;
    struct co *resumer; /* who goes on when this one stops running; NULL: the worker's own stack */
    struct worker *worker;
    void (*fn)(void *arg);
    void *arg;
    enum co_state state;
    err_t result;
    bool woken;      /* co_wake came before co_suspend */
    bool cancelable; /* this suspension ends when the worker stops */
    bool canceled;   /* it did; the waker may not know yet */
    unsigned size_class;
    unsigned locks;
    char *base; /* of the whole stack, guard page first */
    void *local[CO_LOCALS];
};

/* Stacks of one size. */
struct co_class {
    struct link pooled;
    size_t n_pooled;
    char *fresh, *fresh_end; /* mapped, not yet used as stacks */
    struct co_region *regions;
};
enum { CO_CLASSES = 2 };
struct co_pool {
    struct co_class of[CO_CLASSES];
    struct co_context main;
    struct link ready, suspended;
    void *local[CO_LOCALS];
    size_t live, peak, high_water;
    unsigned made, ended;
};

struct wheel {
    int64_t at;      /* everything due until here has run */
    struct link now; /* set with 0 ms */
    struct link first[WHEEL_FIRST];
    struct link next[WHEEL_LEVELS - 1][WHEEL_NEXT];
    uint64_t first_bits[WHEEL_FIRST / 64];
    uint64_t next_bits[WHEEL_LEVELS - 1];
    size_t n;
};

/* Posts in the order they were made. */
struct post_queue {
    struct post *first, *last;
};

struct loop {
    int epoll, wake;   /* -1: none */
    struct link freed; /* watches that events of this turn may still name */
};

struct worker {
    unsigned index;
    int64_t now_ms;
    int64_t began_us, ended_us; /* the turn */
    struct co_pool co;
    struct wheel wheel;
    struct loop loop;
    struct link turn_ends, watches, exits;
    bool stopping;
    bool in_turn;

    struct post_queue out[WORKERS_MAX]; /* of this turn, by target */
    uint64_t out_mask;
    struct post_queue own; /* to itself */
    struct worker_stats stats;

    /* Touched by other threads. */
    _Alignas(64) _Atomic(struct post *) mailbox; /* newest first */
    _Atomic(bool) sleeping;
    _Atomic(uint64_t) phase; /* of snapshots: odd while it may hold what it read */
    _Atomic(bool) dry;       /* stopping, with nothing left to do */
    _Atomic(uint64_t) seen_turns, seen_posts, seen_wakeups;
    _Atomic(int64_t) seen_busy_us;
};

/* What this thread is doing. */
struct rt_here {
    struct worker *worker;
    struct co *co;           /* the running one; NULL: the worker's own stack */
    struct co_context *left; /* the stack last switched away from */
    unsigned locks;          /* held outside coroutines */
};
extern _Thread_local struct rt_here rt_here;

/* co.c */
void co_pool_init(struct co_pool *p);
void co_pool_free(struct co_pool *p);
void co_run_ready(struct worker *w);
void co_cancel_all(struct worker *w);
/* As co_suspend, but a stopping worker does not end it. */
err_t co_suspend_firmly(void);

/* timer.c */
void wheel_init(struct wheel *wh, int64_t now_ms);
void wheel_run(struct wheel *wh, int64_t now_ms);
/* When the wheel next needs a look (not later than the first due timer); INT64_MAX: never. */
int64_t wheel_next(struct wheel *wh);

/* worker.c */
void worker_open(struct worker *w, unsigned index);
void worker_close(struct worker *w);
void worker_run_exits(struct worker *w);
/* A turn: begin, (events), end. Between turns the worker holds nothing it read from snapshots. */
void worker_turn_begin(struct worker *w);
void worker_turn_end(struct worker *w);
/* Whether something is to be done without waiting. */
bool worker_has_work(const struct worker *w);
void workers_make(unsigned n);
void workers_drop(void);
struct rt_twin { /* what the real loop and the simulation do differently */
    int64_t (*now_us)(void);
    void (*woken)(struct worker *w);   /* its mailbox is no longer empty */
    void (*wait)(_Atomic(bool) *done); /* blocks a thread that is no worker until *done */
    bool simulated;
};
void workers_set_twin(const struct rt_twin *twin);
const struct rt_twin *workers_twin(void);

/* epoll.c */
void loop_open(struct loop *l);
void loop_close(struct loop *l);
/* Waits at most `ms` (negative: no limit) and calls the watches. */
void loop_poll(struct worker *w, int ms);
extern const struct rt_twin rt_epoll_twin;

/* snapshot.c */
void snapshot_online(struct worker *w);
void snapshot_offline(struct worker *w);
