/* SPDX-License-Identifier: BSD-2-Clause */
/* A server on a simulated network and clock. */
#include "testing/world.h"
#include "base/random.h"
#include "core/call.h"
#include "core/cfg.h"
#include "net/sim.h"
#include "rt/sim.h"
#include "server/modules.h"
#include "server/wiring.h"

static struct {
    bool modules;
    err_t failed;
} self;

static void watch_end(void *arg)
{
    worker_at_exit(wiring_worker_end, arg);
}

void world_begin(unsigned workers, uint64_t seed)
{
    random_seed_for_test(7);
    sim_begin(workers, seed);
    net_sim_begin();
    wiring_begin(&net_default_conf);
    net_sim_workers_begin();
    for (unsigned i = 0; i < workers; i++)
        sim_spawn(i, watch_end, NULL);
    sim_settle();
}

void world_listen(struct generation *g, const struct socket_spec *specs, size_t n)
{
    const struct listeners *open;
    struct buf why;

    buf_init(&why, MEM_OTHER);
    ASSERT(listeners_apply(specs, n, &why) == ERR_OK);
    buf_free(&why);
    open = listeners_now();
    g->listeners = ARENA_ARRAY(&g->arena, struct listener *, open->n + 1);
    g->n_listeners = 0;
    for (size_t i = 0; i < open->n; i++)
        g->listeners[g->n_listeners++] = open->at[i];
}

static void begin_worker(void *arg)
{
    err_t e = modules_begin_worker(arg);

    if (e)
        self.failed = e;
    else if (worker_index(worker_self()) == 0)
        call_run_event(NULL, "core:worker-one-init");
}

err_t world_start(struct generation *g, struct buf *why)
{
    err_t e;

    generation_publish(g);
    wiring_register();
    wiring_declare(g);
    e = modules_start(g, why);
    if (e)
        return e;
    self.modules = true;
    cfg_adopt(g->core);
    addr_set_style(g->core->ipv6_style);
    modules_adopt(g);
    for (unsigned i = 0; i < workers_count(); i++)
        sim_spawn(i, begin_worker, g);
    sim_settle();
    if (self.failed)
        buf_addz(why, "a module could not start in a worker (its reason is in the log)\n");
    return self.failed;
}

static void end_worker(void *arg)
{
    (void)arg;
    modules_end_worker();
}

void world_stop(void)
{
    if (!self.modules)
        return;
    for (unsigned i = 0; i < workers_count(); i++)
        sim_spawn(i, end_worker, NULL);
    sim_settle();
    modules_stop();
    self.modules = false;
}

void world_end(void)
{
    generation_end();
    sim_end();
    net_end();
    net_sim_end();
}
