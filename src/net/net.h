/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network as the upper floors see it: messages come in as packets on the home worker of their
 * call and go out along flows. Listening sockets are in net/listener.h, names in net/dns.h.
 */
#pragma once
#include "base/net_addr.h"
#include "base/obj.h"
#include "net/listener.h"
#include "rt/worker.h"

enum {
    FLOW_NO_CONNECT = 1, /* streams: only along a connection that exists */
    FLOW_BIND = 2,       /* streams: a new connection is bound to the listener's IP address */
    FLOW_CLOSE = 4,      /* streams: close once everything queued has been sent */
};

/*
 * Where a message came from, or is to go. A plain value, to be copied freely: listeners live until
 * net_end, connections are named by number and may be gone when used.
 */
struct flow {
    enum proto proto;
    uint8_t flags;          /* FLOW_*; for sending */
    uint8_t tolerated;      /* failures for which the peer is not blocked (net/blocklist.h) */
    struct listener *local; /* NULL: net_send chooses with listener_for */
    struct addr peer;       /* address and port of the other side */
    uint64_t connection;    /* streams; 0: the one to `peer`, found or opened */
};

/* One received message with the memory it lies in. Reference-counted with obj_hold/obj_drop. */
/* After an oversize or malformed message from a stream nothing more is read from the connection; it
 * is closed after the next message sent along it, or after a second. */
struct packet {
    struct post post;    /* carries it to its home worker */
    struct str bytes;    /* a NUL stands behind, not counted; may be changed in place */
    struct flow from;    /* replies go here */
    int64_t received_us; /* wall clock, as clock_unix_us */
    uint64_t call_hash;  /* home_hash of its Call-ID; 0 when there is none */
    bool http;           /* an HTTP request that came in on a SIP port */
    bool oversize;       /* longer than allowed: `bytes` is only its beginning (answer 513) */
    bool malformed;      /* from a stream, cannot be told from what follows it: no usable
                            Content-Length; `bytes` is its head (answer 400) */
};

/* What net calls. Filled in once, before net_begin; NULL entries are skipped. */
struct net_upcalls {
    /* A message, on the home worker of its call (without Call-ID: on the worker that received it),
     * in order of arrival for one source and call; on the loop's own stack. Takes the reference. */
    void (*received)(struct packet *p);
    /* A stream was accepted; false closes it at once. On the worker that owns it. */
    bool (*accepted)(const struct flow *f);
    /* A connection ended; ERR_OK: in good order. On the worker that owned it. */
    void (*closed)(const struct flow *f, err_t why);
    /* A message that net_send had taken could not be delivered (no connection, time-out, closed
     * before it was written): `bytes` as given. On the worker that had called net_send. */
    void (*send_failed)(const struct flow *to, struct str bytes, err_t why);
};

/* What operators may tune. net_default_conf holds the defaults; times in ms. */
struct net_conf {
    size_t message_max;    /* bytes of one message: 65535 */
    size_t receive_buffer; /* SO_RCVBUF is raised up to this (maxbuffer) */
    size_t send_buffer;    /* SO_SNDBUF likewise (maxsndbuffer) */
    char multicast[16];    /* the interface on which groups are joined; "": the system's choice */
    int multicast_ttl;     /* -1: leave */
    bool multicast_loop;   /* what goes to a group comes to this machine too */
    int tos;               /* IP_TOS and IPV6_TCLASS; -1: leave */
    bool pmtu_discovery;   /* set DF */
    bool free_bind;        /* bind addresses the machine does not have (yet) */
    bool multihomed;       /* choose the sending listener by the route to the peer */
    bool tcp_disabled;
    bool tcp_accept_aliases; /* ;alias in Via makes the connection serve that port too */
    bool tcp_no_connect;     /* never open connections */
    bool tcp_http;           /* take HTTP requests on SIP ports (tcp_accept_no_cl) */
    bool tcp_proxy;          /* connections begin with a header of the PROXY protocol */
    unsigned udp_proxy;      /* datagrams may begin with one: PROXY_* of proxy_header.h, a sum */
    bool tcp_crlf_ping;      /* answer CRLFCRLF with CRLF (RFC 5626, 4.4.1) */
    bool tcp_keepalive;      /* SO_KEEPALIVE, with the three below when not 0 (seconds) */
    bool tcp_close_reset;    /* close with RST */
    bool tcp_delayed_ack;
    int tcp_keep_idle, tcp_keep_interval, tcp_keep_count;
    int tcp_syn_count;    /* TCP_SYNCNT; 0: leave */
    int tcp_linger2;      /* TCP_LINGER2 in seconds; 0: leave */
    int tcp_defer_accept; /* seconds; 0: off */
    int tcp_backlog;
    int64_t tcp_connect_timeout, tcp_send_timeout;
    int64_t tcp_lifetime;        /* close after that long without traffic; negative: never */
    int64_t tcp_message_timeout; /* a begun message must be complete by then */
    int64_t tcp_keepalive_ping;  /* send CRLFCRLF on idle connections we opened; 0: do not */
    size_t tcp_connections;      /* of the whole process */
    size_t tcp_per_ip;           /* accepted from one IP address */
    size_t tcp_queue_connection; /* bytes waiting to be written, of one connection */
    size_t tcp_queue_all;        /* and of all */
    struct addr tcp_source_v4, tcp_source_v6; /* local address of new connections, when set */
};
extern const struct net_conf net_default_conf;

