/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The old line protocol. A request is ":method:reply_file", its arguments one per line, and an
 * empty line. The answer ("200 OK" or "code reason", then a value per line) goes into the FIFO
 * named reply_file in /tmp, or back along the socket when the name is empty.
 */
#pragma once
#include "control/service.h"

extern const struct service_protocol line_protocol;
/* For tests: the answer to one request; *reply_file is what it names. */
void line_run(struct str request, struct arena *a, struct buf *out, struct str *reply_file);
