/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of load balancers. The first byte says which kinds are taken. What is found of the whole
 * must not be found differently in a part of it: that may only lack bytes. */
#include "net/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header whole, part;
    enum proxy_found found, earlier;
    struct str in;

    if (size < 1)
        return 0;
    in = (struct str){ (const char *)data + 1, size - 1 };
    found = proxy_header_read(in, data[0] & 3U, &whole);
    ASSERT(whole.used <= in.n);
    ASSERT((found == PROXY_BAD) == (whole.why != NULL));
    ASSERT((found == PROXY_TOLD) == addr_is_set(&whole.client));
    for (size_t n = 0; n < in.n && n < 300; n++) {
        earlier = proxy_header_read(str_cut(in, 0, n), data[0] & 3U, &part);
        ASSERT(earlier == PROXY_MORE || earlier == found);
        ASSERT(earlier != PROXY_TOLD || part.used == whole.used);
    }
    return 0;
}
