/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of this module: argument structs, their tables, and what each file does. */
#pragma once
#include "core/send.h"
#include "script/value.h"

struct text_args {
    struct str text;
};
struct hf_args { /* a header text and, optionally, the header it goes next to */
    struct str text, header;
};
struct name_args {
    struct str name;
};
struct two_args {
    struct str first, second;
};
struct three_args {
    struct str first, second, third;
};
struct regex_args {
    const struct regex *pattern;
};
struct two_regex_args {
    const struct regex *match, *skip;
};
struct index_args {
    struct str name;
    int64_t index;
};

/* "it is" and "it is not" as a script has it. */
static inline int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}
