/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIP transactions (RFC 3261 16 and 17, RFC 6026): what a proxy or a server keeps about one request
 * from its arrival until late messages can no longer come.
 *
 * A transaction is touched only by the home worker of its call: every function here that takes one
 * asserts it. It lives by references; the tables hold one until it is destroyed.
 *
 * One thing at a time. Whatever changes a transaction (forwarding, a reply, a timer that fired, a
 * CANCEL) holds it from beginning to end, its routes included. When a route suspends, the next
 * replies, timers and CANCELs of the same transaction wait in order of arrival; other transactions
 * go on. What needs no decision does not wait: retransmissions in both directions, and the
 * absorbing of a repeated request or of an ACK. See docs/adr/0022.
 */
#pragma once
#include "core/call.h"
#include "core/send.h"
#include "rt/timer.h"

enum {
    TXN_BRANCHES_MAX = 30, /* over the whole life, serial forking included */
    TXN_WAITERS_MAX = 64,  /* events that wait for a suspended route; further replies are dropped */
};

/* The parameters of tm; one per generation, in its module configuration. Times in milliseconds. */
struct txn_conf {
    struct duration fr_timer, fr_inv_timer, wt_timer, retr_timer1, retr_timer2;
    struct duration max_inv_lifetime, max_noninv_lifetime;
    bool noisy_ctimer, auto_inv_100, restart_fr_on_each_reply, pass_provisional_replies;
    struct str auto_inv_100_reason;
    bool aggregate_challenges, reparse_invite, disable_6xx_block;
    struct str ac_extra_hdrs;
    int64_t unmatched_cancel; /* enum txn_unmatched */
    int64_t cancel_b_method;
    int64_t default_code;
    struct str default_reason;
    int64_t local_ack_mode, failure_reply_mode, faked_reply_prio;
    bool remap_503_500, failure_exec_mode, local_cancel_reason, e2e_cancel_reason;
    bool ruri_matching, via1_matching, callid_matching, callid_cseq_matching;
    bool relay_100, reply_relay_mode, delayed_reply;
    int64_t rich_redirect;
    int64_t reply_408_code;
    struct str reply_408_reason;
    struct str failover_reply_codes;
    struct str on_sl_reply; /* onreply route of replies without a transaction */
    bool enable_uac_fr;     /* failure routes of requests made here */
    /* Destinations that failed (net/blocklist.h). Methods are bits from INVITE = 1 on. */
    bool blst_503;
    int64_t blst_503_def_timeout, blst_503_min_timeout, blst_503_max_timeout; /* seconds */
    int64_t blst_methods_add, blst_methods_lookup;
};
extern const struct txn_conf txn_default_conf;
enum txn_unmatched { TXN_UNMATCHED_STATEFUL, TXN_UNMATCHED_STATELESS, TXN_UNMATCHED_DROP };

/* Routes and settings a script chooses: for the transaction to come, or of the one that exists. */
struct txn_plan {
    struct str on_branch, on_reply, on_failure, on_branch_failure; /* route names; n 0: none */
    uint32_t fr_ms, fr_inv_ms, t1_ms, t2_ms, life_ms, life_inv_ms; /* 0: the configuration's */
    int8_t auto_100, disable_6xx, disable_failover, no_e2e_reason, no_internal_reply;
    /* -1: the configuration decides; 0, 1: the script did */
};
/* Of the call's transaction when it has one, else of the one this run may create. In a branch route
 * `on_reply` and `on_branch_failure` set through txn_plan_on_* are the branch's own. */
struct txn_plan *txn_plan(struct call *c);
enum txn_hook { TXN_ON_BRANCH, TXN_ON_REPLY, TXN_ON_FAILURE, TXN_ON_BRANCH_FAILURE };
void txn_set_route(struct call *c, enum txn_hook which, struct str name);
struct str txn_get_route(struct call *c, enum txn_hook which);

