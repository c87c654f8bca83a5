/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses-of-record from URIs. */
#include "modules/registrar/inner.h"
#include <ctype.h>
#include <stdlib.h>

enum { AOR_MAX = 1024 };

static void lower(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (char)tolower((unsigned char)p[i]);
}

static struct str without_prefix(struct str domain, struct str prefix)
{
    if (prefix.n && domain.n > prefix.n && str_istarts(domain, prefix))
        return str_skip(domain, prefix.n);
    return domain;
}

err_t aor_of_uri(struct call *c, const struct registrar_conf *conf, struct str text,
                 struct str *aor, struct str *domain)
{
    bool use_domain = usrloc_settings().use_domain;
    struct str host, user;
    struct uri uri;
    size_t n = 0;
    char *p;
    err_t e = uri_parse(text, &uri);

    if (e)
        return e;
    if (uri.scheme != URI_SIP && uri.scheme != URI_SIPS && uri.scheme != URI_TEL)
        return ERR_UNSUPPORTED;
    user = uri.user;
    host = without_prefix(uri.host, conf->realm_prefix);
    *domain = uri.host;
    if (user.n + host.n + 1 > AOR_MAX)
        return ERR_LIMIT;
    if (user.n == 0) { /* the domain itself registers */
        user = host;
        host = STR("");
    }
    p = arena_alloc(c->arena, user.n + host.n + 2);
    e = uri_unescape(user, p, &n);
    if (e)
        return e;
    if (!conf->case_sensitive)
        lower(p, n);
    if (use_domain && host.n) {
        p[n++] = '@';
        memcpy(p + n, host.p, host.n);
        lower(p + n, host.n);
        n += host.n;
    }
    *aor = (struct str){ p, n };
    return n ? ERR_OK : ERR_SYNTAX;
}

bool runtime_setting(struct call *c, const struct registrar_conf *conf, struct str name,
                     struct value *out)
{
    struct xavp *x, *f;

    if (conf->xavp_cfg.n == 0 || !c->vars)
        return false;
    x = xavp_find(c->vars, XAVP, conf->xavp_cfg, 0);
    f = x ? xavp_field(c->vars, XAVP, x, name, 0) : NULL;
    if (!f || f->value.type == VALUE_NULL)
        return false;
    *out = f->value;
    return true;
}

int64_t number_or(struct str text, int64_t otherwise)
{
    char digits[32], *end;
    long long n;

    if (text.n == 0 || text.n >= sizeof digits)
        return otherwise;
    memcpy(digits, text.p, text.n);
    digits[text.n] = '\0';
    n = strtoll(digits, &end, 0);
    return *end ? otherwise : n;
}
