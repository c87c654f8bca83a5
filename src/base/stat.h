/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and gauges: one slot per thread, summed when read; adding costs one plain store. */
#pragma once
#include "base/str.h"

struct stat_decl {
    const char *group; /* "core", "tmx", "usrloc" … as the RPC names it */
    const char *name;
    const char *doc;
    bool gauge;            /* may go down; else a counter */
    int64_t (*read)(void); /* computed when asked for; NULL: the slots are summed */
};

/* Registers a table ended by a NULL name; returns the id of its first row. Before threads start or
 * under the load lock; registering the same table again returns the same id. */
unsigned stat_register(const struct stat_decl *table);
void stat_add(unsigned id, int64_t n);
int64_t stat_read(unsigned id);
void stat_reset(unsigned id); /* reading starts from 0 again; gauges ignore it */
/* Walks all rows in order of registration. */
unsigned stat_count(void);
const struct stat_decl *stat_at(unsigned id);
unsigned stat_find(struct str group, struct str name); /* UINT32_MAX when there is none */
