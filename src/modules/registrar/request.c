/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a REGISTER: RFC 3261, 10.3, items 5 to 7, with Path (RFC 3327) and outbound (RFC 5626).
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "modules/registrar/inner.h"

err_t refuse(struct registration *r, unsigned status, const char *reason, const char *error)
{
    r->status = status;
    r->reason = reason;
    r->error = error;
    return ERR_DENIED;
}

/* Whether a list header holds this option tag. */
static bool has_option(struct msg *m, enum header_id id, struct str tag)
{
    for (const struct header *h = msg_header(m, id); h; h = msg_header_next(m, h)) {
        struct str rest = h->body;

        while (rest.n) {
            if (str_ieq(str_trim(str_split(&rest, ',')), tag))
                return true;
        }
    }
    return false;
}

static struct str unquoted(struct str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_cut(s, 1, s.n - 1) : s;
}

/* All Path headers as one list. */
static struct str path_of(struct registration *r)
{
    struct msg *m = r->call->msg;
    const struct header *h = msg_header(m, HEADER_PATH);
    struct buf b;
    struct str all;

    if (!h)
        return STR("");
    if (!msg_header_next(m, h))
        return h->body;
    buf_init(&b, MEM_MESSAGE);
    for (; h; h = msg_header_next(m, h)) {
        buf_addz(&b, b.n ? ", " : "");
        buf_add(&b, h->body);
    }
    all = arena_dup(r->call->arena, buf_str(&b));
    buf_free(&b);
    return all;
}

/* The URI of the first Path value; false when there is none. */
static bool first_path(struct registration *r, struct address *first)
{
    struct str path = r->common.text[CONTACT_PATH];

    return path.n && address_next(&path, first) == ERR_OK;
}

static err_t read_path(struct registration *r)
{
    struct address first;
    struct str received;

    if (!r->conf->use_path)
        return ERR_OK;
    r->common.text[CONTACT_PATH] = path_of(r);
    if (r->common.text[CONTACT_PATH].n == 0)
        return ERR_OK;
    if (r->conf->path_mode == PATH_STRICT && !r->supports_path) {
        r->lines = "Unsupported: path\r\n";
        return refuse(r, 420, "Bad Extension", "Path is there but the client does not support it");
    }
    if (!r->conf->path_use_received || !first_path(r, &first))
        return ERR_OK;
    received = uri_param(&first.uri, STR("received"));
    if (received.n) {
        char *p = arena_alloc(r->call->arena, received.n);
        size_t n;

        if (uri_unescape(received, p, &n) == ERR_OK)
            r->common.text[CONTACT_RECEIVED] = (struct str){ p, n };
    }
    return ERR_OK;
}

static err_t read_outbound(struct registration *r)
{
    struct msg *m = r->call->msg;
    struct address first;
    bool wants = false;

    for (size_t i = 0; i < r->n; i++)
        wants |= r->contacts[i].reg_id.n > 0 && r->contacts[i].instance.n > 0;
    if (r->conf->outbound_mode == OUTBOUND_NONE) {
        if (!r->requires_outbound)
            return ERR_OK;
        r->lines = "Unsupported: outbound\r\n";
        return refuse(r, 420, "Bad Extension", "Outbound is not supported");
    }
    if (r->conf->outbound_mode == OUTBOUND_REQUIRED && !r->supports_outbound && r->n > 0) {
        r->lines = "Require: outbound\r\n";
        return refuse(r, 421, "Extension Required", "The client does not support outbound");
    }
    if (!wants || !r->supports_outbound)
        return ERR_OK;
    if (msg_via(m, 1, NULL) && !(first_path(r, &first) && first.uri.has_ob))
        return refuse(r, 439, "First Hop Lacks Outbound Support",
                      "The first hop does not support outbound");
    r->outbound = true;
    return ERR_OK;
}

static void read_received(struct registration *r)
{
    struct value v;

    if (r->conf->received_avp && var_get(r->call, r->conf->received_avp, &v) == ERR_OK &&
        v.type == VALUE_STR && v.s.n)
        r->common.text[CONTACT_RECEIVED] = v.s;
}

