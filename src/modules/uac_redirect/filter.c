/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/uac_redirect/filter.h"

void filters_reset(struct filters *f, enum filter_kind kind, enum filter_reset what)
{
    if (what == RESET_ALL || what == RESET_ADDED)
        f->n[kind] = 0;
    if (what == RESET_ALL || what == RESET_DEFAULT)
        f->without_default[kind] = true;
}

err_t filters_add(struct filters *f, enum filter_kind kind, const struct regex *re)
{
    if (f->n[kind] == FILTERS_MAX)
        return ERR_LIMIT;
    f->added[kind][f->n[kind]++] = re;
    return ERR_OK;
}

static bool matches(const struct filters *f, const struct regex *by_default, enum filter_kind kind,
                    struct str uri)
{
    if (by_default && !(f && f->without_default[kind]) &&
        regex_match(by_default, uri, NULL, 0) == ERR_OK)
        return true;
    for (size_t i = 0; f && i < f->n[kind]; i++)
        if (regex_match(f->added[kind][i], uri, NULL, 0) == ERR_OK)
            return true;
    return false;
}

bool filters_pass(const struct filters *f, const struct regex *const defaults[FILTER_KINDS],
                  bool deny_by_default, struct str uri)
{
    if (matches(f, defaults[FILTER_ACCEPT], FILTER_ACCEPT, uri))
        return true;
    if (deny_by_default)
        return false;
    return !matches(f, defaults[FILTER_DENY], FILTER_DENY, uri);
}

static err_t read_limit(struct str text, size_t *out)
{
    uint32_t n;

    if (str_eq(text, STR("*"))) {
        *out = SIZE_MAX;
        return ERR_OK;
    }
    if (str_to_u32(text, &n))
        return ERR_SYNTAX;
    *out = n ? n : SIZE_MAX;
    return ERR_OK;
}

err_t redirect_limits_parse(struct str text, struct redirect_limits *out)
{
    struct str rest = text, total = str_trim(str_split(&rest, ':'));
    err_t e = read_limit(total, &out->total);

    out->per_branch = SIZE_MAX;
    if (e == ERR_OK && str_find(text, ':') < text.n)
        e = read_limit(str_trim(rest), &out->per_branch);
    return e;
}
