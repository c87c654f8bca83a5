/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/sdp.h"
#include "sip/scan.h"

bool sdp_next(struct str *text, struct sdp_line *line)
{
    while (text->n && (text->p[0] == '\r' || text->p[0] == '\n'))
        *text = str_skip(*text, 1);
    if (text->n < 2 || text->p[1] != '=' || !char_is(text->p[0], CHAR_ALPHA))
        return false;
    size_t lf = str_find(*text, '\n');
    line->all = str_cut(*text, 0, lf < text->n ? lf + 1 : lf);
    line->type = text->p[0];
    line->value = str_cut(*text, 2, lf > 2 ? lf : 2);
    if (line->value.n && line->value.p[line->value.n - 1] == '\r')
        line->value.n--;
    *text = str_skip(*text, line->all.n);
    return true;
}

/* The next word of a line; empty at its end. */
static struct str word(struct str *rest)
{
    struct str w;

    do
        w = str_split(rest, ' ');
    while (w.n == 0 && rest->n);
    return w;
}

/* "IN IP4 192.0.2.1[/ttl]" */
static err_t read_connection(struct str value, struct str *out)
{
    struct str type, address;

    type = word(&value);
    if (!str_eq(type, STR("IN")) || word(&value).n == 0)
        return ERR_SYNTAX;
    address = word(&value);
    *out = str_cut(address, 0, str_find(address, '/'));
    return out->n ? ERR_OK : ERR_SYNTAX;
}

/* "user id version IN IP4 address" */
static err_t read_origin(struct str value, struct sdp *out)
{
    out->origin = value;
    word(&value);
    out->session_id = word(&value);
    out->session_version = word(&value);
    return read_connection(value, &out->origin_address);
}

/* "audio 49170[/2] RTP/AVP 0 8" */
static err_t read_media(struct str value, struct sdp_media *m)
{
    struct str port;
    struct scan s;

    m->media = word(&value);
    port = word(&value);
    m->proto = word(&value);
    m->formats = str_trim(value);
    s = scan_of(port);
    m->port = scan_u32(&s);
    m->port_text = str_cut(port, 0, s.at);
    m->n_ports = scan_take(&s, '/') ? scan_u32(&s) : 1;
    scan_end(&s);
    return s.err || !m->media.n || !m->proto.n || m->port > UINT16_MAX ? ERR_SYNTAX : ERR_OK;
}

/* The lines before the first media. */
static err_t read_session(struct str *text, struct sdp *out)
{
    struct sdp_line line;
    struct str rest = *text;
    err_t e = ERR_OK;

    if (!sdp_next(text, &line) || line.type != 'v')
        return ERR_SYNTAX;
    out->version = line.value;
    for (rest = *text; !e && sdp_next(&rest, &line) && line.type != 'm'; *text = rest) {
        if (line.type == 'o')
            e = read_origin(line.value, out);
        else if (line.type == 'c')
            e = read_connection(line.value, &out->connection);
        else if (line.type == 's')
            out->session_name = line.value;
    }
    return e;
}

/* One "m=" line and what belongs to it. */
static err_t read_one_media(struct str *text, const struct sdp *session, struct sdp_media *m)
{
    struct sdp_line line;
    struct str rest;
    const char *start;
    err_t e;

    memset(m, 0, sizeof *m);
    m->connection = session->connection;
    if (!sdp_next(text, &line) || line.type != 'm')
        return ERR_SYNTAX;
    start = line.all.p;
    m->attributes = *text;
    e = read_media(line.value, m);
    for (rest = *text; !e && sdp_next(&rest, &line) && line.type != 'm'; *text = rest)
        if (line.type == 'c')
            e = read_connection(line.value, &m->connection);
    m->all = (struct str){ start, (size_t)(text->p - start) };
    m->attributes.n = (size_t)(text->p - m->attributes.p);
    return e;
}

static size_t count_media(struct str text)
{
    struct sdp_line line;
    size_t n = 0;

    while (sdp_next(&text, &line))
        n += line.type == 'm';
    return n;
}

err_t sdp_parse(struct str text, struct arena *arena, struct sdp *out)
{
    struct str start = text;
    size_t n = count_media(text);
    err_t e;

    memset(out, 0, sizeof *out);
    e = n > SDP_MEDIA_MAX ? ERR_LIMIT : read_session(&text, out);
    if (e)
        return e;
    out->attributes = str_cut(start, 0, start.n - text.n);
    out->media = ARENA_ARRAY(arena, struct sdp_media, n + 1);
    for (; !e && out->n_media < n; out->n_media++)
        e = read_one_media(&text, out, &out->media[out->n_media]);
    return !e && str_trim(text).n ? ERR_SYNTAX : e;
}

struct str sdp_attribute(struct str lines, struct str name)
{
    struct sdp_line line;

    while (sdp_next(&lines, &line)) {
        size_t colon = str_find(line.value, ':');
        if (line.type == 'a' && str_eq(str_cut(line.value, 0, colon), name))
            return str_skip(line.value, colon + 1);
    }
    return STR_NONE;
}

struct str sdp_direction(const struct sdp *s, const struct sdp_media *m)
{
    static const struct str names[] = { STR_INIT("sendrecv"), STR_INIT("sendonly"),
                                        STR_INIT("recvonly"), STR_INIT("inactive") };
    const struct str lists[] = { m->attributes, s->attributes };

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 4; k++)
            if (sdp_attribute(lists[i], names[k]).p)
                return names[k];
    return names[0];
}
