/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digest authentication of requests (RFC 3261, 22): what modules that know passwords build on.
 *
 *     code = auth_find(c, proxy, realm, &f);           credentials and a nonce of ours
 *     if (code == AUTH_FOUND)
 *         code = auth_verify(c, &f, ha1, method);      the right password, and not replayed
 *
 * Nothing here suspends, but for auth_challenge_send.
 */
#pragma once
#include "core/call.h"
#include "sip/auth.h"

/* What scripts get; AUTH_FOUND is never given to them. */
enum auth_code {
    AUTH_FOUND = 2,
    AUTH_GRANTED = 1,
    AUTH_FAILED = -1,
    AUTH_WRONG_PASSWORD = -2,
    AUTH_NO_USER = -3,
    AUTH_NONCE_EXPIRED = -4,
    AUTH_NO_CREDENTIALS = -5,
    AUTH_NONCE_REUSED = -6,
    AUTH_USER_MISMATCH = -8,
};

struct auth_found {
    const struct header *header;
    struct digest_credentials credentials;
    struct str user, domain; /* of the username: domain is empty when it has none */
    uint32_t nonce_id;
};

/* Finds the credentials for a realm (any, when it is empty) in Authorization, or with `proxy` in
 * Proxy-Authorization, and checks their nonce and algorithm. AUTH_GRANTED at once for requests that
 * cannot be challenged (ACK, CANCEL). */
enum auth_code auth_find(struct call *c, bool proxy, struct str realm, struct auth_found *out);
/* Checks the response; on success the credentials count as used, and are what
 * consume_credentials() removes. `method` STR_NONE: the request's. */
enum auth_code auth_verify(struct call *c, const struct auth_found *f, struct str ha1,
                           struct str method);
/* ha1 of a plain password for these credentials. */
struct str auth_ha1(struct call *c, const struct auth_found *f, struct str password);
/* The realm without realm_prefix. */
struct str auth_realm(struct call *c, struct str realm);

/* Whether the user of the credentials is who the request says it comes from: From, and To of a
 * REGISTER. With `domains`, their domains too. */
bool auth_is_sender(struct call *c, const struct auth_found *f, bool domains);

enum { CHALLENGE_AUTH = 1, CHALLENGE_AUTH_INT = 2, CHALLENGE_NO_500 = 4, CHALLENGE_STALE = 16 };
/* The value of a WWW- or Proxy-Authenticate header, in the call's arena. */
struct str auth_challenge_text(struct call *c, struct str realm, unsigned flags,
                               struct str algorithm);
