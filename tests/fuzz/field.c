/* SPDX-License-Identifier: BSD-2-Clause */
/* Text into each type of field: the first byte chooses the field, the rest is the value. */
#include "base/field.h"

struct conf {
    int64_t number;
    bool flag;
    struct str text;
    struct duration wait;
    int mode;
    const struct regex *regex;
    struct str_list list;
    struct value value;
};

static const char *const modes[] = { "off", "on", NULL };
static const struct field fields[] = {
    FIELD(conf, number, "A number.", .min = -5, .max = 1000),
    FIELD(conf, flag, "A flag."),
    FIELD(conf, text, "A text.", .max = 100),
    FIELD(conf, wait, "A time.", .unit_ms = 1000, .max = 86400000),
    FIELD(conf, mode, "A choice.", .choices = modes),
    FIELD(conf, regex, "A pattern."),
    FIELD(conf, list, "Many."),
    FIELD(conf, value, "Either."),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct field *f;
    struct value v, got;
    struct conf conf = { 0 };
    struct arena arena;
    struct buf why;

    if (size == 0)
        return 0;
    f = &fields[data[0] % (sizeof fields / sizeof *fields)];
    v = VALUE_OF_STR(((struct str){ (const char *)data + 1, size - 1 }));
    arena_init(&arena, MEM_OTHER, 0);
    buf_init(&why, MEM_OTHER);
    if (field_set(f, &conf, &v, &(struct field_env){ .arena = &arena }, &why) == ERR_OK) {
        got = field_get(f, &conf);
        if (f->type == FIELD_INT)
            ASSERT(got.i >= f->min && got.i <= f->max);
        if (f->type == FIELD_STR || f->type == FIELD_LIST)
            ASSERT(str_eq(got.s, v.s));
    } else {
        ASSERT(why.n > 0);
    }
    buf_free(&why);
    arena_free(&arena);
    return 0;
}
