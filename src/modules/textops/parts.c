/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of several parts: read, taken apart, put together. */
#include "modules/textops/parts.h"
#include "modules/textops/body.h"
#include "sip/scan.h"
#include "sip/values.h"

static struct str body_type(struct call *c)
{
    const struct header *h = msg_header(c->msg, HEADER_CONTENT_TYPE);

    return h ? h->body : STR_NONE;
}

static bool is_type(struct str header, struct str wanted)
{
    struct content_type is;
    struct str subtype = wanted, type = str_split(&subtype, '/');

    return content_type_parse(header, &is) == ERR_OK && content_type_is(&is, type, subtype);
}

/* Of the message's body; STR_NONE when it has no parts. */
static struct str boundary_of(struct call *c)
{
    struct content_type is;
    struct str type = body_type(c);

    if (!type.n || content_type_parse(type, &is) != ERR_OK || !str_ieq(is.type, STR("multipart")))
        return STR_NONE;
    return is.boundary.n ? is.boundary : STR_NONE;
}

struct part {
    struct str all; /* from its delimiter to the next one */
    struct str raw; /* headers and content */
    struct str content, type;
};

/* The next line that is "--boundary", from `at` on; its place, and where the line after it begins.
 */
static size_t find_delimiter(struct str body, struct str boundary, size_t at, size_t *behind)
{
    while (at < body.n) {
        struct str line = str_skip(body, at);
        size_t n = str_find(line, '\n');

        line.n = n;
        *behind = at + n < body.n ? at + n + 1 : body.n;
        if (str_starts(line, STR("--")) && str_starts(str_skip(line, 2), boundary))
            return at;
        at = *behind;
    }
    return body.n;
}

/* Headers end at the first empty line; the line end before a delimiter belongs to that. */
static void read_part(struct part *p)
{
    struct str rest = p->raw;

    p->type = STR_NONE;
    p->content = STR("");
    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n')), value = line, name;
        if (!line.n) {
            p->content = rest;
            return;
        }
        name = str_trim(str_split(&value, ':'));
        if (str_ieq(name, STR("Content-Type")) || str_ieq(name, STR("c")))
            p->type = str_trim(value);
    }
}

static bool next_part(struct str body, struct str boundary, size_t *at, struct part *p)
{
    size_t inside, behind, start = find_delimiter(body, boundary, *at, &inside), end;

    if (start == body.n || inside >= body.n)
        return false;
    end = find_delimiter(body, boundary, inside, &behind);
    if (end == body.n)
        return false;
    p->all = str_cut(body, start, end);
    p->raw = str_cut(body, inside, end);
    read_part(p);
    *at = end;
    return true;
}

static bool find_part(struct call *c, struct str type, struct part *p)
{
    struct str boundary = boundary_of(c);
    size_t at = 0;

    if (!boundary.n)
        return false;
    while (next_part(c->msg->body, boundary, &at, p))
        if (p->type.n && is_type(p->type, type))
            return true;
    return false;
}

struct str session_description(struct call *c)
{
    struct part p;

    return find_part(c, STR("application/sdp"), &p) ? p.content : c->msg->body;
}

static int give_part(struct call *c, const struct get_part_args *a, bool raw)
{
    struct str text = c->msg->body;
    struct part p;

    if (boundary_of(c).n) {
        if (!find_part(c, a->type, &p))
            return SCRIPT_FALSE;
        text = raw ? p.raw : p.content;
    } else if (!text.n) {
        return SCRIPT_FALSE;
    }
    return truth(var_set(c, a->into, &VALUE_OF_STR(text)) == ERR_OK);
}

int get_body_part(struct call *c, const struct get_part_args *a)
{
    return give_part(c, a, false);
}

int get_body_part_raw(struct call *c, const struct get_part_args *a)
{
    return give_part(c, a, true);
}

/* Leaves only the part of a type, which becomes the body. */
int filter_body(struct call *c, const struct text_args *a)
{
    const struct header *h = msg_header(c->msg, HEADER_CONTENT_TYPE);
    struct part p;

    if (!c->msg->body.n || !h)
        return SCRIPT_FALSE;
    if (is_type(h->body, a->text))
        return SCRIPT_TRUE;
    if (!find_part(c, a->text, &p))
        return SCRIPT_FALSE;
    edit_replace(&c->edits, c->msg, h->body, p.type);
    if (str_ends(p.content, STR("\r\n"))) /* belongs to the delimiter */
        p.content.n -= 2;
    edit_set_body(&c->edits, c->msg, p.content);
    return SCRIPT_TRUE;
}

int remove_body_part(struct call *c, const struct text_args *a)
{
    struct part p;

    if (!find_part(c, a->text, &p))
        return SCRIPT_FALSE;
    edit_delete(&c->edits, c->msg, p.all);
    return SCRIPT_TRUE;
}

/* --- making ----------------------------------------------------------------------------------- */

static struct str part_text(struct call *c, struct str content, struct str type,
                            struct str disposition)
{
    struct str line = STR("");

    if (disposition.n)
        line = arena_fmt(c->arena, "Content-Disposition: " STR_FMT "\r\n", STR_ARG(disposition));
    return arena_fmt(c->arena, "Content-Type: " STR_FMT "\r\n" STR_FMT "\r\n" STR_FMT,
                     STR_ARG(type), STR_ARG(line), STR_ARG(content));
}

/* A body of one part: of the text given, or of what was the body. */
int set_body_multipart(struct call *c, const struct three_args *a)
{
    struct str boundary = a->third.n ? a->third : STR("unique-boundary-1"), text = a->first,
               type = a->second, body;

    if (!text.n) {
        text = c->msg->body;
        type = body_type(c);
    }
    if (!text.n || !type.n)
        return SCRIPT_FALSE;
    if (!msg_header_named(c->msg, STR("Mime-Version")))
        edit_append_header(&c->edits, c->msg, STR("Mime-Version: 1.0\r\n"));
    body =
        arena_fmt(c->arena, "--" STR_FMT "\r\n" STR_FMT "\r\n--" STR_FMT "--\r\n",
                  STR_ARG(boundary), STR_ARG(part_text(c, text, type, STR(""))), STR_ARG(boundary));
    return body_give(
        c, body,
        arena_fmt(c->arena, "multipart/mixed;boundary=\"" STR_FMT "\"", STR_ARG(boundary)));
}

static int append_part(struct call *c, struct str content, struct str type, struct str disposition)
{
    struct str boundary = boundary_of(c), body = c->msg->body;
    size_t at = 0, behind, last = body.n;
    struct part p;

    if (!boundary.n || !content.n || !type.n)
        return SCRIPT_FALSE;
    while (next_part(body, boundary, &at, &p))
        last = at;
    if (last == body.n)
        last = find_delimiter(body, boundary, 0, &behind);
    if (last == body.n)
        return SCRIPT_FALSE;
    edit_insert(&c->edits, (size_t)(body.p - c->msg->raw.p) + last,
                arena_fmt(c->arena, "--" STR_FMT "\r\n" STR_FMT "\r\n", STR_ARG(boundary),
                          STR_ARG(part_text(c, content, type, disposition))));
    return SCRIPT_TRUE;
}

int append_body_part(struct call *c, const struct three_args *a)
{
    return append_part(c, a->first, a->second, a->third);
}

int append_body_part_hex(struct call *c, const struct three_args *a)
{
    return append_part(c, body_from_hex(c, a->first), a->second, a->third);
}
