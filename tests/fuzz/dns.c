/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of name servers; the first byte chooses the type that was asked for. */
#include "net/dns_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR, DNS_TXT, DNS_PTR };
    struct dns_answer *a;

    if (size < 1)
        return 0;
    a = dns_answer_new(ERR_OK);
    (void)!dns_read_reply((struct str){ (const char *)data + 1, size - 1 },
                          types[data[0] % (sizeof types / sizeof *types)], a);
    for (size_t i = 0; i < a->n; i++)
        ASSERT(a->records[i].target.n < 256);
    obj_drop(a);
    return 0;
}
