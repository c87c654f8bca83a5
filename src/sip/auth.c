/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/auth.h"
#include "sip/scan.h"

static const struct {
    struct str name;
    enum digest digest;
    bool session;
} algorithms[] = {
    [AUTH_MD5] = { STR_INIT("MD5"), DIGEST_MD5, false },
    [AUTH_MD5_SESS] = { STR_INIT("MD5-sess"), DIGEST_MD5, true },
    [AUTH_SHA256] = { STR_INIT("SHA-256"), DIGEST_SHA256, false },
    [AUTH_SHA256_SESS] = { STR_INIT("SHA-256-sess"), DIGEST_SHA256, true },
};

static const struct str qops[] = {
    [AUTH_QOP_NONE] = STR_INIT(""),
    [AUTH_QOP_AUTH] = STR_INIT("auth"),
    [AUTH_QOP_AUTH_INT] = STR_INIT("auth-int"),
    [AUTH_QOP_OTHER] = STR_INIT(""),
};

enum auth_algorithm auth_algorithm_of(struct str name)
{
    unsigned a = 0;

    if (!name.p)
        return AUTH_MD5;
    while (a < AUTH_ALGORITHM_OTHER && !str_ieq(algorithms[a].name, name))
        a++;
    return (enum auth_algorithm)a;
}

struct str auth_qop_name(enum auth_qop q)
{
    return q <= AUTH_QOP_OTHER ? qops[q] : STR("");
}

static enum auth_qop qop_of(struct str name)
{
    if (!name.p)
        return AUTH_QOP_NONE;
    if (str_ieq(name, qops[AUTH_QOP_AUTH]))
        return AUTH_QOP_AUTH;
    return str_ieq(name, qops[AUTH_QOP_AUTH_INT]) ? AUTH_QOP_AUTH_INT : AUTH_QOP_OTHER;
}

/* "name=value, name=value": values of known names, without quotes, go to their slots. A name given
 * twice is an error: two readers could take different ones. */
static void read_values(struct scan *s, const struct param_slot *slots, size_t n, void *out)
{
    do {
        struct str name, value;
        scan_ows(s);
        name = scan_token(s);
        scan_separator(s, '=');
        value = scan_peek(s) == '"' ? scan_quoted(s) : scan_while(s, CHAR_VALUE);
        scan_ows(s);
        for (size_t i = 0; i < n && !s->err; i++) {
            struct str *field = (struct str *)(void *)((char *)out + slots[i].offset);
            if (!str_ieq(slots[i].name, name))
                continue;
            if (field->p)
                scan_fail(s, ERR_SYNTAX);
            *field = unquoted(value);
        }
    } while (scan_take(s, ','));
    scan_end(s);
}

static struct str read_scheme(struct scan *s)
{
    struct str scheme;

    scan_ows(s);
    scheme = scan_token(s);
    scan_lws(s);
    if (!s->err && !str_ieq(scheme, STR("Digest")))
        scan_fail(s, ERR_UNSUPPORTED);
    return scheme;
}

static bool read_count(struct str text, uint32_t *nc)
{
    *nc = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (char_hex(text.p[i]) < 0)
            return false;
        *nc = *nc << 4 | (uint32_t)char_hex(text.p[i]);
    }
    return text.n == 8;
}

#define SLOT(type, name, field)                                                                    \
    {                                                                                              \
        STR_INIT(name), offsetof(struct type, field)                                               \
    }

err_t digest_credentials_parse(struct str in, struct digest_credentials *out)
{
    static const struct param_slot slots[] = {
        SLOT(digest_credentials, "username", username),
        SLOT(digest_credentials, "realm", realm),
        SLOT(digest_credentials, "nonce", nonce),
        SLOT(digest_credentials, "uri", uri),
        SLOT(digest_credentials, "response", response),
        SLOT(digest_credentials, "algorithm", algorithm_text),
        SLOT(digest_credentials, "cnonce", cnonce),
        SLOT(digest_credentials, "opaque", opaque),
        SLOT(digest_credentials, "qop", qop_text),
        SLOT(digest_credentials, "nc", nc_text),
        SLOT(digest_credentials, "userhash", userhash),
    };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    out->scheme = read_scheme(&s);
    if (s.err)
        return s.err;
    read_values(&s, slots, sizeof slots / sizeof *slots, out);
    if (s.err)
        return s.err;
    out->algorithm = auth_algorithm_of(out->algorithm_text);
    out->qop = qop_of(out->qop_text);
    if (!out->username.p || !out->realm.p || !out->nonce.p || !out->uri.p || !out->response.p)
        return ERR_SYNTAX;
    if (out->nc_text.p && !read_count(out->nc_text, &out->nc))
        return ERR_SYNTAX;
    if (out->qop != AUTH_QOP_NONE && (!out->cnonce.p || !out->nc_text.p))
        return ERR_SYNTAX;
    return ERR_OK;
}

static void add_value(struct buf *b, const char *name, struct str value, bool quotes)
{
    if (!value.p)
        return;
    if (b->n && b->p[b->n - 1] != ' ')
        buf_add(b, STR(", "));
    buf_addz(b, name);
    buf_add(b, quotes ? STR("=\"") : STR("="));
    buf_add(b, value);
    if (quotes)
        buf_char(b, '"');
}

