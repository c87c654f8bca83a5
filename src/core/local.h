/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names and addresses are this server ("myself"). */
#pragma once
#include "core/generation.h"

/* Listeners (advertised addresses too), `alias=` lines, and what modules add. Port 0 or protocol
 * PROTO_NONE match any. */
bool local_is(struct str host, uint16_t port, enum proto proto);
/* The listener that has exactly this address; NULL. Valid while the generation is pinned. */
struct listener *local_listener(enum proto proto, struct str host, uint16_t port);
/* A module's own test, asked after the lists (domain's register_myself). At start only. */
void local_add_check(bool (*fn)(struct str host, uint16_t port, enum proto proto));
