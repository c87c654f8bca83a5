/* SPDX-License-Identifier: BSD-2-Clause */
/* Text with variables, and transformations, as scripts give it at run time. */
#include "base/log.h"
#include "module/registry.h"
#include "script/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct {
        bool ready;
        const struct module *modules[256];
        size_t n;
    } self;
    struct str text = { (const char *)data, size }, fixed;
    const struct format *f;
    struct arena arena;
    struct load l = { 0 };
    char space[256];
    struct buf why;

    if (!self.ready) {
        log_set_level(LOG_NONE);
        registry_init(linked_modules);
        while (self.n < 256 && registry_at(self.n)) {
            self.modules[self.n] = registry_at(self.n);
            self.n++;
        }
        self.ready = true;
    }
    if (size > 16384)
        return 0;
    arena_init(&arena, MEM_OTHER, 4096);
    buf_fixed(&why, space, sizeof space);
    l.arena = &arena;
    l.modules = self.modules;
    l.n_modules = self.n;
    l.why = &why;
    if (format_parse(&l, text, &f) == ERR_OK && format_is_fixed(f, &fixed))
        ASSERT(fixed.n <= text.n);
    arena_free(&arena);
    return 0;
}
