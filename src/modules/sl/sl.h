/* SPDX-License-Identifier: BSD-2-Clause */
/* For other modules (with "sl" in their .needs): replying to a request. */
#pragma once
#include "core/call.h"

/* By the request's transaction when there is one, else without; counted by sl. Suspends. */
err_t sl_respond(struct call *c, unsigned status, struct str reason) MUST_USE;
