/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "core/overload.h"

enum { TARGET_US = 50000 };

/* A worker that needs `cost_us` for a request and a tenth for a refusal, and a queue of 1000. */
struct queue {
    struct overload state;
    int64_t arrived_us[1000], now_us, begin_us;
    size_t n;
    uint64_t dropped, served, refused, number;
};

static void arrive(struct queue *q, int64_t at_us)
{
    if (q->n == sizeof q->arrived_us / sizeof q->arrived_us[0])
        q->dropped++;
    else
        q->arrived_us[q->n++] = at_us;
}

static void serve(struct queue *q, int64_t cost_us)
{
    overload_note(&q->state, q->now_us, q->now_us - q->arrived_us[0], q->dropped, TARGET_US);
    memmove(q->arrived_us, q->arrived_us + 1, --q->n * sizeof q->arrived_us[0]);
    if (overload_refuses(&q->state, q->now_us, ++q->number * 0x12345678901ull)) {
        q->refused++;
        q->now_us += cost_us / 10;
    } else {
        q->served++;
        q->now_us += cost_us;
    }
}

/* Arrivals each `gap_us`, for `seconds`. */
static void run(struct queue *q, int64_t gap_us, int64_t cost_us, int64_t seconds)
{
    int64_t end = (q->begin_us ? q->begin_us : 1000000) + seconds * 1000000;
    int64_t next = q->begin_us ? q->begin_us : 1000000;

    if (q->now_us < next)
        q->now_us = next;
    q->served = q->refused = 0;
    while (next < end) {
        for (; next <= q->now_us && next < end; next += gap_us)
            arrive(q, next);
        if (q->n)
            serve(q, cost_us);
        else
            q->now_us = next;
    }
    q->begin_us = end;
}

static void refuses_nothing_below_capacity(void **state)
{
    struct queue q = { 0 };

    (void)state;
    run(&q, 1100, 1000, 10);
    assert_int_equal(q.refused, 0);
    assert_int_equal(q.dropped, 0);
}

static void works_off_a_burst_without_refusals(void **state)
{
    struct queue q = { 0 };

    (void)state;
    run(&q, 2000, 1000, 1);
    for (int i = 0; i < 140; i++)
        arrive(&q, q.now_us);
    run(&q, 2000, 1000, 5);
    assert_int_equal(q.refused, 0);
}

static void keeps_most_of_its_throughput_at_twice_the_load(void **state)
{
    struct queue q = { 0 };

    (void)state;
    run(&q, 500, 1000, 10);
    assert_true(q.refused > 8000);
    assert_true(q.served > 7500);
    run(&q, 500, 1000, 10); /* steady now: 10,000 would be all a second and a half can do */
    assert_true(q.served > 8000);
}

static void admits_everything_again_when_the_load_falls(void **state)
{
    struct queue q = { 0 };

    (void)state;
    run(&q, 400, 1000, 5);
    assert_true(q.refused > 0);
    run(&q, 2000, 1000, 10);
    assert_int_equal(q.state.admitted, OVERLOAD_ALL);
    run(&q, 2000, 1000, 5);
    assert_int_equal(q.refused, 0);
}

static void takes_losses_of_the_kernel_for_overload(void **state)
{
    struct overload o = { 0 };

    (void)state;
    for (int i = 0; i < 400; i++)
        overload_note(&o, 1000000 + i * 1000, 100, (uint64_t)i, TARGET_US);
    assert_true(o.admitted < OVERLOAD_ALL);
}

static void bears_a_clock_that_is_set(void **state)
{
    struct overload o = { 0 };

    (void)state;
    for (int i = 0; i < 400; i++)
        overload_note(&o, 1000000 + i * 1000, i % 2 ? -5000000 : 3600000000ll, 0, TARGET_US);
    assert_int_equal(o.admitted, OVERLOAD_ALL);
}

static void refuses_the_same_calls_for_a_while(void **state)
{
    struct overload o = { .admitted = OVERLOAD_ALL / 2 };
    unsigned changed = 0, refused = 0;

    (void)state;
    for (uint64_t call = 1; call <= 1000; call++) {
        bool now = overload_refuses(&o, 1600000000, call << 20);

        assert_int_equal(overload_refuses(&o, 1600000000 + 10000000, call << 20), now);
        changed += overload_refuses(&o, 1600000000 + 60000000, call << 20) != now;
        refused += now;
    }
    assert_in_range(refused, 400, 600);
    assert_in_range(changed, 300, 700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_nothing_below_capacity),
        cmocka_unit_test(works_off_a_burst_without_refusals),
        cmocka_unit_test(keeps_most_of_its_throughput_at_twice_the_load),
        cmocka_unit_test(admits_everything_again_when_the_load_falls),
        cmocka_unit_test(takes_losses_of_the_kernel_for_overload),
        cmocka_unit_test(bears_a_clock_that_is_set),
        cmocka_unit_test(refuses_the_same_calls_for_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
