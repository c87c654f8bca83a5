/* SPDX-License-Identifier: BSD-2-Clause */
/* Periods of time: "wd{mon-fri} hr{8-16}, wd{sat}", as Perl's Time::Period writes them. */
#pragma once
#include "base/str.h"
#include <time.h>

/* Whether one of the periods has that local time (an empty text has all). ERR_SYNTAX, ERR_RANGE. */
err_t period_has(struct str text, const struct tm *now, bool *out) MUST_USE;
