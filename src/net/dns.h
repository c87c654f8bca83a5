/* SPDX-License-Identifier: BSD-2-Clause */
/* From a host name to addresses (RFC 3263): NAPTR, SRV, AAAA and A, through our own cache. */
#pragma once
#include "base/arena.h"
#include "base/net_addr.h"

struct dns_target {
    enum proto proto;
    struct addr addr; /* with port */
};

/* What a next hop asks for. */
struct dns_query {
    struct str host;   /* name or numeric address, IPv6 with or without brackets */
    uint16_t port;     /* 0: not given */
    enum proto proto;  /* PROTO_NONE: not given */
    bool secure;       /* a sips URI */
    bool numeric_only; /* ERR_NOT_FOUND instead of asking the network */
};

/*
 * All targets in the order to be tried, in `a`; at least one on success. Suspends, unless the host
 * is numeric or everything is in the cache or in /etc/hosts.
 * ERR_NOT_FOUND: no such name; ERR_TIMEOUT: no server answered; ERR_CANCELED.
 */
err_t dns_resolve(const struct dns_query *q, struct arena *a, struct dns_target **out,
                  size_t *n) MUST_USE;

struct dns_conf {
    bool try_ipv6, try_naptr, use_cache, srv_balance, use_search;
    int udp_preference, tcp_preference, tls_preference, sctp_preference;
    int64_t retry_ms; /* of one try to one server; 0: the resolver's default */
    int tries;        /* 0: the resolver's default */
    int64_t negative_ttl_ms, max_ttl_ms, min_ttl_ms;
    size_t cache_entries;
    struct str servers; /* "127.0.0.1:5353,[::1]:53"; STR_NONE: those of /etc/resolv.conf */
};
extern const struct dns_conf dns_default_conf;
void dns_configure(const struct dns_conf *conf);
/* net_begin, net_worker_begin and net_end call these. The servers, tries and times to wait are
 * those in force when a worker begins; everything else follows dns_configure at once. */
void dns_begin(void);
err_t dns_worker_begin(void) MUST_USE;
void dns_end(void);

/* Any record of a name, "A 192.0.2.1", one line each, into `out`; for tools. Suspends. */
err_t dns_lookup(struct str name, struct str type, struct buf *out) MUST_USE;
void dns_cache_flush(void);
