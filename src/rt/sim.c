/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated twin of epoll.c: all workers take turns on this thread, in an order drawn from the
 * seed, and time moves only when none of them has anything to do.
 */
#include "rt/sim.h"
#include "base/clock.h"
#include "rt/state.h"

static struct {
    int64_t now_us;
    uint64_t dice;
    bool on;
} self;

static int64_t now_us(void)
{
    return self.now_us;
}

static int64_t now_ms(void)
{
    return self.now_us / 1000;
}

static void woken(struct worker *w)
{
    (void)w; /* every worker is looked after anyway */
}

static void block(_Atomic(bool) *done)
{
    while (!atomic_load(done)) {
        int64_t before = self.now_us;

        sim_settle();
        if (!atomic_load(done))
            sim_run_until(now_ms() + 1000);
        ASSERT(atomic_load(done) || self.now_us > before);
    }
}

static const struct rt_twin twin = {
    .now_us = now_us, .woken = woken, .wait = block, .simulated = true
};

/* xorshift: the order must not depend on who else draws random numbers. */
static unsigned dice_below(unsigned n)
{
    self.dice ^= self.dice << 13;
    self.dice ^= self.dice >> 7;
    self.dice ^= self.dice << 17;
    return (unsigned)(self.dice % n);
}

void sim_begin(unsigned workers, uint64_t seed)
{
    ASSERT(!self.on);
    self.on = true;
    self.dice = seed * 2 + 1;
    self.now_us = 1000000000;
    clock_simulate(now_us, 1600000000LL * 1000000);
    if (workers_count())
        workers_drop();
    workers_set_twin(&twin);
    workers_make(workers);
}

static void turn(struct worker *w)
{
    rt_here.worker = w;
    if (list_empty(&w->watches))
        worker_turn_begin(w);
    else
        loop_poll(w, 0);
    worker_turn_end(w);
    rt_here.worker = NULL;
}

static bool anybody_has_work(void)
{
    for (unsigned i = 0; i < workers_count(); i++) {
        struct worker *w = worker_at(i);

        if (worker_has_work(w) || wheel_next(&w->wheel) <= now_ms())
            return true;
    }
    return false;
}

static void one_round(void)
{
    unsigned order[WORKERS_MAX], n = workers_count();

    for (unsigned i = 0; i < n; i++) {
        unsigned j = dice_below(i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < n; i++)
        turn(worker_at(order[i]));
}

void sim_settle(void)
{
    ASSERT(self.on && !rt_here.worker);
    do
        one_round();
    while (anybody_has_work());
}

void sim_run_until(int64_t until_ms)
{
    for (;;) {
        int64_t next = INT64_MAX;

        sim_settle();
        for (unsigned i = 0; i < workers_count(); i++) {
            int64_t due = wheel_next(&worker_at(i)->wheel);

            next = due < next ? due : next;
        }
        if (next > until_ms)
            break;
        self.now_us = next * 1000;
    }
    if (until_ms * 1000 > self.now_us)
        self.now_us = until_ms * 1000;
    sim_settle();
}

struct spawn {
    void (*fn)(void *arg);
    void *arg;
};

static void spawn(void *arg)
{
    struct spawn s = *(struct spawn *)arg;

    mem_free(MEM_OTHER, arg);
    co_spawn(s.fn, s.arg);
}

void sim_spawn(unsigned i, void (*fn)(void *arg), void *arg)
{
    struct spawn *s = mem_alloc(MEM_OTHER, sizeof *s);

    *s = (struct spawn){ fn, arg };
    worker_post(worker_at(i), spawn, s);
}

int64_t sim_now_ms(void)
{
    return now_ms();
}

static bool somebody_lives(void)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (worker_at(i)->co.live)
            return true;
    return false;
}

void sim_end(void)
{
    for (unsigned i = 0; i < workers_count(); i++)
        worker_at(i)->stopping = true;
    for (unsigned rounds = 0; rounds < 1000; rounds++) {
        for (unsigned i = 0; i < workers_count(); i++)
            co_cancel_all(worker_at(i));
        sim_settle();
        if (!somebody_lives())
            break;
    }
    ASSERT(!somebody_lives());
    for (unsigned i = 0; i < workers_count(); i++) {
        rt_here.worker = worker_at(i);
        worker_turn_begin(rt_here.worker);
        worker_run_exits(rt_here.worker);
        worker_turn_end(rt_here.worker);
        rt_here.worker = NULL;
    }
    for (unsigned i = 0; i < workers_count(); i++)
        ASSERT(list_empty(&worker_at(i)->watches));
    workers_drop();
    clock_simulate(NULL, 0);
    self.on = false;
}
