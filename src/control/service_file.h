/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening what a service listens on; for the control floor itself. */
#pragma once
#include "control/service.h"

/* A non-blocking descriptor: listening, bound, or the FIFO. */
err_t service_open_fd(const struct service_spec *spec, int *fd, struct buf *why) MUST_USE;
