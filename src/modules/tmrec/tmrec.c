/* SPDX-License-Identifier: BSD-2-Clause */
/* Times of the day, the week and the year in scripts. */
#include "base/clock.h"
#include "base/log.h"
#include "core/call.h"
#include "modules/tmrec/period.h"
#include "modules/tmrec/recurrence.h"
#include "script/value.h"

struct tmrec_conf {
    struct str separator;
    int64_t wday;
};

enum { MALFORMED = -2 };

extern const struct module module_tmrec;

static struct {
    struct module_slot slot;
} self;

struct match_args {
    struct str rule;
    struct str time;
};
struct year_args {
    struct str year;
};

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int64_t moment(struct str text)
{
    int64_t n;

    return text.n && str_to_i64(text, &n) == ERR_OK && n != 0 ? n : clock_unix();
}

static int tmrec_match(struct call *c, const struct match_args *a)
{
    const struct tmrec_conf *conf = call_conf(c, &module_tmrec);
    struct recurrence r;

    if (recurrence_parse(a->rule, conf->separator.p[0], &r)) {
        log_error("tmrec", "the rule \"" STR_FMT "\" is malformed", STR_ARG(a->rule));
        return SCRIPT_FALSE;
    }
    return truth(recurrence_has(&r, moment(a->time)));
}
EXPOSE(tmrec_match, match_args)

static int is_leap_year(struct call *c, const struct year_args *a)
{
    int64_t year;
    time_t t = (time_t)clock_unix();
    struct tm now;

    (void)c;
    if (a->year.n == 0 || str_to_i64(a->year, &year) || year == 0)
        year = localtime_r(&t, &now) ? now.tm_year + 1900 : 0;
    return truth(is_leap(year));
}
EXPOSE(is_leap_year, year_args)

static int time_period_match(struct call *c, const struct match_args *a)
{
    time_t t = (time_t)moment(a->time);
    struct tm now;
    bool hit;

    (void)c;
    if (!localtime_r(&t, &now) || period_has(a->rule, &now, &hit)) {
        log_error("tmrec", "the period \"" STR_FMT "\" is malformed", STR_ARG(a->rule));
        return MALFORMED;
    }
    return truth(hit);
}
EXPOSE(time_period_match, match_args)

static const struct field params[] = {
    FIELD(tmrec_conf, separator, "The character between the parts of a rule.", .def = "|", .min = 1,
          .max = 255),
    FIELD(tmrec_conf, wday, "First day of the week.", .def = "0", .inert = "weeks begin on Monday"),
    { 0 },
};
#define TIME FIELD(match_args, time, "Seconds since 1970; without it, now.", .def = "")
static const struct field match_args_fields[] = {
    FIELD(match_args, rule,
          "start|duration|frequency|until|interval|byday|bymonthday|byyearday|byweekno|bymonth"),
    TIME,
    { 0 },
};
static const struct field period_args_fields[] = {
    FIELD(match_args, rule, "Periods: \"wd{mon-fri} hr{8-16}, wd{sat}\"."),
    TIME,
    { 0 },
};
static const struct field year_args_fields[] = {
    FIELD(year_args, year, "The year; without it, this one.", .def = ""),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(tmrec_match, match_args, "Whether a time falls into a recurring period (RFC 2445).",
         .differs = "a period that began on an earlier day counts while it lasts; numbers of weeks "
                    "are those of ISO 8601; lists, days counted from the end, and yearly rules "
                    "by month, week or day mean what the manual says"),
    FUNC(is_leap_year, year_args, "Whether a year has 366 days."),
    { .name = "time_period_match",
      .run = time_period_match_with_match_args,
      .args = period_args_fields,
      .args_size = sizeof(struct match_args),
      .doc = "Whether a time is in one of some periods.",
      .returns =
          (const struct outcome[]){
              { 1, "it is" }, { -1, "it is not" }, { -2, "the periods are malformed" }, { 0 } },
      .differs = "a malformed period is an error, as the manual has it, and does not match; years "
                 "of two digits are those of this century" },
    { 0 },
};

const struct module module_tmrec = {
    .abi = MODULE_ABI,
    .name = "tmrec",
    .doc = "Times of the day, the week and the year.",
    .slot = &self.slot,
    .conf_size = sizeof(struct tmrec_conf),
    .params = params,
    .funcs = funcs,
};
