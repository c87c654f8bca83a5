/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/validate.h"
#include "sip/auth.h"
#include "sip/scan.h"
#include "sip/values.h"

static bool refuse(struct fault *fault, unsigned status, struct str reason)
{
    *fault = (struct fault){ .status = status, .reason = reason };
    return false;
}
#define BAD(text) refuse(fault, 400, STR(text))
#define UNUSED    __attribute__((unused))

bool check_ruri_version(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return str_ieq(m->version, STR("SIP/2.0")) || refuse(fault, 505, STR("Version Not Supported"));
}

bool check_ruri_scheme(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    err_t e;
    const struct uri *u = msg_ruri(m, &e);

    if (!m->request)
        return true;
    if (!u)
        return BAD("Bad Request-URI");
    return u->scheme <= URI_TELS || refuse(fault, 416, STR("Unsupported URI Scheme"));
}

bool check_required(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    static const struct {
        enum header_id id;
        struct str reason;
    } required[] = {
        { HEADER_VIA, STR_INIT("Missing Via") },   { HEADER_FROM, STR_INIT("Missing From") },
        { HEADER_TO, STR_INIT("Missing To") },     { HEADER_CALL_ID, STR_INIT("Missing Call-ID") },
        { HEADER_CSEQ, STR_INIT("Missing CSeq") },
    };

    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!msg_header(m, required[i].id))
            return refuse(fault, 400, required[i].reason);
    return msg_call_id(m).n || BAD("Empty Call-ID");
}

/* Calls `test` for every Via that can be read. */
static bool every_via(struct msg *m, bool (*test)(const struct via *v))
{
    const struct via *v;

    for (size_t i = 0; (v = msg_via(m, i, NULL)); i++)
        if (!test(v))
            return false;
    return true;
}

static bool is_version_2(const struct via *v)
{
    struct scan s = scan_of(v->all);

    if (!str_ieq(scan_token(&s), STR("SIP")))
        return false;
    scan_separator(&s, '/');
    return str_eq(scan_token(&s), STR("2.0"));
}

bool check_via_version(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return every_via(m, is_version_2) || BAD("Bad Via Version");
}

static bool has_protocol(const struct via *v)
{
    return v->proto_text.n != 0;
}

bool check_via_protocol(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return every_via(m, has_protocol) || BAD("Bad Via Protocol");
}

bool check_cseq_method(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    const struct cseq *c = msg_cseq(m, NULL);

    return !m->request || !c || str_eq(c->method_name, m->method_name) ||
           BAD("CSeq Method Differs From Request");
}

bool check_cseq_value(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    err_t e;

    return msg_cseq(m, &e) || e == ERR_NOT_FOUND || BAD("Bad CSeq");
}

bool check_content_length(struct msg *m, UNUSED const struct check_rules *rules,
                          struct fault *fault)
{
    int64_t n = msg_content_length(m);

    return n == -1 || (n >= 0 && (uint64_t)n == m->body.n) || BAD("Bad Content-Length");
}

bool check_expires(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return msg_expires(m) != -2 || BAD("Bad Expires");
}

bool check_proxy_require(struct msg *m, const struct check_rules *rules, struct fault *fault)
{
    struct str known = rules ? rules->proxy_require : STR_NONE, list, option;

    for (const struct header *h = msg_header(m, HEADER_PROXY_REQUIRE); m->request && h;
         h = msg_header_next(m, h)) {
        for (list = h->body; list_next(&list, &option);) {
            if (list_has(known, option))
                continue;
            refuse(fault, 420, STR("Bad Extension"));
            fault->unsupported = option;
            return false;
        }
    }
    return true;
}

