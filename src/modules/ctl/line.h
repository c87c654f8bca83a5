/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The old line protocol. A request is ":method:reply_file", its arguments one per line, and an
 * empty line. The answer ("200 OK" or "code reason", then a value per line) goes into the FIFO
 * named reply_file in /tmp, or back along the socket when the name is empty.
 */
#pragma once
#include "control/service.h"

extern const struct service_protocol line_protocol;
