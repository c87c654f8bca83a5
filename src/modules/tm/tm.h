/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions of tm, by subject; tm.c declares them. */
#pragma once
#include "script/value.h"
#include "txn/txn.h"

struct tm_conf {
    struct txn_conf txn; /* first: the transaction floor reads it */
    const struct var_ref *fr_timer_avp, *fr_inv_timer_avp;
    struct str contacts_avp, contact_flows_avp;
    struct str_list tw_append;
    struct write_list *appends; /* of tw_append, by write_check */
    int64_t unix_tx_timeout, fr_inv_timer_next, reparse_on_dns_failover;
    int64_t dns_reuse_rcv_socket, exec_time_check, evlreq_mode;
    int64_t headers_mode, e2e_cancel_hop_by_hop, reply_matching, local_ack_branch_mode;
    struct str event_callback, event_callback_lres_sent, evcb_local_ack_sent;
    struct str xavp_contact;
};
extern const struct module module_tm;

struct place_args {
    struct str host;
    int64_t port;
};
struct proxy_args {
    struct str proxy; /* "udp:host:port", or the flags when it is a number */
    int64_t flags;
};
struct uri_args {
    struct str uri;
    int64_t port;
};
struct proto_args {
    struct str proto, hostport;
};
struct reply_args {
    int64_t code;
    struct str reason;
};
struct name_args {
    struct str name;
};
struct number_args {
    int64_t value;
};
struct pair_args {
    int64_t first, second;
};
struct status_args {
    const struct regex *status;
};
struct target_args {
    int target; /* enum txn_hook */
};
struct cell_args {
    int64_t index, label;
};
struct mode_args {
    struct str mode;
};
struct write_args {
    struct str place, what;
};
struct send_args {
    struct str method, uri, next_hop, socket, headers, body;
};

/* relaying.c */
int t_relay(struct call *c, const struct place_args *a);
int t_relay_to_udp(struct call *c, const struct place_args *a);
int t_relay_to_tcp(struct call *c, const struct place_args *a);
int t_relay_to_tls(struct call *c, const struct place_args *a);
int t_relay_to_sctp(struct call *c, const struct place_args *a);
int t_relay_to(struct call *c, const struct proxy_args *a);
int t_relay_to_proxy(struct call *c, const struct name_args *a);
int t_forward_nonack(struct call *c, const struct place_args *a);
int t_forward_nonack_udp(struct call *c, const struct place_args *a);
int t_forward_nonack_tcp(struct call *c, const struct place_args *a);
int t_forward_nonack_tls(struct call *c, const struct place_args *a);
int t_forward_nonack_sctp(struct call *c, const struct place_args *a);
int t_relay_to_avp(struct call *c, const struct proto_args *a);
int t_forward_nonack_uri(struct call *c);
int t_forward_nonack_to(struct call *c, const struct proto_args *a);
int t_replicate(struct call *c, const struct uri_args *a);
int t_replicate_udp(struct call *c, const struct place_args *a);
int t_replicate_tcp(struct call *c, const struct place_args *a);
int t_replicate_tls(struct call *c, const struct place_args *a);
int t_replicate_sctp(struct call *c, const struct place_args *a);
int t_replicate_to(struct call *c, const struct proto_args *a);
int t_relay_cancel(struct call *c);
int t_uac_send(struct call *c, const struct send_args *a);

/* replying.c */
int t_newtran(struct call *c);
int t_reply(struct call *c, const struct reply_args *a);
int t_send_reply(struct call *c, const struct reply_args *a);
int t_reply_error(struct call *c);
int t_retransmit_reply(struct call *c);
int t_release(struct call *c);
int t_drop_replies(struct call *c, const struct mode_args *a);
int t_save_lumps(struct call *c);
int t_msg_apply_changes(struct call *c);
int t_clean(struct call *c);
int t_set_no_auto_ack(struct call *c, const struct number_args *a);
int t_use_uac_headers(struct call *c);
int t_cell_append_branches(struct call *c, const struct cell_args *a);

