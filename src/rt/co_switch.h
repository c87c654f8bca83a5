/* SPDX-License-Identifier: BSD-2-Clause */
/* The bare change of stacks: assembly where we have it (co_switch.S), else ucontext. */
#pragma once
#include <stddef.h>

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(RT_UCONTEXT)
#define RT_ASSEMBLY 1
#endif

/* Saves what the calling convention asks for, stores the stack pointer in *save, goes on at `load`.
 */
void co_switch(void **save, void *load);
/* Prepares the stack that ends at `top` so that switching to the result calls entry(), which must
 * not return. `low` is its lowest usable byte. */
void *co_switch_prepare(void *low, void *top, void (*entry)(void));
