/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that may be changed while the server runs: core and module parameters marked so in their
 * tables, and those a configuration declares itself (`group.name = value`). Read by cfg.get,
 * @cfg_get and $sel(cfg_get...), changed by cfg.set.
 *
 * Groups: "core", "tcp" (core parameters that begin with tcp_, named without it), the names of
 * modules ("dbg" is debugger), and those declared. A reload brings back what the files say.
 *
 * An instance of a group, "group[7]", has the group's values until some of its own are set; scripts
 * read it after cfg_select().
 */
#pragma once
#include "core/generation.h"

struct cfg_item {
    struct str group, name;
    struct str doc;
    enum value_type type; /* VALUE_INT or VALUE_STR */
    bool read_only;
    int64_t min, max; /* when max > min */
};

/* Calls fn for each of the current generation; the texts are valid during the call. */
void cfg_each(void (*fn)(const struct cfg_item *item, void *arg), void *arg);
/* ERR_NOT_FOUND. `out` may be NULL. */
err_t cfg_find(struct str group, struct str name, struct cfg_item *out);
/* A value, its text in `a`. ERR_NOT_FOUND. Does not suspend. */
err_t cfg_get(struct str group, struct str name, struct arena *a, struct value *out) MUST_USE;
/* Changes it at once in all workers; `why` says what was expected. ERR_NOT_FOUND, ERR_TYPE,
 * ERR_RANGE; ERR_UNSUPPORTED: it cannot change while running. */
err_t cfg_set(struct str group, struct str name, const struct value *v, struct buf *why) MUST_USE;
/* The group of a module's parameters. */
struct str cfg_group_of_module(const struct module *m);
/* Makes an instance; harmless when there is one. ERR_SYNTAX: not group[id]; ERR_NOT_FOUND: no such
 * group. Forgetting one takes its values along; ERR_NOT_FOUND. */
err_t cfg_add_instance(struct str instance) MUST_USE;
err_t cfg_remove_instance(struct str instance) MUST_USE;
bool cfg_has_instance(struct str instance);
/* Back to what the configuration says; in an instance, to what its group says. ERR_NOT_FOUND. */
err_t cfg_reset(struct str group, struct str name, struct buf *why) MUST_USE;

/* Passes what the floors below need of a generation that has become current on to them. */
void cfg_adopt(const struct core_conf *conf);

/* The declared ones of a generation that becomes current (script/program.h has them); a value that
 * was changed at run time stays unless its declaration changed. Texts are copied. */
void cfg_declare_begin(void);
void cfg_declare(struct str group, struct str name, const struct value *v, struct str doc);
void cfg_declare_end(void); /* forgets those not declared since the begin */
