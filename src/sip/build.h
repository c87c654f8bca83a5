/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes whole messages into a buffer. "Lines" are complete header lines with their line ends;
 * STR_NONE leaves a part out. Nothing here looks at what a caller's text says: line ends in a value
 * are the caller's to keep out.
 */
#pragma once
#include "sip/message.h"

struct reply_parts {
    unsigned status;
    struct str reason;     /* STR_NONE: the usual phrase of the status */
    struct str to_tag;     /* put on To when that has none and status is not 100 */
    struct str received;   /* where the request came from, for the first Via (RFC 3261, 18.2.1) */
    uint16_t rport;        /* likewise (RFC 3581); 0: leave it */
    bool force_rport;      /* answer with rport though the Via did not ask */
    struct str via_params; /* put behind the first Via value, each with its ';' */
    struct str lines;      /* further headers */
    struct str content_type, body;
};
/*
 * A reply to a request (RFC 3261, 8.2.6): Via, From, To, Call-ID and CSeq of the request, its
 * Record-Route when a 101 … 299 forms a dialog (12.1.1), its Timestamp in a 100.
 */
void build_reply(struct buf *b, struct msg *request, const struct reply_parts *parts);

/* The ACK of a negative final reply to `invite`, which is the INVITE as it was sent (17.1.1.3). */
void build_ack(struct buf *b, struct msg *invite, struct msg *reply);
/* The CANCEL of an INVITE as it was sent (9.1); `lines`: further headers, such as Reason. */
void build_cancel(struct buf *b, struct msg *invite, struct str lines);

struct request_parts {
    struct str method, uri;
    struct str via;      /* value, with branch */
    struct str from, to; /* values, with tags */
    struct str call_id;
    uint32_t cseq;
    unsigned max_forwards; /* 0: 70 */
    struct str contact;    /* value */
    struct str lines;      /* further headers, Route among them */
    struct str content_type, body;
};
void build_request(struct buf *b, const struct request_parts *parts);

/* The reason phrase that RFCs give a status; that of its class for one without. */
struct str reason_of(unsigned status);

/* A To tag for stateless replies: the same for a request and its retransmissions (8.2.7), and
 * unguessable. 16 hexadecimal digits. */
enum { TO_TAG_LENGTH = 16 };
struct str to_tag_of(struct msg *request, char space[TO_TAG_LENGTH + 1]);
