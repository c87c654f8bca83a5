/* SPDX-License-Identifier: BSD-2-Clause */
/* Test files: lines, blocks, values of `for`, steps that do steps, and what is told of faults. */
#include "base/log.h"
#include "script/program.h"
#include "testing/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan p;
    struct buf out;

    if (size > 65536)
        return 0;
    log_set_level(LOG_NONE);
    plan_init(&p);
    plan_read(&p, STR("fuzz.test"), (struct str){ (const char *)data, size });
    buf_init(&out, MEM_OTHER);
    diagnostics_print(p.diag, &out, false);
    for (const struct test *t = p.tests; t; t = t->next)
        ASSERT(t->name.n && t->n_steps <= STEPS_MAX_TEST);
    buf_free(&out);
    plan_free(&p);
    return 0;
}
