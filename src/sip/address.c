/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/address.h"
#include "sip/scan.h"

static const struct param_slot slots[] = {
    { STR_INIT("tag"), offsetof(struct address, tag) },
    { STR_INIT("q"), offsetof(struct address, q) },
    { STR_INIT("expires"), offsetof(struct address, expires) },
    { STR_INIT("received"), offsetof(struct address, received) },
    { STR_INIT("+sip.instance"), offsetof(struct address, instance) },
    { STR_INIT("reg-id"), offsetof(struct address, reg_id) },
    { STR_INIT("methods"), offsetof(struct address, methods) },
};

/* "<uri>", the cursor standing on '<'. */
static void read_brackets(struct scan *s, struct address *a)
{
    size_t start = ++s->at, n = str_find(str_skip(s->in, start), '>');

    if (start + n >= s->in.n) {
        scan_fail(s, ERR_SYNTAX);
        return;
    }
    a->brackets = true;
    a->uri_text = str_cut(s->in, start, start + n);
    s->at = start + n + 1;
}

/* An unquoted display name and "<uri>", or a bare addr-spec: the first '<', or the end of what an
 * addr-spec may hold, decides. */
static void read_unquoted(struct scan *s, struct address *a)
{
    size_t start = s->at, at = start, word = 0;

    while (at < s->in.n && !memchr("<,;\"", s->in.p[at], 4)) {
        if (!word && char_is(s->in.p[at], CHAR_LWS))
            word = at;
        at++;
    }
    if (at < s->in.n && s->in.p[at] == '<') {
        if (at > start)
            a->display = str_trim(str_cut(s->in, start, at));
        s->at = at;
        read_brackets(s, a);
        return;
    }
    s->at = word ? word : at;
    a->uri_text = str_cut(s->in, start, s->at);
    if (str_find(a->uri_text, '?') < a->uri_text.n)
        scan_fail(s, ERR_SYNTAX); /* 20.10: '?' needs the brackets */
}

static void read_name(struct scan *s, struct address *a)
{
    if (scan_peek(s) != '"') {
        read_unquoted(s, a);
        return;
    }
    a->display = scan_quoted(s);
    scan_ows(s);
    if (scan_peek(s) == '<')
        read_brackets(s, a);
    else
        scan_fail(s, ERR_SYNTAX);
}

static bool read_star(struct scan *s, struct address *a)
{
    struct scan ahead = *s;

    if (!scan_take(&ahead, '*'))
        return false;
    scan_ows(&ahead);
    if (scan_more(&ahead) && scan_peek(&ahead) != ',' && scan_peek(&ahead) != ';')
        return false;
    a->star = true;
    a->uri_text = str_cut(s->in, s->at, s->at + 1);
    a->uri.scheme = URI_OTHER;
    a->uri.text = a->uri_text;
    *s = ahead;
    return true;
}

/* Everything but the URI itself. */
static err_t read_frame(struct str *in, struct address *out)
{
    struct scan s = scan_of(*in);
    size_t start;

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    start = s.at;
    if (!scan_more(&s))
        return ERR_SYNTAX;
    if (!read_star(&s, out))
        read_name(&s, out);
    scan_params(&s, slots, sizeof slots / sizeof *slots, out, &out->params);
    if (s.err)
        return s.err;
    out->all = str_trim(str_cut(s.in, start, s.at));
    scan_list_end(&s, in);
    return s.err;
}

err_t address_next(struct str *in, struct address *out)
{
    err_t e = read_frame(in, out);

    if (e || out->star)
        return e;
    return uri_parse(out->uri_text, &out->uri);
}

err_t address_parse(struct str in, struct address *out)
{
    err_t e = address_next(&in, out);

    return !e && in.n ? ERR_SYNTAX : e;
}

err_t address_parse_loosely(struct str in, struct address *out)
{
    err_t e = read_frame(&in, out);

    if (e || in.n || out->star)
        return e ? e : ERR_SYNTAX;
    if (uri_parse(out->uri_text, &out->uri)) {
        out->uri = (struct uri){ .scheme = URI_OTHER, .text = out->uri_text };
        out->bad_uri = true;
    }
    return ERR_OK;
}

bool param_next(struct str *params, struct str *name, struct str *value)
{
    struct scan s = scan_of(*params);

    do
        scan_ows(&s);
    while (scan_take(&s, ';'));
    if (!scan_more(&s)) {
        *params = str_skip(*params, params->n);
        return false;
    }
    scan_param(&s, name, value);
    *params = s.err ? str_skip(*params, params->n) : str_skip(*params, s.at);
    return s.err == ERR_OK;
}

struct str param_find(struct str params, struct str name)
{
    struct str found, value;

    while (param_next(&params, &found, &value))
        if (str_ieq(found, name))
            return value;
    return STR_NONE;
}

struct str address_param(const struct address *a, struct str name)
{
    return param_find(a->params, name);
}

err_t q_parse(struct str text, int *thousandths)
{
    struct scan s = scan_of(text);
    struct str whole = scan_while(&s, CHAR_DIGIT), part = STR_NONE;
    int n = 0;

    if (scan_take(&s, '.'))
        part = scan_while(&s, CHAR_DIGIT);
    scan_end(&s);
    if (s.err || whole.n + part.n == 0 || whole.n > 1 || part.n > 3)
        return ERR_SYNTAX;
    n = whole.n ? (whole.p[0] - '0') * 1000 : 0;
    for (size_t i = 0, weight = 100; i < part.n; i++, weight /= 10)
        n += (part.p[i] - '0') * (int)weight;
    if (n > 1000)
        return ERR_SYNTAX;
    *thousandths = n;
    return ERR_OK;
}
