/* SPDX-License-Identifier: BSD-2-Clause */
/* A value of the configuration language: null, a 64-bit integer or a string. */
#pragma once
#include "base/arena.h"

enum value_type { VALUE_NULL, VALUE_INT, VALUE_STR };

struct value {
    enum value_type type;
    int64_t i;
    struct str s; /* valid for VALUE_STR; owned by whoever made the value */
};

#define VALUE_OF_INT(n) ((struct value){ .type = VALUE_INT, .i = (n) })
#define VALUE_OF_STR(t) ((struct value){ .type = VALUE_STR, .s = (t) })
#define VALUE_NONE      ((struct value){ .type = VALUE_NULL })

/* As text: an integer in decimal (made in `a`), null as "". */
struct str value_text(const struct value *v, struct arena *a);
/* As a number: text that is no number, and null, count 0. */
int64_t value_number(const struct value *v);
/* A copy whose string lives in `a`. */
struct value value_dup(const struct value *v, struct arena *a);
