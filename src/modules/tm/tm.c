/* SPDX-License-Identifier: BSD-2-Clause */
/* tm: SIP transactions for scripts. The machinery is src/txn. */
#include "modules/tm/tm.h"
#include "control/rpc.h"

static struct {
    struct module_slot slot;
} self;

/* A route that is named by a constant must exist; "0" takes back an earlier choice. */
static err_t check_route(struct load *l, struct str name, enum route kind)
{
    const struct route_ref *found;

    return !name.n || str_eq(name, STR("0")) ? ERR_OK : load_route(l, name, kind, &found);
}
static err_t check_failure(struct load *l, void *args)
{
    return check_route(l, ((struct name_args *)args)->name, ROUTE_FAILURE);
}
static err_t check_reply(struct load *l, void *args)
{
    return check_route(l, ((struct name_args *)args)->name, ROUTE_TM_REPLY);
}
static err_t check_branch(struct load *l, void *args)
{
    return check_route(l, ((struct name_args *)args)->name, ROUTE_BRANCH);
}

EXPOSE0(t_newtran)
EXPOSE0(t_lookup_request)
EXPOSE(t_lookup_cancel, number_args)
EXPOSE0(t_check_trans)
EXPOSE0(t_exists)
EXPOSE(t_reply, reply_args)
EXPOSE(t_send_reply, reply_args)
EXPOSE0(t_reply_error)
EXPOSE0(t_retransmit_reply)
EXPOSE0(t_release)
EXPOSE(t_relay, place_args)
EXPOSE(t_relay_to_udp, place_args)
EXPOSE(t_relay_to_tcp, place_args)
EXPOSE(t_relay_to_tls, place_args)
EXPOSE(t_relay_to_sctp, place_args)
EXPOSE(t_relay_to, proxy_args)
EXPOSE(t_relay_to_proxy, name_args)
EXPOSE(t_forward_nonack, place_args)
EXPOSE(t_forward_nonack_udp, place_args)
EXPOSE(t_forward_nonack_tcp, place_args)
EXPOSE(t_forward_nonack_tls, place_args)
EXPOSE(t_forward_nonack_sctp, place_args)
EXPOSE0(t_forward_nonack_uri)
EXPOSE(t_forward_nonack_to, proto_args)
EXPOSE(t_replicate, uri_args)
EXPOSE(t_replicate_udp, place_args)
EXPOSE(t_replicate_tcp, place_args)
EXPOSE(t_replicate_tls, place_args)
EXPOSE(t_replicate_sctp, place_args)
EXPOSE(t_replicate_to, proto_args)
EXPOSE(t_relay_to_avp, proto_args)
EXPOSE(t_set_no_auto_ack, number_args)
EXPOSE0(t_use_uac_headers)
EXPOSE(t_cell_append_branches, cell_args)
EXPOSE0(t_relay_cancel)
EXPOSE(t_on_failure, name_args)
EXPOSE(t_on_branch_failure, name_args)
EXPOSE(t_on_reply, name_args)
EXPOSE(t_on_branch, name_args)
EXPOSE(t_is_set, target_args)
EXPOSE(t_check_status, status_args)
EXPOSE0(t_get_status_code)
EXPOSE(t_grep_status, number_args)
EXPOSE(t_set_fr, pair_args)
EXPOSE0(t_reset_fr)
EXPOSE(t_set_retr, pair_args)
EXPOSE0(t_reset_retr)
EXPOSE(t_set_max_lifetime, pair_args)
EXPOSE0(t_reset_max_lifetime)
EXPOSE(t_set_auto_inv_100, number_args)
EXPOSE(t_set_disable_6xx, number_args)
EXPOSE(t_set_disable_failover, number_args)
EXPOSE(t_set_no_e2e_cancel_reason, number_args)
EXPOSE(t_set_disable_internal_reply, number_args)
EXPOSE0(t_branch_timeout)
EXPOSE0(t_branch_replied)
EXPOSE0(t_any_timeout)
EXPOSE0(t_any_replied)
EXPOSE0(t_is_canceled)
EXPOSE0(t_is_expired)
EXPOSE0(t_is_retr_async_reply)
EXPOSE(t_drop_replies, mode_args)
EXPOSE0(t_save_lumps)
EXPOSE0(t_msg_apply_changes)
EXPOSE(t_write_req, write_args)
EXPOSE(t_write_unix, write_args)
EXPOSE0(t_clean)
EXPOSE(t_load_contacts, number_args)
EXPOSE0(t_next_contacts)
EXPOSE0(t_next_contact_flow)
EXPOSE(t_uac_send, send_args)

