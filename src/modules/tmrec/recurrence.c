/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/tmrec/recurrence.h"

enum { DAY_S = 86400, DAYS_OF_WEEK = 7 };

bool is_leap(int64_t year)
{
    return year % 400 == 0 || (year % 100 != 0 && year % 4 == 0);
}

static bool read_digits(struct str s, size_t at, size_t n, int *out)
{
    *out = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return true;
}

/* "20120101" or "20120101T083000", local time; a Z behind it is passed over. */
static err_t read_date(struct str s, struct tm *tm, int64_t *seconds)
{
    bool good;
    time_t t;

    *tm = (struct tm){ .tm_isdst = -1 };
    if (s.n == 0)
        return ERR_SYNTAX;
    good = read_digits(s, 0, 4, &tm->tm_year) && read_digits(s, 4, 2, &tm->tm_mon) &&
           read_digits(s, 6, 2, &tm->tm_mday);
    if (good && s.n > 8)
        good = (s.p[8] == 'T' || s.p[8] == 't') && read_digits(s, 9, 2, &tm->tm_hour) &&
               read_digits(s, 11, 2, &tm->tm_min) && read_digits(s, 13, 2, &tm->tm_sec);
    if (!good || tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 || tm->tm_mday > 31 ||
        tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
        return ERR_SYNTAX;
    tm->tm_year -= 1900;
    tm->tm_mon--;
    t = mktime(tm);
    *seconds = t;
    return t == (time_t)-1 ? ERR_RANGE : ERR_OK;
}

/* "P1W", "P1DT2H3M4S" in seconds. */
static err_t read_duration(struct str s, int64_t *out)
{
    bool time = false;
    int64_t n = 0;
    bool digits = false;

    *out = 0;
    if (s.n && s.p[0] == '+')
        s = str_skip(s, 1);
    if (s.n < 2 || (s.p[0] | 32) != 'p')
        return ERR_SYNTAX;
    for (size_t i = 1; i < s.n; i++) {
        char c = (char)(s.p[i] | 32);

        if (s.p[i] >= '0' && s.p[i] <= '9') {
            n = n * 10 + (s.p[i] - '0');
            digits = true;
            if (n > INT32_MAX)
                return ERR_RANGE;
            continue;
        }
        if (c == 't' && !time && !digits) {
            time = true;
            continue;
        }
        if (!digits || !strchr(time ? "hms" : "wd", c))
            return ERR_SYNTAX;
        *out += n * (c == 'w' ? 7 * DAY_S : c == 'd' ? DAY_S : c == 'h' ? 3600 : c == 'm' ? 60 : 1);
        n = 0;
        digits = false;
    }
    return digits || *out == 0 ? ERR_SYNTAX : ERR_OK;
}

static err_t read_frequency(struct str s, enum frequency *out)
{
    static const struct str names[] = { STR_INIT("none"), STR_INIT("daily"), STR_INIT("weekly"),
                                        STR_INIT("monthly"), STR_INIT("yearly") };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(s, names[i])) {
            *out = (enum frequency)i;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

static err_t read_day(struct str s, struct by_item *item)
{
    static const struct str names[] = { STR_INIT("SU"), STR_INIT("MO"), STR_INIT("TU"),
                                        STR_INIT("WE"), STR_INIT("TH"), STR_INIT("FR"),
                                        STR_INIT("SA") };
    int64_t n = 0;

    if (s.n < 2 || (s.n > 2 && str_to_i64(str_cut(s, 0, s.n - 2), &n)) || n > 53 || n < -53)
        return ERR_SYNTAX;
    item->n = (int)n;
    s = str_skip(s, s.n - 2);
    for (int day = 0; day < DAYS_OF_WEEK; day++)
        if (str_ieq(s, names[day])) {
            item->day = day;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

/* `most` 0: days of the week. */
static err_t read_list(struct str s, int most, struct by_list *out)
{
    while (s.n) {
        struct str piece = str_trim(str_split(&s, ','));
        struct by_item *item = &out->items[out->n];
        int64_t n;

        if (out->n == BY_MAX)
            return ERR_LIMIT;
        if (most == 0) {
            if (read_day(piece, item))
                return ERR_SYNTAX;
        } else {
            if (str_to_i64(piece, &n) || n > most || n < -most || n == 0)
                return ERR_SYNTAX;
            item->n = (int)n;
        }
        out->n++;
    }
    return ERR_OK;
}

err_t recurrence_parse(struct str text, char separator, struct recurrence *out)
{
    struct tm until;
    struct str part;
    err_t e;

    *out = (struct recurrence){ .interval = 1 };
    e = read_date(str_trim(str_split(&text, separator)), &out->start, &out->start_s);
    part = str_trim(str_split(&text, separator));
    if (!e && part.n)
        e = read_duration(part, &out->duration_s);
    part = str_trim(str_split(&text, separator));
    if (!e && part.n)
        e = read_frequency(part, &out->frequency);
    part = str_trim(str_split(&text, separator));
    if (!e && part.n)
        e = read_date(part, &until, &out->until_s);
    part = str_trim(str_split(&text, separator));
    if (!e && part.n && (str_to_i64(part, &out->interval) || out->interval < 1))
        e = ERR_SYNTAX;
    struct by_list *const lists[] = { &out->days, &out->month_days, &out->year_days, &out->weeks,
                                      &out->months };
    static const int most[] = { 0, 31, 366, 53, 12 };
    for (size_t i = 0; i < 5 && !e; i++)
        e = read_list(str_trim(str_split(&text, separator)), most[i], lists[i]);
    return e;
}

/* Days since 1 January 1970 of a calendar day. */
static int64_t day_number(const struct tm *tm)
{
    int64_t y = tm->tm_year + 1900, m = tm->tm_mon + 1;
    int64_t shifted = y - (m <= 2), era, of_era;

    era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    of_era = shifted - era * 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + tm->tm_mday - 1 - 719468;
}

static int month_days(const struct tm *tm)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[tm->tm_mon] + (tm->tm_mon == 1 && is_leap(tm->tm_year + 1900));
}

static int year_days(const struct tm *tm)
{
    return is_leap(tm->tm_year + 1900) ? 366 : 365;
}

/* Monday is the first day of a week. */
static int64_t week_number(const struct tm *tm)
{
    return (day_number(tm) + 3) / DAYS_OF_WEEK;
}

static bool falls_on_frequency(const struct recurrence *r, const struct tm *now)
{
    int64_t months = (now->tm_year - r->start.tm_year) * 12 + now->tm_mon - r->start.tm_mon;

    switch (r->frequency) {
    case FREQUENCY_NONE: return false;
    case DAILY: return (day_number(now) - day_number(&r->start)) % r->interval == 0;
    case WEEKLY: return (week_number(now) - week_number(&r->start)) % r->interval == 0;
    case MONTHLY: return months % r->interval == 0;
    case YEARLY: return (now->tm_year - r->start.tm_year) % r->interval == 0;
    }
    return false;
}

/* Where a rule says nothing about the day, it is that of the start. */
static bool is_the_day(const struct recurrence *r, const struct tm *now)
{
    bool narrowed = r->days.n || r->month_days.n || r->year_days.n || r->weeks.n;

    if (r->frequency == WEEKLY && r->days.n == 0)
        return now->tm_wday == r->start.tm_wday;
    if (r->frequency == MONTHLY && !narrowed)
        return now->tm_mday == r->start.tm_mday;
    if (r->frequency == YEARLY && !narrowed)
        return now->tm_mday == r->start.tm_mday && (r->months.n || now->tm_mon == r->start.tm_mon);
    return true;
}

/* Whether `value`, the `from_end`th counted from the end, is in the list. */
static bool listed(const struct by_list *l, int value, int from_end)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].n == value || l->items[i].n == -from_end)
            return true;
    return l->n == 0;
}

