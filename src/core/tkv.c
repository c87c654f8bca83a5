/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tkv.h"
#include "core/call.h"
#include "core/conf.h"
#include "rt/worker.h"

static struct {
    _Atomic(unsigned) turn;
} self;

struct emitted {
    struct tkv tkv;
    struct generation *gen;
    struct arena arena;
    const char *event;
};

static void run_event(struct call *c, void *arg)
{
    const struct emitted *e = arg;

    c->tkv = &e->tkv;
    call_upcalls.run_route(c, ROUTE_EVENT, e->event);
}

static void run_emitted(void *arg)
{
    struct emitted *e = arg;

    call_run_detached(e->gen, NULL, run_event, e);
    obj_drop(e->gen);
    arena_free(&e->arena);
    mem_free(MEM_MESSAGE, e);
}

static void arrived(void *arg)
{
    co_spawn(run_emitted, arg);
}

err_t tkv_emit(struct generation *gen, int64_t type, struct str key, struct str value)
{
    struct str event = gen->core && gen->core->tkv_event.n ? gen->core->tkv_event : STR("core:tkv");
    struct emitted *e;

    if (!call_upcalls.has_route || !call_upcalls.has_route(gen, ROUTE_EVENT, event.p))
        return ERR_NOT_FOUND;
    e = mem_zalloc(MEM_MESSAGE, sizeof *e);
    arena_init(&e->arena, MEM_MESSAGE, 64 + key.n + value.n + event.n);
    e->gen = obj_hold(gen);
    e->event = arena_dup(&e->arena, event).p;
    e->tkv = (struct tkv){ type, arena_dup(&e->arena, key), arena_dup(&e->arena, value) };
    unsigned turn = atomic_fetch_add_explicit(&self.turn, 1, memory_order_relaxed);
    worker_post(worker_at(turn % workers_count()), arrived, e);
    return ERR_OK;
}
