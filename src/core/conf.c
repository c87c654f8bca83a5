/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/conf.h"
#include "sip/scan.h"
#include <netinet/ip.h>

static err_t tos_parse(struct str text, int *out)
{
    static const struct {
        const char *name;
        int tos;
    } names[] = {
        { "IPTOS_LOWDELAY", IPTOS_LOWDELAY },
        { "IPTOS_THROUGHPUT", IPTOS_THROUGHPUT },
        { "IPTOS_RELIABILITY", IPTOS_RELIABILITY },
        { "IPTOS_MINCOST", IPTOS_MINCOST },
    };
    int64_t n;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(text, str_of(names[i].name))) {
            *out = names[i].tos;
            return ERR_OK;
        }
    if (str_starts(text, STR("0x")) || str_starts(text, STR("0X"))) {
        n = 0;
        for (size_t i = 2; i < text.n && n < 256; i++) {
            char c = (char)(text.p[i] | 0x20);

            if (c >= '0' && c <= '9')
                n = n * 16 + (c - '0');
            else if (c >= 'a' && c <= 'f')
                n = n * 16 + (c - 'a' + 10);
            else
                return ERR_SYNTAX;
        }
    } else if (str_to_i64(text, &n)) {
        return ERR_SYNTAX;
    }
    if (n < -1 || n > 255)
        return ERR_RANGE;
    *out = (int)n;
    return ERR_OK;
}

static size_t positive(int64_t n)
{
    return n > 0 ? (size_t)n : 0;
}

static int small(int64_t n)
{
    return n < 0 ? 0 : n > 1000000 ? 1000000 : (int)n;
}

static void derive_streams(const struct core_conf *conf, struct net_conf *net)
{
    net->tcp_disabled = conf->disable_tcp;
    net->tcp_accept_aliases = conf->tcp_accept_aliases;
    net->tcp_no_connect = conf->tcp_no_connect;
    net->tcp_http = conf->tcp_accept_no_cl;
    net->tcp_crlf_ping = conf->tcp_crlf_ping;
    net->tcp_proxy = conf->tcp_accept_haproxy;
    net->udp_proxy = (unsigned)conf->udp_accept_proxy;
    net->tcp_keepalive = conf->tcp_keepalive;
    net->tcp_close_reset = conf->tcp_close_rst;
    net->tcp_delayed_ack = conf->tcp_delayed_ack;
    net->tcp_keep_idle = small(conf->tcp_keepidle);
    net->tcp_keep_interval = small(conf->tcp_keepintvl);
    net->tcp_keep_count = small(conf->tcp_keepcnt);
    net->tcp_syn_count = small(conf->tcp_syncnt);
    net->tcp_linger2 = small(conf->tcp_linger2);
    net->tcp_defer_accept = small(conf->tcp_defer_accept);
    net->tcp_backlog = small(conf->tcp_listen_backlog);
    net->tcp_connect_timeout = small(conf->tcp_connect_timeout) * INT64_C(1000);
    net->tcp_send_timeout = small(conf->tcp_send_timeout) * INT64_C(1000);
    net->tcp_lifetime = conf->tcp_connection_lifetime < 0
                            ? -1
                            : small(conf->tcp_connection_lifetime) * INT64_C(1000);
    net->tcp_message_timeout = small(conf->tcp_msg_read_timeout) * INT64_C(1000);
    net->tcp_connections = positive(conf->tcp_max_connections);
    net->tcp_per_ip = positive(conf->tcp_accept_iplimit);
    net->tcp_queue_connection = positive(conf->tcp_conn_wq_max);
    net->tcp_queue_all = positive(conf->tcp_wq_max);
}

static int64_t seconds(int64_t n)
{
    return small(n) * INT64_C(1000);
}

static int within_int(int64_t n)
{
    return n < INT32_MIN ? INT32_MIN : n > INT32_MAX ? INT32_MAX : (int)n;
}

static void derive_cache(const struct core_conf *conf, struct dns_conf *dns)
{
    dns->use_cache = conf->use_dns_cache && conf->dns_cache_init;
    dns->delete_unexpired = conf->dns_cache_del_nonexp;
    dns->flags = (unsigned)conf->dns_cache_flags;
    dns->record_preference = (int)conf->dns_cache_rec_pref;
    dns->cache_bytes = positive(conf->dns_cache_mem) * 1024;
    dns->clean_ms = seconds(conf->dns_cache_gc_interval);
    dns->negative_ttl_ms = seconds(conf->dns_cache_negative_ttl);
    if (conf->dns_cache_max_ttl > 0)
        dns->max_ttl_ms = seconds(conf->dns_cache_max_ttl);
    dns->min_ttl_ms = seconds(conf->dns_cache_min_ttl);
}

static void derive_dns(struct core_conf *conf)
{
    struct dns_conf *dns = &conf->dns_conf;

    *dns = dns_default_conf;
    dns->try_ipv6 = conf->dns_try_ipv6;
    dns->try_naptr = conf->dns_try_naptr;
    dns->preferences_first = conf->dns_naptr_ignore_rfc;
    dns->fail_over = conf->use_dns_failover;
    dns->srv_balance = conf->dns_srv_lb;
    dns->use_search = conf->dns_use_search_list;
    dns->udp_preference = within_int(conf->dns_udp_pref);
    dns->tcp_preference = within_int(conf->dns_tcp_pref);
    dns->tls_preference = within_int(conf->dns_tls_pref);
    dns->sctp_preference = within_int(conf->dns_sctp_pref);
    dns->retry_ms = seconds(conf->dns_retr_time);
    dns->tries = small(conf->dns_retr_no);
    dns->servers_max = small(conf->dns_servers_no);
    dns->slow_ms = conf->dns_slow_query_ms > 0 ? conf->dns_slow_query_ms : 0;
    dns->renewal = conf->dns_reinit;
    dns->servers = conf->dns_servers;
    derive_cache(conf, dns);
}

