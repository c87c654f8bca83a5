/* SPDX-License-Identifier: BSD-2-Clause */
/* lookup() and its relatives: from an address-of-record to the branches of a request. */
#include "base/clock.h"
#include "core/local.h"
#include "modules/registrar/inner.h"

enum { NOT_REGISTERED = -1, NO_METHOD = -2, FAILED = -3 };
enum { FILTER_FLAGS = 1, FILTER_CONNECTION = 2 };
enum { MATCH_CALL_ID = 1, MATCH_RECEIVED = 2, MATCH_CONTACT = 4 };
enum { ACTION_NO_RECORD = 2 };
enum { RCD_RUID = 1, RCD_CONTACT = 2, RCD_EXPIRES = 4, RCD_RECEIVED = 8, RCD_PATH = 16 };

/* What one URI stands for. */
struct subject {
    struct str aor, domain;
    struct str instance; /* public GRUU */
    struct str ruid;     /* temporary GRUU */
    struct contact_list list;
};

/* The unique id in the user part of a temporary GRUU: "<ruid>-<check>". */
static struct str ruid_of(struct str user)
{
    size_t n = user.n;

    while (n > 0 && user.p[n - 1] != '-')
        n--;
    return n > 1 ? str_cut(user, 0, n - 1) : STR("");
}

static err_t find_by_ruid(struct call *c, struct location *in, struct subject *s)
{
    struct contact *found;
    err_t e = location_find_ruid(in, s->ruid, c->arena, &s->aor, &found);

    if (e)
        return e;
    s->list.at = ARENA_NEW(c->arena, struct contact *);
    s->list.at[0] = found;
    s->list.n = 1;
    return ERR_OK;
}

/* Finds the contacts of a URI's user; the list is to be dropped. */
static err_t find(struct call *c, const struct registrar_conf *conf, struct location *in,
                  struct str text, struct subject *s)
{
    struct uri uri;
    err_t e = uri_parse(text, &uri);

    if (e)
        return e;
    if (uri.has_gr && conf->gruu_enabled) {
        s->instance = uri.gr;
        if (uri.gr.n == 0) {
            s->ruid = ruid_of(uri.user);
            return find_by_ruid(c, in, s);
        }
    }
    e = aor_of_uri(c, conf, text, &s->aor, &s->domain);
    if (e)
        return e;
    return location_get(in, s->aor, c->arena, &s->list);
}

static bool has_instance(const struct contact *c, struct str wanted)
{
    struct str i = contact_text(c, CONTACT_INSTANCE);

    if (i.n > 2 && i.p[0] == '<' && i.p[i.n - 1] == '>')
        i = str_cut(i, 1, i.n - 1);
    return str_ieq(i, wanted);
}

static bool initial(struct call *c)
{
    return c->msg->request && msg_to_tag(c->msg).n == 0;
}

/* Whether a contact is a target for this request; `methods` is set when only its method is not. */
static bool suitable(struct call *c, const struct registrar_conf *conf, const struct contact *k,
                     const struct subject *s, bool *method_refused)
{
    struct value v;

    if (!conf->use_expired_contacts && contact_is_expired(k, clock_unix()))
        return false;
    if (s->instance.n && !has_instance(k, s->instance))
        return false;
    if (conf->method_filtering && initial(c) &&
        !(k->methods & contact_methods(METHOD_BIT(c->msg->method)))) {
        *method_refused = true;
        return false;
    }
    if (conf->lookup_filter_mode & FILTER_FLAGS &&
        runtime_setting(c, conf, STR("rlf_bflags"), &v) &&
        !(k->cflags & (uint32_t)value_number(&v)))
        return false;
    if (conf->lookup_filter_mode & FILTER_CONNECTION && k->connection &&
        !connection_exists(k->connection))
        return false;
    return true;
}

/* The Path without what names this server, and the URI of its first hop. */
static struct str usable_path(const struct registrar_conf *conf, struct str path, struct str *hop)
{
    struct str rest = path, all = path;
    struct address first;

    *hop = STR_NONE;
    while (rest.n && address_next(&rest, &first) == ERR_OK) {
        if (conf->path_check_local && local_is(first.uri.host, first.uri.port, PROTO_NONE)) {
            all = str_trim(rest);
            continue;
        }
        *hop = first.uri_text;
        return all;
    }
    return STR("");
}

