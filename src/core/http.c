/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/http.h"

struct http_upcalls http_upcalls;

void http_received(struct call *c)
{
    if (http_upcalls.request && http_upcalls.request(c))
        return;
    if (!c->replied &&
        http_reply(c, 404, STR("Not Found"), STR("text/plain"), STR_NONE, STR("Not Found\n")))
        return; /* the connection is gone: nobody waits */
}

/* HTTP/1.1 keeps the connection unless told not to; older ones close it. */
static bool ends_connection(const struct call *c)
{
    const struct header *h = msg_header_named(c->msg, STR("Connection"));

    if (h && str_isearch(h->body, STR("close")) < h->body.n)
        return true;
    return str_ieq(c->msg->version, STR("HTTP/1.0")) &&
           !(h && str_isearch(h->body, STR("keep-alive")) < h->body.n);
}

/* What would end a line must not come from a script's variables. */
static void add_line_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(b, (unsigned char)s.p[i] < ' ' && s.p[i] != '\t' ? ' ' : s.p[i]);
}

err_t http_reply(struct call *c, unsigned status, struct str reason, struct str type,
                 struct str headers, struct str body)
{
    const struct core_conf *conf = c->gen ? c->gen->core : NULL;
    struct flow to = c->from;
    struct buf b;
    err_t e;

    buf_init(&b, MEM_MESSAGE);
    buf_fmt(&b, "HTTP/1.1 %u ", status);
    add_line_text(&b, reason);
    buf_addz(&b, "\r\n");
    if (type.n) {
        buf_addz(&b, "Content-Type: ");
        add_line_text(&b, type);
        buf_addz(&b, "\r\n");
    }
    buf_add(&b, headers);
    if (conf && conf->server_signature && conf->server_header.n) {
        buf_add(&b, conf->server_header);
        buf_addz(&b, "\r\n");
    }
    if (ends_connection(c)) {
        buf_addz(&b, "Connection: close\r\n");
        to.flags |= FLOW_CLOSE;
    }
    buf_fmt(&b, "Content-Length: %zu\r\n\r\n", body.n);
    buf_add(&b, body);
    to.flags |= FLOW_NO_CONNECT;
    e = net_send(&to, buf_str(&b));
    buf_free(&b);
    c->replied = true;
    return e;
}
