/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regular expressions: the POSIX extended syntax of the configuration language, run by PCRE2 with
 * JIT and a match limit, so that no pattern can stall a worker. Patterns in which leftmost-longest
 * and first-match differ visibly fall back to regexec.
 */
#pragma once
#include "base/buf.h"

struct regex; /* immutable after compiling; any thread may match with it */
struct regex_span {
    size_t from, to; /* both (size_t)-1 for a group that took no part */
};
enum {
    REGEX_ICASE = 1,
    REGEX_NEWLINE = 2,
    REGEX_PCRE = 4 /* Perl syntax, as pcre functions take it */
};

/* `why` gets the reason with its place in the pattern. Free with regex_free, or never when made
 * for a generation's arena owner that frees it. */
err_t regex_compile(struct str pattern, unsigned flags, struct regex **out,
                    struct buf *why) MUST_USE;
void regex_free(struct regex *r);
/* Whether it matches; the first `n` spans (0: the whole match) into `spans`, which may be NULL.
 * ERR_NOT_FOUND: no match; ERR_LIMIT: the match limit was reached. */
err_t regex_match(const struct regex *r, struct str text, struct regex_span *spans,
                  size_t n) MUST_USE;
struct str regex_pattern(const struct regex *r);
