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

/* The name to account a call to: the user who proved to be one, else the caller's URI. */
GETTER(get_account_name)
{
    const struct account *who = vars_account(c->vars);
    const struct address *from = c->msg ? msg_from(c->msg, NULL) : NULL;
    struct str user, domain;

    if (!who && !from)
        return give_null(out);
    user = who ? user_part(who->user) : from->uri.user;
    if (at->var->tag == 1)
        return give_str(out, user.n ? user : STR_NONE);
    domain = who ? domain_part(who->user) : from->uri.host;
    if (who && !domain.n)
        domain = who->realm;
    return give_fmt(c, out, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain));
}
