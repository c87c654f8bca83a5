/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/value.h"
#include "base/buf.h"

struct str value_text(const struct value *v, struct arena *a)
{
    char space[24];
    struct buf b;

    if (v->type == VALUE_STR)
        return v->s;
    if (v->type == VALUE_NULL)
        return STR("");
    buf_fixed(&b, space, sizeof space);
    buf_int(&b, v->i);
    return arena_dup(a, buf_str(&b));
}

int64_t value_number(const struct value *v)
{
    int64_t n;

    if (v->type == VALUE_INT)
        return v->i;
    if (v->type == VALUE_STR && str_to_i64(str_trim(v->s), &n) == ERR_OK)
        return n;
    return 0;
}

struct value value_dup(const struct value *v, struct arena *a)
{
    struct value copy = *v;

    if (v->type == VALUE_STR)
        copy.s = arena_dup(a, v->s);
    return copy;
}
