/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share. */
#pragma once
#include "core/call.h"
#include "core/database.h"
#include "script/value.h"

enum { CONNECTIONS_MAX = 64 };

struct named_url {
    struct str name, url;
};
struct sqlops_conf {
    struct str_list sqlcon, sqlres;
    int64_t tr_buf_size, log_buf_size, connect_mode, results_maxsize;
    struct named_url connections[CONNECTIONS_MAX]; /* from sqlcon */
    size_t n_connections;
};
extern const struct module module_sqlops;

/* What a run of a script has asked for. */
struct named_result {
    struct named_result *next;
    struct str name;
    struct db_result rows;
};
struct affected { /* by the last query of a connection */
    struct affected *next;
    struct str connection;
    int64_t rows;
};
struct sqlops_run {
    struct named_result *results;
    struct affected *affected;
    size_t n_results;
};
struct sqlops_self {
    struct module_slot slot;
    unsigned run_slot;
};
extern struct sqlops_self sqlops_self;

struct sqlops_run *sqlops_run_of(struct call *c);
struct named_result *named_result_of(struct call *c, struct str name);

extern const struct variable sqlops_vars[];
extern const struct transformation sqlops_transformations[];
