/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables read from digest credentials: those of Authorization, else of Proxy-Authorization. */
#include "modules/pv/message_vars.h"
#include "sip/auth.h"

static bool credentials_of(struct call *c, struct digest_credentials *out)
{
    static const enum header_id ids[] = { HEADER_AUTHORIZATION, HEADER_PROXY_AUTHORIZATION };

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const struct header *h = c->msg ? msg_header(c->msg, ids[i]) : NULL;
        if (h && digest_credentials_parse(h->body, out) == ERR_OK)
            return true;
    }
    return false;
}

static struct str user_part(struct str name)
{
    return str_cut(name, 0, str_find(name, '@'));
}

static struct str domain_part(struct str name)
{
    size_t at = str_find(name, '@');
    return at < name.n ? str_skip(name, at + 1) : STR("");
}

static struct str attribute(const struct digest_credentials *d, enum digest_attr which)
{
    switch (which) {
    case AUTH_USERNAME: return d->username;
    case AUTH_USER: return user_part(d->username);
    case AUTH_DOMAIN: return domain_part(d->username);
    case AUTH_REALM: return d->realm;
    case AUTH_URI: return d->uri;
    case AUTH_ALGORITHM: return d->algorithm_text;
    case AUTH_NONCE: return d->nonce;
    case AUTH_CNONCE: return d->cnonce;
    case AUTH_RESPONSE: return d->response;
    case AUTH_OPAQUE: return d->opaque;
    }
    return STR_NONE;
}

GETTER(get_digest_attr)
{
    struct digest_credentials d;

    if (!credentials_of(c, &d))
        return give_null(out);
    struct str text = attribute(&d, (enum digest_attr)at->var->tag);
    return give_str(out, text.n || at->var->tag == AUTH_DOMAIN ? text : STR_NONE);
}

/* The name to account a call to: the authenticated user, else the caller's URI. */
GETTER(get_account_name)
{
    struct digest_credentials d;
    bool name_only = at->var->tag == 1;
    const struct address *from;

    if (credentials_of(c, &d) && d.username.n) {
        struct str user = user_part(d.username), domain = domain_part(d.username);
        if (name_only)
            return give_str(out, user);
        if (!domain.n)
            domain = d.realm;
        from = msg_from(c->msg, NULL);
        if (from && from->uri.host.n && !domain.n)
            domain = from->uri.host;
        return give_fmt(c, out, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain));
    }
    from = c->msg ? msg_from(c->msg, NULL) : NULL;
    if (!from)
        return give_null(out);
    if (name_only)
        return give_str(out, from->uri.user.n ? from->uri.user : STR_NONE);
    return give_fmt(c, out, STR_FMT "@" STR_FMT, STR_ARG(from->uri.user), STR_ARG(from->uri.host));
}
