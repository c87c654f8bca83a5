/* SPDX-License-Identifier: BSD-2-Clause */
/* The body: set, looked at. */
#include "modules/textops/body.h"
#include "modules/textops/parts.h"
#include "sip/scan.h"
#include "sip/sdp.h"
#include "sip/values.h"

int body_give(struct call *c, struct str body, struct str type)
{
    const struct header *h = msg_header(c->msg, HEADER_CONTENT_TYPE);

    if (!body.n || !type.n)
        return SCRIPT_FALSE;
    if (h)
        edit_replace(&c->edits, c->msg, h->body, type);
    else
        edit_append_header(&c->edits, c->msg,
                           arena_fmt(c->arena, "Content-Type: " STR_FMT "\r\n", STR_ARG(type)));
    edit_set_body(&c->edits, c->msg, body);
    return SCRIPT_TRUE;
}

struct str body_from_hex(struct call *c, struct str hex)
{
    char *out = arena_alloc(c->arena, hex.n / 2 + 1);

    if (hex.n % 2)
        return STR_NONE;
    for (size_t i = 0; i < hex.n; i += 2) {
        int high = char_hex(hex.p[i]), low = char_hex(hex.p[i + 1]);
        if (high < 0 || low < 0)
            return STR_NONE;
        out[i / 2] = (char)(high << 4 | low);
    }
    return (struct str){ out, hex.n / 2 };
}

int set_body(struct call *c, const struct two_args *a)
{
    return body_give(c, a->first, a->second);
}

int set_body_hex(struct call *c, const struct two_args *a)
{
    return body_give(c, body_from_hex(c, a->first), a->second);
}

static int give_reply_body(struct call *c, struct str body, struct str type)
{
    if (!body.n || !type.n)
        return SCRIPT_FALSE;
    reply_set_body(c, body, type);
    return SCRIPT_TRUE;
}

int set_reply_body(struct call *c, const struct two_args *a)
{
    return give_reply_body(c, a->first, a->second);
}

int set_reply_body_hex(struct call *c, const struct two_args *a)
{
    return give_reply_body(c, body_from_hex(c, a->first), a->second);
}

int has_body(struct call *c, const struct text_args *a)
{
    const struct header *h;
    struct content_type is;
    struct str type, subtype;

    if (!c->msg->body.n || msg_content_length(c->msg) == 0)
        return SCRIPT_FALSE;
    if (!a->text.n || str_eq(a->text, STR("0")))
        return SCRIPT_TRUE;
    h = msg_header(c->msg, HEADER_CONTENT_TYPE);
    /* Without Content-Type the body is a session description (RFC 3261, 20.15). */
    if (!h)
        return truth(str_ieq(a->text, STR("application/sdp")));
    subtype = a->text;
    type = str_split(&subtype, '/');
    return truth(content_type_parse(h->body, &is) == ERR_OK && content_type_is(&is, type, subtype));
}

enum { HOLD_NONE = -1, HOLD_NULL_ADDRESS = 1, HOLD_DIRECTION = 2 };

/* Whether the first audio stream is on hold, and how (RFC 2543, B.5; RFC 3264, 8.4). */
int is_audio_on_hold(struct call *c)
{
    struct sdp s;

    if (!c->msg->body.n || sdp_parse(session_description(c), c->arena, &s) != ERR_OK)
        return SCRIPT_FALSE;
    for (size_t i = 0; i < s.n_media; i++) {
        const struct sdp_media *m = &s.media[i];
        struct str direction = sdp_direction(&s, m);
        if (!str_eq(m->media, STR("audio")))
            continue;
        if (str_eq(direction, STR("sendonly")) || str_eq(direction, STR("inactive")))
            return HOLD_DIRECTION;
        if (str_eq(m->connection, STR("0.0.0.0")))
            return HOLD_NULL_ADDRESS;
    }
    return HOLD_NONE;
}
