/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/regex.h"
#include "base/test.h"
#include <regex.h>

static struct regex *compiled(struct str pattern, unsigned flags)
{
    struct regex *r = NULL;
    struct buf why;

    buf_init(&why, MEM_OTHER);
    if (regex_compile(pattern, flags, &r, &why))
        fail_msg("%.*s: %.*s", STR_ARG(pattern), STR_ARG(buf_str(&why)));
    buf_free(&why);
    return r;
}

/* Patterns and texts whose every combination must come out as regexec has it. */
static const char *const patterns[] = {
    "a",
    "^sip:([^@]+)@(.*)$",
    "a|ab",
    "(a|ab)(c|bcd)(d*)",
    "^(00|\\+)[1-9][0-9]{3,14}$",
    "[[:alpha:]_][[:alnum:]_]*",
    "a{2,3}b?",
    "(foo|bar)+baz",
    "x*",
    "(a*)(b|abc)(c*)",
    "[]a]+",
    "[^]a]+",
    "[a\\]",
    "[a-c[.-.]]",
    "[[=a=]b]",
    "\\.com$",
    "\\<word\\>",
    "\\w+@\\W*",
    "\\s\\S",
    "a+?b",
    "(a?)+?c",
    "()",
    "(|a)b",
    "a.b",
    "^$",
    "a^b",
    "(^a|b$)",
    "#not-a-comment (?",
    "sip:\\+?[0-9]+",
    "\\Qa",
    "(INVITE|ACK|BYE)",
    "^(friendly-scanner|sipcli|VaxSIPUserAgent)",
    "\\$5",
    "(a)(b)?(c)?",
    "[0-9]{1,3}(\\.[0-9]{1,3}){3}",
    "[a-]",
    "[+--]",
    "\\(x\\)",
    "a{,2}b",
    "a{x",
    "{",
    "a**",
    "(a|b)*c|(a|ab)*c",
    "((a)|b)*",
    "^[^\\n]+$",
    "\\b",
    "(a)\\1",
    "*a",
    "a|*b",
    ")",
    "a)",
};
static const char *const texts[] = {
    "",
    "a",
    "ab",
    "abc",
    "abcd",
    "aab",
    "aaaab",
    "b",
    "A",
    "sip:alice@example.com",
    "sip:+4930123456",
    "+4930123456",
    "0049301234",
    "foobarbaz",
    "]a",
    "\\",
    "-",
    "a\nb",
    "a b",
    "one word",
    "x@ .",
    "#not-a-comment (?",
    "Qa",
    "INVITE",
    "sipcli/1.8",
    "$5",
    "192.168.0.1",
    "(x)",
    "a{x",
    "{",
    "a^b",
    "\xc3\xa4",
    "*a",
    "aa",
    ")",
    "n",
};

static void compare(const struct regex *r, const regex_t *posix, const char *pattern,
                    const char *text)
{
    regmatch_t want[6];
    struct regex_span got[6];
    int rc = regexec(posix, text, 6, want, 0);
    err_t e = regex_match(r, str_of(text), got, 6);

    if ((rc == 0) != (e == ERR_OK) ||
        (regex_match(r, str_of(text), NULL, 0) == ERR_OK) != (rc == 0))
        fail_msg("/%s/ on \"%s\": regexec %d, ours %s", pattern, text, rc, err_name(e));
    for (size_t i = 0; rc == 0 && i < 6; i++)
        if ((size_t)(ssize_t)want[i].rm_so != got[i].from ||
            (size_t)(ssize_t)want[i].rm_eo != got[i].to)
            fail_msg("/%s/ on \"%s\", group %zu: regexec %d-%d, ours %zd-%zd", pattern, text, i,
                     want[i].rm_so, want[i].rm_eo, (ssize_t)got[i].from, (ssize_t)got[i].to);
}

