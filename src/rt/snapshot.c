/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods by counting turns: a worker's phase is odd while it works and may hold what it
 * read, and steps on when it ends a turn. A value is released once every worker was seen between
 * turns, or in a later turn, after the value was replaced. The last worker to pass does the
 * releasing.
 */
#include "rt/state.h"
#include <pthread.h>

struct retired {
    struct retired *next;
    void (*release)(void *old);
    void *old;
    uint64_t phase[WORKERS_MAX]; /* 0: this worker has passed */
};

static struct {
    pthread_mutex_t lock;
    struct retired *waiting; /* under the lock */
    _Atomic(unsigned) n_waiting;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool passed(struct retired *r)
{
    for (unsigned i = 0; i < workers_count(); i++) {
        if (r->phase[i] == 0)
            continue;
        if (atomic_load(&worker_at(i)->phase) == r->phase[i])
            return false;
        r->phase[i] = 0;
    }
    return true;
}

/* Takes those that are due off the list. */
static struct retired *collect(void)
{
    struct retired *due = NULL;

    pthread_mutex_lock(&self.lock);
    for (struct retired **at = &self.waiting; *at;) {
        struct retired *r = *at;

        if (passed(r)) {
            *at = r->next;
            r->next = due;
            due = r;
            atomic_fetch_sub(&self.n_waiting, 1);
        } else {
            at = &r->next;
        }
    }
    pthread_mutex_unlock(&self.lock);
    return due;
}

static void release_all(struct retired *due)
{
    while (due) {
        struct retired *r = due;

        due = r->next;
        r->release(r->old);
        mem_free(MEM_OTHER, r);
    }
}

static void retire(void (*release)(void *old), void *old)
{
    struct retired *r = mem_zalloc(MEM_OTHER, sizeof *r);

    r->release = release;
    r->old = old;
    for (unsigned i = 0; i < workers_count(); i++) {
        /* Read-modify-write, so that it is ordered after the publication on every machine. */
        uint64_t phase = atomic_fetch_add(&worker_at(i)->phase, 0);

        r->phase[i] = phase % 2 ? phase : 0;
    }
    pthread_mutex_lock(&self.lock);
    r->next = self.waiting;
    self.waiting = r;
    atomic_fetch_add(&self.n_waiting, 1);
    pthread_mutex_unlock(&self.lock);
    release_all(collect());
}

void snapshot_publish(struct snapshot *s, void *fresh, void (*release)(void *old))
{
    void *old = atomic_exchange(&s->now, fresh);

    if (old && release)
        retire(release, old);
}

/* Both are read-modify-writes of one location: whoever retires sees either the odd phase, or is
 * seen by the reads that follow it. */
void snapshot_online(struct worker *w)
{
    if (atomic_load_explicit(&w->phase, memory_order_relaxed) % 2 == 0)
        atomic_fetch_add(&w->phase, 1);
}

void snapshot_offline(struct worker *w)
{
    if (atomic_load_explicit(&w->phase, memory_order_relaxed) % 2 == 1)
        atomic_fetch_add(&w->phase, 1);
    while (atomic_load(&self.n_waiting) > 0) {
        struct retired *due = collect();

        if (!due)
            return;
        atomic_fetch_add(&w->phase, 1); /* releasing may read snapshots too */
        release_all(due);
        atomic_fetch_add(&w->phase, 1);
    }
}

struct waiter {
    struct worker *worker;
    struct co *co;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool over;
};

static void wake_waiter(void *arg)
{
    struct waiter *wt = arg;

    co_wake(wt->co, ERR_OK);
}

static void over(void *arg)
{
    struct waiter *wt = arg;

    if (wt->worker) {
        worker_post(wt->worker, wake_waiter, wt);
        return;
    }
    pthread_mutex_lock(&wt->lock);
    wt->over = true;
    pthread_cond_signal(&wt->done);
    pthread_mutex_unlock(&wt->lock);
}

void snapshot_wait(void)
{
    struct waiter wt = { .worker = rt_here.co ? rt_here.worker : NULL, .co = rt_here.co };

    ASSERT(rt_here.co || !rt_here.worker);
    if (wt.co) {
        retire(over, &wt);
        (void)co_suspend_firmly();
        return;
    }
    pthread_mutex_init(&wt.lock, NULL);
    pthread_cond_init(&wt.done, NULL);
    retire(over, &wt);
    pthread_mutex_lock(&wt.lock);
    while (!wt.over)
        pthread_cond_wait(&wt.done, &wt.lock);
    pthread_mutex_unlock(&wt.lock);
    pthread_cond_destroy(&wt.done);
    pthread_mutex_destroy(&wt.lock);
}
