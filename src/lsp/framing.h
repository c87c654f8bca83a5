/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of editors in a stream of bytes: "Content-Length: N", a blank line, N bytes. */
#pragma once
#include "base/buf.h"

enum {
    FRAMING_BODY_MAX = 64 << 20, /* a longer message is passed over */
    FRAMING_HEADER_MAX = 4096,
};
struct framing {
    struct buf in;
    size_t at;         /* how much of it was used */
    uint64_t skipping; /* bytes of a refused message that are still to come */
};
enum framing_result {
    FRAMING_MORE,     /* nothing whole is there yet */
    FRAMING_MESSAGE,  /* *body is a message, until the next call */
    FRAMING_BAD,      /* what is no header was passed over */
    FRAMING_TOO_LONG, /* a message past FRAMING_BODY_MAX is being passed over */
};

void framing_init(struct framing *f);
void framing_free(struct framing *f);
void framing_add(struct framing *f, struct str bytes);
enum framing_result framing_next(struct framing *f, struct str *body);
