/* SPDX-License-Identifier: BSD-2-Clause */
/* The process's memory as the system sees it. */
#pragma once
#include "control/rpc.h"

size_t memory_total(void);    /* the cap, or when there is none the machine's memory */
size_t memory_resident(void); /* bytes of this process in memory now, and at most */
size_t memory_peak(void);
/* total, free, used, real_used, max_used, fragments. */
void memory_put_pool(struct rpc_node *s);
