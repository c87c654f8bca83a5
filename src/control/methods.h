/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of methods that belong to no module; one file each. */
#pragma once
#include "control/control.h"
#include "rt/worker.h"
#include <stdio.h>
#include <stdlib.h>

extern const struct rpc_method methods_core[];
extern const struct rpc_method methods_system[];
extern const struct rpc_method methods_config[];
extern const struct rpc_method methods_memory[];
extern const struct rpc_method methods_net[];
extern const struct rpc_method methods_dns[];
extern const struct rpc_method methods_blocklist[];
extern const struct rpc_method methods_proxy[];
extern const struct rpc_method methods_metrics[];
extern const struct rpc_method methods_user[];
extern const struct rpc_method methods_modparam[];

#if defined __x86_64__
#define TANDEM_SYSTEM "x86_64/linux"
#elif defined __aarch64__
#define TANDEM_SYSTEM "aarch64/linux"
#else
#define TANDEM_SYSTEM "linux"
#endif
#ifdef __clang__
#define TANDEM_COMPILER "clang " __clang_version__
#else
#define TANDEM_COMPILER "gcc " __VERSION__
#endif
