/* SPDX-License-Identifier: BSD-2-Clause */
/* Status codes, and those our own errors stand for. */
#include "core/send.h"
#include "sip/build.h"

struct str status_reason(unsigned status)
{
    return status < 700 ? reason_of(status) : STR("Unknown");
}

unsigned status_of_err(err_t e, struct str *reason)
{
    static const struct {
        unsigned status;
        struct str reason;
    } table[ERR_COUNT] = {
        [ERR_OK] = { 500, STR_INIT("Server Internal Error") },
        [ERR_SYNTAX] = { 400, STR_INIT("Bad Request") },
        [ERR_LIMIT] = { 503, STR_INIT("Service Unavailable") },
        [ERR_NOT_FOUND] = { 478, STR_INIT("Unresolvable Destination") },
        [ERR_UNSUPPORTED] = { 416, STR_INIT("Unsupported URI Scheme") },
        [ERR_TIMEOUT] = { 504, STR_INIT("Server Time-out") },
        [ERR_DENIED] = { 403, STR_INIT("Forbidden") },
        [ERR_UNREACHABLE] = { 477, STR_INIT("Next Hop Unreachable") },
        [ERR_IO] = { 477, STR_INIT("Next Hop Unreachable") },
    };
    unsigned i = (unsigned)e < ERR_COUNT && table[e].status ? (unsigned)e : ERR_OK;

    *reason = table[i].reason;
    return table[i].status;
}
