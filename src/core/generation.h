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

struct generation {
    unsigned number;            /* 1 for the first */
    int64_t loaded_unix;
    struct str file;
    struct arena arena;         /* all of it lives here */
    const struct core_conf *core;
    const struct module *const *modules; /* in order of loading */
    size_t n_modules;
    const void **confs;         /* by module slot index; NULL for modules it does not load */
    struct listener **listeners; /* references */
    size_t n_listeners;
    const struct program *program;
};

/* The current one, with a reference for the caller (obj_drop it). Never NULL once started. */
struct generation *generation_current(void);
/* Peeks without a reference: valid until this worker's next loop turn or suspension. */
struct generation *generation_peek(void);
/* Makes `g` current (takes over the caller's reference); the old one lives on as long as calls pin
 * it. */
void generation_publish(struct generation *g);
bool generation_has_module(const struct generation *g, const char *name);
