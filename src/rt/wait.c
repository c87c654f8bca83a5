/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits of a coroutine: for time to pass, for a file descriptor. */
#include "rt/state.h"

struct wait {
    struct timer timer;
    struct co *co;
    struct watch *watch;
};

static void time_is_up(struct timer *t)
{
    struct wait *wt = LIST_OF(t, struct wait, timer);
    err_t e = wt->watch ? ERR_TIMEOUT : ERR_OK;

    watch_free(wt->watch);
    wt->watch = NULL;
    co_wake(wt->co, e);
}

static void is_ready(void *arg, unsigned events)
{
    struct wait *wt = arg;

    (void)events;
    watch_free(wt->watch);
    wt->watch = NULL;
    timer_cancel(&wt->timer);
    co_wake(wt->co, ERR_OK);
}

err_t co_sleep(int64_t ms)
{
    struct wait wt = { .co = co_self() };
    err_t e;

    timer_set(&wt.timer, ms, time_is_up);
    e = co_suspend();
    timer_cancel(&wt.timer);
    return e;
}

err_t co_wait_fd(int fd, unsigned events, int64_t ms)
{
    struct wait wt = { .co = co_self() };
    err_t e;

    wt.watch = watch_new(fd, events, is_ready, &wt);
    if (ms >= 0)
        timer_set(&wt.timer, ms, time_is_up);
    e = co_suspend();
    timer_cancel(&wt.timer);
    watch_free(wt.watch);
    return e;
}
