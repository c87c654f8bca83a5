/* SPDX-License-Identifier: BSD-2-Clause */
/* Which contacts of redirections are followed. */
#pragma once
#include "base/regex.h"

enum filter_kind { FILTER_DENY, FILTER_ACCEPT, FILTER_KINDS };
enum filter_reset { RESET_NOTHING, RESET_ALL, RESET_DEFAULT, RESET_ADDED };
enum { FILTERS_MAX = 6 };

/* What the script added for one message, besides the configuration's own. */
struct filters {
    const struct regex *added[FILTER_KINDS][FILTERS_MAX];
    size_t n[FILTER_KINDS];
    bool without_default[FILTER_KINDS];
};
void filters_reset(struct filters *f, enum filter_kind kind, enum filter_reset what);
/* ERR_LIMIT: FILTERS_MAX. */
err_t filters_add(struct filters *f, enum filter_kind kind, const struct regex *re) MUST_USE;
/* `defaults` are the configuration's (NULL: none), `f` may be NULL. What an accept filter matches
 * passes; else what a deny filter matches does not, else the default decides. */
bool filters_pass(const struct filters *f, const struct regex *const defaults[FILTER_KINDS],
                  bool deny_by_default, struct str uri);

/* "total[:per_branch]"; "*" and 0 are no limit (given as SIZE_MAX). */
struct redirect_limits {
    size_t total, per_branch;
};
err_t redirect_limits_parse(struct str text, struct redirect_limits *out) MUST_USE;
