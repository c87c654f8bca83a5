/* SPDX-License-Identifier: BSD-2-Clause */
/* Base 64 (RFC 4648, 4 and 5). */
#pragma once
#include "base/buf.h"

enum {
    BASE64_URL = 1,     /* the alphabet of URLs and file names */
    BASE64_PADDING = 2, /* "=" up to a multiple of four; a reader insists on whole groups */
};
void base64_encode(struct buf *out, struct str bytes, unsigned flags);
/* Reading ends at the first "=". ERR_SYNTAX: a character of another alphabet. */
err_t base64_decode(struct buf *out, struct str text, unsigned flags) MUST_USE;
