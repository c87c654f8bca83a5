/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listening sockets. One `struct listener` per listen line; its address is "the socket" by which
 * scripts choose where messages leave, and what Via and Record-Route show. A listener lives until
 * net_end, also after a reload closed it, so pointers to it may be kept without counting; one that
 * is opened again with the same description is the same object.
 */
#pragma once
#include "base/buf.h"
#include "base/net_addr.h"

enum {
    LISTENER_VIRTUAL = 1, /* the address may not be on this machine (yet): IP_FREEBIND */
};

/* What a listen line says, names already resolved. The strings need only live during the call. */
struct socket_spec {
    enum proto proto;
    struct addr addr;           /* port 0: any free one (tests) */
    struct str name;            /* STR_NONE: none */
    struct str advertised_host; /* STR_NONE: the address itself */
    uint16_t advertised_port;   /* 0: the port itself */
    unsigned flags;             /* LISTENER_* */
    struct str where;           /* for messages: "kamailio.cfg:12"; STR_NONE: unknown */
};

struct listener {
    enum proto proto;
    struct addr addr; /* as bound */
    uint16_t port;
    struct str name;    /* "" when it has none */
    struct str ip_text; /* "192.0.2.1", "2001:db8::1" */
    struct str host;    /* the same, with brackets round IPv6 */
    struct str port_text;
    struct str text;            /* "udp:192.0.2.1:5060" */
    struct str advertised_host; /* what others are told: advertised, else `host` */
    uint16_t advertised_port;
    struct str advertised_port_text;
    struct str advertised_text; /* "udp:sip.example.org:5060" */
    bool advertises;            /* an advertised address was given */
    unsigned flags;
    unsigned index;         /* place in the list it was last applied with */
    unsigned number;        /* unique in this process */
    _Atomic(bool) open;     /* false once a reload closed it */
    struct listener_io *io; /* of net */
};

/*
 * Makes the listening sockets those of `specs`, in this order: unchanged ones are not touched, new
 * ones are opened (for every worker), missing ones closed. All or nothing: on failure nothing has
 * changed and `why` names the address and the reason. Any thread; callers take turns. Does not
 * suspend.
 */
err_t listeners_apply(const struct socket_spec *specs, size_t n, struct buf *why) MUST_USE;

/* The open ones in order of the last listeners_apply. Valid until this worker's next loop turn. */
struct listeners {
    size_t n;
    struct listener *at[];
};
const struct listeners *listeners_now(void);

/* PROTO_NONE and port 0 match any. Looks at the bound and at the advertised address; `host` is an
 * IP address (IPv6 with or without brackets) or an advertised name. NULL when there is none. */
struct listener *listener_find(struct str host, uint16_t port, enum proto proto);
struct listener *listener_by_name(struct str name);
struct listener *listener_by_addr(enum proto proto, const struct addr *a);
/* The one to send from to `peer`: the first of its protocol and family, or with `multihomed` the
 * one whose address the system would use. */
struct listener *listener_for(enum proto proto, const struct addr *peer);
