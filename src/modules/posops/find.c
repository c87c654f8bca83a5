/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/posops/find.h"

bool pos_place(struct str in, int64_t written, size_t *at)
{
    if (written < 0)
        written += (int64_t)in.n;
    if (written < 0 || (uint64_t)written > in.n)
        return false;
    *at = (size_t)written;
    return true;
}

static bool matches_at(struct str in, size_t at, struct str text, unsigned how)
{
    struct str rest = str_skip(in, at);

    return how & POS_ICASE ? str_istarts(rest, text) : str_starts(rest, text);
}

bool pos_find_text(struct str in, int64_t from, struct str text, unsigned how, struct pos_span *out)
{
    size_t at;

    if (!text.n || text.n > in.n || !pos_place(in, from, &at))
        return false;
    if (how & POS_BACKWARDS) {
        at = at < in.n - text.n ? at : in.n - text.n;
        while (at > 0 && !matches_at(in, at, text, how))
            at--;
    } else {
        struct str rest = str_skip(in, at);
        at += how & POS_ICASE ? str_isearch(rest, text) : str_search(rest, text);
    }
    if (!matches_at(in, at, text, how))
        return false;
    *out = (struct pos_span){ at, text.n };
    return true;
}

bool pos_find_regex(struct str in, int64_t from, const struct regex *pattern, unsigned how,
                    struct pos_span *out)
{
    bool backwards = how & POS_BACKWARDS, found = false;
    size_t limit, at;

    if (!pos_place(in, from, &limit))
        return false;
    at = backwards ? 0 : limit;
    while (at <= in.n) {
        struct regex_span s;

        if (regex_match(pattern, str_skip(in, at), &s, 1) != ERR_OK)
            break;
        if (backwards && at + s.from > limit)
            break;
        *out = (struct pos_span){ at + s.from, s.to - s.from };
        found = true;
        if (!backwards)
            break;
        at += s.from + 1;
    }
    return found;
}
