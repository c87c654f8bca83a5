/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns POSIX extended regular expressions (with the extensions of the C library) into PCRE2's. */
#pragma once
#include "base/buf.h"

/* Adds the pattern to `out`. `newline`: REG_NEWLINE semantics. ERR_UNSUPPORTED for what only
 * regcomp can judge or run. *ambiguous: alternatives may start alike, so that first-match and
 * leftmost-longest could find different spans. */
err_t regex_from_posix(struct str pattern, bool newline, struct buf *out, bool *ambiguous) MUST_USE;

/* Whether compiling makes more than `limit` nodes: both engines copy what is repeated, and the
 * copies of what is repeated inside. So are long runs of repetitions and anchors. */
bool regex_is_huge(struct str pattern, size_t limit);
