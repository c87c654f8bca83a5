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
    bool first_only;   /* nothing is asked for beyond the first target */
};

/*
 * All targets in the order to be tried, in `a`; at least one on success. Suspends, unless the host
 * is numeric or everything is in the cache or in /etc/hosts.
 * ERR_NOT_FOUND: no such name; ERR_TIMEOUT: no server answered; ERR_CANCELED.
 */
err_t dns_resolve(const struct dns_query *q, struct arena *a, struct dns_target **out,
                  size_t *n) MUST_USE;

enum { DNS_ONLY_IPV4 = 1, DNS_ONLY_IPV6 = 2, DNS_PREFER_IPV6 = 4 };
/* Which answer stays when there is one for the name already. */
enum dns_rec_pref { DNS_PREF_ANY, DNS_PREF_OLD, DNS_PREF_NEW, DNS_PREF_LONGER };

struct dns_conf {
    bool try_ipv6, try_naptr, use_cache, srv_balance, use_search;
    bool fail_over;         /* hand all targets to who sends, not only the first */
    bool preferences_first; /* protocols in our order whatever the order of NAPTR records */
    bool delete_unexpired;  /* at the limit of memory, what was not used for longest goes */
    unsigned flags;         /* DNS_ONLY_IPV4 … */
    int record_preference;  /* enum dns_rec_pref */
    int udp_preference, tcp_preference, tls_preference, sctp_preference; /* negative: never */
    int64_t retry_ms; /* of one try to one server; 0: the resolver's default */
    int tries;        /* 0: the resolver's default */
    int servers_max;  /* of resolv.conf; 0: all */
    int64_t slow_ms;  /* a query that takes longer is logged and counted; 0: none is */
    int64_t negative_ttl_ms, max_ttl_ms, min_ttl_ms;
    int64_t clean_ms;   /* between two clean-ups of the cache */
    int64_t renewal;    /* another number: read resolv.conf again */
    size_t cache_bytes; /* 0: nothing is kept */
    struct str servers; /* "127.0.0.1:5353 [::1]:53"; STR_NONE: those of /etc/resolv.conf */
};
extern const struct dns_conf dns_default_conf;
/* Takes new settings, at once; any thread. What is being asked is answered by the old servers. */
void dns_configure(const struct dns_conf *conf);
bool dns_fails_over(void);
/* Addresses separated by spaces or commas, in the form c-ares reads: with commas and ports.
 * ERR_SYNTAX. */
err_t dns_read_servers(struct str text, struct arena *a, struct str *out) MUST_USE;

/* net_begin, net_worker_begin and net_end call these. */
void dns_stats_register(void);
void dns_begin(void);
err_t dns_worker_begin(void) MUST_USE;
void dns_end(void);

/* Any record of a name, "A 192.0.2.1", one line each, into `out`; for tools. Suspends. */
err_t dns_lookup(struct str name, struct str type, struct buf *out) MUST_USE;
/* While off, no name server is asked: what is in the cache is used, its time over or not. */
void dns_set_asking(bool on);
bool dns_is_asking(void);
