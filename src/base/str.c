/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/str.h"
#include <ctype.h>

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    if (order)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

size_t str_search(struct str s, struct str needle)
{
    const char *at;

    if (needle.n == 0)
        return 0;
    if (needle.n > s.n)
        return s.n;
    at = memmem(s.p, s.n, needle.p, needle.n);
    return at ? (size_t)(at - s.p) : s.n;
}

size_t str_isearch(struct str s, struct str needle)
{
    if (needle.n == 0)
        return 0;
    for (size_t i = 0; i + needle.n <= s.n; i++)
        if (strncasecmp(s.p + i, needle.p, needle.n) == 0)
            return i;
    return s.n;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0]))
        s = str_skip(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_split(struct str *s, char c)
{
    size_t at = str_find(*s, c);
    struct str before = { s->p, at };

    *s = at == s->n ? str_skip(*s, at) : str_skip(*s, at + 1);
    return before;
}

err_t str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;

    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_skip(s, 1);
    if (s.n == 0)
        return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i]))
            return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');

        if (sum > (limit - digit) / 10)
            return ERR_RANGE;
        sum = sum * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return ERR_OK;
}

err_t str_to_u32(struct str s, uint32_t *out)
{
    int64_t n;
    err_t e = str_to_i64(s, &n);

    if (e)
        return e;
    if (n < 0 || n > UINT32_MAX)
        return ERR_RANGE;
    *out = (uint32_t)n;
    return ERR_OK;
}
