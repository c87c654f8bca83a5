/* SPDX-License-Identifier: BSD-2-Clause */
/* Contact records: one block of memory each, texts packed behind the numbers. */
#include "base/clock.h"
#include "modules/usrloc/inner.h"
#include "rt/worker.h"
#include <unistd.h>

int32_t contact_methods(unsigned mask)
{
    const unsigned known = METHOD_BIT(METHOD_PUBLISH + 1) - METHOD_BIT(METHOD_INVITE);

    return (int32_t)((mask & known) >> METHOD_INVITE) |
           (mask & ~known ? 1 << (METHOD_PUBLISH - METHOD_INVITE + 1) : 0);
}

struct contact *contact_new(const struct contact_info *info)
{
    size_t bytes = 0, at = 0;
    struct contact *c;

    for (size_t i = 0; i < CONTACT_TEXTS; i++)
        bytes += info->text[i].n;
    ASSERT(bytes <= UINT16_MAX);
    c = obj_alloc(sizeof *c + bytes, MEM_LOCATION, NULL);
    c->socket = info->socket;
    c->connection = info->connection;
    c->expires = info->expires;
    c->modified = (uint32_t)info->modified;
    c->cseq = info->cseq;
    c->flags = info->flags;
    c->cflags = info->cflags;
    c->methods = info->methods;
    c->reg_id = info->reg_id;
    c->server_id = info->server_id;
    c->q = info->q;
    atomic_init(&c->last_keepalive, (unsigned)info->modified);
    atomic_init(&c->state, (unsigned char)info->state);
    for (size_t i = 0; i < CONTACT_TEXTS; i++) {
        if (info->text[i].n)
            memcpy(c->bytes + at, info->text[i].p, info->text[i].n);
        at += info->text[i].n;
        c->end[i] = (uint16_t)at;
    }
    return c;
}

struct str contact_text(const struct contact *c, enum contact_text which)
{
    size_t from = which ? c->end[which - 1] : 0;

    return (struct str){ c->bytes + from, c->end[which] - from };
}

struct str contact_socket_text(const struct contact *c)
{
    struct str text = contact_text(c, CONTACT_SOCKET);

    if (text.n == 0 && c->socket)
        return c->socket->text;
    return text;
}

void contact_read(const struct contact *c, struct contact_info *out)
{
    for (size_t i = 0; i < CONTACT_TEXTS; i++)
        out->text[i] = contact_text(c, (enum contact_text)i);
    out->socket = c->socket;
    out->connection = c->connection;
    out->expires = c->expires;
    out->modified = c->modified;
    out->cseq = c->cseq;
    out->flags = c->flags;
    out->cflags = c->cflags;
    out->methods = c->methods;
    out->reg_id = c->reg_id;
    out->server_id = c->server_id;
    out->q = c->q;
    out->state = (enum contact_state)atomic_load(&((struct contact *)(uintptr_t)c)->state);
}

bool contact_is_expired(const struct contact *c, int64_t now_unix)
{
    return c->expires != 0 && c->expires <= now_unix;
}

void contact_make_ruid(struct buf *b)
{
    struct usrloc_self *self = &usrloc_self;
    long long start = atomic_load_explicit(&self->ruid_start, memory_order_relaxed), none = 0;

    if (!start) {
        start = clock_unix();
        if (!atomic_compare_exchange_strong(&self->ruid_start, &none, start))
            start = none;
    }
    buf_fmt(b, "uloc-%llx-%x-%x", (unsigned long long)start, (unsigned)getpid(),
            atomic_fetch_add(&self->ruid_serial, 1) + 1);
}

void contact_list_drop(struct contact_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        obj_drop(list->at[i]);
    list->n = 0;
}
