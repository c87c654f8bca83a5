/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of requests and replies that are forwarded. */
#include "base/hash.h"
#include "core/internal.h"

enum { EDITS_OF_OURS = 8 };

/* The script's edits with room for ours; texts are shared, not copied. */
static struct edit_list edits_of(struct call *c)
{
    struct edit_list l = c->edits;

    l.arena = c->arena;
    l.room = l.n + EDITS_OF_OURS;
    l.edits = arena_alloc(c->arena, l.room * sizeof *l.edits);
    if (l.n)
        memcpy(l.edits, c->edits.edits, l.n * sizeof *l.edits);
    return l;
}

struct str send_own_host(const struct call *c, const struct listener *ln)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;

    if (c->advertised_host.n)
        return c->advertised_host;
    return core && core->advertised_address.n && !ln->advertises ? core->advertised_address
                                                                 : ln->advertised_host;
}

struct str send_own_port(const struct call *c, const struct listener *ln)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;

    if (c->advertised_port.n)
        return c->advertised_port;
    if (core && core->advertised_port && !ln->advertises)
        return arena_fmt(c->arena, "%lld", (long long)core->advertised_port);
    return ln->advertised_port_text;
}

/* What the XAVP named by xavp_via_fields has in the place of a part of our Via. */
static struct str via_field(const struct call *c, struct str name, struct str otherwise)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    const struct xavp *item = core && c->via_flags & VIA_FIELDS && core->xavp_via_fields.n
                                  ? xavp_find(c->vars, XAVP, core->xavp_via_fields, 0)
                                  : NULL;

    for (const struct xavp *f = item ? item->fields : NULL; f; f = f->next)
        if (str_eq(f->name, name) && (f->value.type == VALUE_INT || f->value.s.n))
            return value_text(&f->value, c->arena);
    return otherwise;
}

static void print_via(const struct call *c, const struct hop *hop, const struct via_plan *via,
                      struct buf *b)
{
    const struct listener *ln = hop->flow.local;
    const struct core_conf *core = c->gen ? c->gen->core : NULL;

    buf_add(b, STR("Via: SIP/2.0/"));
    buf_add(b, proto_via_name(hop->flow.proto));
    buf_char(b, ' ');
    buf_add(b, via_field(c, STR("address"), send_own_host(c, ln)));
    buf_char(b, ':');
    buf_add(b, via_field(c, STR("port"), send_own_port(c, ln)));
    buf_add(b, STR(";branch="));
    buf_add(b, via->branch);
    if (c->local_rport || (core && core->add_local_rport))
        buf_add(b, STR(";rport"));
    if (c->alias_added && proto_is_stream(hop->flow.proto))
        buf_add(b, STR(";alias"));
    if (c->from.connection)
        buf_fmt(b, ";i=%llx", (unsigned long long)c->from.connection);
    else if (c->from.local && c->from.local != ln)
        buf_fmt(b, ";i=u%x", c->from.local->number);
    buf_add(b, via->extra);
    buf_add(b, STR("\r\n"));
}

void send_via_params(const struct call *c, struct str xavp, struct buf *b)
{
    const struct xavp *item = xavp.n ? xavp_find(c->vars, XAVP, xavp, 0) : NULL;

    for (const struct xavp *f = item ? item->fields : NULL; f; f = f->next) {
        buf_char(b, ';');
        buf_add(b, f->name);
        if (f->value.type == VALUE_STR && f->value.s.n) {
            buf_char(b, '=');
            buf_add(b, f->value.s);
        } else if (f->value.type == VALUE_INT) {
            buf_char(b, '=');
            buf_int(b, f->value.i);
        }
    }
}

static void edit_via(struct call *c, const struct hop *hop, const struct via_plan *plan,
                     struct edit_list *l)
{
    const struct via *top = msg_via(c->msg, 0, NULL);
    struct buf *b = scratch_take();
    struct via_plan full = *plan;
    const struct core_conf *core = c->gen ? c->gen->core : NULL;
    struct source s;
    char space[64];

