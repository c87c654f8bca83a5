/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarding a request to its targets (RFC 3261 16.6). */
#include "txn/internal.h"

enum { BRANCH_TEXT_MAX = 48 };

void branch_via(const struct txn_branch *b, struct buf *out)
{
    buf_fmt(out, "z9hG4bK%x.%x.%x", b->txn->index, b->txn->label, b->index);
}

/* ---- making a branch ---- */

static struct str kept(struct txn *t, struct str s)
{
    return s.n ? arena_dup(&t->arena, s) : s.p ? STR("") : STR_NONE;
}

/* What the branch remembers of its target. */
static void branch_keep_target(struct call *c, struct txn_branch *b, const struct target *at)
{
    struct txn *t = b->txn;

    b->uri = kept(t, at->uri.p ? at->uri : c->msg->uri);
    b->dst_uri = kept(t, at->dst_uri);
    b->path = kept(t, at->path);
    b->instance = kept(t, at->instance);
    b->ruid = kept(t, at->ruid);
    b->user_agent = kept(t, at->user_agent);
    b->location_ua = kept(t, at->location_ua);
    b->reg_id = at->reg_id;
    b->flags = at->flags;
    b->q = at->q;
    b->socket = at->socket;
}

/* Runs the branch route with the branch's target as the request's own. False: it dropped it. */
static bool run_branch_route(struct call *c, struct txn_branch *b)
{
    struct txn *t = b->txn;
    struct txn_run *run = txn_run(c);
    enum route route = c->route;
    const char *name = c->route_name;
    bool drop = c->drop;

    if (!t->plan.on_branch.n)
        return true;
    run->branch = b;
    c->drop = false;
    c->route = ROUTE_BRANCH;
    call_upcalls.run_route(c, ROUTE_BRANCH, t->plan.on_branch.p);
    bool keep = !c->drop;
    run->branch = NULL;
    c->drop = drop;
    c->route = route;
    c->route_name = name;
    return keep;
}

/* The next hop's URI with a transport that the script insists on. */
static err_t with_proto(struct call *c, struct target *at, enum proto proto)
{
    struct str text = at->dst_uri.n ? at->dst_uri : at->uri.p ? at->uri : c->msg->uri;
    struct uri u;
    err_t e = uri_parse(text, &u);

    if (e)
        return e;
    if (at->flow && at->flow->proto != proto)
        at->flow = NULL;
    at->dst_uri = u.port ? arena_fmt(c->arena, "sip:" STR_FMT ":%u;transport=" STR_FMT,
                                     STR_ARG(u.host), u.port, STR_ARG(proto_name(proto)))
                         : arena_fmt(c->arena, "sip:" STR_FMT ";transport=" STR_FMT,
                                     STR_ARG(u.host), STR_ARG(proto_name(proto)));
    return ERR_OK;
}

static err_t find_hops(struct call *c, const struct relay_plan *plan, struct hop *hops, size_t *n)
{
    struct target at = c->targets[0];
    err_t e = ERR_OK;

    if (plan->next_hop.n) {
        at.dst_uri = plan->next_hop;
        at.flow = NULL;
    }
    if (plan->proto != PROTO_NONE)
        e = with_proto(c, &at, plan->proto);
    return e ? e : send_find_hops(c, &at, hops, n);
}

static void keep_hops(struct txn_branch *b, const struct hop *hops, size_t n, bool fail_over)
{
    struct txn *t = b->txn;

    b->to = hops[0].flow;
    if (n < 2 || !fail_over)
        return;
    b->more_hops = ARENA_ARRAY(&t->arena, struct hop, n - 1);
    b->n_more_hops = n - 1;
    for (size_t i = 1; i < n; i++) {
        b->more_hops[i - 1] = hops[i];
        b->more_hops[i - 1].host = kept(t, hops[i].host);
    }
}

/* When a stream cannot be opened, the same address is tried by UDP after all. */
static void keep_fall_back(struct txn_branch *b, const struct hop *udp)
{
    struct hop *list = ARENA_ARRAY(&b->txn->arena, struct hop, b->n_more_hops + 1);

    list[0] = *udp;
    list[0].host = kept(b->txn, udp->host);
    if (b->n_more_hops)
        memcpy(list + 1, b->more_hops, b->n_more_hops * sizeof *list);
    b->more_hops = list;
    b->n_more_hops++;
    b->falls_back = true;
}

