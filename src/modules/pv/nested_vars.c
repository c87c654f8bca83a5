/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables that look elsewhere: text to be expanded, statistics, configuration values. */
#include "modules/pv/nested_vars.h"
#include "base/log.h"
#include "core/cfg.h"
#include "core/vars.h"

PREPARE(prepare_text)
{
    const struct format *f;
    err_t e = load_format(l, at->key, &f);

    *prepared = f;
    return e;
}

GETTER(get_text)
{
    if (at->prepared)
        return give_str(out, format_eval(c, at->prepared));
    return give_str(out, var_key(c, at));
}

/* "group:name", or a name that only one group has. */
static unsigned find_statistic(struct str key)
{
    struct str rest = key, group = str_split(&rest, ':');

    if (rest.n)
        return stat_find(group, rest);
    for (unsigned i = 0; i < stat_count(); i++)
        if (str_eq(key, str_of(stat_at(i)->name)))
            return i;
    return UINT32_MAX;
}

GETTER(get_statistic)
{
    unsigned id = find_statistic(var_key(c, at));

    return id == UINT32_MAX ? give_null(out) : give_int(out, stat_read(id));
}

PREPARE(prepare_statistic)
{
    *prepared = NULL;
    if (at->key.n)
        return ERR_OK;
    load_fault(l, NULL, "$stat needs the name of a statistic, as in $stat(core:rcv_requests)");
    return ERR_SYNTAX;
}

/* How many values an AVP or XAVP has. */
GETTER(get_count)
{
    struct str key = var_key(c, at), inside;
    int64_t n = 0;

    if (key.n && key.p[0] == '$')
        key = str_skip(key, 1);
    size_t open = str_find(key, '(');
    if (open == key.n || key.p[key.n - 1] != ')')
        return give_null(out);
    inside = str_cut(key, open + 1, key.n - 1);
    key = str_cut(key, 0, open);
    if (str_eq(key, STR("avp")))
        return give_int(out, (int64_t)avp_count(c->vars, AVP_PLAIN, inside));
    enum xavp_kind kind = str_eq(key, STR("xavu")) ? XAVU : str_eq(key, STR("xavi")) ? XAVI : XAVP;
    while (xavp_find(c->vars, kind, inside, n))
        n++;
    return give_int(out, n);
}

GETTER(get_error)
{
    (void)c;
    (void)at;
    return give_null(out);
}

/* "group.name" */
static struct str cfg_key(struct call *c, const struct var_ref *at, struct str *group)
{
    struct str name = var_key(c, at);

    *group = str_split(&name, '.');
    return name;
}

GETTER(get_cfg_value)
{
    struct str group, name = cfg_key(c, at, &group);

    return cfg_get(group, name, c->arena, out) == ERR_OK ? ERR_OK : give_null(out);
}

SETTER(set_cfg_value)
{
    struct str group, name = cfg_key(c, at, &group);
    char space[256];
    struct buf why;
    err_t e;

    buf_fixed(&why, space, sizeof space);
    e = cfg_set(group, name, in, &why);
    if (e)
        log_error("pv", "$ccp(" STR_FMT "." STR_FMT "): " STR_FMT, STR_ARG(group), STR_ARG(name),
                  STR_ARG(buf_str(&why)));
    return e;
}
