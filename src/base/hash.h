/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes for tables in memory. Keyed where a peer may choose the key, fast elsewhere. */
#pragma once
#include "base/str.h"

/* SipHash-1-3 with the process's secret key. */
uint64_t hash_keyed(struct str s);
/* The same for letters of either case. */
uint64_t hash_keyed_icase(struct str s);
/* For keys that no peer chooses. */
uint64_t hash_fast(struct str s);
/* The hash of `a` and then `b` that the configuration language shows (core_hash(), {s.corehash}):
 * the same text has given the same number in every version of the peers, so routing by it may go
 * on. */
uint32_t hash_core(struct str a, struct str b);
/* Sets the process's key; only for tests, which want the same spread in each run. */
void hash_set_key(uint64_t k0, uint64_t k1);
