/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For other modules (with "dialog" in their .needs): calls as a whole, from the first INVITE to the
 * BYE (RFC 3261 12).
 *
 * A dialog belongs to the home worker of its Call-ID, as its transactions do: everything here that
 * takes one asserts it, but for dialog_hold and dialog_drop. Nothing here suspends unless it says
 * so.
 */
#pragma once
#include "core/call.h"
#include "txn/txn.h"

struct dialog;
struct rpc_node;

enum dialog_state {
    DIALOG_UNCONFIRMED = 1, /* no reply yet */
    DIALOG_EARLY,           /* 101 to 199 */
    DIALOG_ANSWERED,        /* 2xx; its ACK is still to come */
    DIALOG_CONFIRMED,
    DIALOG_ENDED,
};
enum dialog_side { DIALOG_CALLER, DIALOG_CALLEE };

enum dialog_event {
    DIALOG_ON_CREATED = 1,    /* of an INVITE that begins one */
    DIALOG_ON_LOADED = 2,     /* read from the database */
    DIALOG_ON_EARLY = 4,      /* a provisional reply went upstream */
    DIALOG_ON_REPLYING = 8,   /* a reply of the INVITE is about to go upstream; `call` (may be
                                 NULL) takes edits of it */
    DIALOG_ON_ANSWERED = 16,  /* the 2xx went upstream */
    DIALOG_ON_CONFIRMED = 32, /* its ACK came */
    DIALOG_ON_FAILED = 64,    /* a negative reply went upstream, or none ever came */
    DIALOG_ON_REQUEST = 128,  /* a request within it, but for that ACK and BYE; takes edits */
    DIALOG_ON_REPLYING_WITHIN = 256, /* a reply of such a request is about to go; takes edits */
    DIALOG_ON_REPLY_WITHIN = 512,    /* it went */
    DIALOG_ON_TERMINATED = 1024,     /* ended by a BYE, of a party or made here */
    DIALOG_ON_BYE_ANSWERED = 2048,   /* the reply to that BYE */
    DIALOG_ON_EXPIRED = 4096,        /* its lifetime is over; DIALOG_ON_TERMINATED does not come */
    DIALOG_ON_SPIRALED = 8192,       /* its INVITE passes once more */
    DIALOG_ON_LISTED = 16384,        /* dlg.list_ctx: `rpc` takes what a module knows of it */
    DIALOG_ON_DESTROYED = 32768,     /* it leaves the tables */
};

struct dialog_note {
    enum dialog_event event;
    struct dialog *dialog;
    struct call *call; /* the run that caused it; NULL: none */
    struct txn *txn;   /* the transaction at hand; NULL: none (yet) */
    struct msg *reply; /* NULL: none, or made here */
    unsigned status;   /* of the reply; 0: none */
    bool upstream;     /* requests within: from the callee */
    struct rpc_node *rpc;
};
/* Callbacks run on a coroutine of the home and must not suspend. */
typedef void dialog_watch_fn(const struct dialog_note *note, void *arg);
/* Of one dialog. `release` (may be NULL) is called for `arg` when the dialog goes, on any thread.
 */
void dialog_watch(struct dialog *d, unsigned events, dialog_watch_fn *fn, void *arg,
                  void (*release)(void *arg));
/* Of all; once, at a module's start, before the workers. */
void dialog_watch_all(unsigned events, dialog_watch_fn *fn, void *arg);

/* The dialog of the run's message, by the Route parameter, Call-ID and tags, or because the script
 * chose it; NULL. Valid as long as the run. May belong to another worker when dlg_get() chose it.
 */
struct dialog *dialog_of(struct call *c);
/* The dialog of the run, or the place where things for one to come are kept: its variables. */
struct dialog *dialog_or_pending(struct call *c);
/* The one with these tags, on the home of the call; the To tag may be empty while it is early. In
 * either direction. NULL. No reference is given. */
struct dialog *dialog_find(struct str call_id, struct str tag, struct str other_tag);
struct dialog *dialog_hold(struct dialog *d);
void dialog_drop(struct dialog *d);

struct worker *dialog_home(const struct dialog *d);
enum dialog_state dialog_state(const struct dialog *d);
struct str dialog_call_id(const struct dialog *d);
struct str dialog_tag(const struct dialog *d, enum dialog_side side);
struct str dialog_uri(const struct dialog *d, enum dialog_side side); /* of From, To */
struct str dialog_contact(const struct dialog *d, enum dialog_side side);
/* Wall clock in microseconds; 0: not yet. */
int64_t dialog_created_us(const struct dialog *d);
int64_t dialog_started_us(const struct dialog *d);
int64_t dialog_ended_us(const struct dialog *d);
/* The number and entry that identify it to control clients. */
void dialog_id(const struct dialog *d, uint32_t *entry, uint32_t *id);

/* Seconds from now (or, before the answer, from the answer) until it expires. */
void dialog_set_lifetime(struct dialog *d, int64_t seconds);
int64_t dialog_lifetime(const struct dialog *d);

/* Its variables, as $dlg_var() shows them. STR_NONE: not set; setting STR_NONE unsets. */
struct str dialog_var(const struct dialog *d, struct str name);
void dialog_set_var(struct dialog *d, struct str name, struct str value);

/* Ends it by a BYE to both sides; `headers` (whole lines) go into these. ERR_STATE: it is not
 * answered yet, or over. */
err_t dialog_end(struct dialog *d, struct str headers) MUST_USE;
