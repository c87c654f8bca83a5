/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of selects: what may follow what, and what it gives. */
#include "base/clock.h"
#include "core/conf.h"
#include "script/select.h"
#include "sip/auth.h"
#include "sip/values.h"
#include <time.h>
#include <unistd.h>

static err_t give(struct walk *w, struct str text)
{
    w->text = text;
    return text.p ? ERR_OK : ERR_NOT_FOUND;
}

static err_t give_number(struct walk *w, int64_t n)
{
    return give(w, arena_fmt(w->c->arena, "%lld", (long long)n));
}

static err_t same(struct walk *w)
{
    (void)w;
    return ERR_OK;
}

/* ---- lists ---- */

/* The nth, from 1; negative ones count from the last; 0 means the first. */
static bool nth_of(int64_t index, size_t n, size_t *out)
{
    int64_t at = index == 0 ? 0 : index > 0 ? index - 1 : (int64_t)n + index;

    if (at < 0 || at >= (int64_t)n)
        return false;
    *out = (size_t)at;
    return true;
}

/* "X_Foo" means X-Foo. */
static struct str header_named(struct walk *w)
{
    struct str name = arena_dup(w->c->arena, w->step->name);

    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '_')
            ((char *)(uintptr_t)name.p)[i] = '-';
    return name;
}

static err_t first_header(struct walk *w, struct str name)
{
    const struct header *h = msg_header_named(w->c->msg, name);

    return h ? give(w, h->body) : ERR_NOT_FOUND;
}

/* ---- URIs ---- */

static err_t uri_parts(struct walk *w)
{
    enum { USER, PASSWORD, HOST, HOST_PORT, PORT, PARAMS, TRANSPORT, TYPE };
    struct uri u;
    bool secure;

    if (uri_parse(w->text, &u))
        return ERR_NOT_FOUND;
    secure = u.scheme == URI_SIPS || u.scheme == URI_TELS;
    switch (w->step->row->tag) {
    case USER: return give(w, u.user);
    case PASSWORD: return give(w, u.password);
    case HOST: return give(w, u.host);
    case PORT: return u.port_text.n ? give(w, u.port_text) : ERR_NOT_FOUND;
    case HOST_PORT:
        if (!u.host.n)
            return ERR_NOT_FOUND;
        return give(w, u.port_text.n ? arena_fmt(w->c->arena, STR_FMT ":" STR_FMT, STR_ARG(u.host),
                                                 STR_ARG(u.port_text))
                                     : arena_fmt(w->c->arena, STR_FMT ":%d", STR_ARG(u.host),
                                                 secure ? 5061 : 5060));
    case PARAMS: return give(w, w->step->name.p ? uri_param(&u, w->step->name) : u.params);
    case TRANSPORT: return give(w, u.transport.n ? u.transport : secure ? STR("tls") : STR("udp"));
    default: return give(w, u.scheme_name);
    }
}

/* ---- name-addr ---- */

static err_t address(struct walk *w, struct address *a)
{
    return address_parse_loosely(w->text, a) && address_next(&w->text, a) ? ERR_NOT_FOUND : ERR_OK;
}

static err_t address_uri(struct walk *w)
{
    struct address a;

    return address(w, &a) ? ERR_NOT_FOUND : give(w, a.uri_text);
}

static err_t address_name(struct walk *w)
{
    struct address a;

    if (address(w, &a))
        return ERR_NOT_FOUND;
    return give(w, a.display.p ? a.display : STR(""));
}

static struct str unquoted(struct str s)
{
    return s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_cut(s, 1, s.n - 1) : s;
}

static err_t address_name_unquoted(struct walk *w)
{
    err_t e = address_name(w);

    w->text = unquoted(w->text);
    return e;
}

/* A parameter: of the step's own name, or the one that was asked for. */
static err_t address_parameter(struct walk *w)
{
    struct str name = w->step->name.p ? w->step->name : str_of(w->step->row->name);
    struct address a;

    if (address(w, &a))
        return ERR_NOT_FOUND;
    return give(w, unquoted(address_param(&a, name)));
}

/* Of several contacts in one header the last one counts. */
static err_t contact(struct walk *w)
{
    struct str rest;
    struct address a;

    if (first_header(w, STR("Contact")))
        return ERR_NOT_FOUND;
    for (rest = w->text; !w->last && rest.n;) {
        if (address_next(&rest, &a))
            return ERR_NOT_FOUND;
        w->text = a.all;
    }
    return ERR_OK;
}

