/* SPDX-License-Identifier: BSD-2-Clause */
/* Session descriptions (RFC 8866), walked line by line or as session and media. */
#pragma once
#include "base/arena.h"

struct sdp_line {
    char type;        /* the letter before '=' */
    struct str value; /* without the line end */
    struct str all;   /* with it */
};
/* The next line from the front of *text; empty lines are skipped. False at the end and at a line
 * that has no "x=" form (then *text begins there). */
bool sdp_next(struct str *text, struct sdp_line *line);

struct sdp_media {
    struct str all;          /* from "m=" to the last line of this media */
    struct str media, proto; /* "audio", "RTP/AVP" */
    struct str formats;      /* "0 8 101" */
    struct str port_text;
    uint32_t port, n_ports; /* 0: refused; n_ports 1 unless "port/n" */
    struct str connection;  /* address of its own c= line, else of the session's; may be STR_NONE */
    struct str attributes;  /* the lines behind m=, for sdp_attribute */
};
struct sdp {
    struct str version, origin, session_name;
    struct str session_id, session_version, origin_address; /* of origin */
    struct str connection;                                  /* address of the session's c= line */
    struct str attributes;   /* the session's lines, for sdp_attribute */
    struct sdp_media *media; /* in the arena */
    size_t n_media;
};
enum { SDP_MEDIA_MAX = 64 };

/* ERR_SYNTAX: no "v=" first, or a malformed o=, c= or m= line; ERR_LIMIT: SDP_MEDIA_MAX. */
err_t sdp_parse(struct str text, struct arena *arena, struct sdp *out) MUST_USE;
/* The value of the first "a=name" ("" for a flag) or "a=name:value" among `lines`, else STR_NONE.
 */
struct str sdp_attribute(struct str lines, struct str name);
/* "sendrecv", "sendonly", "recvonly" or "inactive": the media's, else the session's, else the
 * first. */
struct str sdp_direction(const struct sdp *s, const struct sdp_media *m);
