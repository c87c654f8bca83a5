/* SPDX-License-Identifier: BSD-2-Clause */
/* What messages say of session timers (RFC 4028 3, 4, 5). */
#pragma once
#include "sip/message.h"

enum { SST_NONE = -1, SST_MALFORMED = -2, SST_LEAST_S = 90 };

struct sst_info {
    int64_t interval; /* Session-Expires in seconds; SST_NONE, SST_MALFORMED */
    int64_t least;    /* Min-SE, likewise */
    bool supported;   /* Supported or Require has "timer" */
};
void sst_read(struct msg *m, struct sst_info *out);
