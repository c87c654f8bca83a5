/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/script_test.h"

static void calculates_in_whole_numbers(void **state)
{
    static const struct script_row rows[] = {
        { "math_pow(2, 10, \"$var(x)\")", "$rc $var(x)", "1 1024" },
        { "$var(n) = 3; math_pow($var(n), \"2\", \"$var(x)\")", "$rc $var(x)", "1 9" },
        { "math_pow(2, -1, \"$var(x)\")", "$rc $var(x)", "1 0" },
        { "$var(x) = 5; math_pow(10, 40, \"$var(x)\")", "$rc $var(x)", "-1 5" },
        { "math_sqrt(17, \"$var(x)\")", "$rc $var(x)", "1 4" },
        { "$var(x) = 5; math_sqrt(-1, \"$var(x)\")", "$rc $var(x)", "-1 5" },
        { "math_logN(20, \"$avp(x)\")", "$rc $avp(x)", "1 2" },
        { "math_log2(1024, \"$var(x)\")", "$rc $var(x)", "1 10" },
        { "math_log10(1000, \"$var(x)\")", "$rc $var(x)", "1 3" },
        { "$var(x) = 5; math_log10(0, \"$var(x)\")", "$rc $var(x)", "-1 5" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"math.so\"", rows);
}

int main(void)
{
    TEST_RUN(calculates_in_whole_numbers);
}
