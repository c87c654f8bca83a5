/* SPDX-License-Identifier: BSD-2-Clause */
/* Lets the kernel deliver datagrams to the home of their call. An improvement only: where it is not
 * possible, or guesses wrongly, the mailboxes carry. */
#pragma once
#include "base/err.h"

/* `fds` are the sockets of one address, by worker index, bound with SO_REUSEPORT. */
/* On a worker: only if a program is ready (ERR_STATE: none is); elsewhere it is made here and now.
 */
err_t steer_attach(const int *fds, unsigned n) MUST_USE;
void steer_end(void);
