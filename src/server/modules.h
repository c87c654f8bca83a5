/* SPDX-License-Identifier: BSD-2-Clause */
/* Which modules of the process have been started, in what order. Used by the loading thread only.
 */
#pragma once
#include "core/generation.h"

/* Starts those of `g` that are not started yet, in the order of loading. On failure those started
 * by this call are stopped again and `why` names the module. */
err_t modules_start(const struct generation *g, struct buf *why) MUST_USE;
/* On every worker: lets those that modules_start has started since the last call begin there.
 * Before workers_start this has nothing to do; see modules_begin_worker. */
err_t modules_join_workers(const struct generation *g, struct buf *why) MUST_USE;
/* In the `begin` of a worker: all that are started. */
err_t modules_begin_worker(const struct generation *g) MUST_USE;
void modules_end_worker(void);
/* Undoes the last modules_start: the generation was refused after all. */
void modules_roll_back(void);
/* The generation was accepted: offers every module its configuration. */
void modules_adopt(const struct generation *g);
void modules_stop(void);
