/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share. */
#pragma once
#include "base/hash.h"
#include "control/rpc.h"
#include "data/db.h"
#include "modules/usrloc/usrloc.h"
#include <pthread.h>

enum { DB_ONLY = 3, DB_WRITE_BACK = 2, DB_WRITE_THROUGH = 1, DB_NONE = 0 };

struct usrloc_conf {
    struct str ruid_column, user_column, domain_column, contact_column, expires_column, q_column,
        callid_column, cseq_column, flags_column, cflags_column, user_agent_column, received_column,
        path_column, socket_column, methods_column, instance_column, reg_id_column,
        server_id_column, connection_id_column, keepalive_column, partition_column;
    struct str db_url;
    struct str_list preload;
    int64_t timer_interval, db_mode, matching_mode, cseq_delay, fetch_rows, hash_size, nat_bflag,
        timer_procs, expires_type, rm_expired_delay, db_raw_fetch_type, load_rank;
    bool db_load, db_insert_update, use_domain, desc_time_order, handle_lost_tcp, close_expired_tcp,
        skip_remote_socket, db_update_as_insert, db_check_update, db_ops_ruid, db_insert_null,
        server_id_filter, db_timer_clean, version_table, db_clean_tcp;
    struct str xavp_contact, ka_from, ka_domain, ka_method, ka_logmsg, ka_reply_codes;
    const struct format *ka_log; /* ka_logmsg */
    int64_t ka_mode, ka_filter, ka_interval, ka_randomize, ka_timeout, ka_loglevel;
};
extern const struct module module_usrloc;
/* Everything of this module that changes. */
enum { LOCATIONS_MAX = 32, LISTENERS_MAX = 8 };
typedef void location_listener(enum location_event what, struct location *l, struct str aor,
                               struct contact *c);
struct deletion;
struct usrloc_self {
    struct module_slot slot;
    const struct usrloc_conf *test_conf;
    pthread_mutex_t lock; /* over the list of tables, and of deletions */
    struct location *all[LOCATIONS_MAX + 1];
    atomic_size_t n;
    location_listener *listeners[LISTENERS_MAX];
    size_t n_listeners;
    struct deletion *deletions; /* rows that the next sweep deletes (write-back) */
    atomic_uint ruid_serial;
    atomic_llong ruid_start;
};
extern struct usrloc_self usrloc_self;

/* The current configuration; until this coroutine's next suspension. */
const struct usrloc_conf *usrloc_conf(void);
void usrloc_test_conf(const struct usrloc_conf *conf); /* for tests: stands in for it */

struct aor {
    struct entry entry;
    struct contact *first;
    uint32_t n;
    char key[];
};

enum { LOCATION_USERS, LOCATION_CONTACTS, LOCATION_EXPIRES, LOCATION_STATS };
struct location {
    struct str name;
    struct table_of *aors;
    unsigned stats;        /* id of the first of LOCATION_STATS */
    atomic_int load_state; /* 0: not tried, 1: loading, 2: done */
    char stat_names[LOCATION_STATS][64];
    struct stat_decl stat_table[LOCATION_STATS + 1];
};
struct aor *aor_new(struct str key);
void aor_put(struct aor *r, struct contact *c, bool by_time); /* in order; takes the reference */
struct contact *aor_take(struct aor *r, struct contact *c);   /* the AOR's reference */
void location_stat(struct location *l, unsigned which, int64_t n);

/* One thing that happened to an AOR, to be told and written after the lock. */
struct change {
    enum location_event what;
    struct contact *contact; /* a reference */
    struct change *next;
};
struct changes {
    struct change *first, **last;
    struct arena arena;
};
void changes_init(struct changes *ch);
void changes_add(struct changes *ch, enum location_event what,
                 struct contact *c); /* own reference */
void changes_free(struct changes *ch);
/* Counts them and calls who asked for it. */
void changes_tell(struct changes *ch, struct location *l, struct str aor);

/* The database side (store.c). All suspend. */
err_t store_load_aor(struct location *l, struct str aor, struct aor *into);
err_t store_load_all(struct location *l);
err_t store_write(struct location *l, struct str aor, struct contact *c);
/* What changes mean for the database, by db_mode; write-back deletions are kept for the sweep. */
void store_changes(struct changes *ch, struct location *l, struct str aor);
void store_flush_deletions(void);
err_t store_delete_expired(struct location *l, int64_t before);
/* Loads what the table holds when that has not been done. */
void location_ensure_loaded(struct location *l);

/* Sweeping (sweep.c): removes what has expired, writes what write-back left dirty. */
void sweep_start(void);
void sweep_stop(void);
void sweep_shard(struct location *l, unsigned shard);

/* Contacts and their connections (lost.c): notes that an AOR registered over one. */
void lost_note(struct location *in, struct str aor, uint64_t connection);
void lost_begin(void);
void lost_end(void);
void aor_expire(struct aor_edit *a, struct contact *old); /* aor_remove, told as LOCATION_EXPIRE */

/* Keep-alives (keepalive.c): once in the process, and in each worker. */
void keepalive_begin(void);
void keepalive_start(void);
void keepalive_stop(void);

extern const struct rpc_method usrloc_methods[];