bool check_uris(struct msg *m, const struct check_rules *rules, struct fault *fault)
{
    unsigned which =
        rules && rules->uris ? rules->uris : CHECK_URI_REQUEST | CHECK_URI_FROM | CHECK_URI_TO;
    const struct address *from = msg_from(m, NULL), *to = msg_to(m, NULL);

    if ((which & CHECK_URI_REQUEST) && m->request && !msg_ruri(m, NULL))
        return BAD("Bad Request-URI");
    if ((which & CHECK_URI_FROM) && (!from || from->bad_uri))
        return BAD("Bad From");
    if ((which & CHECK_URI_TO) && (!to || to->bad_uri))
        return BAD("Bad To");
    return !(which & CHECK_URI_CONTACT) || check_contact(m, rules, fault);
}

/* Credentials of another scheme than Digest are not ours to judge (RFC 4475, 3.3.7). */
static bool credentials_pass(struct msg *m, enum header_id id)
{
    for (const struct header *h = msg_header(m, id); h; h = msg_header_next(m, h)) {
        struct digest_credentials c;
        err_t e = digest_credentials_parse(h->body, &c);
        if (e && e != ERR_UNSUPPORTED)
            return false;
    }
    return true;
}

bool check_credentials(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return (credentials_pass(m, HEADER_AUTHORIZATION) &&
            credentials_pass(m, HEADER_PROXY_AUTHORIZATION)) ||
           BAD("Bad Credentials");
}

bool check_authorization(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return credentials_pass(m, HEADER_AUTHORIZATION) || BAD("Bad Authorization");
}

static size_t count_tags(const struct address *a)
{
    struct str params = a ? a->params : STR_NONE, name, value;
    size_t n = 0;

    while (param_next(&params, &name, &value))
        n += str_ieq(name, STR("tag"));
    return n;
}

bool check_tags(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    if (count_tags(msg_from(m, NULL)) > 1)
        return BAD("Several From Tags");
    return count_tags(msg_to(m, NULL)) <= 1 || BAD("Several To Tags");
}

bool check_first_via(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    return msg_via(m, 0, NULL) || BAD("Bad Via");
}

bool check_single(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    static const enum header_id single[] = {
        HEADER_FROM, HEADER_TO,           HEADER_CALL_ID,
        HEADER_CSEQ, HEADER_MAX_FORWARDS, HEADER_CONTENT_TYPE
    };

    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (m->first_of[single[i]] != m->last_of[single[i]])
            return BAD("Header Given Twice");
    return true;
}

bool check_max_forwards(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    int64_t n = msg_max_forwards(m);

    return (n >= -1 && n <= 255) || BAD("Bad Max-Forwards");
}

bool check_ruri_form(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    const struct uri *u = msg_ruri(m, NULL);

    return !m->request || (u && !u->headers.p) || BAD("Bad Request-URI");
}

bool check_contact(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    const struct address *list;
    size_t n;

    if (msg_addresses(m, HEADER_CONTACT, &list, &n))
        return BAD("Bad Contact");
    for (size_t i = 0; i < n; i++)
        if (list[i].star && n > 1)
            return BAD("Bad Contact");
    return true;
}

bool check_vias(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    err_t e;

    for (size_t i = 0; msg_via(m, i, &e); i++)
        ;
    return e == ERR_NOT_FOUND || BAD("Bad Via");
}

bool check_date(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    const struct header *h = msg_header(m, HEADER_DATE);
    int64_t seconds;

    return !h || date_parse(h->body, &seconds) == ERR_OK || BAD("Bad Date");
}

bool check_from_to(struct msg *m, UNUSED const struct check_rules *rules, struct fault *fault)
{
    err_t e;

    if (!msg_from(m, &e) && e != ERR_NOT_FOUND)
        return BAD("Bad From");
    return msg_to(m, &e) || e == ERR_NOT_FOUND || BAD("Bad To");
}

bool check_message(struct msg *m, unsigned checks, const struct check_rules *rules,
                   struct fault *fault)
{
    static const struct {
        unsigned bit;
        bool (*check)(struct msg *m, const struct check_rules *rules, struct fault *fault);
    } all[] = {
#define X(name, bit, function, doc) { name, function },
        CHECK_TABLE(X)
#undef X
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if ((checks & all[i].bit) && !all[i].check(m, rules, fault))
            return false;
    return true;
}
