/* SPDX-License-Identifier: BSD-2-Clause */
/* Positions and searching from them. */
#pragma once
#include "base/regex.h"

struct pos_span {
    size_t at, n;
};
enum { POS_ICASE = 1, POS_BACKWARDS = 2 };

/* A position as scripts write it, from the end where it is negative; false: outside of `in`. */
bool pos_place(struct str in, int64_t written, size_t *at);
/* The first match that begins at `from` or behind it; backwards, the last one that begins at `from`
 * or before it. An empty text is found nowhere. */
bool pos_find_text(struct str in, int64_t from, struct str text, unsigned how,
                   struct pos_span *out);
bool pos_find_regex(struct str in, int64_t from, const struct regex *pattern, unsigned how,
                    struct pos_span *out);
