/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/mqueue/queue.h"
#include "modules/script_test.h"

static void hands_out_what_was_put_in(void **state)
{
    static const struct script_row rows[] = {
        { "mq_size(\"q\")", "$rc $mq_size(q)", "-1 0" },
        { "mq_size(\"none\")", "$rc", "-2" },
        { "mq_fetch(\"q\")", "$rc $mqk(q) $mqv(q)", "-2 <null> <null>" },
        { "mq_fetch(\"none\")", "$rc", "-1" },
        { "mq_add(\"none\", \"a\", \"b\")", "$rc", "-1" },
        { "mq_add(\"q\", \"k1\", \"v1\"); mq_add(\"q\", \"k2\", \"v2\")", "$rc", "1" },
        { "mq_add(\"q\", \"k3\", \"v3\"); mq_size(\"q\")", "$rc $mq_size(q)", "2 2" },
        { "mq_fetch(\"q\")", "$rc $mqk(q) $mqv(q)", "1 k2 v2" },
        { "mq_fetch(\"q\"); mq_pv_free(\"q\")", "$rc $mqk(q)", "1 <null>" },
        { "mq_add(\"u1\", \"a\", \"1\"); mq_add(\"u1\", \"b\", \"2\"); mq_add(\"u1\", \"a\", "
          "\"3\")",
          "$mq_size(u1)", "2" },
        { "mq_fetch(\"u1\")", "$mqk(u1) $mqv(u1)", "a 1" },
        { "mq_add(\"u2\", \"a\", \"1\"); mq_add(\"u2\", \"b\", \"2\"); mq_add(\"u2\", \"a\", "
          "\"3\")",
          "$mq_size(u2)", "2" },
        { "mq_fetch(\"u2\")", "$mqk(u2) $mqv(u2)", "b 2" },
        { "mq_fetch(\"u2\")", "$mqk(u2) $mqv(u2)", "a 3" },
        { "mq_add(\"n\", \"\", \"1\"); mq_fetch(\"n\")", "$rc $mqk(n) $mqv(n)", "1 <null> 1" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"mqueue.so\"\n"
                 "modparam(\"mqueue\", \"mqueue\", \"name=q;size=2\")\n"
                 "modparam(\"mqueue\", \"mqueue\", \"name=u1;addmode=1\")\n"
                 "modparam(\"mqueue\", \"mqueue\", \"name=u2;addmode=2;size=3\")\n"
                 "modparam(\"mqueue\", \"mqueue_name\", \"n\")",
                 rows);
    queues_free();
}

int main(void)
{
    TEST_RUN(hands_out_what_was_put_in);
}
