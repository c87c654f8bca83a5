/* SPDX-License-Identifier: BSD-2-Clause */
/* URIs of Contact hidden in the user part or in a parameter of URIs that lead here, and back. */
#include "base/base64.h"
#include "core/local.h"
#include "modules/siputils/siputils.h"

/* Replaces the URI of each contact with what `change` makes of it; STR_NONE leaves it. */
static int each_contact(struct call *c, const struct two_args *a,
                        struct str (*change)(struct call *c, const struct uri *u,
                                             const struct two_args *a))
{
    const struct address *list;
    bool any = false;
    size_t n;

    if (msg_addresses(c->msg, HEADER_CONTACT, &list, &n) != ERR_OK || !n)
        return SCRIPT_FALSE;
    for (size_t i = 0; i < n; i++) {
        struct str fresh = list[i].star ? STR_NONE : change(c, &list[i].uri, a);
        if (!fresh.p)
            continue;
        if (!list[i].brackets)
            fresh = arena_fmt(c->arena, "<" STR_FMT ">", STR_ARG(fresh));
        edit_replace(&c->edits, c->msg, list[i].uri_text, fresh);
        any = true;
    }
    return truth(any);
}

static int change_ruri(struct call *c, const struct two_args *a,
                       struct str (*change)(struct call *c, const struct uri *u,
                                            const struct two_args *a))
{
    const struct uri *u = call_uri(c, NULL);
    struct str fresh = u ? change(c, u, a) : STR_NONE;

    return truth(fresh.p && call_set_uri(c, fresh) == ERR_OK);
}

/* --- in the user part: sip:prefix*user*password*host*port*protocol@here ----------------------- */

static char separator_of(struct call *c)
{
    return ((const struct siputils_conf *)call_conf(c, &module_siputils))
        ->contact_flds_separator.p[0];
}

static struct str encoded_user(struct call *c, const struct uri *u, const struct two_args *a)
{
    char mark = separator_of(c);

    if (!u->host.n)
        return STR_NONE;
    return arena_fmt(c->arena,
                     "sip:" STR_FMT "%c" STR_FMT "%c" STR_FMT "%c" STR_FMT "%c" STR_FMT "%c" STR_FMT
                     "@" STR_FMT,
                     STR_ARG(a->first), mark, STR_ARG(u->user), mark, STR_ARG(u->password), mark,
                     STR_ARG(u->host), mark, STR_ARG(u->port_text), mark, STR_ARG(u->transport),
                     STR_ARG(a->second));
}

static struct str decoded_user(struct call *c, const struct uri *u, const struct two_args *a)
{
    struct str rest = u->user, part[6];
    char mark = separator_of(c);

    (void)a;
    for (size_t i = 0; i < 6; i++) {
        if (!rest.p || (i && rest.p > u->user.p + u->user.n))
            return STR_NONE;
        part[i] = i < 5 ? str_split(&rest, mark) : rest;
    }
    if (!part[3].n || str_find(u->user, mark) == u->user.n)
        return STR_NONE;
    return arena_fmt(c->arena, "sip:" STR_FMT "%s" STR_FMT "%s" STR_FMT "%s" STR_FMT "%s" STR_FMT,
                     STR_ARG(part[1]), part[2].n ? ":" : "", STR_ARG(part[2]), part[1].n ? "@" : "",
                     STR_ARG(part[3]), part[4].n ? ":" : "", STR_ARG(part[4]),
                     part[5].n ? ";transport=" : "", STR_ARG(part[5]));
}

int encode_contact(struct call *c, const struct two_args *a)
{
    return each_contact(c, a, encoded_user);
}

int decode_contact(struct call *c)
{
    return change_ruri(c, NULL, decoded_user);
}

int decode_contact_header(struct call *c)
{
    return each_contact(c, NULL, decoded_user);
}

/* --- in a parameter: here;parameter=the URI in base 64 of URLs -------------------------------- */

static struct str encoded_param(struct call *c, const struct uri *u, const struct two_args *a)
{
    size_t room = a->second.n + a->first.n + u->text.n * 2 + 8;
    struct buf b;

    buf_fixed(&b, arena_alloc(c->arena, room), room);
    buf_fmt(&b, STR_FMT ";" STR_FMT "=", STR_ARG(a->second), STR_ARG(a->first));
    base64_encode(&b, u->text, BASE64_URL);
    return buf_str(&b);
}

static struct str decoded_param(struct call *c, const struct uri *u, const struct two_args *a)
{
    struct str text = uri_param(u, a->first);
    struct uri check;
    struct buf b;

    buf_fixed(&b, arena_alloc(c->arena, text.n + 1), text.n + 1);
    if (!text.n || base64_decode(&b, text, BASE64_URL) != ERR_OK)
        return STR_NONE;
    return uri_parse(buf_str(&b), &check) == ERR_OK ? buf_str(&b) : STR_NONE;
}

static struct str without_param(struct call *c, const struct uri *u, const struct two_args *a)
{
    struct str rest = u->params, name, value;
    struct buf b;

    if (!uri_param(u, a->first).p)
        return STR_NONE;
    buf_fixed(&b, arena_alloc(c->arena, u->text.n), u->text.n);
    buf_add(&b, str_cut(u->text, 0, (size_t)(u->params.p - u->text.p) - 1));
    while (param_next(&rest, &name, &value))
        if (!str_ieq(name, a->first))
            buf_fmt(&b, ";" STR_FMT "%s" STR_FMT, STR_ARG(name), value.n ? "=" : "",
                    STR_ARG(value));
    if (u->headers.n)
        buf_fmt(&b, "?" STR_FMT, STR_ARG(u->headers));
    return buf_str(&b);
}

int contact_param_encode(struct call *c, const struct two_args *a)
{
    return each_contact(c, a, encoded_param);
}

/* Unless the contact leads here already. */
static struct str encoded_unless_ours(struct call *c, const struct uri *u, const struct two_args *a)
{
    return local_is_uri(u) ? STR_NONE : encoded_param(c, u, a);
}

int contact_param_encode_alias(struct call *c, const struct two_args *a)
{
    return each_contact(c, a, encoded_unless_ours);
}

int contact_param_decode(struct call *c, const struct text_args *a)
{
    return each_contact(c, &(struct two_args){ .first = a->text }, decoded_param);
}

int contact_param_decode_ruri(struct call *c, const struct text_args *a)
{
    return change_ruri(c, &(struct two_args){ .first = a->text }, decoded_param);
}

int contact_param_rm(struct call *c, const struct text_args *a)
{
    return each_contact(c, &(struct two_args){ .first = a->text }, without_param);
}

int contact_param_check(struct call *c, const struct text_args *a)
{
    const struct address *list;
    size_t n;

    if (msg_addresses(c->msg, HEADER_CONTACT, &list, &n) != ERR_OK)
        return SCRIPT_FALSE;
    for (size_t i = 0; i < n; i++)
        if (!list[i].star && uri_param(&list[i].uri, a->text).p)
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}
