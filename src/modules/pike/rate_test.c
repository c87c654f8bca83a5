/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"
#include "base/test.h"
#include "modules/pike/rate.h"

static int64_t now = 5000000;
static const struct rate_limits limits = { .unit_ms = 2000, .hits = 3, .forget_ms = 10000 };

static int64_t virtual_now(void)
{
    return now * 1000;
}

static enum rate_state hit(struct rates *r, const char *ip)
{
    struct addr a;

    assert_err(addr_parse(str_of(ip), 5060, &a), ERR_OK);
    return rates_hit(r, &a, &limits, now);
}

static void finds_who_sends_too_much(void **state)
{
    struct rates *r = rates_new();

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hit(r, "192.0.2.1"), RATE_COLD);
        assert_int_equal(hit(r, "2001:db8::1"), RATE_COLD);
    }
    assert_int_equal(hit(r, "192.0.2.1"), RATE_NEW_HOT);
    assert_int_equal(hit(r, "192.0.2.1"), RATE_HOT);
    assert_int_equal(hit(r, "192.0.2.2"), RATE_COLD);
    assert_int_equal(hit(r, "2001:db8::1"), RATE_NEW_HOT);
    rates_free(r);
}

static void lets_in_who_has_calmed_down(void **state)
{
    struct rates *r = rates_new();

    (void)state;
    for (int i = 0; i < 10; i++)
        (void)hit(r, "192.0.2.1");
    now += 2000;
    assert_int_equal(hit(r, "192.0.2.1"), RATE_HOT); /* the unit before still counts */
    now += 4000;
    assert_int_equal(hit(r, "192.0.2.1"), RATE_COLD);
    rates_free(r);
}

static void count_row(const struct rate_row *row, void *arg)
{
    (void)row;
    ++*(int *)arg;
}

static void forgets_who_is_silent(void **state)
{
    struct rates *r = rates_new();
    int rows = 0;

    (void)state;
    (void)hit(r, "192.0.2.1");
    (void)hit(r, "192.0.2.2");
    (void)hit(r, "192.0.2.2");
    now += 5000;
    rates_forget(r, now);
    rates_each(r, &limits, now, count_row, &rows);
    assert_int_equal(rows, 1);
    now += 6000;
    rates_forget(r, now);
    rows = 0;
    rates_each(r, &limits, now, count_row, &rows);
    assert_int_equal(rows, 0);
    rates_free(r);
}

int main(void)
{
    clock_simulate(virtual_now, 0);
    TEST_RUN(finds_who_sends_too_much, lets_in_who_has_calmed_down, forgets_who_is_silent);
}
