/* SPDX-License-Identifier: BSD-2-Clause */
/* The control methods of tm: their names and arguments. */
#include "modules/tm/tm.h"

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
const struct rpc_method tm_methods[] = {
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