/* The connection over which a contact registered, while it lasts: what answers behind NAT, and what
 * spares another connection elsewhere. */
static struct flow *flow_of(struct call *c, const struct contact *k)
{
    struct str text = contact_text(k, CONTACT_RECEIVED);
    struct flow *f;
    struct uri u;

    if (!k->connection || !connection_exists(k->connection) ||
        uri_parse(text.n ? text : contact_text(k, CONTACT_URI), &u))
        return NULL;
    f = ARENA_NEW(c->arena, struct flow);
    f->proto = k->socket ? k->socket->proto : uri_proto(&u);
    f->local = k->socket;
    f->connection = k->connection;
    if (!proto_is_stream(f->proto) ||
        addr_parse(u.maddr.n ? u.maddr : u.host, uri_port(&u), &f->peer))
        return NULL;
    return f;
}

static void target_of(struct call *c, const struct registrar_conf *conf, const struct contact *k,
                      struct target *t)
{
    struct str hop;

    t->uri = arena_dup(c->arena, contact_text(k, CONTACT_URI));
    t->path = usable_path(conf, arena_dup(c->arena, contact_text(k, CONTACT_PATH)), &hop);
    if (hop.n)
        t->dst_uri = hop;
    else if (contact_text(k, CONTACT_RECEIVED).n)
        t->dst_uri = arena_dup(c->arena, contact_text(k, CONTACT_RECEIVED));
    t->socket = k->socket && k->socket->open ? k->socket : NULL;
    t->flow = hop.n ? NULL : flow_of(c, k);
    t->flags = k->cflags;
    t->q = k->q;
    t->instance = arena_dup(c->arena, contact_text(k, CONTACT_INSTANCE));
    t->ruid = arena_dup(c->arena, contact_text(k, CONTACT_RUID));
    t->location_ua = arena_dup(c->arena, contact_text(k, CONTACT_USER_AGENT));
    t->reg_id = k->reg_id;
}

static err_t set_first(struct call *c, const struct target *t)
{
    struct target *own;
    err_t e = call_set_uri(c, t->uri);

    if (e)
        return e;
    call_set_dst_uri(c, t->dst_uri);
    own = call_target(c, 0);
    own->path = t->path;
    own->socket = t->socket;
    own->flow = t->flow;
    own->flags |= t->flags;
    own->q = t->q;
    own->instance = t->instance;
    own->ruid = t->ruid;
    own->location_ua = t->location_ua;
    own->reg_id = t->reg_id;
    return ERR_OK;
}

static void put_field(struct call *c, struct xavp *x, struct str name, struct value v)
{
    (void)xavp_field_push(c->vars, x, name, &v);
}

/* The details of a record in $xavp(<name>=>…). */
static void record_details(struct call *c, const struct contact *k, struct str name, int64_t skip)
{
    struct xavp *x;

    if (name.n == 0 || !c->vars)
        return;
    x = xavp_push(c->vars, XAVP, name);
    if (!(skip & RCD_RUID))
        put_field(c, x, STR("ruid"), VALUE_OF_STR(contact_text(k, CONTACT_RUID)));
    if (!(skip & RCD_CONTACT))
        put_field(c, x, STR("contact"), VALUE_OF_STR(contact_text(k, CONTACT_URI)));
    if (!(skip & RCD_EXPIRES))
        put_field(c, x, STR("expires"), VALUE_OF_INT(k->expires ? k->expires - clock_unix() : 0));
    if (!(skip & RCD_RECEIVED) && contact_text(k, CONTACT_RECEIVED).n)
        put_field(c, x, STR("received"), VALUE_OF_STR(contact_text(k, CONTACT_RECEIVED)));
    if (!(skip & RCD_PATH) && contact_text(k, CONTACT_PATH).n)
        put_field(c, x, STR("path"), VALUE_OF_STR(contact_text(k, CONTACT_PATH)));
}