enum {
    TXN_CANCELED = 1, /* a CANCEL came, or the script called it off */
    TXN_LOCAL = 2,    /* made here: no server side on the wire */
    TXN_INVITE = 4,
    TXN_SUSPENDED = 8, /* t_suspend */
    TXN_DROPPED_REPLIES = 16,
    TXN_FORWARDED_LATE = 32, /* kept until late replies are over */
    TXN_RELEASED = 64,       /* t_release */
    TXN_SILENT = 128,        /* t_replicate: replies are swallowed */
    TXN_NO_ACK = 256,        /* the maker of a local INVITE sends the ACK */
    TXN_EXPIRED = 512,       /* max lifetime */
    TXN_TIMED_OUT = 1024,    /* some branch timed out */
    TXN_ACCOUNTED = 2048,    /* acc watches it */
    TXN_INTERNAL_REPLY = 4096,
};

enum branch_state {
    BRANCH_NEW,        /* made, not sent */
    BRANCH_CALLING,    /* sent, no reply yet */
    BRANCH_PROCEEDING, /* a provisional reply came */
    BRANCH_SUSPENDED,  /* t_suspend's blind branch */
    BRANCH_COMPLETED,  /* final reply, or a failure made here */
    BRANCH_ACCEPTED,   /* 2xx of an INVITE */
    BRANCH_DROPPED,    /* takes no part in choosing any more */
};

struct txn_branch {
    struct txn *txn;
    uint16_t index;
    uint8_t state;           /* enum branch_state */
    bool made_here;          /* the final status was made here (408, 477 …) */
    bool timed_out, replied; /* replied: something was received on it */
    bool cancel_wanted;      /* a CANCEL goes out with the first provisional reply */
    bool canceling;          /* a CANCEL was sent */
    bool cancel_done;        /* and answered, or given up */
    bool relayed;            /* its final reply was sent upstream */
    bool winner;
    bool old_leg;               /* of an earlier leg of serial forking */
    uint16_t status;            /* of its last reply */
    uint16_t cancel_status;     /* of the reply to its CANCEL */
    uint32_t flags;             /* branch flags */
    uint32_t interval_ms;       /* of the next retransmission */
    struct timer resend, final; /* `final` is FR, FR-INV */
    struct flow to;             /* where it was sent */
    struct hop *more_hops;      /* fail-over: what is left, in the transaction's arena */
    size_t n_more_hops;
    bool falls_back;         /* the first of them is this one by UDP, for when it takes no stream */
    struct edit_list *edits; /* all of it, kept where another hop needs them; or NULL */
    struct build_hook *hooks; /* likewise */
    struct str sent;          /* the request's bytes; own memory */
    struct str cancel;        /* the CANCEL's bytes while it is repeated; own memory */
    struct str cancel_reason; /* Reason lines for the CANCEL that is wanted */
    struct str reply;         /* final negative reply as it would go upstream; own memory */
    struct flow reply_from;
    struct str to_tag; /* of its final reply */
    struct str uri, dst_uri, path, instance, ruid, user_agent, location_ua;
    int64_t reg_id;
    int q;
    struct str on_reply, on_branch_failure;
    struct str host;         /* resolved name, for logs */
    struct listener *socket; /* forced */
};

enum txn_state {
    TXN_TRYING,    /* no final reply went upstream */
    TXN_COMPLETED, /* a final negative reply (INVITE: waits for ACK) or any final of a non-INVITE */
    TXN_CONFIRMED, /* its ACK came */
    TXN_ACCEPTED,  /* 2xx of an INVITE (RFC 6026) */
    TXN_GONE,      /* out of the tables */
};

struct txn_watch;
struct parked; /* suspend.c */
struct txn {
    struct worker *home;
    struct generation *gen; /* pinned: later routes run under it */
    struct arena arena;     /* what lives as long as the transaction; compact */
    uint32_t index, label;  /* $T(id_index), $T(id_label); in our Via branch */
    uint8_t state;          /* enum txn_state */
    uint8_t method;         /* enum sip_method */
    uint16_t status;        /* last status sent upstream; 0: none */
    uint32_t txn_flags;     /* TXN_* */
    struct str method_name;

