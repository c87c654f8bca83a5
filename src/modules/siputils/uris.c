/* SPDX-License-Identifier: BSD-2-Clause */
/* URIs: their parameters read and changed, compared, tel made sip. */
#include "modules/siputils/siputils.h"

/* --- parameters of the Request-URI
 * ------------------------------------------------------------------ */

static struct str ruri_param(struct call *c, struct str name)
{
    const struct uri *u = call_uri(c, NULL);
    return u ? uri_param(u, name) : STR_NONE;
}

int uri_param_is(struct call *c, const struct param_args *a)
{
    struct str value = ruri_param(c, a->name);

    if (!value.p)
        return SCRIPT_FALSE;
    return truth(a->value.p ? str_ieq(value, a->value) : value.n == 0);
}

int uri_param_any(struct call *c, const struct text_args *a)
{
    return truth(ruri_param(c, a->text).p != NULL);
}

int get_uri_param(struct call *c, const struct get_param_args *a)
{
    struct str value = ruri_param(c, a->name);

    return truth(value.p && var_set(c, a->into, &VALUE_OF_STR(value)) == ERR_OK);
}

/* The URI with `params` in place of those it has. */
static int rewrite_params(struct call *c, const struct uri *u, struct str params)
{
    struct str head, tail = STR(""), fresh;
    size_t end = u->params.n    ? (size_t)(u->params.p - u->text.p) - 1
                 : u->headers.n ? (size_t)(u->headers.p - u->text.p) - 1
                                : u->text.n;

    head = str_cut(u->text, 0, end);
    if (u->headers.n)
        tail = arena_fmt(c->arena, "?" STR_FMT, STR_ARG(u->headers));
    fresh = arena_fmt(c->arena, STR_FMT "%s" STR_FMT STR_FMT, STR_ARG(head), params.n ? ";" : "",
                      STR_ARG(params), STR_ARG(tail));
    return truth(call_set_uri(c, fresh) == ERR_OK);
}

int add_uri_param(struct call *c, const struct text_args *a)
{
    const struct uri *u = call_uri(c, NULL);

    if (!u)
        return SCRIPT_FALSE;
    if (!a->text.n)
        return SCRIPT_TRUE;
    return rewrite_params(c, u,
                          arena_fmt(c->arena, STR_FMT "%s" STR_FMT, STR_ARG(u->params),
                                    u->params.n ? ";" : "", STR_ARG(a->text)));
}

int uri_param_rm(struct call *c, const struct text_args *a)
{
    const struct uri *u = call_uri(c, NULL);
    struct str rest, name, value, left;
    struct buf b;

    if (!u)
        return SCRIPT_FALSE;
    if (!uri_param(u, a->text).p)
        return SCRIPT_TRUE;
    buf_init(&b, MEM_MESSAGE);
    for (rest = u->params; param_next(&rest, &name, &value);) {
        if (str_ieq(name, a->text))
            continue;
        buf_fmt(&b, "%s" STR_FMT, b.n ? ";" : "", STR_ARG(name));
        if (value.n)
            buf_fmt(&b, "=" STR_FMT, STR_ARG(value));
    }
    left = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return rewrite_params(c, u, left);
}

/* --- tel URIs (RFC 3261, 19.1.6)
 * ---------------------------------------------------------------------- */

static bool is_separator(char ch)
{
    return ch == '-' || ch == '.' || ch == '(' || ch == ')';
}

/* The number without separators and the parameters in lower case, as the user of a SIP URI. */
static struct str sip_user_of_tel(struct call *c, struct str number)
{
    size_t digits = str_find(number, ';'), n = 0;
    char *user = arena_alloc(c->arena, number.n + 1);

