/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies made here, without a transaction. */
#include "base/log.h"
#include "core/internal.h"
#include "core/stats.h"
#include "sip/build.h"
#include <unistd.h>

struct reply_extra {
    struct str lines;
    struct str body, content_type;
};

static struct reply_extra *extra_of(struct call *c)
{
    if (!c->reply_extra)
        c->reply_extra = ARENA_NEW(c->arena, struct reply_extra);
    return c->reply_extra;
}

void reply_add_header(struct call *c, struct str lines)
{
    struct reply_extra *x = extra_of(c);
    bool ends = lines.n && lines.p[lines.n - 1] == '\n';

    if (lines.n == 0)
        return;
    x->lines = arena_fmt(c->arena, STR_FMT STR_FMT "%s", STR_ARG(x->lines), STR_ARG(lines),
                         ends ? "" : "\r\n");
}

void reply_set_body(struct call *c, struct str body, struct str content_type)
{
    struct reply_extra *x = extra_of(c);

    x->body = arena_dup(c->arena, body);
    x->content_type = arena_dup(c->arena, content_type);
}

struct str reply_added_headers(const struct call *c)
{
    return c->reply_extra ? c->reply_extra->lines : STR_NONE;
}

struct str reply_to_tag(struct call *c)
{
    char *space = arena_alloc(c->arena, TO_TAG_LENGTH + 1);

    return to_tag_of(c->msg, space);
}

/* One letter more than the tag of a transaction, so that an ACK tells whose reply it answers. */
struct str reply_stateless_tag(struct call *c)
{
    char *space = arena_alloc(c->arena, TO_TAG_LENGTH + 2);
    struct str tag = to_tag_of(c->msg, space);

    space[tag.n] = 's';
    space[tag.n + 1] = '\0';
    return (struct str){ space, tag.n + 1 };
}

struct source source_of(const struct call *c, const struct via *top, char space[static 64])
{
    struct source s = { 0 };
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    bool wants_port = c->rport_forced || top->has_rport || (core && core->force_rport);
    struct addr sent_by;
    struct buf b;

    if (!addr_is_set(&c->from.peer))
        return s;
    s.force_rport = c->rport_forced || (core && core->force_rport);
    s.rport = wants_port ? addr_port(&c->from.peer) : 0;
    if (!wants_port && addr_parse(top->host, 0, &sent_by) == ERR_OK &&
        addr_ip_eq(&sent_by, &c->from.peer) && !top->received.p)
        return s;
    buf_fixed(&b, space, 64);
    addr_print_ip(&b, &c->from.peer, false);
    s.received = buf_str(&b);
    return s;
}

/* A target as Contact shows it (RFC 3261 21.3). */
static void print_contact(const struct call *c, const struct target *t, struct buf *b)
{
    buf_char(b, '<');
    buf_add(b, t->uri);
    if (c->rich_redirect & REDIRECT_PATH && t->path.n) {
        buf_add(b, STR("?Route="));
        uri_escape_param(b, t->path);
    }
    buf_char(b, '>');
    if (t->q >= 0)
        buf_fmt(b, ";q=%d.%03d", t->q / 1000, t->q % 1000);
    if (c->rich_redirect & REDIRECT_FLAGS)
        buf_fmt(b, ";flags=%u", t->flags);
}

/* What a redirection offers: the Request-URI if it was changed, and all further targets. */
static struct str redirect_contacts(struct call *c)
{
    struct buf *b = scratch_take();
    struct str line;

    for (size_t i = c->uri_rewritten ? 0 : 1; i < call_target_count(c); i++) {
        const struct target *t = call_target(c, i);

        if (t->uri.n == 0)
            continue;
        buf_add(b, b->n ? STR(", ") : STR("Contact: "));
        print_contact(c, t, b);
    }
    if (b->n)
        buf_add(b, STR("\r\n"));
    line = arena_dup(c->arena, buf_str(b));
    scratch_give(b);
    return line;
}

static void add_quotable(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '"' && text.p[i] != '\\' && (unsigned char)text.p[i] >= ' ')
            buf_char(b, text.p[i]);
}

/* sip_warning: what a trace of the reply alone does not tell (RFC 3261, 20.43). */
static struct str warning_line(struct call *c)
{
    const struct listener *ln = c->from.local;
    struct buf *b = scratch_take();
    struct str line;
    size_t vias = 0;

