/* SPDX-License-Identifier: BSD-2-Clause */
/* core.tcp_*, core.sockets_list, core.aliases_list: what the network floor has open. */
#include "control/methods.h"
#include "net/net.h"

struct tally {
    int64_t all, tls, queued;
};

static void count(const struct connection_info *c, void *arg)
{
    struct tally *t = arg;

    t->all++;
    t->tls += c->proto == PROTO_TLS || c->proto == PROTO_WSS;
    t->queued += (int64_t)c->queued;
}

static err_t core_tcp_info(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    struct tally t = { 0 };
    int64_t limit = (int64_t)net_conf()->tcp_connections;

    (void)args;
    connections_each(count, &t);
    rpc_put_int(s, "readers", workers_count());
    rpc_put_int(s, "max_connections", limit);
    rpc_put_int(s, "max_tls_connections", limit);
    rpc_put_int(s, "opened_connections", t.all);
    rpc_put_int(s, "opened_tls_connections", t.tls);
    rpc_put_int(s, "write_queued_bytes", t.queued);
    return ERR_OK;
}

static void put_ip(struct rpc_node *s, const char *name, const struct addr *a)
{
    char text[64];
    struct buf b;

    buf_fixed(&b, text, sizeof text);
    addr_print_ip(&b, a, false);
    rpc_put_str(s, name, buf_str(&b));
}

static void put_connection(const struct connection_info *c, void *arg)
{
    struct rpc_node *s = rpc_struct(arg);
    int64_t left = c->expires_ms ? (c->expires_ms - worker_now()) / 1000 : -1;
    struct str proto = proto_via_name(c->proto);

    rpc_put_int(s, "id", (int64_t)c->id);
    rpc_put_str(s, "type", proto);
    rpc_put_str(s, "state", c->connecting ? STR("CONN_CONNECT") : STR("CONN_OK"));
    rpc_put_int(s, "timeout", left);
    rpc_put_int(s, "lifetime", net_conf()->tcp_lifetime / 1000);
    rpc_put_int(s, "ref_count", 1);
    put_ip(s, "src_ip", &c->peer);
    rpc_put_int(s, "src_port", addr_port(&c->peer));
    rpc_put_str(s, "dst_ip", c->local ? c->local->ip_text : STR_NONE);
    rpc_put_int(s, "dst_port", c->local ? c->local->port : 0);
    rpc_put_int(s, "worker", c->worker);
    rpc_put_int(s, "queued", (int64_t)c->queued);
}

static err_t core_tcp_list(struct rpc *r, const void *args)
{
    (void)args;
    connections_each(put_connection, rpc_root(r));
    return ERR_OK;
}

static err_t core_tcp_options(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    const struct net_conf *c = net_conf();
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        { "connect_timeout", c->tcp_connect_timeout / 1000 },
        { "send_timeout", c->tcp_send_timeout / 1000 },
        { "connection_lifetime", c->tcp_lifetime / 1000 },
        { "max_connections(soft)", (int64_t)c->tcp_connections },
        { "max_tls_connections(soft)", (int64_t)c->tcp_connections },
        { "no_connect", c->tcp_no_connect },
        { "fd_cache", 0 },
        { "async", 1 },
        { "connect_wait", 1 },
        { "conn_wq_max", (int64_t)c->tcp_queue_connection },
        { "wq_max", (int64_t)c->tcp_queue_all },
        { "defer_accept", c->tcp_defer_accept },
        { "delayed_ack", c->tcp_delayed_ack },
        { "syncnt", c->tcp_syn_count },
        { "linger2", c->tcp_linger2 },
        { "keepalive", c->tcp_keepalive },
        { "keepidle", c->tcp_keep_idle },
        { "keepintvl", c->tcp_keep_interval },
        { "keepcnt", c->tcp_keep_count },
        { "crlf_ping", c->tcp_crlf_ping },
        { "accept_aliases", c->tcp_accept_aliases },
        { "alias_flags", 1 },
        { "new_conn_alias_flags", 2 },
    };

    (void)args;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rpc_put_int(s, rows[i].name, rows[i].value);
    return ERR_OK;
}

static err_t core_udp4_raw_info(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args; /* datagrams leave through ordinary sockets, in batches */
    rpc_put_int(s, "udp4_raw", 0);
    rpc_put_int(s, "udp4_raw_mtu", 0);
    rpc_put_int(s, "udp4_raw_ttl", 0);
    return ERR_OK;
}

static err_t core_sockets_list(struct rpc *r, const void *args)
{
    const struct listeners *all = listeners_now();
    struct rpc_node *list = rpc_array(rpc_root(r));
    bool multihomed = net_conf()->multihomed;

    (void)args;
    for (size_t i = 0; i < all->n; i++) {
        const struct listener *l = all->at[i];
        struct rpc_node *s = rpc_put_struct(list, "socket");

        rpc_put_str(s, "proto", proto_name(l->proto));
        if (l->name.n)
            rpc_put_str(s, "name", l->name);
        rpc_put_str(s, "address", l->ip_text);
        rpc_put_str(s, "port", l->port_text);
        if (l->advertises)
            rpc_put_str(s, "advertise", l->advertised_text);
        rpc_put_str(s, "mcast", STR("no"));
        rpc_put_str(s, "mhomed", multihomed ? STR("yes") : STR("no"));
        rpc_put_str(s, "virtual", l->flags & LISTENER_VIRTUAL ? STR("yes") : STR("no"));
    }
    return ERR_OK;
}

static void put_alias(enum proto proto, struct str host, uint16_t port, void *arg)
{
    struct rpc_node *s = rpc_put_struct(arg, "alias");

    rpc_put_str(s, "proto", proto == PROTO_NONE ? STR("*") : proto_name(proto));
    rpc_put_str(s, "address", host);
    if (port)
        rpc_put_int(s, "port", port);
    else
        rpc_put_str(s, "port", STR("*"));
}

static err_t core_aliases_list(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    struct rpc_node *list;

    (void)args;
    rpc_put_str(s, "myself_callbacks", STR("no"));
    list = rpc_put_array(s, "aliases");
    if (control_host.each_alias)
        control_host.each_alias(put_alias, list);
    return ERR_OK;
}

const struct rpc_method methods_net[] = {
    { .name = "core.tcp_info",
      .run = core_tcp_info,
      .doc = "How many stream connections are open." },
    { .name = "core.tcp_list",
      .run = core_tcp_list,
      .array = true,
      .doc = "The open stream connections." },
    { .name = "core.tcp_options", .run = core_tcp_options, .doc = "The tunables of streams." },
    { .name = "core.udp4_raw_info",
      .run = core_udp4_raw_info,
      .doc = "Raw UDP sockets, which are not used here: always off." },
    { .name = "core.sockets_list", .run = core_sockets_list, .doc = "The listening sockets." },
    { .name = "core.aliases_list",
      .run = core_aliases_list,
      .doc = "The names that are this server, beside its sockets." },
    { 0 },
};
