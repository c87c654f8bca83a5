/* SPDX-License-Identifier: BSD-2-Clause */
/* Session descriptions: slices lie in the text. */
#include "sip/sdp.h"

static struct str in;

static void within(struct str s)
{
    ASSERT(!s.p || (s.p >= in.p && s.p + s.n <= in.p + in.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct sdp s;
    struct sdp_line line;

    in = (struct str){ (const char *)data, size };
    for (struct str rest = in; sdp_next(&rest, &line);) {
        within(line.all);
        within(line.value);
    }
    arena_init(&arena, MEM_OTHER, 1024);
    if (sdp_parse(in, &arena, &s) == ERR_OK) {
        within(s.connection);
        within(s.attributes);
        within(s.session_id);
        for (size_t i = 0; i < s.n_media; i++) {
            within(s.media[i].all);
            within(s.media[i].formats);
            within(s.media[i].connection);
            within(sdp_attribute(s.media[i].attributes, STR("rtpmap")));
            sdp_direction(&s, &s.media[i]);
        }
    }
    arena_free(&arena);
    return 0;
}
