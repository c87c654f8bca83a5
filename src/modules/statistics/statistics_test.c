/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stat.h"
#include "modules/script_test.h"

#define HEAD                                                                                       \
    "loadmodule \"statistics.so\"\nmodparam(\"statistics\", \"variable\", \"a\")\n"                \
    "modparam(\"statistics\", \"variable\", \"b/no_reset\")\n"

static int64_t counted(const char *name)
{
    return stat_read(stat_find(STR("script"), str_of(name)));
}

static void counts_what_scripts_say(void **state)
{
    static const struct script_row rows[] = {
        { "update_stat(\"a\", \"+3\"); update_stat(\"a\", \"-1\")", "$rc", "1" },
        { "$var(n) = \"a\"; update_stat(\"$var(n)\", \"5\")", "$rc", "1" },
        { "$var(n) = \"zz\"; update_stat(\"$var(n)\", \"5\")", "$rc", "-1" },
        { "$var(n) = \"a\"; $var(x) = \"x7\"; update_stat(\"$var(n)\", \"$var(x)\")", "$rc", "1" },
        { "update_stat(\"b\", \"2\"); reset_stat(\"b\")", "$rc", "1" },
        { "$var(n) = \"zz\"; reset_stat(\"$var(n)\")", "$rc", "-1" },
    };
    static const struct script_row reset[] = { { "reset_stat(\"a\")", "$rc", "1" } };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
    assert_int_equal(counted("a"), 7);
    assert_int_equal(counted("b"), 2);
    SCRIPT_CHECK(HEAD, reset);
    assert_int_equal(counted("a"), 0);
}

int main(void)
{
    TEST_RUN(counts_what_scripts_say);
}
