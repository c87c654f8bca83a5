/* SPDX-License-Identifier: BSD-2-Clause */
/* What the selects behind @tm give. */
#include "modules/tm/tm.h"
#include "script/value.h"

static err_t give_text(struct value *out, struct str s)
{
    *out = VALUE_OF_STR(s);
    return s.p ? ERR_OK : ERR_NOT_FOUND;
}

static err_t give_number(struct value *out, int64_t n)
{
    *out = VALUE_OF_INT(n);
    return ERR_OK;
}

/* -1: nothing was forwarded; -2: no reply was sent on; else the branch whose reply was. */
static int64_t relayed(const struct txn *t)
{
    if (!t->n_branches)
        return -1;
    if (t->winner >= 0 || t->status <= 100)
        return t->winner >= 0 ? t->winner : -2;
    for (unsigned i = 0; i < t->n_branches; i++)
        if (t->branches[i]->status == t->status)
            return i;
    return -2;
}

static bool in_reply_route(const struct call *c)
{
    return c->route == ROUTE_TM_REPLY && c->msg && !c->msg->request;
}

static err_t of_branch(const struct txn *t, enum select_tm what, int64_t branch, struct value *out)
{
    const struct txn_branch *b;

    if (branch < 0 || branch >= t->n_branches)
        return ERR_NOT_FOUND;
    b = t->branches[branch];
    switch (what) {
    case SELECT_TM_UAC_STATUS: return give_number(out, b->status);
    case SELECT_TM_UAC_URI: return give_text(out, b->uri);
    case SELECT_TM_UAC_REQUEST: return give_text(out, b->sent);
    case SELECT_TM_UAC_RESPONSE: return give_text(out, b->reply);
    default: return ERR_NOT_FOUND;
    }
}

err_t tm_select(struct call *c, enum select_tm what, int64_t branch, struct value *out)
{
    const struct txn *t = c->txn;

    if (!t)
        return ERR_NOT_FOUND;
    switch (what) {
    case SELECT_TM_METHOD: return give_text(out, t->method_name);
    case SELECT_TM_UAS_STATUS: return give_number(out, t->status);
    case SELECT_TM_UAS_TO_TAG: return give_text(out, t->to_tag.p ? t->to_tag : STR(""));
    case SELECT_TM_UAS_REQUEST: return give_text(out, t->raw);
    case SELECT_TM_UAS_RESPONSE: return give_text(out, t->reply);
    case SELECT_TM_NEG_ACK: return give_number(out, -1); /* an ACK runs no route here */
    case SELECT_TM_UAC_COUNT: return give_number(out, t->n_branches);
    case SELECT_TM_UAC_RELAYED: return give_number(out, relayed(t));
    case SELECT_TM_UAC_LAST_STATUS:
        return in_reply_route(c) ? give_number(out, c->msg->status) : ERR_NOT_FOUND;
    case SELECT_TM_UAC_REPEATED: /* a repeated reply runs no route here */
        return in_reply_route(c) ? give_number(out, 0) : ERR_NOT_FOUND;
    default: return of_branch(t, what, branch, out);
    }
}