static bool day_listed(const struct recurrence *r, const struct tm *now)
{
    bool yearly = r->frequency == YEARLY && r->months.n == 0;
    int at = yearly ? now->tm_yday : now->tm_mday - 1;
    int all = yearly ? year_days(now) : month_days(now);

    for (size_t i = 0; i < r->days.n; i++) {
        const struct by_item *item = &r->days.items[i];
        int nth = at / DAYS_OF_WEEK + 1, from_end = (all - 1 - at) / DAYS_OF_WEEK + 1;

        if (item->day != now->tm_wday)
            continue;
        if (item->n == 0 || r->frequency == DAILY || r->frequency == WEEKLY || item->n == nth ||
            item->n == -from_end)
            return true;
    }
    return r->days.n == 0;
}

/* ISO 8601 week of the year. */
static int week_of_year(const struct tm *now)
{
    char text[8];
    int n = 0;

    if (strftime(text, sizeof text, "%V", now))
        (void)read_digits(str_of(text), 0, 2, &n);
    return n;
}

static bool by_rules(const struct recurrence *r, const struct tm *now)
{
    int week = week_of_year(now);

    return listed(&r->months, now->tm_mon + 1, 12 - now->tm_mon) &&
           listed(&r->weeks, week, 53 - week + 1) &&
           listed(&r->year_days, now->tm_yday + 1, year_days(now) - now->tm_yday) &&
           listed(&r->month_days, now->tm_mday, month_days(now) - now->tm_mday + 1) &&
           day_listed(r, now);
}

static int64_t second_of_day(const struct tm *tm)
{
    return tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;
}

/* An occurrence that began on an earlier day may last still. */
static bool lasts(const struct recurrence *r, int64_t when)
{
    int64_t days = (r->duration_s + DAY_S - 1) / DAY_S;

    for (int64_t back = 0; back <= days && back <= 366; back++) {
        time_t day = (time_t)(when - back * DAY_S);
        struct tm at;
        int64_t passed;

        if (!localtime_r(&day, &at) || day_number(&at) < day_number(&r->start))
            return false;
        passed = back * DAY_S + second_of_day(&at) - second_of_day(&r->start);
        if (passed >= 0 && passed < r->duration_s && falls_on_frequency(r, &at) &&
            is_the_day(r, &at) && by_rules(r, &at))
            return true;
    }
    return false;
}

bool recurrence_has(const struct recurrence *r, int64_t when)
{
    if (when < r->start_s)
        return false;
    /* Without a duration there is no time that it has. */
    if (r->duration_s == 0)
        return false;
    if (when - r->start_s <= r->duration_s)
        return true;
    if (r->frequency == FREQUENCY_NONE || (r->until_s && when > r->until_s))
        return false;
    return lasts(r, when);
}
