/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a branch: its target, its hops and its bytes (RFC 3261 16.6, steps 3 to 8). */
#include "txn/internal.h"

void branch_via(const struct txn_branch *b, struct buf *out)
{
    buf_fmt(out, "z9hG4bK%x.%x.%x", b->txn->index, b->txn->label, b->index);
}

struct str txn_keep(struct txn *t, struct str s)
{
    return s.n ? arena_dup(&t->arena, s) : s.p ? STR("") : STR_NONE;
}

/* What the branch remembers of its target. */
static void branch_keep_target(struct call *c, struct txn_branch *b, const struct target *at)
{
    struct txn *t = b->txn;

    b->uri = txn_keep(t, at->uri.p ? at->uri : c->msg->uri);
    b->dst_uri = txn_keep(t, at->dst_uri);
    b->path = txn_keep(t, at->path);
    b->instance = txn_keep(t, at->instance);
    b->ruid = txn_keep(t, at->ruid);
    b->user_agent = txn_keep(t, at->user_agent);
    b->location_ua = txn_keep(t, at->location_ua);
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

err_t relay_find_hops(struct call *c, const struct relay_plan *plan, struct hop *hops, size_t *n)
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
        b->more_hops[i - 1].host = txn_keep(t, hops[i].host);
    }
}

/* When a stream cannot be opened, the same address is tried by UDP after all. */
void branch_keep_fall_back(struct txn_branch *b, const struct hop *udp)
{
    struct hop *list = ARENA_ARRAY(&b->txn->arena, struct hop, b->n_more_hops + 1);

    list[0] = *udp;
    list[0].host = txn_keep(b->txn, udp->host);
    if (b->n_more_hops)
        memcpy(list + 1, b->more_hops, b->n_more_hops * sizeof *list);
    b->more_hops = list;
    b->n_more_hops++;
    b->falls_back = true;
}

/* A request too long for UDP goes to the same address by the protocol the configuration names. */
bool hop_change_proto(struct call *c, struct hop *hop, size_t bytes)
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
    if (e == ERR_OK && hop_change_proto(c, hop, out->n)) {
        branch_keep_fall_back(b, &first);
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
    err_t e = relay_find_hops(c, plan, hops, &n);
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

err_t branch_prepare(struct call *c, struct txn_branch *b, const struct target *at,
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
