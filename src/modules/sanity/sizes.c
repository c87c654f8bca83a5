/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/sanity/sizes.h"

static bool over(size_t n, int64_t limit)
{
    return limit > 0 && n > (size_t)limit;
}

static bool uris_over(struct msg *m, enum header_id id, int64_t limit)
{
    const struct address *list;
    size_t n;

    if (msg_addresses(m, id, &list, &n))
        return false;
    for (size_t i = 0; i < n; i++)
        if (over(list[i].uri_text.n, limit))
            return true;
    return false;
}

static bool header_over(const struct msg *m, int64_t limit)
{
    for (size_t i = 0; i < m->n_headers; i++)
        if (over(m->headers[i].all.n, limit))
            return true;
    return false;
}

bool sizes_fit(struct msg *m, unsigned mask, const struct size_limits *l, struct str *reason)
{
    const struct address *from = msg_from(m, NULL), *to = msg_to(m, NULL);
    const struct {
        unsigned bit;
        bool over;
        struct str reason;
    } parts[] = {
        { SIZE_MESSAGE, over(m->raw.n, l->message), STR_INIT("Message Too Large") },
        { SIZE_METHOD, over(m->method_name.n, l->method), STR_INIT("Method Too Long") },
        { SIZE_RURI, over(m->uri.n, l->ruri), STR_INIT("Request-URI Too Long") },
        { SIZE_FROM_URI, from && over(from->uri_text.n, l->from_uri),
          STR_INIT("From URI Too Long") },
        { SIZE_TO_URI, to && over(to->uri_text.n, l->to_uri), STR_INIT("To URI Too Long") },
        { SIZE_CONTACT_URI, mask & SIZE_CONTACT_URI && uris_over(m, HEADER_CONTACT, l->contact_uri),
          STR_INIT("Contact URI Too Long") },
        { SIZE_ROUTE_URI, mask & SIZE_ROUTE_URI && uris_over(m, HEADER_ROUTE, l->route_uri),
          STR_INIT("Route URI Too Long") },
        { SIZE_PATH_URI, mask & SIZE_PATH_URI && uris_over(m, HEADER_PATH, l->path_uri),
          STR_INIT("Path URI Too Long") },
        { SIZE_PAI_URI, mask & SIZE_PAI_URI && uris_over(m, HEADER_P_ASSERTED_IDENTITY, l->pai_uri),
          STR_INIT("P-Asserted-Identity URI Too Long") },
        { SIZE_HEADER, mask & SIZE_HEADER && header_over(m, l->header),
          STR_INIT("Header Too Long") },
        { SIZE_HEADERS, over(m->head.n - m->first_line.n, l->headers),
          STR_INIT("Headers Too Long") },
        { SIZE_BODY, over(m->body.n, l->body), STR_INIT("Body Too Large") },
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (mask & parts[i].bit && parts[i].over) {
            *reason = parts[i].reason;
            return false;
        }
    return true;
}
