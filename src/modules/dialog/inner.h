/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of dialog. */
#pragma once
#include "base/list.h"
#include "modules/dialog/dialog.h"
#include "modules/dialog/profiles.h"
#include "rt/timer.h"
#include "script/value.h"

#define AREA "dialog"

enum match_mode { MATCH_BY_ID, MATCH_BY_ID_OR_TAGS, MATCH_BY_TAGS };
enum db_mode { DB_MODE_NONE, DB_MODE_REALTIME, DB_MODE_DELAYED, DB_MODE_SHUTDOWN };
enum { KEEP_RR_CALLEE = 1, KEEP_RR_CALLER = 2 };
enum { FILTER_LOCAL = 1 };

/* Columns of table `dialog` whose names a configuration may change, and those of its variables. */
enum dialog_column {
    COLUMN_ENTRY,
    COLUMN_ID,
    COLUMN_CALL_ID,
    COLUMN_FROM_URI,
    COLUMN_FROM_TAG,
    COLUMN_TO_URI,
    COLUMN_TO_TAG,
    COLUMN_FROM_CSEQ,
    COLUMN_TO_CSEQ,
    COLUMN_FROM_ROUTE,
    COLUMN_TO_ROUTE,
    COLUMN_FROM_CONTACT,
    COLUMN_TO_CONTACT,
    COLUMN_FROM_SOCK,
    COLUMN_TO_SOCK,
    COLUMN_STATE,
    COLUMN_START_TIME,
    COLUMN_TIMEOUT,
    COLUMN_SFLAGS,
    COLUMN_IFLAGS,
    COLUMN_TOROUTE,
    COLUMN_REQ_URI,
    COLUMN_XDATA,
    DIALOG_COLUMNS
};
enum var_column { VAR_ENTRY, VAR_ID, VAR_KEY, VAR_VALUE, VAR_COLUMNS };

struct dialog_conf {
    int64_t hash_size;
    bool enable_stats, detect_spirals, initial_cbs_inscript, send_bye, wait_ack, timeout_noreset;
    bool track_cseq_updates, db_skip_load;
    struct str rr_param;
    int64_t dlg_flag;
    const struct var_ref *timeout_avp, *ruri_pvar;
    int64_t default_timeout, early_timeout, noack_timeout, end_timeout;
    struct str dlg_extra_hdrs, lreq_callee_headers;
    int64_t dlg_match_mode, dlg_filter_mode, keep_proxy_rr;
    struct str db_url, table_name, vars_table_name;
    int64_t db_mode, db_update_period, db_fetch_rows;
    struct str columns[DIALOG_COLUMNS], var_columns[VAR_COLUMNS];
    struct str profiles_with_value, profiles_no_value;
    struct str bridge_controller, bridge_contact;
    int64_t ka_timer, ka_interval, ka_failed_limit;
    struct str event_callback, xavp_cfg, dmq_peer_id;
    int64_t timer_procs, enable_dmq, enable_dmq_ka_iflags_sync;
    int64_t h_id_start, h_id_step, bye_early_code;
    struct str bye_early_reason;
    int64_t dlg_ctxiuid_mode, debug_variables, dlg_mode;
    /* worked out by check() */
    struct profile_defs profiles;
};
extern const struct module module_dialog;
const struct dialog_conf *dialog_conf_now(void); /* until this coroutine's next suspension */
unsigned dialog_run_slot(void);

enum dialog_stat { STAT_ACTIVE, STAT_EARLY, STAT_PROCESSED, STAT_EXPIRED, STAT_FAILED };
void dialog_count(enum dialog_stat which, int64_t n);
int64_t dialog_counted(enum dialog_stat which);

/* What control clients and the database know as iflags. */
enum dialog_iflag {
    IFLAG_TIMEOUT_BYE = 1,
    IFLAG_KA_CALLER = 2,
    IFLAG_KA_CALLEE = 4,
    IFLAG_TIMEOUT_NORESET = 8,
    IFLAG_CSEQ_DIFF = 16,
};

