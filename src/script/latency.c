/* SPDX-License-Identifier: BSD-2-Clause */
/* latency_limit_action, latency_limit_cfg, latency_cfg_log: what keeps a message waiting. Times
 * count what a function waits for (an answer of a database, a name), for that is what a caller
 * notices; other calls go on meanwhile. */
#include "base/clock.h"
#include "core/conf.h"
#include "script/state.h"

static const struct core_conf *conf_of(const struct call *c)
{
    return c->gen ? c->gen->core : NULL;
}

int64_t latency_of_call_begin(const struct call *c)
{
    const struct core_conf *core = conf_of(c);

    return core && core->latency_limit_action > 0 ? clock_us() : 0;
}

void latency_of_call(const struct call *c, const struct call_site *s, int64_t began_us)
{
    int64_t took = clock_us() - began_us;

    if (took > conf_of(c)->latency_limit_action)
        log_at((enum log_level)conf_of(c)->latency_log, "script",
               STR_FMT ": %s() took %lld microseconds (latency_limit_action is %lld)",
               STR_ARG(s->where), s->func->name, (long long)took,
               (long long)conf_of(c)->latency_limit_action);
}

int64_t latency_of_script_begin(const struct call *c)
{
    const struct core_conf *core = conf_of(c);

    if (!core || (core->latency_limit_cfg <= 0 && !log_on((enum log_level)core->latency_cfg_log)))
        return 0;
    return clock_us();
}

void latency_of_script(const struct call *c, const char *route, int64_t began_us)
{
    const struct core_conf *core = conf_of(c);
    int64_t took = clock_us() - began_us;

    if (core->latency_limit_cfg > 0 && took > core->latency_limit_cfg)
        log_at((enum log_level)core->latency_log, "script",
               "%s took %lld microseconds (latency_limit_cfg is %lld)", route, (long long)took,
               (long long)core->latency_limit_cfg);
    else
        log_at((enum log_level)core->latency_cfg_log, "script", "%s took %lld microseconds", route,
               (long long)took);
}
