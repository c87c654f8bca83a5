/* SPDX-License-Identifier: BSD-2-Clause */
/* From listen lines, which may name interfaces and hosts, to addresses that can be bound. */
#pragma once
#include "net/listener.h"
#include "script/program.h"

/* Adds to `specs` (memory of `a`) one entry per protocol, address and port; without any item, all
 * addresses of this machine. ERR_NOT_FOUND: `why` names the line and what is not known. May block
 * on the resolver: not for workers. */
err_t listen_expand(const struct program_info *info, const struct core_conf *core, struct arena *a,
                    struct socket_spec **specs, size_t *n, struct buf *why) MUST_USE;
