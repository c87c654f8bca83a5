/* SPDX-License-Identifier: BSD-2-Clause */
/* Numeric addresses and ranges: what is read can be written and read again. */
#include "base/net_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size };
    struct addr a, again;
    struct addr_range range;

    if (addr_parse(text, 5060, &a) == ERR_OK) {
        char space[64];
        struct buf b;

        buf_fixed(&b, space, sizeof space);
        addr_print_ip(&b, &a, true);
        ASSERT(!b.overflow);
        ASSERT(addr_parse(buf_str(&b), 5060, &again) == ERR_OK);
        ASSERT(addr_eq(&a, &again) && addr_hash(&a) == addr_hash(&again));
    }
    if (addr_range_parse(text, &range) == ERR_OK)
        ASSERT(addr_range_has(&range, &range.base));
    return 0;
}
