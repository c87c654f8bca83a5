/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of a message, found by name and read on demand. */
#include "sip/message_cache.h"
#include "sip/scan.h"

const struct header *msg_header(const struct msg *m, enum header_id id)
{
    return m->first_of[id] ? &m->headers[m->first_of[id] - 1] : NULL;
}

const struct header *msg_header_next(const struct msg *m, const struct header *h)
{
    return h->next_same ? &m->headers[h->next_same] : NULL;
}

static const struct header *find_named(const struct msg *m, const struct header *h, struct str name)
{
    while (h && h->id == HEADER_OTHER && !str_ieq(h->name, name))
        h = msg_header_next(m, h);
    return h;
}

const struct header *msg_header_named(const struct msg *m, struct str name)
{
    return find_named(m, msg_header(m, header_id_of(name)), name);
}

const struct header *msg_header_named_next(const struct msg *m, const struct header *h,
                                           struct str name)
{
    return find_named(m, msg_header_next(m, h), name);
}

/* The same bytes in another copy of the text. */
static struct str moved(struct str s, const char *from, const char *to)
{
    return s.p ? (struct str){ to + (s.p - from), s.n } : s;
}

void msg_clone(const struct msg *m, struct arena *arena, struct msg *out)
{
    const char *from = m->raw.p, *to;

    *out = *m;
    out->raw = arena_dup(arena, m->raw.p ? m->raw : STR(""));
    to = out->raw.p;
    out->first_line = moved(m->first_line, from, to);
    out->method_name = moved(m->method_name, from, to);
    out->uri = moved(m->uri, from, to);
    out->reason = moved(m->reason, from, to);
    out->version = moved(m->version, from, to);
    out->head = moved(m->head, from, to);
    out->body = moved(m->body, from, to);
    out->arena = arena;
    out->cache = ARENA_NEW(arena, struct msg_cache);
    out->headers = arena_alloc(arena, sizeof *out->headers * (m->n_headers + 1));
    for (size_t i = 0; i < m->n_headers; i++) {
        const struct header *h = &m->headers[i];
        out->headers[i] = *h;
        out->headers[i].name = moved(h->name, from, to);
        out->headers[i].body = moved(h->body, from, to);
        out->headers[i].all = moved(h->all, from, to);
    }
}

static void report(err_t *to, err_t e)
{
    if (to)
        *to = e;
}

/* Reads one more Via value; false when there is none. */
static bool read_via(struct msg *m)
{
    struct msg_cache *c = m->cache;
    struct via_node *node;

    if (c->via_err)
        return false;
    if (!c->vias_begun || c->via_rest.n == 0) {
        c->via_header =
            c->vias_begun ? msg_header_next(m, c->via_header) : msg_header(m, HEADER_VIA);
        if (!c->via_header) {
            c->via_err = ERR_NOT_FOUND;
            return false;
        }
        c->vias_begun = true;
        c->via_rest = c->via_header->body;
    }
    node = arena_alloc(m->arena, sizeof *node);
    node->next = NULL;
    c->via_err = c->n_vias++ < MSG_VALUES_MAX ? via_next(&c->via_rest, &node->via) : ERR_LIMIT;
    if (c->via_err)
        return false;
    if (c->last_via)
        c->last_via->next = node;
    else
        c->vias = node;
    c->last_via = node;
    return true;
}

const struct via *msg_via(struct msg *m, size_t nth, err_t *e)
{
    struct via_node *node = m->cache->vias;

    if (!node && read_via(m))
        node = m->cache->vias;
    for (; node && nth; nth--) {
        if (!node->next && !read_via(m))
            break;
        node = node->next;
    }
    if (node && nth == 0) {
        report(e, ERR_OK);
        return &node->via;
    }
    report(e, m->cache->via_err);
    return NULL;
}

static const struct address *single_address(struct msg *m, enum header_id id, struct address **kept,
                                            err_t *kept_err, err_t *e)
{
    const struct header *h = msg_header(m, id);

    if (!*kept && !*kept_err) {
        struct address *a = arena_alloc(m->arena, sizeof *a);
        *kept_err = h ? address_parse_loosely(h->body, a) : ERR_NOT_FOUND;
        if (!*kept_err)
            *kept = a;
    }
    report(e, *kept_err);
    return *kept;
}

