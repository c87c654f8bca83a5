/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include <inttypes.h>
#include <stdio.h>

void buf_init(struct buf *b, enum mem account)
{
    *b = (struct buf){ .account = account };
}

void buf_fixed(struct buf *b, char *space, size_t cap)
{
    *b = (struct buf){ .p = space, .cap = cap, .fixed = true };
}

void buf_free(struct buf *b)
{
    if (b->fixed)
        return;
    mem_free(b->account, b->p);
    buf_init(b, b->account);
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->overflow)
        return NULL;
    if (n > b->cap - b->n || !b->p) {
        size_t cap = b->cap ? b->cap * 2 : 64;

        if (b->fixed) {
            b->overflow = true;
            return NULL;
        }
        ASSERT(n < SIZE_MAX / 4);
        while (cap - b->n < n)
            cap *= 2;
        b->p = mem_realloc(b->account, b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, struct str s)
{
    char *room = buf_room(b, s.n);

    if (!room || s.n == 0)
        return;
    memcpy(room, s.p, s.n);
    b->n += s.n;
}

void buf_addz(struct buf *b, const char *z)
{
    buf_add(b, str_of(z));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, (struct str){ &c, 1 });
}

void buf_int(struct buf *b, int64_t n)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        *--at = '-';
    buf_add(b, (struct str){ at, (size_t)(digits + sizeof digits - at) });
}

void buf_vfmt(struct buf *b, const char *format, va_list ap)
{
    char space[512], *long_text;
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(space, sizeof space, format, ap);
    ASSERT(n >= 0);
    if ((size_t)n < sizeof space) {
        buf_add(b, (struct str){ space, (size_t)n });
    } else {
        long_text = mem_alloc(b->account, (size_t)n + 1);
        vsnprintf(long_text, (size_t)n + 1, format, again);
        buf_add(b, (struct str){ long_text, (size_t)n });
        mem_free(b->account, long_text);
    }
    va_end(again);
}

void buf_fmt(struct buf *b, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    buf_vfmt(b, format, ap);
    va_end(ap);
}

void buf_hex(struct buf *b, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *room = buf_room(b, bytes.n * 2);

    if (!room)
        return;
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];

        *room++ = digits[c >> 4];
        *room++ = digits[c & 15];
    }
    b->n += bytes.n * 2;
}