static void read_socket(struct registration *r)
{
    struct call *c = r->call;
    struct listener *socket = c->from.local;
    struct str text = STR("");
    struct value v;

    r->common.socket = socket;
    r->common.connection = c->from.connection;
    if (r->conf->sock_mode && socket && socket->advertises)
        text = socket->advertised_text;
    if (r->conf->sock_flag >= 0 && r->conf->sock_flag < 32 && r->conf->sock_hdr_name.n &&
        (c->flags >> r->conf->sock_flag & 1)) {
        const struct header *h = msg_header_named(c->msg, r->conf->sock_hdr_name);

        if (h)
            text = h->body;
    }
    if (runtime_setting(c, r->conf, STR("socket"), &v) && v.type == VALUE_STR)
        text = v.s;
    r->common.text[CONTACT_SOCKET] = text;
    r->common.text[CONTACT_ATTRS] =
        contact_attrs_of(c->vars, usrloc_settings().xavp_contact, c->arena);
}

static err_t read_methods(struct registration *r)
{
    const struct header *h = msg_header(r->call->msg, HEADER_ALLOW);
    unsigned mask = 0, more;

    r->common.methods = CONTACT_ALL_METHODS;
    if (!h)
        return ERR_OK;
    for (; h; h = msg_header_next(r->call->msg, h)) {
        if (methods_parse(h->body, &more))
            return refuse(r, 400, "Bad Request", "Allow is malformed");
        mask |= more;
    }
    r->common.methods = contact_methods(mask);
    return ERR_OK;
}

static err_t read_identity(struct registration *r)
{
    struct msg *m = r->call->msg;
    const struct cseq *cseq = msg_cseq(m, NULL);
    struct str call_id = msg_call_id(m);
    const struct header *agent = msg_header(m, HEADER_USER_AGENT);

    if (call_id.n == 0 || !cseq)
        return refuse(r, 400, "Bad Request", "Call-ID or CSeq is missing");
    if (call_id.n > 255)
        return refuse(r, 400, "Bad Request", "Call-ID is too long");
    r->common.text[CONTACT_CALL_ID] = call_id;
    r->common.cseq = cseq->number;
    if (agent)
        r->common.text[CONTACT_USER_AGENT] =
            agent->body.n > 255 ? str_cut(agent->body, 0, 255) : agent->body;
    r->common.modified = clock_unix();
    r->common.flags = r->flags & SAVE_MEMORY ? CONTACT_MEMORY_ONLY : 0;
    r->common.cflags = call_target(r->call, 0)->flags;
    r->common.server_id = (int32_t)r->call->gen->core->server_id;
    return read_methods(r);
}

static err_t read_contacts(struct registration *r)
{
    struct msg *m = r->call->msg;
    size_t stars = 0;

    r->expires_header = msg_expires(m);
    if (msg_addresses(m, HEADER_CONTACT, &r->contacts, &r->n))
        return refuse(r, 400, "Bad Request", "Contact is malformed");
    for (size_t i = 0; i < r->n; i++) {
        stars += r->contacts[i].star;
        if (!r->contacts[i].star && r->contacts[i].uri_text.n > (size_t)r->conf->contact_max_size)
            return refuse(r, 400, "Bad Request", "A contact is too long");
    }
    r->star = stars > 0;
    if (r->star && r->n > 1)
        return refuse(r, 400, "Bad Request", "Contact * stands beside other contacts");
    if (r->star && r->expires_header != 0)
        return refuse(r, 400, "Bad Request", "Contact * without Expires: 0");
    return ERR_OK;
}

/* Lowers a value by up to `percent` per cent. */
static int64_t spread(int64_t seconds, int64_t percent)
{
    uint64_t room = (uint64_t)(seconds * (percent > 100 ? 100 : percent) / 100);

    return percent > 0 && room > 0 ? seconds - (int64_t)random_below(room + 1) : seconds;
}

