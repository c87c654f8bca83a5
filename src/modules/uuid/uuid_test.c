/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/script_test.h"

static void makes_identifiers_of_either_kind(void **state)
{
    static const struct script_row rows[] = {
        { "$var(u) = $uuid(g)", "$(var(u){s.len}) $(var(u){s.substr,14,1})", "36 4" },
        { "$var(u) = $uuid(r)", "$(var(u){s.substr,8,1})$(var(u){s.substr,23,1})", "--" },
        { "$var(u) = $uuid(t)", "$(var(u){s.len}) $(var(u){s.substr,14,1})", "36 1" },
        { "if ($uuid(s) == $uuid(s)) $var(x) = 1; else $var(x) = 2", "$var(x)", "2" },
        { "if ($uuid(g) == $uuid(g)) $var(x) = 1; else $var(x) = 2", "$var(x)", "2" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"uuid.so\"", rows);
}

int main(void)
{
    TEST_RUN(makes_identifiers_of_either_kind);
}
