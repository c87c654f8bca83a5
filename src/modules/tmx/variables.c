/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts see of a transaction, and of its other messages. */
#include "modules/tm/tm.h"
#include "modules/tmx/tmx.h"
#include "txn/txn.h"

static struct str reason_of(struct call *c)
{
    struct txn_branch *b = txn_current_branch(c);
    struct str line = b && b->reply.n ? b->reply : c->txn ? c->txn->reply : STR_NONE;

    if (!c->msg->request)
        return c->msg->reason;
    if (b && b->made_here)
        return status_reason(b->status);
    if (!str_starts(line, STR("SIP/2.0 ")) || line.n < 13)
        return STR("");
    line = str_skip(line, 12);
    return arena_dup(c->arena, str_cut(line, 0, str_find(line, '\r')));
}

static int64_t last_status(const struct call *c)
{
    if (!c->msg->request)
        return c->msg->status;
    return c->txn ? c->txn->status : 0;
}

/* In a failure route, how many there were. */
static int64_t branch_number(const struct call *c)
{
    if (c->route == ROUTE_FAILURE)
        return c->txn ? c->txn->n_branches : 0;
    return c->branch < 0 ? 0 : c->branch;
}

err_t tmx_get(struct call *c, const struct var_ref *at, struct value *out)
{
    struct txn_branch *b = txn_current_branch(c);

    *out = VALUE_NONE;
    switch ((enum tmx_var)at->var->tag) {
    case T_BRANCH_IDX: *out = VALUE_OF_INT(branch_number(c)); break;
    case T_REPLY_RUID: {
        int best = c->txn && c->branch < 0 ? txn_best_branch(c->txn) : -1;

        if (!b && best >= 0)
            b = c->txn->branches[best];
        if (b && b->ruid.n)
            *out = VALUE_OF_STR(b->ruid);
        break;
    }
    case T_REPLY_CODE: *out = VALUE_OF_INT(tm_status(c)); break;
    case T_REPLY_REASON: *out = VALUE_OF_STR(reason_of(c)); break;
    case T_REPLY_LAST: *out = VALUE_OF_INT(last_status(c)); break;
    }
    return ERR_OK;
}

err_t tmx_get_field(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str name = var_key(c, at);
    const struct txn *t = c->txn;
    struct txn_branch *b = txn_current_branch(c);

    *out = VALUE_NONE;
    if (!t && !c->msg->request && txn_find_reply(c))
        t = c->txn;
    if (str_eq(name, STR("reply_code")))
        *out = VALUE_OF_INT(tm_status(c));
    else if (str_eq(name, STR("reply_reason")))
        *out = VALUE_OF_STR(reason_of(c));
    else if (str_eq(name, STR("branch_index")))
        *out = VALUE_OF_INT(c->branch);
    else if (!t)
        return ERR_OK;
    else if (str_eq(name, STR("id_index")))
        *out = VALUE_OF_INT(t->index);
    else if (str_eq(name, STR("id_label")))
        *out = VALUE_OF_INT(t->label);
    else if (str_eq(name, STR("id_index_n")) || str_eq(name, STR("id_label_n")))
        *out = VALUE_OF_INT(str_starts(name, STR("id_i")) ? t->index : t->label);
    else if (str_eq(name, STR("reply_last")))
        *out = VALUE_OF_INT(t->status);
    else if (str_eq(name, STR("reply_type")))
        *out = VALUE_OF_INT(b && b->made_here);
    else if (str_eq(name, STR("ruid")) && b && b->ruid.n)
        *out = VALUE_OF_STR(b->ruid);
    else if (str_eq(name, STR("method")))
        *out = VALUE_OF_STR(t->method_name);
    else if (str_eq(name, STR("flags")))
        *out = VALUE_OF_INT(t->flags);
    return ERR_OK;
}

err_t tmx_get_branch(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str name = var_key(c, at);
    const struct txn_branch *b = txn_current_branch(c);

    *out = VALUE_NONE;
    if (!b)
        return ERR_OK;
    if (str_eq(name, STR("flags")))
        *out = VALUE_OF_INT(b->flags);
    else if (str_eq(name, STR("uri")))
        *out = VALUE_OF_STR(b->uri);
    return ERR_OK;
}

/* ---- variables of other messages ---- */

struct elsewhere {
    struct call *here;
    struct str text; /* of the variable: "$si" */
    struct value got;
    err_t err;
};

static void look(struct call *there, void *arg)
{
    struct elsewhere *e = arg;
    const struct var_ref *var;

    e->err = var_parse_now(there, e->text, &var);
    if (e->err == ERR_OK)
        e->err = var_get(there, var, &e->got);
    e->got = value_dup(&e->got, e->here->arena);
}

/* The request as it came, not as a script has rewritten it. */
static void look_as_received(struct call *c, void *arg)
{
    call_reset_uri(c);
    call_set_dst_uri(c, STR_NONE);
    look(c, arg);
}

/* The variable as written within the brackets. */
static struct str inner_text(struct call *c, const struct var_ref *at)
{
    struct str text = at->key_format ? format_text(at->key_format) : at->key;

    return text.n && text.p[0] == '$' ? text : arena_fmt(c->arena, "$" STR_FMT, STR_ARG(text));
}

err_t tmx_get_request(struct call *c, const struct var_ref *at, struct value *out)
{
    struct elsewhere e = { c, inner_text(c, at), VALUE_NONE, ERR_OK };

    *out = VALUE_NONE;
    if (c->msg->request) {
        look(c, &e); /* this is it */
    } else {
        if (!c->txn && !txn_find_reply(c))
            return ERR_OK;
        if (!c->txn->raw.n)
            return ERR_OK;
        txn_with_request(c->txn, look_as_received, &e);
    }
    *out = e.got;
    return e.err;
}

err_t tmx_get_reply(struct call *c, const struct var_ref *at, struct value *out)
{
    struct elsewhere e = { c, inner_text(c, at), VALUE_NONE, ERR_OK };

    *out = VALUE_NONE;
    if (!c->msg->request)
        look(c, &e);
    else if (c->txn)
        txn_with_reply(c->txn, c->branch >= 0 ? c->branch : c->txn->winner, look, &e);
    *out = e.got;
    return e.err;
}

err_t tmx_get_invite(struct call *c, const struct var_ref *at, struct value *out)
{
    struct elsewhere e = { c, inner_text(c, at), VALUE_NONE, ERR_OK };
    struct txn *invite = c->msg->method == METHOD_CANCEL ? txn_find_invite(c) : NULL;

    *out = VALUE_NONE;
    if (!invite)
        return ERR_OK;
    txn_hold(invite);
    txn_with_request(invite, look_as_received, &e);
    txn_drop(invite);
    *out = e.got;
    return e.err;
}
