/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference-counted objects. obj_new gives one reference to the caller; obj_drop of the last one
 * calls the destructor, then frees. Counting is atomic; what the object holds is not protected.
 *
 *     struct listener *ln = obj_new(struct listener, MEM_NET, listener_close);
 */
#pragma once
#include "base/mem.h"
#include <stdatomic.h>

void *obj_alloc(size_t n, enum mem account, void (*destroy)(void *self))
    __attribute__((malloc, returns_nonnull));
/* Cleared memory for one `type`; `destroy` (may be NULL) releases what it owns, not itself. */
#define obj_new(type, account, destroy) ((type *)obj_alloc(sizeof(type), (account), (destroy)))
/* One more reference; returns its argument. */
void *obj_hold(void *self);
/* One reference less; NULL is fine. */
void obj_drop(void *self);
/* For tests and for asserting that nobody else looks. */
unsigned obj_refs(const void *self);
