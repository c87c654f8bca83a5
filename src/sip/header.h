/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers we know: one table of id, name and compact form. */
#pragma once
#include "base/str.h"

#define HEADER_TABLE(X)                                                                            \
    X(HEADER_OTHER, "", 0)                                                                         \
    X(HEADER_VIA, "Via", 'v')                                                                      \
    X(HEADER_FROM, "From", 'f')                                                                    \
    X(HEADER_TO, "To", 't')                                                                        \
    X(HEADER_CALL_ID, "Call-ID", 'i')                                                              \
    X(HEADER_CSEQ, "CSeq", 0)                                                                      \
    X(HEADER_CONTACT, "Contact", 'm')                                                              \
    X(HEADER_MAX_FORWARDS, "Max-Forwards", 0)                                                      \
    X(HEADER_ROUTE, "Route", 0)                                                                    \
    X(HEADER_RECORD_ROUTE, "Record-Route", 0)                                                      \
    X(HEADER_CONTENT_LENGTH, "Content-Length", 'l')                                                \
    X(HEADER_CONTENT_TYPE, "Content-Type", 'c')                                                    \
    X(HEADER_CONTENT_ENCODING, "Content-Encoding", 'e')                                            \
    X(HEADER_CONTENT_DISPOSITION, "Content-Disposition", 0)                                        \
    X(HEADER_CONTENT_LANGUAGE, "Content-Language", 0)                                              \
    X(HEADER_EXPIRES, "Expires", 0)                                                                \
    X(HEADER_MIN_EXPIRES, "Min-Expires", 0)                                                        \
    X(HEADER_AUTHORIZATION, "Authorization", 0)                                                    \
    X(HEADER_PROXY_AUTHORIZATION, "Proxy-Authorization", 0)                                        \
    X(HEADER_WWW_AUTHENTICATE, "WWW-Authenticate", 0)                                              \
    X(HEADER_PROXY_AUTHENTICATE, "Proxy-Authenticate", 0)                                          \
    X(HEADER_AUTHENTICATION_INFO, "Authentication-Info", 0)                                        \
    X(HEADER_REQUIRE, "Require", 0)                                                                \
    X(HEADER_PROXY_REQUIRE, "Proxy-Require", 0)                                                    \
    X(HEADER_SUPPORTED, "Supported", 'k')                                                          \
    X(HEADER_UNSUPPORTED, "Unsupported", 0)                                                        \
    X(HEADER_ALLOW, "Allow", 0)                                                                    \
    X(HEADER_ALLOW_EVENTS, "Allow-Events", 'u')                                                    \
    X(HEADER_EVENT, "Event", 'o')                                                                  \
    X(HEADER_ACCEPT, "Accept", 0)                                                                  \
    X(HEADER_ACCEPT_LANGUAGE, "Accept-Language", 0)                                                \
    X(HEADER_USER_AGENT, "User-Agent", 0)                                                          \
    X(HEADER_SERVER, "Server", 0)                                                                  \
    X(HEADER_SUBJECT, "Subject", 's')                                                              \
    X(HEADER_ORGANIZATION, "Organization", 0)                                                      \
    X(HEADER_PRIORITY, "Priority", 0)                                                              \
    X(HEADER_DATE, "Date", 0)                                                                      \
    X(HEADER_RETRY_AFTER, "Retry-After", 0)                                                        \
    X(HEADER_REASON, "Reason", 0)                                                                  \
    X(HEADER_WARNING, "Warning", 0)                                                                \
    X(HEADER_PATH, "Path", 0)                                                                      \
    X(HEADER_SERVICE_ROUTE, "Service-Route", 0)                                                    \
    X(HEADER_DIVERSION, "Diversion", 0)                                                            \
    X(HEADER_HISTORY_INFO, "History-Info", 0)                                                      \
    X(HEADER_P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0)                                        \
    X(HEADER_P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0)                                      \
    X(HEADER_P_CALLED_PARTY_ID, "P-Called-Party-ID", 0)                                            \
    X(HEADER_PRIVACY, "Privacy", 0)                                                                \
    X(HEADER_REMOTE_PARTY_ID, "Remote-Party-ID", 0)                                                \
    X(HEADER_REFER_TO, "Refer-To", 'r')                                                            \
    X(HEADER_REFERRED_BY, "Referred-By", 'b')                                                      \
    X(HEADER_REPLACES, "Replaces", 0)                                                              \
    X(HEADER_RACK, "RAck", 0)                                                                      \
    X(HEADER_RSEQ, "RSeq", 0)                                                                      \
    X(HEADER_SESSION_EXPIRES, "Session-Expires", 'x')                                              \
    X(HEADER_MIN_SE, "Min-SE", 0)                                                                  \
    X(HEADER_SUBSCRIPTION_STATE, "Subscription-State", 0)                                          \
    X(HEADER_SIP_IF_MATCH, "SIP-If-Match", 0)                                                      \
    X(HEADER_SIP_ETAG, "SIP-ETag", 0)                                                              \
    X(HEADER_IDENTITY, "Identity", 'y')                                                            \
    X(HEADER_ACCEPT_CONTACT, "Accept-Contact", 'a')                                                \
    X(HEADER_REJECT_CONTACT, "Reject-Contact", 'j')                                                \
    X(HEADER_REQUEST_DISPOSITION, "Request-Disposition", 'd')

enum header_id {
#define X(id, name, compact) id,
    HEADER_TABLE(X)
#undef X
        HEADER_ID_COUNT
};

enum header_id header_id_of(struct str name); /* HEADER_OTHER for an unknown one */
struct str header_name(enum header_id id);
