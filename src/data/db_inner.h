/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this floor share. */
#pragma once
#include "data/db.h"

const char *db_upsert_form(const struct db *d);
