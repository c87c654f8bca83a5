/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to requests that came through a FIFO go into another one, which the client has made. */
#pragma once
#include "base/str.h"

/* Writes into the existing FIFO `name` of folder `dir`; a name with a slash is refused
 * (ERR_DENIED), as is what is not a FIFO. Waits a short while for the client to open it. Suspends.
 */
err_t reply_file_write(struct str dir, struct str name, struct str bytes) MUST_USE;