/* Makes the statistics of this floor known before net_begin does; harmless when repeated. */
void net_stats_register(void);
/* After workers_init and before listeners_apply. */
void net_begin(const struct net_upcalls *up, const struct net_conf *conf);
/* Called on every worker, in the `begin` of workers_start: opens its part of the network. */
err_t net_worker_begin(void) MUST_USE;
/* Closes all connections and sockets; after workers_stop. */
void net_end(void);
/* Takes new tunables; what exists keeps what cannot be changed. Any thread. */
void net_configure(const struct net_conf *conf);
const struct net_conf *net_conf(void); /* valid until this worker's next turn */

/*
 * Sends one message. Does not suspend; copies the bytes. UDP: goes out at the end of this loop
 * turn. Streams: written, or queued while a connection is being opened. On a worker only.
 * ERR_UNREACHABLE: no route, or no connection and none may be opened; ERR_LIMIT: a queue is full;
 * ERR_NOT_FOUND: no listener for this protocol and family; ERR_UNSUPPORTED: no such protocol.
 */
err_t net_send(const struct flow *to, struct str bytes) MUST_USE;

/*
 * A filter of raw messages, for who changes them on their way: each packet before its home is
 * looked for, on the worker that received it, and each message of net_send. It gives them on with
 * net_pass and net_send_raw, now or later. NULL: none. Any thread.
 */
struct net_filter {
    void (*received)(struct packet *p); /* takes the reference */
    err_t (*sending)(const struct flow *to, struct str bytes);
};
void net_set_filter(const struct net_filter *f);
void net_pass(struct packet *p, struct str instead); /* STR_NONE: as it is; takes the reference */
err_t net_send_raw(const struct flow *to, struct str bytes) MUST_USE; /* as net_send */
/* A second filter, between that one and the wire, for who encrypts: it gives messages on with
 * net_pass_plain and net_send_wire. */
void net_set_cipher(const struct net_filter *f);
void net_pass_plain(struct packet *p, struct str instead);
err_t net_send_wire(const struct flow *to, struct str bytes) MUST_USE;

/* Told, as net_upcalls.closed, of each connection that ended. For modules, at start; once each. */
void net_on_closed(void (*fn)(const struct flow *f, err_t why));

/* Connections of all workers. */
struct connection_info {
    uint64_t id;
    enum proto proto;
    struct listener *local;
    struct addr peer;
    bool accepted; /* the other side opened it */
    bool connecting;
    unsigned worker;                          /* index */
    size_t queued;                            /* bytes waiting to be written */
    int64_t opened_ms, active_ms, expires_ms; /* worker_now clock; expires 0: never */
};
/* Calls fn for each, on the worker that owns it, one worker after the other. Suspends. */
void connections_each(void (*fn)(const struct connection_info *c, void *arg), void *arg);
size_t connections_count(void);
/* Whether this connection is (still) open, in any worker. */
bool connection_exists(uint64_t id);
/* The connection to `peer` (or alias), or 0. */
uint64_t connection_find(enum proto proto, const struct addr *peer);
/* Asks its owner to close it, after what is queued was sent. ERR_NOT_FOUND. */
err_t connection_close(uint64_t id);
/* Makes the connection serve `port` of its peer's address too (RFC 5923). ERR_NOT_FOUND. */
err_t connection_alias(uint64_t id, uint16_t port);

/* Datagrams lost because this worker's receive queues were full, since it began. */
uint64_t net_dropped_here(void);

/* The keyed hash that chooses a call's home: worker_of_hash(home_hash(call_id)). Never 0. */
uint64_t home_hash(struct str call_id);
