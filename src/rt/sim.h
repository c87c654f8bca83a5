/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual time. After sim_begin(n) there are n simulated workers on this thread; the clock stands
 * still except when everything is idle, when it jumps to the next timer. Same seed, same order.
 */
#pragma once
#include "rt/worker.h"

void sim_begin(unsigned workers, uint64_t seed);
/* Runs fn(arg) on a coroutine of worker `i`. */
void sim_spawn(unsigned i, void (*fn)(void *arg), void *arg);
/* Runs until nothing is ready and no timer is due before `until_ms` of virtual time. */
void sim_run_until(int64_t until_ms);
/* Runs until nothing is ready now; time does not move. */
void sim_settle(void);
int64_t sim_now_ms(void);
void sim_end(void); /* cancels what waits, frees all; asserts that nothing leaked */
