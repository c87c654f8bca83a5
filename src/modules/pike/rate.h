/* SPDX-License-Identifier: BSD-2-Clause */
/* How often each IP address sends: the present unit of time and the one before. */
#pragma once
#include "base/net_addr.h"
#include "base/obj.h"

enum rate_state { RATE_COLD, RATE_NEW_HOT, RATE_HOT };

struct rate_limits {
    int64_t unit_ms;   /* of time in which hits are counted */
    int64_t hits;      /* this many in a unit, or on average in two, are too many */
    int64_t forget_ms; /* an address is forgotten after that long without a hit */
};

struct rates;
struct rates *rates_new(void);
void rates_free(struct rates *r);
/* Counts a hit at `now_ms` and tells what the address is now. */
enum rate_state rates_hit(struct rates *r, const struct addr *from, const struct rate_limits *l,
                          int64_t now_ms);
/* Forgets who has been silent; returns how many. */
size_t rates_forget(struct rates *r, int64_t now_ms);

struct rate_row {
    struct str ip; /* valid during the call */
    int64_t before, now, expires_s;
    bool hot;
};
void rates_each(struct rates *r, const struct rate_limits *l, int64_t now_ms,
                void (*fn)(const struct rate_row *row, void *arg), void *arg);
