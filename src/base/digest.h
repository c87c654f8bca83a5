/* SPDX-License-Identifier: BSD-2-Clause */
/* Message digests by OpenSSL, as lower-case hexadecimal or raw. */
#pragma once
#include "base/str.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_COUNT };
enum { DIGEST_MAX = 64, DIGEST_HEX_MAX = 129 };

/* Bytes of a raw digest of this kind. */
size_t digest_size(enum digest kind);
/* The digest of `pieces`, one after the other. `out` has room for digest_size(kind) bytes. */
void digest_raw(enum digest kind, const struct str *pieces, size_t n, unsigned char *out);
/* The same in hexadecimal, into `out` (DIGEST_HEX_MAX bytes, NUL behind). Returns a view of it. */
struct str digest_hex(enum digest kind, const struct str *pieces, size_t n, char *out);
/* HMAC of one text, raw. */
void digest_hmac(enum digest kind, struct str key, struct str text, unsigned char *out);
/* Compares without telling by its time where the texts differ. */
bool secret_eq(struct str a, struct str b);
