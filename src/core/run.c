/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/run.h"

enum {
    ARENA_FIRST = 6144, /* holds an ordinary message with its edits */
    ARENA_KEEP = 65536, /* a larger one is given back */
    POOL_MAX = 512,
};

static _Thread_local struct {
    struct run *free;
    unsigned n_free;
    uint64_t serial;
} self;

void runs_count_anew(void)
{
    self.serial = 0;
}

static struct run *run_take(void)
{
    struct run *r = self.free;

    if (r) {
        self.free = r->next_free;
        self.n_free--;
        return r;
    }
    r = mem_zalloc(MEM_MESSAGE, sizeof *r);
    arena_init(&r->arena, MEM_MESSAGE, ARENA_FIRST);
    return r;
}

struct run *run_begin(void)
{
    struct run *r = run_take();
    struct call *c = &r->call;

    memset(c, 0, sizeof *c);
    if (!r->vars)
        r->vars = vars_new();
    r->tracked = r->done = false;
    r->n_waiting = 0;
    c->msg = &r->msg;
    c->arena = &r->arena;
    c->vars = obj_hold(r->vars);
    c->serial = ++self.serial;
    c->branch = -1;
    c->route = ROUTE_REQUEST;
    c->route_name = "";
    c->targets[0].q = -1;
    edit_init(&c->edits, c->arena);
    return r;
}

void run_end(struct run *r)
{
    struct call *c = &r->call;

    if (c->txn && txn_upcalls.run_ended)
        txn_upcalls.run_ended(c);
    obj_drop(c->vars);
    if (obj_refs(r->vars) > 1) {
        obj_drop(r->vars);
        r->vars = NULL;
    } else {
        vars_reset(r->vars);
    }
    obj_drop(c->gen);
    obj_drop(c->packet);
    if (r->arena.bytes > ARENA_KEEP)
        arena_free(&r->arena);
    else
        arena_reset(&r->arena);
    if (self.n_free == POOL_MAX) {
        obj_drop(r->vars);
        arena_free(&r->arena);
        mem_free(MEM_MESSAGE, r);
        return;
    }
    r->next_free = self.free;
    self.free = r;
    self.n_free++;
}

void runs_worker_stop(void)
{
    while (self.free) {
        struct run *r = run_take();

        obj_drop(r->vars);
        arena_free(&r->arena);
        mem_free(MEM_MESSAGE, r);
    }
}
