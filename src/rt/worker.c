/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker does in one turn of its loop, whichever twin drives it. */
#include "base/clock.h"
#include "rt/state.h"
#include <stdlib.h>

static struct {
    struct worker *at[WORKERS_MAX];
    unsigned n;
    const struct rt_twin *twin;
} self;

void workers_set_twin(const struct rt_twin *twin)
{
    self.twin = twin;
}

bool workers_simulated(void)
{
    return workers_twin()->simulated;
}

const struct rt_twin *workers_twin(void)
{
    return self.twin;
}

void workers_make(unsigned n)
{
    ASSERT(n > 0 && n <= WORKERS_MAX && self.n == 0);
    for (unsigned i = 0; i < n; i++) {
        struct worker *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);

        ASSERT(w);
        memset(w, 0, sizeof *w);
        worker_open(w, i);
        self.at[i] = w;
    }
    self.n = n;
}

void workers_drop(void)
{
    for (unsigned i = 0; i < self.n; i++) {
        worker_close(self.at[i]);
        free(self.at[i]);
        self.at[i] = NULL;
    }
    self.n = 0;
}

unsigned workers_count(void)
{
    return self.n;
}

struct worker *worker_at(unsigned i)
{
    ASSERT(i < self.n);
    return self.at[i];
}

struct worker *worker_self(void)
{
    return rt_here.worker;
}

unsigned worker_index(const struct worker *w)
{
    return w->index;
}

struct worker *worker_of_hash(uint64_t hash)
{
    return self.at[hash % self.n];
}

int64_t worker_now(void)
{
    return rt_here.worker ? rt_here.worker->now_ms : clock_ms();
}

void worker_open(struct worker *w, unsigned index)
{
    w->index = index;
    w->now_ms = clock_ms();
    co_pool_init(&w->co);
    wheel_init(&w->wheel, w->now_ms);
    list_init(&w->turn_ends);
    list_init(&w->watches);
    list_init(&w->exits);
    loop_open(&w->loop);
}

/* Posts. */

static void queue_add(struct post_queue *q, struct post *p)
{
    p->next = NULL;
    if (q->last)
        q->last->next = p;
    else
        q->first = p;
    q->last = p;
}

static void queue_run(struct worker *w, struct post_queue *q)
{
    struct post *p = q->first;

    q->first = q->last = NULL;
    while (p) {
        struct post *next = p->next;

        w->stats.posts_in++;
        p->fn(p);
        p = next;
    }
}

/* Puts a queue into the mailbox, newest first, and wakes the worker if it may be asleep. */
static void deliver(struct worker *w, struct post_queue *q)
{
    struct post *newest = NULL, *oldest = q->first, *p = q->first;
    struct post *head;

    while (p) {
        struct post *next = p->next;

        p->next = newest;
        newest = p;
        p = next;
    }
    q->first = q->last = NULL;
    head = atomic_load_explicit(&w->mailbox, memory_order_relaxed);
    do
        oldest->next = head;
    while (!atomic_compare_exchange_weak(&w->mailbox, &head, newest));
    if (atomic_load(&w->sleeping) && atomic_exchange(&w->sleeping, false))
        self.twin->woken(w);
}

static void take_mail(struct worker *w)
{
    struct post_queue q = { NULL, NULL };
    struct post *p;

    if (!atomic_load_explicit(&w->mailbox, memory_order_relaxed))
        return;
    p = atomic_exchange(&w->mailbox, NULL);
    q.last = p;
    while (p) {
        struct post *older = p->next;

        p->next = q.first;
        q.first = p;
        p = older;
    }
    queue_run(w, &q);
}

void worker_post_item(struct worker *w, struct post *p)
{
    struct worker *from = rt_here.worker;
    struct post_queue q = { p, p };

    p->next = NULL;
    if (!from) {
        deliver(w, &q);
    } else if (from == w) {
        queue_add(&w->own, p);
    } else {
        queue_add(&from->out[w->index], p);
        from->out_mask |= 1ULL << w->index;
    }
}

struct posted_call {
    struct post post;
    void (*fn)(void *arg);
    void *arg;
};

