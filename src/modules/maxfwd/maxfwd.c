/* SPDX-License-Identifier: BSD-2-Clause */
/* Max-Forwards: stops requests that loop (RFC 3261, 16.3 and 16.6). */
#include "modules/maxfwd/hops.h"

struct maxfwd_conf {
    int64_t max_limit;
};
struct limit_args {
    int64_t limit;
};

static struct {
    struct module_slot slot;
} self;

extern const struct module module_maxfwd;

static int process_maxfwd(struct call *c, const struct limit_args *a)
{
    const struct maxfwd_conf *conf = call_conf(c, &module_maxfwd);

    switch (hops_spend(c, a->limit, conf->max_limit)) {
    case HOPS_SPENT: return SCRIPT_TRUE;
    case HOPS_ADDED: return 2;
    case HOPS_NONE_LEFT: return SCRIPT_FALSE;
    case HOPS_BAD: break;
    }
    return -2;
}
EXPOSE(process_maxfwd, limit_args)

static int is_maxfwd_lt(struct call *c, const struct limit_args *a)
{
    int64_t left = hops_left(c);

    if (left < 0)
        return left == -1 ? -2 : -3;
    return left < a->limit ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_maxfwd_lt, limit_args)

static const struct field maxfwd_conf_fields[] = {
    FIELD(maxfwd_conf, max_limit, "Larger values in a message are lowered to this.", .def = "70",
          .min = 0, .max = 255, .runtime = true),
    { 0 },
};
static const struct field limit_args_fields[] = {
    FIELD(limit_args, limit, "Hops to grant, or to compare with.", .min = 0, .max = 255),
    { 0 },
};

static const struct func funcs[] = {
    FUNC(process_maxfwd, limit_args,
         "Lowers Max-Forwards by one, and adds the header when the request has none.",
         .routes = ROUTE_REQUEST,
         .aliases = (const char *const[]){ "maxfwd_process", "mf_process_maxfwd_header", NULL },
         .returns = (const struct outcome[]){ { 1, "the header was lowered" },
                                              { 2, "the header was added" },
                                              { -1, "no hops are left" },
                                              { -2, "the header is malformed" },
                                              { 0 } }),
    FUNC(is_maxfwd_lt, limit_args, "Tells whether Max-Forwards is below a limit.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_BRANCH,
         .aliases = (const char *const[]){ "maxfwd_at_least", "mf_lowlimit", NULL },
         .returns = (const struct outcome[]){ { 1, "it is below" },
                                              { -1, "it is not" },
                                              { -2, "there is no header" },
                                              { -3, "the header is malformed" },
                                              { 0 } }),
    { 0 },
};

const struct module module_maxfwd = {
    .abi = MODULE_ABI,
    .name = "maxfwd",
    .doc = "Limits the number of hops a request may take.",
    .slot = &self.slot,
    .conf_size = sizeof(struct maxfwd_conf),
    .params = maxfwd_conf_fields,
    .funcs = funcs,
};