static void matches_as_regexec_does(void **state)
{
    static const int options[] = { 0, REG_ICASE, REG_NEWLINE };
    static const unsigned flags[] = { 0, REGEX_ICASE, REGEX_NEWLINE };

    (void)state;
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        for (size_t o = 0; o < 3; o++) {
            struct regex *r = NULL;
            struct buf why;
            regex_t posix;
            int refused = regcomp(&posix, patterns[p], REG_EXTENDED | options[o]);
            err_t e;

            buf_init(&why, MEM_OTHER);
            e = regex_compile(str_of(patterns[p]), flags[o], &r, &why);
            if (refused)
                assert_err(e, ERR_SYNTAX);
            else if (e)
                fail_msg("/%s/: %.*s", patterns[p], STR_ARG(buf_str(&why)));
            for (size_t t = 0; !refused && t < sizeof texts / sizeof *texts; t++)
                compare(r, &posix, patterns[p], texts[t]);
            if (!refused)
                regfree(&posix);
            regex_free(r);
            buf_free(&why);
        }
    }
}

static void says_why_a_pattern_is_refused(void **state)
{
    static const char *const bad[] = {
        "(",
        "[a",
        "a\\",
        "[[:none:]]",
        "a{2,1}",
        "[b-a]",
        "(a|ab)++++++++++++++++++++++++++++++++++++++++++++++++++++++++++",
        "(((((((a|ab){99}){99}){99}){99}){99}){99}){99}"
    };
    struct regex *r;
    struct buf why;

    (void)state;
    buf_init(&why, MEM_OTHER);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_clear(&why);
        assert_err(regex_compile(str_of(bad[i]), 0, &r, &why), ERR_SYNTAX);
        assert_true(why.n > 0);
    }
    buf_clear(&why);
    assert_err(regex_compile(STR("ab(?<x"), REGEX_PCRE, &r, &why), ERR_SYNTAX);
    assert_true(str_search(buf_str(&why), STR("at character")) < why.n);
    buf_free(&why);
}

static void takes_perl_syntax_when_told(void **state)
{
    struct regex *r = compiled(STR("^(\\d+)(?:x|y)(z)?"), REGEX_PCRE);
    struct regex_span spans[4];

    (void)state;
    assert_err(regex_match(r, STR("123y"), spans, 4), ERR_OK);
    assert_int_equal(spans[0].to, 4);
    assert_int_equal(spans[1].to, 3);
    assert_true(spans[2].from == (size_t)-1 && spans[3].to == (size_t)-1);
    assert_err(regex_match(r, STR("y"), NULL, 0), ERR_NOT_FOUND);
    assert_text(regex_pattern(r), "^(\\d+)(?:x|y)(z)?");
    regex_free(r);
    regex_free(NULL);
}

static void gives_up_on_a_runaway_match(void **state)
{
    struct regex *r = compiled(STR("^(([a-z]+)+)+$"), 0);
    char text[4000];

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    assert_err(regex_match(r, (struct str){ text, sizeof text }, NULL, 0), ERR_LIMIT);
    regex_free(r);
}

static void stops_at_the_end_of_the_text(void **state)
{
    struct regex *first = compiled(STR("a$"), 0), *longest = compiled(STR("(a|ab)$"), 0);
    struct regex_span span;

    (void)state;
    assert_err(regex_match(first, (struct str){ "xab", 2 }, &span, 1), ERR_OK);
    assert_err(regex_match(longest, (struct str){ "xab", 2 }, &span, 1), ERR_OK);
    assert_int_equal(span.from, 1);
    assert_int_equal(span.to, 2);
    assert_err(regex_match(longest, STR_NONE, &span, 1), ERR_NOT_FOUND);
    regex_free(first);
    regex_free(longest);
}

int main(void)
{
    TEST_RUN(matches_as_regexec_does, says_why_a_pattern_is_refused, takes_perl_syntax_when_told,
             gives_up_on_a_runaway_match, stops_at_the_end_of_the_text);
}