    /* the server side */
    struct str raw; /* the request as received */
    struct flow from;
    int64_t received_us;
    int64_t created_ms, deadline_ms;
    struct str key; /* finds it again: the Via branch, or Call-ID and CSeq (RFC 2543) */
    struct str via, via_host, uri_received; /* top Via, Request-URI; point into raw */
    uint16_t via_port;
    bool rfc2543; /* its branch has no magic cookie */
    uint8_t via_flags;
    bool rport_forced, no_connect_reply, close_reply; /* as the script chose for replies */
    struct str call_id, from_tag, cseq_text;          /* point into raw */
    uint32_t cseq;
    struct str to_tag;   /* of the final reply, or of replies made here */
    struct hop reply_to; /* where replies go */
    bool reply_to_known;
    struct str reply;          /* the last one sent upstream; own memory */
    struct timer resend, wait; /* of a negative final reply; wait: FR for the ACK, then WT */
    uint32_t interval_ms;

    /* what the script left */
    uint32_t flags; /* message flags */
    struct vars *vars;
    struct str uri, dst_uri;  /* the request's own target when it was relayed; for failure routes */
    struct edit_list edits;   /* saved when first relayed, in the arena */
    struct build_hook *hooks; /* likewise */
    bool edits_saved;
    struct txn_plan plan;
    struct parked *parked;          /* while it is suspended */
    struct str continue_route;      /* what t_continue asked for */
    const char *continue_event;     /* where there is no such route; a constant */
    struct str ack_lines, ack_body; /* of the ACK of a local INVITE's 2xx, in the arena */
    uint64_t made_by;               /* serial of the run that made it */
    uint16_t delayed_status;        /* of a failed t_relay(): sent when the script is over */

    /* the client side */
    struct txn_branch **branches; /* grows in the arena */
    uint16_t n_branches, cap_branches;
    uint16_t first_leg; /* branches before it belong to earlier legs */
    int16_t winner;     /* branch of the final reply that went upstream, or -1 */

    struct txn_watch *watches;
    unsigned watch_mask;

    /* who holds it */
    struct co *holder;
    unsigned held;
    struct link waiters;
    unsigned n_waiters;
    struct link by_key, by_id, by_call; /* tables of its worker */
};

/* ---- finding and making (all on the home worker of the call) ---- */

/* Results of looking for the transaction of a request. */
enum txn_match {
    TXN_NONE,          /* there is none */
    TXN_RETRANSMITTED, /* this request again */
    TXN_ACK_NEGATIVE,  /* ACK of a negative final reply sent here */
    TXN_ACK_E2E,       /* ACK of a 2xx of an INVITE still in memory */
    TXN_CANCEL_MATCH,  /* CANCEL: the INVITE it belongs to */
    TXN_ACK_LOCAL,
};
/* No reference is given: the transaction stays at least until this coroutine suspends. */
enum txn_match txn_match(struct call *c, struct txn **out);
/* The INVITE a CANCEL (or any request) belongs to by branch; NULL. */
struct txn *txn_find_invite(struct call *c);
/* The same for any method: a CANCEL of what is no INVITE changes nothing, but is answered 200 (RFC
 * 3261 9.2). */
struct txn *txn_find_canceled(struct call *c);
/* The branch a received reply belongs to; NULL when it is of no transaction. Sets c->txn,
 * c->branch. */
struct txn_branch *txn_find_reply(struct call *c);
struct txn *txn_find_id(uint32_t index, uint32_t label); /* NULL also when it is not at home here */
struct txn *txn_find_call(struct str call_id, uint32_t cseq); /* INVITE first; on the call's home */
/* Which worker a transaction's id belongs to; NULL for nonsense. */
struct worker *txn_home_of_id(uint32_t index);

