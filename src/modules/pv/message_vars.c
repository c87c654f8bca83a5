/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables read from the message itself: start line, headers, body, Via. */
#include "modules/pv/message_vars.h"
#include "core/send.h"
#include "sip/scan.h"
#include <stdlib.h>

static err_t give_header_body(struct value *out, struct call *c, enum header_id id)
{
    const struct header *h = msg_header(c->msg, id);
    return give_str(out, h ? h->body : STR_NONE);
}

/* Methods as the configuration language numbers them: INVITE 1, CANCEL 2, ACK 4 and so on. */
static int64_t method_number(enum sip_method m)
{
    return m >= METHOD_INVITE && m <= METHOD_PUBLISH ? INT64_C(1) << (m - METHOD_INVITE)
                                                     : INT64_C(1) << 14;
}

/* The message as it would leave now. */
static err_t give_updated_buffer(struct call *c, struct value *out)
{
    struct buf now;
    struct str text;

    if (!c->edits.n)
        return give_str(out, c->msg->raw);
    buf_init(&now, MEM_MESSAGE);
    edit_apply(&c->edits, c->msg, false, &now);
    text = arena_dup(c->arena, buf_str(&now));
    buf_free(&now);
    return give_str(out, text);
}

/* As received, zeros in front included. */
static struct str cseq_digits(struct str body)
{
    size_t n = 0;

    while (n < body.n && char_is(body.p[n], CHAR_DIGIT))
        n++;
    return str_cut(body, 0, n);
}

GETTER(get_message_attr)
{
    struct msg *m = c->msg;
    const struct cseq *cseq;

    if (!m)
        return give_null(out);
    switch ((enum message_attr)at->var->tag) {
    case MSG_METHOD:
        if (m->request)
            return give_str(out, m->method_name);
        cseq = msg_cseq(m, NULL);
        return give_str(out, cseq ? cseq->method_name : STR_NONE);
    case MSG_METHOD_ID:
        cseq = m->request ? NULL : msg_cseq(m, NULL);
        return give_int(out, method_number(m->request ? m->method
                                           : cseq     ? cseq->method
                                                      : METHOD_OTHER));
    case MSG_STATUS: return m->request ? give_null(out) : give_int(out, m->status);
    case MSG_STATUS_NUMBER: return give_int(out, m->request ? 0 : m->status);
    case MSG_REASON: return m->request ? give_null(out) : give_str(out, m->reason);
    case MSG_VERSION: return give_str(out, m->version);
    case MSG_TYPE: return give_int(out, m->request ? 1 : 2);
    case MSG_TYPE_TEXT: return give_str(out, m->request ? STR("rq") : STR("rp"));
    case MSG_CALL_ID: return give_str(out, msg_call_id(m));
    case MSG_CSEQ:
        cseq = msg_cseq(m, NULL);
        return cseq ? give_str(out, cseq_digits(msg_header(m, HEADER_CSEQ)->body)) : give_null(out);
    case MSG_CSEQ_BODY: return give_header_body(out, c, HEADER_CSEQ);
    case MSG_CONTENT_TYPE: return give_header_body(out, c, HEADER_CONTENT_TYPE);
    case MSG_CONTENT_LENGTH:
        return msg_content_length(m) < 0 ? give_null(out) : give_int(out, msg_content_length(m));
    case MSG_BODY: return give_str(out, m->body.n ? m->body : STR(""));
    case MSG_BODY_SIZE: return give_int(out, (int64_t)m->body.n);
    case MSG_BUFFER: return give_str(out, c->raw_bytes.p ? c->raw_bytes : m->raw);
    case MSG_BUFFER_UPDATED: return give_updated_buffer(c, out);
    case MSG_LENGTH: return give_int(out, (int64_t)(c->raw_bytes.p ? c->raw_bytes.n : m->raw.n));
    case MSG_NUMBER: return give_int(out, (int64_t)c->serial);
    case MSG_USER_AGENT: return give_header_body(out, c, HEADER_USER_AGENT);
    case MSG_SERIAL_TEXT: return give_fmt(c, out, "%llu", (unsigned long long)c->serial);
    }
    return give_null(out);
}

/* --- headers ------------------------------------------------------------------------------- */

/*
 * Headers whose values may stand in one line, separated by commas, and that $hflc and $(hfl(…)[n])
 * therefore count by value (RFC 3261, 7.3.1).
 */
