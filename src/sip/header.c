/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/header.h"
#include "sip/scan.h"

static const struct str names[HEADER_ID_COUNT] = {
#define X(id, name, compact) [id] = STR_INIT(name),
    HEADER_TABLE(X)
#undef X
};

static const uint8_t by_letter[128] = {
    ['a'] = HEADER_ACCEPT_CONTACT,
    ['b'] = HEADER_REFERRED_BY,
    ['c'] = HEADER_CONTENT_TYPE,
    ['d'] = HEADER_REQUEST_DISPOSITION,
    ['e'] = HEADER_CONTENT_ENCODING,
    ['f'] = HEADER_FROM,
    ['i'] = HEADER_CALL_ID,
    ['j'] = HEADER_REJECT_CONTACT,
    ['k'] = HEADER_SUPPORTED,
    ['l'] = HEADER_CONTENT_LENGTH,
    ['m'] = HEADER_CONTACT,
    ['o'] = HEADER_EVENT,
    ['r'] = HEADER_REFER_TO,
    ['s'] = HEADER_SUBJECT,
    ['t'] = HEADER_TO,
    ['u'] = HEADER_ALLOW_EVENTS,
    ['v'] = HEADER_VIA,
    ['x'] = HEADER_SESSION_EXPIRES,
    ['y'] = HEADER_IDENTITY,
};

/* Those of a length, most frequent first; the unit test compares it with HEADER_TABLE. */
enum { LONGEST = 20, PER_LENGTH = 10 };
static const uint8_t by_length[LONGEST + 1][PER_LENGTH] = {
    [2] = { HEADER_TO },
    [3] = { HEADER_VIA },
    [4] = { HEADER_FROM, HEADER_CSEQ, HEADER_DATE, HEADER_PATH, HEADER_RACK, HEADER_RSEQ },
    [5] = { HEADER_ALLOW, HEADER_ROUTE, HEADER_EVENT },
    [6] = { HEADER_ACCEPT, HEADER_SERVER, HEADER_REASON, HEADER_MIN_SE },
    [7] = { HEADER_CALL_ID, HEADER_CONTACT, HEADER_EXPIRES, HEADER_REQUIRE, HEADER_SUBJECT,
            HEADER_WARNING, HEADER_PRIVACY },
    [8] = { HEADER_PRIORITY, HEADER_REFER_TO, HEADER_REPLACES, HEADER_SIP_ETAG, HEADER_IDENTITY },
    [9] = { HEADER_SUPPORTED, HEADER_DIVERSION },
    [10] = { HEADER_USER_AGENT },
    [11] = { HEADER_RETRY_AFTER, HEADER_UNSUPPORTED, HEADER_MIN_EXPIRES, HEADER_REFERRED_BY },
    [12] = { HEADER_MAX_FORWARDS, HEADER_CONTENT_TYPE, HEADER_RECORD_ROUTE, HEADER_ALLOW_EVENTS,
             HEADER_ORGANIZATION, HEADER_HISTORY_INFO, HEADER_SIP_IF_MATCH },
    [13] = { HEADER_AUTHORIZATION, HEADER_PROXY_REQUIRE, HEADER_SERVICE_ROUTE },
    [14] = { HEADER_CONTENT_LENGTH, HEADER_ACCEPT_CONTACT, HEADER_REJECT_CONTACT },
    [15] = { HEADER_SESSION_EXPIRES, HEADER_REMOTE_PARTY_ID, HEADER_ACCEPT_LANGUAGE },
    [16] = { HEADER_WWW_AUTHENTICATE, HEADER_CONTENT_ENCODING, HEADER_CONTENT_LANGUAGE },
    [17] = { HEADER_P_CALLED_PARTY_ID },
    [18] = { HEADER_PROXY_AUTHENTICATE, HEADER_SUBSCRIPTION_STATE },
    [19] = { HEADER_PROXY_AUTHORIZATION, HEADER_CONTENT_DISPOSITION, HEADER_AUTHENTICATION_INFO,
             HEADER_P_ASSERTED_IDENTITY, HEADER_REQUEST_DISPOSITION },
    [20] = { HEADER_P_PREFERRED_IDENTITY },
};

static bool same_name(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && char_lower(a[i]) != char_lower(b[i]))
            return false;
    return true;
}

enum header_id header_id_of(struct str name)
{
    if (name.n == 1 && (unsigned char)name.p[0] < 128)
        return (enum header_id)by_letter[(unsigned char)char_lower(name.p[0])];
    if (name.n > LONGEST)
        return HEADER_OTHER;
    for (unsigned i = 0; i < PER_LENGTH && by_length[name.n][i]; i++) {
        unsigned id = by_length[name.n][i];
        if (same_name(names[id].p, name.p, name.n))
            return (enum header_id)id;
    }
    return HEADER_OTHER;
}

struct str header_name(enum header_id id)
{
    return (unsigned)id < HEADER_ID_COUNT ? names[id] : names[HEADER_OTHER];
}
