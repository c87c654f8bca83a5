/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stat.h"
#include "modules/script_test.h"

static int64_t counted(const char *name)
{
    return stat_read(stat_find(STR("script"), str_of(name)));
}

static void runs_routes_at_intervals(void **state)
{
    static const struct script_row rows[] = { { "", "$rtimer_worker", "0" } };

    (void)state;
    /* Ten seconds of virtual time pass in script_check. */
    SCRIPT_CHECK("loadmodule \"statistics.so\"\nloadmodule \"rtimer.so\"\n"
                 "modparam(\"statistics\", \"variable\", \"slow\")\n"
                 "modparam(\"statistics\", \"variable\", \"fast\")\n"
                 "modparam(\"statistics\", \"variable\", \"second\")\n"
                 "modparam(\"rtimer\", \"timer\", \"name=a;interval=2;\")\n"
                 "modparam(\"rtimer\", \"timer\", \"name=b;interval=100000u;mode=2\")\n"
                 "modparam(\"rtimer\", \"exec\", \"timer=a;route=SLOW\")\n"
                 "modparam(\"rtimer\", \"exec\", \"timer=b;route=FAST\")\n"
                 "modparam(\"rtimer\", \"exec\", \"timer=b;route=SECOND\")\n"
                 "route[SLOW] { update_stat(\"slow\", \"1\"); }\n"
                 "route[FAST] { update_stat(\"fast\", \"1\"); }\n"
                 "route[SECOND] { if ($rtimer_worker == 1) update_stat(\"second\", \"1\"); }\n",
                 rows);
    assert_in_range(counted("slow"), 4, 5);
    assert_in_range(counted("fast"), 196, 200);
    assert_in_range(counted("second"), 98, 100);
}

int main(void)
{
    TEST_RUN(runs_routes_at_intervals);
}
