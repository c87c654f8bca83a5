/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching and changing a compiled configuration from outside, for tests: what runs is told, and
 * functions are replaced. The code itself is changed, so that a server that is not watched pays
 * nothing; a process that does this serves nobody else (`tandem test` does it in a child process).
 */
#pragma once
#include "core/call.h"
#include "script/state.h"

/* Stands in place of the first instruction of a line. */
struct trap {
    struct code original;
    const struct block *block;
    unsigned line;
    bool first; /* of its block */
    unsigned number;
    void (*fn)(struct call *c, const struct trap *t);
};

/* Lets fn be told of each line of each route block, before it runs. Returns how many lines there
 * are; traps are numbered from 0. */
unsigned program_trap_lines(struct generation *g, void (*fn)(struct call *c, const struct trap *t));
/* The lines that program_trap_lines would find, in its order; NULL behind the last. */
const struct block *program_line(const struct generation *g, unsigned number, unsigned *line);

/* Calls of the function `name` run `instead` from now on, with the same arguments; a function may
 * be replaced once. Returns how many calls there are. */
size_t program_replace_function(struct generation *g, struct str name,
                                int (*instead)(struct call *c, const void *args));
/* By its name or one that older configurations use. */
bool func_is_named(const struct func *f, struct str name);
/* Each call that stands in a route block. */
void program_each_call(const struct generation *g, void (*fn)(const struct call_site *s, void *arg),
                       void *arg);
/* Within the `run` of a function that stands in for another: that one. */
const struct func *script_call_original(const struct call *c);
/* The call that is running now: within the `run` of a function. */
const struct call_site *script_call_site(const struct call *c);
/* What the ith argument of the running call is, as text in the call's arena; false: no such one. */
bool script_call_argument(struct call *c, const void *args, size_t i, struct str *out);

/* For vm.c. */
const struct code *trap_spring(struct call *c, const struct trap *t);
static inline const struct code *trap_original(const struct code *k)
{
    return k->op == CODE_TRAP ? &((const struct trap *)k->p)->original : k;
}
