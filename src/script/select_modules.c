/* SPDX-License-Identifier: BSD-2-Clause */
/* Selects of what modules know: transactions, TLS, addresses behind NATs, timers. */
#include "script/select.h"

struct select_upcalls select_upcalls;

static err_t give(struct walk *w, struct str text)
{
    w->text = text;
    return text.p ? ERR_OK : ERR_NOT_FOUND;
}

static err_t onward(struct walk *w)
{
    return w->last ? ERR_NOT_FOUND : ERR_OK;
}

static err_t nothing(struct walk *w)
{
    (void)w;
    return ERR_NOT_FOUND;
}

/* ---- @tm ---- */

/* uac[2]: the text is the number of the branch, for the step behind. */
static err_t tm_branch(struct walk *w)
{
    int64_t index = w->step->index;

    if (!index)
        return give(w, STR(""));
    return give(w, arena_fmt(w->c->arena, "%lld", index == INDEX_ZERO ? 0LL : (long long)index));
}

/* Of the transaction, not of the request whose text stands here. */
static err_t repeated_ack(struct walk *w)
{
    struct value v = VALUE_NONE;

    if (!select_upcalls.tm || select_upcalls.tm(w->c, SELECT_TM_NEG_ACK, -1, &v))
        return ERR_NOT_FOUND;
    return give(w, value_text(&v, w->c->arena));
}

static err_t tm_part(struct walk *w)
{
    struct value v = VALUE_NONE;
    int64_t branch = -1;
    err_t e;

    if (!select_upcalls.tm || (w->text.n && str_to_i64(w->text, &branch)))
        return ERR_NOT_FOUND;
    e = select_upcalls.tm(w->c, (enum select_tm)w->step->row->tag, branch, &v);
    if (e || v.type == VALUE_NULL)
        return ERR_NOT_FOUND;
    return give(w, value_text(&v, w->c->arena));
}

/* ---- @nathelper ---- */

/* The nth Contact with the address it came from. */
static err_t rewritten_contact(struct walk *w)
{
    const struct address *values;
    size_t n, nth = w->step->index > 0 ? (size_t)w->step->index : 1;
    char space[64];
    struct buf from;
    struct str head, tail;
    const struct address *a;

    if (msg_addresses(w->c->msg, HEADER_CONTACT, &values, &n) || nth > n)
        return ERR_NOT_FOUND;
    a = &values[nth - 1];
    if (!a->uri.host.n || !addr_is_set(&w->c->from.peer))
        return ERR_NOT_FOUND;
    buf_fixed(&from, space, sizeof space);
    addr_print(&from, &w->c->from.peer);
    head = (struct str){ a->all.p, (size_t)(a->uri.host.p - a->all.p) };
    tail = a->uri.port_text.n ? a->uri.port_text : a->uri.host;
    tail = str_skip(a->all, (size_t)(tail.p + tail.n - a->all.p));
    return give(w, arena_fmt(w->c->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(head),
                             STR_ARG(buf_str(&from)), STR_ARG(tail)));
}

/* ---- @timer: there are no timers of that module, so none is enabled ---- */

static err_t not_enabled(struct walk *w)
{
    return give(w, STR("0"));
}

/* ---- the table ---- */

#define TM(from, word, what)                                                                       \
    {                                                                                              \
        from, word, SHAPE_TEXT, 0, tm_part, 0, what                                                \
    }
#define TLS(from, word, to)                                                                        \
    {                                                                                              \
        from, word, to, 0, nothing, 0, 0                                                           \
    }
#define ONE_TIMER (SELECT_NAME | SELECT_NEEDED | SELECT_PARENT)
#define LISTED(word)                                                                               \
    {                                                                                              \
        SHAPE_CERTIFICATE, word, SHAPE_TEXT, SELECT_INDEX, nothing, 0, 0                           \
    }

