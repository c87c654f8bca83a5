/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups of patterns from a file. */
#pragma once
#include "base/arena.h"
#include "base/obj.h"
#include "base/regex.h"

struct group_limits {
    size_t groups, bytes; /* of one group */
};
struct groups { /* counted; immutable once read */
    size_t n;
    struct regex **patterns;
};

/* "(?imsx)" for the options that are set, or ""; in `a`. */
struct str pattern_options(bool caseless, bool multiline, bool dotall, bool extended,
                           struct arena *a);
/* Reads the text of a file: "[n]" begins a group, each other line is a pattern, and lines that
 * begin with a blank or '#' are skipped. `why` says what is wrong, with its line. */
err_t groups_parse(struct str text, struct str options, const struct group_limits *limits,
                   struct groups **out, struct buf *why) MUST_USE;
err_t groups_read(struct str path, struct str options, const struct group_limits *limits,
                  struct groups **out, struct buf *why) MUST_USE;
