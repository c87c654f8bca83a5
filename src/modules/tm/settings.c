/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script chooses for its transaction: routes, timers, switches. */
#include "modules/tm/tm.h"

static int set_route(struct call *c, enum txn_hook which, struct str name)
{
    txn_set_route(c, which, str_eq(name, STR("0")) ? STR_NONE : name);
    return SCRIPT_TRUE;
}

int t_on_failure(struct call *c, const struct name_args *a)
{
    return set_route(c, TXN_ON_FAILURE, a->name);
}
int t_on_branch_failure(struct call *c, const struct name_args *a)
{
    return set_route(c, TXN_ON_BRANCH_FAILURE, a->name);
}
int t_on_reply(struct call *c, const struct name_args *a)
{
    return set_route(c, TXN_ON_REPLY, a->name);
}
int t_on_branch(struct call *c, const struct name_args *a)
{
    return set_route(c, TXN_ON_BRANCH, a->name);
}

/* A time in milliseconds; 0 leaves what was. */
static bool take(int64_t ms, uint32_t *into)
{
    if (ms < 0 || ms > INT32_MAX)
        return false;
    if (ms)
        *into = (uint32_t)ms;
    return true;
}

static int update(struct call *c, bool final, bool retransmission, bool lifetime)
{
    if (c->txn)
        txn_update_timers(c->txn, final, retransmission, lifetime);
    return SCRIPT_TRUE;
}

int t_set_fr(struct call *c, const struct pair_args *a)
{
    struct txn_plan *p = txn_plan(c);

    if (!take(a->first, &p->fr_inv_ms) || !take(a->second, &p->fr_ms))
        return SCRIPT_FALSE;
    return update(c, true, false, false);
}

int t_reset_fr(struct call *c)
{
    txn_plan(c)->fr_ms = txn_plan(c)->fr_inv_ms = 0;
    return update(c, true, false, false);
}

int t_set_retr(struct call *c, const struct pair_args *a)
{
    struct txn_plan *p = txn_plan(c);

    if (!take(a->first, &p->t1_ms) || !take(a->second, &p->t2_ms))
        return SCRIPT_FALSE;
    return update(c, false, true, false);
}

int t_reset_retr(struct call *c)
{
    txn_plan(c)->t1_ms = txn_plan(c)->t2_ms = 0;
    return update(c, false, true, false);
}

int t_set_max_lifetime(struct call *c, const struct pair_args *a)
{
    struct txn_plan *p = txn_plan(c);

    if (!take(a->first, &p->life_inv_ms) || !take(a->second, &p->life_ms))
        return SCRIPT_FALSE;
    return update(c, false, false, true);
}

int t_reset_max_lifetime(struct call *c)
{
    txn_plan(c)->life_ms = txn_plan(c)->life_inv_ms = 0;
    return update(c, false, false, true);
}

static int flip(int8_t *at, int64_t value)
{
    *at = value != 0;
    return SCRIPT_TRUE;
}

int t_set_auto_inv_100(struct call *c, const struct number_args *a)
{
    return flip(&txn_plan(c)->auto_100, a->value);
}
int t_set_disable_6xx(struct call *c, const struct number_args *a)
{
    return flip(&txn_plan(c)->disable_6xx, a->value);
}
int t_set_disable_failover(struct call *c, const struct number_args *a)
{
    return flip(&txn_plan(c)->disable_failover, a->value);
}
int t_set_no_e2e_cancel_reason(struct call *c, const struct number_args *a)
{
    return flip(&txn_plan(c)->no_e2e_reason, a->value);
}
int t_set_disable_internal_reply(struct call *c, const struct number_args *a)
{
    return flip(&txn_plan(c)->no_internal_reply, a->value);
}