static const struct outcome relayed[] = {
    { 1, "it is on its way" },
    { 0, "it was a retransmission, or the caller was told that it failed" },
    { -1, "it was not sent" },
    { 0 }
};
static const struct outcome made[] = { { 1, "it was made" },
                                       { 0, "this is a retransmission, and dealt with" },
                                       { -1, "it exists, or cannot be made" },
                                       { 0 } };
static const struct outcome checked[] = {
    { 1, "it belongs to one" }, { 0, "it was absorbed" }, { -1, "it does not" }, { 0 }
};
static const struct outcome canceled[] = {
    { 1, "there is no INVITE for it" }, { 0, "it was dealt with" }, { -1, "it failed" }, { 0 }
};
static const char *const old_reason[] = { "t_disable_e2e_cancel_reason", NULL };

static const struct field place_args_fields[] = {
    FIELD(place_args, host, "Where to send; without it, where the request leads.", .def = ""),
    FIELD(place_args, port, "Port; without it, as the host's name says.", .def = "0", .max = 65535),
    { 0 },
};
static const struct field proxy_args_fields[] = {
    FIELD(proxy_args, proxy, "protocol:host:port, of which only the host is needed; or the flags.",
          .def = ""),
    FIELD(proxy_args, flags, "1: no 100, 2: no reply when it fails, 4: only the first address.",
          .def = "0", .max = 7),
    { 0 },
};
static const struct field uri_args_fields[] = {
    FIELD(uri_args, uri,
          "URI or, with a port, host to send to; without it, where the request leads.", .def = ""),
    FIELD(uri_args, port, "Port.", .def = "0", .max = 65535),
    { 0 },
};
static const struct field proto_args_fields[] = {
    FIELD(proto_args, proto, "Protocol."),
    FIELD(proto_args, hostport, "host:port."),
    { 0 },
};
static const struct field reply_args_fields[] = {
    FIELD(reply_args, code, "Status."),
    FIELD(reply_args, reason, "Reason phrase."),
    { 0 },
};
static const struct field name_args_fields[] = {
    FIELD(name_args, name, "Name of the route, or address of the proxy."),
    { 0 },
};
static const struct field number_args_fields[] = {
    FIELD(number_args, value, "Status, or 1 for yes and 0 for no."),
    { 0 },
};
static const struct field copy_args_fields[] = {
    FIELD(number_args, value,
          "t_lookup_cancel: 1 takes over the INVITE's flags; t_load_contacts: 1 draws lots by q.",
          .def = "0"),
    { 0 },
};
static const struct field pair_args_fields[] = {
    FIELD(pair_args, first, "fr_inv_timer in milliseconds."),
    FIELD(pair_args, second, "fr_timer in milliseconds.", .def = "0"),
    { 0 },
};
static const struct field retr_args_fields[] = {
    FIELD(pair_args, first, "T1, or the lifetime of an INVITE, in milliseconds."),
    FIELD(pair_args, second, "T2, or the lifetime of other requests, in milliseconds."),
    { 0 },
};
static const struct field status_args_fields[] = {
    FIELD(status_args, status, "Regular expression."),
    { 0 },
};
static const char *const targets[] = { "branch_route", "onreply_route", "failure_route",
                                       "branch_failure_route", NULL };
static const struct field target_args_fields[] = {
    FIELD(target_args, target, "Kind of route.", .choices = targets),
    { 0 },
};
static const struct field cell_args_fields[] = {
    FIELD(cell_args, index, "$T(id_index) of the transaction."),
    FIELD(cell_args, label, "Its $T(id_label)."),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "a: all, l: those of the last leg, n: none.", .def = "a"),
    { 0 },
};
static const struct field write_args_fields[] = {
    FIELD(write_args, place, "Path of the FIFO or of the socket."),
    FIELD(write_args, what, "action, or action/name with the name of a tw_append."),
    { 0 },
};
static const struct field send_args_fields[] = {
    FIELD(send_args, method, "Method."),
    FIELD(send_args, uri, "Request-URI."),
    FIELD(send_args, next_hop, "URI to send to; empty: by the Request-URI."),
    FIELD(send_args, socket, "Socket to send from; empty: any that fits."),
    FIELD(send_args, headers, "Further header lines."),
    FIELD(send_args, body, "Body."),
    { 0 },
};