void digest_credentials_write(struct buf *b, const struct digest_credentials *c)
{
    buf_add(b, STR("Digest "));
    add_value(b, "username", c->username, true);
    add_value(b, "realm", c->realm, true);
    add_value(b, "nonce", c->nonce, true);
    add_value(b, "uri", c->uri, true);
    add_value(b, "response", c->response, true);
    add_value(b, "algorithm", c->algorithm_text, false);
    add_value(b, "cnonce", c->cnonce, true);
    add_value(b, "opaque", c->opaque, true);
    add_value(b, "qop", c->qop_text, false);
    add_value(b, "nc", c->nc_text, false);
    add_value(b, "userhash", c->userhash, false);
}

err_t digest_challenge_parse(struct str in, struct digest_challenge *out)
{
    struct wide {
        struct digest_challenge c;
        struct str stale;
    } wide = { 0 };
    static const struct param_slot slots[] = {
        SLOT(wide, "realm", c.realm),   SLOT(wide, "nonce", c.nonce),
        SLOT(wide, "opaque", c.opaque), SLOT(wide, "domain", c.domain),
        SLOT(wide, "qop", c.qop_list),  SLOT(wide, "algorithm", c.algorithm_text),
        SLOT(wide, "stale", stale),
    };
    struct scan s = scan_of(in);
    struct str offers, one;

    wide.c.scheme = read_scheme(&s);
    if (!s.err)
        read_values(&s, slots, sizeof slots / sizeof *slots, &wide);
    *out = wide.c;
    if (s.err)
        return s.err;
    out->algorithm = auth_algorithm_of(out->algorithm_text);
    out->stale = str_ieq(wide.stale, STR("true"));
    for (offers = out->qop_list; offers.n;) {
        one = str_trim(str_split(&offers, ','));
        out->offers_auth |= str_ieq(one, qops[AUTH_QOP_AUTH]);
        out->offers_auth_int |= str_ieq(one, qops[AUTH_QOP_AUTH_INT]);
    }
    return out->realm.p && out->nonce.p ? ERR_OK : ERR_SYNTAX;
}

void digest_challenge_write(struct buf *b, const struct digest_challenge *c)
{
    buf_add(b, STR("Digest "));
    add_value(b, "realm", c->realm, true);
    add_value(b, "nonce", c->nonce, true);
    add_value(b, "opaque", c->opaque, true);
    add_value(b, "domain", c->domain, true);
    add_value(b, "qop", c->qop_list, true);
    add_value(b, "stale", c->stale ? STR("true") : STR_NONE, false);
    add_value(b, "algorithm", c->algorithm_text, false);
}

/* H of texts with ':' between them. */
static void hash_joined(enum auth_algorithm a, const struct str *texts, size_t n,
                        struct digest_text *out)
{
    struct str pieces[16];
    size_t used = 0;

    ASSERT(n <= 8);
    for (size_t i = 0; i < n; i++) {
        if (i)
            pieces[used++] = STR(":");
        pieces[used++] = texts[i];
    }
    out->n = digest_hex(algorithms[a].digest, pieces, used, out->space).n;
}

void digest_ha1(enum auth_algorithm a, struct str username, struct str realm, struct str password,
                struct digest_text *out)
{
    const struct str texts[] = { username, realm, password };

    ASSERT(a < AUTH_ALGORITHM_OTHER);
    hash_joined(a, texts, 3, out);
}

void digest_response(const struct digest_credentials *c, struct str ha1, struct str method,
                     struct str body, struct digest_text *out)
{
    enum auth_algorithm a = c->algorithm;
    struct digest_text first, second, content;
    size_t n = c->qop == AUTH_QOP_AUTH_INT ? 3 : 2;

    ASSERT(a < AUTH_ALGORITHM_OTHER && c->qop < AUTH_QOP_OTHER);
    if (algorithms[a].session) {
        const struct str texts[] = { ha1, c->nonce, c->cnonce };
        hash_joined(a, texts, 3, &first);
        ha1 = digest_text_str(&first);
    }
    hash_joined(a, &body, n == 3, &content);
    const struct str a2[] = { method, c->uri, digest_text_str(&content) };
    hash_joined(a, a2, n, &second);
    if (c->qop == AUTH_QOP_NONE) {
        const struct str texts[] = { ha1, c->nonce, digest_text_str(&second) };
        hash_joined(a, texts, 3, out);
    } else {
        const struct str texts[] = { ha1,       c->nonce,    c->nc_text,
                                     c->cnonce, c->qop_text, digest_text_str(&second) };
        hash_joined(a, texts, 6, out);
    }
}

err_t digest_check(const struct digest_credentials *c, struct str ha1, struct str method,
                   struct str body)
{
    struct digest_text want, got;

    if (c->algorithm == AUTH_ALGORITHM_OTHER || c->qop == AUTH_QOP_OTHER)
        return ERR_UNSUPPORTED;
    digest_response(c, ha1, method, body, &want);
    if (c->response.n != want.n)
        return ERR_DENIED;
    got.n = want.n;
    for (size_t i = 0; i < got.n; i++)
        got.space[i] = char_lower(c->response.p[i]);
    return secret_eq(digest_text_str(&got), digest_text_str(&want)) ? ERR_OK : ERR_DENIED;
}
