/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the module know of each other. */
#pragma once
#include "base/log.h"
#include "core/call.h"
#include "core/send.h"
#include "script/value.h"

struct corex_conf {
    struct str_list alias_subdomains, dns_cache, dns_file;
    bool nio_intercept;
    int64_t nio_min_msg_len;
    struct str nio_msg_avp, evcb_reply_out;
    const struct var_ref *nio_var; /* nio_msg_avp; NULL: nothing is changed */
    struct subdomain *subdomains;  /* of alias_subdomains */
    size_t n_subdomains;
};

extern const struct module module_corex;
extern struct corex_self {
    struct module_slot slot;
    unsigned raw_slot;  /* of a call: the raw message it looks at */
    unsigned raw_local; /* of a coroutine: likewise */
} corex_self;
extern const struct func corex_funcs[];
extern const struct variable corex_vars[];
extern const struct transformation corex_transformations[];
extern const struct rpc_method corex_methods[];

/* raw.c: event_route[network:msg] and event_route[corex:reply-out]. */
void raw_adopt(const struct corex_conf *conf);
void raw_reply_out(struct call *c, const struct hop *to, struct str bytes);
int is_incoming(struct call *c);

/* "udp:192.0.2.1:5060" as a listener of ours; NULL. */
struct listener *corex_listener(struct str text);
