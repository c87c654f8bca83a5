/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash tables that scripts share: what the files of the module know of each other. */
#pragma once
#include "base/regex.h"
#include "core/call.h"
#include "data/table.h"
#include <stdatomic.h>

/* One table: its contents belong to the process and outlive reloads. */
struct ht {
    struct ht *next;
    struct str name;
    struct table_of *items;
    /* what the current configuration says */
    _Atomic(bool) defined, update_expiry, has_initial;
    _Atomic(int64_t) autoexpire_s, initial;
    _Atomic(bool) loaded; /* its database table was read, or is being read */
};

struct ht_item {
    struct entry entry;
    struct value value; /* the string is the item's own */
    char key[];
};

/* A table by name, defined by the current configuration; NULL. */
struct ht *ht_find(struct str name);
/* The same, made (still undefined) where there is none. Any thread. */
struct ht *ht_intern(struct str name);
/* Calls fn for all that are defined. */
void ht_each(void (*fn)(struct ht *t, void *arg), void *arg);
void ht_free_all(void);
/* Runs event_route[htable:reloaded:<table>] where there is one. Suspends. */
void ht_tell_reloaded(const struct ht *t);
/* For tables: an item of the table `ctx` has expired. */
void ht_expired(struct entry *e, void *ctx);

/* A value, its string in `a`; false when there is none. */
bool ht_get(struct ht *t, struct str key, struct arena *a, struct value *out);
/* With the table's initial value where there is none. */
void ht_get_or_initial(struct ht *t, struct str key, struct arena *a, struct value *out);
/* Null removes. `expires_s`: HT_EXPIRES_DEFAULT, or seconds (0: never). */
enum { HT_EXPIRES_DEFAULT = -1 };
void ht_set(struct ht *t, struct str key, const struct value *v, int64_t expires_s);
bool ht_remove(struct ht *t, struct str key);
/* Adds to a number; false (nothing changed) when there is none and no initial value, or it is text.
 */
bool ht_add(struct ht *t, struct str key, int64_t n, int64_t *now);
/* Seconds until it expires (0: never); false when it is not there. */
bool ht_expires(struct ht *t, struct str key, int64_t *seconds);
bool ht_set_expires(struct ht *t, struct str key, int64_t seconds);
void ht_clear(struct ht *t);

/* Which items are meant. */
enum ht_how { HT_ALL, HT_EQUAL, HT_NOT_EQUAL, HT_STARTS, HT_ENDS, HT_REGEX, HT_NUMBER };
struct ht_match {
    enum ht_how how;
    bool value; /* looks at the value; else at the name */
    struct str text;
    struct regex *regex;
    int64_t number;
};
/* "eq", "ne", "re", "sw"; false: no such operator, or not a regular expression. */
bool ht_match_op(struct str op, struct str text, bool value, struct ht_match *out);
/* "~~regex", "~%end", "==text", "eqnumber", "**", or plain text. */
bool ht_match_prefix(struct str text, bool value, struct ht_match *out);
void ht_match_free(struct ht_match *m);
bool ht_matches(const struct ht_match *m, const struct ht_item *item);
size_t ht_count(struct ht *t, const struct ht_match *m, size_t enough);
size_t ht_remove_matching(struct ht *t, const struct ht_match *m);

/* What a configuration defines. */
struct ht_def {
    struct str name;
    int64_t size, autoexpire_s, initial;
    bool has_initial, update_expiry, db_write, replicate;
    struct str db_table;
    struct str columns[8]; /* of `cols`; the first is the key */
    size_t n_columns;
    struct ht *table;
};
struct htable_conf {
    struct str_list definitions;
    struct str db_url, key_name, key_type, value_type, key_value, expires, size_suffix;
    int64_t fetch_rows, timer_interval, db_expires, enable_dmq, dmq_init_sync, timer_procs;
    struct str event_callback, dmq_peer_id;
    int64_t event_callback_mode;
    struct ht_def *defs;
    size_t n_defs;
};
/* Reads "name=>size=4;autoexpire=60;…"; `why` gets what was wrong. Strings point into `text`. */
err_t ht_def_parse(struct str text, struct ht_def *out, struct buf *why) MUST_USE;

/* Between scripts and control methods and the database. Suspend. */
err_t ht_load(const struct htable_conf *conf, const struct ht_def *def, struct buf *why) MUST_USE;
err_t ht_store(const struct htable_conf *conf, const struct ht_def *def, struct buf *why) MUST_USE;

/* The record of htable:expired, and iterators, of a run. */
struct ht_run {
    struct str record_key;
    struct value record_value;
    struct ht_iterator *iterators;
};
struct ht_run *ht_run(struct call *c);

extern const struct module module_htable;
extern const struct func htable_funcs[];
extern const struct variable htable_vars[];
extern const struct rpc_method htable_methods[];
/* The current item of an iterator; false: there is none. */
bool ht_iterator_item(struct call *c, struct str name, struct str *key, struct value *value);
