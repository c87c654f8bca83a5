/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For unit tests: cmocka with what it needs, and checks of our own types. A test's name finishes
 * the sentence "it ...".
 *
 *     int main(void)
 *     {
 *         TEST_RUN(reads_numbers, refuses_the_rest);
 *     }
 */
#pragma once
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h> /* last: it uses names of the others */

/* Both are struct str. */
#define assert_str(got, want) test_str_eq((got), (want), __FILE__, __LINE__)
/* A struct str and a literal. */
#define assert_text(got, want) test_str_eq((got), STR(want), __FILE__, __LINE__)
/* Both are err_t; tells their names. */
#define assert_err(got, want) test_err_eq((got), (want), __FILE__, __LINE__)

/* How many of the tests (up to 64) failed; TEST_RUN is the last statement of a main that has
 * nothing else to do. */
#define TEST_RESULT(...)                                                                           \
    test_run_all(__FILE__, (void (*const[])(void **)){ __VA_ARGS__ }, #__VA_ARGS__,                \
                 sizeof((void (*const[])(void **)){ __VA_ARGS__ }) / sizeof(void (*)(void **)))
#define TEST_RUN(...) return TEST_RESULT(__VA_ARGS__)

static inline void test_str_eq(struct str got, struct str want, const char *file, int line)
{
    if (str_eq(got, want))
        return;
    print_error("got \"" STR_FMT "\", want \"" STR_FMT "\"\n", STR_ARG(got), STR_ARG(want));
    _fail(file, line);
}

static inline void test_err_eq(err_t got, err_t want, const char *file, int line)
{
    if (got == want)
        return;
    print_error("got %s, want %s\n", err_name(got), err_name(want));
    _fail(file, line);
}

/* `names` is what the macro's caller wrote: "first, second, ...". */
static inline int test_run_all(const char *file, void (*const tests[])(void **), const char *names,
                               size_t n)
{
    static char text[4096];
    struct CMUnitTest all[64];
    struct str left = str_of(names);

    ASSERT(n <= 64 && left.n < sizeof text);
    memcpy(text, left.p, left.n + 1);
    left.p = text;
    for (size_t i = 0; i < n; i++) {
        char *end;

        all[i] =
            (struct CMUnitTest){ .name = left.p + strspn(left.p, " \n"), .test_func = tests[i] };
        end = text + (left.p - text) + strcspn(left.p, ",");
        left.p = *end ? end + 1 : end;
        *end = '\0';
    }
    return _cmocka_run_group_tests(file, all, n, NULL, NULL);
}
