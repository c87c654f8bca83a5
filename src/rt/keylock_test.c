/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "rt/keylock.h"
#include "rt/sim.h"

static char trace[128];

static void note(const char *what)
{
    strcat(trace, what);
}

static const struct str key = STR_INIT("key");

static void first(void *arg)
{
    assert_err(keylock_take(key, arg), ERR_OK);
    assert_err(keylock_take(key, arg), ERR_OK);
    note("a");
    assert_err(co_sleep(100), ERR_OK);
    assert_err(keylock_give(key, arg), ERR_OK);
    note("b");
    assert_err(co_sleep(100), ERR_OK);
    note("c");
    assert_err(keylock_give(key, arg), ERR_OK);
    assert_err(keylock_give(key, arg), ERR_NOT_FOUND);
}

static void second(void *arg)
{
    assert_err(keylock_try(key, arg), ERR_STATE);
    assert_err(keylock_take(key, arg), ERR_OK);
    note(arg);
    assert_err(co_sleep(50), ERR_OK);
    assert_err(keylock_give(key, arg), ERR_OK);
}

static void another(void *arg)
{
    assert_err(keylock_try(STR("other"), arg), ERR_OK);
    note("o");
    assert_err(keylock_give(STR("other"), arg), ERR_OK);
}

static void serves_who_waits_in_order(void **state)
{
    (void)state;
    sim_begin(3, 1);
    sim_spawn(0, first, "first");
    sim_settle();
    sim_spawn(1, second, "d");
    sim_settle();
    sim_spawn(2, second, "e");
    sim_spawn(0, second, "f");
    sim_spawn(1, another, "x");
    sim_run_until(sim_now_ms() + 1000);
    assert_string_equal(trace, "aobcdef");
    sim_end();
}

static void holder(void *arg)
{
    assert_err(keylock_take(key, arg), ERR_OK);
}

static void cancelled(void *arg)
{
    *(err_t *)arg = keylock_take(key, arg);
}

static void ends_the_wait_when_the_worker_stops(void **state)
{
    err_t result = ERR_OK;

    (void)state;
    sim_begin(2, 1);
    sim_spawn(0, holder, &trace);
    sim_settle();
    sim_spawn(1, cancelled, &result);
    sim_run_until(sim_now_ms() + 10);
    sim_end();
    assert_err(result, ERR_CANCELED);
    assert_err(keylock_give(key, &trace), ERR_OK);
}

int main(void)
{
    TEST_RUN(serves_who_waits_in_order, ends_the_wait_when_the_worker_stops);
}