static err_t header_address(struct walk *w)
{
    struct str rest;
    struct address a;

    if (first_header(w, str_of(w->step->row->header)))
        return ERR_NOT_FOUND;
    rest = w->text;
    if (!w->last && address_next(&rest, &a) == ERR_OK)
        w->text = a.all;
    return ERR_OK;
}

/* ---- headers ---- */

static err_t header(struct walk *w)
{
    return first_header(w, str_of(w->step->row->header));
}

static err_t any_header(struct walk *w)
{
    struct str name = header_named(w);
    const struct header *h = msg_header_named(w->c->msg, name);
    size_t n = 0, at;

    for (const struct header *i = h; i; i = msg_header_named_next(w->c->msg, i, name))
        n++;
    if (!nth_of(w->step->index, n, &at))
        return ERR_NOT_FOUND;
    while (at--)
        h = msg_header_named_next(w->c->msg, h, name);
    return give(w, h->body);
}

static err_t header_param(struct walk *w)
{
    size_t semi = str_find(w->text, ';');
    struct str params = semi < w->text.n ? str_skip(w->text, semi + 1) : STR_NONE;

    if (!w->step->name.p)
        return give(w, params);
    return give(w, unquoted(param_find(params, w->step->name)));
}

static err_t list_param(struct walk *w)
{
    return give(w, unquoted(param_find(w->text, w->step->name)));
}

/* The values of all headers of a name: one, or all joined. */
static err_t header_values(struct walk *w)
{
    struct str name = header_named(w), list, value;
    size_t n = 0, at = 0, i = 0;
    struct buf all;

    for (const struct header *h = msg_header_named(w->c->msg, name); h;
         h = msg_header_named_next(w->c->msg, h, name))
        for (list = h->body; list_next(&list, &value);)
            n++;
    if (!n || (w->step->index && !nth_of(w->step->index, n, &at)))
        return ERR_NOT_FOUND;
    buf_init(&all, MEM_MESSAGE);
    for (const struct header *h = msg_header_named(w->c->msg, name); h;
         h = msg_header_named_next(w->c->msg, h, name))
        for (list = h->body; list_next(&list, &value); i++) {
            if ((w->step->index || !w->last) && i != at)
                continue;
            if (all.n)
                buf_char(&all, ',');
            buf_add(&all, value);
        }
    w->text = arena_dup(w->c->arena, buf_str(&all));
    buf_free(&all);
    return ERR_OK;
}

static err_t header_value_exists(struct walk *w)
{
    const struct select_step *in = w->step - 1;
    struct walk outer = *w;
    struct str name, list, value;

    outer.step = in;
    name = header_named(&outer);
    for (const struct header *h = msg_header_named(w->c->msg, name); h;
         h = msg_header_named_next(w->c->msg, h, name))
        for (list = h->body; list_next(&list, &value);)
            if (str_ieq(value, w->step->name))
                return give(w, STR("1"));
    return give(w, STR("0"));
}

/* ---- Via, CSeq ---- */

static err_t via(struct walk *w)
{
    size_t n = 0, at;

    while (msg_via(w->c->msg, n, NULL))
        n++;
    if (!nth_of(w->step->index, n, &at))
        return ERR_NOT_FOUND;
    return give(w, msg_via(w->c->msg, at, NULL)->all);
}

static err_t via_parts(struct walk *w)
{
    enum { HOST, PORT, TRANSPORT, PARAMS, COMMENT };
    struct str rest = w->text;
    struct via v;

    if (via_next(&rest, &v))
        return ERR_NOT_FOUND;
    switch (w->step->row->tag) {
    case HOST: return give(w, v.host);
    case PORT: return v.port_text.n ? give(w, v.port_text) : ERR_NOT_FOUND;
    case TRANSPORT: return give(w, v.proto_text);
    case PARAMS: return give(w, w->step->name.p ? param_find(v.params, w->step->name) : v.params);
    default: return ERR_NOT_FOUND; /* comments are not kept */
    }
}

/* ;branch, ;rport …: those without a value are null. */
static err_t via_param(struct walk *w)
{
    struct str rest = w->text, value;
    struct via v;

    if (via_next(&rest, &v))
        return ERR_NOT_FOUND;
    value = param_find(v.params, str_of(w->step->row->name));
    return value.n ? give(w, value) : ERR_NOT_FOUND;
}

