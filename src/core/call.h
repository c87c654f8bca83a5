/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The call context: one run of a script over one message, on one coroutine of the call's home
 * worker. Functions of modules get it; it says what arrived, what the script has changed so far
 * and where the message is to go.
 */
#pragma once
#include "core/generation.h"
#include "core/vars.h"
#include "module/module.h"
#include "net/net.h"
#include "sip/edit.h"
#include "sip/message.h"

struct txn;
struct hop; /* core/send.h */
struct build_hook;
struct tkv; /* core/tkv.h */
struct reply_extra;

/* One branch: a target the request may go to. Branch 0 is the request's own ($ru, $du …); the
 * others were made by append_branch, lookup() and friends. */
struct target {
    struct str uri;          /* Request-URI of this branch; STR_NONE in branch 0: as received */
    struct str dst_uri;      /* next hop; STR_NONE: the Route header or the URI decide */
    struct str path;         /* Route set to put in front (Path vector) */
    struct listener *socket; /* send from here; NULL: chosen by the route. Not a reference: the
                                generation that the call pins keeps it */
    struct flow *flow; /* use this connection (outbound, registered over a stream); may be NULL */
    uint32_t flags;    /* branch flags */
    int q;             /* thousandths; -1: none */
    struct str instance, ruid, user_agent, location_ua;
    int64_t reg_id;
    struct str alias; /* set_contact_alias / handle_ruri_alias parameter, kept for forwarding */
};
enum { CALL_SLOTS = 32 };
/* What our Via tells besides; the last: that of replies made here. */
enum { VIA_SERVER_ID = 1, VIA_PARAMS = 2, VIA_FIELDS = 4, VIA_REPLY_PARAMS = 8 };
enum { REDIRECT_FLAGS = 1, REDIRECT_PATH = 2 };
enum { TARGETS_MAX = 30 }; /* the configured max_branches is at most this */

struct call {
    /* what arrived */
    struct msg *msg;
    struct packet *packet; /* NULL for messages made here (local requests, timeouts) */
    struct flow from;      /* peer and listener it came by */
    struct arena *arena;   /* lives as long as this run */
    int64_t received_us;   /* wall clock at arrival, as clock_unix_us() */
    uint64_t serial;       /* $mi: number of this message in this worker */

    /* the rules it runs under; pinned by a reference */
    struct generation *gen;
    enum route route;       /* kind of the block running now */
    const char *route_name; /* of the named block running now; "" in the main one */
    struct txn *txn;        /* its transaction, when one exists; pinned while the run lasts */
    int branch;             /* the branch a branch/reply/failure route runs for; -1: none */

    /* what the script has done */
    struct edit_list edits;
    struct target targets[1]; /* branch 0; more in `more_targets` */
    struct target *more_targets;
    size_t n_more_targets;
    uint32_t flags;             /* message flags, setflag(); follow the transaction */
    uint32_t script_flags;      /* setsflag(); this run only */
    struct vars *vars;          /* AVPs and XAVPs, never NULL; shared with the transaction once it
                                   exists. The run holds one reference */
    struct script_frame *frame; /* of the virtual machine: $var, $rc, stack of routes */
    int rc;                     /* $rc */
    bool drop;                  /* the script said drop */
    bool rport_forced;          /* force_rport(): reply to the source port */
    bool no_connect_reply,
        no_connect_forward; /* set_reply_no_connect(), set_forward_no_connect() */
    bool close_reply, close_forward;
    bool alias_added;           /* our Via gets ;alias (force_tcp_alias …) */
    uint8_t via_flags;          /* VIA_*: what else our Via tells */
    bool local_rport;           /* our Via gets ;rport (add_local_rport) */
    struct str advertised_host; /* set_advertised_address(); STR_NONE: what the socket says */
    struct str advertised_port; /* set_advertised_port(); likewise */
    uint8_t forward_tolerated, reply_tolerated; /* failures that block no destination, of requests
                                                   and of replies (net/blocklist.h) */
    enum proto mtu_proto;                       /* udp_mtu_try_proto(); PROTO_NONE: as configured */
    bool replied;                               /* a final reply went out statelessly */
    bool uri_rewritten;                         /* targets[0].uri differs from what arrived */
    const struct uri *cached_uri;               /* of the current Request-URI; use call_uri() */
    err_t error;            /* of the last function that failed, for sl_reply_error() */
    unsigned rich_redirect; /* REDIRECT_*: what 3xx replies show of the targets */
    unsigned status;        /* in failure and onreply routes of a transaction: the reply's status */
    struct str fake_reason; /* reason of a reply made here (408 by timer) */
    void *module_data[CALL_SLOTS]; /* see call_slot_new() */