/* A request too long for UDP goes to the same address by the protocol the configuration names. */
static bool change_proto(struct call *c, struct hop *hop, size_t bytes)
{
    enum proto instead;

    return send_is_too_long(c, hop, bytes, &instead) &&
           send_by_other_proto(c, instead, hop) == ERR_OK;
}

/* A request made here has a Via that only stands in (local.c): our own is above it now. */
static struct str without_stand_in(struct str bytes)
{
    static const struct str line = STR_INIT("Via: " LOCAL_VIA "\r\n");
    size_t at = str_search(bytes, line);
    struct buf out;

    buf_init(&out, MEM_TXN);
    buf_add(&out, str_cut(bytes, 0, at));
    buf_add(&out, str_skip(bytes, at < bytes.n ? at + line.n : at));
    struct str copy = own_copy(buf_str(&out));
    buf_free(&out);
    return copy;
}

static err_t branch_build(struct call *c, struct txn_branch *b, const struct edit_list *own,
                          struct hop *hop)
{
    char space[BRANCH_TEXT_MAX];
    struct buf token, *out = txn_scratch();

    buf_fixed(&token, space, sizeof space);
    branch_via(b, &token);
    struct via_plan via = { .branch = buf_str(&token) };
    struct hop first = *hop;
    err_t e = send_build_request(c, &c->targets[0], own, hop, &via, out);
    if (e == ERR_OK && change_proto(c, hop, out->n)) {
        keep_fall_back(b, &first);
        buf_clear(out);
        e = send_build_request(c, &c->targets[0], own, hop, &via, out);
    }
    b->to = hop->flow;
    if (e == ERR_OK)
        b->sent =
            b->txn->txn_flags & TXN_LOCAL ? without_stand_in(buf_str(out)) : own_copy(buf_str(out));
    return e;
}

/* What another hop needs to build the request anew: headers that depend on the socket. */
static void keep_recipe(struct call *c, struct txn_branch *b, const struct edit_list *own)
{
    struct arena *a = &b->txn->arena;

    b->edits = ARENA_NEW(a, struct edit_list);
    edit_init(b->edits, a);
    edit_add_all(b->edits, &c->edits);
    edit_add_all(b->edits, own);
    b->hooks = build_hooks_copy(c->build_hooks, a);
}

/* Everything about one branch but sending; with its target as the request's own. */
static err_t prepare_here(struct call *c, struct txn_branch *b, const struct relay_plan *plan,
                          const struct edit_list *common)
{
    struct txn *t = b->txn;
    struct hop hops[HOPS_MAX];
    size_t n = 0;

    b->on_reply = t->plan.on_reply;
    b->on_branch_failure = t->plan.on_branch_failure;
    if (!run_branch_route(c, b))
        return ERR_DENIED;
    struct edit_list own = c->edits;
    err_t e = find_hops(c, plan, hops, &n);
    if (e)
        return e;
    if (!n)
        return ERR_NOT_FOUND;
    n = hops_not_blocked(t, hops, n);
    if (!n)
        return ERR_UNREACHABLE;
    branch_keep_target(c, b, &c->targets[0]);
    keep_hops(b, hops, n, !plan->no_failover && t->plan.disable_failover != 1);
    c->edits = *common;
    e = branch_build(c, b, &own, &hops[0]);
    if (b->n_more_hops && c->build_hooks)
        keep_recipe(c, b, &own);
    return e;
}

static err_t branch_prepare(struct call *c, struct txn_branch *b, const struct target *at,
                            const struct relay_plan *plan)
{
    struct target saved = c->targets[0];
    struct edit_list common = c->edits;
    struct build_hook *hooks = c->build_hooks;
    const struct uri *cached = c->cached_uri;
    int branch = c->branch;

    c->build_hooks = hooks ? build_hooks_copy(hooks, c->arena) : NULL; /* the route may add some */

    if (at != &c->targets[0]) {
        c->targets[0] = *at;
        c->cached_uri = NULL;
    }
    edit_init(&c->edits, c->arena);
    c->branch = b->index;
    err_t e = prepare_here(c, b, plan, &common);
    c->branch = branch;
    c->edits = common;
    c->build_hooks = hooks;
    c->targets[0] = saved;
    c->cached_uri = cached;
    if (e)
        b->state = BRANCH_DROPPED;
    return e;
}

