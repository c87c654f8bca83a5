/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/cfgt/report.h"

static void finds_the_scenario_of_a_call(void **state)
{
    static const struct {
        const char *call_id, *want;
    } rows[] = {
        { "NGCP%123%456", "123" },    { "NGCP%123", "123" }, { "NGCP%", NULL },
        { "NGCP%%x", NULL },          { "other", NULL },     { "ngcp%1%2", NULL },
        { "NGCP%../a b%", "___a_b" }, { "", NULL },
    };
    struct arena a;

    (void)state;
    arena_init(&a, MEM_OTHER, 256);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = scenario_of(str_of(rows[i].call_id), STR("NGCP%"), &a);

        assert_true(rows[i].want ? str_eq(got, str_of(rows[i].want)) : !got.p);
    }
    arena_free(&a);
}

static void numbers_the_messages_of_a_scenario(void **state)
{
    (void)state;
    assert_int_equal(scenario_next(STR("a")), 1);
    assert_int_equal(scenario_next(STR("b")), 1);
    assert_int_equal(scenario_next(STR("a")), 2);
    for (int i = 0; i < SCENARIOS_MAX - 2; i++) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(scenario_next(str_of(name)), 1);
    }
    assert_int_equal(scenario_next(STR("one too many")), 0);
    assert_int_equal(scenario_next(STR("a")), 3);
}

int main(void)
{
    TEST_RUN(finds_the_scenario_of_a_call, numbers_the_messages_of_a_scenario);
}
