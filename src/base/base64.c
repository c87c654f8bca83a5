/* SPDX-License-Identifier: BSD-2-Clause */
/* Base 64 (RFC 4648). */
#include "base/base64.h"

static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char letter_of(unsigned six, unsigned flags)
{
    if (six < 62)
        return common[six];
    return flags & BASE64_URL ? "-_"[six - 62] : "+/"[six - 62];
}

void base64_encode(struct buf *out, struct str bytes, unsigned flags)
{
    unsigned held = 0, bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        held = held << 8 | (unsigned char)bytes.p[i];
        for (bits += 8; bits >= 6; n++) {
            bits -= 6;
            buf_char(out, letter_of(held >> bits & 63, flags));
        }
    }
    if (bits) {
        buf_char(out, letter_of(held << (6 - bits) & 63, flags));
        n++;
    }
    for (; flags & BASE64_PADDING && n % 4; n++)
        buf_char(out, '=');
}

static int digit_of(char ch, unsigned flags)
{
    const char *at = ch ? strchr(common, ch) : NULL;

    if (at)
        return (int)(at - common);
    if (ch == (flags & BASE64_URL ? '-' : '+'))
        return 62;
    return ch == (flags & BASE64_URL ? '_' : '/') ? 63 : -1;
}

err_t base64_decode(struct buf *out, struct str text, unsigned flags)
{
    unsigned bits = 0, held = 0;

    if (flags & BASE64_PADDING && text.n % 4)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        int digit = digit_of(text.p[i], flags);
        if (digit < 0)
            return ERR_SYNTAX;
        held = held << 6 | (unsigned)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_char(out, (char)(held >> bits & 0xff));
        }
    }
    return ERR_OK;
}
