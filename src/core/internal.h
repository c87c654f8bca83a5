/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of this folder. */
#pragma once
#include "core/send.h"

#define AREA "core"

/* Where a request really came from, as its first Via is to say: nothing when it says so already. */
struct source {
    struct str received; /* STR_NONE: leave it */
    uint16_t rport;      /* 0: leave it */
    bool force_rport;
};
struct source source_of(const struct call *c, const struct via *top, char space[static 64]);

/* A buffer of this thread for building one message; several may be out at a time. */
struct buf *scratch_take(void);
void scratch_give(struct buf *b);
void scratch_worker_stop(void);

/* The fields of an XAVP as parameters of a Via, each with its ';'; nothing when there is none. */
void send_via_params(const struct call *c, struct str xavp, struct buf *b);
