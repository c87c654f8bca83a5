/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of this folder. */
#pragma once
#include "base/hash_index.h"
#include "base/log.h"
#include "txn/txn.h"

#define AREA "tm"
/* What stands in for the Via of a request made here until its hop is known. */
#define LOCAL_VIA "SIP/2.0/UDP localhost;branch=z9hG4bKlocal"

/* ---- home.c: what each worker keeps ---- */

enum counter {
    COUNT_UAS,
    COUNT_UAC,
    COUNT_CREATED,
    COUNT_FREED,
    COUNT_WAITING,
    COUNT_RPL_RECEIVED,
    COUNT_RPL_ABSORBED,
    COUNT_RPL_GENERATED,
    COUNT_RPL_RELAYED,
    COUNT_RPL_SENT,
    COUNT_DROPPED,
    COUNT_CLASS, /* and six more */
    COUNT_COUNT = COUNT_CLASS + 7
};

struct txn_home {
    struct hash_index keys, ids, calls;
    uint32_t next_index;
    struct buf scratch; /* where messages are built; free again at the next suspension */
    _Atomic(int64_t) counters[COUNT_COUNT]; /* written by this worker only */
};
struct txn_home *txn_home(void); /* of this worker */
void txn_count(enum counter which, int64_t n);
struct buf *txn_scratch(void); /* this worker's, emptied */

void home_insert(struct txn *t);
void home_remove(struct txn *t);
struct link *home_bucket_key(struct str key);
struct link *home_bucket_call(struct str call_id);

/* ---- txn.c ---- */

/* What one run of a script holds of ours until it ends. */
struct txn_run {
    struct txn_plan plan;
    bool consumed;             /* branch 0 was relayed already */
    bool in_failure;           /* a failure route, or one that goes on after t_suspend */
    struct str entry_dst;      /* dst_uri when a failure route began */
    struct txn_branch *branch; /* whose branch route runs */
};
struct txn_run *txn_run(struct call *c);

/* Takes hold of a transaction, waiting for who has it. False: it is gone, or too many wait; then
 * nothing is held. Suspends. */
bool txn_enter(struct txn *t) MUST_USE;
void txn_leave(struct txn *t);

struct txn *txn_make(struct generation *gen, struct str raw, size_t more);
void txn_attach(struct call *c, struct txn *t); /* c->txn, with a reference; shares vars */
struct txn_branch *txn_add_branch(struct txn *t);
const struct txn_conf *conf_of(const struct txn *t);
void txn_notify(struct txn *t, struct txn_note *note);
bool txn_is_watched(const struct txn *t, unsigned events);
void txn_linger(struct txn *t, int64_t ms); /* sets or moves the wait timer */
/* Runs a function on a coroutine that holds the transaction. */
void txn_spawn(struct txn *t, struct txn_branch *b,
               void (*fn)(struct txn *t, struct txn_branch *b));
struct str own_copy(struct str s); /* free with own_free */
void own_free(struct str *s);

/* ---- match.c ---- */

struct txn *txn_find_branch_token(struct str branch, unsigned *index);

/* ---- timers.c ---- */

/* A transaction that nobody carries on ends at its deadline. */
void txn_watchdog(struct txn *t);

uint32_t txn_t1(const struct txn *t);
uint32_t txn_t2(const struct txn *t);
uint32_t txn_fr(const struct txn *t);
uint32_t txn_fr_inv(const struct txn *t);
void branch_start_timers(struct txn_branch *b);
void branch_start_resend(struct txn_branch *b);
void branch_arm_final(struct txn_branch *b, uint32_t ms);
void branch_stop(struct txn_branch *b);
bool txn_lossy(const struct flow *f); /* repeats are needed on it */

/* ---- prepare.c ---- */

/* A copy that lives as long as the transaction; what is absent stays so. */
struct str txn_keep(struct txn *t, struct str s);
enum { BRANCH_TEXT_MAX = 48 };
void branch_via(const struct txn_branch *b, struct buf *out); /* at most so many bytes */
/* A hop by UDP, for which `bytes` are too many, becomes one by another protocol; false: it stays.
 */
