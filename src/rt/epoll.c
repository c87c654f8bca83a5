/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of a real worker: a thread round epoll_wait. Time-outs are epoll_wait's own, so that
 * setting or cancelling a timer costs no system call. The wake-up eventfd is edge-triggered and
 * therefore never read.
 */
#include "base/clock.h"
#include "base/log.h"
#include "rt/state.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 64, STOPPING_LOOK_MS = 5, DRAINING_LOOK_US = 200 };

struct watch {
    struct link link; /* among the worker's, or among those freed in this turn */
    struct worker *worker;
    int fd;
    unsigned events;
    void (*fn)(void *arg, unsigned events); /* NULL: freed */
    void *arg;
};

/* Watches. */

static void control(struct watch *w, int op)
{
    struct epoll_event ev = { .events = w->events, .data.ptr = w };

    ASSERT(epoll_ctl(w->worker->loop.epoll, op, w->fd, &ev) == 0);
}

struct watch *watch_new(int fd, unsigned events, void (*fn)(void *arg, unsigned events), void *arg)
{
    struct watch *w = mem_zalloc(MEM_OTHER, sizeof *w);

    ASSERT(rt_here.worker);
    w->worker = rt_here.worker;
    w->fd = fd;
    w->events = events;
    w->fn = fn;
    w->arg = arg;
    list_push(&w->worker->watches, &w->link);
    control(w, EPOLL_CTL_ADD);
    return w;
}

void watch_change(struct watch *w, unsigned events)
{
    if (events == w->events)
        return;
    w->events = events;
    control(w, EPOLL_CTL_MOD);
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    ASSERT(w->worker == rt_here.worker);
    control(w, EPOLL_CTL_DEL);
    w->fn = NULL;
    list_remove(&w->link);
    list_push(&w->worker->loop.freed, &w->link);
}

static void release_freed(struct loop *l)
{
    while (!list_empty(&l->freed)) {
        struct watch *w = LIST_OF(l->freed.next, struct watch, link);

        list_remove(&w->link);
        mem_free(MEM_OTHER, w);
    }
}

/* One wait. */

void loop_open(struct loop *l)
{
    struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.ptr = NULL };

    list_init(&l->freed);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT(l->epoll >= 0 && l->wake >= 0);
    ASSERT(epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &ev) == 0);
}

void loop_close(struct loop *l)
{
    release_freed(l);
    close(l->epoll);
    close(l->wake);
    l->epoll = l->wake = -1;
}

static void wake(struct worker *w)
{
    uint64_t one = 1;

    ASSERT(write(w->loop.wake, &one, sizeof one) == sizeof one);
}

static int wait_events(struct worker *w, struct epoll_event *ev, int ms)
{
    int n;

    if (ms == 0)
        return epoll_wait(w->loop.epoll, ev, EVENTS_PER_TURN, 0);
    /* Senders either see that we sleep, or we see what they have put into the mailbox. */
    atomic_store(&w->sleeping, true);
    if (atomic_load(&w->mailbox))
        ms = 0;
    n = epoll_wait(w->loop.epoll, ev, EVENTS_PER_TURN, ms);
    atomic_store_explicit(&w->sleeping, false, memory_order_relaxed);
    w->stats.wakeups++;
    return n;
}

void loop_poll(struct worker *w, int ms)
{
    struct epoll_event ev[EVENTS_PER_TURN];
    int n = wait_events(w, ev, ms);

    ASSERT(n >= 0 || errno == EINTR);
    atomic_store_explicit(&w->dry, false, memory_order_relaxed); /* before it takes its mail */
    worker_turn_begin(w);
    for (int i = 0; i < n; i++) {
        struct watch *watch = ev[i].data.ptr;

        if (watch && watch->fn)
            watch->fn(watch->arg, ev[i].events);
    }
    release_freed(&w->loop);
}

/* The threads. */

