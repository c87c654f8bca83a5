/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash that chooses a call's home: FNV-1a from a secret start, then a secret multiplication. */
#pragma once
#include <stdint.h>

enum { HOME_BYTES = 128 }; /* of a Call-ID; what follows does not count */
#define HOME_STEP 0x100000001b3ULL

struct home_key {
    uint64_t start, multiplier;
};
struct home_key home_key(void);
void home_new_key(void);
