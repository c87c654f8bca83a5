/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables that are a part of some address: of the Request-URI as it stands or as it came, From,
 * To, the next hop, identities. A tag packs which address and which part.
 */
#include "modules/pv/address_vars.h"
#include "core/send.h"

struct source { /* one address, read */
    struct uri uri;
    struct str display, tag;
    bool found, is_uri;
};

static err_t read_uri(struct str text, struct source *s)
{
    s->uri.text = text;
    s->found = text.p != NULL;
    s->is_uri = s->found && uri_parse(text, &s->uri) == ERR_OK;
    return ERR_OK;
}

static void read_address(const struct address *a, struct source *s)
{
    if (!a)
        return;
    s->found = s->is_uri = true;
    s->uri = a->uri;
    s->uri.text = a->uri_text;
    s->display = a->display;
    s->tag = a->tag;
}

static void read_header(struct call *c, enum header_id id, struct source *s)
{
    const struct header *h = msg_header(c->msg, id);
    struct address a;

    if (h && address_parse(h->body, &a) == ERR_OK)
        read_address(&a, s);
}

static void read_first_of_list(struct call *c, enum header_id id, struct source *s)
{
    const struct address *list;
    size_t n;

    if (msg_addresses(c->msg, id, &list, &n) == ERR_OK && n)
        read_address(list, s);
}

static void read_source(struct call *c, enum address_source from, struct source *s)
{
    *s = (struct source){ 0 };
    switch (from) {
    case FROM_RURI:
        if (pv_is_request(c))
            read_uri(call_uri_text(c), s);
        return;
    case FROM_ORIGINAL:
        if (pv_is_request(c))
            read_uri(c->msg->uri, s);
        return;
    case FROM_DESTINATION: read_uri(call_target(c, 0)->dst_uri, s); return;
    case FROM_NEXT_HOP:
        if (call_target(c, 0)->dst_uri.n)
            read_uri(call_target(c, 0)->dst_uri, s);
        else if (pv_is_request(c))
            read_uri(call_uri_text(c), s);
        return;
    case FROM_FROM: read_address(msg_from(c->msg, NULL), s); return;
    case FROM_TO: read_address(msg_to(c->msg, NULL), s); return;
    case FROM_CONTACT: read_first_of_list(c, HEADER_CONTACT, s); return;
    case FROM_ASSERTED: read_first_of_list(c, HEADER_P_ASSERTED_IDENTITY, s); return;
    case FROM_PREFERRED: read_first_of_list(c, HEADER_P_PREFERRED_IDENTITY, s); return;
    case FROM_REMOTE_PARTY: read_header(c, HEADER_REMOTE_PARTY_ID, s); return;
    case FROM_REFER_TO: read_header(c, HEADER_REFER_TO, s); return;
    case FROM_DIVERSION: read_first_of_list(c, HEADER_DIVERSION, s); return;
    }
}

/* As phone2tel has it. */
static struct str scheme_of(const struct call *c, const struct uri *u)
{
    bool phone = c->gen->core && c->gen->core->phone2tel && str_ieq(u->user_param, STR("phone"));

    return phone && str_istarts(u->scheme_name, STR("sip")) ? STR("tel") : u->scheme_name;
}

static err_t give_part(struct call *c, const struct source *s, enum address_part part,
                       struct value *out)
{
    const struct uri *u = &s->uri;
    struct str user = pv_user_of(u);
    enum proto proto;

    if (!s->found)
        return give_null(out);
    switch (part) {
    case PART_URI: return give_str(out, u->text);
    case PART_URI_LENGTH: return give_int(out, (int64_t)u->text.n);
    case PART_DISPLAY: return give_str(out, s->display.n ? s->display : STR_NONE);
    case PART_TAG: return give_str(out, s->tag.n ? s->tag : STR_NONE);
    default: break;
    }
    if (!s->is_uri)
        return give_null(out);
    switch (part) {
    case PART_USER: return give_str(out, u->user.n ? user : STR_NONE);
    case PART_USER_LENGTH: return give_int(out, (int64_t)user.n);
    case PART_DOMAIN: return give_str(out, u->host.n ? u->host : STR_NONE);
    case PART_PORT: return give_int(out, uri_port(u));
    case PART_PROTO:
        proto = uri_proto(u);
        return give_str(out, proto == PROTO_NONE ? STR("UDP") : proto_name(proto));
    case PART_SCHEME: return give_str(out, scheme_of(c, u));
    case PART_PORT_TEXT: return give_str(out, arena_fmt(c->arena, "%u", (unsigned)uri_port(u)));
    default: return give_null(out);
    }
}

GETTER(get_address_part)
{
    struct source s;

    if (!c->msg)
        return give_null(out);
    read_source(c, ADDRESS_SOURCE(at->var->tag), &s);
    return give_part(c, &s, ADDRESS_PART(at->var->tag), out);
}

