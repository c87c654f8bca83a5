/* SPDX-License-Identifier: BSD-2-Clause */
/* What modules with a database have in common: checks of their parameters and tables. */
#pragma once
#include "data/db.h"
#include "module/module.h"

/* At load: a fault for parameter `subject` unless a module is loaded that can open the URL. */
err_t database_check_url(struct load *l, const char *subject, struct str url);
/* In worker_start, suspends: whether a table has the version that a module expects. Only the first
 * worker asks. Logs what is wrong; `area` names the module. */
err_t database_check_version(const char *area, struct str url, struct str table,
                             int64_t version) MUST_USE;
/* Opens and logs a failure. */
err_t database_open(const char *area, struct str url, struct db **out) MUST_USE;
/* Logs the failure of a query (nothing for ERR_OK) and drops the database; returns `e`. */
err_t database_done(const char *area, struct db *db, err_t e, const char *doing);
