/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the tables of function pointers through which lower floors call upper ones. */
#pragma once
#include "base/net_addr.h"
#include "core/generation.h"

/* Tables that a check of a configuration needs too. Once. */
void wiring_register(void);
/* The rest, and the network; after workers_init. */
void wiring_begin(const struct net_conf *net);
/* For worker_at_exit. */
void wiring_worker_end(void *arg);

/* For control_host. */
void wiring_each_define(void (*fn)(struct str name, struct str value, void *arg), void *arg);
void wiring_each_alias(void (*fn)(enum proto proto, struct str host, uint16_t port, void *arg),
                       void *arg);
/* Makes the values that a generation declares (group.name = value) those of core/cfg.h. */
void wiring_declare(const struct generation *g);
/* For control_host. */
struct str wiring_realm(struct arena *a);
err_t wiring_set_param(const struct module *m, struct str name, int64_t value, struct buf *why);
/* Lets the core be described as modules are. */
void wiring_describe(void);