const struct address *msg_from(struct msg *m, err_t *e)
{
    return single_address(m, HEADER_FROM, &m->cache->from, &m->cache->from_err, e);
}

const struct address *msg_to(struct msg *m, err_t *e)
{
    return single_address(m, HEADER_TO, &m->cache->to, &m->cache->to_err, e);
}

const struct uri *msg_ruri(struct msg *m, err_t *e)
{
    struct msg_cache *c = m->cache;

    if (!c->ruri && !c->ruri_err) {
        struct uri *u = arena_alloc(m->arena, sizeof *u);
        c->ruri_err = m->request ? uri_parse(m->uri, u) : ERR_NOT_FOUND;
        if (!c->ruri_err)
            c->ruri = u;
    }
    report(e, c->ruri_err);
    return c->ruri;
}

const struct cseq *msg_cseq(struct msg *m, err_t *e)
{
    struct msg_cache *c = m->cache;

    if (!c->cseq_read) {
        const struct header *h = msg_header(m, HEADER_CSEQ);
        c->cseq_read = true;
        c->cseq_err = h ? cseq_parse(h->body, &c->cseq) : ERR_NOT_FOUND;
    }
    report(e, c->cseq_err);
    return c->cseq_err ? NULL : &c->cseq;
}

struct str msg_call_id(const struct msg *m)
{
    const struct header *h = msg_header(m, HEADER_CALL_ID);

    return h ? h->body : STR_NONE;
}

struct str msg_from_tag(struct msg *m)
{
    const struct address *a = msg_from(m, NULL);

    return a ? a->tag : STR_NONE;
}

struct str msg_to_tag(struct msg *m)
{
    const struct address *a = msg_to(m, NULL);

    return a ? a->tag : STR_NONE;
}

int64_t number_of_header(const struct header *h)
{
    struct scan s = scan_of(h->body);
    uint32_t n = scan_u32(&s);

    scan_end(&s);
    return s.err ? -2 : (int64_t)n;
}

static int64_t number(const struct msg *m, enum header_id id)
{
    const struct header *h = msg_header(m, id);

    return h ? number_of_header(h) : -1;
}

int64_t msg_content_length(const struct msg *m)
{
    return number(m, HEADER_CONTENT_LENGTH);
}

int64_t msg_max_forwards(const struct msg *m)
{
    return number(m, HEADER_MAX_FORWARDS);
}

int64_t msg_expires(const struct msg *m)
{
    return number(m, HEADER_EXPIRES);
}

/* Room for one more value; NULL at the limit. */
static struct address *next_value(struct msg *m, struct address_list *list)
{
    if (list->n == MSG_VALUES_MAX)
        return NULL;
    if (list->n == list->room) {
        size_t room = list->room ? list->room * 4 : 1;
        struct address *more = arena_alloc(m->arena, sizeof *more * room);
        if (list->n)
            memcpy(more, list->values, sizeof *more * list->n);
        list->values = more;
        list->room = room;
    }
    return &list->values[list->n];
}

static void read_list(struct msg *m, struct address_list *list)
{
    for (const struct header *h = msg_header(m, list->id); h; h = msg_header_next(m, h)) {
        struct str rest = h->body;
        do {
            struct address *a = next_value(m, list);
            list->err = a ? address_next(&rest, a) : ERR_LIMIT;
            if (list->err)
                return;
            list->n++;
        } while (rest.n);
    }
}

err_t msg_addresses(struct msg *m, enum header_id id, const struct address **values, size_t *n)
{
    struct address_list *list = m->cache->lists;

    while (list && list->id != id)
        list = list->next;
    if (!list) {
        list = ARENA_NEW(m->arena, struct address_list);
        list->id = id;
        list->next = m->cache->lists;
        m->cache->lists = list;
        read_list(m, list);
    }
    *values = list->values;
    *n = list->n;
    return list->err;
}
