/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packaged server answers to the same, but for what `differs` says. */
#include "base/test.h"
#include "modules/tmrec/period.h"
#include "modules/tmrec/recurrence.h"
#include <stdlib.h>

static const struct {
    const char *rule;
    int64_t when;
    bool yes;
} rules[] = {
    { "20120101T000000|PT24H|weekly|||SA,SU", 1420279200, true },
    { "20120101T000000|PT24H|weekly|||SA,SU", 1420106400, false },
    { "20120101T083000|PT10H|weekly|||MO,TU,WE,TH,FR", 1420106400, true },
    { "20120101T083000|PT10H|weekly|||MO,TU,WE,TH,FR", 1420142400, false },
    { "20120101T083000|PT1H", 1325408400, true },
    { "20120101T083000|PT1H", 1325406600, true },
    { "20120101T083000|PT1H", 1325410200, true },
    { "20120101T083000|PT1H", 1325410199, true },
    { "20120101T083000|PT1H", 1325406599, false },
    { "20120101T083000|", 1425406599, false },
    { "20120101T083000", 1425406599, false },
    { "20120101", 1425406599, false },
    { "20120101T083000|PT1H|daily|20130101T000000", 1357027200, false },
    { "20120101T083000|PT1H|daily|20130101T000000", 1356944400, true },
    { "20120101T083000|PT1H|daily||2", 1325498400, false },
    { "20120101T083000|PT1H|daily||2", 1325495400, false },
    { "20120101T083000|PT1H|daily||2", 1325581800, true },
    { "20120101T083000|PT1H|monthly|||1MO", 1325495400, true },
    { "20120101T083000|PT1H|monthly|||2MO", 1325495400, false },
    { "20120101T083000|PT1H|monthly|||2MO", 1326100200, true },
    { "20120101T083000|PT1H|monthly|||-1TU", 1327998600, true },
    { "20120101T083000|PT1H|monthly|||+1MO", 1325495400, true },
    { "20120101T083000|PT1H|monthly||||1", 1328085000, true },
    { "20120101T083000|PT1H|monthly||||-1", 1327998600, true },
    { "20120101T083000|PT1H|monthly||||2,31", 1327998600, true },
    { "20120101T083000|PT1H|yearly|||||1", 1357029000, true },
    { "20120101T083000|PT1H|yearly|||||-1", 1356942600, true },
    { "20120101T083000|PT1H|yearly||||||1", 1325579400, true },
    { "20120101T083000|PT1H|yearly||||||2", 1326184200, true },
    { "20120101T083000|PT1H|yearly|||||||2", 1328085000, true },
    { "20120101T083000|PT1H|yearly|||||||2", 1328171400, false },
    { "20120101T083000|PT1H|yearly", 1357029000, true },
    { "20120101T083000|PT1H|yearly", 1357115400, false },
    { "20120101T083000|PT1H|monthly", 1328085000, true },
    { "20120101T083000|PT1H|monthly", 1328171400, false },
    { "20120101T083000|PT1H|weekly", 1326011400, true },
    { "20120101T083000|PT1H|weekly", 1326097800, false },
    { "20120101T083000|PT1H|weekly||2", 1326011400, false },
    { "20120101T083000|PT1H|weekly||2", 1326616200, true },
    { "20120101T083000|P1D", 1325440000, true },
    { "20120101T083000|P1W", 1325840000, true },
    { "20120101T083000|P1DT1H1M1S", 1325496660, true },
    { "20120101T083000|P1DT1H1M1S", 1325496661, true },
    { "20120101T220000|PT4H|daily", 1328054400, true },
    { "20120101T220000|PT4H|daily", 1328061600, false },
};

static void knows_when_rules_recur(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct recurrence r;
        err_t e = recurrence_parse(str_of(rules[i].rule), '|', &r);

        if (e || recurrence_has(&r, rules[i].when) != rules[i].yes) {
            print_error("%s %lld: %s\n", rules[i].rule, (long long)rules[i].when, err_name(e));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void refuses_malformed_rules(void **state)
{
    static const char *const bad[] = { "",
                                       "x",
                                       "20120101T083000|x",
                                       "20120101T083000|PT1H|foo",
                                       "20121301",
                                       "20120101T0830",
                                       "20120101|PT",
                                       "20120101|P1H",
                                       "20120101|PT99999999999H",
                                       "20120101|P1D|daily||0",
                                       "20120101|P1D|daily|||XX",
                                       "20120101|P1D|monthly||||32" };
    struct recurrence r;

    (void)state;
    assert_err(recurrence_parse(STR("20120101|P1D"), '|', &r), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(recurrence_parse(str_of(bad[i]), '|', &r) != ERR_OK);
}

static const struct {
    const char *text;
    int want;
} periods[] = {
    { "", 1 },
    { "wd{2-6}", -1 },
    { "wd{7}", 1 },
    { "wd{sat}", 1 },
    { "wday{sa}", 1 },
    { "wday{ saturday }", 1 },
    { "wd{fri-tue}", 1 },
    { "wd{mon-wed}", -1 },
    { "yr{2015}", 1 },
    { "yr{15}", 1 },
    { "yr{2014}", -1 },
    { "yr{2010-2016}", 1 },
    { "year{2016-2010}", -1 },
    { "mo{1}", 1 },
    { "mo{jan}", 1 },
    { "mo{january}", 1 },
    { "month{nov-feb}", 1 },
    { "mo{13}", -2 },
    { "wk{1}", 1 },
    { "wk{2}", -1 },
    { "week{6}", -1 },
    { "yd{3}", 1 },
    { "yd{4}", -1 },
    { "yday{1-5}", 1 },
    { "md{3}", 1 },
    { "mday{4 5}", -1 },
    { "mday{4 3}", 1 },
    { "hr{10}", 1 },
    { "hr{9-11}", 1 },
    { "hr{10am}", -2 },
    { "hour{22-11}", 1 },
    { "min{0}", 1 },
    { "minute{1-59}", -1 },
    { "second{0}", 1 },
    { "sec{60}", -1 },
    { "wd{7} hr{11}", -1 },
    { "wd{7} hr{11}, wd{7} hr{10}", 1 },
    { "wd{7}hr{10}", 1 },
    { "wd{sa", -2 },
    { "foo{1}", -2 },
    { "wd{8}", -2 },
    { "wd{s}", -2 },
    { "hr{24}", -2 },
    { "wd{7}, foo{1}", -2 },
    { "foo{1}, wd{7}", -2 },
    { "wd{}", -1 },
    { "wd{7},", 1 },
    { "WD{SAT}", 1 },
    { "hr{9} hr{10}", 1 },
    { "yr{70}", -1 },
    { "hr {10}", 1 },
    { "wd{2 - 7}", 1 },
    { "wd{satur}", 1 },
    { "wd{sax}", -2 },
};

static void knows_what_is_in_a_period(void **state)
{
    time_t when = 1420279200; /* Saturday, 3 January 2015, 10:00 */
    struct tm now;
    int wrong = 0;

    (void)state;
    localtime_r(&when, &now);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        bool hit;
        int got = period_has(str_of(periods[i].text), &now, &hit) ? -2 : hit ? 1 : -1;

        if (got != periods[i].want) {
            print_error("%s: %d, want %d\n", periods[i].text, got, periods[i].want);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    TEST_RUN(knows_when_rules_recur, refuses_malformed_rules, knows_what_is_in_a_period);
}
