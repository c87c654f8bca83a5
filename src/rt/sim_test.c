/* SPDX-License-Identifier: BSD-2-Clause */
/* Coroutines and timers in virtual time. */
#include "base/clock.h"
#include "base/random.h"
#include "base/test.h"
#include "rt/sim.h"
#include <stdlib.h>

static char trail[512];
static size_t trail_n;

static void note(char c)
{
    if (trail_n + 1 < sizeof trail)
        trail[trail_n++] = c;
    trail[trail_n] = '\0';
}

static int begin(void **state)
{
    (void)state;
    trail_n = 0;
    trail[0] = '\0';
    sim_begin(2, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_end();
    return 0;
}

static struct co *inner_co;
static void inner(void *arg)
{
    (void)arg;
    note('b');
    inner_co = co_self();
    note(co_suspend() == ERR_LIMIT ? 'e' : '!');
}

static void outer(void *arg)
{
    (void)arg;
    note('a');
    co_spawn(inner, NULL);
    note('c');
    co_wake(inner_co, ERR_LIMIT);
    note('d');
}

static void runs_a_new_coroutine_until_it_waits(void **state)
{
    (void)state;
    sim_spawn(0, outer, NULL);
    sim_settle();
    assert_string_equal(trail, "abcde");
}

static void wakes_itself_first(void *arg)
{
    (void)arg;
    co_wake(co_self(), ERR_TIMEOUT);
    note(co_suspend() == ERR_TIMEOUT ? 'y' : 'n');
}

static void remembers_a_wake_that_came_first(void **state)
{
    (void)state;
    sim_spawn(1, wakes_itself_first, NULL);
    sim_settle();
    assert_string_equal(trail, "y");
}

static unsigned slot;
static void keeps_local(void *arg)
{
    assert_null(co_local_get(slot));
    co_local_set(slot, arg);
    assert_int_equal(co_sleep(10), ERR_OK);
    assert_ptr_equal(co_local_get(slot), arg);
}

static void has_slots_of_its_own(void **state)
{
    char a, b;

    (void)state;
    sim_spawn(0, keeps_local, &a);
    sim_spawn(0, keeps_local, &b);
    sim_run_until(sim_now_ms() + 20);
    sim_spawn(0, keeps_local, &a);
    sim_run_until(sim_now_ms() + 20);
}

struct probe {
    struct timer timer;
    int64_t due, fired;
};

static void fired(struct timer *t)
{
    ((struct probe *)(void *)t)->fired = worker_now();
}

enum { PROBES = 3000 };
struct timers_job {
    struct probe probe[PROBES];
    int64_t start;
};

static int64_t some_delay(int i)
{
    static const int64_t spans[] = { 300, 20000, 70000, 5000000, 200000000, 5000000000 };

    return (int64_t)random_below((uint64_t)spans[i % 6]);
}

static void set_timers(void *arg)
{
    struct timers_job *j = arg;

    for (int i = 0; i < PROBES; i++) {
        j->probe[i].due = worker_now() + some_delay(i);
        timer_set(&j->probe[i].timer, j->probe[i].due - worker_now(), fired);
        if (i % 50 == 0)
            assert_int_equal(co_sleep(37), ERR_OK);
    }
    for (int i = 0; i < PROBES; i += 7) {
        timer_cancel(&j->probe[i].timer);
        assert_false(timer_is_set(&j->probe[i].timer));
    }
}

static void fires_every_timer_on_time(void **state)
{
    struct timers_job *j = calloc(1, sizeof *j);

    (void)state;
    random_seed_for_test(42);
    sim_spawn(0, set_timers, j);
    sim_run_until(sim_now_ms() + 6000000000);
    for (int i = 0; i < PROBES; i++) {
        if (i % 7 == 0 && j->probe[i].fired == 0)
            continue;
        assert_int_equal(j->probe[i].fired, j->probe[i].due);
    }
    free(j);
}

static int ticks;
static struct timer ticker;
static void tick(struct timer *t)
{
    if (++ticks < 32000)
        timer_set(t, 1, tick);
}

static void set_ticker(void *arg)
{
    (void)arg;
    timer_set(&ticker, 1, tick);
}

static void spends_no_real_time_on_virtual_time(void **state)
{
    int64_t before;

    (void)state;
    before = sim_now_ms();
    ticks = 0;
    sim_spawn(0, set_ticker, NULL);
    sim_run_until(before + 31999);
    assert_int_equal(ticks, 31999);
    sim_run_until(before + 32000);
    assert_int_equal(ticks, 32000);
    assert_int_equal(clock_ms(), before + 32000);
}

static __attribute__((noinline)) int dive(int levels, const volatile char *above)
{
    volatile char space[1024];
    int sum = 0;

    space[0] = (char)levels;
    if (levels > 0)
        sum = dive(levels - 1, space);
    return sum + space[0] + above[0];
}

static void dive_and_measure(void *arg)
{
    (void)dive(30, "");
    *(size_t *)arg = 1;
}

static void dive_deep(void *arg)
{
    (void)dive(150, "");
    *(size_t *)arg = 2;
}

static void tell_stats(void *arg)
{
    *(struct co_stats *)arg = co_stats();
}

static void knows_how_deep_stacks_went(void **state)
{
    struct co_stats s;
    size_t done = 0;

    (void)state;
    sim_spawn(0, dive_and_measure, &done);
    sim_settle();
    assert_int_equal(done, 1);
    sim_spawn(0, tell_stats, &s);
    sim_settle();
    assert_true(s.stack_high_water > 28 * 1024);
    assert_int_equal(s.live, 1);
}

static void spawn_large(void *arg)
{
    co_spawn_on(256 * 1024, dive_deep, arg);
}

static void has_large_stacks_too(void **state)
{
    size_t done = 0;

    (void)state;
    sim_spawn(0, spawn_large, &done);
    sim_settle();
    assert_int_equal(done, 2);
}

static int woken_ok;
static void many(void *arg)
{
    (void)arg;
    woken_ok += co_sleep((int64_t)random_below(100)) == ERR_OK;
}

static void spawn_many(void *arg)
{
    for (int i = 0; i < 5000; i++)
        co_spawn(many, arg);
}

static void holds_thousands_at_once(void **state)
{
    (void)state;
    woken_ok = 0;
    for (int i = 0; i < 3; i++) {
        sim_spawn((unsigned)i % 2, spawn_many, NULL);
        sim_run_until(sim_now_ms() + 200);
    }
    assert_int_equal(woken_ok, 15000);
}

static void calls_over(void *arg);
static err_t note_worker(void *arg)
{
    note((char)('0' + worker_index(worker_self())));
    return co_sleep(*(int64_t *)arg);
}

static void calls_over(void *arg)
{
    assert_int_equal(worker_call(worker_at(1), note_worker, arg), ERR_OK);
    note((char)('0' + worker_index(worker_self())));
}

static void calls_other_workers_in_virtual_time(void **state)
{
    int64_t ms = 500, before;

    (void)state;
    before = sim_now_ms();
    sim_spawn(0, calls_over, &ms);
    sim_run_until(before + 499);
    assert_string_equal(trail, "1");
    sim_run_until(before + 500);
    assert_string_equal(trail, "10");
    assert_int_equal(workers_each(note_worker, &ms), ERR_OK);
    assert_string_equal(trail, "1001");
}

static void at_end(struct turn_end *t)
{
    (void)t;
    note('z');
}

static struct turn_end hook = { .fn = at_end };
static void hooks(void *arg)
{
    (void)arg;
    worker_at_turn_end(&hook);
    worker_at_turn_end(&hook);
    note('a');
}

static void runs_hooks_at_the_end_of_a_turn(void **state)
{
    (void)state;
    sim_spawn(0, hooks, NULL);
    sim_spawn(0, hooks, NULL);
    sim_settle();
    assert_string_equal(trail, "aaz");
}

static void waits_for_ever(void *arg)
{
    (void)arg;
    note(co_suspend() == ERR_CANCELED ? 'c' : '!');
}

static void cancels_at_the_end(void **state)
{
    (void)state;
    begin(NULL);
    sim_spawn(0, waits_for_ever, NULL);
    sim_spawn(1, waits_for_ever, NULL);
    sim_settle();
    assert_string_equal(trail, "");
    sim_end();
    assert_string_equal(trail, "cc");
}

#define IN_SIM(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SIM(runs_a_new_coroutine_until_it_waits),
        IN_SIM(remembers_a_wake_that_came_first),
        IN_SIM(has_slots_of_its_own),
        IN_SIM(fires_every_timer_on_time),
        IN_SIM(spends_no_real_time_on_virtual_time),
        IN_SIM(knows_how_deep_stacks_went),
        IN_SIM(has_large_stacks_too),
        IN_SIM(holds_thousands_at_once),
        IN_SIM(calls_other_workers_in_virtual_time),
        IN_SIM(runs_hooks_at_the_end_of_a_turn),
        cmocka_unit_test(cancels_at_the_end),
    };

    slot = co_local_new();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
