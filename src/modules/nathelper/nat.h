/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of nathelper. */
#pragma once
#include "core/send.h"

struct nathelper_conf {
    int64_t natping_interval; /* seconds; 0: off */
    bool ping_nated_only;
    struct str nortpproxy_str;
    const struct var_ref *received_avp; /* may be NULL */
    struct str force_socket, sipping_from, sipping_method;
    int64_t sipping_bflag, natping_disable_bflag;
    int64_t natping_processes;
    struct str natping_socket;
    int64_t keepalive_timeout;
    bool udpping_from_path, ignore_path, append_sdp_oldmediaip, filter_server_id;
    bool nat_addr_mode;
    struct str alias_name;
};
extern const struct module module_nathelper;
const struct nathelper_conf *nathelper_conf(struct call *c);
const struct nathelper_conf *nathelper_conf_now(void); /* of the current generation */

/* ---- detect.c ---- */

enum {
    NAT_CONTACT = 1,
    NAT_RECEIVED = 2,
    NAT_VIA = 4,
    NAT_SDP = 8,
    NAT_PORT = 16,
    NAT_SOURCE = 32,
    NAT_WEBSOCKET = 64,
    NAT_CONTACT_PORT = 128,
    NAT_SDP_SOURCE = 256,
    NAT_TARGET = 512,
};
/* Whether one of the tests of `mask` finds a NAT. */
bool nat_detect(struct call *c, unsigned mask, bool reserved_too);
/* Addresses that only mean something inside a network (RFC 1918, 6598, 7335). */
bool host_is_private(struct str host, bool reserved_too);

/* ---- rewrite.c: Contact, Request-URI ---- */

/* The URI of where a message came from: "sip:192.0.2.1:5062;transport=TCP"; in the call's arena. */
struct str source_uri(const struct call *c);
/* Puts the source's address and port into the URIs of Contact. */
err_t contact_to_source(struct call *c) MUST_USE;
/* What stands in ";alias=": "192.0.2.1~5062~1". */
struct alias {
    struct str host; /* IPv6 in brackets */
    uint16_t port;
    enum proto proto;
};
struct alias alias_of_source(struct call *c);
/* Adds it to the first Contact URI. ERR_EXISTS: not needed, the URI says the same (unless `force`);
 * `trim`: takes an alias that is there away first. */
err_t contact_add_alias(struct call *c, struct str name, const struct alias *a, bool force,
                        bool trim) MUST_USE;
/* Takes the alias out of the Request-URI and makes it the destination. ERR_NOT_FOUND. */
err_t ruri_take_alias(struct call *c, struct str name, bool last) MUST_USE;
/* The alias of the first Contact as a URI. ERR_NOT_FOUND. */
err_t contact_alias_uri(struct call *c, struct str name, struct str *out) MUST_USE;
/* Notes the source in Contact: as a parameter of the header or of the URI. */
err_t contact_add_received(struct call *c, bool in_uri) MUST_USE;

/* ---- media.c ---- */

enum { SDP_ADD_ACTIVE = 1, SDP_FIX_MEDIA = 2, SDP_ADD_MARK = 4, SDP_FIX_ORIGIN = 8 };
/* ERR_NOT_FOUND: nothing was replaced. */
err_t sdp_fix(struct call *c, unsigned flags, struct str ip) MUST_USE;
/* Calls fn for the address of each c= line until it returns true. */
bool sdp_each_address(struct call *c, bool (*fn)(struct str address, void *arg), void *arg);

/* ---- nathelper.c: whether pings are sent ---- */

bool ping_is_enabled(void);

/* ---- ping.c ---- */

void ping_worker_start(void);
void ping_worker_stop(void);
/* A filter of core/receive.h: takes replies to our pings. */
bool ping_take_reply(struct call *c);
