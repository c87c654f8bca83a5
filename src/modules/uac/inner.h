/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of uac. */
#pragma once
#include "core/send.h"
#include "modules/uac/uac.h"
#include "script/value.h"
#include "txn/txn.h"

enum restore_mode { RESTORE_NONE, RESTORE_MANUAL, RESTORE_AUTO };

struct credential {
    struct str user, realm, secret; /* realm "": any */
};

struct uac_conf {
    struct str rr_from_store_param, rr_to_store_param;
    int restore_mode; /* enum restore_mode */
    bool restore_dlg;
    struct str restore_passwd;
    const struct var_ref *restore_from_avp, *restore_to_avp;
    struct str_list credential;
    const struct var_ref *auth_username_avp, *auth_realm_avp, *auth_password_avp;
    struct str default_socket, event_callback;
    struct str reg_db_url, reg_db_table, reg_contact_addr;
    struct duration reg_timer_interval, reg_gc_interval, reload_delta;
    int64_t reg_retry_interval, reg_keep_callid, reg_random_delay, reg_hash_size;
    bool reg_active, reg_use_domain;
    struct credential *credentials; /* by check */
};
extern const struct module module_uac;
/* Call slots: of From and To as they were replaced, and of $uac_req. */
unsigned uac_replace_slot(void);
unsigned uac_request_slot(void);
/* NULL where the generation does not load uac. */
const struct uac_conf *uac_conf_of(const struct generation *g);

/* ---- replace.c ---- */

/* `display` NULL: stays; `uri` empty: stays. ERR_DENIED: within a dialog, whose requests are
 * changed by themselves. */
err_t uac_replace(struct call *c, enum party p, const struct str *display, struct str uri) MUST_USE;
/* Puts back what a Route of ours remembers. ERR_NOT_FOUND: nothing. */
err_t uac_restore(struct call *c, enum party p) MUST_USE;
void uac_replace_start(void);

/* ---- challenge.c ---- */

/* The line "Authorization: …\r\n" that answers the challenge of a 401 or 407. */
struct answer_plan {
    struct msg *reply;
    /* The credentials for a realm; false: none. */
    bool (*find)(void *arg, struct str realm, struct credential *out);
    void *arg;
    bool is_ha1; /* secrets are H(user:realm:password) */
    struct str method, uri, body;
};
/* In `arena`. ERR_NOT_FOUND: no challenge, or no credentials for its realm; ERR_UNSUPPORTED: only
 * algorithms not known here. */
err_t uac_answer_challenge(const struct answer_plan *p, struct arena *arena,
                           struct str *line) MUST_USE;

/* ---- auth.c ---- */

/* uac_auth(): adds credentials to the request of a failure route. */
err_t uac_authorize(struct call *c, bool is_ha1) MUST_USE;

/* ---- request.c ---- */

err_t uac_req_get(struct call *c, const struct var_ref *at, struct value *out);
err_t uac_req_set(struct call *c, const struct var_ref *at, const struct value *in);
err_t uac_req_prepare(struct load *l, const struct var_ref *at, const void **prepared);
err_t uac_request_send(struct call *c) MUST_USE;
/* As txn_send_request; `owner`, a counted object, becomes the argument of q->fn, which drops it by
 * q->release. */
err_t uac_send(struct txn_request *q, void *owner) MUST_USE;
/* A new one, as crypto may want them. */
struct str uac_call_id(struct arena *a);
/* "udp:192.0.2.1:5060" or a listener's name; NULL. */
struct listener *uac_socket(struct str text);