static bool is_list_header(const struct header *h)
{
    static const enum header_id ids[] = { HEADER_VIA,
                                          HEADER_CONTACT,
                                          HEADER_ROUTE,
                                          HEADER_RECORD_ROUTE,
                                          HEADER_PATH,
                                          HEADER_SERVICE_ROUTE,
                                          HEADER_DIVERSION,
                                          HEADER_P_ASSERTED_IDENTITY,
                                          HEADER_P_PREFERRED_IDENTITY };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (h->id == ids[i])
            return true;
    return false;
}

/* The next value of a comma-separated list; commas in quotes and in < > do not count. */
static struct str next_value(struct str *rest)
{
    bool quoted = false, angle = false;
    size_t i = 0;

    for (; i < rest->n; i++) {
        char ch = rest->p[i];
        if (quoted && ch == '\\')
            i++;
        else if (ch == '"')
            quoted = !quoted;
        else if (!quoted && ch == '<')
            angle = true;
        else if (!quoted && ch == '>')
            angle = false;
        else if (!quoted && !angle && ch == ',')
            break;
    }
    if (i > rest->n)
        i = rest->n;
    struct str value = str_trim(str_cut(*rest, 0, i));
    *rest = str_skip(*rest, i + 1);
    return value;
}

struct values { /* a walk over the values of a header name */
    struct str name;
    bool by_value; /* split lists */
    const struct header *h;
    struct str rest;
};

static bool values_next(const struct msg *m, struct values *w, struct str *value)
{
    if (w->by_value && w->h && w->rest.n) {
        *value = next_value(&w->rest);
        return true;
    }
    w->h = w->h ? msg_header_named_next(m, w->h, w->name) : msg_header_named(m, w->name);
    if (!w->h)
        return false;
    *value = w->h->body;
    w->rest = (struct str){ NULL, 0 };
    if (w->by_value && is_list_header(w->h)) {
        w->rest = w->h->body;
        *value = next_value(&w->rest);
    }
    return true;
}

static int64_t count_values(const struct msg *m, struct str name, bool by_value)
{
    struct values w = { .name = name, .by_value = by_value };
    struct str value;
    int64_t n = 0;

    while (values_next(m, &w, &value))
        n++;
    return n;
}

static err_t give_all(struct call *c, struct str name, bool by_value, struct value *out)
{
    struct values w = { .name = name, .by_value = by_value };
    struct str value, joined;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    for (size_t n = 0; values_next(c->msg, &w, &value); n++) {
        if (n)
            buf_char(&b, ',');
        buf_add(&b, value);
    }
    joined = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return give_str(out, joined.n ? joined : STR_NONE);
}

/* $hdr(name) by line, $hfl(name) by value (tag 1). */
GETTER(get_header)
{
    struct str name = var_key(c, at), value;
    bool by_value = at->var->tag == 1;
    struct values w = { .name = name, .by_value = by_value };
    int64_t nth;

    if (!c->msg)
        return give_null(out);
    if (at->index_kind == VAR_INDEX_ALL)
        return give_all(c, name, by_value, out);
    nth = at->index_kind == VAR_INDEX_NONE ? 0 : var_index(c, at);
    if (nth < 0)
        nth += count_values(c->msg, name, by_value);
    if (nth < 0)
        return give_null(out);
    while (values_next(c->msg, &w, &value))
        if (nth-- == 0)
            return give_str(out, value);
    return give_null(out);
}

GETTER(get_header_count)
{
    if (!c->msg)
        return give_int(out, 0);
    return give_int(out, count_values(c->msg, var_key(c, at), at->var->tag == 1));
}

/* --- $msg(attribute) ------------------------------------------------------------------------ */

enum { PART_LEN, PART_BUF, PART_BODY, PART_BODY_LEN, PART_HEADERS, PART_FIRST_LINE, PART_LAST };
static const struct key_row msg_keys[] = {
    { "len", PART_LEN },      { "buf", PART_BUF },
    { "body", PART_BODY },    { "body_len", PART_BODY_LEN },
    { "hdrs", PART_HEADERS }, { "fline", PART_FIRST_LINE },
    { "lpart", PART_LAST },   { 0 },
};

PREPARE(prepare_msg)
{
    return prepare_key(l, at, msg_keys, prepared);
}

/* Without the line end of the last one and the empty line. */
static struct str headers_text(const struct msg *m)
{
    struct str s = str_skip(m->head, m->first_line.n);

