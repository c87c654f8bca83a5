/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/http.h"
#include "base/log.h"
#include "core/order.h"
#include "core/receive.h"
#include "core/send.h"

static struct {
    bool (*serve)(struct call *c);
} self;

static void run_http(struct run *r)
{
    struct call *c = &r->call;

    c->route = ROUTE_REQUEST;
    if (self.serve(c) || c->replied)
        return;
    if (http_reply(c, 404, STR("Not Found"), STR("text/plain"), STR("Not Found\n")))
        log_debug("core", "nobody waits for an HTTP reply any more");
}

static void receive_http(struct packet *p)
{
    struct run *r = run_begin();
    struct call *c = &r->call;
    struct msg_limits limits = msg_default_limits;
    struct str why = STR_NONE;

    c->packet = p;
    c->from = p->from;
    c->received_us = p->received_us;
    c->gen = generation_current();
    limits.bytes = p->bytes.n > limits.bytes ? p->bytes.n : limits.bytes; /* net has limited it */
    memset(&r->msg, 0, sizeof r->msg);
    if (msg_parse(p->bytes, &limits, c->arena, c->msg, &why) || p->oversize || !r->msg.request) {
        if (http_reply(c, p->oversize ? 413 : 400,
                       p->oversize ? STR("Too Large") : STR("Bad Request"), STR_NONE, STR_NONE))
            log_debug("core", "nobody waits for an HTTP reply any more");
        run_end(r);
        return;
    }
    order_start(r, 0, run_http);
}

void http_serve(bool (*fn)(struct call *c))
{
    self.serve = fn;
    receive_upcalls.http = receive_http;
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
                 struct str body)
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
    buf_add(&b, reply_added_headers(c));
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