/* Makes branches of the suitable contacts; `first` may take the place of branch 0. */
static int make_branches(struct call *c, const struct registrar_conf *conf, const struct subject *s,
                         bool first)
{
    bool method_refused = false;
    size_t made = 0;

    for (size_t i = 0; i < s->list.n; i++) {
        const struct contact *k = s->list.at[i];
        struct target t = { .q = -1 };
        err_t e;

        if (!suitable(c, conf, k, s, &method_refused))
            continue;
        target_of(c, conf, k, &t);
        e = first && made == 0 ? set_first(c, &t) : call_add_target(c, &t);
        if (e && made == 0)
            return FAILED;
        if (e)
            break;
        record_details(c, k, conf->xavp_rcd, conf->xavp_rcd_mask);
        if (made++ == 0)
            contact_attrs_show(k, c->vars, usrloc_settings().xavp_contact);
        if (!conf->append_branches && first)
            break;
    }
    if (made > 0)
        return SCRIPT_TRUE;
    return method_refused ? NO_METHOD : NOT_REGISTERED;
}

err_t registrar_targets(struct call *c, struct str domain, struct str uri, struct target **out,
                        size_t *n)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct subject s = { 0 };
    bool method_refused = false;
    err_t e = find(c, conf, location_open(domain), uri, &s);

    *n = 0;
    if (e)
        return e;
    *out = ARENA_ARRAY(c->arena, struct target, s.list.n);
    for (size_t i = 0; i < s.list.n; i++) {
        struct target *t = &(*out)[*n];

        if (!suitable(c, conf, s.list.at[i], &s, &method_refused))
            continue;
        *t = (struct target){ .q = -1 };
        target_of(c, conf, s.list.at[i], t);
        ++*n;
    }
    contact_list_drop(&s.list);
    return *n ? ERR_OK : ERR_NOT_FOUND;
}

static int lookup_uri(struct call *c, struct str domain, struct str uri, bool first)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct subject s = { 0 };
    err_t e = find(c, conf, location_open(domain), uri, &s);
    int code;

    if (e == ERR_NOT_FOUND)
        return NOT_REGISTERED;
    if (e)
        return FAILED;
    code = make_branches(c, conf, &s, first);
    contact_list_drop(&s.list);
    return code;
}

int lookup(struct call *c, const struct lookup_args *a)
{
    return lookup_uri(c, a->domain, a->uri.n ? a->uri : call_uri_text(c), true);
}

int lookup_to_dset(struct call *c, const struct lookup_args *a)
{
    return lookup_uri(c, a->domain, a->uri.n ? a->uri : call_uri_text(c), false);
}

int lookup_branches(struct call *c, const struct lookup_args *a)
{
    size_t n = call_target_count(c);
    struct str uris[TARGETS_MAX];
    struct target kept[TARGETS_MAX];
    int code = lookup_uri(c, a->domain, call_uri_text(c), true);
    size_t more = 0;

    /* Branches that are nothing but a URI are looked up too; the others stay as they are. */
    for (size_t i = 1; i < n && i < TARGETS_MAX; i++) {
        struct target *t = call_target(c, i);

        kept[more] = *t;
        uris[more++] = t->dst_uri.n || t->path.n || t->flags ? STR_NONE : t->uri;
    }
    if (more == 0)
        return code;
    if (code < 0) {
        call_clear_targets(c);
    } else { /* those of the first lookup stand behind the old ones */
        struct target found[TARGETS_MAX];
        size_t n_found = 0, all = call_target_count(c);

        for (size_t i = n; i < all && n_found < TARGETS_MAX; i++)
            found[n_found++] = *call_target(c, i);
        call_clear_targets(c);
        for (size_t i = 0; i < n_found; i++)
            (void)!call_add_target(c, &found[i]);
    }
    for (size_t i = 0; i < more; i++) {
        int one = uris[i].p ? lookup_uri(c, a->domain, uris[i], false) : NOT_REGISTERED;

        if (one < 0)
            (void)!call_add_target(c, &kept[i]);
        else if (code < 0)
            code = one;
    }
    return code;
}