/* ---- sending ---- */

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
    enum proto instead;

    if (!send_is_too_long(c, hop, b->sent.n, &instead) ||
        send_by_other_proto(c, instead, hop) != ERR_OK)
        return;
    keep_fall_back(b, &before);
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

/* ---- a whole request ---- */

void txn_save_edits(struct call *c)
{
    struct txn *t = c->txn;

    if (!t || t->edits_saved || !c->msg->request)
        return;
    t->edits_saved = true;
    edit_init(&t->edits, &t->arena);
    if (c->edits.n)
        edit_add_all(&t->edits, &c->edits);
    if (c->build_hooks)
        t->hooks = build_hooks_copy(c->build_hooks, &t->arena);
}

/* What failure routes will begin with. */
static void save_state(struct call *c, struct txn *t)
{
    txn_save_edits(c);
    if (!t->uri.p) {
        t->uri = c->targets[0].uri.n ? arena_dup(&t->arena, c->targets[0].uri) : STR_NONE;
        t->dst_uri = kept(t, c->targets[0].dst_uri);
    }
    t->flags = c->flags;
}

/* In a failure route the request's own target takes part only when the script has touched it. */
static bool uses_own_target(struct call *c, const struct txn_run *run)
{
    if (!run->consumed)
        return true;
    return c->uri_rewritten || c->targets[0].dst_uri.p != run->entry_dst.p;
}

void relay_send_100(struct call *c, struct txn *t)
{
    const struct txn_conf *conf = conf_of(t);
    bool wanted = t->plan.auto_100 < 0 ? conf->auto_inv_100 : t->plan.auto_100;

    if (!(t->txn_flags & TXN_INVITE) || t->txn_flags & TXN_LOCAL || t->status || !wanted)
        return;
    err_t e = respond_local(c, t, 100, conf->auto_inv_100_reason);
    if (e)
        log_info(AREA, "100 could not be sent: %s", err_text(e));
}

/* Serial forking: what earlier legs still count for. */
static void begin_leg(struct txn *t, uint16_t first)
{
    int64_t mode = conf_of(t)->failure_reply_mode;

    for (uint16_t i = 0; i < first; i++) {
        struct txn_branch *b = t->branches[i];

        b->old_leg = true;
        if (b->state == BRANCH_COMPLETED &&
            (mode == 1 || mode == 3 || (mode == 2 && i >= t->first_leg)))
            b->state = BRANCH_DROPPED;
    }
    t->first_leg = first;
}

static err_t prepare_all(struct call *c, struct txn *t, const struct relay_plan *plan,
                         size_t *ready)
{
    size_t n = call_target_count(c), first = uses_own_target(c, txn_run(c)) ? 0 : 1;
    err_t e = n > first ? ERR_OK : ERR_NOT_FOUND;

    for (size_t i = first; i < n; i++) {
        if (t->n_branches == TXN_BRANCHES_MAX) {
            e = ERR_LIMIT;
            break;
        }
        struct txn_branch *b = txn_add_branch(t);
        err_t mine = branch_prepare(c, b, call_target(c, i), plan);

        if (mine == ERR_OK)
            ++*ready;
        else
            e = mine;
    }
    return *ready ? ERR_OK : e;
}

static err_t send_all(struct call *c, struct txn *t, uint16_t first)
{
    size_t sent = 0;
    err_t e = ERR_OK;

    for (uint16_t i = first; i < t->n_branches; i++) {
        struct txn_branch *b = t->branches[i];

        if (b->state != BRANCH_NEW)
            continue;
        err_t mine = branch_send(c, b);
        if (mine == ERR_OK)
            sent++;
        else
            e = mine;
    }
    return sent ? ERR_OK : e;
}

