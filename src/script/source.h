/* SPDX-License-Identifier: BSD-2-Clause */
/* Where things stand: files that were read, places in them, and how they came to be read. */
#pragma once
#include "base/arena.h"

struct source;
struct macro;

/* A place: line and column from 1, columns count bytes. `source` NULL: the command line. */
struct place {
    const struct source *source;
    uint32_t line, col;
    uint32_t width;            /* bytes the caret covers, at least 1 */
    const struct macro *macro; /* what stands there came out of this define; NULL: written there */
};

struct source {
    struct str name; /* as it was opened */
    struct str text;
    struct place included; /* the directive; its source is NULL for the main file */
};

struct macro {
    struct macro *next; /* in its hash bucket */
    struct str name, value;
    bool has_value; /* `#!define X` alone makes X vanish where it stands */
    bool active;    /* being expanded: not expanded again inside itself */
    struct place at;
};

/* The line of a place without its line end; empty when there is no source. */
struct str source_line(const struct place *p);