    if (top) {
        s = source_of(c, top, space);
        edit_mark_via(l, c->msg, top, s.received, s.rport, s.force_rport);
    }
    if (core && c->via_flags & (VIA_SERVER_ID | VIA_PARAMS)) {
        buf_add(b, plan->extra);
        if (c->via_flags & VIA_SERVER_ID && core->server_id)
            buf_fmt(b, ";srvid=%lld", (long long)core->server_id);
        if (c->via_flags & VIA_PARAMS)
            send_via_params(c, core->xavp_via_params, b);
        full.extra = arena_dup(c->arena, buf_str(b));
        buf_clear(b);
    }
    print_via(c, hop, &full, b);
    edit_push_header(l, c->msg, msg_header(c->msg, HEADER_VIA), buf_str(b));
    scratch_give(b);
}

err_t send_build_request(struct call *c, const struct target *t, const struct edit_list *more,
                         const struct hop *hop, const struct via_plan *via, struct buf *out)
{
    struct edit_list l = edits_of(c);
    struct str uri = t->uri.p ? t->uri : call_uri_text(c);

    if (uri.p != c->msg->uri.p)
        edit_replace(&l, c->msg, c->msg->uri, uri);
    if (t->path.n)
        edit_insert_header(&l, c->msg, msg_header(c->msg, HEADER_ROUTE),
                           arena_fmt(c->arena, "Route: " STR_FMT "\r\n", STR_ARG(t->path)));
    if (more)
        edit_add_all(&l, more);
    for (const struct build_hook *h = c->build_hooks; h; h = h->next) {
        err_t e = h->fn(c, h, hop, &l);

        if (e)
            return e;
    }
    edit_via(c, hop, via, &l);
    edit_apply(&l, c->msg, proto_is_stream(hop->flow.proto), out);
    return out->overflow ? ERR_LIMIT : ERR_OK;
}

err_t send_build_reply(struct call *c, struct buf *out)
{
    struct edit_list l = edits_of(c);
    const struct header *h = msg_header(c->msg, HEADER_VIA);
    const struct via *top = msg_via(c->msg, 0, NULL), *next = msg_via(c->msg, 1, NULL);

    if (!h || !top)
        return ERR_SYNTAX;
    if (next && next->all.p > h->body.p && next->all.p < h->body.p + h->body.n)
        edit_delete(&l, c->msg, (struct str){ h->body.p, (size_t)(next->all.p - h->body.p) });
    else
        edit_remove_header(&l, c->msg, h);
    for (const struct build_hook *k = c->build_hooks; k; k = k->next) {
        err_t e = k->of_replies ? k->fn(c, k, NULL, &l) : ERR_OK;

        if (e)
            return e;
    }
    edit_apply(&l, c->msg, true, out);
    return out->overflow ? ERR_LIMIT : ERR_OK;
}

/*
 * RFC 3261 16.11: the same for all copies of a request, and for the ACK and the CANCEL that belong
 * to an INVITE, without remembering anything.
 */
struct str send_stateless_branch(struct call *c)
{
    static const struct str cookie = STR_INIT("z9hG4bK");
    const struct via *top = msg_via(c->msg, 0, NULL);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);
    uint64_t parts[6] = { 0 };

    if (top) {
        parts[0] = hash_keyed(top->branch);
        parts[1] = hash_keyed(top->host);
        parts[2] = top->port;
    }
    if (!top || top->branch.n <= cookie.n || !str_istarts(top->branch, cookie)) {
        parts[3] = hash_keyed(msg_call_id(c->msg));
        parts[4] = hash_keyed(msg_from_tag(c->msg));
        parts[5] = cseq ? cseq->number : 0;
    }
    return arena_fmt(
        c->arena, "z9hG4bK%016llx",
        (unsigned long long)hash_keyed((struct str){ (const char *)parts, sizeof parts }));
}
