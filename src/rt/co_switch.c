/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/co_switch.h"
#include "base/err.h"
#include <stdint.h>
#include <string.h>

#ifdef RT_ASSEMBLY
enum {
#ifdef __x86_64__
    SAVED = 6, /* registers, under the address to go on at */
    ENTRY_AT = 6,
#else
    SAVED = 20,    /* x19 … x30, d8 … d15 */
    ENTRY_AT = 11, /* x30 */
#endif
};

void *co_switch_prepare(void *low, void *top, void (*entry)(void))
{
    uintptr_t *sp = (uintptr_t *)((uintptr_t)top & ~(uintptr_t)15);

    (void)low;
    /* Two more words: on x86-64 where to go on, and above it, where entry() expects its return
     * address, 0; so that the stack is aligned as after a call. */
    sp -= SAVED + 2;
    memset(sp, 0, (SAVED + 2) * sizeof *sp);
    sp[ENTRY_AT] = (uintptr_t)entry;
    return sp;
}
#else
#include <ucontext.h>

/* A ucontext lives on the stack that it describes. */
void *co_switch_prepare(void *low, void *top, void (*entry)(void))
{
    uintptr_t at = ((uintptr_t)top - sizeof(ucontext_t)) & ~(uintptr_t)63;
    ucontext_t *u = (ucontext_t *)at;

    getcontext(u);
    u->uc_stack.ss_sp = low;
    u->uc_stack.ss_size = at - (uintptr_t)low;
    u->uc_link = NULL;
    makecontext(u, entry, 0);
    return u;
}

void co_switch(void **save, void *load)
{
    ucontext_t here;

    *save = &here;
    ASSERT(swapcontext(&here, load) == 0);
}
#endif