static void run_posted(struct post *p)
{
    struct posted_call *pc = (struct posted_call *)(void *)p;
    void (*fn)(void *) = pc->fn;
    void *arg = pc->arg;

    mem_free(MEM_OTHER, pc);
    fn(arg);
}

void worker_post(struct worker *w, void (*fn)(void *arg), void *arg)
{
    struct posted_call *pc = mem_alloc(MEM_OTHER, sizeof *pc);

    *pc = (struct posted_call){ { NULL, run_posted }, fn, arg };
    worker_post_item(w, &pc->post);
}

static void send_posts(struct worker *w)
{
    while (w->out_mask) {
        unsigned i = (unsigned)__builtin_ctzll(w->out_mask);

        w->out_mask &= w->out_mask - 1;
        deliver(self.at[i], &w->out[i]);
    }
}

/* Turns. */

void worker_at_turn_end(struct turn_end *t)
{
    ASSERT(rt_here.worker);
    if (!t->link.next)
        list_push(&rt_here.worker->turn_ends, &t->link);
}

static void run_turn_ends(struct worker *w)
{
    while (!list_empty(&w->turn_ends)) {
        struct turn_end *t = LIST_OF(w->turn_ends.next, struct turn_end, link);

        list_remove(&t->link);
        t->link.prev = t->link.next = NULL;
        t->fn(t);
    }
}

static void read_clock(struct worker *w)
{
    w->began_us = self.twin->now_us();
    if (w->began_us / 1000 == w->now_ms)
        return;
    w->now_ms = w->began_us / 1000;
    mem_refresh();
}

static void show_stats(struct worker *w)
{
    atomic_store_explicit(&w->seen_turns, w->stats.turns, memory_order_relaxed);
    atomic_store_explicit(&w->seen_posts, w->stats.posts_in, memory_order_relaxed);
    atomic_store_explicit(&w->seen_wakeups, w->stats.wakeups, memory_order_relaxed);
    atomic_store_explicit(&w->seen_busy_us, w->stats.busy_us, memory_order_relaxed);
}

void worker_turn_begin(struct worker *w)
{
    snapshot_online(w);
    read_clock(w);
}

void worker_turn_end(struct worker *w)
{
    take_mail(w);
    queue_run(w, &w->own);
    wheel_run(&w->wheel, w->now_ms);
    co_run_ready(w);
    run_turn_ends(w);
    send_posts(w);
    snapshot_offline(w);
    w->ended_us = self.twin->now_us();
    w->stats.turns++;
    w->stats.busy_us += w->ended_us - w->began_us;
    show_stats(w);
}

bool worker_has_work(const struct worker *w)
{
    return w->own.first || !list_empty(&w->co.ready) || !list_empty(&w->wheel.now) ||
           !list_empty(&w->turn_ends) ||
           atomic_load_explicit(&w->mailbox, memory_order_relaxed) != NULL;
}

struct worker_stats worker_stats(const struct worker *w)
{
    return (struct worker_stats){
        .turns = atomic_load_explicit(&w->seen_turns, memory_order_relaxed),
        .posts_in = atomic_load_explicit(&w->seen_posts, memory_order_relaxed),
        .wakeups = atomic_load_explicit(&w->seen_wakeups, memory_order_relaxed),
        .busy_us = atomic_load_explicit(&w->seen_busy_us, memory_order_relaxed),
    };
}

/* The end. */

struct at_exit {
    struct link link;
    void (*fn)(void *arg);
    void *arg;
};

void worker_at_exit(void (*fn)(void *arg), void *arg)
{
    struct at_exit *e = mem_zalloc(MEM_OTHER, sizeof *e);

    ASSERT(rt_here.worker);
    e->fn = fn;
    e->arg = arg;
    list_push_front(&rt_here.worker->exits, &e->link);
}

void worker_run_exits(struct worker *w)
{
    while (!list_empty(&w->exits)) {
        struct at_exit *e = LIST_OF(w->exits.next, struct at_exit, link);

        list_remove(&e->link);
        e->fn(e->arg);
        mem_free(MEM_OTHER, e);
    }
}

/* Runs what is still under way between this worker and itself; the other threads are gone. */
void worker_close(struct worker *w)
{
    loop_close(&w->loop);
    co_pool_free(&w->co);
}