struct dialog_leg {
    struct str tag, contact, routes; /* routes: values with commas, in the order to be used */
    struct listener *socket;         /* where this party is talked to */
    uint32_t cseq;                   /* the last one this party used */
};
struct dialog_value {
    struct dialog_value *next;
    struct str name, value; /* value: own memory; name: behind the struct */
    char space[];
};
struct dialog_member { /* of a profile */
    struct dialog_member *next;
    const struct profile *profile;
    struct str value; /* behind the struct */
    char space[];
};
struct dialog_watcher;

struct dialog {
    struct worker *home;
    struct link by_call, by_id; /* tables of its worker; empty: not stored */
    struct link in_dirty;       /* waits for the database */
    struct timer life;          /* what the state makes of it, see timers.c */
    struct timer alive;         /* keep-alive */
    struct dialog_leg leg[2];
    struct str call_id, uri[2], request_uri; /* in one piece, with the caller's tag */
    char *fixed;
    struct str timeout_route;
    struct dialog_value *vars;
    struct dialog_member *members;
    struct dialog_watcher *watchers;
    struct txn *txn;        /* of its INVITE, until that is destroyed; not counted */
    uint32_t entry, id;     /* h_entry, h_id */
    uint32_t flags, iflags; /* of scripts; IFLAG_* */
    int64_t created_us, started_us, ended_us;
    int64_t due_ms;      /* when its lifetime is over, worker_now() clock; 0: not running */
    int32_t lifetime_s;  /* as last given */
    uint16_t routes_in;  /* Record-Routes the INVITE came with */
    uint8_t state;       /* enum dialog_state */
    uint8_t ka_failures; /* in a row */
    uint8_t byes;        /* of ours that are under way */
    bool attached;       /* a transaction was made of its INVITE */
    bool stored;         /* has a row */
    bool dirty, writing, loading; /* see database.c */
    bool vars_changed, vars_stored;
    bool no_ack; /* the ACK did not come in time; ten seconds are left */
};

/* What a run knows of dialogs. What a script says before there is one is kept for it. */
struct dialog_run {
    struct dialog *dialog; /* counted; dlg_get() may have chosen another call's */
    struct dialog *own;    /* counted: what the message begins, or belongs to */
    bool upstream, begun, within, chosen, spiral;
    bool raised;         /* its CSeq, see cseq.c */
    bool postponed;      /* its ON_CREATED is to come after the script */
    struct dialog *kept; /* what a script says before there is one; never stored */
};
struct dialog_run *dialog_run(struct call *c);
void dialog_run_set(struct call *c, struct dialog *d); /* takes a reference of its own */
/* ---- home.c: tables of a worker ---- */
struct dialog *dialog_new(struct str call_id, struct str tag, struct str from_uri,
                          struct str to_uri, struct str request_uri);
void dialog_text_set(struct str *at, struct str text);
uint32_t dialog_entry_of(struct str call_id, int64_t hash_size);
uint32_t dialog_next_id(const struct dialog_conf *conf);
void dialog_store(struct dialog *d);  /* the tables take a reference */
void dialog_forget(struct dialog *d); /* out of the tables; everything of it ends */
bool dialog_is_stored(const struct dialog *d);
struct dialog *dialog_find_id(uint32_t entry, uint32_t id); /* at home here */
/* By Call-ID and From tag alone: a spiral, or what control clients ask for; the newest that is not
 * over, else any. `tag` STR_NONE: any. */
struct dialog *dialog_find_call(struct str call_id, struct str tag);
/* This worker's; `fn` may remove the one it gets. False stops. */
void dialogs_each(bool (*fn)(struct dialog *d, void *arg), void *arg);
struct dialogs_dirty { /* what waits for the database */
    struct link list;
    struct timer timer;
    unsigned writers;
    bool stopping;
};
struct dialogs_dirty *dialogs_dirty(void); /* of this worker */
void dialogs_free_all(void);               /* when the workers are gone */
/* The same for all workers' when these are gone. */
void dialogs_each_left(void (*fn)(struct dialog *d, void *arg), void *arg);
void dialogs_each_dirty_left(void (*fn)(struct dialog *d, void *arg), void *arg);

