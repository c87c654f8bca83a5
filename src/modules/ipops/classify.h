/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of address a text is, and what an address is for. */
#pragma once
#include "base/net_addr.h"

enum ip_form { IP_NONE, IP_V4, IP_V6, IP_V6_REFERENCE };

/* Reads an address; brackets stand round IPv6 only. No zones, no ports. */
enum ip_form ip_read(struct str text, struct addr *out);
/* "PRIVATE", "LOOPBACK" …, by the registries of special addresses (RFC 6890 and before). */
struct str ip_purpose(const struct addr *a);
bool ip_is_rfc1918(const struct addr *a);
/* "10.0.0.0/8, 2001:db8::/32, 192.0.2.1": ranges of the same family as the address count. */
bool ip_in_ranges(const struct addr *a, struct str ranges);
