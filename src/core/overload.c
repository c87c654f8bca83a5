/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/overload.h"
#include "base/log.h"

enum {
    INTERVAL_US = 100000,
    MESSAGES_MIN = 10,      /* an interval lasts until it has seen as many */
    LOST_IS_MANY = 16,      /* one for as many messages that came through */
    WAIT_MAX_US = 10000000, /* more is a clock that was set */
    LEAST = OVERLOAD_ALL / 64,
    RAISE = OVERLOAD_ALL / 64,
    SAME_ONES_US = 16000000,
};

static _Thread_local struct {
    struct overload overload;
} self;

struct overload *overload_here(void)
{
    return &self.overload;
}

static void begin(struct overload *o, int64_t now_us, uint64_t dropped)
{
    o->since_us = now_us;
    o->least_us = INT64_MAX;
    o->dropped = dropped;
    o->messages = 0;
}

static void tell(const struct overload *o, uint64_t lost)
{
    log_warn("core",
             "overload: messages wait at least %lld ms for their turn, %llu were lost; part of the "
             "new requests is answered 503",
             (long long)o->least_us / 1000, (unsigned long long)lost);
}

/* By an eighth, or half of the share that was lost. */
static void lower(struct overload *o, uint64_t lost)
{
    uint64_t less = o->admitted / 8, half = o->admitted * lost / (lost + o->messages) / 2;

    if (o->admitted == OVERLOAD_ALL)
        tell(o, lost);
    o->admitted -= (unsigned)(half > less ? half : less);
    if (o->admitted < LEAST)
        o->admitted = LEAST;
}

/* By the time that passed, which may be long after the last message of a busy hour. */
static void raise(struct overload *o, int64_t passed_us)
{
    int64_t admitted = o->admitted + RAISE * (passed_us / INTERVAL_US);

    if (admitted >= OVERLOAD_ALL && o->admitted < OVERLOAD_ALL)
        log_notice("core", "overload is over");
    o->admitted = admitted > OVERLOAD_ALL ? OVERLOAD_ALL : (unsigned)admitted;
}

void overload_note(struct overload *o, int64_t now_us, int64_t waited_us, uint64_t dropped,
                   int64_t target_us)
{
    uint64_t lost;

    if (o->admitted == 0) {
        o->admitted = OVERLOAD_ALL;
        begin(o, now_us, dropped);
    }
    if (waited_us < 0 || waited_us > WAIT_MAX_US)
        waited_us = 0;
    if (waited_us < o->least_us)
        o->least_us = waited_us;
    o->messages++;
    if (now_us - o->since_us < INTERVAL_US || o->messages < MESSAGES_MIN)
        return;
    lost = dropped - o->dropped;
    o->late = o->least_us > target_us ? o->late + 1 : 0;
    if (o->late > 1 || lost * LOST_IS_MANY > o->messages)
        lower(o, lost);
    else if (o->late == 0)
        raise(o, now_us - o->since_us);
    begin(o, now_us, dropped);
}

bool overload_refuses(const struct overload *o, int64_t now_us, uint64_t call_hash)
{
    uint64_t of_now = (call_hash ^ (uint64_t)(now_us / SAME_ONES_US)) * 0x9E3779B97F4A7C15u;

    return o->admitted && (of_now >> 32) % OVERLOAD_ALL >= o->admitted;
}
