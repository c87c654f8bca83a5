/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests that come in on SIP ports (packet.http): who deals with them, and the reply. */
#pragma once
#include "core/call.h"

/* Serves HTTP with `fn` (xhttp, at its start). It runs for each request, read into c->msg (whose
 * `version` is "HTTP/1.1"), on a coroutine of its own. What it leaves unanswered without having
 * returned true gets 404. */
void http_serve(bool (*fn)(struct call *c));

/* Sends a reply along the connection by which the request came, and marks the call as replied. What
 * the script added with append_to_reply() goes with it. `type` may be empty where there is no body.
 * Does not suspend. */
err_t http_reply(struct call *c, unsigned status, struct str reason, struct str type,
                 struct str body) MUST_USE;
