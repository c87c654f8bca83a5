/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of module debugger. */
#pragma once
#include "base/list.h"
#include "base/log.h"
#include "control/rpc.h"
#include "core/call.h"
#include "rt/worker.h"
#include "script/value.h"
#include <stdatomic.h>

struct debugger_conf {
    bool cfgtrace, short_trace, breakpoint, log_assign;
    int64_t log_level, step_usleep, step_loops, mod_hash_size, cfgpkgcheck, cfgtest;
    bool mod_level_mode, mod_facility_mode, reset_msgid;
    struct str log_facility, log_prefix, log_level_name;
    struct str_list mod_level, mod_facility;
    /* worked out by check() */
    const char *area; /* log_prefix as the name of an area */
    struct log_form form;
};
extern const struct module module_debugger;

/* One worker. All but the atomic members are touched by it alone. */
struct seat {
    struct worker *worker;
    struct link paused;
    uint64_t led; /* serial of the call that goes step by step; 0: none */
    atomic_int tid;
    atomic_uint watching, waiting;
};
extern struct debugger_self {
    struct module_slot slot;
    struct seat seats[WORKERS_MAX];
    atomic_uint said; /* what the configuration said last, WATCH_* */
} debugger_self;

/* trace.c: what happens before each action. */
err_t trace_worker_start(const void *conf);
/* What a configuration says of tracing and breakpoints, in all workers, when it changed. */
void trace_adopt(const struct debugger_conf *conf);
void trace_action(struct call *c, const struct script_action *a, bool done);
/* dbg_breakpoint(1): waits where breakpoints were asked for. May suspend. */
void trace_anchor(struct call *c);

/* What a worker does to scripts; the numbers are those of dbg.ls. */
enum {
    WATCH_TRACE = 1,
    WATCH_BREAK = 2,   /* stop before each action */
    WATCH_ANCHORS = 4, /* stop at dbg_breakpoint(1) */
};
/* control.c */
extern const struct rpc_method debugger_methods[];

/* One worker, for the methods. `tid` is what core.ps tells. */
enum { EVERYONE = 0 };
bool seat_known(int64_t tid);
void seats_set(int64_t tid, unsigned add, unsigned remove);
/* Removes breakpoints where nobody waits (release), or everywhere but there (keep). */
void seats_release(int64_t tid);
void seats_keep(int64_t tid);
struct seat_view {
    int tid;
    unsigned watching, waiting;
};
unsigned seats_count(void);
struct seat_view seat_view(unsigned i);

enum seat_order { SEAT_SHOW, SEAT_NEXT, SEAT_MOVE, SEAT_EVAL, SEAT_LOG };
/* Tells the call that has waited longest in this worker what to do; the answer is appended to
 * `out`. Suspends. ERR_NOT_FOUND: nobody waits there; ERR_SYNTAX: `text` is no variable;
 * ERR_STATE: it is looked at by someone else now. */
err_t seat_tell(int64_t tid, enum seat_order order, struct str text, struct buf *out) MUST_USE;

/* dump.c: functions that look at a message. */
struct dump_args {
    int64_t mask;
    struct str level;
};
struct message_args {
    struct str level, facility;
};
/* Appends the variables as an object of JSON; `mask` as of dbg_pv_dump(). May suspend as variables
 * do. */
void debugger_dump(struct call *c, int64_t mask, struct buf *out);
int dbg_pv_dump(struct call *c, const struct dump_args *a);
int dbg_sip_msg(struct call *c, const struct message_args *a);
