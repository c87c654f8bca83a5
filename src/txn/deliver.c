/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending a branch, and going on to its further hops when that fails (RFC 3263 4.3). */
#include "txn/internal.h"

/* Makes the bytes of a branch those for another hop and, maybe, another branch: the top Via line
 * is what differs. */
static void rewrite_via(struct str sent, const struct txn_branch *b, const struct hop *hop,
                        struct buf *out)
{
    struct str rest = sent;
    size_t from = str_find(sent, '\n') + 1;
    const struct listener *l = hop->flow.local;

    rest = str_skip(sent, from);
    buf_add(out, str_cut(sent, 0, from));
    buf_addz(out, "Via: SIP/2.0/");
    buf_add(out, proto_via_name(hop->flow.proto));
    buf_char(out, ' ');
    if (l) {
        buf_add(out, l->advertised_host);
        buf_fmt(out, ":%u", l->advertised_port);
    } else {
        struct str old = str_cut(rest, 0, str_find(rest, ';')); /* the host is the last word */
        size_t at = old.n;

        while (at && old.p[at - 1] != ' ')
            at--;
        buf_add(out, str_skip(old, at));
    }
    buf_addz(out, ";branch=");
    branch_via(b, out);
    buf_addz(out, "\r\n");
    buf_add(out, str_skip(rest, str_find(rest, '\n') + 1));
}

struct rebuilding {
    struct txn_branch *branch;
    const struct hop *hop;
    struct str bytes;
};

static void rebuild(struct call *c, void *arg)
{
    struct rebuilding *r = arg;
    struct txn_branch *b = r->branch;
    struct target at = c->targets[0];
    char space[BRANCH_TEXT_MAX];
    struct buf token, *out = txn_scratch();

    c->branch = b->index;
    buf_fixed(&token, space, sizeof space);
    branch_via(b, &token);
    struct via_plan via = { .branch = buf_str(&token) };
    at.uri = b->uri;
    at.path = b->path;
    at.socket = b->socket;
    edit_init(&c->edits, c->arena);
    c->build_hooks = b->hooks;
    if (send_build_request(c, &at, b->edits, r->hop, &via, out) == ERR_OK)
        r->bytes = own_copy(buf_str(out));
}

/* The bytes of a branch for another hop: from the request itself where headers depend on the socket
 * it leaves by (Record-Route), else what was sent with another Via. */
static struct str bytes_for(struct txn_branch *b, struct str sent, const struct hop *hop,
                            const struct flow *before)
{
    struct rebuilding r = { b, hop, STR_NONE };
    struct buf *out;

    if (b->edits && hop->flow.local != before->local)
        txn_with_request(b->txn, rebuild, &r);
    if (r.bytes.n)
        return r.bytes;
    out = txn_scratch();
    rewrite_via(sent, b, hop, out);
    return own_copy(buf_str(out));
}

static void use_hop(struct txn_branch *b, struct str sent, const struct hop *hop,
                    const struct flow *before)
{
    struct str fresh = bytes_for(b, sent, hop, before);

    own_free(&b->sent);
    b->sent = fresh;
    b->to = hop->flow;
}

void branch_change_proto(struct call *c, struct txn_branch *b, struct hop *hop)
{
    struct hop before = *hop;

    if (!hop_change_proto(c, hop, b->sent.n))
        return;
    branch_keep_fall_back(b, &before);
    use_hop(b, b->sent, hop, &before.flow);
}

static void note_request(struct call *c, struct txn_branch *b, enum txn_event event)
{
    txn_notify(b->txn,
               &(struct txn_note){
                   .event = event, .call = c, .branch = b->index, .bytes = b->sent, .to = &b->to });
}

err_t branch_send(struct call *c, struct txn_branch *b)
{
    note_request(c, b, TXN_REQUEST_FORWARDED);
    for (;;) {
        struct hop hop = { .flow = b->to, .host = b->host };
        err_t e = send_bytes(c, &hop, b->sent);

        if (e == ERR_OK) {
            b->state = BRANCH_CALLING;
            branch_start_timers(b);
            note_request(c, b, TXN_REQUEST_SENT);
            return ERR_OK;
        }
        if (e == ERR_DENIED || !b->n_more_hops) {
            b->state = BRANCH_DROPPED;
            return e;
        }
        log_info(AREA, "sending failed (%s), trying the next address", err_text(e));
        use_hop(b, b->sent, b->more_hops, &b->to);
        b->falls_back = false;
        b->more_hops++;
        b->n_more_hops--;
    }
}

struct txn_branch *branch_fail_over(struct call *c, struct txn_branch *b, bool delivered)
{
    struct txn *t = b->txn;

    if (delivered && b->falls_back) {
        b->more_hops++;
        b->n_more_hops--;
    }
    b->n_more_hops = hops_not_blocked(t, b->more_hops, b->n_more_hops);
    while (b->n_more_hops && t->n_branches < TXN_BRANCHES_MAX) {
        struct txn_branch *next = txn_add_branch(t);
        uint16_t index = next->index;

        *next = (struct txn_branch){ .txn = t,
                                     .index = index,
                                     .flags = b->flags,
                                     .uri = b->uri,
                                     .dst_uri = b->dst_uri,
                                     .path = b->path,
                                     .instance = b->instance,
                                     .ruid = b->ruid,
                                     .user_agent = b->user_agent,
                                     .location_ua = b->location_ua,
                                     .reg_id = b->reg_id,
                                     .q = b->q,
                                     .on_reply = b->on_reply,
                                     .on_branch_failure = b->on_branch_failure,
                                     .socket = b->socket,
                                     .edits = b->edits,
                                     .hooks = b->hooks };
        use_hop(next, b->sent, b->more_hops, &b->to);
        next->more_hops = b->more_hops + 1;
        next->n_more_hops = b->n_more_hops - 1;
        b->n_more_hops = 0;
        if (branch_send(c, next) == ERR_OK) {
            b->state = BRANCH_DROPPED;
            return next;
        }
        b = next;
    }
    return NULL;
}

static void not_delivered(struct txn *t, struct txn_branch *b)
{
    if (b->state != BRANCH_CALLING)
        return;
    branch_fail(b, b->status);
    if (!(t->txn_flags & TXN_CANCELED) && branch_fail_over(NULL, b, false))
        return;
    txn_conclude(NULL, t, b);
}

void txn_send_failed(const struct flow *to, struct str bytes, err_t why)
{
    static const struct str mark = STR_INIT(";branch=");
    struct str rest = str_skip(bytes, str_search(bytes, mark));
    struct str token = str_skip(rest, mark.n);
    unsigned index;
    size_t n = 0;

    (void)to;
    if (txn_upcalls.reply != txn_on_reply)
        return; /* no configuration has asked for transactions */
    while (n < token.n && token.p[n] > ' ' && token.p[n] != ';' && token.p[n] != ',')
        n++;
    struct txn *t = txn_find_branch_token(str_cut(token, 0, n), &index);
    if (!t || index >= t->n_branches)
        return;
    struct txn_branch *b = t->branches[index];
    if (b->state != BRANCH_CALLING || !str_eq(b->sent, bytes))
        return;
    log_info(AREA, "a request was not delivered: %s", err_text(why));
    b->status = why == ERR_TIMEOUT ? 408 : 477;
    txn_spawn(t, b, not_delivered);
}
