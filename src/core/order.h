/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a call's messages while a script of the call is suspended (docs/adr/0010). */
#pragma once
#include "core/run.h"

enum { ORDER_WAITING_MAX = 64 }; /* messages that wait behind one of their call */

/*
 * Runs fn(run) on a coroutine, at once or when the earlier messages of the same call and direction
 * (requests; replies) have been dealt with; ends the run afterwards. A copy of a message that is
 * still being worked on, or waits, is thrown away. On the home worker, on the loop's own stack.
 */
void order_start(struct run *r, uint64_t call_hash, void (*fn)(struct run *r));
void order_worker_stop(void);
