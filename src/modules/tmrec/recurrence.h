/* SPDX-License-Identifier: BSD-2-Clause */
/* Times that come again: "20120101T083000|PT10H|weekly|||MO,TU" (RFC 2445, 4.3.10). */
#pragma once
#include "base/str.h"
#include <time.h>

enum { BY_MAX = 64 };
struct by_list {
    struct by_item {
        int n;   /* the number; of days of the week: which one, 0 for all */
        int day; /* of the week, 0 is Sunday */
    } items[BY_MAX];
    size_t n;
};
enum frequency { FREQUENCY_NONE, DAILY, WEEKLY, MONTHLY, YEARLY };
struct recurrence {
    struct tm start;
    int64_t start_s, duration_s; /* duration 0: none was given */
    enum frequency frequency;
    int64_t until_s; /* 0: none */
    int64_t interval;
    struct by_list days, month_days, year_days, weeks, months;
};
/* Times are local. ERR_SYNTAX, ERR_LIMIT. */
err_t recurrence_parse(struct str text, char separator, struct recurrence *out) MUST_USE;
bool recurrence_has(const struct recurrence *r, int64_t when);
bool is_leap(int64_t year);
