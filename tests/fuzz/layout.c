/* SPDX-License-Identifier: BSD-2-Clause */
/* Laying out configurations: tokens stay, doing it twice changes nothing more, and what loads makes
 * the same program. */
#include "script/layout.h"
#include "base/log.h"
#include "core/generation.h"
#include "module/registry.h"

static bool begin(void)
{
    static bool ready;

    if (!ready) {
        log_set_level(LOG_NONE);
        registry_init(linked_modules);
        ready = true;
    }
    return true;
}

/* The dump without the places; false when the text does not load. */
static bool program_of(struct str text, struct buf *out)
{
    struct load_options o = { .file = STR("fuzz.cfg"), .text = text.n ? text : STR("") };
    struct generation *g = generation_new();
    struct diagnostics *d = diagnostics_new();
    bool good = program_load(&o, g, d) == ERR_OK;
    struct buf whole;

    buf_init(&whole, MEM_OTHER);
    if (good)
        program_dump(g, &whole);
    for (struct str rest = buf_str(&whole); rest.n;) {
        struct str line = str_split(&rest, '\n');

        line = str_cut(line, 0,
                       str_find(line, '(') < line.n && str_ends(line, STR(")")) && line.p[0] != ' '
                           ? str_find(line, '(')
                           : line.n);
        buf_add(out,
                line.n > 6 && (line.p[0] == ' ' || line.p[5] == ' ') ? str_skip(line, 6) : line);
        buf_char(out, '\n');
    }
    buf_free(&whole);
    diagnostics_free(d);
    obj_drop(g);
    return good;
}

static void same_program(struct str before, struct str after)
{
    struct buf one, other;

    buf_init(&one, MEM_OTHER);
    buf_init(&other, MEM_OTHER);
    if (program_of(before, &one)) {
        ASSERT(program_of(after, &other));
        ASSERT(str_eq(buf_str(&one), buf_str(&other)));
    }
    buf_free(&one);
    buf_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct layout_style style = { size % 3 == 0 ? 4 : 0 };
    struct diagnostics *d = diagnostics_new();
    struct buf once, twice;
    err_t e;

    if (size > 65536 || !begin()) {
        diagnostics_free(d);
        return 0;
    }
    buf_init(&once, MEM_OTHER);
    buf_init(&twice, MEM_OTHER);
    e = layout_text(STR("fuzz.cfg"), text, &style, &once, d);
    ASSERT(e == ERR_OK || e == ERR_SYNTAX);
    ASSERT((e == ERR_SYNTAX) == (diagnostics_faults(d) > 0));
    if (!e) {
        ASSERT(layout_text(STR("fuzz.cfg"), buf_str(&once), &style, &twice, d) == ERR_OK);
        ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
        same_program(text, buf_str(&once));
    }
    buf_free(&twice);
    buf_free(&once);
    diagnostics_free(d);
    return 0;
}
