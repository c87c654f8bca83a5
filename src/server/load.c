/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a generation from the command line and the configuration file. */
#include "server/load.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/listen.h"
#include <stdatomic.h>

static struct {
    atomic_uint alive, made;
} self;

static void release(struct generation *g)
{
    (void)g;
    atomic_fetch_sub(&self.alive, 1);
}

unsigned generations_alive(void)
{
    return atomic_load(&self.alive);
}

err_t candidate_build(const struct load_options *o, struct candidate *out, struct buf *report)
{
    struct generation *g = generation_new();
    struct diagnostics *d = diagnostics_new();
    err_t e;

    *out = (struct candidate){ 0 };
    atomic_fetch_add(&self.alive, 1);
    g->release = release;
    g->loaded_unix = clock_unix();
    e = program_load(o, g, d);
    diagnostics_print(d, report, false);
    diagnostics_free(d);
    if (!e)
        e = listen_expand(program_info(g->program), g->core, &g->arena, &out->sockets,
                          &out->n_sockets, report);
    if (e) {
        obj_drop(g);
        *out = (struct candidate){ 0 };
        return e;
    }
    g->number = atomic_fetch_add(&self.made, 1) + 1;
    out->generation = g;
    return ERR_OK;
}
