/* SPDX-License-Identifier: BSD-2-Clause */
/* Which transaction a message belongs to (RFC 3261 17.1.3 and 17.2.3), and making a new one. */
#include "txn/internal.h"

static const struct str COOKIE = STR_INIT("z9hG4bK");

static bool has_cookie(const struct via *via)
{
    return via->branch.n > COOKIE.n && str_istarts(via->branch, COOKIE);
}

/* What identifies a request without magic cookie. */
static struct str old_key(struct call *c, const struct cseq *cseq)
{
    return arena_fmt(c->arena, "%u|" STR_FMT, cseq->number, STR_ARG(msg_call_id(c->msg)));
}

/* Whether a request is known by its Call-ID and CSeq: it has no cookie, or all are. */
static bool by_call(struct call *c, const struct via *via)
{
    return !has_cookie(via) || txn_conf(c->gen)->callid_cseq_matching;
}

static bool same_sender(const struct txn *t, const struct via *via)
{
    return t->via_port == via->port && str_ieq(t->via_host, via->host);
}

/* RFC 2543: the ACK of a negative reply has that reply's To tag, all else is as in the INVITE. */
static bool same_old_request(struct call *c, const struct txn *t, const struct via *via)
{
    const struct txn_conf *conf = conf_of(t);
    bool ack = c->msg->method == METHOD_ACK;

    if (!str_eq(t->from_tag, msg_from_tag(c->msg)))
        return false;
    if (conf->callid_cseq_matching)
        return true;
    if (conf->ruri_matching && !ack && !str_eq(t->uri_received, c->msg->uri))
        return false;
    if (ack && t->status >= 200 && !str_eq(t->to_tag, msg_to_tag(c->msg)))
        return false;
    return !conf->via1_matching || ack || str_eq(t->via, via->all);
}

enum { METHOD_TO_CANCEL = -1 }; /* all that a CANCEL may be for */

static bool same_method(struct call *c, const struct txn *t, const struct cseq *cseq, int method)
{
    if (method == METHOD_TO_CANCEL)
        return t->method != METHOD_CANCEL && t->method != METHOD_ACK;
    if (t->method != (uint8_t)method)
        return false;
    return method != METHOD_OTHER || c->msg->method != METHOD_OTHER ||
           str_eq(t->method_name, cseq->method_name);
}

/* The transaction of this key made by a request of the method at hand. Call-IDs are compared too:
 * one branch in two calls is its sender's fault, and no retransmission. */
static struct txn *find_server(struct call *c, const struct via *via, const struct cseq *cseq,
                               int method)
{
    bool old = by_call(c, via);
    struct str key = old ? old_key(c, cseq) : via->branch;

    LIST_EACH(home_bucket_key(key), struct txn, t, by_key)
    {
        if (t->rfc2543 != old || !str_eq(t->key, key) || !same_method(c, t, cseq, method))
            continue;
        if (!str_eq(t->call_id, msg_call_id(c->msg)))
            continue;
        if (old ? same_old_request(c, t, via) : same_sender(t, via))
            return t;
    }
    return NULL;
}

/* A 2xx is acknowledged end to end, with a branch of its own. */
static struct txn *find_e2e(struct call *c, const struct cseq *cseq)
{
    struct str id = msg_call_id(c->msg), tag = msg_from_tag(c->msg);

    LIST_EACH(home_bucket_call(id), struct txn, t, by_call)
    {
        if (t->method == METHOD_INVITE && t->cseq == cseq->number && t->status / 100 == 2 &&
            str_eq(t->call_id, id) && str_eq(t->from_tag, tag))
            return t;
    }
    return NULL;
}

static enum txn_match match_ack(struct call *c, const struct via *via, const struct cseq *cseq,
                                struct txn **out)
{
    *out = find_server(c, via, cseq, METHOD_INVITE);
    if (*out && (*out)->status / 100 != 2)
        return TXN_ACK_NEGATIVE;
    if (!*out)
        *out = find_e2e(c, cseq);
    return *out ? TXN_ACK_E2E : TXN_NONE;
}

enum txn_match txn_match(struct call *c, struct txn **out)
{
    const struct via *via = msg_via(c->msg, 0, NULL);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);

    *out = NULL;
    if (!c->msg->request || !via || !cseq || !msg_call_id(c->msg).n)
        return TXN_NONE;
    if (c->msg->method == METHOD_ACK)
        return match_ack(c, via, cseq, out);
    *out = find_server(c, via, cseq, (int)c->msg->method);
    if (*out)
        return TXN_RETRANSMITTED;
    if (c->msg->method != METHOD_CANCEL)
        return TXN_NONE;
    *out = find_server(c, via, cseq, METHOD_INVITE);
    return *out ? TXN_CANCEL_MATCH : TXN_NONE;
}

static struct txn *find_by_branch(struct call *c, int method)
{
    const struct via *via = msg_via(c->msg, 0, NULL);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);

    if (!c->msg->request || !via || !cseq || !msg_call_id(c->msg).n)
        return NULL;
    return find_server(c, via, cseq, method);
}

struct txn *txn_find_invite(struct call *c)
{
    return find_by_branch(c, METHOD_INVITE);
}

struct txn *txn_find_canceled(struct call *c)
{
    struct txn *invite = txn_find_invite(c);

