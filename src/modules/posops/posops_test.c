/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/posops/find.h"
#include "modules/script_test.h"

static void finds_places(void **state)
{
    static const struct script_row rows[] = {
        { "pos_headers_start()", "$rc $pos(ret) $pos(idx)", "40 40 40" },
        { "$var(a) = pos_headers_end(); $var(b) = pos_body_start(); $var(c) = pos_body_end()",
          "$var(a) $var(b) $(var(c){s.numeric})", "349 351 364" },
        { "pos_find_str(\"0\", \"INVITE\")", "$rc $pos(ret) $pos(idx) $pos(len)", "-255 -255 0 6" },
        { "pos_find_str(1, \"INVITE\")", "$rc $pos(len)", "171 6" },
        { "pos_find_str(1, \"invite\")", "$rc $pos(idx)", "-1 -1" },
        { "pos_findi_str(1, \"invite\")", "$rc", "171" },
        { "$var(i) = 172; pos_find_str(\"$var(i)\", \"INVITE\")", "$rc", "-1" },
        { "pos_rfind_str(-1, \"INVITE\")", "$rc", "171" },
        { "pos_rfind_str(171, \"INVITE\")", "$rc", "171" },
        { "pos_rfind_str(170, \"INVITE\")", "$rc", "-255" },
        { "pos_rfindi_str(-1, \"WORLD\\r\\n\")", "$rc", "357" },
        { "pos_find_str(365, \"x\")", "$rc", "-1" },
        { "pos_find_str(-500, \"x\")", "$rc", "-1" },
        { "pos_find_str(0, \"\")", "$rc", "-1" },
        { "pos_search(1, \"IN[A-Z]+\")", "$rc $pos(len)", "171 6" },
        { "pos_search(0, \"^INVITE\")", "$rc", "-255" },
        { "pos_search(0, \"nowhere\")", "$rc $pos(idx)", "-1 -1" },
        { "pos_rsearch(-1, \"[a-z]+\")", "$rc $pos(len)", "361 1" },
        { "pos_rsearch(100, \"INVITE\")", "$rc", "-255" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"posops.so\"", rows);
}

static void changes_the_message(void **state)
{
    static const struct script_row rows[] = {
        { "pos_append(11, \"z\"); pos_insert(11, \"y\"); msg_apply_changes()", "$ru",
          "sip:yzbob@example.org;x=1" },
        { "pos_rm(11, 1); msg_apply_changes()", "$ru", "sip:ob@example.org;x=1" },
        { "pos_set_char(11, \"rest\"); msg_apply_changes()", "$ru", "sip:rob@example.org;x=1" },
        { "pos_append(-2, \"!\"); msg_apply_changes()", "$(rb{s.trim})", "hello world!" },
        { "pos_rm(0, 365)", "$rc", "-1" },
        { "pos_rm(0, -1)", "$rc", "-1" },
        { "pos_rm(364, 0)", "$rc", "1" },
        { "pos_set_char(364, \"x\")", "$rc", "-1" },
        { "pos_append(365, \"x\")", "$rc", "-1" },
        { "pos_insert(-365, \"x\")", "$rc $pos(ret)", "-1 -1" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"posops.so\"\nloadmodule \"textopsx.so\"\n"
                 "modparam(\"posops\", \"idx0\", -255)",
                 rows);
}

int main(void)
{
    TEST_RUN(finds_places, changes_the_message);
}
