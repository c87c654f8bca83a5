/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the module know of each other. */
#pragma once
#include "base/log.h"
#include "core/call.h"
#include "script/value.h"

struct corex_conf {
    struct str_list alias_subdomains, dns_cache, dns_file;
    bool nio_intercept;
    int64_t nio_min_msg_len;
    struct str nio_msg_avp, evcb_reply_out;
    struct subdomain *subdomains; /* of alias_subdomains */
    size_t n_subdomains;
};

extern const struct module module_corex;
extern const struct func corex_funcs[];
extern const struct variable corex_vars[];
extern const struct transformation corex_transformations[];
extern const struct rpc_method corex_methods[];

/* "udp:192.0.2.1:5060" as a listener of ours; NULL. */
struct listener *corex_listener(struct str text);
