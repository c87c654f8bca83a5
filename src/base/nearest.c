/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/nearest.h"
#include <ctype.h>

enum { NAME_LIMIT = 64 }; /* longer names are not compared */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Three rows of the table of distances between the beginnings of both names. */
static unsigned distance(struct str a, struct str b)
{
    unsigned rows[3][NAME_LIMIT + 1];

    for (unsigned j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            now[j] = last[j - 1] + !same(a.p[i - 1], b.p[j - 1]);
            now[j] = least(now[j], least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a.p[i - 1], b.p[j - 2]) && same(a.p[i - 2], b.p[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

void nearest_begin(struct nearest *n, struct str wanted)
{
    *n = (struct nearest){ .wanted = wanted };
    n->distance = (wanted.n < 6 ? 1 : (unsigned)least((unsigned)wanted.n, NAME_LIMIT) / 3) + 1;
}

void nearest_offer(struct nearest *n, struct str name)
{
    unsigned d;

    if (name.n > NAME_LIMIT || n->wanted.n > NAME_LIMIT || name.n == 0)
        return;
    d = distance(n->wanted, name);
    if (d >= n->distance)
        return;
    n->best = name;
    n->distance = d;
}
