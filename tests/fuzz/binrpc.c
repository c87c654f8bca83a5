/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of kamcmd's binary protocol. */
#include "modules/ctl/binrpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = { (const char *)data, size };
    struct binrpc_request q;
    struct arena arena;
    int64_t n = binrpc_frame(bytes);

    ASSERT(n <= (int64_t)size);
    arena_init(&arena, MEM_CONTROL, 1024);
    if (binrpc_read(n > 0 ? str_cut(bytes, 0, (size_t)n) : bytes, &arena, &q) == ERR_OK)
        for (size_t i = 0; i < q.n_args; i++)
            (void)value_number(&q.args[i]);
    arena_free(&arena);
    return 0;
}
