/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/edit.h"
#include <stdio.h>

void edit_init(struct edit_list *l, struct arena *arena)
{
    *l = (struct edit_list){ .arena = arena };
}

static void make_room(struct edit_list *l)
{
    size_t room = l->room ? l->room * 2 : 8;
    struct edit *more;

    if (l->n < l->room)
        return;
    ASSERT(l->arena);
    more = arena_alloc(l->arena, sizeof *more * room);
    if (l->n)
        memcpy(more, l->edits, sizeof *more * l->n);
    l->edits = more;
    l->room = room;
}

/* Behind all that come before it or are its equals: an edit is mostly the last one. */
static void add(struct edit_list *l, struct edit e)
{
    size_t i = l->n;

    make_room(l);
    while (i && (l->edits[i - 1].at > e.at ||
                 (l->edits[i - 1].at == e.at && l->edits[i - 1].rank > e.rank)))
        i--;
    memmove(&l->edits[i + 1], &l->edits[i], sizeof e * (l->n - i));
    l->edits[i] = e;
    l->n++;
}

void edit_add_all(struct edit_list *l, const struct edit_list *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct edit e = from->edits[i];
        e.text = arena_dup(l->arena, e.text);
        add(l, e);
    }
}

void edit_splice(struct edit_list *l, size_t at, size_t n, struct str text)
{
    ASSERT(at <= UINT32_MAX && n <= UINT32_MAX - at);
    if (n == 0 && text.n == 0)
        return;
    add(l, (struct edit){ (uint32_t)at, (uint32_t)n, 0, arena_dup(l->arena, text) });
}

void edit_insert(struct edit_list *l, size_t at, struct str text)
{
    edit_splice(l, at, 0, text);
}

void edit_insert_front(struct edit_list *l, size_t at, struct str text)
{
    int32_t rank = 0;

    ASSERT(at <= UINT32_MAX);
    for (size_t i = 0; i < l->n; i++)
        if (l->edits[i].at == at && l->edits[i].rank <= rank)
            rank = l->edits[i].rank - 1;
    if (text.n)
        add(l, (struct edit){ (uint32_t)at, 0, rank, arena_dup(l->arena, text) });
}

static size_t offset(const struct msg *m, struct str what)
{
    ASSERT(what.p >= m->raw.p && what.p + what.n <= m->raw.p + m->raw.n);
    return (size_t)(what.p - m->raw.p);
}

/* What crosses from the head to the body is two edits, so that each side can be counted alone. */
void edit_replace(struct edit_list *l, const struct msg *m, struct str what, struct str text)
{
    size_t at = offset(m, what);

    if (at < m->head.n && at + what.n > m->head.n) {
        edit_splice(l, at, m->head.n - at, text);
        edit_splice(l, m->head.n, at + what.n - m->head.n, STR(""));
    } else {
        edit_splice(l, at, what.n, text);
    }
}

void edit_delete(struct edit_list *l, const struct msg *m, struct str what)
{
    edit_replace(l, m, what, STR(""));
}

void edit_forget(struct edit_list *l, const struct msg *m, struct str what)
{
    size_t at = (size_t)(what.p - m->raw.p);

    for (size_t i = 0; i < l->n; i++) {
        if (l->edits[i].at != at || l->edits[i].n != what.n)
            continue;
        memmove(&l->edits[i], &l->edits[i + 1], (l->n - i - 1) * sizeof *l->edits);
        l->n--;
        return;
    }
}

static struct str with_line_end(struct edit_list *l, struct str text)
{
    if (text.n == 0 || text.p[text.n - 1] == '\n')
        return text;
    return arena_fmt(l->arena, STR_FMT "\r\n", STR_ARG(text));
}

/* Where the empty line begins that ends the headers. */
static size_t end_of_headers(const struct msg *m)
{
    size_t n = m->head.n;

    if (n >= 2 && m->head.p[n - 2] == '\r')
        return n - 2;
    return n ? n - 1 : 0;
}

void edit_append_header(struct edit_list *l, const struct msg *m, struct str text)
{
    edit_insert(l, end_of_headers(m), with_line_end(l, text));
}

static size_t place_of(const struct msg *m, const struct header *h)
{
    return h ? offset(m, h->all) : m->first_line.n;
}

void edit_insert_header(struct edit_list *l, const struct msg *m, const struct header *h,
                        struct str text)
{
    edit_insert(l, place_of(m, h), with_line_end(l, text));
}

void edit_insert_header_after(struct edit_list *l, const struct msg *m, const struct header *h,
                              struct str text)
{
    edit_insert(l, place_of(m, h) + h->all.n, with_line_end(l, text));
}

void edit_push_header(struct edit_list *l, const struct msg *m, const struct header *h,
                      struct str text)
{
    edit_insert_front(l, place_of(m, h), with_line_end(l, text));
}

void edit_remove_header(struct edit_list *l, const struct msg *m, const struct header *h)
{
    edit_delete(l, m, h->all);
}

