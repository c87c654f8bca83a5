/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON-RPC requests from any client. */
#include "control/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jsonrpc_reply reply = { 0 };
    struct arena arena;
    struct buf out;

    arena_init(&arena, MEM_CONTROL, 1024);
    buf_init(&out, MEM_CONTROL);
    jsonrpc_run((struct str){ (const char *)data, size }, size & 3, &arena, &out, &reply);
    ASSERT(out.n > 0);
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
