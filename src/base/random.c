/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/random.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

static struct {
    pthread_once_t once;
    atomic_uint forks; /* a child must not repeat what its parent had buffered */
} self = { .once = PTHREAD_ONCE_INIT };
static _Thread_local struct {
    unsigned char bytes[256];
    size_t left; /* unused, at the end of `bytes` */
    uint64_t even[4];
    unsigned forks;
    bool seeded, for_test;
} mine;

static void note_fork(void)
{
    atomic_fetch_add(&self.forks, 1);
}

static void watch_forks(void)
{
    atomic_store(&self.forks, 1); /* differs from the 0 of a new thread */
    ASSERT(pthread_atfork(NULL, NULL, note_fork) == 0);
}

static void from_system(void *out, size_t n)
{
    unsigned char *at = out;

    while (n) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0) {
            ASSERT(errno == EINTR);
            continue;
        }
        at += got;
        n -= (size_t)got;
    }
}

static void forget_after_fork(void)
{
    unsigned forks;

    pthread_once(&self.once, watch_forks);
    forks = atomic_load_explicit(&self.forks, memory_order_relaxed);
    if (mine.forks == forks)
        return;
    mine.forks = forks;
    mine.left = 0;
    mine.seeded = mine.for_test;
}

/* xoshiro256** by Blackman and Vigna (public domain). */
static uint64_t next_even(void)
{
    uint64_t *s = mine.even;
    uint64_t five = s[1] * 5;
    uint64_t result = (five << 7 | five >> 57) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

void random_bytes(void *out, size_t n)
{
    unsigned char *at = out;

    forget_after_fork();
    if (mine.for_test) {
        for (size_t i = 0; i < n; i++)
            at[i] = (unsigned char)(next_even() >> 56);
        return;
    }
    if (n > sizeof mine.bytes) {
        from_system(out, n);
        return;
    }
    if (n > mine.left) {
        from_system(mine.bytes, sizeof mine.bytes);
        mine.left = sizeof mine.bytes;
    }
    memcpy(out, mine.bytes + sizeof mine.bytes - mine.left, n);
    memset(mine.bytes + sizeof mine.bytes - mine.left, 0, n); /* used once */
    mine.left -= n;
}

uint64_t random_u64(void)
{
    forget_after_fork();
    if (!mine.seeded) {
        from_system(mine.even, sizeof mine.even);
        mine.seeded = true;
    }
    return next_even();
}

uint64_t random_below(uint64_t n)
{
    uint64_t unfair;

    ASSERT(n > 0);
    unfair = (0 - n) % n; /* so many values at the start would favour small results */
    for (;;) {
        uint64_t r = random_u64();

        if (r >= unfair)
            return r % n;
    }
}

void random_seed_for_test(uint64_t seed)
{
    mine.for_test = mine.seeded = true;
    mine.left = 0;
    for (size_t i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t z = seed += 0x9e3779b97f4a7c15u;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        mine.even[i] = z ^ z >> 31;
    }
}

void random_token(struct buf *b, size_t n)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";

    while (n) {
        unsigned char c;

        random_bytes(&c, 1);
        if (c >= 252) /* 7 * 36: the rest would favour the first letters */
            continue;
        buf_char(b, letters[c % 36]);
        n--;
    }
}