static err_t via_name(struct walk *w)
{
    struct str rest = w->text, name = str_split(&rest, '/');

    if (w->step->row->tag)
        name = str_split(&rest, '/');
    return give(w, str_trim(name));
}

static err_t cseq(struct walk *w)
{
    const struct cseq *s = msg_cseq(w->c->msg, NULL);

    if (!s)
        return ERR_NOT_FOUND;
    return w->step->row->tag ? give(w, s->method_name) : give_number(w, s->number);
}

/* ---- credentials ---- */

static err_t credentials(struct walk *w)
{
    struct str name = str_of(w->step->row->header);
    struct digest_credentials d;

    for (const struct header *h = msg_header_named(w->c->msg, name); h;
         h = msg_header_named_next(w->c->msg, h, name))
        if (!w->step->name.p ||
            (digest_credentials_parse(h->body, &d) == ERR_OK && str_eq(d.realm, w->step->name)))
            return give(w, h->body);
    return ERR_NOT_FOUND;
}

static err_t credential(struct walk *w)
{
    enum { USERNAME, REALM, NONCE, URI, RESPONSE, OPAQUE, CNONCE, ALGORITHM, QOP, NC };
    struct digest_credentials d;

    if (digest_credentials_parse(w->text, &d))
        return ERR_NOT_FOUND;
    const struct str parts[] = { d.username, d.realm,  d.nonce,          d.uri,      d.response,
                                 d.opaque,   d.cnonce, d.algorithm_text, d.qop_text, d.nc_text };

    return give(w, parts[w->step->row->tag]);
}

static err_t username_part(struct walk *w)
{
    size_t at = str_find(w->text, '@');

    if (w->step->row->tag)
        return at < w->text.n ? give(w, str_skip(w->text, at + 1)) : ERR_NOT_FOUND;
    return give(w, str_cut(w->text, 0, at));
}

/* ---- the message ---- */

static err_t method(struct walk *w)
{
    struct value v;

    return operand_get(w->c, OPERAND_METHOD, &v) ? ERR_NOT_FOUND : give(w, v.s);
}

static err_t request_uri(struct walk *w)
{
    return w->c->msg->request ? give(w, call_uri_text(w->c)) : ERR_NOT_FOUND;
}

static err_t message(struct walk *w)
{
    enum { RAW, LENGTH, TYPE, FLAGS, FIRST_LINE, BODY, ID };
    const struct msg *m = w->c->msg;

    switch (w->step->row->tag) {
    case RAW: return give(w, m->raw);
    case LENGTH: return give_number(w, (int64_t)m->raw.n);
    case TYPE: return give_number(w, m->request ? 1 : 2);
    case FLAGS: return give_number(w, w->c->flags);
    case FIRST_LINE: return give(w, str_trim(m->first_line));
    case BODY: return m->body.n ? give(w, m->body) : ERR_NOT_FOUND;
    default: return give_number(w, (int64_t)w->c->serial);
    }
}

static err_t id_hex(struct walk *w)
{
    return give(w, arena_fmt(w->c->arena, "%08llx", (unsigned long long)w->c->serial));
}

static err_t request_part(struct walk *w)
{
    enum { LINE, METHOD, URI, VERSION };
    const struct msg *m = w->c->msg;

    if (!m->request)
        return ERR_NOT_FOUND;
    switch (w->step->row->tag) {
    case LINE: return give(w, str_trim(m->first_line));
    case METHOD: return give(w, m->method_name);
    case URI: return give(w, m->uri);
    default: return give(w, m->version);
    }
}

static err_t reply_part(struct walk *w)
{
    enum { LINE, CODE, REASON, VERSION };
    const struct msg *m = w->c->msg;

    if (m->request)
        return ERR_NOT_FOUND;
    switch (w->step->row->tag) {
    case LINE: return give(w, str_trim(m->first_line));
    case CODE: return give_number(w, m->status);
    case REASON: return give(w, m->reason);
    default: return give(w, m->version);
    }
}

static err_t version(struct walk *w)
{
    return give(w, w->c->msg->version);
}

static err_t sdp(struct walk *w)
{
    struct content_type type;
    const struct header *h = msg_header_named(w->c->msg, STR("Content-Type"));

    if (!h || content_type_parse(h->body, &type) ||
        !content_type_is(&type, STR("application"), STR("sdp")))
        return ERR_NOT_FOUND;
    return ERR_OK;
}

