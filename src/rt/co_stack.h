/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of stacks: many in one mapping, the lowest page of each a guard. */
#pragma once
#include "rt/state.h"

/* Bytes of a stack of this class, guard page included. */
size_t co_stack_bytes(unsigned size_class);
/* A stack never used before, with its cleared struct co at the top. */
struct co *co_stack_new(struct co_class *c, unsigned size_class, unsigned serial);
void *co_stack_low(const struct co *co);
/* Called when a coroutine has ended on its stack: now and then measures how deep it went, and gives
 * memory back when many stacks lie idle. */
void co_stack_used(struct co_pool *p, struct co *co);
/* Measures all stacks that are pooled or suspended, and the running one. */
void co_stack_measure(struct co_pool *p);
void co_stack_free_all(struct co_class *c);