/* Makes the transaction of the call's request and sets c->txn. ERR_EXISTS: it is a retransmission
 * (`*match` tells; already absorbed: reply repeated, ACK taken). ERR_SYNTAX: no usable Via. */
err_t txn_new(struct call *c, enum txn_match *match) MUST_USE;
/* Absorbs a repeated request or an ACK: sends the last reply again, or stops repeating it. */
void txn_absorb(struct call *c, struct txn *t, enum txn_match match);

/* ---- acting ---- */

struct relay_plan {
    struct str next_hop; /* a URI: send there, whatever the request says; n 0: by the request */
    enum proto proto;    /* by the URI, but with this protocol; PROTO_NONE: as it says */
    bool replicate;      /* swallow the replies */
    bool no_100, no_internal_reply, no_failover;
    bool append; /* the targets join those under way, instead of beginning a new leg */
};
/*
 * Forwards the call's request to all its targets (RFC 3261 16.6): makes the transaction when there
 * is none, runs branch routes, sends. ACK passes statelessly. Suspends. ERR_EXISTS: a
 * retransmission, absorbed. ERR_CANCELED: a CANCEL came meanwhile (answered 487). Other errors:
 * nothing was sent; unless the plan says so the caller answers.
 */
err_t txn_relay(struct call *c, const struct relay_plan *plan) MUST_USE;
/* Forwards a CANCEL: to the branches of its INVITE, or as unmatched_cancel says. Suspends. */
err_t txn_relay_cancel(struct call *c) MUST_USE;
/* Sends a reply to the transaction's request; in a failure route instead of the picked one.
 * Branches that are still pending are cancelled by a final one. Suspends. ERR_STATE: a final one
 * was sent. */
err_t txn_reply(struct call *c, struct txn *t, unsigned status, struct str reason) MUST_USE;
/* Repeats the last reply. ERR_NOT_FOUND: there is none. */
err_t txn_retransmit_reply(struct txn *t) MUST_USE;
/* Nothing more will be done with it: it waits for late messages and goes. */
void txn_release(struct call *c, struct txn *t);
/* Out of memory without waiting for late messages. */
void txn_kill(struct txn *t);

enum txn_cancel { TXN_CANCEL_ALL, TXN_CANCEL_OTHERS, TXN_CANCEL_THIS };
/* Cancels pending branches; `reason` is a Reason header line ("Reason: …\r\n") or empty. Returns
 * how many. Does not suspend. */
unsigned txn_cancel_branches(struct txn *t, enum txn_cancel which, int branch, struct str reason);

/* Suspends the request's processing until txn_continue (t_suspend): keeps the transaction alive by
 * a branch without destination. */
err_t txn_suspend(struct call *c, uint32_t *index, uint32_t *label) MUST_USE;
/* Goes on with a route under the transaction's generation, as in a failure route, with the targets,
 * edits, flags and variables that the script had. Any worker; waits for the home's word where it
 * may suspend, else only hands it over. Where there is no such route, event_route[event] runs.
 * ERR_NOT_FOUND; ERR_STATE: it is not suspended (any more). */
err_t txn_continue(uint32_t index, uint32_t label, struct str route, const char *event) MUST_USE;

/* Sends the request of a transaction that is under way to more targets, as a failure route would;
 * from any worker. Targets whose record (`ruid`) has a branch already are left out; `n_sent` (may
 * be NULL) tells how many are new. Suspends. ERR_NOT_FOUND; ERR_STATE: it was answered. */
err_t txn_append(uint32_t index, uint32_t label, const struct target *targets, size_t n_targets,
                 size_t *n_sent) MUST_USE;
/* The Request-URI of a transaction, from any worker; in `arena`. Suspends. */
err_t txn_uri(uint32_t index, uint32_t label, struct arena *arena, struct str *out) MUST_USE;
/* What call_apply_changes() does, for the transaction's copy of the request too. ERR_STATE: it was
 * forwarded or answered. */
