/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses in session descriptions. */
#include "modules/nathelper/nat.h"
#include "sip/sdp.h"
#include "sip/values.h"

/* The session description of the message; false when its body is none. */
static bool body_of(struct call *c, struct str *text)
{
    const struct header *h = msg_header(c->msg, HEADER_CONTENT_TYPE);
    struct content_type type;

    *text = c->msg->body;
    return text->n && h && content_type_parse(h->body, &type) == ERR_OK &&
           content_type_is(&type, STR("application"), STR("sdp"));
}

/* The nth word of a line, counted from 0. */
static struct str word_of(struct str line, size_t nth)
{
    struct str word = STR("");

    for (size_t i = 0; i <= nth; i++)
        word = str_split(&line, ' ');
    return word;
}

/* "IN IP4 192.0.2.1/127" without what stands behind the slash. */
static struct str connection_address(const struct sdp_line *line)
{
    struct str a = word_of(line->value, 2);

    a.n = str_find(a, '/');
    return a;
}

bool sdp_each_address(struct call *c, bool (*fn)(struct str address, void *arg), void *arg)
{
    struct str text;
    struct sdp_line line;

    if (!body_of(c, &text))
        return false;
    while (sdp_next(&text, &line))
        if (line.type == 'c' && fn(connection_address(&line), arg))
            return true;
    return false;
}

struct fixing {
    struct call *c;
    struct str ip;        /* to be written */
    struct str family;    /* "IP4" or "IP6" */
    struct str old_media; /* the first one replaced */
    struct str old_origin;
    bool replaced;
};

static bool is_hold(struct str address)
{
    return str_eq(address, STR("0.0.0.0"));
}

/* Replaces the address, and the family before it. */
static void replace(struct fixing *f, struct str family, struct str address, struct str *old)
{
    if (address.n == 0 || family.n != 3 || is_hold(address) || str_eq(address, f->ip))
        return;
    if (!str_eq(family, f->family))
        edit_replace(&f->c->edits, f->c->msg, family, f->family);
    edit_replace(&f->c->edits, f->c->msg, address, f->ip);
    if (old && !old->p)
        *old = address;
    f->replaced = true;
}

static void fix_line(struct fixing *f, const struct sdp_line *line, unsigned flags)
{
    static const struct str rtcp = STR_INIT("rtcp:");

    if (line->type == 'c' && flags & SDP_FIX_MEDIA)
        replace(f, word_of(line->value, 1), connection_address(line), &f->old_media);
    else if (line->type == 'o' && flags & SDP_FIX_ORIGIN)
        replace(f, word_of(line->value, 4), word_of(line->value, 5), &f->old_origin);
    else if (line->type == 'a' && flags & (SDP_FIX_MEDIA | SDP_FIX_ORIGIN) &&
             str_istarts(line->value, rtcp))
        replace(f, word_of(line->value, 2), word_of(line->value, 3), NULL);
}

static void append(struct call *c, struct str line)
{
    size_t end = (size_t)(c->msg->body.p - c->msg->raw.p) + c->msg->body.n;

    edit_insert(&c->edits, end, line);
}

static void append_marks(struct fixing *f, unsigned flags, const struct nathelper_conf *conf)
{
    struct call *c = f->c;

    if (!str_ends(c->msg->body, STR("\n")) &&
        (flags & (SDP_ADD_ACTIVE | SDP_ADD_MARK) || f->replaced))
        append(c, STR("\r\n"));
    if (flags & SDP_ADD_ACTIVE)
        append(c, STR("a=direction:active\r\n"));
    if (flags & SDP_ADD_MARK && conf->nortpproxy_str.n)
        append(c, str_ends(conf->nortpproxy_str, STR("\n"))
                      ? conf->nortpproxy_str
                      : arena_fmt(c->arena, STR_FMT "\r\n", STR_ARG(conf->nortpproxy_str)));
    if (conf->append_sdp_oldmediaip && f->old_media.p)
        append(c, arena_fmt(c->arena, "a=oldmediaip:" STR_FMT "\r\n", STR_ARG(f->old_media)));
    if (conf->append_sdp_oldmediaip && f->old_origin.p)
        append(c, arena_fmt(c->arena, "a=oldoip:" STR_FMT "\r\n", STR_ARG(f->old_origin)));
}

err_t sdp_fix(struct call *c, unsigned flags, struct str ip)
{
    struct fixing f = { .c = c, .ip = ip };
    char space[64];
    struct str text;
    struct sdp_line line;
    struct addr a;
    struct buf b;

    if (!body_of(c, &text))
        return ERR_TYPE;
    if (ip.n == 0) {
        buf_fixed(&b, space, sizeof space);
        addr_print_ip(&b, &c->from.peer, false);
        f.ip = arena_dup(c->arena, buf_str(&b));
    }
    if (addr_parse(f.ip, 0, &a))
        return ERR_SYNTAX;
    f.family = a.sa.sa_family == AF_INET6 ? STR("IP6") : STR("IP4");
    while (sdp_next(&text, &line))
        fix_line(&f, &line, flags);
    append_marks(&f, flags, nathelper_conf(c));
    if (flags & (SDP_FIX_MEDIA | SDP_FIX_ORIGIN) && !f.replaced)
        return ERR_NOT_FOUND;
    return ERR_OK;
}
