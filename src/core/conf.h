/* SPDX-License-Identifier: BSD-2-Clause */
/* Core parameters, `name = value` at the top of a configuration: one struct, one field table. Those
 * without a meaning here are in the table too, with the reason (`inert`). */
#pragma once
#include "base/field.h"
#include "net/blocklist.h"
#include "net/dns.h"
#include "net/net.h"

enum { INERT_MAX = 160 };

struct core_conf {
    int64_t debug;
    bool log_stderror, log_color;
    struct str log_facility, log_name;
    struct str log_engine_type, log_engine_data; /* see modules/log_custom */
    const struct format *log_prefix;             /* may be NULL */
    int64_t log_prefix_mode;
    int64_t workers; /* `children` or `workers`; 0: one per CPU */
    bool server_signature;
    struct str server_header, user_agent_header; /* whole lines without CRLF */
    int64_t max_while_loops, max_recursive_level, max_branches;
    bool mhomed;
    int64_t udp_mtu;
    int udp_mtu_try_proto; /* enum proto */
    int64_t msg_recv_max_size;
    bool force_rport, add_local_rport, reply_to_via;
    int64_t check_via;
    bool dns, rev_dns;
    struct str uri_host_extra_chars, hdr_name_extra_chars;
    int64_t corelog; /* level of what tells of malformed messages */
    bool phone2tel;
    int64_t server_id;
    struct str iuid; /* coreparam[iuid]: names this instance, for $iuid */
    int64_t return_mode;
    bool auto_aliases, auto_domains;
    int64_t latency_log, latency_cfg_log;            /* levels */
    int64_t latency_limit_action, latency_limit_cfg; /* microseconds; 0: none */
    int64_t onsend_route_reply;
    int64_t received_route_mode;
    int64_t sip_warning;
    struct str version_table;
    struct str tkv_event; /* async_tkv_evcb */
    struct str user, group, workdir, chroot_dir, rundir;
    struct str advertised_address;
    int64_t advertised_port;
    int64_t port; /* of listen lines without one */
    bool disable_tcp, disable_core_dump, mlock_pages;
    int64_t real_time, rt_prio, rt_policy;
    int64_t open_files_limit;   /* -1: leave */
    int64_t exit_timeout;       /* seconds a stop may take */
    int64_t overload_delay;     /* ms that messages may wait for a worker; 0: for ever */
    int64_t memory_cap_mb;      /* shm, shm_mem: taken as the cap of memory; 0: none */
    struct str xavp_via_params; /* name of the XAVP whose fields go on our Via */
    struct str xavp_via_fields, xavp_via_reply_params; /* likewise, see the table */
    bool auto_bind_ipv6, bind_ipv6_link_local;
    struct str_list listen; /* each as written behind `listen=` */
    struct str_list alias;  /* each as written behind `alias=`, "tcp:example.org:5060" */

    /* How the table below stores what conf_derive turns into `net`, `dns_conf` and so on. */
    int64_t maxbuffer, maxsndbuffer;
    struct str tos;
    struct str mcast, ipv6_hex_style;
    int64_t mcast_ttl;
    bool mcast_loopback;
    bool pmtu_discovery, free_bind;
    bool tcp_accept_aliases, tcp_no_connect, tcp_accept_no_cl, tcp_crlf_ping, tcp_keepalive;
    bool tcp_close_rst, tcp_delayed_ack, tcp_accept_haproxy;
    int64_t udp_accept_proxy;
    int64_t tcp_keepidle, tcp_keepintvl, tcp_keepcnt, tcp_syncnt, tcp_linger2, tcp_defer_accept;
    int64_t tcp_listen_backlog, tcp_connect_timeout, tcp_send_timeout, tcp_connection_lifetime;
    int64_t tcp_msg_read_timeout, tcp_max_connections, tcp_accept_iplimit;
    int64_t tcp_conn_wq_max, tcp_wq_max;
    struct str tcp_source_ipv4, tcp_source_ipv6;
    struct str dns_servers;
    bool dns_try_ipv6, dns_try_naptr, use_dns_cache, use_dns_failover, dns_srv_lb;
    bool dns_use_search_list, dns_naptr_ignore_rfc, dns_cache_init, dns_cache_del_nonexp;
    int64_t dns_udp_pref, dns_tcp_pref, dns_tls_pref, dns_sctp_pref;
    int64_t dns_retr_time, dns_retr_no, dns_servers_no, dns_slow_query_ms, dns_reinit;
    int64_t dns_cache_negative_ttl, dns_cache_max_ttl, dns_cache_min_ttl;
    bool use_dst_blocklist, dst_blocklist_init;
    int64_t dst_blocklist_mem, dst_blocklist_expire, dst_blocklist_gc_interval;
    int64_t dst_blocklist_udp_imask, dst_blocklist_tcp_imask, dst_blocklist_tls_imask;
    int64_t dst_blocklist_sctp_imask;
    int64_t dns_cache_flags, dns_cache_mem, dns_cache_gc_interval, dns_cache_rec_pref;

    struct net_conf net; /* tunables of sockets and connections */
    struct dns_conf dns_conf;
    struct blocklist_conf blocklist;
    enum addr_style ipv6_style;

    struct { /* what parameters without effect were set to */
        int64_t ints[INERT_MAX];
        struct str texts[INERT_MAX];
        struct value values[INERT_MAX];
    } inert;
};
extern const struct field core_conf_fields[];

/* Fills `net`, `dns_conf` and `blocklist` from the rest, once all parameters are
 * set; `why` says what is wrong with which parameter. */
err_t conf_derive(struct core_conf *conf, struct buf *why) MUST_USE;
