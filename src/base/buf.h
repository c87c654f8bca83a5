/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds text or bytes. Growing (buf_init) or in a fixed space (buf_fixed), where the first piece
 * that does not fit sets `overflow` and nothing further is added: look once, at the end.
 */
#pragma once
#include "base/mem.h"
#include <stdarg.h>

struct buf {
    char *p;
    size_t n, cap;
    bool fixed, overflow;
    enum mem account;
};

void buf_init(struct buf *b, enum mem account);
void buf_fixed(struct buf *b, char *space, size_t cap);
void buf_free(struct buf *b); /* nothing to do for a fixed one; may be called twice */

void buf_add(struct buf *b, struct str s);
void buf_addz(struct buf *b, const char *z);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t n);
void buf_fmt(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *format, va_list ap);
/* `bytes` in lower-case hexadecimal digits. */
void buf_hex(struct buf *b, struct str bytes);
/* Room for `n` bytes at the end, to be written by the caller and then counted with b->n += used;
 * NULL in a fixed buffer without that room. */
char *buf_room(struct buf *b, size_t n);

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){ b->p, b->n };
}
static inline void buf_clear(struct buf *b)
{
    b->n = 0;
    b->overflow = false;
}