/* The first line of a kind, without "m=". */
static err_t sdp_line(struct walk *w)
{
    struct str rest = w->text;

    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n'));

        if (line.n > 1 && line.p[1] == '=' && w->step->name.n && line.p[0] == w->step->name.p[0])
            return give(w, str_skip(line, 2));
    }
    return ERR_NOT_FOUND;
}

/* ---- addresses ---- */

static err_t endpoint(struct walk *w)
{
    enum { PROTO = 1, IP = 2, PORT = 4 };
    bool peer = w->step->row->from == SHAPE_PEER;
    const struct addr *a = peer               ? &w->c->from.peer
                           : w->c->from.local ? &w->c->from.local->addr
                                              : NULL;
    int parts = w->step->row->tag;
    struct buf b;

    if (!a)
        return ERR_NOT_FOUND;
    buf_init(&b, MEM_MESSAGE);
    if (parts & PROTO)
        buf_add(&b, proto_name(w->c->from.proto));
    if (parts & IP) {
        if (b.n)
            buf_char(&b, ':');
        addr_print_ip(&b, a, false);
    }
    if (parts & PORT) {
        if (b.n)
            buf_char(&b, ':');
        buf_int(&b, addr_port(a));
    }
    w->text = arena_dup(w->c->arena, buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

static err_t dst_uri(struct walk *w)
{
    return w->c->targets[0].dst_uri.n ? give(w, w->c->targets[0].dst_uri) : ERR_NOT_FOUND;
}

static err_t next_hop(struct walk *w)
{
    return dst_uri(w) == ERR_OK ? ERR_OK : request_uri(w);
}

static err_t next_hop_source(struct walk *w)
{
    const struct listener *ln = w->c->targets[0].socket;

    return ln ? give(w, ln->host) : ERR_NOT_FOUND;
}

/* ---- branches ---- */

static err_t branch(struct walk *w)
{
    enum { COUNT, URI, DST_URI, Q };
    size_t at;
    const struct target *t;

    if (w->step->row->tag == COUNT)
        return give_number(w, (int64_t)w->c->n_more_targets);
    at = w->step->index == INDEX_ZERO ? 0 : (size_t)w->step->index;
    if (w->step->index < 0 && w->step->index != INDEX_ZERO &&
        !nth_of(w->step->index, w->c->n_more_targets, &at))
        return ERR_NOT_FOUND;
    if (at >= w->c->n_more_targets)
        return ERR_NOT_FOUND;
    t = &w->c->more_targets[at];
    switch (w->step->row->tag) {
    case URI: return give(w, t->uri);
    case DST_URI: return t->dst_uri.n ? give(w, t->dst_uri) : ERR_NOT_FOUND;
    default:
        return t->q < 0 ? ERR_NOT_FOUND
                        : give(w, arena_fmt(w->c->arena, "%d.%03d", t->q / 1000, t->q % 1000));
    }
}

/* ---- the server ---- */

static err_t now(struct walk *w)
{
    return give_number(w, clock_unix_us() / 1000000);
}

static err_t now_as(struct walk *w)
{
    time_t t = (time_t)(clock_unix_us() / 1000000);
    struct str format = arena_dup(w->c->arena, w->step->name.p ? w->step->name : STR("%c"));
    char space[256];
    struct tm tm;

    if (w->step->row->tag)
        localtime_r(&t, &tm);
    else
        gmtime_r(&t, &tm);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t n = strftime(space, sizeof space, format.p, &tm);
#pragma GCC diagnostic pop

    return give(w, arena_dup(w->c->arena, (struct str){ space, n }));
}

static err_t pid(struct walk *w)
{
    return give_number(w, getpid());
}

static err_t server_id(struct walk *w)
{
    return give_number(w, w->c->gen->core ? w->c->gen->core->server_id : 0);
}

static err_t unique(struct walk *w)
{
    return give(w, arena_fmt(w->c->arena, "%x-%llx", (unsigned)getpid(),
                             (unsigned long long)w->c->gen->loaded_unix));
}

static err_t avp(struct walk *w)
{
    struct value v;

    if (!avp_get(w->c->vars, AVP_PLAIN, w->step->name, 0, &v))
        return ERR_NOT_FOUND;
    return give(w, value_text(&v, w->c->arena));
}

static err_t cfg_selected(struct walk *w)
{
    const struct cfg_choice *choice = w->c->frame ? w->c->frame->choices : NULL;

    while (choice && !str_eq(choice->group, w->step->name))
        choice = choice->next;
    if (!choice)
        return ERR_NOT_FOUND;
    return give(w, str_cut(choice->instance, choice->group.n + 1, choice->instance.n - 1));
}

#define ANY_NAME  (SELECT_NAME | SELECT_NEEDED)
#define ONE_OF(x) ((x) | SELECT_PARENT)

const struct select_row select_rows[] = {
    { SHAPE_MESSAGE, "method", SHAPE_TEXT, 0, method, 0, 0 },
    { SHAPE_MESSAGE, "ruri", SHAPE_URI, 0, request_uri, 0, 0 },
    { SHAPE_MESSAGE, "request_uri", SHAPE_URI, 0, request_uri, 0, 0 },
    { SHAPE_MESSAGE, "dst_uri", SHAPE_URI, 0, dst_uri, 0, 0 },
    { SHAPE_MESSAGE, "next_hop", SHAPE_HOP, 0, next_hop, 0, 0 },
    { SHAPE_MESSAGE, "from", SHAPE_ADDRESS, 0, header_address, "From", 0 },
    { SHAPE_MESSAGE, "f", SHAPE_ADDRESS, 0, header_address, "From", 0 },
    { SHAPE_MESSAGE, "to", SHAPE_ADDRESS, 0, header_address, "To", 0 },
    { SHAPE_MESSAGE, "t", SHAPE_ADDRESS, 0, header_address, "To", 0 },
    { SHAPE_MESSAGE, "contact", SHAPE_ADDRESS, 0, contact, 0, 0 },
    { SHAPE_MESSAGE, "m", SHAPE_ADDRESS, 0, contact, 0, 0 },
    { SHAPE_MESSAGE, "rr", SHAPE_ADDRESS, 0, header_address, "Record-Route", 0 },
    { SHAPE_MESSAGE, "record_route", SHAPE_ADDRESS, 0, header_address, "Record-Route", 0 },
    { SHAPE_MESSAGE, "refer_to", SHAPE_ADDRESS, 0, header_address, "Refer-To", 0 },
    { SHAPE_MESSAGE, "rpid", SHAPE_ADDRESS, 0, header_address, "Remote-Party-ID", 0 },
    { SHAPE_MESSAGE, "remote_party_id", SHAPE_ADDRESS, 0, header_address, "Remote-Party-ID", 0 },
    { SHAPE_MESSAGE, "via", SHAPE_VIA, SELECT_INDEX, via, 0, 0 },
    { SHAPE_MESSAGE, "v", SHAPE_VIA, SELECT_INDEX, via, 0, 0 },
    { SHAPE_MESSAGE, "cseq", SHAPE_CSEQ, 0, header, "CSeq", 0 },
    { SHAPE_MESSAGE, "authorization", SHAPE_AUTH, SELECT_QUOTED, credentials, "Authorization", 0 },
    { SHAPE_MESSAGE, "proxy_authorization", SHAPE_AUTH, SELECT_QUOTED, credentials,
      "Proxy-Authorization", 0 },
    { SHAPE_MESSAGE, "msg", SHAPE_MSG, 0, message, 0, 0 },
    { SHAPE_MESSAGE, "message", SHAPE_MSG, 0, message, 0, 0 },
    { SHAPE_MESSAGE, "hf_value", SHAPE_VALUE, ANY_NAME | SELECT_INDEX, header_values, 0, 0 },
    { SHAPE_MESSAGE, "hf_value2", SHAPE_VALUE, ANY_NAME | SELECT_INDEX, header_values, 0, 0 },
    { SHAPE_MESSAGE, "hf_value_exists", SHAPE_PARAMS, ONE_OF(ANY_NAME), same, 0, 0 },
    { SHAPE_PARAMS, "*", SHAPE_TEXT, 0, header_value_exists, 0, 0 },
    { SHAPE_MESSAGE, "src", SHAPE_PEER, SELECT_PARENT, same, 0, 0 },
    { SHAPE_MESSAGE, "dst", SHAPE_LOCAL, SELECT_PARENT, same, 0, 0 },
    { SHAPE_MESSAGE, "received", SHAPE_LOCAL, SELECT_PARENT, same, 0, 0 },
    { SHAPE_MESSAGE, "branch", SHAPE_BRANCH, SELECT_PARENT, same, 0, 0 },
    { SHAPE_MESSAGE, "sys", SHAPE_SYS, SELECT_PARENT, same, 0, 0 },
    { SHAPE_MESSAGE, "avp", SHAPE_HEADER, ANY_NAME, avp, 0, 0 },
    { SHAPE_MESSAGE, "attr", SHAPE_HEADER, ANY_NAME, avp, 0, 0 },
    { SHAPE_MESSAGE, "attribute", SHAPE_HEADER, ANY_NAME, avp, 0, 0 },
    { SHAPE_MESSAGE, "cfg_selected", SHAPE_TEXT, ANY_NAME, cfg_selected, 0, 0 },
    { SHAPE_MESSAGE, "version", SHAPE_TEXT, 0, version, 0, 0 },
    { SHAPE_MESSAGE, "code", SHAPE_TEXT, 0, reply_part, 0, 1 },
    { SHAPE_MESSAGE, "status", SHAPE_TEXT, 0, reply_part, 0, 1 },
    { SHAPE_MESSAGE, "reason", SHAPE_TEXT, 0, reply_part, 0, 2 },
#define HEADER_ROW(word, name)                                                                     \
    {                                                                                              \
        SHAPE_MESSAGE, word, SHAPE_TEXT, 0, header, name, 0                                        \
    }
    HEADER_ROW("call_id", "Call-ID"),
    HEADER_ROW("content_length", "Content-Length"),
    HEADER_ROW("content_type", "Content-Type"),
    HEADER_ROW("date", "Date"),
    HEADER_ROW("event", "Event"),
    HEADER_ROW("expires", "Expires"),
    HEADER_ROW("identity", "Identity"),
    HEADER_ROW("identity_info", "Identity-Info"),
    HEADER_ROW("max_forwards", "Max-Forwards"),
    HEADER_ROW("min_se", "Min-SE"),
    HEADER_ROW("organization", "Organization"),
    HEADER_ROW("priority", "Priority"),
    HEADER_ROW("session_expires", "Session-Expires"),
    HEADER_ROW("sip_if_match", "SIP-If-Match"),
    HEADER_ROW("subject", "Subject"),
    HEADER_ROW("user_agent", "User-Agent"),

#define URI_ROWS(shape)                                                                            \
    { shape, "user", SHAPE_TEXT, 0, uri_parts, 0, 0 },                                             \
        { shape, "rn_user", SHAPE_TEXT, 0, uri_parts, 0, 0 },                                      \
        { shape, "pwd", SHAPE_TEXT, 0, uri_parts, 0, 1 },                                          \
        { shape, "host", SHAPE_TEXT, 0, uri_parts, 0, 2 },                                         \
        { shape, "hostport", SHAPE_TEXT, 0, uri_parts, 0, 3 },                                     \
        { shape, "port", SHAPE_TEXT, 0, uri_parts, 0, 4 },                                         \
        { shape, "params", SHAPE_TEXT, SELECT_NAME, uri_parts, 0, 5 },                             \
        { shape, "transport", SHAPE_TEXT, 0, uri_parts, 0, 6 },                                    \
    {                                                                                              \
        shape, "type", SHAPE_TEXT, 0, uri_parts, 0, 7                                              \
    }
    URI_ROWS(SHAPE_URI),
    URI_ROWS(SHAPE_HOP),
    { SHAPE_HOP, "src_ip", SHAPE_TEXT, 0, next_hop_source, 0, 0 },

#define ADDRESS_ROW(word)                                                                          \
    {                                                                                              \
        SHAPE_ADDRESS, word, SHAPE_TEXT, 0, address_parameter, 0, 0                                \
    }
    { SHAPE_ADDRESS, "uri", SHAPE_URI, SELECT_INDEX, address_uri, 0, 0 },
    { SHAPE_ADDRESS, "name", SHAPE_TEXT, 0, address_name, 0, 0 },
    { SHAPE_ADDRESS, "params", SHAPE_TEXT, ANY_NAME, address_parameter, 0, 0 },
    ADDRESS_ROW("tag"),
    ADDRESS_ROW("expires"),
    ADDRESS_ROW("q"),
    ADDRESS_ROW("received"),
    ADDRESS_ROW("methods"),
    { SHAPE_ADDRESS, "instance", SHAPE_TEXT, 0, address_parameter, 0, 0 },

    { SHAPE_HEADER, "nameaddr", SHAPE_ADDRESS, SELECT_QUOTED, same, 0, 0 },
    { SHAPE_HEADER, "uri", SHAPE_URI, SELECT_INDEX, address_uri, 0, 0 },
    { SHAPE_HEADER, "params", SHAPE_LIST, SELECT_QUOTED, header_param, 0, 0 },
    { SHAPE_LIST, "params", SHAPE_TEXT, ANY_NAME, list_param, 0, 0 },
    { SHAPE_VALUE, "nameaddr", SHAPE_ADDRESS, SELECT_QUOTED, same, 0, 0 },
    { SHAPE_VALUE, "uri", SHAPE_URI, SELECT_INDEX, address_uri, 0, 0 },
    { SHAPE_VALUE, "name", SHAPE_TEXT, 0, address_name_unquoted, 0, 0 },
    { SHAPE_VALUE, "p", SHAPE_TEXT, ANY_NAME, header_param, 0, 0 },
    { SHAPE_VALUE, "param", SHAPE_TEXT, ANY_NAME, header_param, 0, 0 },
    { SHAPE_VALUE, "params", SHAPE_LIST, SELECT_QUOTED, header_param, 0, 0 },
    { SHAPE_VALUE, "*", SHAPE_HEADER, 0, header_param, 0, 0 },

    { SHAPE_VIA, "name", SHAPE_TEXT, 0, via_name, 0, 0 },
    { SHAPE_VIA, "version", SHAPE_TEXT, 0, via_name, 0, 1 },
    { SHAPE_VIA, "host", SHAPE_TEXT, 0, via_parts, 0, 0 },
    { SHAPE_VIA, "port", SHAPE_TEXT, 0, via_parts, 0, 1 },
    { SHAPE_VIA, "transport", SHAPE_TEXT, 0, via_parts, 0, 2 },
    { SHAPE_VIA, "params", SHAPE_TEXT, ANY_NAME, via_parts, 0, 3 },
    { SHAPE_VIA, "comment", SHAPE_TEXT, 0, via_parts, 0, 4 },
    { SHAPE_VIA, "branch", SHAPE_TEXT, 0, via_param, 0, 0 },
    { SHAPE_VIA, "received", SHAPE_TEXT, 0, via_param, 0, 0 },
    { SHAPE_VIA, "rport", SHAPE_TEXT, 0, via_param, 0, 0 },
    { SHAPE_VIA, "alias", SHAPE_TEXT, 0, via_param, 0, 0 },
    { SHAPE_VIA, "i", SHAPE_TEXT, 0, via_param, 0, 0 },
    { SHAPE_CSEQ, "num", SHAPE_TEXT, 0, cseq, 0, 0 },
    { SHAPE_CSEQ, "method", SHAPE_TEXT, 0, cseq, 0, 1 },

    { SHAPE_AUTH, "username", SHAPE_USERNAME, 0, credential, 0, 0 },
    { SHAPE_AUTH, "realm", SHAPE_TEXT, 0, credential, 0, 1 },
    { SHAPE_AUTH, "nonce", SHAPE_TEXT, 0, credential, 0, 2 },
    { SHAPE_AUTH, "uri", SHAPE_TEXT, 0, credential, 0, 3 },
    { SHAPE_AUTH, "response", SHAPE_TEXT, 0, credential, 0, 4 },
    { SHAPE_AUTH, "opaque", SHAPE_TEXT, 0, credential, 0, 5 },
    { SHAPE_AUTH, "cnonce", SHAPE_TEXT, 0, credential, 0, 6 },
    { SHAPE_AUTH, "algorithm", SHAPE_TEXT, 0, credential, 0, 7 },
    { SHAPE_AUTH, "qop", SHAPE_TEXT, 0, credential, 0, 8 },
    { SHAPE_AUTH, "nc", SHAPE_TEXT, 0, credential, 0, 9 },
    { SHAPE_USERNAME, "user", SHAPE_TEXT, 0, username_part, 0, 0 },
    { SHAPE_USERNAME, "domain", SHAPE_TEXT, 0, username_part, 0, 1 },

    { SHAPE_MSG, "len", SHAPE_TEXT, 0, message, 0, 1 },
    { SHAPE_MSG, "type", SHAPE_TEXT, 0, message, 0, 2 },
    { SHAPE_MSG, "flags", SHAPE_TEXT, 0, message, 0, 3 },
    { SHAPE_MSG, "first_line", SHAPE_TEXT, 0, message, 0, 4 },
    { SHAPE_MSG, "body", SHAPE_BODY, 0, message, 0, 5 },
    { SHAPE_MSG, "content", SHAPE_BODY, 0, message, 0, 5 },
    { SHAPE_MSG, "id", SHAPE_ID, 0, message, 0, 6 },
    { SHAPE_MSG, "h", SHAPE_HEADER, ANY_NAME | SELECT_INDEX, any_header, 0, 0 },
    { SHAPE_MSG, "header", SHAPE_HEADER, ANY_NAME | SELECT_INDEX, any_header, 0, 0 },
    { SHAPE_MSG, "req", SHAPE_REQUEST, 0, request_part, 0, 0 },
    { SHAPE_MSG, "request", SHAPE_REQUEST, 0, request_part, 0, 0 },
    { SHAPE_MSG, "res", SHAPE_REPLY, 0, reply_part, 0, 0 },
    { SHAPE_MSG, "response", SHAPE_REPLY, 0, reply_part, 0, 0 },
    { SHAPE_MSG, "call_id", SHAPE_TEXT, 0, header, "Call-ID", 0 },
    { SHAPE_ID, "hex", SHAPE_TEXT, 0, id_hex, 0, 0 },
    { SHAPE_REQUEST, "method", SHAPE_TEXT, 0, request_part, 0, 1 },
    { SHAPE_REQUEST, "uri", SHAPE_URI, 0, request_part, 0, 2 },
    { SHAPE_REQUEST, "version", SHAPE_TEXT, 0, request_part, 0, 3 },
    { SHAPE_REPLY, "code", SHAPE_TEXT, 0, reply_part, 0, 1 },
    { SHAPE_REPLY, "status", SHAPE_TEXT, 0, reply_part, 0, 1 },
    { SHAPE_REPLY, "reason", SHAPE_TEXT, 0, reply_part, 0, 2 },
    { SHAPE_REPLY, "version", SHAPE_TEXT, 0, reply_part, 0, 3 },
    { SHAPE_BODY, "sdp", SHAPE_SDP, 0, sdp, 0, 0 },
    { SHAPE_SDP, "line", SHAPE_TEXT, ANY_NAME, sdp_line, 0, 0 },

    { SHAPE_PEER, "ip", SHAPE_TEXT, 0, endpoint, 0, 2 },
    { SHAPE_PEER, "port", SHAPE_TEXT, 0, endpoint, 0, 4 },
    { SHAPE_PEER, "ip_port", SHAPE_TEXT, 0, endpoint, 0, 6 },
    { SHAPE_LOCAL, "ip", SHAPE_TEXT, 0, endpoint, 0, 2 },
    { SHAPE_LOCAL, "port", SHAPE_TEXT, 0, endpoint, 0, 4 },
    { SHAPE_LOCAL, "proto", SHAPE_TEXT, 0, endpoint, 0, 1 },
    { SHAPE_LOCAL, "ip_port", SHAPE_TEXT, 0, endpoint, 0, 6 },
    { SHAPE_LOCAL, "proto_ip_port", SHAPE_TEXT, 0, endpoint, 0, 7 },

    { SHAPE_BRANCH, "count", SHAPE_TEXT, 0, branch, 0, 0 },
    { SHAPE_BRANCH, "uri", SHAPE_URI, SELECT_INDEX, branch, 0, 1 },
    { SHAPE_BRANCH, "uriq", SHAPE_ADDRESS, SELECT_INDEX, branch, 0, 1 },
    { SHAPE_BRANCH, "dst_uri", SHAPE_URI, SELECT_INDEX, branch, 0, 2 },
    { SHAPE_BRANCH, "q", SHAPE_TEXT, SELECT_INDEX, branch, 0, 3 },

    { SHAPE_SYS, "now", SHAPE_NOW, 0, now, 0, 0 },
    { SHAPE_SYS, "pid", SHAPE_TEXT, 0, pid, 0, 0 },
    { SHAPE_SYS, "server_id", SHAPE_TEXT, 0, server_id, 0, 0 },
    { SHAPE_SYS, "unique", SHAPE_TEXT, 0, unique, 0, 0 },
    { SHAPE_NOW, "gmt", SHAPE_TEXT, SELECT_NAME, now_as, 0, 0 },
    { SHAPE_NOW, "utc", SHAPE_TEXT, SELECT_NAME, now_as, 0, 0 },
    { SHAPE_NOW, "local", SHAPE_TEXT, SELECT_NAME, now_as, 0, 1 },
    { 0 },
};
