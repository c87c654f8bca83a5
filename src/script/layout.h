/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Laying out configurations: `tandem --format`, and the same in editors. It works on tokens as they
 * are written (lexer_raw), not on the program they make: parts that #!ifdef leaves out are laid out
 * too, nothing is expanded, no file is included.
 *
 * The style: a statement a line; blocks are indented; '{' ends the line of what it belongs to, and
 * else follows '}'; blanks stand around operators and behind commas. What a writer chose stays:
 * the text of comments, directives and strings, line breaks inside a statement, a short body on
 * the line of its if, one blank line between groups.
 */
#pragma once
#include "script/program.h"

struct layout_style {
    unsigned blanks; /* per step of indentation; 0: a tab */
};
enum { LAYOUT_BLANKS_MAX = 16 };

/*
 * Appends the laid out text to `out`. Only white space between tokens differs from `text`, which
 * is checked. ERR_SYNTAX: it cannot be taken apart into tokens, `d` says where; ERR_STATE: it would
 * have changed a token, which is a defect of ours. `out` is as it was, then.
 */
err_t layout_text(struct str name, struct str text, const struct layout_style *style,
                  struct buf *out, struct diagnostics *d) MUST_USE;
