/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Coroutines. Each keeps its stack for ever and serves one function after the other: when one ends,
 * the coroutine goes to its worker's pool and waits for the next. Its `struct co` lies at the top
 * of the stack.
 */
#include "rt/co_stack.h"
#include "rt/co_switch.h"
#include "rt/state.h"

_Thread_local struct rt_here rt_here;

#ifdef RT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef RT_TSAN
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#endif

/* Where the bounds of the stack we left are not known yet (a worker's own), the arrival here tells
 * them. */
static void arrived(struct co_context *at)
{
#ifdef RT_ASAN
    struct co_context *left = rt_here.left;
    const void *bottom;
    size_t size;

    __sanitizer_finish_switch_fiber(at->fake_stack, &bottom, &size);
    if (!left->bottom) {
        left->bottom = bottom;
        left->size = size;
    }
#else
    (void)at;
#endif
}

static void switch_to(struct co_context *from, struct co_context *to)
{
    rt_here.left = from;
#ifdef RT_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->size);
#endif
#ifdef RT_TSAN
    from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    co_switch(&from->sp, to->sp);
    arrived(from);
}

static struct co_context *context_of(struct co *co, struct worker *w)
{
    return co ? &co->context : &w->co.main;
}

/* Leaves the running coroutine for the one that resumed it. */
static void leave(struct co *co)
{
    switch_to(&co->context, context_of(co->resumer, co->worker));
}

/* Runs `co` until it leaves. */
static void enter(struct co *co)
{
    struct co *from = rt_here.co;

    co->resumer = from;
    co->state = CO_RUNNING;
    rt_here.co = co;
    switch_to(context_of(from, co->worker), &co->context);
    rt_here.co = from;
}

static void serve(void)
{
    struct co *co = rt_here.co;

    arrived(&co->context);
    for (;;) {
        struct co_pool *p = &co->worker->co;

        co->fn(co->arg);
        ASSERT(co->locks == 0);
        co->state = CO_POOLED;
        p->live--;
        co_stack_used(p, co);
        list_push_front(&p->of[co->size_class].pooled, &co->link);
        p->of[co->size_class].n_pooled++;
        leave(co);
    }
}

static struct co *make(struct worker *w, unsigned size_class)
{
    struct co *co = co_stack_new(&w->co.of[size_class], size_class, w->co.made++);

    co->worker = w;
    co->context.sp = co_switch_prepare(co_stack_low(co), co, serve);
    co->context.bottom = co_stack_low(co);
    co->context.size = (size_t)((char *)co - (char *)co_stack_low(co));
#ifdef RT_TSAN
    co->context.fiber = __tsan_create_fiber(0);
#endif
    return co;
}

static void spawn(unsigned size_class, void (*fn)(void *arg), void *arg)
{
    struct worker *w = rt_here.worker;
    struct co *co;

    ASSERT(w);

    struct co_class *c = &w->co.of[size_class];

    if (list_empty(&c->pooled)) {
        co = make(w, size_class);
    } else {
        co = LIST_OF(c->pooled.next, struct co, link);
        list_remove(&co->link);
        c->n_pooled--;
    }
    co->fn = fn;
    co->arg = arg;
    co->woken = co->canceled = false;
    memset(co->local, 0, sizeof co->local);
    if (++w->co.live > w->co.peak)
        w->co.peak = w->co.live;
    enter(co);
}

void co_spawn(void (*fn)(void *arg), void *arg)
{
    spawn(0, fn, arg);
}

void co_spawn_on(size_t bytes, void (*fn)(void *arg), void *arg)
{
    ASSERT(bytes <= co_stack_bytes(1));
    spawn(bytes <= co_stack_bytes(0) ? 0 : 1, fn, arg);
}

struct co *co_self(void)
{
    return rt_here.co;
}

bool co_may_suspend(void)
{
    return rt_here.co && rt_here.co->locks == 0;
}

static err_t suspend(bool cancelable)
{
    struct co *co = rt_here.co;

    ASSERT(co && co->locks == 0);
    if (co->woken) {
        co->woken = false;
        return co->result;
    }
    if (cancelable && co->worker->stopping)
        return ERR_CANCELED;
    co->state = CO_SUSPENDED;
    co->cancelable = cancelable;
    co->canceled = false;
    list_push(&co->worker->co.suspended, &co->link);
    leave(co);
    co->canceled = false;
    return co->result;
}

err_t co_suspend(void)
{
    return suspend(true);
}

err_t co_suspend_firmly(void)
{
    return suspend(false);
}

static void make_ready(struct co *co, err_t result)
{
    co->state = CO_READY;
    co->result = result;
    list_remove(&co->link);
    list_push(&co->worker->co.ready, &co->link);
}

void co_wake(struct co *co, err_t result)
{
    ASSERT(co->worker == rt_here.worker);
    if (co->canceled)
        return; /* the stopping worker was first */
    if (co->state == CO_RUNNING) {
        ASSERT(!co->woken);
        co->woken = true;
        co->result = result;
        return;
    }
    ASSERT(co->state == CO_SUSPENDED);
    make_ready(co, result);
}

void co_cancel_all(struct worker *w)
{
    LIST_EACH(&w->co.suspended, struct co, co, link)
    {
        if (!co->cancelable)
            continue;
        co->canceled = true;
        make_ready(co, ERR_CANCELED);
    }
}

void co_run_ready(struct worker *w)
{
    /* Those that become ready meanwhile have their turn too, but the loop must come round. */
    for (unsigned rounds = 0; rounds < 8 && !list_empty(&w->co.ready); rounds++) {
        struct link *last = w->co.ready.prev;
        bool more = true;

        while (more) {
            struct co *co = LIST_OF(w->co.ready.next, struct co, link);

            more = &co->link != last;
            list_remove(&co->link);
            enter(co);
        }
    }
}

static struct {
    unsigned local_slots;
} self;

unsigned co_local_new(void)
{
    ASSERT(self.local_slots < CO_LOCALS);
    return self.local_slots++;
}

static void **local_of(unsigned slot)
{
    ASSERT(slot < CO_LOCALS && rt_here.worker);
    return rt_here.co ? &rt_here.co->local[slot] : &rt_here.worker->co.local[slot];
}

void *co_local_get(unsigned slot)
{
    return *local_of(slot);
}

void co_local_set(unsigned slot, void *value)
{
    *local_of(slot) = value;
}

void co_lock_taken(void)
{
    (*(rt_here.co ? &rt_here.co->locks : &rt_here.locks))++;
}

void co_lock_released(void)
{
    unsigned *n = rt_here.co ? &rt_here.co->locks : &rt_here.locks;

    ASSERT(*n > 0);
    (*n)--;
}

void co_pool_init(struct co_pool *p)
{
    list_init(&p->ready);
    list_init(&p->suspended);
    for (size_t i = 0; i < CO_CLASSES; i++)
        list_init(&p->of[i].pooled);
}

void co_pool_free(struct co_pool *p)
{
#ifdef RT_TSAN
    for (size_t i = 0; i < CO_CLASSES; i++)
        LIST_EACH(&p->of[i].pooled, struct co, co, link)
    __tsan_destroy_fiber(co->context.fiber);
#endif
    for (size_t i = 0; i < CO_CLASSES; i++)
        co_stack_free_all(&p->of[i]);
}

struct co_stats co_stats(void)
{
    struct co_pool *p = &rt_here.worker->co;

    ASSERT(rt_here.worker);
    co_stack_measure(p);
    return (struct co_stats){ p->live, p->peak, p->of[0].n_pooled + p->of[1].n_pooled,
                              p->high_water };
}