int lookup_xavp(struct call *c, const struct xavp_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct subject s = { 0 };
    bool method_refused = false;
    size_t n = 0;
    err_t e = find(c, conf, location_open(a->domain), a->uri, &s);

    if (e)
        return e == ERR_NOT_FOUND ? NOT_REGISTERED : FAILED;
    for (size_t i = s.list.n; i > 0; i--) { /* the newest xavp is the first */
        const struct contact *k = s.list.at[i - 1];
        struct xavp *x;

        if (!suitable(c, conf, k, &s, &method_refused) || !c->vars)
            continue;
        record_details(c, k, a->contacts, 0);
        x = xavp_find(c->vars, XAVP, a->contacts, 0);
        put_field(c, x, STR("socket"), VALUE_OF_STR(contact_socket_text(k)));
        put_field(c, x, STR("user_agent"), VALUE_OF_STR(contact_text(k, CONTACT_USER_AGENT)));
        put_field(c, x, STR("q"), VALUE_OF_INT(k->q));
        put_field(c, x, STR("cflags"), VALUE_OF_INT(k->cflags));
        put_field(c, x, STR("reg_id"), VALUE_OF_INT(k->reg_id));
        n++;
    }
    if (n > 0) {
        struct xavp *x = xavp_push(c->vars, XAVP, a->record);

        put_field(c, x, STR("aor"), VALUE_OF_STR(s.aor));
        put_field(c, x, STR("count"), VALUE_OF_INT((int64_t)n));
    }
    contact_list_drop(&s.list);
    return n > 0 ? SCRIPT_TRUE : method_refused ? NO_METHOD : NOT_REGISTERED;
}

static bool setting_matches(struct call *c, const struct registrar_conf *conf, struct str name,
                            struct str have)
{
    struct value v;

    return !runtime_setting(c, conf, name, &v) || str_eq(value_text(&v, c->arena), have);
}

static bool matches(struct call *c, const struct registrar_conf *conf, const struct contact *k,
                    int64_t option)
{
    if (option & MATCH_CALL_ID &&
        !setting_matches(c, conf, STR("match_callid"), contact_text(k, CONTACT_CALL_ID)))
        return false;
    if (option & MATCH_RECEIVED &&
        !setting_matches(c, conf, STR("match_received"), contact_text(k, CONTACT_RECEIVED)))
        return false;
    return !(option & MATCH_CONTACT) ||
           setting_matches(c, conf, STR("match_contact"), contact_text(k, CONTACT_URI));
}

int registered(struct call *c, const struct registered_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    const struct address *to = c->msg->request ? NULL : msg_to(c->msg, NULL);
    struct str uri = a->uri.n ? a->uri : to ? to->uri_text : call_uri_text(c);
    struct subject s = { 0 };
    int code = SCRIPT_FALSE;

    if (find(c, conf, location_open(a->domain), uri, &s))
        return SCRIPT_FALSE;
    for (size_t i = 0; i < s.list.n && code < 0; i++) {
        const struct contact *k = s.list.at[i];

        if ((!conf->use_expired_contacts && contact_is_expired(k, clock_unix())) ||
            !matches(c, conf, k, a->match_option))
            continue;
        if (!(a->match_action & ACTION_NO_RECORD))
            record_details(c, k, conf->xavp_rcd, conf->xavp_rcd_mask);
        code = SCRIPT_TRUE;
    }
    contact_list_drop(&s.list);
    return code;
}

/* Whether a URI names the address the message came from; `mode` 0: IP, 1: and port, 2: and
 * protocol. */
static bool came_from(const struct call *c, struct str text, int64_t mode)
{
    struct addr addr;
    struct uri uri;

    if (text.n == 0 || uri_parse(text, &uri) || addr_parse(uri.host, uri_port(&uri), &addr))
        return false;
    if (!addr_ip_eq(&addr, &c->from.peer))
        return false;
    if (mode >= 1 && addr_port(&addr) != addr_port(&c->from.peer))
        return false;
    return mode < 2 ||
           (uri_proto(&uri) == PROTO_NONE ? PROTO_UDP : uri_proto(&uri)) == c->from.proto;
}

int reg_from_user(struct call *c, const struct from_user_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct subject s = { 0 };
    int code = SCRIPT_FALSE;

    if (find(c, conf, location_open(a->domain), a->uri, &s))
        return SCRIPT_FALSE;
    for (size_t i = 0; i < s.list.n; i++) {
        const struct contact *k = s.list.at[i];
        struct str received = contact_text(k, CONTACT_RECEIVED);

        if (!contact_is_expired(k, clock_unix()) &&
            came_from(c, received.n ? received : contact_text(k, CONTACT_URI), a->mode))
            code = SCRIPT_TRUE;
    }
    contact_list_drop(&s.list);
    return code;
}
