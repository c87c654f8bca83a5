/* SPDX-License-Identifier: BSD-2-Clause */
/* One accounting record: gathered at once, written to the log, and to a database meanwhile. */
#pragma once
#include "data/db.h"
#include "script/value.h"

enum { ACC_EXTRA_MAX = 64, ACC_LEGS_MAX = 32 };

/* name=variable pairs of log_extra, db_extra and multi_leg_info. */
struct acc_extra {
    struct str name;
    const struct var_ref *var;
};
struct acc_extras {
    struct acc_extra *list;
    size_t n;
};

struct acc_conf {
    bool early_media, report_ack, report_cancels, detect_direction, acc_prepare_always;
    bool reason_from_hf, acc_extra_nullable;
    int64_t failed_transaction_flag, acc_prepare_flag;
    struct str failed_filter;
    struct str multi_leg_info;
    int64_t log_flag, log_missed_flag, log_level;
    struct str log_facility, log_extra;
    int64_t db_flag, db_missed_flag;
    struct str db_extra, db_url, db_table_acc, db_table_missed_calls;
    bool db_version_check;
    struct str acc_method_column, acc_from_tag_column, acc_to_tag_column, acc_callid_column;
    struct str acc_sip_code_column, acc_sip_reason_column, acc_time_column;
    int64_t db_insert_mode, time_mode, clone_msg, acc_extra_size;
    struct str time_attr, time_exten, time_format;
    bool cdr_enable, cdr_log_enable, cdr_start_on_confirmed, cdr_extra_nullable;
    bool cdr_expired_dlg_enable, cdr_on_failed;
    int64_t cdr_duration_mode, cdr_extra_size;
    struct str cdr_skip, cdr_facility, cdr_extra, cdr_start_id, cdr_end_id, cdr_duration_id;
    struct str cdrs_table;
    /* worked out by check() */
    struct acc_extras log_extras, db_extras, legs, cdr_extras;
    bool rr_loaded;
};
enum { TIME_AS_PARTS = 1, TIME_AS_FRACTION, TIME_AS_LOCAL, TIME_AS_UTC }; /* time_mode */
extern const struct module module_acc;

/* What happened, before anything is written. */
struct acc_fact {
    const char *text; /* "transaction answered" */
    struct str method, from_tag, to_tag, call_id;
    unsigned status;
    struct str reason;
    int64_t at_us; /* wall clock */
    bool flip;     /* the request went upstream: tags change places */
};

/* Writes a line to the log; the extras are evaluated on `c`. */
void acc_write_log(struct call *c, const struct acc_conf *conf, const struct acc_fact *f);
/* Adds rows to a table without holding up the caller. */
void acc_write_db(struct call *c, const struct acc_conf *conf, const struct acc_fact *f,
                  struct str table);
/* "name=$var;name=$var", at load. */
err_t acc_read_extras(struct load *l, const char *subject, struct str text, struct acc_extras *out);
/* A variable as text; "" with `*null` where it has no value. */
struct str acc_text_of(struct call *c, const struct var_ref *var, bool *null);
/* By time_format. */
struct str acc_time_text(struct call *c, const struct acc_conf *conf, int64_t unix_s, bool utc);
/* One row, copied, without holding up the caller. */
void acc_insert(const struct acc_conf *conf, struct str table, const struct db_pair *row, size_t n);

/* cdr.c: records of whole calls, where a configuration loads dialog. At start. */
void acc_cdr_start(void);
void acc_forget_databases(void);
