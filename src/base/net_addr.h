/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport addresses: protocol, IP address and port; compared, hashed, read and written. */
#pragma once
#include "base/buf.h"
#include <netinet/in.h>
#include <sys/socket.h>

enum proto {
    PROTO_NONE,
    PROTO_UDP,
    PROTO_TCP,
    PROTO_TLS,
    PROTO_SCTP,
    PROTO_WS,
    PROTO_WSS,
    PROTO_COUNT
};

struct addr { /* an address and port; family 0 means none */
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
};

/* "udp", "tcp", …; proto_of reads either case, PROTO_NONE for an unknown name. */
struct str proto_name(enum proto p);     /* lower case, as in URIs and listen lines */
struct str proto_via_name(enum proto p); /* upper case, as in Via */
enum proto proto_of(struct str name);
bool proto_is_stream(enum proto p);
uint16_t proto_default_port(enum proto p); /* 5060, or 5061 for TLS and WSS */

bool addr_is_set(const struct addr *a);
bool addr_eq(const struct addr *a, const struct addr *b); /* address and port */
bool addr_ip_eq(const struct addr *a,
                const struct addr *b); /* address only; ::ffff:a.b.c.d is a.b.c.d */
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
socklen_t addr_len(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
bool addr_is_any(const struct addr *a);
/* Reads a numeric address, with or without brackets round IPv6; no names. */
err_t addr_parse(struct str host, uint16_t port, struct addr *out) MUST_USE;
/* Writes the IP address; `brackets` puts IPv6 in [ ]. */
/* How IPv6 addresses are written everywhere: as RFC 5952 has it, or with all eight groups. */
enum addr_style { ADDR_COMPACT, ADDR_WHOLE_LOWER, ADDR_WHOLE_UPPER };
void addr_set_style(enum addr_style style);
void addr_print_ip(struct buf *b, const struct addr *a, bool brackets);
void addr_print(struct buf *b, const struct addr *a); /* with port, IPv6 in brackets */
uint64_t addr_hash(const struct addr *a);

/* Address ranges, "10.0.0.0/8" or a single address. */
struct addr_range {
    struct addr base;
    unsigned bits;
};
err_t addr_range_parse(struct str text, struct addr_range *out) MUST_USE;
bool addr_range_has(const struct addr_range *r, const struct addr *a);
