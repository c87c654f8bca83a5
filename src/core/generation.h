/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration generation: everything that came from one reading of the configuration. Built and
 * checked beside the running one, then published whole. Immutable but for its reference count.
 */
#pragma once
#include "base/arena.h"
#include "base/obj.h"
#include "core/conf.h"
#include "module/module.h"

struct program; /* script/program.h */
struct listener;
struct local_name;
struct local_names;

struct generation {
    unsigned number; /* 1 for the first */
    int64_t loaded_unix;
    struct str file;
    struct arena arena; /* all of it lives here */
    const struct core_conf *core;
    const struct module *const *modules; /* in order of loading */
    size_t n_modules;
    const void **confs;          /* by module slot index; NULL for modules it does not load, */
    size_t n_confs;              /* unless an earlier generation did: a module's timers and */
    struct generation **lenders; /* state outlive it. Whose conf stands in, by slot; counted */
    struct listener **listeners; /* not counted: listeners live until the network ends */
    size_t n_listeners;
    const struct program *program;
    const struct local_name *aliases; /* of `alias=` lines; core/local.h */
    size_t n_aliases;
    const struct local_names *local;       /* of core/local.c, made by generation_publish */
    void (*release)(struct generation *g); /* frees what does not live in the arena; may be NULL */
};

/* An empty one, its arena ready; the caller has a reference and fills it in. */
struct generation *generation_new(void);

/* The current one, with a reference for the caller (obj_drop it). Never NULL once started. */
struct generation *generation_current(void);
/* Peeks without a reference: valid until this worker's next loop turn or suspension. */
struct generation *generation_peek(void);
/* Makes `g` current (takes over the caller's reference); the old one lives on as long as calls pin
 * it. */
void generation_publish(struct generation *g);
/* At the end of the process: lets the current one go. */
void generation_end(void);
/* A module's configuration in `g`; NULL. Whoever pins a generation asks for it with this:
 * current_conf() may already be that of the next one. */
const void *generation_conf(const struct generation *g, const struct module *m);
bool generation_has_module(const struct generation *g, const char *name);
