/* SPDX-License-Identifier: BSD-2-Clause */
/* $shv: variables that all workers share. A lock per name's shard, never held while anything waits.
 */
#pragma once
#include "modules/pv/pv.h"

struct shared_vars *shared_vars_new(void);
void shared_vars_free(struct shared_vars *s); /* NULL is fine */
/* "name=i:5" or "name=s:text", as the parameters shvset and varset take it. */
bool assignment_ok(struct str text);
err_t assignment_read(struct str text, struct str *name, struct value *value) MUST_USE;
void shared_vars_assign(struct shared_vars *s, struct str text);

/* Names of variables never go away, so a pointer to one may be kept. */
struct shared_var *shared_var_of(struct shared_vars *s, struct str name);
struct value shared_var_get(struct shared_var *v, struct arena *a);
void shared_var_set(struct shared_var *v, const struct value *in);
void shared_vars_each(struct shared_vars *s,
                      void (*fn)(struct str name, struct shared_var *v, void *arg), void *arg);

GETTER(get_shared);
SETTER(set_shared);
GETTER(get_shared_increased); /* $shvinc: adds one first */
