/* SPDX-License-Identifier: BSD-2-Clause */
/* What this floor's unit tests have beyond base/test.h: tables of texts, and set-up per test. */
#pragma once
#include "base/arena.h"
#include "base/test.h"

#define TEST(name) static void name(__attribute__((unused)) void **state)
#define CASE(name) cmocka_unit_test(name)
#define RUN(...)                                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest all[] = { __VA_ARGS__ };                                           \
        return cmocka_run_group_tests(all, NULL, NULL);                                            \
    }

#define CHECK(cond)          assert_true(cond)
#define CHECK_STR(got, want) assert_str(got, want)
/* For tables of texts: says which one it was. */
#define CHECK_CASE(cond, text) check_case(cond, text, __FILE__, __LINE__)
static inline void check_case(bool holds, const char *text, const char *file, int line)
{
    if (!holds)
        print_error("in the case \"%s\"\n", text ? text : "");
    _assert_true(holds, "the condition", file, line);
}
