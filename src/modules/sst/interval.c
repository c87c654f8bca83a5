/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/sst/interval.h"

/* The number in front of the parameters. */
static int64_t seconds_in(const struct header *h)
{
    struct str rest, number;
    uint32_t n;

    if (!h)
        return SST_NONE;
    rest = h->body;
    number = str_trim(str_split(&rest, ';'));
    return str_to_u32(number, &n) == ERR_OK ? (int64_t)n : SST_MALFORMED;
}

static bool lists_timer(struct msg *m, enum header_id id)
{
    for (const struct header *h = msg_header(m, id); h; h = msg_header_next(m, h)) {
        struct str rest = h->body;

        while (rest.n)
            if (str_ieq(str_trim(str_split(&rest, ',')), STR("timer")))
                return true;
    }
    return false;
}

void sst_read(struct msg *m, struct sst_info *out)
{
    out->interval = seconds_in(msg_header(m, HEADER_SESSION_EXPIRES));
    out->least = seconds_in(msg_header(m, HEADER_MIN_SE));
    out->supported = lists_timer(m, HEADER_SUPPORTED) || lists_timer(m, HEADER_REQUIRE);
}