/* --- writing ------------------------------------------------------------------------------- */

/* The parameters of a telephone number, which stand in the user (RFC 3261, 19.1.6). */
static struct str phone_params(const struct uri *u)
{
    return str_ieq(u->user_param, STR("phone")) ? str_skip(u->user, str_find(u->user, ';'))
                                                : STR_NONE;
}

/* The Request-URI with one part replaced; a null value removes the user or the port. */
static err_t rebuild(struct call *c, const struct uri *u, enum address_part part, struct str text)
{
    struct uri_parts p = uri_parts_of(u);
    struct buf b;

    if (part == PART_USER)
        p.user = text.n
                     ? arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(text), STR_ARG(phone_params(u)))
                     : text;
    else if (part == PART_DOMAIN)
        p.host = text;
    else if (part == PART_PORT_TEXT || part == PART_PORT)
        p.port = text;
    buf_init(&b, MEM_MESSAGE);
    uri_write(&b, u, &p);
    err_t e = call_set_uri(c, buf_str(&b));
    buf_free(&b);
    return e;
}

static err_t set_transport(struct call *c, const struct uri *u, struct str text)
{
    struct buf b;
    struct str rest = u->params, name, value;

    buf_init(&b, MEM_MESSAGE);
    buf_add(&b, str_cut(u->text, 0, (size_t)(u->host.p + u->host.n - u->text.p)));
    if (u->port_text.n)
        buf_fmt(&b, ":" STR_FMT, STR_ARG(u->port_text));
    while (param_next(&rest, &name, &value)) {
        if (str_ieq(name, STR("transport")))
            continue;
        buf_fmt(&b, ";" STR_FMT, STR_ARG(name));
        if (value.n)
            buf_fmt(&b, "=" STR_FMT, STR_ARG(value));
    }
    if (text.n)
        buf_fmt(&b, ";transport=" STR_FMT, STR_ARG(text));
    err_t e = call_set_uri(c, buf_str(&b));
    buf_free(&b);
    return e;
}

SETTER(set_ruri)
{
    (void)at;
    struct str text = value_text(in, c->arena);

    if (!pv_is_request(c))
        return ERR_STATE;
    if (in->type == VALUE_NULL || !text.n)
        return ERR_SYNTAX;
    return call_set_uri(c, text);
}

SETTER(set_ruri_part)
{
    enum address_part part = ADDRESS_PART(at->var->tag);
    struct str text = value_text(in, c->arena);
    const struct uri *u = pv_is_request(c) ? call_uri(c, NULL) : NULL;

    if (!u)
        return ERR_STATE;
    if (part == PART_DOMAIN && !text.n)
        return ERR_SYNTAX;
    if (part == PART_PROTO)
        return set_transport(c, u, text);
    return rebuild(c, u, part, text);
}

SETTER(set_dst_uri)
{
    (void)at;
    if (in->type == VALUE_NULL) {
        call_set_dst_uri(c, STR_NONE);
        return ERR_OK;
    }
    if (in->type != VALUE_STR || !in->s.n)
        return ERR_SYNTAX;
    call_set_dst_uri(c, in->s);
    return ERR_OK;
}

/* Replaces `old`, a slice of the message, or inserts at `at` when there is none. */
static void splice(struct call *c, struct str old, size_t at, struct str text)
{
    if (old.p)
        edit_replace(&c->edits, c->msg, old, text);
    else
        edit_insert(&c->edits, at, text);
}

/* The parts of From and To, changed in the message that leaves. */
SETTER(set_from_to_part)
{
    bool from = ADDRESS_SOURCE(at->var->tag) == FROM_FROM;
    const struct address *a =
        c->msg ? (from ? msg_from(c->msg, NULL) : msg_to(c->msg, NULL)) : NULL;
    struct str text = value_text(in, c->arena);
    size_t start;

    if (!a)
        return ERR_STATE;
    start = (size_t)(a->uri_text.p - c->msg->raw.p);
    switch (ADDRESS_PART(at->var->tag)) {
    case PART_URI: splice(c, a->uri_text, 0, text); return ERR_OK;
    case PART_DOMAIN: splice(c, a->uri.host, 0, text); return ERR_OK;
    case PART_USER:
        if (a->uri.user.p) {
            splice(c, a->uri.user, 0, text);
            return ERR_OK;
        }
        splice(c, STR_NONE, start + a->uri.scheme_name.n + 1,
               arena_fmt(c->arena, STR_FMT "@", STR_ARG(text)));
        return ERR_OK;
    case PART_DISPLAY:
        if (a->display.n)
            splice(c, a->display, 0, text);
        else if (a->brackets)
            splice(c, STR_NONE, start - 1, arena_fmt(c->arena, STR_FMT " ", STR_ARG(text)));
        else
            splice(
                c, a->uri_text, 0,
                arena_fmt(c->arena, STR_FMT " <" STR_FMT ">", STR_ARG(text), STR_ARG(a->uri_text)));
        return ERR_OK;
    default: return ERR_UNSUPPORTED;
    }
}

