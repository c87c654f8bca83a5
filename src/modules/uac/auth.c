/* SPDX-License-Identifier: BSD-2-Clause */
/* uac_auth(): the challenge of a server behind us is answered here. */
#include "base/log.h"
#include "modules/uac/inner.h"

#define AREA "uac"

static struct str read_var(struct call *c, const struct var_ref *at)
{
    struct value v = VALUE_NONE;

    if (!at || var_get(c, at, &v) || v.type == VALUE_NULL)
        return STR_NONE;
    return value_text(&v, c->arena);
}

/* From the variables of the script, if they hold some, else of the configuration. */
static bool find_credential(void *arg, struct str realm, struct credential *out)
{
    struct call *c = arg;
    const struct uac_conf *conf = call_conf(c, &module_uac);
    struct str own_realm = read_var(c, conf->auth_realm_avp);

    out->user = read_var(c, conf->auth_username_avp);
    out->secret = read_var(c, conf->auth_password_avp);
    out->realm = realm;
    if (out->user.n && out->secret.p && (!own_realm.n || str_eq(own_realm, realm)))
        return true;
    for (size_t i = 0; i < conf->credential.n; i++) {
        *out = conf->credentials[i];
        if (str_eq(out->realm, realm))
            return true;
    }
    return false;
}

struct asking {
    struct call *call;
    struct answer_plan plan;
    struct str line;
    err_t e;
};

/* Over the reply. */
static void look(struct call *reply, void *arg)
{
    struct asking *a = arg;

    a->plan.reply = reply->msg;
    a->e = uac_answer_challenge(&a->plan, a->call->arena, &a->line);
}

static err_t authorize(struct call *c, struct txn *t, int branch, bool is_ha1)
{
    struct str uri = t->branches[branch]->uri;
    struct asking a = { .call = c, .e = ERR_NOT_FOUND };

    a.plan = (struct answer_plan){ .find = find_credential,
                                   .arg = c,
                                   .is_ha1 = is_ha1,
                                   .method = c->msg->method_name,
                                   .uri = uri.n ? uri : call_uri_text(c),
                                   .body = c->msg->body };
    if (!txn_with_reply(t, branch, look, &a) || a.e)
        return a.e;
    edit_append_header(&c->edits, c->msg, a.line);
    /* The target counts as new, so that relaying tries it again. */
    return call_set_uri(c, call_uri_text(c));
}

err_t uac_authorize(struct call *c, bool is_ha1)
{
    struct txn *t = c->txn;
    int branch = c->branch;
    err_t e;

    if (!t || !c->msg->request)
        return ERR_STATE;
    if (branch < 0)
        branch = txn_best_branch(t);
    if (branch < 0 || branch >= t->n_branches)
        return ERR_STATE;
    e = authorize(c, t, branch, is_ha1);
    if (e)
        log_info(AREA, "the challenge cannot be answered: %s", err_text(e));
    return e;
}
