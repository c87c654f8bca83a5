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
    .params = tm_params,
    .funcs = funcs,
    .methods = tm_methods,
    .check = check,
    .events = events,
    .start = start,
};
