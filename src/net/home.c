/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which worker is a call's home. The hash is simple enough for a BPF program to compute it alike
 * (see docs/adr). It need not resist floods of colliding Call-IDs beyond being keyed: who wants to
 * load a single worker can send everything under one Call-ID anyway.
 */
#include "net/home.h"
#include "base/random.h"
#include "net/net.h"

static struct {
    struct home_key key;
} self;

struct home_key home_key(void)
{
    return self.key;
}

void home_new_key(void)
{
    random_bytes(&self.key, sizeof self.key);
    self.key.multiplier |= 1;
}

uint64_t home_hash(struct str call_id)
{
    uint64_t h = self.key.start;
    size_t n = call_id.n < HOME_BYTES ? call_id.n : HOME_BYTES;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)call_id.p[i]) * HOME_STEP;
    h ^= h >> 32;
    h *= self.key.multiplier;
    h ^= h >> 29;
    return h ? h : 1;
}