static err_t relay_held(struct call *c, struct txn *t, const struct relay_plan *plan)
{
    uint16_t first = t->n_branches;
    size_t ready = 0;

    if (t->status >= 200)
        return t->txn_flags & TXN_CANCELED ? ERR_CANCELED : ERR_STATE;
    save_state(c, t);
    if (!plan->no_100 && !plan->replicate)
        relay_send_100(c, t);
    if (plan->replicate)
        t->txn_flags |= TXN_SILENT;
    err_t e = t->txn_flags & TXN_CANCELED ? ERR_CANCELED : prepare_all(c, t, plan, &ready);
    if (e == ERR_OK && t->txn_flags & TXN_CANCELED)
        e = ERR_CANCELED;
    if (e == ERR_OK) {
        if (!plan->append)
            begin_leg(t, first);
        e = send_all(c, t, first);
    }
    for (uint16_t i = first; e && i < t->n_branches; i++)
        t->branches[i]->state = BRANCH_DROPPED;
    struct txn_run *run = txn_run(c);
    run->consumed = true;
    run->entry_dst = c->targets[0].dst_uri;
    call_clear_targets(c);
    c->uri_rewritten = false;
    return e;
}

/* A stateless ACK: of a 2xx, or of nothing we know. */
static err_t relay_ack(struct call *c, const struct relay_plan *plan)
{
    struct txn *t;
    enum txn_match match = txn_match(c, &t);
    struct hop hops[HOPS_MAX];
    size_t n = 0;

    if (match == TXN_ACK_NEGATIVE) {
        txn_absorb(c, t, match);
        return ERR_EXISTS;
    }
    if (match == TXN_ACK_E2E)
        txn_notify(t, &(struct txn_note){ .event = TXN_E2E_ACK_IN, .call = c, .branch = -1 });
    err_t e = find_hops(c, plan, hops, &n);
    if (e == ERR_OK)
        e = n ? send_stateless(c, &hops[0]) : ERR_NOT_FOUND;
    return e;
}

/* Nothing was sent: the caller hears of it from us, unless the script wants to say it itself. */
static void answer_failure(struct call *c, struct txn *t, const struct relay_plan *plan, err_t e)
{
    struct str reason;
    bool quiet = plan->no_internal_reply || t->plan.no_internal_reply == 1 || plan->replicate;

    if (e == ERR_CANCELED) {
        if (t->status < 200 && respond_local(c, t, 487, STR("Request Terminated")) == ERR_OK)
            t->txn_flags |= TXN_INTERNAL_REPLY;
        return;
    }
    if (quiet || txn_run(c)->in_failure || t->status >= 200)
        return;
    unsigned status = status_of_err(e, &reason);
    if (conf_of(t)->delayed_reply && t->made_by == c->serial) {
        t->delayed_status = (uint16_t)status; /* the script may still find better words */
        return;
    }
    if (respond_local(c, t, status, reason) == ERR_OK)
        t->txn_flags |= TXN_INTERNAL_REPLY;
}

/* failure_exec_mode: what could not be sent counts as a branch that failed. */
static bool fail_by_route(struct call *c, struct txn *t, const struct relay_plan *plan, err_t e)
{
    struct str reason;

    if (!conf_of(t)->failure_exec_mode || !t->plan.on_failure.n || e == ERR_CANCELED ||
        plan->replicate || txn_run(c)->in_failure || t->status >= 200 || !t->n_branches)
        return false;
    struct txn_branch *b = t->branches[t->n_branches - 1];
    branch_fail(b, status_of_err(e, &reason));
    txn_conclude(NULL, t, b);
    return true;
}

err_t txn_relay(struct call *c, const struct relay_plan *plan)
{
    struct txn *t = c->txn;
    enum txn_match match;
    err_t e;

    if (c->msg->method == METHOD_ACK)
        return relay_ack(c, plan);
    if (c->msg->method == METHOD_CANCEL && !plan->replicate) {
        e = txn_relay_cancel(c);
        if (e != ERR_NOT_FOUND)
            return e;
    }
    if (!t) {
        e = txn_new(c, &match);
        if (e)
            return e;
        t = c->txn;
    }
    if (!txn_enter(t))
        return ERR_STATE;
    e = relay_held(c, t, plan);
    if (e && fail_by_route(c, t, plan, e))
        e = ERR_OK;
    if (e)
        answer_failure(c, t, plan, e);
    txn_leave(t);
    return e;
}

void txn_flush_flags(struct call *c)
{
    if (c->txn)
        c->txn->flags = c->flags;
}
