/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream framing. The first byte says into which pieces the rest is cut; what is found must be the
 * same as when it comes whole. */
#include "net/frame.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct frame_limits limits = { .message = 20000, .http = true };

static uint64_t mix(uint64_t h, uint64_t n)
{
    return (h ^ n) * 0x100000001b3ULL;
}

static uint64_t read_in_steps(struct str in, size_t step)
{
    struct framer f = { 0 };
    uint64_t found = 0;
    size_t taken = 0;

    for (size_t at = step < in.n ? step : in.n;; at = at + step < in.n ? at + step : in.n) {
        enum frame_kind kind;
        struct frame frame;

        while ((kind = frame_next(&f, str_cut(in, taken, at), &limits, &frame)) != FRAME_MORE) {
            found = mix(mix(mix(found, kind), taken), frame.bytes.n);
            if (kind >= FRAME_OVERSIZE)
                return found;
            ASSERT(frame.used > 0 && frame.used <= at - taken);
            ASSERT(frame.bytes.n <= frame.used);
            taken += frame.used;
        }
        if (at == in.n)
            return mix(found, taken);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in;
    uint64_t whole;

    if (size < 2)
        return 0;
    in = (struct str){ (const char *)data + 1, size - 1 };
    whole = read_in_steps(in, in.n);
    ASSERT(read_in_steps(in, 1 + data[0]) == whole);
    ASSERT(size > 4096 || read_in_steps(in, 1) == whole);
    return 0;
}