err_t txn_apply_changes(struct call *c) MUST_USE;

/* Forgets replies: all, or those of earlier legs. */
void txn_drop_replies(struct call *c, int mode);
/* Saves the edits made so far for branches made later. */
void txn_save_edits(struct call *c);
/* Copies flags from the message to the transaction. */
void txn_flush_flags(struct call *c);
/* Applies changed timers of its plan to the branches that run. */
void txn_update_timers(struct txn *t, bool final, bool retransmission, bool lifetime);

/* Runs fn on a call context over the transaction's own request, as a failure route sees it: URI,
 * variables, flags, generation. On a coroutine. For what looks at the request later (accounting).
 */
void txn_with_request(struct txn *t, void (*fn)(struct call *c, void *arg), void *arg);
/* The same over the kept reply of a branch; false when there is none. */
bool txn_with_reply(struct txn *t, int branch, void (*fn)(struct call *c, void *arg), void *arg);
/* The branch whose final reply would be sent now (RFC 3261 16.7 item 6), or -1. */
int txn_best_branch(const struct txn *t);
/* In failure and reply routes: the branch at hand, else the picked one; NULL. */
struct txn_branch *txn_current_branch(struct call *c);

/* Reference held across suspensions. */
struct txn *txn_hold(struct txn *t);
void txn_drop(struct txn *t);

/* ---- watching ---- */

enum txn_event {
    TXN_REQUEST_IN = 1,               /* made for a received request; global watches only */
    TXN_REQUEST_FORWARDED = 2,        /* a branch is about to be sent; `request` has its edits */
    TXN_REQUEST_SENT = 4,             /* it was; `bytes` */
    TXN_REQUEST_RETRANSMITTED = 8,    /* the request came again */
    TXN_RESPONSE_IN = 16,             /* a branch got a reply, before its onreply route */
    TXN_RESPONSE_READY = 32,          /* a reply is about to go upstream */
    TXN_RESPONSE_OUT = 64,            /* a reply went upstream; `made_here` or forwarded */
    TXN_RESPONSE_RETRANSMITTED = 128, /* a 2xx again, forwarded again */
    TXN_FAILURE = 256,      /* a negative final reply was picked, before the failure route */
    TXN_FINAL = 512,        /* the final reply went upstream: once */
    TXN_CANCEL_IN = 1024,   /* a CANCEL came for it */
    TXN_ACK_IN = 2048,      /* ACK of a negative reply */
    TXN_E2E_ACK_IN = 4096,  /* ACK of a 2xx, seen while the transaction is in memory */
    TXN_LOCAL_FINAL = 8192, /* local request: its final reply, or 408 made here */
    TXN_LOCAL_PROVISIONAL = 16384,
    TXN_DESTROYED = 32768, /* last call; c is NULL */
    TXN_ACK_SENT = 65536,  /* ACK of a local INVITE's 2xx; `bytes` */
};
struct txn_note {
    enum txn_event event;
    struct txn *txn;
    struct call *call; /* the run that caused it: over the request or the reply; may be NULL */
    struct msg *reply; /* NULL when it was made here */
    unsigned status;   /* of the reply */
    struct str reason;
    struct str to_tag; /* of the reply that goes out, as far as known */
    int branch;        /* -1: none */
    bool made_here;
    struct str bytes; /* what went out */
    const struct flow *to;
};
/* Callbacks run while the transaction is held, on a coroutine (TXN_DESTROYED: maybe on the loop):
 * they must not suspend; who must wait spawns a coroutine and holds the transaction. */
typedef void txn_watch_fn(const struct txn_note *note, void *arg);
/* Of one transaction. `release` (may be NULL) is called for `arg` when the transaction goes. */
void txn_watch(struct txn *t, unsigned events, txn_watch_fn *fn, void *arg,
               void (*release)(void *arg));