    while (msg_via(c->msg, vias, NULL))
        vias++;
    buf_add(b, STR("Warning: 392 "));
    buf_add(b, ln ? send_own_host(c, ln) : STR("-"));
    buf_fmt(b, ":" STR_FMT " \"pid=%d req_src_ip=", STR_ARG(ln ? send_own_port(c, ln) : STR("0")),
            (int)getpid());
    addr_print_ip(b, &c->from.peer, false);
    buf_fmt(b, " req_src_port=%u in_uri=", addr_port(&c->from.peer));
    add_quotable(b, c->msg->uri);
    buf_add(b, STR(" out_uri="));
    add_quotable(b, call_uri_text(c));
    buf_fmt(b, " via_cnt=%zu\"\r\n", vias);
    line = arena_dup(c->arena, buf_str(b));
    scratch_give(b);
    return line;
}

static struct str via_params(struct call *c)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    struct buf *b;
    struct str text;

    if (!core || !(c->via_flags & VIA_REPLY_PARAMS))
        return STR_NONE;
    b = scratch_take();
    send_via_params(c, core->xavp_via_reply_params, b);
    text = arena_dup(c->arena, buf_str(b));
    scratch_give(b);
    return text;
}

static struct str reply_lines(struct call *c, unsigned status)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    const struct reply_extra *x = c->reply_extra;
    bool signs = core && core->server_signature && core->server_header.n;
    struct str more = x ? x->lines : STR_NONE;

    if (status >= 300 && status < 400) {
        struct str contacts = redirect_contacts(c);

        if (contacts.n)
            more = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(contacts), STR_ARG(more));
    }
    if (core && core->sip_warning)
        more = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(warning_line(c)), STR_ARG(more));
    if (!signs)
        return more;
    return arena_fmt(c->arena, STR_FMT "\r\n" STR_FMT, STR_ARG(core->server_header), STR_ARG(more));
}

/* A reason is one line, whatever a script's variables held. */
static struct str one_line(struct call *c, struct str text)
{
    char *copy;
    size_t i = 0;

    while (i < text.n && (unsigned char)text.p[i] >= ' ')
        i++;
    if (i == text.n)
        return text;
    copy = arena_alloc(c->arena, text.n);
    for (i = 0; i < text.n; i++)
        copy[i] = (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i];
    return (struct str){ copy, text.n };
}

err_t send_build_local_reply(struct call *c, unsigned status, struct str reason, struct str to_tag,
                             struct buf *out)
{
    const struct via *top = msg_via(c->msg, 0, NULL);
    const struct reply_extra *x = c->reply_extra;
    struct reply_parts parts = { .status = status,
                                 .reason = reason.n ? one_line(c, reason) : status_reason(status),
                                 .to_tag = to_tag.p ? to_tag : reply_stateless_tag(c) };
    struct source s;
    char space[64];

    if (!top)
        return ERR_SYNTAX;
    s = source_of(c, top, space);
    parts.received = s.received;
    parts.rport = s.rport;
    parts.force_rport = s.force_rport;
    parts.lines = reply_lines(c, status);
    parts.via_params = via_params(c);
    if (x && x->body.n) {
        parts.body = x->body;
        parts.content_type = x->content_type;
    }
    build_reply(out, c->msg, &parts);
    return out->overflow ? ERR_LIMIT : ERR_OK;
}

err_t send_request_reply_hop(struct call *c, struct hop *out)
{
    const struct via *top = msg_via(c->msg, 0, NULL);
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    struct addr sent_by;

    if (!top || c->from.proto == PROTO_NONE)
        return ERR_STATE;
    *out = (struct hop){ .flow = c->from };
    out->flow.flags =
        (uint8_t)((c->no_connect_reply ? FLOW_NO_CONNECT : 0) | (c->close_reply ? FLOW_CLOSE : 0));
    if (proto_is_stream(c->from.proto))
        return ERR_OK;
    if (!(c->rport_forced || top->has_rport || (core && core->force_rport)))
        addr_set_port(&out->flow.peer, top->port ? top->port : proto_default_port(c->from.proto));
    if (core && core->reply_to_via &&
        addr_parse(top->host, addr_port(&out->flow.peer), &sent_by) == ERR_OK)
        out->flow.peer = sent_by;
    return ERR_OK;
}

err_t send_local_reply(struct call *c, unsigned status, struct str reason, struct str to_tag)
{
    struct hop hop;
    struct buf *out;
    err_t e;

    if (!c->msg->request || status < 100 || status > 699)
        return ERR_STATE;
    if (c->msg->method == METHOD_ACK)
        return ERR_OK;
    e = send_request_reply_hop(c, &hop);
    if (e)
        return e;
    out = scratch_take();
    e = send_build_local_reply(c, status, reason, to_tag, out);
    if (e == ERR_OK)
        e = send_reply_bytes(c, &hop, buf_str(out));
    scratch_give(out);
    if (e == ERR_OK && status >= 200)
        c->replied = true;
    return e;
}
