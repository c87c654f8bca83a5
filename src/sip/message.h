/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SIP message, parsed once into slices over the received bytes. The first pass finds the start
 * line, every header's name and body, and the message body; headers are read further on demand by
 * the msg_* functions, which remember what they found. Nothing is copied.
 */
#pragma once
#include "base/arena.h"
#include "base/net_addr.h"
#include "sip/address.h"
#include "sip/header.h"
#include "sip/method.h"
#include "sip/uri.h"
#include "sip/via.h"

/* Limits that untrusted input meets here. */
struct msg_limits {
    size_t bytes;   /* of the whole message: 65535 */
    size_t headers; /* 256 */
    size_t line;    /* of one header, folded lines included: 16384 */
};
extern const struct msg_limits msg_default_limits;
enum { MSG_VALUES_MAX = 256 }; /* values of one kind of header that are read (ERR_LIMIT) */

struct header {
    enum header_id id;
    struct str name;    /* as received, possibly compact */
    struct str body;    /* trimmed; may hold folded lines */
    struct str all;     /* from the first byte of the name to behind its line end */
    uint16_t next_same; /* index of the next header with the same id; 0: none (0 is the first) */
};

struct msg {
    struct str raw; /* the whole message, start line to end of body */
    bool request;
    struct str first_line; /* with its line end */
    /* requests */
    enum sip_method method;
    struct str method_name;
    struct str uri; /* the Request-URI as received */
    /* replies */
    unsigned status;
    struct str reason;
    struct str version; /* "SIP/2.0", or "HTTP/1.1" on the HTTP face of a SIP port */

    struct header *headers;
    size_t n_headers;
    uint16_t first_of[HEADER_ID_COUNT]; /* index + 1 of the first header of each known id */
    uint16_t last_of[HEADER_ID_COUNT];
    struct str head; /* start line and headers, with the empty line */
    struct str body; /* after the empty line, cut to Content-Length when that is smaller */

    /* What on-demand reading remembers; use the functions below. */
    struct msg_cache *cache;
    struct arena *arena;
};

/*
 * Reads a datagram or framed message. Empty lines before it are skipped (out->raw begins behind
 * them). Looks at the form of start line and headers, at Content-Length, and, for SIP, at the first
 * Via and CSeq; the rest is sip/validate.h's. `raw` must stay valid and unchanged as long as the
 * message; everything else goes to `arena`. ERR_SYNTAX: not SIP; ERR_LIMIT: a limit of `limits`.
 * When a request can still be answered (its Via, From, To, Call-ID and CSeq could be found), `*out`
 * is filled as far as possible even on failure, and `why` (may be NULL) says what is wrong in words
 * fit for a reason phrase, e.g. "Bad CSeq".
 */
err_t msg_parse(struct str raw, const struct msg_limits *limits, struct arena *arena,
                struct msg *out, struct str *why) MUST_USE;

/* A copy that lives in `arena`, its text too; nothing read on demand is taken over. */
void msg_clone(const struct msg *m, struct arena *arena, struct msg *out);

/* Headers by id, first to last; NULL when there is none (left). */
const struct header *msg_header(const struct msg *m, enum header_id id);
const struct header *msg_header_next(const struct msg *m, const struct header *h);
/* By any name, case-insensitive, compact form found too. */
const struct header *msg_header_named(const struct msg *m, struct str name);
const struct header *msg_header_named_next(const struct msg *m, const struct header *h,
                                           struct str name);

/* Read on demand; the result lives as long as the message. NULL when missing or malformed (`*e`,
 * may be NULL, tells which: ERR_NOT_FOUND or the reader's error). */
const struct via *msg_via(struct msg *m, size_t nth, err_t *e); /* counts values, not headers */
const struct address *msg_from(struct msg *m, err_t *e);
const struct address *msg_to(struct msg *m, err_t *e);
const struct uri *msg_ruri(struct msg *m, err_t *e);
const struct cseq *msg_cseq(struct msg *m, err_t *e);
struct str msg_call_id(const struct msg *m); /* STR_NONE when missing */
struct str msg_from_tag(struct msg *m);      /* STR_NONE when missing */
struct str msg_to_tag(struct msg *m);
int64_t msg_content_length(const struct msg *m); /* -1: none, -2: malformed */
int64_t msg_max_forwards(const struct msg *m);   /* likewise */
int64_t msg_expires(const struct msg *m);        /* likewise */
/* All values of all headers of a kind that hold addresses (Contact, Route, Record-Route, …) in
 * order; "*" as Contact gives one address with `star` set. */
err_t msg_addresses(struct msg *m, enum header_id id, const struct address **values, size_t *n);

/*
 * Finds Call-ID in bytes that were not parsed yet, for choosing the home worker. A few hundred
 * nanoseconds; STR_NONE when there is none.
 */
struct str msg_scan_call_id(struct str raw);
