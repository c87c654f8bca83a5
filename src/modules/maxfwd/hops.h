/* SPDX-License-Identifier: BSD-2-Clause */
/* Max-Forwards of a request as it will leave. */
#pragma once
#include "core/call.h"

enum hops_result { HOPS_SPENT, HOPS_ADDED, HOPS_NONE_LEFT, HOPS_BAD };

/* How many hops are left, the script's changes included; -1: no header, -2: malformed. */
int64_t hops_left(struct call *c);
/* Takes one hop; a value above `max` becomes `max`, a missing header is added with `grant`. */
enum hops_result hops_spend(struct call *c, int64_t grant, int64_t max);
