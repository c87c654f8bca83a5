/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All modules this process knows: those linked in, and those opened from shared objects. Look-up
 * by name; the check of every table for what C cannot check (names unique, defaults readable).
 */
#pragma once
#include "module/module.h"

/* The modules linked into the binary (generated at build time from src/modules), NULL-terminated.
 */
extern const struct module *const linked_modules[];

/* Makes a list of linked-in modules known; once, at start. Faults of the tables end the process. */
void registry_init(const struct module *const *modules);
/* Finds a module by the name a configuration gives ("tm", "tm.so", "/path/tm.so"); opens the shared
 * object `<dir>/<name>.so` from the search path when it is not known. ERR_NOT_FOUND; `why`. */
err_t registry_find(struct str name, struct str search_path, const struct module **out,
                    struct buf *why) MUST_USE;
/* Makes a module known in place of any other of its name, for configurations that are read from now
 * on: `tandem test` stands in for modules that are not there. It must live as long as the process;
 * faults of its tables are lines in `why`. */
err_t registry_stand_in(const struct module *m, struct buf *why) MUST_USE;
/* Opens all modules of the search path, for what tells of all of them; what cannot be opened is a
 * line in `why`. */
void registry_open_all(struct str search_path, struct buf *why);
/* Gives the module its slot and its statistics; idempotent. */
void registry_activate(const struct module *m);
/* All known modules by number; NULL behind the last. For look-ups ("needs loadmodule"), --describe,
 * and generated manuals. */
const struct module *registry_at(size_t i);
/* How many slots there are: size of a generation's table of configurations. */
unsigned registry_slots(void);

/* Checks one module's tables; each fault is a line in `why`; returns how many. */
size_t module_check(const struct module *m, struct buf *why);
