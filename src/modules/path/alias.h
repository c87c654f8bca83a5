/* SPDX-License-Identifier: BSD-2-Clause */
/* The short form of an address in URI parameters: ip~port~protocol. */
#pragma once
#include "base/net_addr.h"

struct path_alias {
    struct str host; /* IPv6 in brackets */
    uint16_t port;
    enum proto proto;
};
/* ERR_SYNTAX: it is none. `host` points into `text`. */
err_t path_alias_parse(struct str text, struct path_alias *out) MUST_USE;