    /* for the core's own functions; modules use those of core/send.h */
    struct build_hook *build_hooks;  /* in order of adding */
    struct reply_extra *reply_extra; /* what local replies get besides; NULL: nothing */
    const struct tkv *tkv;           /* in event_route[core:tkv] */
    const struct hop *sending_to;    /* while an onsend_route runs */
    struct str sending_bytes;
    struct str raw_bytes; /* what $mb tells in place of the message, where that may be unreadable */
};

/* What runs each time the call's request is built for one hop, after all edits of the script: adds
 * edits that depend on where the request goes (Record-Route). Those with
 * `of_replies`, on the run of a reply: each time that reply is built to be forwarded; then there is
 * no hop (NULL). Its data are plain, so that it can be
 * copied with the request it belongs to. */
struct build_hook {
    struct build_hook *next;
    err_t (*fn)(struct call *c, const struct build_hook *hook, const struct hop *hop,
                struct edit_list *edits);
    unsigned flags;
    bool of_replies;
    struct str text[3];
};
/* Adds a copy, behind those the call has. */
void call_add_build_hook(struct call *c, const struct build_hook *hook);
/* Takes away those with this function. */
void call_remove_build_hooks(struct call *c,
                             err_t (*fn)(struct call *c, const struct build_hook *hook,
                                         const struct hop *hop, struct edit_list *edits));
/* A copy of a whole chain with its texts, for who keeps a request longer than its run. */
struct build_hook *build_hooks_copy(const struct build_hook *from, struct arena *to);
/* The Request-URI as it stands now, rewritten or received. */
struct str call_uri_text(const struct call *c);
const struct uri *call_uri(struct call *c, err_t *e); /* parsed; NULL when malformed */
/* Rewrites it; `uri` is copied to the call's arena. Resets the cached parse and, as the language
 * has it, leaves dst_uri alone. ERR_SYNTAX: not a URI (nothing changed). */
err_t call_set_uri(struct call *c, struct str uri) MUST_USE;
void call_reset_uri(struct call *c);                   /* back to what was received */
void call_set_dst_uri(struct call *c, struct str uri); /* STR_NONE resets */
/* One more branch; the strings of `t` are copied. ERR_LIMIT: max_branches. */
err_t call_add_target(struct call *c, const struct target *t) MUST_USE;
void call_clear_targets(struct call *c); /* all but branch 0 */
/* Branch i, 0 … call_target_count()-1. */
struct target *call_target(struct call *c, size_t i);
size_t call_target_count(const struct call *c);

/* Reads `text` in place of the message: what follows sees and sends it; edits made before are gone.
 * The request keeps its rewritten URI. ERR_SYNTAX, ERR_LIMIT: nothing changed. */
err_t call_replace_message(struct call *c, struct str text) MUST_USE;
/* The message as it would leave now, read again (msg_apply_changes): a rewritten URI becomes the
 * received one. */
err_t call_apply_changes(struct call *c) MUST_USE;

/* The status line of a reply as it will leave; the last word counts. A status must stay in its
 * class, or both be failures, for a transaction has decided by then: else ERR_RANGE. */
err_t call_change_status(struct call *c, int64_t status) MUST_USE;
void call_change_reason(struct call *c, struct str reason);

/* Copies what `t` points to into `a`. */
void target_own(struct target *t, struct arena *a);

/* Per-run data of a module: slot numbers are handed out once, at start; clear at the beginning. */
unsigned call_slot_new(void);

/* Runs a function on a fresh call context made from `gen` (the current one when NULL) without a
 * received message: event routes, timers. `msg` may be NULL: then a minimal internal request stands
 * in, as configurations expect. Must be on a coroutine. */
void call_run_detached(struct generation *gen, struct msg *msg,
                       void (*fn)(struct call *c, void *arg), void *arg);

/* Runs an event route of `gen` (the current one when NULL) over such a request; nothing when there
 * is no such block. On a coroutine; suspends. */
void call_run_event(struct generation *gen, const char *name);

/* What the script floor fills in at start. */
struct call_upcalls {
    /* Runs the main block of a kind, or the named one. Returns the block's final code; `c->drop`
     * tells whether it dropped. SCRIPT_TRUE when there is no such block. May suspend. */
    int (*run_route)(struct call *c, enum route kind, const char *name);
    bool (*has_route)(const struct generation *gen, enum route kind, const char *name);
};
extern struct call_upcalls call_upcalls;
/* What the txn floor fills in, when a configuration loads tm. */
struct txn_upcalls {
    /* A reply arrived and the core's reply_route let it pass. True: it belonged to a transaction,
     * which has dealt with it; false: forward it statelessly. */
    bool (*reply)(struct call *c);
    /* A request is about to run its script: true when it was absorbed (a retransmission, an ACK of
     * a negative reply). Only called when the configuration wants it. */
    bool (*request)(struct call *c);
    /* A run is over: gives up what it holds of its transaction. Only called when c->txn is set. */
    void (*run_ended)(struct call *c);
};
extern struct txn_upcalls txn_upcalls;
