/* SPDX-License-Identifier: BSD-2-Clause */
/* Via (RFC 3261, 20.42) and CSeq (20.16). */
#pragma once
#include "base/net_addr.h"
#include "sip/method.h"

struct via {
    struct str all; /* this value */
    enum proto proto;
    struct str proto_text;
    struct str host, port_text;
    uint16_t port; /* 0: not given */
    struct str params;
    struct str branch, received, rport, maddr, ttl, alias, i; /* STR_NONE when missing */
    bool has_rport, has_alias;
};
/* One value from the front of *in; *in is moved behind it and its comma. */
err_t via_next(struct str *in, struct via *out) MUST_USE;

struct cseq {
    uint32_t number;
    enum sip_method method;
    struct str method_name;
};
err_t cseq_parse(struct str in, struct cseq *out) MUST_USE;
