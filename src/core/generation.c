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

    for (size_t i = 0; g->lenders && i < g->n_confs; i++)
        obj_drop(g->lenders[i]);
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

/* A module that is no longer loaded still runs: its last configuration stays in force. */
static void borrow_confs(struct generation *g, const struct generation *before)
{
    size_t n = before && before->n_confs < g->n_confs ? before->n_confs : g->n_confs;

    if (!before || n == 0)
        return;
    g->lenders = ARENA_ARRAY(&g->arena, struct generation *, g->n_confs);
    for (size_t i = 0; i < n; i++) {
        struct generation *lender = before->lenders ? before->lenders[i] : NULL;

        if (g->confs[i] || !before->confs[i])
            continue;
        g->lenders[i] = obj_hold(lender ? lender : (void *)(uintptr_t)before);
        g->confs[i] = before->confs[i];
    }
}

void generation_publish(struct generation *g)
{
    borrow_confs(g, snapshot_read(&self.current));
    g->local = local_names_new(g);
    snapshot_publish(&self.current, g, obj_drop);
}

void generation_end(void)
{
    struct generation *g = snapshot_read(&self.current);

    atomic_store_explicit(&self.current.now, NULL, memory_order_release);
    obj_drop(g);
}

const void *generation_conf(const struct generation *g, const struct module *m)
{
    return g && m->slot ? __atomic_load_n(&g->confs[m->slot->index], __ATOMIC_ACQUIRE) : NULL;
}

bool generation_has_module(const struct generation *g, const char *name)
{
    for (size_t i = 0; i < g->n_modules; i++)
        if (strcmp(g->modules[i]->name, name) == 0)
            return true;
    return false;
}
