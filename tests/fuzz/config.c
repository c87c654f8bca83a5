/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations: preprocessor, lexer, parser, checker and compiler, with the modules linked in. */
#include "base/log.h"
#include "core/generation.h"
#include "module/registry.h"
#include "script/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct {
        bool ready;
    } self;
    struct generation *g;
    struct diagnostics *d;
    struct load_options o = { .file = STR("fuzz.cfg"), .text = { (const char *)data, size } };
    struct buf out;

    if (!self.ready) {
        log_set_level(LOG_NONE);
        registry_init(linked_modules);
        self.ready = true;
    }
    if (size > 65536)
        return 0;
    g = generation_new();
    d = diagnostics_new();
    ASSERT((program_load(&o, g, d) != ERR_OK) == (diagnostics_faults(d) > 0));
    buf_init(&out, MEM_OTHER);
    diagnostics_print(d, &out, false);
    buf_free(&out);
    diagnostics_free(d);
    obj_drop(g);
    return 0;
}
