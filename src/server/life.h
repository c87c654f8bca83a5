/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of the serving process: start, reload, stop. */
#pragma once
#include "server/options.h"

/* Starts and serves until told to stop; returns the exit code. `ready` (may be -1) is written one
 * byte and closed when the server is up. */
int life_run(const struct options *o, int ready);
/* Builds a new generation and makes it current, or refuses it whole; `file` STR_NONE: the same file
 * again. What was found goes to `report`. Blocks while it works: not on a worker. */
err_t life_reload(struct str file, struct buf *report) MUST_USE;
