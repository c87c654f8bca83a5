/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the tables of function pointers through which lower floors call upper ones. */
#include "server/wiring.h"
#include "control/control.h"
#include "core/cfg.h"
#include "core/receive.h"
#include "core/stats.h"
#include "net/net.h"
#include "script/program.h"
#include "script/state.h"
#include "txn/txn.h"

void wiring_register(void)
{
    call_upcalls.run_route = program_run_route;
    call_upcalls.has_route = program_has_route;
}

void wiring_begin(const struct net_conf *net)
{
    static const struct net_upcalls up = { .received = receive_packet,
                                           .send_failed = txn_send_failed };

    receive_begin();
    net_begin(&up, net);
}

void wiring_worker_end(void *arg)
{
    (void)arg;
    program_worker_stop();
    receive_worker_stop();
}

void wiring_each_alias(void (*fn)(enum proto proto, struct str host, uint16_t port, void *arg),
                       void *arg)
{
    const struct program_info *info = program_info(generation_peek()->program);

    for (size_t i = 0; i < info->n_aliases; i++)
        fn(info->aliases[i].proto, info->aliases[i].host, info->aliases[i].port, arg);
}

void wiring_each_define(void (*fn)(struct str name, struct str value, void *arg), void *arg)
{
    program_each_define(generation_peek()->program, fn, arg);
}

void wiring_declare(const struct generation *g)
{
    const struct program_info *info = program_info(g->program);

    cfg_declare_begin();
    for (size_t i = 0; i < info->n_cfgs; i++)
        cfg_declare(info->cfgs[i].group, info->cfgs[i].name, &info->cfgs[i].value,
                    info->cfgs[i].doc);
    cfg_declare_end();
}

struct str wiring_realm(struct arena *a)
{
    struct value v;

    return cfg_get(STR("users"), STR("realm"), a, &v) ? STR("") : value_text(&v, a);
}

err_t wiring_set_param(const struct module *m, struct str name, int64_t value, struct buf *why)
{
    struct value v = VALUE_OF_INT(value);

    return cfg_set(cfg_group_of_module(m), name, &v, why);
}

void wiring_describe(void)
{
    static const struct event events[] = {
        { "core:msg-received", "Any message arrived; where received_route_mode is set." },
        { "core:pre-routing", "A request is about to run request_route." },
        { "core:receive-parse-error", "A malformed message arrived." },
        { "core:tkv", "async_tkv_emit() was called; $atkv(type), $atkv(key), $atkv(val)." },
        { "core:worker-one-init", "The server starts: the first worker is ready." },
        { 0 },
    };
    static const struct module core = {
        .name = "core",
        .doc = "The configuration language itself: its parameters, functions and variables.",
        .params = core_conf_fields,
        .funcs = core_funcs,
        .vars = core_variables,
        .events = events,
    };

    control_host.core = &core;
    core_stats_register();
    net_stats_register();
}
