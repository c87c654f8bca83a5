/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a proxy checks before it works on a message (RFC 3261, 16.3 and 8.2), each check by itself
 * and by a mask. A check that fails says with which status and reason a request is refused; a reply
 * that fails is discarded. The numbers of the first fifteen are those that configurations give to
 * sanity_check().
 */
#pragma once
#include "sip/message.h"

#define CHECK_TABLE(X)                                                                             \
    X(CHECK_RURI_VERSION, 0, check_ruri_version, "the SIP version is 2.0")                         \
    X(CHECK_RURI_SCHEME, 1, check_ruri_scheme, "the scheme of the Request-URI is known")           \
    X(CHECK_REQUIRED, 2, check_required, "To, From, CSeq, Call-ID and Via are there")              \
    X(CHECK_VIA_VERSION, 3, check_via_version, "every Via says SIP/2.0")                           \
    X(CHECK_VIA_PROTOCOL, 4, check_via_protocol, "every Via names a transport")                    \
    X(CHECK_CSEQ_METHOD, 5, check_cseq_method, "CSeq names the method of the request")             \
    X(CHECK_CSEQ_VALUE, 6, check_cseq_value, "the number of CSeq is valid")                        \
    X(CHECK_CONTENT_LENGTH, 7, check_content_length, "Content-Length fits the body")               \
    X(CHECK_EXPIRES, 8, check_expires, "Expires is a number of seconds")                           \
    X(CHECK_PROXY_REQUIRE, 9, check_proxy_require, "Proxy-Require asks for nothing unknown")       \
    X(CHECK_URIS, 10, check_uris, "Request-URI, From and To can be read")                          \
    X(CHECK_CREDENTIALS, 11, check_credentials, "digest credentials are complete")                 \
    X(CHECK_TAGS, 12, check_tags, "From and To have one tag at most")                              \
    X(CHECK_AUTHORIZATION, 13, check_authorization, "Authorization is valid if it is a digest")    \
    X(CHECK_FIRST_VIA, 14, check_first_via, "the first Via can be read")                           \
    X(CHECK_SINGLE, 15, check_single, "headers that hold one value stand once")                    \
    X(CHECK_MAX_FORWARDS, 16, check_max_forwards, "Max-Forwards is a number up to 255")            \
    X(CHECK_RURI_FORM, 17, check_ruri_form, "the Request-URI has no headers in it")                \
    X(CHECK_CONTACT, 18, check_contact, "Contact can be read, * stands alone")                     \
    X(CHECK_VIAS, 19, check_vias, "every Via can be read")                                         \
    X(CHECK_DATE, 20, check_date, "Date is in GMT")                                                \
    X(CHECK_FROM_TO, 21, check_from_to, "From and To can be read, whatever their URIs")

enum {
#define X(name, bit, function, doc) name = 1 << (bit),
    CHECK_TABLE(X)
#undef X
    /* what a proxy must look at for its own sake, whatever a configuration says */
    CHECKS_OF_PROXY = CHECK_RURI_VERSION | CHECK_REQUIRED | CHECK_CSEQ_METHOD | CHECK_CSEQ_VALUE |
                      CHECK_SINGLE | CHECK_MAX_FORWARDS | CHECK_FIRST_VIA | CHECK_FROM_TO,
    CHECKS_ALL = (1 << 22) - 1,
};
/* Which URIs check_uris looks at. */
enum { CHECK_URI_REQUEST = 1, CHECK_URI_FROM = 2, CHECK_URI_TO = 4, CHECK_URI_CONTACT = 8 };

struct check_rules {
    unsigned uris;            /* 0: CHECK_URI_REQUEST | _FROM | _TO */
    struct str proxy_require; /* the options we know, a comma-separated list */
};
struct fault {
    unsigned status; /* 400, 416, 420, 505 */
    struct str reason;
    struct str unsupported; /* for 420: the option, in the message's text */
};
/* Each: true when the message passes; otherwise *fault tells (rules may be NULL for all). Checks
 * that mean requests only let replies pass. */
#define X(name, bit, function, doc)                                                                \
    bool function(struct msg *m, const struct check_rules *rules, struct fault *fault);
CHECK_TABLE(X)
#undef X

/* The checks of a mask, in the order of the table, up to the first fault. */
bool check_message(struct msg *m, unsigned checks, const struct check_rules *rules,
                   struct fault *fault);
