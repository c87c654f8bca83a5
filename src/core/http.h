/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP requests that come in on SIP ports (packet.http): who deals with them, and the reply. */
#pragma once
#include "core/call.h"

/* What a module fills in at its start (xhttp). */
struct http_upcalls {
    /* A request was read into c->msg (its `version` is "HTTP/1.1"); on a coroutine of its own, may
     * suspend. True: it was dealt with; false: answer 404. NULL: nobody serves HTTP. */
    bool (*request)(struct call *c);
};
extern struct http_upcalls http_upcalls;

/* For the receiving side of the core: hands a request to the upcall, on this coroutine. What nobody
 * wants is answered 404. */
void http_received(struct call *c);

/* Sends a reply along the connection by which the request came, and marks the call as replied.
 * `headers` are further lines with their line ends, or empty; `type` may be empty when there is no
 * body. Does not suspend. */
err_t http_reply(struct call *c, unsigned status, struct str reason, struct str type,
                 struct str headers, struct str body) MUST_USE;
