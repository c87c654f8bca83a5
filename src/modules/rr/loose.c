/* SPDX-License-Identifier: BSD-2-Clause */
/* Routing by Route headers, for loose and for strict routers around us (RFC 3261 16.4, 16.6). */
#include "base/log.h"
#include "core/local.h"
#include "modules/rr/inner.h"

#define AREA "rr"

/* Where the work stands: `next` is the first Route value that was not taken as ours. */
struct routing {
    struct call *c;
    const struct rr_conf *conf;
    struct route_list routes;
    size_t next;
};

/* The listener that a URI of ours names, by name or by address. */
static struct listener *listener_of(const struct uri *u)
{
    struct str name = uri_param(u, STR("sn"));
    enum proto proto = uri_proto(u);
    struct listener *ln;

    if (name.n)
        return listener_by_name(name);
    if (proto == PROTO_NONE)
        proto = u->scheme == URI_SIPS ? PROTO_TLS : PROTO_UDP;
    ln = local_listener(proto, u->host, uri_port(u));
    return ln || proto != PROTO_WS ? ln : local_listener(PROTO_WSS, u->host, uri_port(u));
}

/* A message leaves by the listener that our second Record-Route named. */
static void force_socket(struct routing *r, const struct uri *ours)
{
    struct listener *ln = listener_of(ours);

    if (ln)
        r->c->targets[0].socket = ln;
    else if (r->conf->enable_socket_mismatch_warning)
        log_warn(AREA, "no listener for the Route <" STR_FMT ">", STR_ARG(ours->text));
}

static bool is_double(const struct uri *u)
{
    return u->has_r2 || uri_param(u, STR("r2")).p;
}

/* Takes the other half of a double Record-Route; `ours` is its first half. */
static void take_second(struct routing *r, const struct uri *ours)
{
    const struct uri *second;

    if (!r->conf->enable_double_rr || !is_double(ours)) {
        if (r->conf->force_send_socket)
            force_socket(r, ours);
        return;
    }
    if (r->next == r->routes.n)
        return;
    second = &r->routes.values[r->next].uri;
    if (!is_double(second) || !local_is_uri(second)) {
        log_warn(AREA, "the second of two Routes of ours is missing behind <" STR_FMT ">",
                 STR_ARG(ours->text));
        return;
    }
    r->routes.gone[r->next++] = true;
    force_socket(r, second);
}

static bool is_loose(const struct uri *u)
{
    return u->has_lr || u->lr.p;
}

/* The next router wants to find itself in the Request-URI, and the target as the last Route. */
static err_t to_strict_router(struct routing *r, bool target_is_last_already)
{
    struct call *c = r->c;
    struct str target = call_uri_text(c);
    err_t e = call_set_uri(c, r->routes.values[r->next].uri_text);

    if (e)
        return e;
    call_set_dst_uri(c, STR_NONE);
    r->routes.gone[r->next] = true;
    rr_state(c)->next_hop_route = true;
    if (!target_is_last_already)
        edit_append_header(&c->edits, c->msg,
                           arena_fmt(c->arena, "Route: <" STR_FMT ">\r\n", STR_ARG(target)));
    return ERR_OK;
}

static enum rr_result finish(struct routing *r, struct str params, enum rr_result result)
{
    route_list_remove(r->c, &r->routes);
    rr_state(r->c)->params = params;
    if (params.p && result != RR_NOT_DRIVEN)
        rr_notify(r->c, params);
    return result;
}

/* A Request-URI of ours with Route headers: a strict router sent this, and the target stands last.
 */
static enum rr_result after_strict(struct routing *r)
{
    struct call *c = r->c;
    const struct uri *ours = call_uri(c, NULL);
    struct str params = ours->params.p ? ours->params : STR("");
    size_t last = r->routes.n - 1;

    take_second(r, ours);
    if (r->next > last)
        return finish(r, params, RR_NOT_DRIVEN);
    if (r->next < last && !is_loose(&r->routes.values[r->next].uri)) {
        if (to_strict_router(r, true))
            return RR_NOT_DRIVEN;
        return finish(r, params, RR_DRIVEN);
    }
    if (call_set_uri(c, r->routes.values[last].uri_text))
        return RR_NOT_DRIVEN;
    call_set_dst_uri(c, STR_NONE);
    r->routes.gone[last] = true;
    if (r->next < last) {
        call_set_dst_uri(c, r->routes.values[r->next].uri_text);
        rr_state(c)->next_hop_route = true;
    }
    return finish(r, params, RR_DRIVEN);
}

static enum rr_result after_loose(struct routing *r, bool preloaded)
{
    struct call *c = r->c;
    const struct uri *top = &r->routes.values[0].uri;
    struct str params = STR_NONE;

    if (local_is_uri(top)) {
        params = top->params.p ? top->params : STR("");
        r->routes.gone[r->next++] = true;
        take_second(r, top);
        if (r->next == r->routes.n)
            return finish(r, params, preloaded ? RR_PRELOADED : RR_DRIVEN);
    }
    if (r->routes.values[r->next].uri.scheme == URI_OTHER)
        return RR_NOT_DRIVEN;
    if (!is_loose(&r->routes.values[r->next].uri)) {
        if (to_strict_router(r, false))
            return RR_NOT_DRIVEN;
    } else {
        call_set_dst_uri(c, r->routes.values[r->next].uri_text);
    }
    rr_state(c)->next_hop_route = true;
    return finish(r, params, RR_DRIVEN);
}

enum rr_result rr_loose_route(struct call *c, bool only_loose)
{
    struct routing r = { .c = c, .conf = rr_conf(c) };
    bool preloaded = msg_to_tag(c->msg).n == 0;
    const struct uri *uri;

    if (route_list_read(c, &r.routes))
        return RR_NOT_DRIVEN;
    uri = call_uri(c, NULL);
    if (!uri)
        return RR_NOT_DRIVEN;
    if (!preloaded && !only_loose && !uri->has_gr && local_is_uri(uri))
        return after_strict(&r);
    return after_loose(&r, preloaded);
}
