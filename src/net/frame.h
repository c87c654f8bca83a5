/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in a stream of bytes: SIP by Content-Length (RFC 3261, 18.3), HTTP requests on the same
 * port, and the CR LF that keep connections alive (RFC 5626, 4.4.1). What is found does not depend
 * on how the bytes were cut into pieces.
 */
#pragma once
#include "base/str.h"

enum frame_kind {
    FRAME_MORE,      /* nothing complete yet */
    FRAME_MESSAGE,   /* a SIP message */
    FRAME_HTTP,      /* an HTTP request with its body */
    FRAME_PING,      /* CR LF CR LF between messages */
    FRAME_PONG,      /* a single CR LF, or stray line ends */
    FRAME_OVERSIZE,  /* longer than allowed; `bytes` is its head, or as much as there is */
    FRAME_MALFORMED, /* a head without usable length; `bytes` is the head */
    FRAME_JUNK,      /* neither SIP nor HTTP: close */
};

struct frame_limits {
    size_t message; /* bytes, head and body together */
    bool http;      /* HTTP requests are welcome */
    bool no_length; /* a SIP message without Content-Length has no body (else malformed) */
};

struct framer {   /* cleared memory is a framer between messages */
    size_t seen;  /* bytes of the message already searched for its head's end */
    size_t total; /* once the head is known: bytes of the message; else 0 */
    bool http;
};

struct frame {
    struct str bytes;
    size_t used; /* bytes to take off the front before the next call */
};

/* Looks at all bytes not yet taken off. After FRAME_OVERSIZE, MALFORMED and JUNK the stream is of
 * no further use. With FRAME_MORE nothing is to be taken off. */
enum frame_kind frame_next(struct framer *f, struct str in, const struct frame_limits *limits,
                           struct frame *out);
/* Whether a message has begun (more than line ends is waiting in `in`). */
bool frame_begun(struct str in);