static struct {
    pthread_t thread[WORKERS_MAX];
    err_t (*begin)(void *arg);
    void *begin_arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned begun; /* under the lock */
    err_t error;
    bool running;
    _Atomic(bool) stopping, over;
    _Atomic(unsigned) deaf; /* workers that look at no file descriptor any more */
    _Atomic(int64_t) deadline;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static int wait_limit(struct worker *w)
{
    int64_t next, ms;

    if (worker_has_work(w))
        return 0;
    next = wheel_next(&w->wheel);
    if (next == INT64_MAX)
        return w->stopping ? STOPPING_LOOK_MS : -1;
    ms = next - w->ended_us / 1000;
    if (w->stopping && ms > STOPPING_LOOK_MS)
        ms = STOPPING_LOOK_MS;
    return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

/* Mail is looked at first: whoever takes it is not dry from then on. */
static bool everybody_dry(void)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (atomic_load(&worker_at(i)->mailbox) || !atomic_load(&worker_at(i)->dry))
            return false;
    return true;
}

static void end_waits(struct worker *w)
{
    co_cancel_all(w);
    atomic_store(&w->dry, w->co.live == 0 && !worker_has_work(w));
}

static bool is_late(void)
{
    return clock_ms() > atomic_load(&self.deadline);
}

/* Whether a stopping worker is finished, as are all others. */
static bool is_over(struct worker *w)
{
    if (!w->stopping) {
        if (!atomic_load_explicit(&self.stopping, memory_order_relaxed))
            return false;
        w->stopping = true;
    }
    end_waits(w);
    if (everybody_dry() || is_late())
        atomic_store(&self.over, true);
    return atomic_load(&self.over);
}

/* Another worker may have read from the network once more and handed it over: nothing is taken
 * apart before all have turned away from the network and done what they had. */
static void drain(struct worker *w)
{
    atomic_fetch_add(&self.deaf, 1);
    do {
        atomic_store(&w->dry, false);
        worker_turn_begin(w);
        worker_turn_end(w);
        end_waits(w);
        usleep(DRAINING_LOOK_US);
    } while (atomic_load(&self.deaf) < workers_count() || (!everybody_dry() && !is_late()));
}

static void begin_worker(void *arg)
{
    err_t e = self.begin ? self.begin(self.begin_arg) : ERR_OK;

    (void)arg;
    pthread_mutex_lock(&self.lock);
    if (e && !self.error)
        self.error = e;
    self.begun++;
    pthread_cond_broadcast(&self.changed);
    pthread_mutex_unlock(&self.lock);
}

static void *run_worker(void *arg)
{
    struct worker *w = arg;
    char name[16];

    snprintf(name, sizeof name, "worker-%u", w->index);
    pthread_setname_np(pthread_self(), name);
    rt_here.worker = w;
    worker_turn_begin(w);
    co_spawn(begin_worker, NULL);
    worker_turn_end(w);
    while (!is_over(w)) {
        loop_poll(w, wait_limit(w));
        worker_turn_end(w);
    }
    drain(w);
    if (w->co.live)
        log_warn("rt", "worker %u stopped with %zu coroutines unfinished", w->index, w->co.live);
    worker_turn_begin(w);
    worker_run_exits(w);
    worker_turn_end(w);
    return NULL;
}

static void block(_Atomic(bool) *done)
{
    /* Rare: configuration and control from the main thread. */
    while (!atomic_load(done))
        usleep(200);
}

const struct rt_twin rt_epoll_twin = { .now_us = clock_us, .woken = wake, .wait = block };

void workers_init(unsigned n)
{
    if (workers_count())
        workers_drop();
    workers_set_twin(&rt_epoll_twin);
    workers_make(n);
    atomic_store(&self.stopping, false);
    atomic_store(&self.over, false);
    atomic_store(&self.deaf, 0);
    self.begun = 0;
    self.error = ERR_OK;
}

err_t workers_start(err_t (*begin)(void *arg), void *arg)
{
    unsigned n = workers_count();
    err_t e;

    self.begin = begin;
    self.begin_arg = arg;
    for (unsigned i = 0; i < n; i++)
        ASSERT(pthread_create(&self.thread[i], NULL, run_worker, worker_at(i)) == 0);
    self.running = true;
    pthread_mutex_lock(&self.lock);
    while (self.begun < n)
        pthread_cond_wait(&self.changed, &self.lock);
    e = self.error;
    pthread_mutex_unlock(&self.lock);
    if (e)
        workers_stop(1000);
    return e;
}

void workers_stop(int64_t ms)
{
    if (!self.running)
        return;
    atomic_store(&self.deadline, clock_ms() + ms);
    atomic_store(&self.stopping, true);
    for (unsigned i = 0; i < workers_count(); i++)
        wake(worker_at(i));
    for (unsigned i = 0; i < workers_count(); i++)
        pthread_join(self.thread[i], NULL);
    self.running = false;
}
