/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"
#include <time.h>

static struct {
    int64_t (*now_us)(void); /* NULL: the system's clock */
    int64_t epoch_us;
} self;

static int64_t system_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_us(void)
{
    return self.now_us ? self.now_us() : system_us(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return clock_us() / 1000;
}

int64_t clock_unix_us(void)
{
    return self.now_us ? self.epoch_us + self.now_us() : system_us(CLOCK_REALTIME);
}

int64_t clock_unix(void)
{
    return clock_unix_us() / 1000000;
}

void clock_simulate(int64_t (*now_us)(void), int64_t epoch_us)
{
    self.now_us = now_us;
    self.epoch_us = epoch_us;
}
