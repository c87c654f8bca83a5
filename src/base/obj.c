/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/obj.h"

struct head { /* stands before the object */
    _Alignas(16) atomic_uint refs;
    enum mem account;
    void (*destroy)(void *self);
};

static struct head *head_of(const void *self)
{
    return (struct head *)(uintptr_t)self - 1;
}

void *obj_alloc(size_t n, enum mem account, void (*destroy)(void *self))
{
    struct head *h = mem_zalloc(account, sizeof *h + n);

    atomic_init(&h->refs, 1);
    h->account = account;
    h->destroy = destroy;
    return h + 1;
}

void *obj_hold(void *self)
{
    unsigned before = atomic_fetch_add_explicit(&head_of(self)->refs, 1, memory_order_relaxed);

    ASSERT(before > 0 && before < UINT32_MAX / 2);
    return self;
}

void obj_drop(void *self)
{
    struct head *h;
    unsigned before;

    if (!self)
        return;
    h = head_of(self);
    before = atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel);
    ASSERT(before > 0);
    if (before > 1)
        return;
    if (h->destroy)
        h->destroy(self);
    mem_free(h->account, h);
}

unsigned obj_refs(const void *self)
{
    return atomic_load(&head_of(self)->refs);
}