static const struct func funcs[] = {
    FUNC0(t_newtran, "Makes the transaction of the request.", .routes = ROUTE_REQUEST | ROUTE_EVENT,
          .returns = made),
    FUNC0(t_lookup_request, "Tells whether the request has a transaction.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT),
    { .name = "t_lookup_cancel",
      .run = t_lookup_cancel_with_number_args,
      .args = copy_args_fields,
      .args_size = sizeof(struct number_args),
      .doc = "Tells whether the INVITE of a CANCEL is in memory.",
      .routes = ROUTE_REQUEST | ROUTE_EVENT },
    FUNC0(t_check_trans,
          "Tells whether a message belongs to a transaction; absorbs retransmissions.",
          .routes = ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_BRANCH | ROUTE_EVENT,
          .returns = checked),
    FUNC0(t_exists, "Tells whether the message has a transaction, without absorbing anything."),
    FUNC(t_reply, reply_args, "Replies by the transaction.",
         .routes = ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_FAILURE | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE,
         .suspends = true),
    FUNC(t_send_reply, reply_args,
         "Replies by the transaction, which it makes where there is none.",
         .routes = ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_FAILURE | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE,
         .suspends = true),
    FUNC0(t_reply_error, "Replies with the status of the last error.",
          .routes = ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_FAILURE | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE,
          .suspends = true),
    FUNC0(t_retransmit_reply, "Sends the last reply again.", .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC0(t_release, "Lets the transaction go once late messages are over.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(t_relay, place_args, "Forwards the request with a transaction.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to_udp, place_args, "Forwards the request with a transaction over UDP.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to_tcp, place_args, "Forwards the request with a transaction over TCP.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to_tls, place_args, "Forwards the request with a transaction over TLS.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to_sctp, place_args, "Forwards the request with a transaction over SCTP.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to, proxy_args,
         "Forwards the request with a transaction to a proxy; flags switch parts of it off.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_relay_to_proxy, name_args, "Forwards the request with a transaction to a proxy.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack, place_args, "Like t_relay(), but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC0(t_forward_nonack_uri,
          "Like t_relay() by the Request-URI, but sends no 100 and refuses an ACK.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack_to, proto_args,
         "Like t_relay() by a protocol to host:port, but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack_udp, place_args,
         "Like t_relay_to_udp(), but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack_tcp, place_args,
         "Like t_relay_to_tcp(), but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack_tls, place_args,
         "Like t_relay_to_tls(), but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_forward_nonack_sctp, place_args,
         "Like t_relay_to_sctp(), but sends no 100 and refuses an ACK.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate, uri_args, "Sends a copy of the request; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate_udp, place_args,
         "Sends a copy of the request over UDP; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate_tcp, place_args,
         "Sends a copy of the request over TCP; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate_tls, place_args,
         "Sends a copy of the request over TLS; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate_sctp, place_args,
         "Sends a copy of the request over SCTP; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_replicate_to, proto_args,
         "Sends a copy of the request by a protocol to host:port; its replies are swallowed.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC0(t_relay_cancel, "Passes a CANCEL on to the branches of its INVITE.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = canceled),
    FUNC(t_on_failure, name_args, "Names the route to run when all branches failed.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE,
         .prepare = check_failure),
    FUNC(t_on_branch_failure, name_args,
         "Names the event route to run for each branch that fails: tm:branch-failure:NAME.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC(t_on_reply, name_args, "Names the route to run for each reply.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE,
         .prepare = check_reply),
    FUNC(t_on_branch, name_args, "Names the route to run for each branch before it is sent.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE,
         .prepare = check_branch),
    FUNC(t_is_set, target_args, "Tells whether such a route was named."),
    FUNC(t_check_status, status_args, "Matches the status at hand with a regular expression.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC0(t_get_status_code, "The status at hand."),
    FUNC(t_grep_status, number_args, "Tells whether some branch ended with this status.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC(t_set_fr, pair_args,
         "Sets fr_inv_timer and fr_timer for the transaction; 0 leaves one as it is.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC0(t_reset_fr, "Back to the configured fr_inv_timer and fr_timer.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    { .name = "t_set_retr",
      .run = t_set_retr_with_pair_args,
      .args = retr_args_fields,
      .args_size = sizeof(struct pair_args),
      .doc = "Sets T1 and T2 for the transaction; 0 leaves one as it is.",
      .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                ROUTE_BRANCH_FAILURE },
    FUNC0(t_reset_retr, "Back to the configured T1 and T2.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    { .name = "t_set_max_lifetime",
      .run = t_set_max_lifetime_with_pair_args,
      .args = retr_args_fields,
      .args_size = sizeof(struct pair_args),
      .doc =
          "Sets how long the transaction may take, as INVITE and otherwise; 0 leaves one as it is.",
      .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                ROUTE_BRANCH_FAILURE },
    FUNC0(t_reset_max_lifetime, "Back to the configured lifetimes.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    FUNC(t_set_auto_inv_100, number_args, "Whether t_relay() sends 100.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(t_set_disable_6xx, number_args, "Whether a 6xx counts like any negative reply.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC(t_set_disable_failover, number_args,
         "Whether further addresses of a name are left untried.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC(t_set_no_e2e_cancel_reason, number_args,
         "Whether Reason headers of a CANCEL are not passed on.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE,
         .aliases = old_reason),
    FUNC(t_set_disable_internal_reply, number_args,
         "Whether t_relay() leaves it to the script to answer when it fails.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC0(t_branch_timeout, "Tells whether the branch at hand timed out.",
          .routes = ROUTE_FAILURE | ROUTE_REQUEST | ROUTE_EVENT | ROUTE_BRANCH_FAILURE),
    FUNC0(t_branch_replied, "Tells whether the branch at hand had a reply before.",
          .routes = ROUTE_FAILURE | ROUTE_REQUEST | ROUTE_EVENT | ROUTE_BRANCH_FAILURE),
    FUNC0(t_any_timeout, "Tells whether some branch timed out.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    FUNC0(t_any_replied, "Tells whether some branch had a reply.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    FUNC0(t_is_canceled, "Tells whether the transaction was cancelled.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    FUNC0(t_is_expired, "Tells whether the transaction's lifetime is over.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                    ROUTE_BRANCH_FAILURE),
    FUNC0(t_is_retr_async_reply, "Tells whether this is a copy of a reply that still waits.",
          .routes = ROUTE_TM_REPLY, .differs = "always false: such copies do not reach the script"),
    FUNC(t_drop_replies, mode_args, "Forgets the replies received so far.",
         .routes = ROUTE_FAILURE),
    FUNC0(t_save_lumps, "Keeps the changes made so far for later branches.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC0(t_msg_apply_changes,
          "Applies the changes made so far to the request and to the transaction's copy of it.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(t_write_req, write_args, "Tells a program about the request, through a FIFO.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT, .suspends = true,
         .differs = "the first Record-Route is not written twice"),
    FUNC(t_write_unix, write_args,
         "Tells a program about the request, through a UNIX datagram socket.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT, .suspends = true,
         .differs = "the first Record-Route is not written twice"),
    FUNC(t_relay_to_avp, proto_args,
         "Forwards the request with a transaction by a protocol to host:port.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true, .returns = relayed),
    FUNC(t_set_no_auto_ack, number_args,
         "Whether the ACK of a 2xx to a request of our own is left to others.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_BRANCH | ROUTE_EVENT |
                   ROUTE_BRANCH_FAILURE),
    FUNC0(t_use_uac_headers,
          "Nothing to do here: ACK and CANCEL are always made from the request that was sent."),
    FUNC(t_cell_append_branches, cell_args,
         "Sends the request of another transaction to the targets of this one.", .suspends = true),
    FUNC0(t_clean, "Nothing to do here: transactions end by their timers."),
    { .name = "t_load_contacts",
      .run = t_load_contacts_with_number_args,
      .args = copy_args_fields,
      .args_size = sizeof(struct number_args),
      .doc = "Puts the targets into an XAVP, ordered by q.",
      .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE },
    FUNC0(t_next_contacts, "Makes the best of those the targets.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE),
    FUNC0(t_next_contact_flow, "Makes the next flow of a failed instance the target.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT | ROUTE_BRANCH_FAILURE),
    FUNC(t_uac_send, send_args, "Sends a request of our own."),
    { 0 },
};

static const struct field params[] = {
    FIELD_NAMED(tm_conf, txn.fr_timer, "fr_timer",
                "Milliseconds to wait for a first reply, and for the ACK of a negative final one.",
                .def = "30000", .runtime = true),
    FIELD_NAMED(tm_conf, txn.fr_inv_timer, "fr_inv_timer",
                "Milliseconds to wait for the final reply to an INVITE after a provisional one.",
                .def = "120000", .runtime = true),
    FIELD(tm_conf, fr_inv_timer_next, "Accepted without effect.", .def = "30000", .runtime = true,
          .inert = "t_set_fr() before t_relay() gives the next targets a time of their own"),
    FIELD_NAMED(tm_conf, txn.wt_timer, "wt_timer",
                "Milliseconds a finished transaction stays for late messages.", .def = "5000",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.retr_timer1, "retr_timer1",
                "Milliseconds to the first retransmission (T1).", .def = "500", .runtime = true),
    FIELD_NAMED(tm_conf, txn.retr_timer2, "retr_timer2",
                "Longest time between retransmissions, in milliseconds (T2).", .def = "4000",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.max_inv_lifetime, "max_inv_lifetime",
                "Milliseconds an INVITE transaction may take in all.", .def = "180000",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.max_noninv_lifetime, "max_noninv_lifetime",
                "Milliseconds any other transaction may take in all.", .def = "32000",
                .runtime = true),
    FIELD_NAMED(
        tm_conf, txn.noisy_ctimer, "noisy_ctimer",
        "Whether an INVITE that nobody reacted to is answered 408; else its caller hears nothing.",
        .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.auto_inv_100, "auto_inv_100",
                "Whether t_relay() answers an INVITE with 100 at once.", .def = "1",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.auto_inv_100_reason, "auto_inv_100_reason",
                "Reason phrase of that 100.", .def = "trying -- your call is important to us",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.restart_fr_on_each_reply, "restart_fr_on_each_reply",
                "Whether each provisional reply starts fr_inv_timer anew.", .def = "1",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.pass_provisional_replies, "pass_provisional_replies",
                "Accepted without effect.", .def = "0", .runtime = true,
                .inert = "who watches for provisional replies gets them"),
    FIELD_NAMED(tm_conf, txn.aggregate_challenges, "aggregate_challenges",
                "Whether a 401 or 407 carries the challenges of all branches.", .def = "1",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.reparse_invite, "reparse_invite", "Accepted without effect.",
                .def = "1", .runtime = true,
                .inert = "ACK and CANCEL are always made from the INVITE that was sent"),
    FIELD_NAMED(tm_conf, txn.ac_extra_hdrs, "ac_extra_hdrs",
                "Headers whose names begin so are copied from an INVITE to its CANCEL and ACK.",
                .def = "", .runtime = true),
    FIELD_NAMED(tm_conf, txn.unmatched_cancel, "unmatched_cancel",
                "What becomes of a CANCEL without INVITE: 0 forwarded with a transaction, 1 "
                "without, 2 dropped.",
                .def = "0", .runtime = true, .max = 2),
    FIELD_NAMED(tm_conf, txn.cancel_b_method, "cancel_b_method",
                "How a branch without any reply is called off: 0 given up at once, 1 CANCEL after "
                "the first reply, 2 CANCEL at once.",
                .def = "1", .runtime = true, .max = 2),
    FIELD_NAMED(tm_conf, txn.default_code, "default_code",
                "Status of t_reply() when its own argument is no status.", .def = "500",
                .runtime = true, .min = 400, .max = 699),
    FIELD_NAMED(tm_conf, txn.default_reason, "default_reason", "Reason phrase of that reply.",
                .def = "Server Internal Error", .runtime = true),
    FIELD_NAMED(tm_conf, txn.disable_6xx_block, "disable_6xx_block",
                "Whether a 6xx is treated like any negative reply and the other branches go on.",
                .def = "0", .runtime = true),
    FIELD_NAMED(tm_conf, txn.local_ack_mode, "local_ack_mode",
                "Where the ACK of a 2xx to a local INVITE goes: 0 by its route set, 1 as the "
                "INVITE, 2 to where the 2xx came from.",
                .def = "0", .runtime = true, .max = 2),
    FIELD_NAMED(tm_conf, txn.failure_reply_mode, "failure_reply_mode",
                "Which replies a new leg of serial forking forgets: 0 none, 1 and 3 all, 2 those "
                "of the leg before.",
                .def = "3", .runtime = true, .max = 3),
    FIELD_NAMED(tm_conf, txn.faked_reply_prio, "faked_reply_prio",
                "Added to the rank of replies made here; above 0, received ones win.", .def = "0",
                .runtime = true, .min = -10000, .max = 10000),
    FIELD_NAMED(tm_conf, txn.remap_503_500, "remap_503_500", "Whether a 503 goes upstream as 500.",
                .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.failure_exec_mode, "failure_exec_mode",
                "Whether a request that can be sent nowhere runs the failure route instead of "
                "failing t_relay().",
                .def = "0", .runtime = true),
    FIELD_NAMED(
        tm_conf, txn.local_cancel_reason, "local_cancel_reason",
        "Whether a CANCEL sent because of a final reply tells its status in a Reason header.",
        .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.e2e_cancel_reason, "e2e_cancel_reason",
                "Whether Reason headers of a received CANCEL are passed on.", .def = "1",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.ruri_matching, "ruri_matching",
                "Without magic cookie: the Request-URI must be the same.", .def = "1",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.via1_matching, "via1_matching",
                "Without magic cookie: the top Via must be the same.", .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.callid_matching, "callid_matching",
                "Whether a reply must have the Call-ID of its request beside the branch. A request "
                "always must to be taken for one that is known.",
                .def = "0", .runtime = true),
    FIELD_NAMED(tm_conf, txn.callid_cseq_matching, "callid_cseq_matching",
                "Whether requests are matched by Call-ID, CSeq and From tag instead of the branch "
                "(not by RFC 3261).",
                .def = "0", .runtime = true),
    FIELD_NAMED(tm_conf, txn.relay_100, "relay_100", "Whether a received 100 is forwarded.",
                .def = "0", .runtime = true),
    FIELD_NAMED(
        tm_conf, txn.reply_relay_mode, "reply_relay_mode", "Accepted without effect.", .def = "1",
        .inert = "a reply whose route suspended never overwrites a final one that went first"),
    FIELD_NAMED(tm_conf, txn.rich_redirect, "rich_redirect",
                "What 3xx replies show beside the contacts: 1 branch flags, 2 path; added up.",
                .def = "0", .runtime = true, .max = 3),
    FIELD_NAMED(tm_conf, txn.reply_408_code, "reply_408_code",
                "Status of the reply made when a branch times out.", .def = "408", .runtime = true,
                .min = 300, .max = 699),
    FIELD_NAMED(tm_conf, txn.delayed_reply, "delayed_reply",
                "Whether t_relay() that fails leaves the answer to the script, and gives it only "
                "when the script is over without one.",
                .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.reply_408_reason, "reply_408_reason", "Reason phrase of that reply.",
                .def = "Request Timeout"),
    FIELD_NAMED(tm_conf, txn.failover_reply_codes, "failover_reply_codes",
                "Statuses, separated by semicolons, after which the next address of the same name "
                "is tried; 503 when not set.",
                .optional = true),
    FIELD(tm_conf, fr_timer_avp, "Variable that may hold another fr_timer, in seconds.",
          .optional = true),
    FIELD(tm_conf, fr_inv_timer_avp, "Variable that may hold another fr_inv_timer, in seconds.",
          .optional = true),
    FIELD(tm_conf, contacts_avp, "XAVP in which t_load_contacts() keeps the targets.",
          .optional = true),
    FIELD(tm_conf, contact_flows_avp,
          "XAVP in which t_next_contacts() keeps further flows of one instance.", .optional = true),
    FIELD(tm_conf, tw_append,
          "What t_write_req() and t_write_unix() add: name:element;… where an element is "
          "[title=]hdr[name], [title=]avp[name] or msg[body].",
          .optional = true),
    FIELD(tm_conf, unix_tx_timeout, "Milliseconds that t_write_unix() and t_write_req() may take.",
          .def = "500", .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_503, "blst_503",
                "Whether a 503 puts its sender on the list of failed destinations (core parameter "
                "use_dst_blocklist). Anyone who can send such a reply can cut a destination off.",
                .def = "0", .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_503_def_timeout, "blst_503_def_timeout",
                "Seconds on that list after a 503 without Retry-After; 0: it is not put there.",
                .def = "0", .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_503_min_timeout, "blst_503_min_timeout",
                "Seconds on the list at least, whatever Retry-After says.", .def = "0",
                .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_503_max_timeout, "blst_503_max_timeout",
                "Seconds on the list at most.", .def = "3600", .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_methods_add, "blst_methods_add",
                "Methods whose time-outs put a destination on the list of failed ones: a sum of "
                "INVITE 1, CANCEL 2, ACK 4, BYE 8, INFO 16, REGISTER 32, SUBSCRIBE 64, NOTIFY 128, "
                "MESSAGE 256, OPTIONS 512, PRACK 1024, UPDATE 2048, REFER 4096, PUBLISH 8192.",
                .def = "1", .runtime = true),
    FIELD_NAMED(tm_conf, txn.blst_methods_lookup, "blst_methods_lookup",
                "Methods that avoid failed destinations, likewise. A BYE does not.",
                .def = "4294967287", .runtime = true),
    FIELD(tm_conf, reparse_on_dns_failover, "Accepted without effect.", .def = "1", .runtime = true,
          .inert = "each further address gets the request built anew with its branch's changes"),
    FIELD(tm_conf, dns_reuse_rcv_socket, "Accepted without effect.", .def = "0",
          .inert = "the socket a request came by is always preferred"),
    FIELD(tm_conf, exec_time_check, "Accepted without effect.", .def = "5000",
          .inert = "a route that takes long holds up nothing else"),
    FIELD_NAMED(tm_conf, txn.enable_uac_fr, "enable_uac_fr",
                "Whether a request made here that fails runs the failure route that "
                "event_route[tm:local-request] set for it.",
                .def = "0", .runtime = true),
    FIELD(tm_conf, evlreq_mode, "Accepted without effect.", .def = "0",
          .inert = "tm:local-request sees the whole request"),
    FIELD(tm_conf, headers_mode, "Accepted without effect.", .def = "0",
          .inert = "headers are kept as they came"),
    FIELD(tm_conf, e2e_cancel_hop_by_hop, "Accepted without effect.", .def = "1",
          .inert = "a CANCEL always goes hop by hop"),
    FIELD(tm_conf, reply_matching, "Accepted without effect.", .def = "1",
          .inert = "a reply is found by the numbers in its branch, in one step"),
    FIELD(tm_conf, local_ack_branch_mode, "Accepted without effect.", .def = "0",
          .inert = "each ACK has a branch of its own"),
    FIELD(tm_conf, event_callback, "Accepted without effect.", .optional = true,
          .inert = "there are no embedded languages"),
    FIELD(tm_conf, event_callback_lres_sent, "Accepted without effect.", .optional = true,
          .inert = "there are no embedded languages"),
    FIELD(tm_conf, evcb_local_ack_sent, "Accepted without effect.", .optional = true,
          .inert = "there are no embedded languages"),
    FIELD_NAMED(tm_conf, txn.on_sl_reply, "on_sl_reply",
                "onreply_route that runs for a reply without a transaction before it is forwarded; "
                "drop and return 0 keep it back.",
                .optional = true),
    FIELD(tm_conf, xavp_contact, "Accepted without effect.", .optional = true,
          .inert = "attributes of contacts come with the branches"),
    { 0 },
};

static const struct event events[] = {
    { "tm:local-request", "A request of our own is about to leave; drop keeps it." },
    { "tm:local-response", "A reply made here was sent by a transaction." },
    { "tm:local-response-sent", "The same, after tm:local-response." },
    { "tm:local-ack-sent", "The ACK of a 2xx to an INVITE of our own was sent." },
    { "tm:continue",
      "A suspended request goes on, but the route named for it is missing, and so is the event "
      "route of the module that suspended it." },
    { "tm:branch-failure:<name>", "A branch failed that t_on_branch_failure() was called for." },
    { 0 },
};

static const struct field by_call_fields[] = {
    FIELD(by_call_args, call_id, "Call-ID."),
    FIELD(by_call_args, cseq, "Number of the CSeq."),
    { 0 },
};
#define REPLY_FIELDS(st)                                                                           \
    FIELD(st, code, "Status.", .min = 100, .max = 699), FIELD(st, reason, "Reason phrase.")
#define REPLY_MORE_FIELDS(st)                                                                      \
    FIELD(st, to_tag, "To tag; . for one of our own.", .def = "."),                                \
        FIELD(st, headers, "Further header lines; . for none.", .def = "."),                       \
        FIELD(st, body, "Body, whose type stands in the header lines.", .def = "")
static const struct field by_call_reply_fields[] = {
    REPLY_FIELDS(by_call_reply_args),
    FIELD(by_call_reply_args, call_id, "Call-ID."),
    FIELD(by_call_reply_args, cseq, "Number of the CSeq."),
    REPLY_MORE_FIELDS(by_call_reply_args),
    { 0 },
};
static const struct field by_id_reply_fields[] = {
    REPLY_FIELDS(by_id_reply_args),
    FIELD(by_id_reply_args, id, "$T(id_index):$T(id_label)."),
    REPLY_MORE_FIELDS(by_id_reply_args),
    { 0 },
};
static const struct field by_id_fields[] = {
    FIELD(by_id_args, id, "$T(id_index):$T(id_label)."),
    { 0 },
};
static const struct field local_fields[] = {
    FIELD(local_args, method, "Method."),
    FIELD(local_args, uri, "Request-URI."),
    FIELD(local_args, next_hop, "URI to send to; . for none."),
    FIELD(local_args, socket, "Socket to send from; . for any."),
    FIELD(local_args, headers, "Further header lines."),
    FIELD(local_args, body, "Body.", .def = ""),
    { 0 },
};
static const struct field attrs_fields[] = {
    FIELD(attrs_args, attrs, "Attributes, with commas between them; . for none."),
    FIELD_NAMED(attrs_args, local.method, "method", "Method."),
    FIELD_NAMED(attrs_args, local.uri, "uri", "Request-URI."),
    FIELD_NAMED(attrs_args, local.next_hop, "next_hop", "URI to send to; . for none."),
    FIELD_NAMED(attrs_args, local.socket, "socket", "Socket to send from; . for any."),
    FIELD_NAMED(attrs_args, local.headers, "headers", "Further header lines."),
    FIELD_NAMED(attrs_args, local.body, "body", "Body.", .def = ""),
    { 0 },
};
#define LOCAL(suffix, doc, fn)                                                                     \
    {                                                                                              \
        "tm.t_uac_" suffix, doc, fn, local_fields, sizeof(struct local_args), false                \
    }
static const struct rpc_method methods[] = {
    { "tm.stats", "Counters of transactions.", tm_rpc_stats, NULL, 0, false },
    { "tm.hash_stats", "Transactions of each worker.", tm_rpc_hash_stats, NULL, 0, true },
    { "tm.list", "All transactions.", tm_rpc_list, NULL, 0, true },
    { "tm.clean", "Nothing to do here: transactions end by their timers.", tm_rpc_clean, NULL, 0,
      false },
    { "tm.cancel", "Cancels an INVITE.", tm_rpc_cancel, by_call_fields, sizeof(struct by_call_args),
      false },
    { "tm.reply", "Replies to a request.", tm_rpc_reply, by_id_reply_fields,
      sizeof(struct by_id_reply_args), false },
    { "tm.reply_callid", "Replies to a request.", tm_rpc_reply_callid, by_call_reply_fields,
      sizeof(struct by_call_reply_args), false },
    { "tm.retransmit_reply", "Sends a request's last reply again.", tm_rpc_retransmit_id,
      by_id_fields, sizeof(struct by_id_args), false },
    { "tm.retransmit_reply_callid", "Sends a request's last reply again.", tm_rpc_retransmit,
      by_call_fields, sizeof(struct by_call_args), false },
    LOCAL("start", "Sends a request of our own.", tm_rpc_start),
    LOCAL("wait", "Sends a request of our own and waits for its final reply.", tm_rpc_wait),
    LOCAL("wait_block", "The same as tm.t_uac_wait.", tm_rpc_wait),
    LOCAL("start_hex", "tm.t_uac_start with headers and body in hexadecimal.", tm_rpc_start_hex),
    LOCAL("wait_hex", "tm.t_uac_wait with headers and body in hexadecimal.", tm_rpc_wait_hex),
    LOCAL("wait_block_hex", "The same as tm.t_uac_wait_hex.", tm_rpc_wait_hex),
    LOCAL("start_noack", "tm.t_uac_start that leaves the ACK of a 2xx to others.",
          tm_rpc_start_noack),
    LOCAL("wait_noack", "tm.t_uac_wait that leaves the ACK of a 2xx to others.", tm_rpc_wait_noack),
    LOCAL("wait_block_noack", "The same as tm.t_uac_wait_noack.", tm_rpc_wait_noack),
    LOCAL("start_noack_hex", "tm.t_uac_start_noack with headers and body in hexadecimal.",
          tm_rpc_start_noack_hex),
    { "tm.t_uac_attrs",
      "Sends a request of our own with attributes: \"wait\" waits for the final reply, \"noack\" "
      "leaves the ACK of a 2xx to others, \"hex\" takes headers and body in hexadecimal.",
      tm_rpc_attrs, attrs_fields, sizeof(struct attrs_args), true },
    LOCAL("wait_noack_hex", "tm.t_uac_wait_noack with headers and body in hexadecimal.",
          tm_rpc_wait_noack_hex),
    LOCAL("wait_block_noack_hex", "The same as tm.t_uac_wait_noack_hex.", tm_rpc_wait_noack_hex),
    { 0 },
};

static err_t check(struct load *l, void *conf)
{
    struct str name = ((struct tm_conf *)conf)->txn.on_sl_reply;
    err_t e = check_route(l, name, ROUTE_TM_REPLY);

    return e ? e : write_check(l, conf);
}

static err_t start(const void *conf)
{
    (void)conf;
    txn_start(self.slot.index);
    select_upcalls.tm = tm_select;
    return ERR_OK;
}

const struct module module_tm = {
    .abi = MODULE_ABI,
    .name = "tm",
    .doc = "SIP transactions: stateful forwarding, replies, CANCEL, failure routes.",
    .slot = &self.slot,
    .conf_size = sizeof(struct tm_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .check = check,
    .events = events,
    .start = start,
};
