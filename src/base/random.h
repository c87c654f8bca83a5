/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers: unguessable (tags, branches, nonces, keys) and merely even (jitter, choices). */
#pragma once
#include "base/buf.h"

/* From the system's generator, buffered per thread. */
void random_bytes(void *out, size_t n);
/* An even, fast, guessable number; random_below(n) is 0 … n-1. */
uint64_t random_u64(void);
uint64_t random_below(uint64_t n);
/* Makes this thread's random_u64, and random_bytes too, repeat themselves; only for tests. */
void random_seed_for_test(uint64_t seed);
/* Adds `n` unguessable characters of [0-9a-z]. */
void random_token(struct buf *b, size_t n);
