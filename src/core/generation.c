/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/generation.h"
#include "core/local.h"
#include "rt/snapshot.h"

static struct {
    struct snapshot current;
} self;

static void generation_destroy(void *object)
{
    struct generation *g = object;

    if (g->release)
        g->release(g);
    arena_free(&g->arena);
}

struct generation *generation_new(void)
{
    struct generation *g = obj_new(struct generation, MEM_CONFIG, generation_destroy);

    arena_init(&g->arena, MEM_CONFIG, 16384);
    return g;
}

struct generation *generation_current(void)
{
    return obj_hold(snapshot_read(&self.current));
}

struct generation *generation_peek(void)
{
    return snapshot_read(&self.current);
}

void generation_publish(struct generation *g)
{
    g->local = local_names_new(g);
    snapshot_publish(&self.current, g, obj_drop);
}

void generation_end(void)
{
    struct generation *g = snapshot_read(&self.current);

    atomic_store_explicit(&self.current.now, NULL, memory_order_release);
    obj_drop(g);
}

bool generation_has_module(const struct generation *g, const char *name)
{
    for (size_t i = 0; i < g->n_modules; i++)
        if (strcmp(g->modules[i]->name, name) == 0)
            return true;
    return false;
}
