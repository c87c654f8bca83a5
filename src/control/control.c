/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/control.h"
#include "control/methods.h"

void control_begin(void)
{
    static const struct rpc_method *const tables[] = {
        methods_core,    methods_system,   methods_config,    methods_memory,
        methods_net,     methods_dns,      methods_blocklist, methods_proxy,
        methods_metrics, methods_modparam, methods_user,
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        rpc_register(tables[i]);
}
