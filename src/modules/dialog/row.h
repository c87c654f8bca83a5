/* SPDX-License-Identifier: BSD-2-Clause */
/* A dialog as a record: what a row of the database holds of it. */
#pragma once
#include "data/db.h"
#include "modules/dialog/inner.h"

struct dialog_row {
    int64_t entry, id;
    struct str call_id, from_uri, from_tag, to_uri, to_tag, from_cseq, to_cseq;
    struct str from_routes, to_routes, from_contact, to_contact, from_socket, to_socket;
    int64_t state, start_time, timeout, flags, iflags;
    struct str timeout_route, request_uri, extra;
};
/* In the order of enum dialog_column. */
extern const struct field dialog_row_fields[DIALOG_COLUMNS + 1];

/* Its texts point into the dialog, but for what is made in `a`. */
void dialog_row_of(const struct dialog *d, struct arena *a, struct dialog_row *out);
/* One that is not in the tables yet, on its home; NULL: it makes no sense. */
struct dialog *dialog_of_row(const struct dialog_row *row);
/* What stands in `extra`: profiles, and the lifetime. In the tables by now. */
void dialog_row_join(struct dialog *d, const struct dialog_row *row);

/* The row as columns and values; returns how many. */
size_t dialog_row_pairs(const struct dialog_row *row, const struct dialog_conf *conf,
                        struct db_pair out[static DIALOG_COLUMNS]);
/* From a result with all columns in the order of enum dialog_column. */
void dialog_row_read(const struct db_value *values, struct arena *a, struct dialog_row *out);
