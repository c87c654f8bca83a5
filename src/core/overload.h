/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Overload of a worker, and what share of new requests it refuses because of it (RFC 7339 calls
 * that the control algorithm of a server). The measure is how long messages have waited when their
 * turn comes: a burst is worked off and leaves the least wait of an interval near zero, a load that
 * is too high does not. See docs/adr/0013.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct overload {
    int64_t since_us; /* begin of the interval; 0: none yet */
    int64_t least_us; /* the least wait in it */
    uint64_t dropped; /* what the kernel had dropped at its begin */
    unsigned messages;
    unsigned late;     /* intervals without a short wait, up to now */
    unsigned admitted; /* share of new requests that pass, of OVERLOAD_ALL; 0: not begun */
};
enum { OVERLOAD_ALL = 4096 };

/* A message whose turn came at `now_us`, after it had waited for `waited_us`; `dropped` counts the
 * datagrams that found the receive queues full, ever. `target_us`: a wait that is no overload. */
void overload_note(struct overload *o, int64_t now_us, int64_t waited_us, uint64_t dropped,
                   int64_t target_us);
/* The state of this worker. */
struct overload *overload_here(void);

/* Whether the new requests of this call are to be refused. The same ones for some seconds, so that
 * a caller who was asked for credentials comes through, and others after that. */
bool overload_refuses(const struct overload *o, int64_t now_us, uint64_t call_hash);
