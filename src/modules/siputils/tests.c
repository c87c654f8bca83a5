/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the message and of texts. */
#include "base/clock.h"
#include "core/local.h"
#include "modules/siputils/siputils.h"
#include "sip/values.h"

int is_request(struct call *c)
{
    return truth(c->msg->request);
}

int is_reply(struct call *c)
{
    return truth(!c->msg->request);
}

int is_http(struct call *c)
{
    return truth(str_istarts(c->msg->version, STR("HTTP/")));
}

int is_sip(struct call *c)
{
    return truth(str_istarts(c->msg->version, STR("SIP/")));
}

int has_totag(struct call *c)
{
    return truth(msg_to_tag(c->msg).n > 0);
}

/* Whether the reply's topmost Record-Route is ours, and it did not come from ourselves. */
static bool reply_is_first_hop(struct call *c, int64_t mode)
{
    const struct address *routes;
    struct addr route;
    size_t n;

    if (msg_addresses(c->msg, HEADER_RECORD_ROUTE, &routes, &n) != ERR_OK)
        return false;
    if (!n)
        return true; /* nobody else on the way asked to stay in it */
    if (!local_is_uri(&routes[0].uri))
        return false;
    if (mode == 1)
        return true;
    if (addr_parse(routes[0].uri.host, 0, &route) != ERR_OK)
        return false;
    return !addr_ip_eq(&route, &c->from.peer) ||
           uri_port(&routes[0].uri) != addr_port(&c->from.peer);
}

int is_first_hop(struct call *c, const struct mode_args *a)
{
    if (c->msg->request)
        return truth(msg_via(c->msg, 1, NULL) == NULL);
    return truth(reply_is_first_hop(c, a->mode));
}

/* The user name of credentials that were verified. */
int is_user(struct call *c, const struct text_args *a)
{
    const struct account *who = vars_account(c->vars);

    return truth(who && str_eq(who->user, a->text));
}

int is_supported(struct call *c, const struct text_args *a)
{
    return truth(msg_lists(c->msg, HEADER_SUPPORTED, a->text));
}

/* --- texts
 * ---------------------------------------------------------------------------------------- */

/* Codes that configurations may look at in $rc. */
enum { NOT_THAT = -2, OTHER_CHARACTERS = -3 };

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_letter(char ch)
{
    ch = (char)(ch | 0x20);
    return ch >= 'a' && ch <= 'z';
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

bool e164(struct call *c, struct str s)
{
    const struct siputils_conf *conf = call_conf(c, &module_siputils);

    return s.n > 2 && s.p[0] == '+' && (int64_t)s.n <= conf->e164_max_len &&
           all_digits(str_skip(s, 1));
}

int is_e164(struct call *c, const struct text_args *a)
{
    return truth(e164(c, a->text));
}

int is_uri_user_e164(struct call *c, const struct text_args *a)
{
    struct uri u;

    return truth(uri_parse(a->text, &u) == ERR_OK && e164(c, u.user));
}

int is_tel_number(struct call *c, const struct text_args *a)
{
    struct str s = a->text;

    (void)c;
    if (s.n && s.p[0] == '+')
        s = str_skip(s, 1);
    return all_digits(s) ? SCRIPT_TRUE : NOT_THAT;
}

int is_numeric(struct call *c, const struct text_args *a)
{
    (void)c;
    return all_digits(a->text) ? SCRIPT_TRUE : NOT_THAT;
}

int is_alphanumex(struct call *c, const struct two_args *a)
{
    struct str s = a->first;

    (void)c;
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && !is_letter(s.p[i]) && str_find(a->second, s.p[i]) == a->second.n)
            return OTHER_CHARACTERS;
    return s.n ? SCRIPT_TRUE : NOT_THAT;
}

int is_alphanum(struct call *c, const struct text_args *a)
{
    return is_alphanumex(c, &(struct two_args){ .first = a->text });
}

/* Whether Date is not further from now than so many seconds. */
int hdr_date_check(struct call *c, const struct mode_args *a)
{
    const struct header *h = msg_header(c->msg, HEADER_DATE);
    int64_t then, now = clock_unix();

    if (!h)
        return -1;
    if (date_parse(h->body, &then) != ERR_OK)
        return -2;
    return now - then <= a->mode && then - now <= a->mode ? SCRIPT_TRUE : -4;
}
