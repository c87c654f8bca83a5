/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names and addresses are this server ("myself"). */
#pragma once
#include "core/generation.h"
#include "sip/uri.h"

/* Listeners (advertised addresses too), `alias=` lines, and what modules add. Port 0 or protocol
 * PROTO_NONE match any. */
bool local_is(struct str host, uint16_t port, enum proto proto);
/* The same for the host and port of a SIP URI, its default port filled in; other schemes are not
 * local. */
bool local_is_uri(const struct uri *u);
/* The listener that has exactly this address; NULL. Valid while the generation is pinned. */
struct listener *local_listener(enum proto proto, struct str host, uint16_t port);
/* A module's own test, asked after the lists (domain's register_myself). At start only. */
void local_add_check(bool (*fn)(struct str host, uint16_t port, enum proto proto));

/* One `alias=` line, "proto:host:port"; protocol and port may be missing. */
struct local_name {
    enum proto proto;
    struct str host;
    uint16_t port;
};
err_t local_name_parse(struct str text, struct local_name *out) MUST_USE;

/* The names of a generation: its aliases and listeners; lives in its arena. */
struct local_names;
const struct local_names *local_names_new(struct generation *g);