static void derive_blocklist(struct core_conf *conf)
{
    struct blocklist_conf *b = &conf->blocklist;

    *b = blocklist_default_conf;
    b->use = conf->use_dst_blocklist && conf->dst_blocklist_init;
    b->bytes = positive(conf->dst_blocklist_mem) * 1024;
    b->expire_ms = seconds(conf->dst_blocklist_expire);
    b->clean_ms = seconds(conf->dst_blocklist_gc_interval);
    b->ignored[PROTO_UDP] = (uint8_t)conf->dst_blocklist_udp_imask;
    b->ignored[PROTO_TCP] = b->ignored[PROTO_WS] = (uint8_t)conf->dst_blocklist_tcp_imask;
    b->ignored[PROTO_TLS] = b->ignored[PROTO_WSS] = (uint8_t)conf->dst_blocklist_tls_imask;
    b->ignored[PROTO_SCTP] = (uint8_t)conf->dst_blocklist_sctp_imask;
}

static err_t check_dns(const struct core_conf *conf, struct buf *why)
{
    struct str unused;
    struct arena a;
    err_t e;

    arena_init(&a, MEM_CONFIG, 256);
    e = dns_read_servers(conf->dns_servers, &a, &unused);
    arena_free(&a);
    if (e)
        buf_fmt(
            why,
            "dns_servers: expected addresses such as \"127.0.0.1:5353 [::1]:53\", got \"" STR_FMT
            "\"",
            STR_ARG(conf->dns_servers));
    return e;
}

static err_t source_address(struct str text, sa_family_t family, struct addr *out, const char *name,
                            struct buf *why)
{
    if (text.n == 0)
        return ERR_OK;
    if (addr_parse(text, 0, out) || out->sa.sa_family != family) {
        buf_fmt(why, "%s: expected an address, got \"" STR_FMT "\"", name, STR_ARG(text));
        return ERR_SYNTAX;
    }
    return ERR_OK;
}

static err_t derive_addresses(struct core_conf *conf, struct buf *why)
{
    static const struct str styles[] = { STR_INIT("c"), STR_INIT("a"), STR_INIT("A") };
    struct net_conf *net = &conf->net;
    size_t i = 0;

    while (i < 3 && !str_eq(conf->ipv6_hex_style, styles[i]))
        i++;
    if (i == 3) {
        buf_fmt(why, "ipv6_hex_style: expected \"c\", \"a\" or \"A\", got \"" STR_FMT "\"",
                STR_ARG(conf->ipv6_hex_style));
        return ERR_SYNTAX;
    }
    conf->ipv6_style = (enum addr_style)i;
    if (conf->mcast.n >= sizeof net->multicast) {
        buf_fmt(why, "mcast: \"" STR_FMT "\" is too long for the name of an interface",
                STR_ARG(conf->mcast));
        return ERR_LIMIT;
    }
    if (conf->mcast.n)
        memcpy(net->multicast, conf->mcast.p, conf->mcast.n);
    net->multicast_ttl = (int)conf->mcast_ttl;
    net->multicast_loop = conf->mcast_loopback;
    return ERR_OK;
}

static err_t check_chars(enum char_extra where, const char *name, struct str chars, struct buf *why)
{
    if (char_may_allow(where, chars))
        return ERR_OK;
    buf_fmt(why, "%s: \"" STR_FMT "\" has a character that ends %s", name, STR_ARG(chars),
            where == EXTRA_HOST ? "hosts, or is not printable" : "names, or is not printable");
    return ERR_SYNTAX;
}

err_t conf_derive(struct core_conf *conf, struct buf *why)
{
    struct net_conf *net = &conf->net;
    err_t e;

    *net = net_default_conf;
    net->message_max = positive(conf->msg_recv_max_size);
    net->receive_buffer = positive(conf->maxbuffer);
    net->send_buffer = positive(conf->maxsndbuffer);
    net->pmtu_discovery = conf->pmtu_discovery;
    net->free_bind = conf->free_bind;
    net->multihomed = conf->mhomed;
    derive_streams(conf, net);
    derive_dns(conf);
    derive_blocklist(conf);
    e = tos_parse(conf->tos, &net->tos);
    if (e) {
        buf_fmt(why, "tos: expected 0 to 255 or a name such as IPTOS_LOWDELAY, got \"" STR_FMT "\"",
                STR_ARG(conf->tos));
        return e;
    }
    e = check_dns(conf, why);
    if (!e)
        e = derive_addresses(conf, why);
    if (!e)
        e = check_chars(EXTRA_HOST, "uri_host_extra_chars", conf->uri_host_extra_chars, why);
    if (!e)
        e = check_chars(EXTRA_HEADER_NAME, "hdr_name_extra_chars", conf->hdr_name_extra_chars, why);
    if (e)
        return e;
    e = source_address(conf->tcp_source_ipv4, AF_INET, &net->tcp_source_v4, "tcp_source_ipv4", why);
    if (e)
        return e;
    return source_address(conf->tcp_source_ipv6, AF_INET6, &net->tcp_source_v6, "tcp_source_ipv6",
                          why);
}
