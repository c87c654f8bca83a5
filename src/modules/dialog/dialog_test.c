/* SPDX-License-Identifier: BSD-2-Clause */
/* What of dialogs needs no messages: numbers, profiles. */
#include "base/clock.h"
#include "modules/dialog/inner.h"
#include "modules/test.h"

static void names_dialogs_as_the_packaged_server_does(void **state)
{
    struct dialog d = { .entry = dialog_entry_of(STR("abc@x"), 4096), .id = 11130 };
    char space[32];
    struct buf b;

    (void)state;
    buf_fixed(&b, space, sizeof space);
    assert_true(dialog_did_text(&d, &b));
    assert_int_equal(d.entry, 1199);
    assert_true(str_eq(buf_str(&b), STR("fa4.a7b2")));
}

static void counts_what_other_servers_tell(void **state)
{
    static const struct profile *list[256];
    struct profile_defs defs = { .list = list };
    const struct profile *p;

    (void)state;
    profiles_begin();
    assert_err(profiles_read(NULL, "profiles_with_value", STR("caller ; x/r"), true, &defs),
               ERR_OK);
    assert_int_equal(defs.n, 2);
    p = profile_find(&defs, STR("caller"));
    assert_non_null(p);
    assert_null(profile_find(&defs, STR("callee")));
    assert_err(profile_remote_add(p, STR("a"), STR("1"), clock_unix() + 100), ERR_OK);
    assert_err(profile_remote_add(p, STR("a"), STR("1"), clock_unix() + 100), ERR_EXISTS);
    assert_err(profile_remote_add(p, STR("b"), STR("2"), clock_unix() + 100), ERR_OK);
    assert_err(profile_remote_add(p, STR("b"), STR("3"), clock_unix() - 1), ERR_RANGE);
    assert_int_equal(profile_size(p, STR("a")), 1);
    assert_int_equal(profile_size(p, STR_NONE), 2);
    assert_err(profile_remote_remove(p, STR("a"), STR("1")), ERR_OK);
    assert_err(profile_remote_remove(p, STR("a"), STR("1")), ERR_NOT_FOUND);
    assert_int_equal(profile_size(p, STR("a")), 0);
    assert_int_equal(profile_size(p, STR_NONE), 1);
    profiles_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_dialogs_as_the_packaged_server_does),
        cmocka_unit_test(counts_what_other_servers_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
