/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/method.h"
#include "sip/scan.h"

static const struct str names[METHOD_COUNT] = {
#define X(id, name) [id] = STR_INIT(name),
    METHOD_TABLE(X)
#undef X
};

/* Those of a length, most frequent first. */
enum { LONGEST = 9, PER_LENGTH = 5 };
static const uint8_t by_length[LONGEST + 1][PER_LENGTH] = {
    [3] = { METHOD_ACK, METHOD_BYE, METHOD_GET, METHOD_PUT },
    [4] = { METHOD_INFO, METHOD_POST, METHOD_KDMQ },
    [5] = { METHOD_PRACK, METHOD_REFER },
    [6] = { METHOD_INVITE, METHOD_CANCEL, METHOD_NOTIFY, METHOD_UPDATE, METHOD_DELETE },
    [7] = { METHOD_OPTIONS, METHOD_MESSAGE, METHOD_PUBLISH },
    [8] = { METHOD_REGISTER },
    [9] = { METHOD_SUBSCRIBE },
};

enum sip_method method_of(struct str name)
{
    if (name.n > LONGEST)
        return METHOD_OTHER;
    for (unsigned i = 0; i < PER_LENGTH && by_length[name.n][i]; i++) {
        unsigned m = by_length[name.n][i];
        if (memcmp(names[m].p, name.p, name.n) == 0)
            return (enum sip_method)m;
    }
    return METHOD_OTHER;
}

struct str method_name(enum sip_method m)
{
    return (unsigned)m < METHOD_COUNT ? names[m] : names[METHOD_OTHER];
}

err_t methods_parse(struct str list, unsigned *mask)
{
    struct scan s = scan_of(list);

    *mask = 0;
    scan_ows(&s);
    while (scan_more(&s)) {
        *mask |= METHOD_BIT(method_of(scan_token(&s)));
        scan_ows(&s);
        if (scan_more(&s))
            scan_separator(&s, ',');
    }
    return s.err;
}
