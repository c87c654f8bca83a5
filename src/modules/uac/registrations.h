/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registrations of ours with other servers (RFC 3261 10.2). Records come from a database or a
 * control request; the first worker renews them. Any worker may look at them.
 */
#pragma once
#include "control/rpc.h"
#include "data/table.h"
#include "modules/uac/inner.h"

enum reg_text {
    REG_UUID,
    REG_L_USERNAME,
    REG_L_DOMAIN,
    REG_R_USERNAME,
    REG_R_DOMAIN,
    REG_REALM,
    REG_AUTH_USERNAME,
    REG_AUTH_PASSWORD,
    REG_AUTH_HA1,
    REG_AUTH_PROXY,
    REG_CONTACT_ADDR,
    REG_CONTACT_USER,
    REG_SOCKET,
    REG_TEXTS
};
enum { /* flags, as the control interface and the database show them */
       REG_DISABLED = 1,
       REG_ONGOING = 2,
       REG_ONLINE = 4,
       REG_AUTH_SENT = 8,
       REG_INIT = 16
};

struct registration {
    struct entry entry;         /* by uuid */
    struct str text[REG_TEXTS]; /* own memory; unchanged while stored */
    int64_t reg_delay;
    /* changed under the lock of its shard only */
    int64_t expires; /* asked for */
    unsigned flags;
    int64_t timer_expires, reg_init; /* seconds since 1970 */
    uint32_t attempt;                /* the latest REGISTER: what older ones come to is not news */
    struct str call_id;              /* own memory */
    uint32_t cseq;
};

/* A copy of one, for looking at; in an arena. */
struct registration_view {
    struct str text[REG_TEXTS];
    int64_t expires, reg_delay, timer_expires, reg_init;
    unsigned flags;
};

/* ---- store.c ---- */

void reg_store_start(void);
void reg_store_stop(void);
/* Adds or replaces; one that says the same keeps its state. `flags` is as stored in the database.
 */
void reg_put(const struct registration_view *v);
bool reg_remove(struct str uuid);
err_t reg_find(struct str uuid, struct arena *a, struct registration_view *out) MUST_USE;
/* By the user (and domain, unless empty) under which we register. */
err_t reg_find_user(struct str user, struct str domain, struct arena *a,
                    struct registration_view *out) MUST_USE;
/* The first whose attribute (l_uuid, l_username, r_username, auth_username) has this value.
 * ERR_UNSUPPORTED: no such attribute. */
err_t reg_find_by(struct str attribute, struct str value, struct arena *a,
                  struct registration_view *out) MUST_USE;
/* Changes the state of one under its lock; false: there is none. */
bool reg_change(struct str uuid, void (*fn)(struct registration *r, void *arg), void *arg);
/* Uuids of those that `due` is true for, in `a`. */
size_t reg_collect(bool (*due)(struct registration *r, void *arg), void *arg, struct arena *a,
                   struct str **uuids);
/* All, as views. */
size_t reg_views(struct arena *a, struct registration_view **out);
int64_t reg_total(void), reg_online(void), reg_disabled(void);

/* ---- registrations.c ---- */

err_t registrations_check(struct load *l, struct uac_conf *conf) MUST_USE;
err_t registrations_start(const void *conf) MUST_USE;
err_t registrations_worker_start(const void *conf) MUST_USE;
void registrations_worker_stop(void);
void registrations_stop(void);
void reg_set_active(bool on);
bool reg_is_active(void);

/* The script's and the control interface's verbs. */
err_t reg_enable(struct str attribute, struct str value, bool on) MUST_USE;
/* Sends a REGISTER now; off: one that ends the registration, and disables it. */
err_t reg_send_now(struct str attribute, struct str value, bool on) MUST_USE;
/* Suspend: read one record, or all, from the database. ERR_STATE: too soon after the last time. */
err_t reg_refresh(const struct uac_conf *conf, struct str uuid) MUST_USE;
err_t reg_reload(const struct uac_conf *conf, bool always) MUST_USE;

/* ---- send.c ---- */

/* Sends a REGISTER for a record; `expires` 0 ends the registration. */
err_t reg_send(const struct uac_conf *conf, struct str uuid, int64_t expires) MUST_USE;

/* ---- control.c ---- */

extern const struct rpc_method registration_methods[];
