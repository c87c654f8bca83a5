/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destinations that failed lately. While one is listed, requests avoid it: fail-over goes past it,
 * and a request that has no other destination fails at once instead of after a time-out. Of the
 * whole process; any thread, no function suspends.
 */
#pragma once
#include "base/net_addr.h"

enum block_reason { /* bits, as configurations write them */
                    BLOCKED_SEND = 0x02,
                    BLOCKED_CONNECT = 0x04,
                    BLOCKED_ICMP = 0x08,
                    BLOCKED_TIMEOUT = 0x10,
                    BLOCKED_503 = 0x20,
                    BLOCKED_BY_HAND = 0x40,
                    BLOCKED_ANY = 0xff,
};

struct blocklist_conf {
    bool use;
    size_t bytes; /* all entries may take */
    int64_t expire_ms, clean_ms;
    uint8_t ignored[PROTO_COUNT]; /* reasons that do not count, by protocol */
};
extern const struct blocklist_conf blocklist_default_conf;
void blocklist_configure(const struct blocklist_conf *conf);
bool blocklist_is_used(void);

/* Whether requests avoid the address; always false while the list is not used. */
bool blocklist_has(enum proto proto, const struct addr *a);
/* Lists it for `ms` (0: dst_blocklist_expire); longer when it is there already. `tolerated`:
 * reasons that do not count for who reports it. False: it was not listed. */
bool blocklist_add(enum proto proto, const struct addr *a, unsigned reason, unsigned tolerated,
                   int64_t ms);
bool blocklist_remove(enum proto proto, const struct addr *a); /* false: it was not there */
void blocklist_clear(void);

struct blocked {
    enum proto proto; /* PROTO_NONE: any */
    struct addr addr; /* port 0: any */
    unsigned reasons;
    int64_t expires_ms; /* clock_ms */
};
/* fn must not call back into the list. */
void blocklist_each(void (*fn)(const struct blocked *b, void *arg), void *arg);
size_t blocklist_bytes(void);
size_t blocklist_limit(void);

/* net_begin and net_end call these. */
void blocklist_stats_register(void);
void blocklist_end(void);
