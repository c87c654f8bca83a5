/* SPDX-License-Identifier: BSD-2-Clause */
/* The scenarios that messages belong to, and the files of their reports. Any thread. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum { SCENARIOS_MAX = 1000, SCENARIO_NAME_MAX = 64 };

void reports_init(void);
/* The scenario that a Call-ID tells: what stands between the prefix, whose last character is the
 * mark, and the next mark; STR_NONE when it tells none. In `a`. */
struct str scenario_of(struct str call_id, struct str prefix, struct arena *a);
/* The number of its next message, from 1; 0: there are too many scenarios. */
uint64_t scenario_next(struct str scenario);
void scenarios_each(void (*fn)(struct str scenario, uint64_t messages, void *arg), void *arg);
/* Writes basedir/scenario/number.json, later, on a thread of its own. Copies. */
void report_write(struct str basedir, struct str scenario, uint64_t number, struct str text);
/* Forgets a scenario, or "all", and removes its files. Suspends. False: there is no such. */
bool reports_clean(struct str basedir, struct str scenario);
void reports_end(void); /* what is to be written is written first */
