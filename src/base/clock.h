/* SPDX-License-Identifier: BSD-2-Clause */
/* Time. Milliseconds since an arbitrary start that never go back (clock_ms), and wall time. */
#pragma once
#include <stdint.h>

int64_t clock_ms(void);
int64_t clock_us(void);
/* Seconds, and microseconds, since 1970 UTC. */
int64_t clock_unix(void);
int64_t clock_unix_us(void);

/* Virtual time, for scenarios: from this call on all readings come from `now_us`, and wall time is
 * `epoch_us` plus it. NULL goes back to the system's clock. Set it before threads start. */
void clock_simulate(int64_t (*now_us)(void), int64_t epoch_us);
