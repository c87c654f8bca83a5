/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands around the server under test: peers that make their messages from what they sent and
 * received before. They are not user agents: they send what they are told to.
 */
#pragma once
#include "base/arena.h"
#include "base/net_addr.h"

enum { PEERS_MAX = 16, KEPT_MAX = 64, WITH_MAX = 24 };

/* A message that a peer sent or received. */
struct kept {
    struct str bytes, label, method, call; /* label: method or status; method: that of CSeq */
    bool received, request;
};

struct peer {
    struct str name;
    struct addr addr;      /* where it sends from */
    struct str via_host;   /* as it writes itself in Via: "192.0.2.1:5060" */
    struct str contact;    /* … and in Contact: "192.0.2.1" */
    const char *via_proto; /* "UDP", "TCP" */
    uint64_t stream;       /* what it received last came by it; 0: datagrams */
    struct kept list[KEPT_MAX];
    size_t n;
    uint32_t cseq, branches, nonce_count;
};

struct peers {
    struct arena *arena;
    struct str domain; /* of From: "example.org" */
    struct peer at[PEERS_MAX];
    size_t n;
};

/* What one of them shall send. */
struct wish {
    struct str what;           /* "INVITE", "486" */
    struct str of;             /* method a reply is for; empty: of the last request */
    struct str uri;            /* of a request; STR_NONE: the default */
    struct str call;           /* which call; STR_NONE: the newest, or the peer's own */
    struct str reason;         /* of a reply; STR_NONE: "Reply 486" */
    bool repeat;               /* the same bytes as the last time */
    bool in_dialog;            /* as the dialog of the call has it: tags, remote target, routes */
    bool sdp;                  /* a body that describes an audio stream */
    bool old_branch;           /* a Via without branch */
    struct str with[WITH_MAX]; /* header lines, without line end; they replace those of the name */
    size_t n_with;
    struct str without[WITH_MAX]; /* names of headers that it leaves out */
    size_t n_without;
    struct str body;
    struct str user, password; /* answers the last challenge; STR_NONE: it does not */
};

/* NULL: there are too many. */
struct peer *peers_add(struct peers *ps, struct str name);
struct peer *peers_find(struct peers *ps, struct str name);
void peer_received(struct peers *ps, struct peer *p, struct str bytes);
/* The bytes a peer sends; empty when there is nothing to make them from. */
struct str peer_write(struct peers *ps, struct peer *p, const struct wish *w);
/* Sent as it is, and remembered. */
struct str peer_write_raw(struct peers *ps, struct peer *p, struct str bytes);

/* A header's value, by name, from the bytes of a message; STR_NONE. */
struct str header_in(struct str bytes, const char *name);
/* The ACK that a client transaction sends for a negative final reply to INVITE (RFC 3261,
 * 17.1.1.3); empty: this reply gets none. */
struct str peer_ack_of(struct peers *ps, struct peer *p, struct str reply);