const struct select_row select_module_rows[] = {
    { SHAPE_MESSAGE, "tm", SHAPE_TM, 0, onward, 0, 0 },
    TM(SHAPE_TM, "method", SELECT_TM_METHOD),
    { SHAPE_TM, "uas", SHAPE_UAS, SELECT_PARENT, onward, 0, 0 },
    TM(SHAPE_UAS, "status", SELECT_TM_UAS_STATUS),
    TM(SHAPE_UAS, "local_to_tag", SELECT_TM_UAS_TO_TAG),
    { SHAPE_UAS, "req", SHAPE_UAS_REQUEST, 0, tm_part, 0, SELECT_TM_UAS_REQUEST },
    { SHAPE_UAS, "request", SHAPE_UAS_REQUEST, 0, tm_part, 0, SELECT_TM_UAS_REQUEST },
    { SHAPE_UAS_REQUEST, "neg_ack_retransmission", SHAPE_TEXT, 0, repeated_ack, 0, 0 },
    TM(SHAPE_UAS, "resp", SELECT_TM_UAS_RESPONSE),
    TM(SHAPE_UAS, "response", SELECT_TM_UAS_RESPONSE),
    { SHAPE_TM, "uac", SHAPE_UAC, SELECT_PARENT | SELECT_INDEX, tm_branch, 0, 0 },
    TM(SHAPE_UAC, "count", SELECT_TM_UAC_COUNT),
    TM(SHAPE_UAC, "relayed", SELECT_TM_UAC_RELAYED),
    TM(SHAPE_UAC, "last_status", SELECT_TM_UAC_LAST_STATUS),
    TM(SHAPE_UAC, "response_retransmission", SELECT_TM_UAC_REPEATED),
    TM(SHAPE_UAC, "status", SELECT_TM_UAC_STATUS),
    TM(SHAPE_UAC, "uri", SELECT_TM_UAC_URI),
    TM(SHAPE_UAC, "req", SELECT_TM_UAC_REQUEST),
    TM(SHAPE_UAC, "request", SELECT_TM_UAC_REQUEST),
    TM(SHAPE_UAC, "resp", SELECT_TM_UAC_RESPONSE),
    TM(SHAPE_UAC, "response", SELECT_TM_UAC_RESPONSE),

    { SHAPE_MESSAGE, "nathelper", SHAPE_NATHELPER, SELECT_PARENT, onward, 0, 0 },
    { SHAPE_NATHELPER, "rewrite_contact", SHAPE_VALUE, SELECT_INDEX, rewritten_contact, 0, 0 },

    { SHAPE_MESSAGE, "timer", SHAPE_TIMER, SELECT_PARENT, onward, 0, 0 },
    TLS(SHAPE_TIMER, "executed", SHAPE_TEXT),
    { SHAPE_TIMER, "timer", SHAPE_ONE_TIMER, ONE_TIMER, onward, 0, 0 },
    { SHAPE_ONE_TIMER, "enabled", SHAPE_TEXT, 0, not_enabled, 0, 0 },

    /* Null on connections without TLS. */
    TLS(SHAPE_MESSAGE, "tls", SHAPE_TLS),
    TLS(SHAPE_TLS, "desc", SHAPE_TEXT),
    TLS(SHAPE_TLS, "description", SHAPE_TEXT),
    TLS(SHAPE_TLS, "version", SHAPE_TEXT),
    TLS(SHAPE_TLS, "serverName", SHAPE_TEXT),
    TLS(SHAPE_TLS, "server_name", SHAPE_TEXT),
    TLS(SHAPE_TLS, "cipher", SHAPE_CIPHER),
    TLS(SHAPE_CIPHER, "bits", SHAPE_TEXT),
    TLS(SHAPE_TLS, "me", SHAPE_CERTIFICATE),
    TLS(SHAPE_TLS, "my", SHAPE_CERTIFICATE),
    TLS(SHAPE_TLS, "myself", SHAPE_CERTIFICATE),
    TLS(SHAPE_TLS, "peer", SHAPE_CERTIFICATE),
    TLS(SHAPE_CERTIFICATE, "URLEncodedCert", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "urlencoded_cert", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "expired", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "notAfter", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "notBefore", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "not_after", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "not_before", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "rawCert", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "raw_cert", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "revoked", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "self_signed", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "serialNumber", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "serial_number", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "sn", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "verified", SHAPE_TEXT),
    TLS(SHAPE_CERTIFICATE, "version", SHAPE_TEXT),
    { SHAPE_CERTIFICATE, "count", SHAPE_TEXT, SELECT_QUOTED, nothing, 0, 0 },
    LISTED("IPAddress"),
    LISTED("dns"),
    LISTED("emailAddress"),
    LISTED("email"),
    LISTED("email_address"),
    LISTED("host"),
    LISTED("hostname"),
    LISTED("ip"),
    LISTED("ip_address"),
    LISTED("uri"),
    LISTED("url"),
    LISTED("urn"),
    LISTED("verified_cert_chain"),
    TLS(SHAPE_CERTIFICATE, "subject", SHAPE_CERTIFIED),
    TLS(SHAPE_CERTIFICATE, "subj", SHAPE_CERTIFIED),
    TLS(SHAPE_CERTIFICATE, "issuer", SHAPE_CERTIFIED),
    TLS(SHAPE_CERTIFIED, "c", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "cn", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "commonName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "common_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "country", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "countryName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "country_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "l", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "locality", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "localityName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "locality_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "o", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "organization", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "organizationName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "organization_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "organizationalUnitName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "organizational_unit_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "ou", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "st", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "state", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "stateOrProvinceName", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "state_or_province_name", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "uid", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "uniqueIdentifier", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "unique_identifier", SHAPE_TEXT),
    TLS(SHAPE_CERTIFIED, "unit", SHAPE_TEXT),
    { 0 },
};
