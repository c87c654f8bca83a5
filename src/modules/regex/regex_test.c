/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/regex/groups.h"
#include "modules/script_test.h"
#include <unistd.h>

static void matches_patterns_and_groups(void **state)
{
    static const struct script_row rows[] = {
        { "pcre_match(\"abc\", \"^a\")", "$rc", "1" },
        { "pcre_match(\"abc\", \"^A\")", "$rc", "-1" },
        { "pcre_match(\"abc\", \"(?i)^A\")", "$rc", "1" },
        { "pcre_match(\"abc\", \"(\")", "$rc", "-4" },
        { "pcre_match(\"\", \"^$$\")", "$rc", "1" },
        { "$var(s) = \"x\"; pcre_match(\"$var(s)\", \"^$var(s)$$\")", "$rc", "1" },
        { "pcre_match_group(\"abcd\")", "$rc", "1" },
        { "pcre_match_group(\"def\", \"0\")", "$rc", "1" },
        { "pcre_match_group(\"zz\", \"1\")", "$rc", "-1" },
        { "pcre_match_group(\"xyz\", \"2\")", "$rc", "1" },
        { "pcre_match_group(\"xyz\", \"5\")", "$rc", "-4" },
        { "pcre_match_group(\"xyz\", \"x\")", "$rc", "-1" },
        { "$var(g) = 2; pcre_match_group(\"xyz\", \"$var(g)\")", "$rc", "1" },
    };
    char path[] = "/tmp/tandem-regex-XXXXXX", head[128];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    dprintf(fd, "[0]\n^abc\n^def$\n# no pattern\n\n[1]\nfoo.*bar\n[5]\r\nxyz\r\n");
    close(fd);
    snprintf(head, sizeof head, "loadmodule \"regex.so\"\nmodparam(\"regex\", \"file\", \"%s\")",
             path);
    SCRIPT_CHECK(head, rows);
    unlink(path);
}

static void refuses_files_it_cannot_use(void **state)
{
    static const char *const bad[] = { "abc\n[0]\nx\n", "[0]\n(\n", "[0]\na\n[1]\nb\n[2]\nc\n",
                                       "[0]\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" };
    struct group_limits limits = { 2, 20 };
    struct groups *g;
    struct buf why;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_init(&why, MEM_OTHER);
        assert_true(groups_parse(str_of(bad[i]), STR(""), &limits, &g, &why) != ERR_OK);
        assert_true(why.n > 0);
        buf_free(&why);
    }
    buf_init(&why, MEM_OTHER);
    assert_err(groups_parse(STR("[0]\nA\n"), STR("(?i)"), &limits, &g, &why), ERR_OK);
    assert_err(regex_match(g->patterns[0], STR("a"), NULL, 0), ERR_OK);
    obj_drop(g);
    buf_free(&why);
}

int main(void)
{
    TEST_RUN(matches_patterns_and_groups, refuses_files_it_cannot_use);
}
