/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/sst/interval.h"

static int64_t seconds_in(const struct header *h, struct str *params)
{
    struct str rest, number;
    uint32_t n;

    *params = STR("");
    if (!h)
        return SST_NONE;
    rest = h->body;
    number = str_trim(str_split(&rest, ';'));
    *params = rest;
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
    struct str params, ignored;

    out->interval = seconds_in(msg_header(m, HEADER_SESSION_EXPIRES), &params);
    out->least = seconds_in(msg_header(m, HEADER_MIN_SE), &ignored);
    out->refresher = params.n ? param_find(params, STR("refresher")) : STR("");
    out->supported = lists_timer(m, HEADER_SUPPORTED) || lists_timer(m, HEADER_REQUIRE);
}
