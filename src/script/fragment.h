/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of script that stand in another file than the configuration and are compiled along with
 * it, with its modules, defines and flags: what a test checks, and what its stubs do. They are
 * given in load_options; what is wrong with them is told like a fault of the configuration.
 */
#pragma once
#include "script/program.h"
#include "script/source.h"

struct block;
struct fragment {
    struct place at; /* in the other file */
    struct str text;
    bool statements; /* else one expression */
    bool value;      /* its value is wanted, whatever it is: `left` gives it */
    /* Made by program_load; they live as long as the generation. */
    const struct block *code;
    const struct block *left, *right; /* of a comparison, where it is no constant; `left` of what is
                                         no comparison: its value, where asking has no effect */
};

/* On the coroutine of `c`. Whether the expression is true, as `if` sees it; $rc stays what it was.
 */
bool fragment_is_true(struct call *c, const struct fragment *f);
/* Runs the statements; the code they return. They may suspend. */
int fragment_run(struct call *c, const struct fragment *f);
/* What one side of a comparison is; false: not known. */
bool fragment_left(struct call *c, const struct fragment *f, struct value *out);
bool fragment_right(struct call *c, const struct fragment *f, struct value *out);
