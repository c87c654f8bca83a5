/* SPDX-License-Identifier: BSD-2-Clause */
/* SIP, SIPS and TEL URIs (RFC 3261, 19.1; RFC 3966). Slices point into the text that was read. */
#pragma once
#include "base/net_addr.h"

enum uri_scheme { URI_SIP, URI_SIPS, URI_TEL, URI_TELS, URI_URN, URI_OTHER };

struct uri {
    enum uri_scheme scheme;
    struct str text; /* all of it */
    struct str scheme_name;
    struct str user; /* without password; for tel the number; STR_NONE when there is none */
    struct str password;
    struct str host; /* IPv6 in brackets as written */
    struct str port_text;
    uint16_t port;      /* 0: not given */
    struct str params;  /* all, without the first ';' */
    struct str headers; /* without '?' */
    /* parameters that routing needs, found on the way; n > 0 or p != NULL when present */
    struct str transport, maddr, user_param, method, ttl, lr, r2, gr, ob, alias;
    bool has_lr, has_r2, has_gr, has_ob;
};

/* Parameters, and headers, of one URI: comparing takes time that grows with the square. */
enum { URI_PARTS_MAX = 128 };
/* The whole of `in` must be one URI. ERR_SYNTAX; ERR_LIMIT: URI_PARTS_MAX; ERR_UNSUPPORTED never:
 * other schemes are read as URI_OTHER with only scheme_name and text set. */
err_t uri_parse(struct str in, struct uri *out) MUST_USE;
/* A parameter by name (case-insensitive): its value ("" when it has none), STR_NONE if missing. */
struct str uri_param(const struct uri *u, struct str name);
enum proto
uri_proto(const struct uri *u);         /* from transport=, TLS for sips; PROTO_NONE if not said */
uint16_t uri_port(const struct uri *u); /* given, or the default of its protocol */
/* Comparison of RFC 3261, 19.1.4. */
bool uri_equal(const struct uri *a, const struct uri *b);
/* Unescapes %HH into `out`, which has room for in.n bytes; escapes what a user part may not hold.
 */
err_t uri_unescape(struct str in, char *out, size_t *n) MUST_USE;
void uri_escape_user(struct buf *b, struct str user);
/* A URI with other parts: what is not among them stays as it is in `u`. A tel URI that gets a host
 * becomes a SIP URI (RFC 3261, 19.1.6). */
struct uri_parts {
    struct str user, password, host, port, params, headers;
};
struct uri_parts uri_parts_of(const struct uri *u);
void uri_write(struct buf *b, const struct uri *u, const struct uri_parts *p);
void uri_escape_param(struct buf *b, struct str value);
