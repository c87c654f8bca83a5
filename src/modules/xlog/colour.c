/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/xlog/colour.h"

static const char letters[] = "srgybpcw"; /* black, red, green, yellow, blue, purple, cyan, white */
enum { LETTERS = sizeof letters - 1, NONE = 2 * LETTERS, KINDS = NONE + 1 };

/* One object per pair; its place in the table says which. */
struct colour {
    char unused;
};
static const struct colour table[KINDS * KINDS];

/* 0 … 7 plain, 8 … 15 bold, 16 the default. */
static int kind_of(char c)
{
    bool capital = c >= 'A' && c <= 'Z';
    const char *at = memchr(letters, capital ? c + 32 : c, LETTERS);

    if (at)
        return (int)(at - letters) + (capital ? LETTERS : 0);
    return c == 'x' || c == 'X' ? NONE : -1;
}

const struct colour *colour_find(struct str s)
{
    int front, back;

    if (s.n != 2)
        return NULL;
    front = kind_of(s.p[0]);
    back = kind_of(s.p[1]);
    return front < 0 || back < 0 ? NULL : &table[front * KINDS + back];
}

struct str colour_sequence(const struct colour *c, struct arena *a)
{
    int place = (int)(c - table), front = place / KINDS, back = place % KINDS;
    char f[16] = "", b[16] = "";
    struct buf one, two;

    buf_fixed(&one, f, sizeof f);
    buf_fixed(&two, b, sizeof b);
    if (front != NONE)
        buf_fmt(&one, "%s3%d", front >= LETTERS ? ";1;" : ";", front % LETTERS);
    if (back != NONE)
        buf_fmt(&two, ";4%d", back % LETTERS);
    return arena_fmt(a, "\033[0" STR_FMT STR_FMT "m", STR_ARG(buf_str(&one)),
                     STR_ARG(buf_str(&two)));
}
