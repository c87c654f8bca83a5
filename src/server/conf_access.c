/* SPDX-License-Identifier: BSD-2-Clause */
/* How modules get at their configuration (module/module.h). */
#include "core/call.h"

static const void *conf_in(const struct generation *g, const struct module *m)
{
    return g && m->slot ? g->confs[m->slot->index] : NULL;
}

const void *current_conf(const struct module *m)
{
    return conf_in(generation_peek(), m);
}

/* A module that was loaded after the call began is not in the call's generation. */
const void *call_conf(struct call *c, const struct module *m)
{
    const void *conf = conf_in(c->gen, m);
    return conf ? conf : current_conf(m);
}
