/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics of group "core": what came in and what became of it. */
#pragma once
#include "base/stat.h"
#include "sip/message.h"

enum core_stat {
    CORE_DROP_REQUESTS,
    CORE_DROP_REPLIES,
    CORE_ERR_REQUESTS,
    CORE_ERR_REPLIES,
    CORE_FWD_REQUESTS,
    CORE_FWD_REPLIES,
    CORE_BAD_URIS,
    CORE_BAD_HEADERS,
    CORE_UNSUPPORTED_METHODS,
    CORE_BAD_REQUESTS, /* malformed, answered */
    CORE_BAD_MESSAGES, /* malformed, thrown away */
    CORE_OVERSIZE,
    CORE_BAD_VERSION,
    CORE_CAP_REQUESTS,      /* answered 503 at the memory cap */
    CORE_OVERLOAD_REQUESTS, /* answered 503 because messages waited too long */
    CORE_REPEATED,          /* copies of a message whose script was still waiting */
    CORE_QUEUED,            /* waited behind a suspended script of their call */
    CORE_QUEUE_FULL,
    CORE_STAT_FIRST_COUNTED
};
/* Makes the table known; at start, and harmless when repeated. */
void core_stats_register(void);
void core_stat(enum core_stat which);
/* Counts a message that was received. */
void core_stat_received(struct msg *m);