/* Runs fn on the home of `d` and waits for it. Suspends unless that is here. ERR_CANCELED. */
err_t dialog_at_home(struct dialog *d, void (*fn)(struct dialog *d, void *arg), void *arg) MUST_USE;

/* ---- events.c ---- */
void dialog_notify(struct dialog *d, struct dialog_note note);
void dialog_watchers_free(struct dialog *d);
/* Runs event_route[name] with `d` as the current dialog: on `c` when it may wait, else over the
 * request of `t`, else over a message of ours; the latter two on a coroutine of their own. */
void dialog_event_run(struct dialog *d, const char *name, struct call *c, struct txn *t,
                      unsigned status);
void dialog_route_run(struct dialog *d, struct str route);

/* ---- track.c: from the INVITE to the answer ---- */
int dialog_manage(struct call *c);
void dialog_track_start(void);
void dialog_acknowledged(struct dialog *d, struct call *c);
void dialog_failed(struct dialog *d, const struct txn_note *note);
bool dialog_did_text(const struct dialog *d, struct buf *b);

/* ---- within.c: later requests ---- */
bool dialog_within(struct call *c, enum match_mode mode, struct str did);
void dialog_on_loose_route(struct call *c, struct str params);
void dialog_watch_within(struct txn *t, struct dialog *d);
bool dialog_is_of_sides(const struct dialog *d, struct str tag, struct str other, bool *upstream);

/* ---- legs.c ---- */
void leg_read_request(struct dialog *d, enum dialog_side side, struct call *c);
void leg_read_answer(struct dialog *d, struct msg *reply);
void leg_refresh_contact(struct dialog *d, enum dialog_side side, struct msg *m);

/* ---- timers.c ---- */
void dialog_timers_set(struct dialog *d); /* by its state */
void dialog_timers_stop(struct dialog *d);
void dialog_restart(struct dialog *d); /* its lifetime begins anew */
void dialog_keepalive_set(struct dialog *d);
int64_t dialog_due_unix(const struct dialog *d); /* its lifetime is over, seconds since 1970 */
/* Its state becomes DIALOG_ENDED; what counts states is told. False: it was over already. */
bool dialog_over(struct dialog *d);

/* ---- send.c ---- */
struct dialog_request {
    struct dialog *dialog;
    enum dialog_side to;
    struct str method, headers, body;
    bool same_cseq; /* do not count on */
    txn_watch_fn *fn;
    void *arg;
    void (*release)(void *arg);
};
err_t dialog_send(const struct dialog_request *r) MUST_USE;
enum { BYE_CALLER = 1, BYE_CALLEE = 2, BYE_BOTH = 3 };
err_t dialog_bye(struct dialog *d, unsigned sides, struct str headers) MUST_USE;

/* ---- bridge.c ---- */
struct bridge {
    struct str from, to, proxy, body;
    bool no_body;
};
err_t dialog_bridge(const struct bridge *b) MUST_USE; /* copies; goes on by itself */

/* ---- database.c ---- */
void dialog_changed(struct dialog *d); /* has it written as db_mode asks */
void dialogs_database_begin(void);     /* of a worker */
void dialogs_database_end(void);
void dialogs_store_left(const struct dialog_conf *conf); /* the workers are gone */

/* ---- load.c: suspend ---- */
err_t dialogs_load(const struct dialog_conf *conf) MUST_USE;
err_t dialogs_load_call(const struct dialog_conf *conf, struct str call_id) MUST_USE;

/* ---- cseq.c ---- */
void dialog_cseq_follow(struct call *c);           /* a request that goes downstream */
int64_t dialog_cseq_ahead(const struct dialog *d); /* how far the callee's numbers are ahead */
void dialog_cseq_reply(struct dialog *d, const struct txn_note *note);

extern const struct func dialog_funcs[];
extern const struct variable dialog_variables[];
extern const struct rpc_method dialog_methods[];
extern const struct field dialog_params[];
