/* SPDX-License-Identifier: BSD-2-Clause */
/* {s.sha3} and {s.keccak}: the sponge of FIPS 202, and Keccak as it was before the standard. The
 * crypto library at hand has only the first. */
#include "base/buf.h"
#include "modules/pv/transforms.h"

enum { LANES = 25, ROUNDS = 24 };

static uint64_t rotated(uint64_t v, unsigned n)
{
    return n ? v << n | v >> (64 - n) : v;
}

/* The round constants come from a linear feedback shift register (FIPS 202, 3.2.5). */
static uint64_t round_constant(unsigned round)
{
    uint64_t constant = 0;

    for (unsigned j = 0; j < 7; j++) {
        unsigned state = 1;
        for (unsigned i = 0; i < (j + 7 * round) % 255; i++)
            state = state << 1 ^ (state >> 7) * 0x171;
        if (state & 1)
            constant |= UINT64_C(1) << ((1U << j) - 1);
    }
    return constant;
}

static void theta(uint64_t *a)
{
    uint64_t column[5];

    for (size_t x = 0; x < 5; x++)
        column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (size_t i = 0; i < LANES; i++)
        a[i] ^= column[(i + 4) % 5] ^ rotated(column[(i + 1) % 5], 1);
}

static void rho_and_pi(uint64_t *a)
{
    size_t x = 1, y = 0;
    uint64_t moving = a[1];

    for (unsigned t = 0; t < 24; t++) {
        size_t next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        uint64_t there = a[x + 5 * y];
        a[x + 5 * y] = rotated(moving, (t + 1) * (t + 2) / 2 % 64);
        moving = there;
    }
}

static void chi(uint64_t *a)
{
    for (size_t y = 0; y < LANES; y += 5) {
        uint64_t row[5];
        memcpy(row, a + y, sizeof row);
        for (size_t x = 0; x < 5; x++)
            a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

static void permute(uint64_t *a)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        theta(a);
        rho_and_pi(a);
        chi(a);
        a[0] ^= round_constant(round);
    }
}

static void add_byte(uint64_t *a, size_t at, unsigned char byte)
{
    a[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

/* `bits` is 224, 256, 384 or 512; `suffix` begins the padding. */
static err_t give_sponge(struct call *c, struct str s, int64_t bits, unsigned char suffix,
                         struct value *out)
{
    uint64_t a[LANES] = { 0 };
    size_t n = (size_t)bits / 8, rate = 200 - 2 * n, at = 0;
    unsigned char digest[64];
    struct buf hex;

    for (size_t i = 0; i < s.n; i++) {
        add_byte(a, at++, (unsigned char)s.p[i]);
        if (at == rate) {
            permute(a);
            at = 0;
        }
    }
    add_byte(a, at, suffix);
    add_byte(a, rate - 1, 0x80);
    permute(a);
    for (size_t i = 0; i < n; i++)
        digest[i] = (unsigned char)(a[i / 8] >> (8 * (i % 8)));
    buf_fixed(&hex, arena_alloc(c->arena, 2 * n + 1), 2 * n + 1);
    buf_hex(&hex, (struct str){ (const char *)digest, n });
    return give_str(out, buf_str(&hex));
}

static bool is_size(int64_t bits)
{
    return bits == 224 || bits == 256 || bits == 384 || bits == 512;
}

TRANSFORM(s_sha3)
{
    int64_t bits = ((const struct int_args *)args)->n;
    return is_size(bits) ? give_sponge(c, text_in(c, in), bits, 0x06, out) : ERR_SYNTAX;
}

TRANSFORM(s_keccak)
{
    int64_t bits = ((const struct int_args *)args)->n;
    return is_size(bits) ? give_sponge(c, text_in(c, in), bits, 0x01, out) : ERR_SYNTAX;
}
