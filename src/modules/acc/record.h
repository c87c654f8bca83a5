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
    /* worked out by check() */
    struct acc_extras log_extras, db_extras, legs;
    bool rr_loaded;
};
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
struct db *acc_database(const struct acc_conf *conf);
void acc_forget_databases(void);