    return invite ? invite : find_by_branch(c, METHOD_TO_CANCEL);
}

/* "z9hG4bK" index "." label "." branch, in hexadecimal. */
struct txn *txn_find_branch_token(struct str branch, unsigned *index)
{
    uint32_t part[3] = { 0 };
    size_t n = 0, digits = 0;

    if (!str_starts(branch, COOKIE))
        return NULL;
    for (size_t i = COOKIE.n; i < branch.n; i++) {
        char ch = branch.p[i];
        unsigned digit;

        if (ch == '.' && digits && n < 2) {
            n++;
            digits = 0;
            continue;
        }
        if (ch >= '0' && ch <= '9')
            digit = (unsigned)(ch - '0');
        else if (ch >= 'a' && ch <= 'f')
            digit = (unsigned)(ch - 'a') + 10;
        else
            return NULL;
        if (++digits > 8)
            return NULL;
        part[n] = part[n] << 4 | digit;
    }
    if (n != 2 || !digits)
        return NULL;
    *index = part[2];
    return txn_find_id(part[0], part[1]);
}

struct txn_branch *txn_find_reply(struct call *c)
{
    const struct via *via = c->msg->request ? NULL : msg_via(c->msg, 0, NULL);
    unsigned index;
    struct txn *t = via ? txn_find_branch_token(via->branch, &index) : NULL;

    if (!t || index >= t->n_branches)
        return NULL;
    if (conf_of(t)->callid_matching && !str_eq(t->call_id, msg_call_id(c->msg)))
        return NULL;
    txn_attach(c, t);
    c->branch = (int)index;
    return t->branches[index];
}

/* A slice of the message as one of the transaction's copy. */
static struct str moved(struct txn *t, const struct msg *m, struct str s)
{
    if (!s.n)
        return s;
    if (s.p >= m->raw.p && s.p + s.n <= m->raw.p + m->raw.n)
        return (struct str){ t->raw.p + (s.p - m->raw.p), s.n };
    return arena_dup(&t->arena, s);
}

static struct str kept_name(struct txn *t, struct str name)
{
    return name.n ? arena_dup(&t->arena, name) : STR_NONE;
}

static void txn_keep_plan(struct txn *t, const struct txn_plan *plan)
{
    t->plan = *plan;
    t->plan.on_branch = kept_name(t, plan->on_branch);
    t->plan.on_reply = kept_name(t, plan->on_reply);
    t->plan.on_failure = kept_name(t, plan->on_failure);
    t->plan.on_branch_failure = kept_name(t, plan->on_branch_failure);
}

static void take_request(struct call *c, struct txn *t, const struct via *via,
                         const struct cseq *cseq)
{
    struct msg *m = c->msg;

    t->method = (uint8_t)m->method;
    t->method_name = moved(t, m, m->method_name);
    t->uri_received = moved(t, m, m->uri);
    t->from = c->from;
    t->received_us = c->received_us;
    t->via = moved(t, m, via->all);
    t->via_host = moved(t, m, via->host);
    t->via_port = via->port;
    t->rfc2543 = by_call(c, via);
    t->key = t->rfc2543 ? arena_dup(&t->arena, old_key(c, cseq)) : moved(t, m, via->branch);
    t->call_id = moved(t, m, msg_call_id(m));
    t->from_tag = moved(t, m, msg_from_tag(m));
    t->cseq = cseq->number;
    t->flags = c->flags;
    t->made_by = c->serial;
    t->txn_flags = m->method == METHOD_INVITE ? TXN_INVITE : 0;
    t->rport_forced = c->rport_forced;
    t->via_flags = c->via_flags;
    t->no_connect_reply = c->no_connect_reply;
    t->close_reply = c->close_reply;
    t->vars = obj_hold(c->vars);
    txn_keep_plan(t, &txn_run(c)->plan);
}

err_t txn_new(struct call *c, enum txn_match *match)
{
    const struct via *via = msg_via(c->msg, 0, NULL);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    struct txn *t;

    if (!c->msg->request || !via || !cseq || !msg_call_id(c->msg).n)
        return ERR_SYNTAX;
    *match = txn_match(c, &t);
    if (*match == TXN_RETRANSMITTED || *match == TXN_ACK_NEGATIVE) {
        txn_absorb(c, t, *match);
        return ERR_EXISTS;
    }
    if (c->msg->method == METHOD_ACK)
        return ERR_STATE;
    t = txn_make(c->gen, c->msg->raw, 0); /* this reference is the tables' */
    take_request(c, t, via, cseq);
    int64_t life =
        t->txn_flags & TXN_INVITE
            ? (t->plan.life_inv_ms ? t->plan.life_inv_ms : conf_of(t)->max_inv_lifetime.ms)
            : (t->plan.life_ms ? t->plan.life_ms : conf_of(t)->max_noninv_lifetime.ms);
    t->deadline_ms = t->created_ms + life;
    home_insert(t);
    txn_attach(c, t);
    txn_count(COUNT_UAS, 1);
    txn_watchdog(t);
    respond_find_hop(c, t);
    txn_notify(t, &(struct txn_note){ .event = TXN_REQUEST_IN, .call = c, .branch = -1 });
    return ERR_OK;
}
