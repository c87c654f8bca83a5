/* SPDX-License-Identifier: BSD-2-Clause */
/* A view of bytes owned by somebody else; passed by value; never NUL-terminated by promise. */
#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_INIT(lit)                                                                              \
    {                                                                                              \
        "" lit, sizeof(lit) - 1                                                                    \
    }                                        /* for static tables */
#define STR_NONE   ((struct str){ NULL, 0 }) /* absent, where absent differs from empty */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *z)
{
    return (struct str){ z, z ? strlen(z) : 0 };
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_ieq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}
static inline struct str str_cut(struct str s, size_t from, size_t to)
{
    return (struct str){ s.p + from, to - from };
}
static inline struct str str_skip(struct str s, size_t n)
{
    return n >= s.n ? (struct str){ s.p + s.n, 0 } : (struct str){ s.p + n, s.n - n };
}
static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}
static inline bool str_istarts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || strncasecmp(s.p, prefix.p, prefix.n) == 0);
}
static inline bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}
/* The place of the first `c`, or s.n when there is none. */
static inline size_t str_find(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

/* Orders by bytes, shorter first where one is the other's start. */
int str_cmp(struct str a, struct str b);
/* The place of the first `needle`, or s.n; an empty needle is found at 0. */
size_t str_search(struct str s, struct str needle);
size_t str_isearch(struct str s, struct str needle);
/* Without the blanks, tabs and line ends around it. */
struct str str_trim(struct str s);
/* Cuts at the first `c`: returns what stands before it and leaves the rest (without `c`) in *s. */
struct str str_split(struct str *s, char c);
/* All of `s` as a decimal number with optional sign; ERR_SYNTAX, or ERR_RANGE past 64 bits. */
err_t str_to_i64(struct str s, int64_t *out) MUST_USE;
err_t str_to_u32(struct str s, uint32_t *out) MUST_USE;
