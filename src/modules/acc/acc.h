/* SPDX-License-Identifier: BSD-2-Clause */
/* For other modules, where a configuration loads acc. */
#pragma once
#include "core/call.h"

enum acc_backend { ACC_TO_LOG = 1, ACC_TO_DB = 2 };

/* Writes a record of the call's request, as acc_request() does: to the backends of a set; `table`
 * is for the database. */
void acc_account(struct call *c, struct str comment, unsigned to, struct str table);