bool hop_change_proto(struct call *c, struct hop *hop, size_t bytes);
/* Puts `udp` before the further hops, for when nobody takes the other protocol. */
void branch_keep_fall_back(struct txn_branch *b, const struct hop *udp);
/* Where the first target leads, as the plan has it. Suspends. */
err_t relay_find_hops(struct call *c, const struct relay_plan *plan, struct hop *hops, size_t *n);
/* Fills in a new branch for `at`: runs its branch route, finds its hops and builds its bytes.
 * Suspends. */
err_t branch_prepare(struct call *c, struct txn_branch *b, const struct target *at,
                     const struct relay_plan *plan);

/* ---- deliver.c ---- */

/* One whose bytes, made for `hop`, are too long for UDP changes to another protocol; UDP remains
 * for when nobody takes that. */
void branch_change_proto(struct call *c, struct txn_branch *b, struct hop *hop);
/* Sends a prepared branch, going on to its further hops while sending fails. */
err_t branch_send(struct call *c, struct txn_branch *b);
/* A new branch to the next hop of `b`, after it failed; NULL when there is none. `delivered`: the
 * peer got the request, so that the same peer by another protocol is not worth trying. */
struct txn_branch *branch_fail_over(struct call *c, struct txn_branch *b, bool delivered);

/* ---- relay.c ---- */

/* The 100 that the configuration has for an INVITE which is to take longer. */
void relay_send_100(struct call *c, struct txn *t);

/* ---- respond.c ---- */

/* Builds a reply to the transaction's request and sends it; held by the caller. */
err_t respond_local(struct call *c, struct txn *t, unsigned status, struct str reason);
/* Sends finished bytes upstream as the transaction's answer. */
err_t respond_bytes(struct call *c, struct txn *t, unsigned status, struct str bytes,
                    struct txn_branch *from, struct msg *reply);
void respond_find_hop(struct call *c, struct txn *t);

/* ---- choose.c ---- */

bool txn_all_final(const struct txn *t);
void answer_locally(struct txn *t, unsigned status); /* held */
/* Branch `b` ended negatively: runs the failure routes, and answers when it was the last. `reply`
 * is the call of its reply, NULL when the end was made here. Held. */
void txn_conclude(struct call *reply, struct txn *t, struct txn_branch *b);

/* ---- failure.c ---- */

void run_failure_route(struct txn *t, int winner);
void run_branch_failure_route(struct txn *t, struct txn_branch *b);
/* Runs a block of a reply under the transaction's generation. */
int run_under_generation(struct call *c, struct txn *t, enum route kind, const char *name);

/* Runs an event route over a reply that was made here. */
void run_reply_event(struct txn *t, const char *name);

/* ---- derive.c: ACK and CANCEL from the request that was sent (RFC 3261 9.1, 17.1.1.3) ---- */

err_t derive_request(struct str sent, struct str method, struct str to, struct str extra,
                     struct str extra_prefix, struct buf *out) MUST_USE;

/* ---- branches.c ---- */

void branch_ack(struct txn_branch *b, struct str to);
/* Calls off one branch; `reason` as in txn_cancel_branches. */
void branch_send_cancel(struct txn_branch *b, struct str reason);
void branch_fail(struct txn_branch *b, unsigned status);

/* ---- replies.c ---- */

bool txn_on_reply(struct call *c);
void txn_run_ended(struct call *c);

/* ---- local.c ---- */

void local_final(struct call *c, struct txn *t, struct txn_branch *b);
void local_ack(struct call *c, struct txn_branch *b, struct msg *reply);

/* ---- blocking.c ---- */

/* Takes out the hops that requests of this method avoid; returns how many are left. */
size_t hops_not_blocked(const struct txn *t, struct hop *hops, size_t n);
void block_silent(const struct txn_branch *b); /* no reply at all came in time */
void block_unavailable(struct call *c, const struct txn_branch *b); /* a 503 came */
