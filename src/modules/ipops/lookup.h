/* SPDX-License-Identifier: BSD-2-Clause */
/* Names asked for by scripts, and their answers, which a run keeps under names of its own. */
#pragma once
#include "core/call.h"
#include "script/value.h"

struct match_args {
    struct str host, ip;
};
struct lookup_args {
    struct str name, id;
};
enum { LOOKUP_NO_ADDRESS = -3, LOOKUP_FAILED = -4 };

/* These suspend. dns_match_ip: 1, -1, LOOKUP_NO_ADDRESS when `ip` is none, LOOKUP_FAILED when the
 * host has none. The others: 1 or LOOKUP_FAILED. */
int dns_match_ip(struct call *c, const struct match_args *a);
int dns_query(struct call *c, const struct lookup_args *a);
int srv_query(struct call *c, const struct lookup_args *a);
int naptr_query(struct call *c, const struct lookup_args *a);
int ptr_query(struct call *c, const struct lookup_args *a);

extern const struct variable ipops_vars[];
extern struct ipops_self {
    struct module_slot slot;
    unsigned answers_slot; /* of a run: what it asked for */
} ipops_self;