/* looking.c */
int t_lookup_request(struct call *c);
int t_lookup_cancel(struct call *c, const struct number_args *a);
int t_check_trans(struct call *c);
int t_exists(struct call *c);
int t_check_status(struct call *c, const struct status_args *a);
int t_grep_status(struct call *c, const struct number_args *a);
int t_get_status_code(struct call *c);
int t_branch_timeout(struct call *c);
int t_branch_replied(struct call *c);
int t_any_timeout(struct call *c);
int t_any_replied(struct call *c);
int t_is_canceled(struct call *c);
int t_is_expired(struct call *c);
int t_is_retr_async_reply(struct call *c);
int t_is_set(struct call *c, const struct target_args *a);
/* The status a script sees now; 0: none. */
unsigned tm_status(struct call *c);

/* settings.c */
int t_on_failure(struct call *c, const struct name_args *a);
int t_on_branch_failure(struct call *c, const struct name_args *a);
int t_on_reply(struct call *c, const struct name_args *a);
int t_on_branch(struct call *c, const struct name_args *a);
int t_set_fr(struct call *c, const struct pair_args *a);
int t_reset_fr(struct call *c);
int t_set_retr(struct call *c, const struct pair_args *a);
int t_reset_retr(struct call *c);
int t_set_max_lifetime(struct call *c, const struct pair_args *a);
int t_reset_max_lifetime(struct call *c);
int t_set_auto_inv_100(struct call *c, const struct number_args *a);
int t_set_disable_6xx(struct call *c, const struct number_args *a);
int t_set_disable_failover(struct call *c, const struct number_args *a);
int t_set_no_e2e_cancel_reason(struct call *c, const struct number_args *a);
int t_set_disable_internal_reply(struct call *c, const struct number_args *a);

/* contacts.c: serial forking by q */
int t_load_contacts(struct call *c, const struct number_args *a);
int t_next_contacts(struct call *c);
int t_next_contact_flow(struct call *c);

/* write.c */
struct write_list;
int t_write_req(struct call *c, const struct write_args *a);
int t_write_unix(struct call *c, const struct write_args *a);
err_t write_check(struct load *l, void *conf);

/* control.c */
struct rpc;
struct by_call_args {
    struct str call_id;
    int64_t cseq;
};
struct by_call_reply_args {
    int64_t code;
    struct str reason, call_id;
    int64_t cseq;
    struct str to_tag, headers, body;
};
struct by_id_args {
    struct str id; /* "index:label" */
};
struct by_id_reply_args {
    int64_t code;
    struct str reason, id, to_tag, headers, body;
};
struct local_args {
    struct str method, uri, next_hop, socket, headers, body;
};
struct attrs_args {
    struct str attrs;
    struct local_args local;
};
err_t tm_rpc_attrs(struct rpc *r, const void *args);
err_t tm_rpc_stats(struct rpc *r, const void *args);
err_t tm_rpc_list(struct rpc *r, const void *args);
err_t tm_rpc_cancel(struct rpc *r, const void *args);
err_t tm_rpc_reply_callid(struct rpc *r, const void *args);
err_t tm_rpc_retransmit(struct rpc *r, const void *args);
err_t tm_rpc_start(struct rpc *r, const void *args);
err_t tm_rpc_wait(struct rpc *r, const void *args);
err_t tm_rpc_start_hex(struct rpc *r, const void *args); /* headers and body are hexadecimal */
err_t tm_rpc_wait_hex(struct rpc *r, const void *args);
err_t tm_rpc_start_noack(struct rpc *r, const void *args);
err_t tm_rpc_wait_noack(struct rpc *r, const void *args);
err_t tm_rpc_start_noack_hex(struct rpc *r, const void *args);
err_t tm_rpc_wait_noack_hex(struct rpc *r, const void *args);
err_t tm_rpc_reply(struct rpc *r, const void *args);
err_t tm_rpc_retransmit_id(struct rpc *r, const void *args);
err_t tm_rpc_hash_stats(struct rpc *r, const void *args);
err_t tm_rpc_clean(struct rpc *r, const void *args);

extern const struct rpc_method tm_methods[]; /* methods.c */
extern const struct field tm_params[];       /* params.c */

/* selects.c */
err_t tm_select(struct call *c, enum select_tm what, int64_t branch, struct value *out);
