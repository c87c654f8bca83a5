/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a received packet: parse, limits, the order of a call's messages, the script on a
 * coroutine, and what the core does when the script is done. See docs/adr/0010.
 */
#pragma once
#include "core/call.h"

/* For net_upcalls.received: takes the reference. On the home worker, on the loop's own stack. */
void receive_packet(struct packet *p);

/* Asked for each message before its script, on its coroutine; true: it is dealt with. Modules add
 * theirs at `start`; adding twice is harmless. */
void receive_add_filter(bool (*fn)(struct call *c));

struct receive_upcalls {
    /* An HTTP request on a SIP port (core/http.h); takes the reference. On the loop's own stack. */
    void (*http)(struct packet *p);
};
extern struct receive_upcalls receive_upcalls;

/* Before the workers start; and on each worker when it has stopped. */
void receive_begin(void);
void receive_worker_stop(void);
