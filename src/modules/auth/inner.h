/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share. */
#pragma once
#include "modules/auth/auth.h"
#include "script/value.h"
#include <stdatomic.h>

enum { NONCE_KEY_BYTES = 32, NONCE_MAC_BYTES = 16 };
enum { CHECK_URI = 1, CHECK_CALL_ID = 2, CHECK_FROM_TAG = 4, CHECK_SOURCE = 8 };

struct auth_conf {
    struct str secret, qop, realm_prefix, algorithm, challenge_attr, proxy_challenge_header,
        www_challenge_header;
    int64_t nonce_expire, nonce_auth_max_drift, auth_checks_register, auth_checks_no_dlg,
        auth_checks_in_dlg, nc_array_size, nc_array_order, otn_in_flight_no, otn_in_flight_order,
        nid_pool_no, protect_contacts;
    bool nonce_count, one_time_nonce, force_stateless_reply, use_domain, add_authinfo_hdr;
    unsigned char key[NONCE_KEY_BYTES]; /* from `secret` */
};
extern const struct module module_auth;

/* What a run of a script knows about its authentication. */
struct auth_run {
    const struct header *used; /* credentials that were verified */
    bool stale;                /* the next challenge says that only the nonce was wrong */
    struct str algorithm;      /* auth_algorithm() */
};

struct auth_self {
    struct module_slot slot;
    unsigned run_slot;
    unsigned char key[NONCE_KEY_BYTES]; /* where no secret is configured */
    atomic_uint next_id;
    /* One slot per nonce in flight: its id, and the highest nc seen with it (0: unused). */
    _Atomic(_Atomic(uint64_t) *) in_flight; /* NULL until a configuration wants it */
    uint32_t mask;                          /* set before it */
};
extern struct auth_self auth_self;
struct auth_run *auth_run_of(struct call *c);

/* nonce.c */
struct str nonce_make(struct call *c, const struct auth_conf *conf);
/* ERR_OK and its id; ERR_TIMEOUT: expired, or not of ours. */
err_t nonce_check(struct call *c, const struct auth_conf *conf, struct str nonce,
                  uint32_t *id) MUST_USE;
/* Uses it, for the nth time (0: the client does not count). ERR_DENIED: used before;
 * ERR_TIMEOUT: forgotten. */
err_t nonce_use(const struct auth_conf *conf, uint32_t id, uint32_t nc) MUST_USE;
void nonce_start(const struct auth_conf *conf);
