/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of names: answers of name servers until their time is over, absences included, and
 * records an operator put in by hand. Of the whole process; any thread; nothing here suspends but
 * dns_get.
 */
#pragma once
#include "base/net_addr.h"
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
    DNS_EBL = 65300, /* in the language of control requests only; nothing asks for it */
};
/* The type of a name such as "SRV"; false: there is none. */
bool dns_type_of(struct str name, enum dns_type *out);
const char *dns_type_name(enum dns_type type); /* "UNKNOWN" */

struct dns_record {
    enum dns_type type;
    struct addr addr;                  /* A, AAAA; port 0 */
    uint16_t priority, weight, port;   /* SRV; NAPTR: order, preference */
    struct str target;                 /* SRV, CNAME, PTR; NAPTR: replacement; TXT: the text */
    struct str flags, service, regexp; /* NAPTR */
};

/* What is known of a name and type. Immutable once made; an obj. */
struct dns_answer {
    err_t result;   /* ERR_OK, ERR_NOT_FOUND, or why asking failed */
    int64_t ttl_ms; /* from the records, or of the absence; negative: not told */
    bool permanent; /* put in by hand, for good */
    struct dns_record *records;
    size_t n;
    struct arena arena;
};
struct dns_answer *dns_answer_new(err_t result);

/* A reference to the answer; NULL: not known, or no longer. With `stale` one whose time is over
 * will do, if it has records. */
struct dns_answer *dns_cache_find(struct str name, enum dns_type type, bool stale) MUST_USE;
/* Through the cache, else from the network: suspends. Always an answer, the caller's to drop. */
struct dns_answer *dns_get(struct str name, enum dns_type type) MUST_USE;

/* Keeps what a name server said; at the limit of memory less useful answers go, or this one is not
 * kept (dns_cache_del_nonexp). An answer that is still valid stays or goes by dns_cache_rec_pref.
 */
void dns_cache_keep(struct str name, enum dns_type type, const struct dns_answer *a);
/* No server answered: an answer whose time is over is valid a while longer (RFC 8767). A reference;
 * NULL: there is none. */
struct dns_answer *dns_cache_revive(struct str name, enum dns_type type) MUST_USE;

/* By hand: one more record of a name, for that long or for good. */
struct dns_manual {
    struct str name;
    struct dns_record record; /* type, and what belongs to it */
    int64_t ttl_ms;
    bool permanent;
    bool absent; /* instead: there is no such record */
};
void dns_cache_put(const struct dns_manual *m);
/* Any value that is given; false: there was none. */
bool dns_cache_delete(struct str name, enum dns_type type);
void dns_cache_clear(bool permanent_too);
/* Throws away what was over long ago. */
void dns_cache_clean(void);

struct dns_entry {
    struct str name;
    enum dns_type type;
    const struct dns_answer *answer;
    size_t bytes;
    unsigned references;
    int64_t expires_s, used_s; /* from now; since it was last used */
};
/* Calls fn for each; it must not call back into the cache. */
void dns_cache_each(void (*fn)(const struct dns_entry *e, void *arg), void *arg);
size_t dns_cache_bytes(void);
size_t dns_cache_limit(void);

/* dns_begin and dns_end call these. */
void dns_cache_begin(void);
void dns_cache_end(void);