/* Of all; once, at a module's start, before the workers. */
void txn_watch_all(unsigned events, txn_watch_fn *fn, void *arg);

/* ---- local requests ---- */

/* Who makes the Call-IDs of our own requests, of at most 128 bytes; from any thread. NULL: the
 * default. */
void txn_make_call_ids(void (*make)(struct buf *out));
enum { TXN_CALL_ID_MAX = 128 };
/* One of them. */
void txn_new_call_id(struct buf *out);
/* A request made here (RFC 3261 8.1). Empty strings: chosen by us. */
struct txn_request {
    struct str method, uri; /* must be given */
    struct str next_hop;    /* URI; empty: Route of `headers`, or `uri` */
    struct str from, to;    /* whole values: "<sip:a@b>;tag=x"; `to` empty: <uri> */
    struct str from_tag;    /* added when `from` has none */
    struct str call_id;
    uint32_t cseq;           /* 0: 1 */
    struct str headers;      /* further lines, each with CRLF */
    struct str body;         /* its type stands in `headers` */
    struct listener *socket; /* NULL: chosen */
    struct generation *gen;  /* NULL: the current one */
    struct vars *vars;       /* shared; may be NULL */
    int64_t fr_ms;           /* 0: fr_timer */
    bool no_ack;             /* INVITE: the caller sends the ACK of a 2xx */
    unsigned events;         /* TXN_LOCAL_FINAL and others; 0: TXN_LOCAL_FINAL */
    txn_watch_fn *fn;        /* may be NULL */
    void *arg;
    void (*release)(void *arg);
};
/* Sends it, from any worker: the transaction lives on the home of its Call-ID, and `fn` is called
 * there. All strings are copied. Runs event_route[tm:local-request]. Needs no coroutine. */
err_t txn_send_request(const struct txn_request *r) MUST_USE;
/* The same and waits for the final reply: its status, bytes and reason in `arena`. Suspends. */
struct txn_answer {
    unsigned status;
    bool made_here; /* no reply came in time, or it could not be sent */
    struct str raw; /* the reply; empty when made here */
    struct str reason;
};
err_t txn_ask(const struct txn_request *r, struct arena *arena, struct txn_answer *out) MUST_USE;
/* Sends the ACK that a local INVITE's maker kept for itself (no_ack), with further header lines and
 * a body; repeated for a repeated 2xx. From any worker; suspends. ERR_NOT_FOUND: no such INVITE;
 * ERR_STATE: no 2xx has come. */
err_t txn_ack_local(struct str call_id, uint32_t cseq, struct str headers,
                    struct str body) MUST_USE;

/* ---- process ---- */

/* Fills txn_upcalls of core. `conf_slot` is tm's slot: generations' confs[conf_slot] begins with a
 * struct txn_conf. Idempotent; by modules/tm at its start. */
void txn_start(unsigned conf_slot);
const struct txn_conf *txn_conf(const struct generation *g);
/* For net_upcalls.send_failed: a request that was taken for sending could not be delivered. Its
 * branch goes on to the next address, or fails at once instead of by timer. */
void txn_send_failed(const struct flow *to, struct str bytes, err_t why);
/* Ends all transactions of this worker at once. A worker does it by itself when it ends, once its
 * coroutines are over: those that are woken early to stop may still answer. */
void txn_worker_stop(void);

struct txn_stats {
    int64_t uas, uac, completed[7], /* by class; [0] unused */
        created, freed, waiting,    /* in use: created - freed; active: in use - waiting */
        rpl_received, rpl_absorbed, rpl_generated, rpl_relayed, rpl_sent, delayed_free, dropped;
};
struct txn_stats txn_stats(void); /* sums all workers */
/* This worker's transactions; fn must not suspend. For the control interface. */
void txn_each(void (*fn)(const struct txn *t, void *arg), void *arg);
