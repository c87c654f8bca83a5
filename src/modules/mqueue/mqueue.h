/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the module share. */
#pragma once
#include "module/module.h"
#include <pthread.h>
#include <stdatomic.h>

struct queue;
extern struct mqueue_self {
    struct module_slot slot;
    unsigned run_slot;              /* what a run has fetched */
    _Atomic(struct queue *) queues; /* newest first; none is removed before the end */
    bool loaded;                    /* of the first worker: from the database */
} mqueue_self;
