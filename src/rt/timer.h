/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers of a worker, on a hierarchical wheel: setting and cancelling are O(1), without locks. */
#pragma once
#include "base/list.h"
#include <stdint.h>

struct timer { /* lives inside its owner; cleared memory is a timer that is not set */
    struct link link;
    int64_t due_ms;
    void (*fn)(struct timer *t);
};

/* (Re)starts: fn(t) runs on this worker's loop (not on a coroutine: spawn one to wait) not before
 * `ms` from now. Resolution 1 ms up to a minute, coarser beyond. */
void timer_set(struct timer *t, int64_t ms, void (*fn)(struct timer *t));
void timer_cancel(struct timer *t); /* harmless when not set */
bool timer_is_set(const struct timer *t);
