/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digest authentication (RFC 3261, 22; RFC 7616; RFC 8760): credentials and challenges read and
 * written, and the arithmetic. Values are slices of the header without their quotes.
 */
#pragma once
#include "base/buf.h"
#include "base/digest.h"

enum auth_algorithm {
    AUTH_MD5,
    AUTH_MD5_SESS,
    AUTH_SHA256,
    AUTH_SHA256_SESS,
    AUTH_ALGORITHM_OTHER, /* named, but not known here */
};
enum auth_algorithm auth_algorithm_of(struct str name); /* AUTH_MD5 for STR_NONE */

enum auth_qop { AUTH_QOP_NONE, AUTH_QOP_AUTH, AUTH_QOP_AUTH_INT, AUTH_QOP_OTHER };
struct str auth_qop_name(enum auth_qop q);

/* The value of Authorization or Proxy-Authorization. */
struct digest_credentials {
    struct str scheme;
    struct str username, realm, nonce, uri, response, opaque, cnonce; /* STR_NONE when missing */
    struct str algorithm_text, qop_text, nc_text, userhash;
    enum auth_algorithm algorithm;
    enum auth_qop qop;
    uint32_t nc;
};
/* ERR_UNSUPPORTED: another scheme than Digest (only `scheme` is set); ERR_SYNTAX: malformed, or one
 * of username, realm, nonce, uri and response is missing (or cnonce or nc though qop is there). */
err_t digest_credentials_parse(struct str in, struct digest_credentials *out) MUST_USE;
/* Writes "Digest username=…" from the same fields. */
void digest_credentials_write(struct buf *b, const struct digest_credentials *c);

/* The value of WWW-Authenticate or Proxy-Authenticate. */
struct digest_challenge {
    struct str scheme, realm, nonce, opaque, domain, algorithm_text, qop_list;
    enum auth_algorithm algorithm;
    bool stale;
    bool offers_auth, offers_auth_int;
};
err_t digest_challenge_parse(struct str in, struct digest_challenge *out) MUST_USE;
/* Writes "Digest realm=…, nonce=…": opaque, domain and qop_list when they are not STR_NONE, stale
 * when set, algorithm_text when it is not STR_NONE. */
void digest_challenge_write(struct buf *b, const struct digest_challenge *c);

/* The results are lower-case hexadecimal text in `space`, and views of it. */
struct digest_text {
    char space[DIGEST_HEX_MAX];
    size_t n;
};
static inline struct str digest_text_str(const struct digest_text *t)
{
    return (struct str){ t->space, t->n };
}
/* H(username:realm:password), which databases keep as ha1; the -sess part is not in it. */
void digest_ha1(enum auth_algorithm a, struct str username, struct str realm, struct str password,
                struct digest_text *out);
/* What the response must be: `ha1` as above, `body` used for auth-int only; nonce, nc, cnonce, uri,
 * qop and algorithm from `c`. */
void digest_response(const struct digest_credentials *c, struct str ha1, struct str method,
                     struct str body, struct digest_text *out);
/* Whether the response in `c` is that. ERR_DENIED when not; ERR_UNSUPPORTED: unknown algorithm or
 * qop. Takes the same time wherever the texts differ. */
err_t digest_check(const struct digest_credentials *c, struct str ha1, struct str method,
                   struct str body) MUST_USE;
