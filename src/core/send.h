/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending: choosing the next hop of a request, building the bytes that go out, and replying.
 * Stateless forwarding and transactions both stand on these.
 */
#pragma once
#include "core/call.h"

/* One place a request can be sent to. */
struct hop {
    struct flow flow; /* protocol, listener, peer address, connection */
    struct str host;  /* the name that was resolved, for logs */
};
enum { HOPS_MAX = 16 };

/*
 * Finds where a branch of the call's request goes (RFC 3261 16.6 items 6, 7 and RFC 3263): its
 * flow, else dst_uri, else the URI. A Route header is the business of loose_route(), which sets
 * dst_uri: configurations that do not call it expect the URI to decide. Fills up to HOPS_MAX hops
 * in order of preference and picks the listener for each (forced socket, same protocol, mhomed).
 * Suspends when a name must be resolved. ERR_SYNTAX: bad URI; ERR_NOT_FOUND: the name does not
 * resolve; ERR_UNREACHABLE: no listener.
 */
err_t send_find_hops(struct call *c, const struct target *t, struct hop *hops, size_t *n) MUST_USE;

/* The same for any URI; `forced` is the listener to send from, or NULL. Suspends likewise. */
err_t send_find_uri_hops(struct call *c, struct listener *forced, const struct uri *u,
                         struct hop *hops, size_t *n) MUST_USE;
/* Whether a request of that many bytes is too long for UDP by udp_mtu; `instead` is the protocol to
 * use then. */
bool send_is_too_long(const struct call *c, const struct hop *to, size_t bytes,
                      enum proto *instead);

/* Changes a hop to another protocol, same address and port. ERR_UNREACHABLE: there is no listener
 * for it, or the address is known not to take it. */
err_t send_by_other_proto(const struct call *c, enum proto proto, struct hop *hop) MUST_USE;
/* Takes out those that failed lately (net/blocklist.h); returns how many are left. */
size_t send_drop_blocked(struct hop *hops, size_t n);

/* How we name ourselves in what the call's request carries on (Via, Record-Route): what the script
 * said, else what the configuration or the socket advertises. */
struct str send_own_host(const struct call *c, const struct listener *ln);
struct str send_own_port(const struct call *c, const struct listener *ln);

/* What is put on the Via of an outgoing request. */
struct via_plan {
    struct str branch; /* whole value, magic cookie included */
    struct str
        extra; /* further parameters with leading ';', or empty ("i=" of a connection is added) */
};

/*
 * The bytes of a request as it leaves for one hop: edits applied, Request-URI of `t`, Path of `t`
 * as Route headers, Via put on top, Max-Forwards untouched (the maxfwd module edits it), received=
 * and rport= added to the incoming Via. `more` (may be NULL) holds edits of this branch only
 * (branch route). Appends to `out`.
 */
err_t send_build_request(struct call *c, const struct target *t, const struct edit_list *more,
                         const struct hop *hop, const struct via_plan *via,
                         struct buf *out) MUST_USE;
/* The bytes of a received reply as it goes back: our Via removed, edits applied. */
err_t send_build_reply(struct call *c, struct buf *out) MUST_USE;

/* Where a reply made here to the call's request goes: back where the request came from (RFC 3261
 * 18.2.2, RFC 3581). Does not suspend. ERR_STATE: the message was not received. */
err_t send_request_reply_hop(struct call *c, struct hop *out) MUST_USE;

/* The branch of RFC 3261 16.11 for the call's request; in the call's arena. */
struct str send_stateless_branch(struct call *c);
/* Statelessly: forwards the request to where its URIs lead, trying one hop after the other. */
err_t send_forward(struct call *c) MUST_USE;
/* Statelessly: forwards the request (a branch computed from the request, RFC 3261 16.11). */
err_t send_stateless(struct call *c, const struct hop *to) MUST_USE;
/* Forwards the received reply by its second Via. */
err_t send_reply_stateless(struct call *c) MUST_USE;
/*
 * Builds and sends a reply to the call's request, without a transaction. Includes what the script
 * added with append_to_reply(). `to_tag` STR_NONE: computed from the request. Nothing is sent for
 * ACK.
 */
err_t send_local_reply(struct call *c, unsigned status, struct str reason,
                       struct str to_tag) MUST_USE;
/* The bytes of that reply, for who wants to keep them (transactions). */
err_t send_build_local_reply(struct call *c, unsigned status, struct str reason, struct str to_tag,
                             struct buf *out) MUST_USE;
/* Adds header text ("Name: value\r\n", one or more lines) to replies made here for this call; a
 * body with its type. */
void reply_add_header(struct call *c, struct str lines);
void reply_set_body(struct call *c, struct str body, struct str content_type);
struct str reply_added_headers(const struct call *c); /* what reply_add_header added so far */
/* The To tag for local replies of this request: the same for its retransmissions. */
struct str reply_to_tag(struct call *c);
/* The one send_local_reply() takes by default: differs, so that an ACK tells whose reply it is for.
 */
struct str reply_stateless_tag(struct call *c);

/* Sends bytes, running onsend_route where the configuration has one (`c` may be NULL: no route).
 * ERR_DENIED: onsend_route dropped it. */
err_t send_bytes(struct call *c, const struct hop *to, struct str bytes) MUST_USE;

/* Told of each reply that is about to leave, on the coroutine of its call; it may suspend.
 * Added at start, by a few modules. */
void send_watch_replies(void (*fn)(struct call *c, const struct hop *to, struct str bytes));
/* The same for replies: onsend_route runs where onsend_route_reply asks for it. */
err_t send_reply_bytes(struct call *c, const struct hop *to, struct str bytes) MUST_USE;

/* The transport-independent reason phrase for a status, "OK" for 200. */
struct str status_reason(unsigned status);
/* Error of ours as the status and reason a requester gets (`sl_reply_error`, `t_reply_error`). */
unsigned status_of_err(err_t e, struct str *reason);
