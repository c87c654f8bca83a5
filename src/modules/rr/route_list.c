/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/rr/inner.h"

err_t route_list_read(struct call *c, struct route_list *l)
{
    err_t e = msg_addresses(c->msg, HEADER_ROUTE, &l->values, &l->n);

    if (e)
        return e;
    l->gone = ARENA_ARRAY(c->arena, bool, l->n + 1);
    return l->n ? ERR_OK : ERR_NOT_FOUND;
}

static bool is_in(const struct header *h, const struct address *a)
{
    return a->all.p >= h->body.p && a->all.p < h->body.p + h->body.n;
}

/* Values [from, to) stand in `h`. Those that go are at its beginning, at its end, or all. */
static void remove_of_header(struct call *c, const struct header *h, const struct route_list *l,
                             size_t from, size_t to)
{
    const char *end = h->body.p + h->body.n, *behind;
    size_t first = from, last = to;

    while (first < to && l->gone[first])
        first++;
    if (first == to) {
        edit_remove_header(&c->edits, c->msg, h);
        return;
    }
    while (l->gone[last - 1])
        last--;
    if (first > from)
        edit_delete(&c->edits, c->msg,
                    (struct str){ h->body.p, (size_t)(l->values[first].all.p - h->body.p) });
    behind = l->values[last - 1].all.p + l->values[last - 1].all.n;
    if (last < to)
        edit_delete(&c->edits, c->msg, (struct str){ behind, (size_t)(end - behind) });
}

void route_list_remove(struct call *c, const struct route_list *l)
{
    size_t at = 0;

    for (const struct header *h = msg_header(c->msg, HEADER_ROUTE); h;
         h = msg_header_next(c->msg, h)) {
        size_t from = at;

        while (at < l->n && is_in(h, &l->values[at]))
            at++;
        if (at > from)
            remove_of_header(c, h, l, from, at);
    }
}
