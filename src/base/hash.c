/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-1-3 (Aumasson and Bernstein), one round per word and three at the end; XXH3. */
#include "base/hash.h"
#include "base/random.h"
#include <pthread.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static struct {
    pthread_once_t once;
    uint64_t key[2];
} self = { .once = PTHREAD_ONCE_INIT };

static void choose_key(void)
{
    random_bytes(self.key, sizeof self.key);
}

void hash_set_key(uint64_t k0, uint64_t k1)
{
    pthread_once(&self.once, choose_key);
    self.key[0] = k0;
    self.key[1] = k1;
}

static inline uint64_t rotl(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void round_of(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

/* Sets bit 5 of each byte of `w` that is in A … Z. */
static inline uint64_t lower(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    uint64_t low7 = w & ~high;
    uint64_t from_a = low7 + (0x80 - 'A') * ones;
    uint64_t past_z = low7 + (0x7f - 'Z') * ones;

    return w | ((from_a & ~past_z & ~w & high) >> 2);
}

static inline uint64_t siphash(struct str s, bool fold)
{
    uint64_t v[4], w, last = (uint64_t)s.n << 56;
    const char *p = s.p;
    size_t left = s.n;

    pthread_once(&self.once, choose_key);
    v[0] = self.key[0] ^ 0x736f6d6570736575u;
    v[1] = self.key[1] ^ 0x646f72616e646f6du;
    v[2] = self.key[0] ^ 0x6c7967656e657261u;
    v[3] = self.key[1] ^ 0x7465646279746573u;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&w, p, 8);
        w = fold ? lower(w) : w;
        v[3] ^= w;
        round_of(v);
        v[0] ^= w;
    }
    w = 0;
    if (left)
        memcpy(&w, p, left);
    w = fold ? lower(w) : w;
    last |= w;
    v[3] ^= last;
    round_of(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    round_of(v);
    round_of(v);
    round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_keyed(struct str s)
{
    return siphash(s, false);
}

uint64_t hash_keyed_icase(struct str s)
{
    return siphash(s, true);
}

uint64_t hash_fast(struct str s)
{
    return XXH3_64bits(s.n ? s.p : "", s.n);
}

/* Adds a text to a running hash, four bytes at a time, most significant first. Bytes count as
 * signed, as in the peers whose hashes these must equal. */
static uint32_t core_word(const char *p, size_t n)
{
    uint32_t word = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t byte = (unsigned char)p[i];
        word = (word << 8) + (byte < 0x80 ? byte : byte - 0x100);
    }
    return word;
}

static uint32_t core_add(uint32_t hash, struct str s)
{
    size_t i = 0;
    uint32_t word;

    for (; i + 4 <= s.n; i += 4) {
        word = core_word(s.p + i, 4);
        hash += word ^ word >> 3;
    }
    if (i == s.n)
        return hash;
    word = core_word(s.p + i, s.n - i);
    return hash + (word ^ word >> 3);
}

uint32_t hash_core(struct str a, struct str b)
{
    uint32_t hash = core_add(core_add(0, a), b);

    return hash + (hash >> 11) + (hash >> 13) + (hash >> 23);
}
