/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/nearest.h"
#include "base/test.h"

static const char *found(const char *wanted)
{
    static const char *const names[] = {
        "t_relay", "t_reply", "record_route", "sl_send_reply", "save", "lookup", NULL
    };
    struct nearest n;

    nearest_begin(&n, str_of(wanted));
    for (size_t i = 0; names[i]; i++)
        nearest_offer(&n, str_of(names[i]));
    return n.best.p;
}

static void offers_the_closest_name(void **state)
{
    (void)state;
    assert_string_equal(found("t_relai"), "t_relay");
    assert_string_equal(found("T_REPLY"), "t_reply");
    assert_string_equal(found("record_ruote"), "record_route");
    assert_string_equal(found("slsend_reply"), "sl_send_reply");
    assert_string_equal(found("sav"), "save");
}

static void offers_nothing_that_is_far_away(void **state)
{
    (void)state;
    assert_null(found("www_authenticate"));
    assert_null(found("x"));
    assert_null(found(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_the_closest_name),
        cmocka_unit_test(offers_nothing_that_is_far_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
