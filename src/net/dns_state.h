/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the resolver share. */
#pragma once
#include "base/stat.h"
#include "net/dns_cache.h"

/* dns_wire.c: reads a reply (RFC 1035, 4.1). ERR_SYNTAX. */
err_t dns_read_reply(struct str reply, enum dns_type type, struct dns_answer *out) MUST_USE;

/* Asks the network; suspends. Always gives an answer, possibly one that tells of a failure. */
struct dns_answer *dns_ask(struct str name, enum dns_type type); /* dns_ares.c */
/* Another source than the network, for tests; NULL: the network again. */
void dns_set_source(struct dns_answer *(*ask)(struct str name, enum dns_type type));
err_t dns_ares_worker_begin(void);
/* Workers open their channels to the name servers anew before they ask again. Any thread. */
void dns_ares_renew(void);

const struct dns_conf *dns_conf(void);

enum dns_stat {
    DNS_FAILED,
    DNS_SLOW,
    DNS_HITS,
    DNS_ABSENT_HITS,
    DNS_STALE_HITS,
    DNS_MISSES,
    DNS_EVICTED,
};
void dns_stat(enum dns_stat which);

/* dns_hosts.c: addresses from /etc/hosts; ERR_NOT_FOUND: the name is not there. At most `max`. */
err_t dns_hosts_find(struct str name, struct addr *out, size_t max, size_t *n) MUST_USE;
void dns_hosts_use(const char *path); /* for tests */
void dns_hosts_end(void);
