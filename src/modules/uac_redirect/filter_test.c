/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/uac_redirect/filter.h"

static void reads_limits(void **state)
{
    static const struct {
        const char *text;
        size_t total, per_branch;
    } good[] = {
        { "*", SIZE_MAX, SIZE_MAX }, { "0", SIZE_MAX, SIZE_MAX }, { "3", 3, SIZE_MAX },
        { "*:2", SIZE_MAX, 2 },      { "6:*", 6, SIZE_MAX },      { "4 : 1", 4, 1 },
    };
    static const char *const bad[] = { "", ":", "x", "1:", "-1", "1:2:3", "4294967296" };
    struct redirect_limits l;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_err(redirect_limits_parse(str_of(good[i].text), &l), ERR_OK);
        assert_true(l.total == good[i].total && l.per_branch == good[i].per_branch);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_err(redirect_limits_parse(str_of(bad[i]), &l), ERR_SYNTAX);
}

static struct regex *compiled(const char *pattern)
{
    struct regex *re;
    struct buf why;

    buf_init(&why, MEM_OTHER);
    assert_err(regex_compile(str_of(pattern), REGEX_ICASE, &re, &why), ERR_OK);
    buf_free(&why);
    return re;
}

static void lets_accept_filters_win(void **state)
{
    struct regex *evil = compiled("evil"), *good = compiled("good");
    const struct regex *const none[FILTER_KINDS] = { NULL, NULL };
    const struct regex *const both[FILTER_KINDS] = { evil, good };
    struct filters f = { .n = { 0 } };
    struct str uri = STR("sip:a@EVIL.example.org"), mixed = STR("sip:evil@good");

    (void)state;
    assert_true(filters_pass(NULL, none, false, uri));
    assert_false(filters_pass(NULL, none, true, uri));
    assert_false(filters_pass(NULL, both, false, uri));
    assert_true(filters_pass(NULL, both, false, mixed));
    assert_true(filters_pass(NULL, both, true, mixed));
    filters_reset(&f, FILTER_DENY, RESET_DEFAULT);
    assert_true(filters_pass(&f, both, false, uri));
    for (size_t i = 0; i < FILTERS_MAX; i++)
        assert_err(filters_add(&f, FILTER_DENY, evil), ERR_OK);
    assert_err(filters_add(&f, FILTER_DENY, evil), ERR_LIMIT);
    assert_false(filters_pass(&f, both, false, uri));
    filters_reset(&f, FILTER_DENY, RESET_ADDED);
    assert_true(filters_pass(&f, both, false, uri));
    regex_free(evil);
    regex_free(good);
}

int main(void)
{
    TEST_RUN(reads_limits, lets_accept_filters_win);
}
