/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/tmrec/period.h"

static const char *const month_names[] = { "january",  "february", "march",  "april",     "may",
                                           "june",     "july",     "august", "september", "october",
                                           "november", "december", NULL };
static const char *const day_names[] = { "sunday",   "monday", "tuesday",  "wednesday",
                                         "thursday", "friday", "saturday", NULL };

enum scale_of { YEAR, MONTH, WEEK, YEAR_DAY, MONTH_DAY, WEEK_DAY, HOUR, MINUTE, SECOND, SCALES };
static const struct scale {
    struct str name, code;
    int min, max;
    const char *const *words; /* the first stands for `min` */
    size_t word_letters;      /* at least that many must be written */
} scales[SCALES] = {
    [YEAR] = { STR_INIT("year"), STR_INIT("yr"), 0, 9999, NULL, 0 },
    [MONTH] = { STR_INIT("month"), STR_INIT("mo"), 1, 12, month_names, 3 },
    [WEEK] = { STR_INIT("week"), STR_INIT("wk"), 1, 6, NULL, 0 },
    [YEAR_DAY] = { STR_INIT("yday"), STR_INIT("yd"), 1, 366, NULL, 0 },
    [MONTH_DAY] = { STR_INIT("mday"), STR_INIT("md"), 1, 31, NULL, 0 },
    [WEEK_DAY] = { STR_INIT("wday"), STR_INIT("wd"), 1, 7, day_names, 2 },
    [HOUR] = { STR_INIT("hour"), STR_INIT("hr"), 0, 23, NULL, 0 },
    [MINUTE] = { STR_INIT("minute"), STR_INIT("min"), 0, 59, NULL, 0 },
    [SECOND] = { STR_INIT("second"), STR_INIT("sec"), 0, 60, NULL, 0 },
};

static int value_now(enum scale_of s, const struct tm *now)
{
    switch (s) {
    case YEAR: return now->tm_year + 1900;
    case MONTH: return now->tm_mon + 1;
    case WEEK: return (now->tm_mday - 1 + (now->tm_wday - now->tm_mday + 1 + 35) % 7) / 7 + 1;
    case YEAR_DAY: return now->tm_yday + 1;
    case MONTH_DAY: return now->tm_mday;
    case WEEK_DAY: return now->tm_wday + 1;
    case HOUR: return now->tm_hour;
    case MINUTE: return now->tm_min;
    case SECOND: return now->tm_sec;
    case SCALES: break;
    }
    return 0;
}

static void skip_blanks(struct str *s)
{
    while (s->n && s->p[0] == ' ')
        *s = str_skip(*s, 1);
}

static struct str next_word(struct str *s)
{
    size_t n = 0;
    struct str word;

    skip_blanks(s);
    while (n < s->n && !strchr(" -,{}", s->p[n]))
        n++;
    word = str_cut(*s, 0, n);
    *s = str_skip(*s, n);
    skip_blanks(s);
    return word;
}

static err_t read_value(const struct scale *s, struct str word, const struct tm *now, int *out)
{
    int64_t n;

    for (int i = 0; s->words && s->words[i]; i++)
        if (word.n >= s->word_letters && str_istarts(str_of(s->words[i]), word)) {
            *out = s->min + i;
            return ERR_OK;
        }
    if (word.n == 0 || word.p[0] < '0' || word.p[0] > '9' || str_to_i64(word, &n))
        return ERR_SYNTAX;
    if (s == &scales[YEAR] && word.n <= 2)
        n += (now->tm_year + 1900) / 100 * 100;
    *out = (int)n;
    return n < s->min || n > s->max || (s == &scales[YEAR] && n < 1970) ? ERR_RANGE : ERR_OK;
}

static bool in_range(const struct scale *s, int value, int from, int to)
{
    if (from <= to)
        return value >= from && value <= to;
    return s != &scales[YEAR] && (value >= from || value <= to);
}

/* What stands between { and }. */
static err_t read_values(const struct scale *s, struct str *text, const struct tm *now, bool *hit)
{
    int value = value_now((enum scale_of)(s - scales), now);

    skip_blanks(text);
    while (text->n && text->p[0] != '}') {
        int from, to;
        err_t e = read_value(s, next_word(text), now, &from);

        to = from;
        if (!e && text->n && text->p[0] == '-') {
            *text = str_skip(*text, 1);
            e = read_value(s, next_word(text), now, &to);
        }
        if (e)
            return e;
        *hit |= in_range(s, value, from, to);
    }
    if (text->n == 0)
        return ERR_SYNTAX;
    *text = str_skip(*text, 1);
    return ERR_OK;
}

static const struct scale *scale_named(struct str word)
{
    for (size_t i = 0; i < SCALES; i++)
        if (str_ieq(word, scales[i].name) || str_ieq(word, scales[i].code))
            return &scales[i];
    return NULL;
}

/* A scale named twice has all its values. */
static err_t read_period(struct str text, const struct tm *now, bool *out)
{
    bool named[SCALES] = { false }, hit[SCALES] = { false };

    skip_blanks(&text);
    while (text.n) {
        const struct scale *s = scale_named(next_word(&text));
        err_t e;

        if (!s || text.n == 0 || text.p[0] != '{')
            return ERR_SYNTAX;
        text = str_skip(text, 1);
        named[s - scales] = true;
        e = read_values(s, &text, now, &hit[s - scales]);
        if (e)
            return e;
        skip_blanks(&text);
    }
    *out = true;
    for (size_t i = 0; i < SCALES; i++)
        *out &= !named[i] || hit[i];
    return ERR_OK;
}

err_t period_has(struct str text, const struct tm *now, bool *out)
{
    bool any = text.n == 0;
    err_t e = ERR_OK;

    while (text.n && !e) {
        bool hit = false;

        e = read_period(str_split(&text, ','), now, &hit);
        any |= hit;
    }
    *out = any;
    return e;
}
