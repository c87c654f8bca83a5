/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON texts one after the other, in a FIFO or on a stream. */
#pragma once
#include "base/arena.h"

/* How long the first text is, with the blanks before it: 0: not yet whole; -1: no JSON object or
 * array stands there. */
int64_t jsonrpc_frame(struct str bytes);
/* The member "reply_name" of a request, in `a`; STR_NONE. */
struct str jsonrpc_reply_name(struct str text, struct arena *a);