    while (s.n && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
        s.n--;
    return s;
}

GETTER(get_msg)
{
    const struct msg *m = c->msg;

    if (!m)
        return give_null(out);
    switch (key_id(c, at, msg_keys)) {
    case PART_LEN: return give_int(out, (int64_t)m->raw.n);
    case PART_BUF: return give_str(out, m->raw);
    case PART_BODY: return give_str(out, m->body);
    case PART_BODY_LEN: return give_int(out, (int64_t)m->body.n);
    case PART_HEADERS: return give_str(out, headers_text(m));
    case PART_FIRST_LINE: return give_str(out, str_trim(m->first_line));
    case PART_LAST: return give_str(out, str_skip(m->raw, m->first_line.n));
    default: return give_null(out);
    }
}

/* The position in $msgbuf(position); false: it is none. */
static bool byte_place(struct call *c, const struct var_ref *at, size_t *place)
{
    int64_t n;

    if (!c->msg || str_to_i64(str_trim(var_key(c, at)), &n) || n < 0 ||
        (uint64_t)n >= c->msg->raw.n)
        return false;
    *place = (size_t)n;
    return true;
}

GETTER(get_msgbuf)
{
    size_t place;

    if (!var_key(c, at).n)
        return give_str(out, c->msg ? c->msg->raw : STR_NONE);
    if (!byte_place(c, at, &place))
        return give_null(out);
    return give_str(out, str_cut(c->msg->raw, place, place + 1));
}

/* Places stay what they are, so edits made before still fit. */
static err_t set_byte(struct call *c, size_t place, char byte)
{
    struct str raw = arena_dup(c->arena, c->msg->raw);
    struct edit_list edits = c->edits;
    err_t e;

    ((char *)(uintptr_t)raw.p)[place] = byte;
    edit_init(&c->edits, c->arena);
    e = call_replace_message(c, raw);
    c->edits = edits;
    return e;
}

/* The whole message replaced: what follows reads the new one. */
SETTER(set_msgbuf)
{
    size_t place;

    if (in->type != VALUE_STR || !c->msg)
        return ERR_TYPE;
    if (!var_key(c, at).n)
        return call_replace_message(c, in->s);
    if (!byte_place(c, at, &place) || !in->s.n)
        return ERR_RANGE;
    return set_byte(c, place, in->s.p[0]);
}

/* --- Via ------------------------------------------------------------------------------------ */

enum { VIA_HOST, VIA_PORT, VIA_PROTO, VIA_BRANCH, VIA_RPORT, VIA_RECEIVED, VIA_I, VIA_OC };
static const struct key_row via_keys[] = {
    { "host", VIA_HOST },     { "port", VIA_PORT },   { "proto", VIA_PROTO },
    { "branch", VIA_BRANCH }, { "rport", VIA_RPORT }, { "received", VIA_RECEIVED },
    { "i", VIA_I },           { "oc", VIA_OC },       { 0 },
};

PREPARE(prepare_via)
{
    return prepare_key(l, at, via_keys, prepared);
}

static const struct via *nth_via(struct msg *m, int nth)
{
    const struct via *v = NULL, *next;

    if (nth >= 0)
        return msg_via(m, (size_t)nth, NULL);
    for (size_t i = 0; (next = msg_via(m, i, NULL)) != NULL; i++)
        v = next;
    return v;
}

GETTER(get_via)
{
    const struct via *v = c->msg ? nth_via(c->msg, at->var->tag) : NULL;

    if (!v)
        return give_null(out);
    switch (key_id(c, at, via_keys)) {
    case VIA_HOST: return give_str(out, v->host);
    case VIA_PORT: return give_int(out, v->port ? v->port : proto_default_port(v->proto));
    case VIA_PROTO: return give_str(out, v->proto_text);
    case VIA_BRANCH: return give_str(out, v->branch);
    case VIA_RPORT: return give_str(out, v->rport.n ? v->rport : STR_NONE);
    case VIA_RECEIVED: return give_str(out, v->received);
    case VIA_I: return give_str(out, v->i);
    case VIA_OC: return give_str(out, param_find(v->params, STR("oc")));
    default: return give_null(out);
    }
}

GETTER(get_to_tag_local)
{
    (void)at;
    return pv_is_request(c) ? give_str(out, reply_to_tag(c)) : give_null(out);
}
