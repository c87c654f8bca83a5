/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions of dialog, by subject; functions.c declares them. */
#pragma once
#include "script/value.h"

struct profile_args {
    struct str profile, value;
};
struct size_args {
    struct str profile;
    const struct format *value;
    const struct var_ref *size;
    const struct var_ref *only; /* of two arguments, the second */
};
struct remote_args {
    int cmd;
    struct str profile, value, uid;
    int64_t expires;
};
struct flag_args {
    int64_t flag;
};
struct property_args {
    int attr;
};
struct timeout_args {
    int64_t timeout, h_entry, h_id;
};
struct profile_timeout_args {
    struct str profile, value, timeout;
};
struct state_args {
    int state;
};
struct bye_args {
    int side;
};
struct refer_args {
    int side;
    struct str address;
};
struct refer_did_args {
    int64_t h_entry, h_id;
    int side;
    struct str address;
};
struct refer_cid_args {
    struct str call_id;
    int side;
    struct str address;
};
struct bridge_args {
    struct str from, to, proxy;
};
struct get_args {
    struct str call_id, from_tag, to_tag;
};
struct get_var_args {
    struct str call_id, from_tag, to_tag, key;
    const struct var_ref *into;
};
struct set_var_args {
    struct str call_id, from_tag, to_tag, key, value;
};
struct within_args {
    int side;
    struct str method, third, fourth, fifth;
};
struct load_args {
    struct str call_id;
};
struct node_args {
    struct str node;
};

/* funcs.c: on the dialog at hand */
int dlg_manage(struct call *c);
int is_known_dlg(struct call *c);
int set_dlg_profile(struct call *c, const struct profile_args *a);
int unset_dlg_profile(struct call *c, const struct profile_args *a);
int is_in_profile(struct call *c, const struct profile_args *a);
int get_profile_size(struct call *c, const struct size_args *a);
err_t prepare_profile_size(struct load *l, void *args);
int dlg_remote_profile(struct call *c, const struct remote_args *a);
int dlg_setflag(struct call *c, const struct flag_args *a);
int dlg_resetflag(struct call *c, const struct flag_args *a);
int dlg_isflagset(struct call *c, const struct flag_args *a);
int dlg_set_property(struct call *c, const struct property_args *a);
int dlg_reset_property(struct call *c, const struct property_args *a);
int dlg_set_timeout(struct call *c, const struct timeout_args *a);
int dlg_set_timeout_by_profile(struct call *c, const struct profile_timeout_args *a);
int dlg_set_state(struct call *c, const struct state_args *a);
int dlg_update_state(struct call *c);
int dlg_set_ruri(struct call *c);
int dlg_update_contact(struct call *c);
int dlg_update_socket(struct call *c);

/* acting.c: requests of ours, and other dialogs */
int dlg_bye(struct call *c, const struct bye_args *a);
int dlg_refer(struct call *c, const struct refer_args *a);
int dlg_refer_did(struct call *c, const struct refer_did_args *a);
int dlg_refer_cid(struct call *c, const struct refer_cid_args *a);
int dlg_bridge(struct call *c, const struct bridge_args *a);
int dlg_get(struct call *c, const struct get_args *a);
int dlg_get_var(struct call *c, const struct get_var_args *a);
int dlg_set_var(struct call *c, const struct set_var_args *a);
int dlg_req_within(struct call *c, const struct within_args *a);
int dlg_db_load_callid(struct call *c, const struct load_args *a);
int dlg_db_load_extra(struct call *c);
int dlg_remove_dialogs_from_node(struct call *c, const struct node_args *a);
