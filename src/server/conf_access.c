/* SPDX-License-Identifier: BSD-2-Clause */
/* How modules get at their configuration (module/module.h). */
#include "core/call.h"

const void *current_conf(const struct module *m)
{
    return generation_conf(generation_peek(), m);
}

/* A module that was loaded after the call began is not in the call's generation. */
const void *call_conf(struct call *c, const struct module *m)
{
    const void *conf = generation_conf(c->gen, m);
    return conf ? conf : current_conf(m);
}
