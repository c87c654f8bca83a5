/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server on a simulated network and clock, for scenarios and for `tandem test`: what life.c does
 * for a real one. One at a time in a process.
 *
 *     world_begin(2, 3); world_listen(g, ...); world_start(g, &why);
 *     ... sim_run_until(...), net_sim_deliver(...) ...
 *     world_stop(); world_end();
 */
#pragma once
#include "core/generation.h"
#include "net/net.h"

/* Workers, network and receiver, all simulated; the same seed gives the same run. */
void world_begin(unsigned workers, uint64_t seed);
/* Opens the sockets and lets the generation know them. */
void world_listen(struct generation *g, const struct socket_spec *specs, size_t n);
/* Publishes the generation (takes the caller's reference) and starts its modules, in the process
 * and in each worker, as a server does. An error: `why` tells which; nothing may run then. */
err_t world_start(struct generation *g, struct buf *why) MUST_USE;
/* Stops the modules again. */
void world_stop(void);
void world_end(void);