/* --- the rest that reads addresses --------------------------------------------------------- */

static const struct key_row next_hop_keys[] = {
    { "u", PART_URI },  { "U", PART_USER },  { "d", PART_DOMAIN },
    { "p", PART_PORT }, { "P", PART_PROTO }, { 0 },
};

/* $nh(u) and $nh(U) differ by case only, so these keys are compared exactly. */
static const struct key_row *next_hop_key(struct str name)
{
    for (const struct key_row *r = next_hop_keys; r->name; r++)
        if (str_eq(name, str_of(r->name)))
            return r;
    return NULL;
}

PREPARE(prepare_next_hop)
{
    *prepared = next_hop_key(at->key);
    if (*prepared)
        return ERR_OK;
    load_fault(l, NULL, "$nh has no attribute \"" STR_FMT "\"; it has u, U, d, p and P",
               STR_ARG(at->key));
    return ERR_SYNTAX;
}

/* By the Via below ours (RFC 3261, 18.2.2), as a URI; STR_NONE when the reply ends here. */
static struct str reply_next_hop(struct call *c)
{
    const struct via *v = msg_via(c->msg, 1, NULL);
    struct str host, port;

    if (!v)
        return STR_NONE;
    host = v->received.n ? v->received : v->host;
    port = v->rport.n ? v->rport
                      : arena_fmt(c->arena, "%u",
                                  (unsigned)(v->port ? v->port : proto_default_port(v->proto)));
    return arena_fmt(c->arena, "sip:" STR_FMT ":" STR_FMT ";transport=" STR_FMT, STR_ARG(host),
                     STR_ARG(port), STR_ARG(proto_name(v->proto)));
}

GETTER(get_next_hop)
{
    const struct key_row *row = at->prepared ? at->prepared : next_hop_key(var_key(c, at));
    struct source s;

    if (!row || !c->msg)
        return give_null(out);
    if (c->msg->request)
        read_source(c, FROM_NEXT_HOP, &s);
    else
        read_uri(reply_next_hop(c), &s);
    return give_part(c, &s, (enum address_part)row->id, out);
}

/* $rpl(duri): where the received reply goes next. */
static const struct key_row reply_keys[] = { { "duri", 0 }, { 0 } };

PREPARE(prepare_reply_attr)
{
    return prepare_key(l, at, reply_keys, prepared);
}

GETTER(get_reply_attr)
{
    bool known = c->msg && !c->msg->request && key_id(c, at, reply_keys) == 0;

    return give_str(out, known ? reply_next_hop(c) : STR_NONE);
}

GETTER(get_contact)
{
    const struct header *h = c->msg ? msg_header(c->msg, HEADER_CONTACT) : NULL;

    (void)at;
    return give_str(out, h ? h->body : STR_NONE);
}

GETTER(get_contact_star)
{
    const struct address *list;
    size_t n;

    (void)at;
    if (!c->msg || msg_addresses(c->msg, HEADER_CONTACT, &list, &n) != ERR_OK || !n)
        return give_int(out, 0);
    return give_int(out, list[0].star);
}

/* $expires(min) and $expires(max): the lowest and highest expiry among the contacts. */
enum { EXPIRES_MIN, EXPIRES_MAX };
static const struct key_row expires_keys[] = { { "min", EXPIRES_MIN },
                                               { "max", EXPIRES_MAX },
                                               { 0 } };

PREPARE(prepare_expires)
{
    return prepare_key(l, at, expires_keys, prepared);
}

GETTER(get_expires)
{
    int64_t header = c->msg ? msg_expires(c->msg) : -1, best = -1;
    int which = key_id(c, at, expires_keys);
    const struct address *list;
    size_t n;

    if (!c->msg || which < 0 || msg_addresses(c->msg, HEADER_CONTACT, &list, &n) != ERR_OK)
        return give_null(out);
    for (size_t i = 0; i < n; i++) {
        uint32_t own = 0;
        bool given = list[i].expires.p && str_to_u32(list[i].expires, &own) == ERR_OK;
        int64_t value = given ? (int64_t)own : header;
        if (value < 0)
            continue;
        if (best < 0 || (which == EXPIRES_MIN ? value < best : value > best))
            best = value;
    }
    if (best < 0)
        best = header;
    return best < 0 ? give_null(out) : give_int(out, best);
}

/* Parameters of the first Diversion header; the tag says which. */
GETTER(get_diversion_param)
{
    static const char *const names[] = { "reason", "privacy", "counter" };
    const struct address *list;
    size_t n;

    if (!c->msg || msg_addresses(c->msg, HEADER_DIVERSION, &list, &n) != ERR_OK || !n)
        return give_null(out);
    struct str value = address_param(list, str_of(names[at->var->tag]));
    return give_str(out, value.n ? value : STR_NONE);
}
