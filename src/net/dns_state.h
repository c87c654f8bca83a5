/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the resolver share. */
#pragma once
#include "base/obj.h"
#include "net/dns.h"

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_NAPTR = 35,
};

struct dns_record {
    enum dns_type type;
    struct addr addr;                  /* A, AAAA; port 0 */
    uint16_t priority, weight, port;   /* SRV; NAPTR: order, preference */
    struct str target;                 /* SRV, CNAME, PTR; NAPTR: replacement; TXT: the text */
    struct str flags, service, regexp; /* NAPTR */
};

/* What is known of a name and type. Immutable once made; an obj. */
struct dns_answer {
    err_t result;       /* ERR_OK, ERR_NOT_FOUND, or why asking failed */
    int64_t ttl_ms;     /* from the records, or of the absence; negative: not told */
    int64_t expires_ms; /* clock_ms */
    struct dns_record *records;
    size_t n;
    struct arena arena;
};
struct dns_answer *dns_answer_new(err_t result);

/* dns_wire.c: reads a reply (RFC 1035, 4.1). ERR_SYNTAX. */
err_t dns_read_reply(struct str reply, enum dns_type type, struct dns_answer *out) MUST_USE;

/* Asks the network; suspends. Always gives an answer, possibly one that tells of a failure. */
struct dns_answer *dns_ask(struct str name, enum dns_type type); /* dns_ares.c */
/* Another source than the network, for tests; NULL: the network again. */
void dns_set_source(struct dns_answer *(*ask)(struct str name, enum dns_type type));
err_t dns_ares_worker_begin(void);

/* dns.c: through the cache; suspends unless known. The caller drops the answer. */
struct dns_answer *dns_get(struct str name, enum dns_type type);
const struct dns_conf *dns_conf(void);

/* dns_hosts.c: addresses from /etc/hosts; ERR_NOT_FOUND: the name is not there. At most `max`. */
err_t dns_hosts_find(struct str name, struct addr *out, size_t max, size_t *n) MUST_USE;
void dns_hosts_use(const char *path); /* for tests */
void dns_hosts_end(void);
