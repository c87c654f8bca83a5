/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking credentials, and making challenges. */
#include "core/send.h"
#include "modules/auth/inner.h"

struct auth_run *auth_run_of(struct call *c)
{
    struct auth_run **run = (struct auth_run **)&c->module_data[auth_self.run_slot];

    if (!*run)
        *run = ARENA_NEW(c->arena, struct auth_run);
    return *run;
}

struct str auth_realm(struct call *c, struct str realm)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);

    if (conf->realm_prefix.n && realm.n > conf->realm_prefix.n &&
        str_istarts(realm, conf->realm_prefix))
        return str_skip(realm, conf->realm_prefix.n);
    return realm;
}

static struct str wanted_algorithm(struct call *c, const struct auth_conf *conf)
{
    struct str chosen = auth_run_of(c)->algorithm;

    if (chosen.n)
        return chosen;
    return conf->algorithm.n ? conf->algorithm : STR_NONE;
}

/* MD5 and MD5-sess go together, as do both of SHA-256. */
static bool same_hash(enum auth_algorithm a, enum auth_algorithm b)
{
    return (a == AUTH_MD5_SESS      ? AUTH_MD5
            : a == AUTH_SHA256_SESS ? AUTH_SHA256
                                    : a) == (b == AUTH_MD5_SESS      ? AUTH_MD5
                                             : b == AUTH_SHA256_SESS ? AUTH_SHA256
                                                                     : b);
}

static bool read_credentials(const struct header *h, struct str realm, struct auth_found *out)
{
    size_t at;

    if (digest_credentials_parse(h->body, &out->credentials))
        return false;
    if (realm.n && !str_ieq(out->credentials.realm, realm))
        return false;
    out->header = h;
    at = str_find(out->credentials.username, '@');
    out->user = str_cut(out->credentials.username, 0, at);
    out->domain = str_skip(out->credentials.username, at + 1);
    return true;
}

static bool find_header(struct call *c, bool proxy, struct str realm, struct auth_found *out)
{
    enum header_id id = proxy ? HEADER_PROXY_AUTHORIZATION : HEADER_AUTHORIZATION;

    for (const struct header *h = msg_header(c->msg, id); h; h = msg_header_next(c->msg, h)) {
        if (read_credentials(h, realm, out))
            return true;
    }
    return false;
}

enum auth_code auth_find(struct call *c, bool proxy, struct str realm, struct auth_found *out)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);
    enum auth_algorithm offered = auth_algorithm_of(wanted_algorithm(c, conf));

    if (!c->msg->request)
        return AUTH_FAILED;
    if (c->msg->method == METHOD_ACK || c->msg->method == METHOD_CANCEL)
        return AUTH_GRANTED;
    if (!find_header(c, proxy, realm, out) &&
        !(realm.n && find_header(c, proxy, auth_realm(c, realm), out)))
        return AUTH_NO_CREDENTIALS;
    if (!same_hash(out->credentials.algorithm, offered) || out->credentials.qop == AUTH_QOP_OTHER)
        return AUTH_NO_CREDENTIALS;
    if (nonce_check(c, conf, out->credentials.nonce, &out->nonce_id)) {
        auth_run_of(c)->stale = true;
        return AUTH_NONCE_EXPIRED;
    }
    return AUTH_FOUND;
}

struct str auth_ha1(struct call *c, const struct auth_found *f, struct str password)
{
    struct digest_text t;

    digest_ha1(f->credentials.algorithm, f->credentials.username, f->credentials.realm, password,
               &t);
    return arena_dup(c->arena, digest_text_str(&t));
}

/* Proves to the client that we know the secret too (RFC 7615). */
static void add_info(struct call *c, const struct auth_conf *conf, const struct auth_found *f,
                     struct str ha1)
{
    const struct digest_credentials *cr = &f->credentials;
    struct digest_text proof;
    struct str next = conf->one_time_nonce ? nonce_make(c, conf) : cr->nonce;

    if (cr->qop == AUTH_QOP_NONE) {
        reply_add_header(c,
                         arena_fmt(c->arena, "Authentication-Info: nextnonce=\"" STR_FMT "\"\r\n",
                                   STR_ARG(next)));
        return;
    }
    digest_response(cr, ha1, STR(""), STR(""), &proof);
    reply_add_header(
        c, arena_fmt(c->arena,
                     "Authentication-Info: nextnonce=\"" STR_FMT "\", qop=" STR_FMT
                     ", rspauth=\"" STR_FMT "\", cnonce=\"" STR_FMT "\", nc=" STR_FMT "\r\n",
                     STR_ARG(next), STR_ARG(cr->qop_text), STR_ARG(digest_text_str(&proof)),
                     STR_ARG(cr->cnonce), STR_ARG(cr->nc_text)));
}

enum auth_code auth_verify(struct call *c, const struct auth_found *f, struct str ha1,
                           struct str method)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);
    struct auth_run *run = auth_run_of(c);
    err_t e =
        digest_check(&f->credentials, ha1, method.n ? method : c->msg->method_name, c->msg->body);

    if (e)
        return AUTH_WRONG_PASSWORD;
    e = nonce_use(conf, f->nonce_id, f->credentials.qop == AUTH_QOP_NONE ? 0 : f->credentials.nc);
    if (e) {
        run->stale = true;
        return e == ERR_DENIED ? AUTH_NONCE_REUSED : AUTH_NONCE_EXPIRED;
    }
    run->used = f->header;
    vars_set_account(c->vars, (struct account){ f->credentials.username, f->credentials.realm });
    if (conf->add_authinfo_hdr)
        add_info(c, conf, f, ha1);
    return AUTH_GRANTED;
}

static bool same_user(const struct address *a, const struct auth_found *f, bool domains)
{
    if (!a || !str_eq(a->uri.user, f->user))
        return false;
    return !domains || str_ieq(a->uri.host, f->domain.n ? f->domain : f->credentials.realm);
}

bool auth_is_sender(struct call *c, const struct auth_found *f, bool domains)
{
    if (c->msg->method == METHOD_REGISTER && !same_user(msg_to(c->msg, NULL), f, domains))
        return false;
    return c->msg->method == METHOD_REGISTER || same_user(msg_from(c->msg, NULL), f, domains);
}

struct str auth_challenge_text(struct call *c, struct str realm, unsigned flags,
                               struct str algorithm)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);
    struct str chosen = algorithm.n ? algorithm : wanted_algorithm(c, conf), text;
    struct digest_challenge ch = {
        .realm = realm,
        .nonce = nonce_make(c, conf),
        .opaque = STR_NONE,
        .domain = STR_NONE,
        .qop_list = STR_NONE,
        .algorithm_text = chosen.n ? chosen : STR_NONE,
        .stale = flags & CHALLENGE_STALE || auth_run_of(c)->stale,
    };
    struct buf b;

    if (flags & CHALLENGE_AUTH_INT && flags & CHALLENGE_AUTH)
        ch.qop_list = STR("auth,auth-int");
    else if (flags & CHALLENGE_AUTH_INT)
        ch.qop_list = STR("auth-int");
    else if (flags & CHALLENGE_AUTH)
        ch.qop_list = STR("auth");
    else if (conf->qop.n)
        ch.qop_list = conf->qop;
    buf_init(&b, MEM_MESSAGE);
    digest_challenge_write(&b, &ch);
    text = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    return text;
}
