/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/script_test.h"
#include <unistd.h>

static void expands_the_variables_of_files(void **state)
{
    static const struct script_row rows[] = {
        { "pvtpl_render(\"hello\", \"$var(out)\"); $var(lines) = "
          "$(var(out){line.at,1}{s.substr,2,0})",
          "$rc $(var(out){line.at,0}) $var(lines)", "1 To bob: 12 of 7 INVITE" },
        { "$var(out) = 5; pvtpl_render(\"none\", \"$var(out)\")", "$rc $var(out)", "-1 5" },
        { "$var(out) = 5; pvtpl_render(\"small\", \"$var(out)\")", "$rc $var(out)", "-1 5" },
        { "$var(name) = \"hello\"; pvtpl_render(\"$var(name)\", \"$avp(out)\")",
          "$(avp(out){s.len})", "25" },
    };
    static const char text[] = "To $rU:\n$$ $(var(n){s.rm,x}) of $cs $rm\n";
    char path[] = "/tmp/pvtpl-XXXXXX", head[512];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    snprintf(head, sizeof head,
             "loadmodule \"pvtpl.so\"\nmodparam(\"pv\", \"varset\", \"n=s:1x2\")\n"
             "modparam(\"pvtpl\", \"tpl\", \"name=hello;fpath=%s;bsize=256;\")\n"
             "modparam(\"pvtpl\", \"tpl\", \"name=small; fpath=%s; bsize=10\")\n",
             path, path);
    SCRIPT_CHECK(head, rows);
    unlink(path);
}

int main(void)
{
    TEST_RUN(expands_the_variables_of_files);
}