void edit_set_body(struct edit_list *l, const struct msg *m, struct str body)
{
    while (l->n && l->edits[l->n - 1].at >= m->head.n)
        l->n--;
    edit_splice(l, m->head.n, m->body.n, body);
}

void edit_mark_via(struct edit_list *l, const struct msg *m, const struct via *top,
                   struct str received, uint16_t port, bool force_rport)
{
    size_t end = offset(m, top->all) + top->all.n;
    char text[16];

    snprintf(text, sizeof text, "=%u", port);
    if (port && top->has_rport && top->rport.n)
        edit_replace(l, m, top->rport, str_of(text + 1));
    else if (port && top->has_rport)
        edit_insert(l, offset(m, top->rport), str_of(text));
    else if (port && force_rport)
        edit_insert(l, end, arena_fmt(l->arena, ";rport%s", text));
    if (received.p && top->received.p)
        edit_replace(l, m, top->received, received);
    else if (received.p)
        edit_insert(l, end, arena_fmt(l->arena, ";received=" STR_FMT, STR_ARG(received)));
}

/* The length that [from, end of the message) has after the changes made there. */
static size_t length_from(const struct edit_list *l, const struct msg *m, size_t from)
{
    size_t length = 0, at = from;

    for (size_t i = 0; i < l->n; i++) {
        const struct edit *e = &l->edits[i];
        size_t behind = (size_t)e->at + e->n;
        if (e->at < from)
            continue;
        if (e->at > at) {
            length += e->at - at;
            at = e->at;
        }
        length += e->text.n;
        at = behind > at ? behind : at;
    }
    return length + (m->raw.n > at ? m->raw.n - at : 0);
}

size_t edit_length(const struct edit_list *l, const struct msg *m)
{
    return length_from(l, m, 0);
}

size_t edit_body_length(const struct edit_list *l, const struct msg *m)
{
    return length_from(l, m, m->head.n);
}

static bool is_deleted(const struct edit_list *l, size_t at)
{
    for (size_t i = 0; i < l->n && l->edits[i].at <= at; i++)
        if (at - l->edits[i].at < l->edits[i].n)
            return true;
    return false;
}

/* Whether a script has written a Content-Length line of its own. */
static bool brings_length(const struct edit_list *l, const struct msg *m)
{
    for (size_t i = 0; i < l->n && l->edits[i].at < m->head.n; i++) {
        struct str text = l->edits[i].text;
        while (text.n) {
            struct str line = str_split(&text, '\n');
            size_t colon = str_find(line, ':');
            if (colon < line.n &&
                header_id_of(str_trim(str_cut(line, 0, colon))) == HEADER_CONTENT_LENGTH)
                return true;
        }
    }
    return false;
}

/* `what` becomes `text`, whatever was to become of it or of parts of it. */
static void replace_all_of(struct edit_list *l, const struct msg *m, struct str what,
                           struct str text)
{
    size_t at = offset(m, what), kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct edit *e = &l->edits[i];
        if (e->at < at || (size_t)e->at + e->n > at + what.n)
            l->edits[kept++] = *e;
    }
    l->n = kept;
    edit_replace(l, m, what, text);
}

/* `fixed` becomes `l` with what sets Content-Length right; false when nothing is to be done. */
static bool fix_length(const struct edit_list *l, const struct msg *m, bool with_length,
                       struct edit_list *fixed)
{
    size_t length = edit_body_length(l, m);
    const struct header *h = msg_header(m, HEADER_CONTENT_LENGTH);
    bool found = false;
    char text[32];

    if (length == m->body.n && (h || !with_length) && (!h || !is_deleted(l, place_of(m, h))))
        return false;
    edit_init(fixed, l->arena ? l->arena : m->arena);
    edit_add_all(fixed, l);
    snprintf(text, sizeof text, "%zu", length);
    for (; h; h = msg_header_next(m, h)) {
        if (is_deleted(l, place_of(m, h)))
            continue;
        found = true;
        if (length != m->body.n)
            replace_all_of(fixed, m, h->body, str_of(text));
    }
    if (!found && (with_length || length != m->body.n) && !brings_length(l, m))
        edit_insert_front(fixed, end_of_headers(m),
                          arena_fmt(fixed->arena, "Content-Length: %s\r\n", text));
    return true;
}

void edit_apply(const struct edit_list *l, const struct msg *m, bool with_length, struct buf *out)
{
    struct edit_list fixed;
    struct str rest = m->raw;
    size_t at = 0;

    if (fix_length(l, m, with_length, &fixed))
        l = &fixed;
    if (!buf_room(out, edit_length(l, m)))
        return;
    for (size_t i = 0; i < l->n; i++) {
        const struct edit *e = &l->edits[i];
        size_t behind = (size_t)e->at + e->n;
        ASSERT(behind <= rest.n);
        if (e->at > at) {
            buf_add(out, str_cut(rest, at, e->at));
            at = e->at;
        }
        buf_add(out, e->text);
        at = behind > at ? behind : at;
    }
    buf_add(out, str_cut(rest, at, rest.n));
}