    for (size_t i = 0; i < number.n; i++) {
        char ch = number.p[i];
        if (i < digits && is_separator(ch))
            continue;
        user[n++] = (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
    }
    return (struct str){ user, n };
}

/* 1: converted, 2: it was no tel URI. */
int tel2sip(struct call *c, const struct tel2sip_args *a)
{
    struct str uri;

    if (!str_istarts(a->uri, STR("tel:")))
        return 2;
    uri = arena_fmt(c->arena, "sip:" STR_FMT "@" STR_FMT ";user=phone",
                    STR_ARG(sip_user_of_tel(c, str_skip(a->uri, 4))), STR_ARG(a->host));
    return truth(var_set(c, a->into, &VALUE_OF_STR(uri)) == ERR_OK);
}

/* The same, but the parameters of the number become those of the SIP URI. */
int tel2sip2(struct call *c, const struct tel2sip_args *a)
{
    struct str user, params, uri;

    if (!str_istarts(a->uri, STR("tel:")))
        return 2;
    params = sip_user_of_tel(c, str_skip(a->uri, 4));
    user = str_split(&params, ';');
    uri = arena_fmt(c->arena, "sip:" STR_FMT "@" STR_FMT "%s" STR_FMT ";user=phone", STR_ARG(user),
                    STR_ARG(a->host), params.n ? ";" : "", STR_ARG(params));
    return truth(var_set(c, a->into, &VALUE_OF_STR(uri)) == ERR_OK);
}

/* --- tests
 * ------------------------------------------------------------------------------------------- */

int is_uri(struct call *c, const struct text_args *a)
{
    struct uri u;

    (void)c;
    return truth(uri_parse(a->text, &u) == ERR_OK && u.scheme != URI_OTHER);
}

/* 1: public, 2: temporary (RFC 5627). */
int is_gruu(struct call *c, const struct optional_args *a)
{
    struct uri u;

    if (uri_parse(a->text.p ? a->text : call_uri_text(c), &u) != ERR_OK || !u.has_gr)
        return SCRIPT_FALSE;
    return u.gr.n ? 1 : 2;
}

enum { MALFORMED = -2 }; /* also: not the same header name */

int cmp_uri(struct call *c, const struct two_args *a)
{
    struct uri x, y;

    (void)c;
    if (uri_parse(a->first, &x) != ERR_OK || uri_parse(a->second, &y) != ERR_OK)
        return MALFORMED;
    return truth(uri_equal(&x, &y));
}

int cmp_aor(struct call *c, const struct two_args *a)
{
    struct uri x, y;

    (void)c;
    if (uri_parse(a->first, &x) != ERR_OK || uri_parse(a->second, &y) != ERR_OK)
        return MALFORMED;
    return truth(str_eq(x.user, y.user) && str_ieq(x.host, y.host) && uri_port(&x) == uri_port(&y));
}

int cmp_hdr_name(struct call *c, const struct two_args *a)
{
    enum header_id x = header_id_of(a->first);

    (void)c;
    bool same = x != HEADER_OTHER ? x == header_id_of(a->second) : str_ieq(a->first, a->second);
    return same && a->first.n ? SCRIPT_TRUE : MALFORMED;
}

/* --- parts of a URI in a variable
 * ------------------------------------------------------------------------ */

static int set_part(struct call *c, const struct set_part_args *a, bool user)
{
    struct value v;
    struct uri u;
    struct str from, rest, fresh;

    if (var_get(c, a->uri, &v) != ERR_OK || v.type != VALUE_STR || uri_parse(v.s, &u) != ERR_OK ||
        !u.host.n)
        return SCRIPT_FALSE;
    rest = str_skip(v.s, (size_t)(u.host.p + u.host.n - v.s.p));
    if (!user) {
        if (!a->part.n)
            return SCRIPT_FALSE;
        from = str_cut(v.s, 0, (size_t)(u.host.p - v.s.p));
        fresh = arena_fmt(c->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(from), STR_ARG(a->part),
                          STR_ARG(rest));
    } else {
        fresh =
            arena_fmt(c->arena, STR_FMT ":" STR_FMT "%s" STR_FMT STR_FMT, STR_ARG(u.scheme_name),
                      STR_ARG(a->part), a->part.n ? "@" : "", STR_ARG(u.host), STR_ARG(rest));
    }
    return truth(var_set(c, a->uri, &VALUE_OF_STR(fresh)) == ERR_OK);
}

int set_uri_user(struct call *c, const struct set_part_args *a)
{
    return set_part(c, a, true);
}

int set_uri_host(struct call *c, const struct set_part_args *a)
{
    return set_part(c, a, false);
}
