/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/uac/coding.h"

enum { CODE_MAX = 4096 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void mix(unsigned char *text, size_t n, struct str with)
{
    for (size_t i = 0; i < n && i < with.n; i++)
        text[i] ^= (unsigned char)with.p[i];
}

static void mix_password(unsigned char *text, size_t n, struct str password)
{
    for (size_t i = 0; password.n && i < n; i++)
        text[i] ^= (unsigned char)password.p[i % password.n];
}

static struct str to_base64(const unsigned char *text, size_t n, struct arena *a)
{
    char *out = arena_alloc(a, (n + 2) / 3 * 4);
    size_t at = 0;

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned three = (unsigned)text[i] << 16 | (left > 1 ? (unsigned)text[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)text[i + 2] : 0);

        out[at++] = digits[three >> 18];
        out[at++] = digits[three >> 12 & 63];
        out[at++] = left > 1 ? digits[three >> 6 & 63] : '-';
        out[at++] = left > 2 ? digits[three & 63] : '-';
    }
    return (struct str){ out, at };
}

static int digit(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static err_t from_base64(struct str code, unsigned char *out, size_t *n)
{
    size_t at = 0;

    while (code.n && code.p[code.n - 1] == '-')
        code.n--;
    if (code.n % 4 == 1)
        return ERR_SYNTAX;
    for (size_t i = 0; i < code.n; i += 4) {
        size_t left = code.n - i < 4 ? code.n - i : 4;
        unsigned three = 0;

        for (size_t k = 0; k < 4; k++) {
            int d = k < left ? digit(code.p[i + k]) : 0;

            if (d < 0)
                return ERR_SYNTAX;
            three = three << 6 | (unsigned)d;
        }
        for (size_t k = 0; k + 1 < left; k++)
            out[at++] = (unsigned char)(three >> (16 - 8 * k) & 255);
    }
    *n = at;
    return ERR_OK;
}

struct str uris_encode(struct str one, struct str other, struct str password, struct arena *a)
{
    size_t n = one.n > other.n ? one.n : other.n;
    unsigned char *text = arena_zalloc(a, n + 1);

    mix(text, n, one);
    mix(text, n, other);
    mix_password(text, n, password);
    return to_base64(text, n, a);
}

err_t uris_decode(struct str code, struct str one, struct str password, struct arena *a,
                  struct str *other)
{
    unsigned char *text;
    size_t n;

    if (code.n == 0 || code.n > CODE_MAX)
        return ERR_SYNTAX;
    text = arena_alloc(a, code.n + 1);
    if (from_base64(code, text, &n) || one.n > n)
        return ERR_SYNTAX;
    mix_password(text, n, password);
    mix(text, n, one);
    while (n && !text[n - 1])
        n--;
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '<' || text[i] == '>')
            return ERR_SYNTAX;
    if (!n)
        return ERR_SYNTAX;
    *other = (struct str){ (char *)text, n };
    return ERR_OK;
}
