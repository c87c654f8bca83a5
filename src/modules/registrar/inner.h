/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share. */
#pragma once
#include "core/call.h"
#include "core/send.h"
#include "modules/registrar/registrar.h"
#include "modules/usrloc/usrloc.h"
#include "script/value.h"

struct registrar_conf {
    int64_t default_expires, default_expires_range, expires_range, default_q, min_expires,
        max_expires, min_expires_mode, max_contacts, retry_after, sock_mode, sock_flag, path_mode,
        xavp_rcd_mask, outbound_mode, regid_mode, flow_timer, contact_max_size, lookup_filter_mode;
    bool append_branches, case_sensitive, method_filtering, use_path, path_use_received,
        path_check_local, gruu_enabled, use_expired_contacts;
    struct str realm_prefix, received_param, sock_hdr_name, xavp_cfg, xavp_rcd, event_callback;
    const struct var_ref *received_avp;
};
extern const struct module module_registrar;

enum { PATH_OFF, PATH_LAZY, PATH_STRICT };
enum { OUTBOUND_NONE, OUTBOUND_OPTIONAL, OUTBOUND_REQUIRED };
enum { SAVE_MEMORY = 1, SAVE_NO_REPLY = 2, SAVE_SINGLE = 4, SAVE_NO_RANGE = 8, SAVE_PREPARE = 16 };
enum { REG_INSERTED = 1, REG_UPDATED = 2, REG_DELETED = 3, REG_LISTED = 4 };
enum {
    STAT_MAX_EXPIRES,
    STAT_MAX_CONTACTS,
    STAT_DEFAULT_EXPIRE,
    STAT_DEFAULT_EXPIRES_RANGE,
    STAT_EXPIRES_RANGE,
    STAT_ACCEPTED,
    STAT_REJECTED
};
struct registrar_self {
    struct module_slot slot;
    unsigned answer_slot, profile_slot; /* of struct call */
};
extern struct registrar_self registrar_self;

/* One REGISTER as understood. Slices live as long as the message or the call's arena. */
struct registration {
    struct call *call;
    const struct registrar_conf *conf;
    struct location *in;
    struct str aor, domain; /* key in the table; domain part of the URI as given */
    unsigned flags;         /* SAVE_* */
    const struct address *contacts;
    size_t n;
    bool star;
    int64_t expires_header; /* -1: none */
    bool supports_path, supports_outbound, requires_outbound, supports_gruu, outbound;
    int64_t max_contacts;
    struct contact_info common;  /* what all its contacts share */
    struct contact_info *wanted; /* n; expires -1 there: to be removed */
    struct contact_list now;     /* what is registered after it */
    int outcome;                 /* REG_* */
    /* why it is refused: status (0: it is not), reason phrase, sentence, header lines */
    unsigned status;
    const char *reason, *error;
    const char *lines;
};

/* Refuses; returns ERR_DENIED. */
err_t refuse(struct registration *r, unsigned status, const char *reason, const char *error);

/* aor.c: the key under which a URI's user is stored, or refuses to read it. */
err_t aor_of_uri(struct call *c, const struct registrar_conf *conf, struct str uri, struct str *aor,
                 struct str *domain);
/* A run-time setting in xavp_cfg. */
bool runtime_setting(struct call *c, const struct registrar_conf *conf, struct str name,
                     struct value *out);
int64_t number_or(struct str text, int64_t otherwise); /* decimal or 0x… */

/* request.c */
err_t registration_read(struct registration *r);
/* answer.c: the header lines of the answer; and the answer itself. */
void answer_prepare(struct registration *r);
int answer_send(struct call *c);

/* lookup.c, fetch.c: script functions. */
struct lookup_args {
    struct str domain, uri;
};
struct registered_args {
    struct str domain, uri;
    int64_t match_option, match_action;
};
struct xavp_args {
    struct str domain, uri, record, contacts;
};
struct from_user_args {
    struct str domain, uri;
    int64_t mode;
};
int lookup(struct call *c, const struct lookup_args *a);
int lookup_to_dset(struct call *c, const struct lookup_args *a);
int lookup_branches(struct call *c, const struct lookup_args *a);
int lookup_xavp(struct call *c, const struct xavp_args *a);
int registered(struct call *c, const struct registered_args *a);
int reg_from_user(struct call *c, const struct from_user_args *a);

struct unregister_args {
    struct str domain, uri, ruid;
};
struct fetch_args {
    struct str domain, uri, profile;
};
struct profile_args {
    struct str profile;
};
int unregister(struct call *c, const struct unregister_args *a);
int reg_fetch_contacts(struct call *c, const struct fetch_args *a);
int reg_free_contacts(struct call *c, const struct profile_args *a);
extern const struct variable registrar_vars[];
/* Runs event_route[usrloc:contact-expired]. */
void on_location_change(enum location_event what, struct location *l, struct str aor,
                        struct contact *c);
