/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios with a real configuration: loads it and starts its modules, as the server does. */
#include "module/registry.h"
#include "rt/sim.h"
#include "scenario.h"
#include "script/program.h"
#include <stdio.h>

static struct {
    bool registered;
    struct generation *gen;
} self;

/* Of the server floor, which is not running here. */
__attribute__((weak)) const void *call_conf(struct call *c, const struct module *m)
{
    return c->gen->confs[m->slot->index];
}
__attribute__((weak)) const void *current_conf(const struct module *m)
{
    return generation_peek()->confs[m->slot->index];
}

struct generation *config_load(struct scenario *s)
{
    struct diagnostics *d = diagnostics_new();
    struct load_options o = { .file = str_of(s->file), .text = s->config };
    struct generation *g = generation_new();
    struct buf out;

    if (!self.registered)
        registry_init(linked_modules);
    self.registered = true;
    g->number = 1;
    err_t e = program_load(&o, g, d);
    buf_init(&out, MEM_OTHER);
    diagnostics_print(d, &out, false);
    if (e)
        printf("%s\n" STR_FMT, s->file, STR_ARG(buf_str(&out)));
    buf_free(&out);
    diagnostics_free(d);
    if (e == ERR_OK) {
        self.gen = g;
        return g;
    }
    obj_drop(g);
    return NULL;
}

static void each_start(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < self.gen->n_modules; i++) {
        const struct module *m = self.gen->modules[i];

        if (m->worker_start)
            ASSERT(m->worker_start(self.gen->confs[m->slot->index]) == ERR_OK);
    }
    if (worker_index(worker_self()) == 0)
        call_run_event(self.gen, "core:worker-one-init");
}

static void each_stop(void *arg)
{
    (void)arg;
    for (size_t i = self.gen->n_modules; i-- > 0;) {
        if (self.gen->modules[i]->worker_stop)
            self.gen->modules[i]->worker_stop();
    }
    program_worker_stop();
}

void config_start(struct scenario *s)
{
    call_upcalls.run_route = program_run_route;
    call_upcalls.has_route = program_has_route;
    for (size_t i = 0; i < self.gen->n_modules; i++) {
        const struct module *m = self.gen->modules[i];
        const void *conf = self.gen->confs[m->slot->index];

        if (m->start)
            ASSERT(m->start(conf) == ERR_OK);
        if (m->adopt)
            m->adopt(conf);
    }
    for (unsigned i = 0; i < s->workers; i++)
        sim_spawn(i, each_start, NULL);
    sim_settle();
}

void config_stop(struct scenario *s)
{
    for (unsigned i = 0; i < s->workers; i++)
        sim_spawn(i, each_stop, NULL);
    sim_settle();
    for (size_t i = self.gen->n_modules; i-- > 0;) {
        if (self.gen->modules[i]->stop)
            self.gen->modules[i]->stop();
    }
}
