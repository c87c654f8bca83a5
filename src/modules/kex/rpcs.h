/* SPDX-License-Identifier: BSD-2-Clause */
/* Control methods of the module: stats.*, mod.*, pkg.*. */
#pragma once
#include "control/rpc.h"

extern const struct rpc_method kex_methods[];
