/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"
#include "base/test.h"
#include <errno.h>

static void compares(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), STR("abc")));
    assert_false(str_eq(STR("abc"), STR("abd")));
    assert_true(str_eq(STR(""), STR_NONE));
    assert_true(str_ieq(STR("Via"), STR("VIA")));
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("ab"), STR("a")) > 0);
    assert_true(str_cmp(STR(""), STR_NONE) == 0);
    assert_true(str_starts(STR("sip:x"), STR("sip:")));
    assert_false(str_starts(STR("si"), STR("sip:")));
    assert_true(str_istarts(STR("SIP:x"), STR("sip:")));
    assert_true(str_ends(STR("tm.so"), STR(".so")));
}

static void searches(void **state)
{
    (void)state;
    assert_int_equal(str_find(STR("a@b"), '@'), 1);
    assert_int_equal(str_find(STR("ab"), '@'), 2);
    assert_int_equal(str_search(STR("one two"), STR("two")), 4);
    assert_int_equal(str_search(STR("one"), STR("two")), 3);
    assert_int_equal(str_search(STR("on"), STR("one")), 2);
    assert_int_equal(str_search(STR(""), STR("")), 0);
    assert_int_equal(str_isearch(STR("one TWO"), STR("two")), 4);
    assert_int_equal(str_isearch(STR("one"), STR("x")), 3);
}

static void cuts(void **state)
{
    struct str s = STR("a,b,,c");

    (void)state;
    assert_text(str_trim(STR(" \t x y\r\n")), "x y");
    assert_text(str_trim(STR("  ")), "");
    assert_text(str_split(&s, ','), "a");
    assert_text(str_split(&s, ','), "b");
    assert_text(str_split(&s, ','), "");
    assert_text(str_split(&s, ','), "c");
    assert_int_equal(s.n, 0);
    assert_text(str_split(&s, ','), "");
    assert_text(str_skip(STR("abc"), 1), "bc");
    assert_text(str_skip(STR("abc"), 9), "");
    assert_text(str_cut(STR("abc"), 1, 2), "b");
}

static void reads_numbers(void **state)
{
    int64_t n = 0;
    uint32_t u = 0;

    (void)state;
    assert_err(str_to_i64(STR("-9223372036854775808"), &n), ERR_OK);
    assert_true(n == INT64_MIN);
    assert_err(str_to_i64(STR("+9223372036854775807"), &n), ERR_OK);
    assert_true(n == INT64_MAX);
    assert_err(str_to_u32(STR("4294967295"), &u), ERR_OK);
    assert_true(u == UINT32_MAX);
}

static void refuses_what_is_no_number(void **state)
{
    static const char *const bad[] = { "", "-", "+", "1a", " 1", "0x1", "99999999999999999999x" };
    int64_t n = 7;
    uint32_t u = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_err(str_to_i64(str_of(bad[i]), &n), ERR_SYNTAX);
    assert_err(str_to_i64(STR("9223372036854775808"), &n), ERR_RANGE);
    assert_err(str_to_i64(STR("-9223372036854775809"), &n), ERR_RANGE);
    assert_err(str_to_u32(STR("4294967296"), &u), ERR_RANGE);
    assert_err(str_to_u32(STR("-1"), &u), ERR_RANGE);
    assert_true(n == 7 && u == 7);
}

static void names_errors(void **state)
{
    (void)state;
    assert_string_equal(err_name(ERR_SYNTAX), "syntax");
    assert_string_equal(err_text(ERR_OK), "no error");
    assert_string_equal(err_name((err_t)99), "unknown");
    assert_string_equal(err_text((err_t)99), "an unknown error");
    assert_err(err_of_errno(0), ERR_OK);
    assert_err(err_of_errno(ECONNREFUSED), ERR_UNREACHABLE);
    assert_err(err_of_errno(EIO), ERR_IO);
}

int main(void)
{
    TEST_RUN(compares, searches, cuts, reads_numbers, refuses_what_is_no_number, names_errors);
}
