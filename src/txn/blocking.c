/* SPDX-License-Identifier: BSD-2-Clause */
/* Destinations that failed: which requests avoid them, and what puts them on the list. */
#include "net/blocklist.h"
#include "sip/values.h"
#include "txn/internal.h"

/* As configurations count methods: from INVITE on; the last bit is for all unknown ones. */
static int64_t method_bit(const struct txn *t)
{
    return t->method == METHOD_OTHER ? INT64_C(1) << 30 : METHOD_BIT(t->method) >> 1;
}

size_t hops_not_blocked(const struct txn *t, struct hop *hops, size_t n)
{
    return method_bit(t) & conf_of(t)->blst_methods_lookup ? send_drop_blocked(hops, n) : n;
}

void block_silent(const struct txn_branch *b)
{
    if (method_bit(b->txn) & conf_of(b->txn)->blst_methods_add)
        blocklist_add(b->to.proto, &b->to.peer, BLOCKED_TIMEOUT, b->to.tolerated, 0);
}

/* RFC 3261 21.5.4: for as long as Retry-After says. */
void block_unavailable(struct call *c, const struct txn_branch *b)
{
    const struct txn_conf *conf = conf_of(b->txn);
    const struct header *h = msg_header(c->msg, HEADER_RETRY_AFTER);
    struct retry_after after;
    int64_t seconds = conf->blst_503_def_timeout;

    if (!conf->blst_503)
        return;
    if (h && retry_after_parse(h->body, &after) == ERR_OK) {
        seconds = after.seconds;
        if (seconds < conf->blst_503_min_timeout)
            seconds = conf->blst_503_min_timeout;
        if (seconds > conf->blst_503_max_timeout)
            seconds = conf->blst_503_max_timeout;
    }
    if (seconds > 0)
        blocklist_add(c->from.proto, &c->from.peer, BLOCKED_503, b->to.tolerated, seconds * 1000);
}