/* Seconds asked for by one contact, within the limits; 0: remove. */
static err_t expires_of(struct registration *r, const struct address *a, int64_t *out)
{
    const struct registrar_conf *f = r->conf;
    int64_t n, range = f->expires_range;
    uint32_t given;
    struct value v;

    if (runtime_setting(r->call, f, STR("expires"), &v) && value_number(&v) >= 0) {
        n = value_number(&v);
    } else if (a->expires.n) {
        n = str_to_u32(a->expires, &given) == ERR_OK ? given : 3600; /* RFC 3261, 20.10 */
    } else if (r->expires_header >= 0) {
        n = r->expires_header;
    } else if (r->expires_header == -2) {
        n = 3600;
    } else {
        n = f->default_expires;
        range = f->default_expires_range;
    }
    *out = n;
    if (n == 0)
        return ERR_OK;
    if (!(r->flags & SAVE_NO_RANGE))
        n = spread(n, range);
    if (n < f->min_expires && f->min_expires > 0) {
        if (f->min_expires_mode) {
            r->lines =
                arena_fmt(r->call->arena, "Min-Expires: %lld\r\n", (long long)f->min_expires).p;
            return refuse(r, 423, "Interval Too Brief", "The wanted expiry is too short");
        }
        n = f->min_expires;
    }
    *out = f->max_expires > 0 && n > f->max_expires ? f->max_expires : n;
    return ERR_OK;
}

static err_t q_of(struct registration *r, const struct address *a, int16_t *out)
{
    struct value v;
    int q = (int)r->conf->default_q;

    if (runtime_setting(r->call, r->conf, STR("q"), &v)) {
        int64_t n = value_number(&v);

        q = n < 0 ? -1 : n > 1000 ? 1000 : (int)n;
    } else if (a->q.p && q_parse(a->q, &q)) {
        return refuse(r, 400, "Bad Request", "q is malformed");
    }
    *out = (int16_t)(q > 1000 ? 1000 : q < 0 ? -1 : q);
    return ERR_OK;
}

static err_t want(struct registration *r, const struct address *a, struct contact_info *info)
{
    int64_t seconds = 0;
    uint32_t reg_id = 0;
    size_t bytes = 128; /* for the unique id */
    unsigned methods;
    err_t e;

    *info = r->common;
    info->text[CONTACT_URI] = a->uri_text;
    e = expires_of(r, a, &seconds);
    if (!e)
        e = q_of(r, a, &info->q);
    if (e)
        return e;
    info->expires = seconds ? info->modified + seconds : -1;
    if (a->methods.n && methods_parse(unquoted(a->methods), &methods) == ERR_OK)
        info->methods = contact_methods(methods);
    if (a->received.n && !info->text[CONTACT_RECEIVED].n && r->conf->received_param.n == 0)
        info->text[CONTACT_RECEIVED] = unquoted(a->received);
    if (a->instance.n && (r->conf->gruu_enabled || r->outbound))
        info->text[CONTACT_INSTANCE] = unquoted(a->instance);
    if (a->reg_id.n && (r->outbound || r->conf->regid_mode) &&
        str_to_u32(a->reg_id, &reg_id) == ERR_OK && reg_id <= INT32_MAX)
        info->reg_id = (int32_t)reg_id;
    for (size_t i = 0; i < CONTACT_TEXTS; i++)
        bytes += info->text[i].n;
    if (bytes > UINT16_MAX)
        return refuse(r, 400, "Bad Request", "A contact is too long");
    return ERR_OK;
}

err_t registration_read(struct registration *r)
{
    struct msg *m = r->call->msg;
    struct value v;
    err_t e;

    r->supports_path = has_option(m, HEADER_SUPPORTED, STR("path"));
    r->supports_gruu = has_option(m, HEADER_SUPPORTED, STR("gruu"));
    r->requires_outbound = has_option(m, HEADER_REQUIRE, STR("outbound"));
    r->supports_outbound = r->requires_outbound || has_option(m, HEADER_SUPPORTED, STR("outbound"));
    r->max_contacts = r->conf->max_contacts;
    if (runtime_setting(r->call, r->conf, STR("max_contacts"), &v))
        r->max_contacts = value_number(&v);
    e = read_contacts(r);
    if (!e)
        e = read_identity(r);
    if (!e)
        e = read_path(r);
    if (!e)
        e = read_outbound(r);
    if (e)
        return e;
    read_received(r);
    read_socket(r);
    if (r->star)
        return ERR_OK;
    r->wanted = ARENA_ARRAY(r->call->arena, struct contact_info, r->n ? r->n : 1);
    for (size_t i = 0; i < r->n && !e; i++)
        e = want(r, &r->contacts[i], &r->wanted[i]);
    return e;
}
