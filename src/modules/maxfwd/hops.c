/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/maxfwd/hops.h"

static const struct str added = STR_INIT("Max-Forwards: ");

static size_t place_of(const struct call *c, const struct header *h)
{
    return (size_t)(h->body.p - c->msg->raw.p);
}

/* The change that this module made before in the same run; NULL when there is none. */
static struct edit *earlier_change(struct call *c, const struct header *h)
{
    for (size_t i = 0; i < c->edits.n; i++) {
        struct edit *e = &c->edits.edits[i];

        if (h ? e->at == place_of(c, h) && e->n == h->body.n : str_starts(e->text, added))
            return e;
    }
    return NULL;
}

int64_t hops_left(struct call *c)
{
    const struct header *h = msg_header(c->msg, HEADER_MAX_FORWARDS);
    const struct edit *e = earlier_change(c, h);
    uint32_t left;

    if (!e)
        return msg_max_forwards(c->msg);
    if (str_to_u32(str_trim(h ? e->text : str_skip(e->text, added.n)), &left))
        return -2;
    return left;
}

enum hops_result hops_spend(struct call *c, int64_t grant, int64_t max)
{
    const struct header *h = msg_header(c->msg, HEADER_MAX_FORWARDS);
    struct edit *e = earlier_change(c, h);
    int64_t left = hops_left(c);
    struct str text;

    if (left == -2)
        return HOPS_BAD;
    if (left == 0)
        return HOPS_NONE_LEFT;
    if (left == -1) {
        edit_append_header(&c->edits, c->msg,
                           arena_fmt(c->arena, "Max-Forwards: %lld\r\n", (long long)grant));
        return HOPS_ADDED;
    }
    text = arena_fmt(c->arena, h ? "%lld" : "Max-Forwards: %lld\r\n",
                     (long long)(left > max ? max : left - 1));
    if (e)
        e->text = text;
    else
        edit_replace(&c->edits, c->msg, h->body, text);
    return HOPS_SPENT;
}
