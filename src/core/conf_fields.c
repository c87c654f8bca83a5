/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of core parameters. */
#include "core/conf.h"

#define NAMES(...)                                                                                 \
    .aliases = (const char *const[])                                                               \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define CONF(member, ...)           FIELD(core_conf, member, __VA_ARGS__)
#define CONF_AS(member, label, ...) FIELD_NAMED(core_conf, member, label, __VA_ARGS__)
/* Accepted, without effect; `why` says why nothing is lost. What was set can be read back. */
enum { INERT_FIRST = __COUNTER__ + 1 };
#define INERT(kind) inert.kind[__COUNTER__ - INERT_FIRST]
#define NO_INT(label, preset, why, ...)                                                            \
    CONF_AS(INERT(ints), label, "Accepted for compatibility.", .def = (preset), .inert = (why),    \
            ##__VA_ARGS__)
#define NO_STR(label, preset, why, ...)                                                            \
    CONF_AS(INERT(texts), label, "Accepted for compatibility.", .def = (preset), .optional = true, \
            .inert = (why), ##__VA_ARGS__)
#define NO_VALUE(label, why, ...)                                                                  \
    CONF_AS(INERT(values), label, "Accepted for compatibility.", .optional = true, .inert = (why), \
            ##__VA_ARGS__)

static const char WORKERS[] = "every worker serves all protocols and the process never forks";
static const char POOLS[] = "there are no memory pools to size or to report on";
static const char ASYNC[] = "no script ever blocks a worker, so no pool of processes is needed";
static const char START[] = "starting needs no delays between processes";
static const char TCP_IO[] = "connections grow their buffers as needed and share one event loop";
static const char TLS[] = "this server speaks UDP and TCP only, until there is a module tls";
static const char TIMERS[] = "timers run in the workers' event loops";
static const char BUFFERS[] = "texts have the room they need";
static const char PARSER[] =
    "what is wrong with a message is logged in one line, at the level of corelog";
static const char KEMI[] = "taken by the modules of embedded languages";
static const char LOCKS[] = "a call is worked on by one worker, so its routes need no locks";
static const char RAW[] = "packets leave through ordinary sockets";
static const char SCTP[] = "this server speaks UDP and TCP only";

const struct field core_conf_fields[] = {
    /* Logging. */
    CONF(debug, "Messages up to this level are logged, -5 to 3 and above.", .def = "0",
         .runtime = true),
    CONF(log_stderror, "Log to standard error instead of syslog.", .def = "no"),
    CONF(log_color, "Colour the lines written to standard error.", .def = "no"),
    CONF(log_facility, "The syslog facility, such as LOG_LOCAL0.", .def = "LOG_DAEMON",
         .runtime = true),
    CONF(log_name, "The name shown in syslog.", .optional = true),
    CONF(log_prefix, "Text with variables put before each line of a message's log.",
         .optional = true),
    CONF(log_prefix_mode, "1: evaluate log_prefix again for each line.", .def = "0", .max = 1),
    CONF(log_engine_type,
         "What takes the lines in place of syslog: \"udp\", with the module log_custom.",
         .optional = true),
    CONF(log_engine_data, "Where it sends them: the address and port, \"192.0.2.1:514\".",
         .optional = true),

    /* The process. */
    CONF_AS(workers, "children", "Workers; 0: one per CPU.", .def = "0", .max = 64,
            NAMES("workers")),
    NO_INT("tcp_children", "0", WORKERS),
    NO_INT("sctp_children", "0", WORKERS),
    NO_INT("socket_workers", "0", WORKERS),
    NO_INT("tcp_main_threads", "0", WORKERS),
    NO_INT("udp_receiver_mode", "0", WORKERS),
    NO_INT("fork", "1", WORKERS),
    NO_INT("fork_delay", "0", START),
    NO_INT("modinit_delay", "0", START),
    NO_INT("wait_worker1_mode", "0", START),
    NO_INT("wait_worker1_time", "4000000", START),
    NO_INT("wait_worker1_usleep", "100000", START),
    NO_INT("verbose_startup", "0", START),
    NO_INT("async_workers", "0", ASYNC),
    NO_INT("async_usleep", "0", ASYNC),
    NO_INT("async_nonblock", "0", ASYNC),
    NO_STR("async_workers_group", NULL, ASYNC),
    NO_STR("async_tkv_gname", NULL, ASYNC),
    CONF_AS(tkv_event, "async_tkv_evcb", "The event route that async_tkv_emit() runs.",
            .def = "core:tkv"),
    CONF(user, "The user to become.", .optional = true, NAMES("uid")),
    CONF(group, "The group to become.", .optional = true, NAMES("gid")),
    CONF_AS(chroot_dir, "chroot", "The directory to confine the process to.", .optional = true),
    CONF(workdir, "The directory to work in.", .optional = true, NAMES("wdir")),
    CONF(rundir, "The directory of sockets and of the process id.", .optional = true,
         NAMES("run_dir")),
    CONF(open_files_limit, "Raise the limit of open files to this; -1: leave it.", .def = "-1"),
    CONF(disable_core_dump, "Write no core files.", .def = "no"),
    CONF(exit_timeout, "Seconds a stop may take.", .def = "60", NAMES("ser_kill_timeout")),
    CONF(real_time, "4 in the sum: workers run with rt_policy and rt_prio.", .def = "0",
         .differs = "there are no processes of timers: 1 and 2 do nothing"),
    CONF(rt_prio, "Priority of the workers among real-time processes.", .def = "0", .max = 99),
    CONF(rt_policy, "0: as all processes, 1: SCHED_RR, 2: SCHED_FIFO.", .def = "0", .max = 2),
    NO_INT("rt_timer1_prio", "0", TIMERS, NAMES("rt_fast_timer_prio", "rt_ftimer_prio")),
    NO_INT("rt_timer1_policy", "0", TIMERS, NAMES("rt_ftimer_policy")),
    NO_INT("rt_timer2_prio", "0", TIMERS, NAMES("rt_stimer_prio")),
    NO_INT("rt_timer2_policy", "0", TIMERS, NAMES("rt_stimer_policy")),
    CONF(mlock_pages, "Keep the process in memory, never swapped out.", .def = "no"),

    CONF(overload_delay,
         "Milliseconds that messages may wait for their turn; when all of them wait longer, new "
         "requests are answered 503 until they do not. 0: never. A parameter of Tandem.",
         .def = "50", .max = 10000, .runtime = true),

    /* Memory. */
    CONF_AS(memory_cap_mb, "shm", "Cap of the process's memory in MB; 0: none.", .def = "0",
            NAMES("shm_mem", "shm_mem_size"),
            .differs = "a cap at which new requests get 503, not a pool"),
    NO_INT("shm_force_alloc", "0", POOLS),
    NO_INT("memlog", "4", POOLS, .runtime = true, NAMES("mem_log")),
    NO_INT("memdbg", "4", POOLS, .runtime = true, NAMES("mem_dbg")),
    NO_INT("mem_summary", "12", POOLS, .runtime = true),
    NO_INT("mem_safety", "1", POOLS, .runtime = true),
    NO_INT("mem_add_size", "0", POOLS),
    NO_INT("mem_join", "1", POOLS, .runtime = true),
    NO_INT("mem_status_mode", "0", POOLS, .runtime = true),
    NO_INT("sql_buffer_size", "65535", BUFFERS),
    NO_INT("msg_clone_extra_size", "0", BUFFERS),
    NO_INT("pv_buffer_size", "32768", BUFFERS),
    NO_INT("pv_buffer_slots", "40", BUFFERS),
    NO_INT("pv_cache_limit", "2048", BUFFERS, .runtime = true),
    NO_INT("pv_cache_action", "0", BUFFERS, .runtime = true),

    /* Names and addresses. */
    CONF(listen, "An address to listen on.", .optional = true),
    CONF(alias, "A name of this server.", .optional = true, NAMES("domain")),
    NO_VALUE("socket", "read with the listen lines"),
    CONF(port, "The port of listen lines without one.", .def = "5060", .max = 65535),
    CONF(auto_aliases, "Names of the listening addresses are this server's too.", .def = "yes"),
    CONF(auto_domains, "Domains of modules are this server's names too.", .def = "yes"),
    CONF(advertised_address, "The host that Via and Record-Route show.", .optional = true),
    CONF(advertised_port, "The port that Via and Record-Route show; 0: the real one.", .def = "0",
         .max = 65535),
    CONF(mhomed, "Choose the sending address by the route to the peer.", .def = "no"),
    CONF(phone2tel, "$rz and its like show the scheme of a SIP URI with user=phone as tel.",
         .def = "yes", .differs = "it is routed as the SIP URI that it is (RFC 3261, 19.1.6)"),
    CONF_AS(free_bind, "ip_free_bind", "Bind addresses that the machine does not have yet.",
            .def = "no", NAMES("ipfreebind", "ip_nonlocal_bind")),
    CONF(auto_bind_ipv6, "Without listen lines, serve IPv6 addresses too.", .def = "no"),
    CONF(bind_ipv6_link_local, "Count link-local addresses among those of an interface.",
         .def = "no"),
    CONF(
        ipv6_hex_style,
        "How IPv6 addresses are written: c: short (RFC 5952), a: all eight groups, A: in capitals.",
        .def = "c"),
    CONF(mcast, "The interface on which multicast groups of listen lines are joined.",
         .optional = true),
    CONF(mcast_loopback, "What is sent to a group comes to this machine too.", .def = "no"),
    CONF(mcast_ttl, "How many hops what is sent to a group may go; -1: the system's.", .def = "-1",
         .min = -1, .max = 255),
    CONF(tos, "Type of service of outgoing packets: a number or IPTOS_LOWDELAY and so on.",
         .def = "IPTOS_LOWDELAY"),
    CONF(pmtu_discovery, "Let packets not be fragmented on the way.", .def = "no"),
    CONF(server_id, "The number of this server among others.", .def = "0"),

    /* Messages. */
    CONF(msg_recv_max_size, "Bytes of the largest message.", .def = "65535", .min = 1024,
         .max = 16777216),
    CONF(maxbuffer, "Receive buffer of UDP sockets, at most this many bytes.", .def = "262144"),
    CONF(maxsndbuffer, "Send buffer of UDP sockets, at most this many bytes.", .def = "262144"),
    CONF(server_signature, "Show Server and User-Agent headers.", .def = "yes"),
    CONF(server_header, "The whole Server header line.", .def = "Server: Tandem"),
    CONF(user_agent_header, "The whole User-Agent header line.", .def = "User-Agent: Tandem"),
    CONF(check_via, "Take only replies whose first Via is ours.", .def = "0", .max = 1),
    CONF(reply_to_via, "Reply to the address in Via instead of the sender's.", .def = "no"),
    CONF(force_rport, "Reply to the sender's port whether it asks for it or not.", .def = "no",
         .runtime = true, NAMES("add_rport")),
    CONF_AS(add_local_rport, "local_rport", "Ask for replies to our port with rport.", .def = "no"),
    CONF(sip_warning, "Put a Warning header that tells of the request into replies made here.",
         .def = "0"),
    CONF(udp_mtu, "Requests longer than this leave by udp_mtu_try_proto; 0: no limit.", .def = "0",
         .max = 65535, .runtime = true),
    CONF(udp_mtu_try_proto,
         "By which protocol a request longer than udp_mtu leaves; 0, UDP: none "
         "but UDP.",
         .def = "0", .runtime = true,
         .choices = (const char *const[]){ "0", "UDP", "TCP", "TLS", "SCTP", NULL }),
    CONF(dns, "Resolve names for received parameters (accepted; addresses are numeric).",
         .def = "no", .inert = "received addresses are always written as numbers"),
    CONF(rev_dns, "Resolve addresses of Via.", .def = "no", NAMES("dns_rev_via"),
         .inert = "received addresses are always written as numbers"),
    CONF(xavp_via_params,
         "The XAVP whose fields become parameters of our Via after via_add_xavp_params(1).",
         .optional = true),
    CONF(xavp_via_fields,
         "The XAVP whose fields address and port our Via shows after "
         "via_use_xavp_fields(1).",
         .optional = true),
    CONF(xavp_via_reply_params,
         "The XAVP whose fields become parameters of the first Via in replies made here "
         "after via_reply_add_xavp_params(1).",
         .optional = true),
    NO_INT("msg_apply_changes_mode", "0", "changes are always applied whole"),
    NO_INT("msg_time", "1", "the time of arrival is always kept"),
    CONF(uri_host_extra_chars,
         "Characters that hosts of URIs and of Via may have beside letters, digits, '.', '-' and "
         "'_'.",
         .optional = true),
    CONF(hdr_name_extra_chars,
         "Characters that names of headers may have beside those of tokens (RFC 3261, 25.1).",
         .optional = true),
    NO_VALUE("http_reply_hack", "replies of HTTP are read where they are expected",
             NAMES("http_reply_parse")),
    NO_INT("sip_parser_log_oneline", "0", PARSER, .runtime = true),
    NO_INT("sip_parser_log", "-1", PARSER, .runtime = true),
    NO_INT("sip_parser_mode", "0",
           "a message with two of a header that may stand once is always refused"),
    CONF(corelog, "The level of the line that tells what is wrong with a malformed message.",
         .def = "-1", .min = -10, .max = 10, .runtime = true, NAMES("core_log")),

    /* Scripts. */
    CONF(max_while_loops, "Rounds of a while loop.", .def = "100", .runtime = true),
    CONF(max_recursive_level, "Depth of route blocks in each other.", .def = "256"),
    CONF(max_branches, "Branches of a request.", .def = "12", .min = 1, .max = 30),
    CONF(return_mode, "1: `return 0` ends its route only, as false; 0: it ends the script.",
         .def = "0", .max = 1),
    CONF(onsend_route_reply, "Run onsend_route for replies too.", .def = "0"),
    CONF(received_route_mode, "Run event_route[core:msg-received] for each message.", .def = "0"),
    CONF(version_table, "The SQL table of table versions.", .def = "version"),
    NO_STR("stats_name_separator", "_", "statistics are named by group and name"),
    NO_INT("route_locks_size", "0", LOCKS),
    NO_INT("rpc_exec_delta", "0", LOCKS),
    NO_INT("rpc_exec_locks", "0", LOCKS),
    NO_INT("rpc_exec_locks_mode", "0", LOCKS),
    CONF(latency_log, "The level of lines about what took too long.", .def = "-1", .runtime = true),
    CONF(latency_cfg_log,
         "The level at which the time of each request_route and reply_route is told.", .def = "3",
         .runtime = true),
    NO_INT("latency_limit_db", "0", "queries are functions: latency_limit_action tells of them",
           .runtime = true),
    CONF(latency_limit_action,
         "Microseconds after which a function of the script is told to have taken too long; 0: "
         "never.",
         .def = "0", .runtime = true),
    CONF(latency_limit_cfg, "The same for a whole request_route or reply_route.", .def = "0",
         .runtime = true),
    NO_STR("kemi.request_route_callback", "ksr_request_route", KEMI),
    NO_STR("kemi.onsend_route_callback", "ksr_onsend_route", KEMI),
    NO_STR("kemi.reply_route_callback", "ksr_reply_route", KEMI),
    NO_STR("kemi.event_route_callback", NULL, KEMI),
    NO_STR("kemi.received_route_callback", NULL, KEMI),
    NO_STR("kemi.pre_routing_callback", NULL, KEMI),
    CONF(iuid, "coreparam[iuid]: what $iuid shows, a name of this instance.", .optional = true),
    NO_VALUE("random_engine", "random numbers come from the system"),
    NO_VALUE("timer_sanity_check", "timers of a worker need no check"),

    /* Names of hosts. */
    CONF(dns_servers,
         "Name servers to ask instead of those in /etc/resolv.conf: addresses, with a port where "
         "it is not 53, separated by spaces: \"127.0.0.1:5353 [::1]:53\".",
         .optional = true, .differs = "a parameter of this server only"),
    CONF(dns_try_ipv6, "Ask for IPv6 addresses too.", .def = "yes", .runtime = true),
    CONF(dns_try_naptr, "Ask for NAPTR records where a URI names neither protocol nor port.",
         .def = "no", .runtime = true),
    CONF(dns_naptr_ignore_rfc,
         "Choose among NAPTR records by our preferences of protocols first, by their order then; "
         "no: by their order alone, as RFC 3403 has it.",
         .def = "yes", .runtime = true),
    CONF(dns_udp_pref,
         "Preference of UDP; protocols with a higher one come first, negative: not "
         "at all. Equal ones leave the choice to the domain.",
         .def = "30", .runtime = true, NAMES("dns_udp_preference"),
         .differs = "negative: a URI with a port and without a protocol still goes by UDP; the "
                    "packaged server refuses it"),
    CONF(dns_tcp_pref, "Preference of TCP.", .def = "20", .runtime = true,
         NAMES("dns_tcp_preference")),
    CONF(dns_tls_pref, "Preference of TLS.", .def = "10", .runtime = true,
         NAMES("dns_tls_preference")),
    CONF(dns_sctp_pref, "Preference of SCTP.", .def = "20", .runtime = true,
         NAMES("dns_sctp_preference")),
    CONF(dns_srv_lb,
         "Choose among SRV records of one priority at random by weight (RFC 2782); no: "
         "the heaviest first.",
         .def = "no", .runtime = true, NAMES("dns_srv_loadbalancing")),
    CONF(use_dns_failover,
         "When the first address of a name does not answer, refuses or answers 503, try the "
         "others, by every protocol that the records offer; no: only the first is used.",
         .def = "no", .runtime = true, NAMES("dns_use_failover")),
    CONF(dns_use_search_list, "Use the search list of resolv.conf.", .def = "yes", .runtime = true),
    NO_INT("dns_search_full_match", "1",
           "an answer is always compared with the whole name asked for", .runtime = true),
    CONF(dns_retr_time, "Seconds of one try to one server; -1: the resolver's default, 5.",
         .def = "-1", .runtime = true),
    CONF(dns_retr_no, "Tries; -1: the resolver's default, 4.", .def = "-1", .runtime = true),
    CONF(dns_servers_no, "How many of the configured name servers are asked; -1: all.", .def = "-1",
         .runtime = true),
    CONF(dns_slow_query_ms,
         "A question that takes longer is logged and counted (dns:slow_dns_request); 0: none is.",
         .def = "0", .runtime = true),
    CONF(dns_reinit,
         "Changing it while the server runs reads /etc/resolv.conf again. That also "
         "happens by itself within seconds of a change of that file.",
         .def = "0", .runtime = true),

    CONF(dns_cache_init, "no: there is no cache of names, and none can be switched on.",
         .def = "yes"),
    CONF(use_dns_cache, "Keep answers as long as they are valid.", .def = "yes", .runtime = true,
         NAMES("dns_use_cache")),
    CONF(dns_cache_flags,
         "1: IPv4 addresses only; 2: IPv6 addresses only; 4: IPv4 only where a "
         "name has no IPv6 address.",
         .def = "0", .max = 7, .runtime = true),
    CONF(dns_cache_negative_ttl, "Seconds for which a missing name is remembered at most.",
         .def = "60", .runtime = true),
    CONF(dns_cache_max_ttl, "Seconds for which an answer is kept at most; 0: its own.", .def = "0",
         .runtime = true),
    CONF(dns_cache_min_ttl, "Seconds for which an answer is kept at least.", .def = "0",
         .runtime = true),
    CONF(dns_cache_mem, "Kilobytes that the cache may take.", .def = "500", .runtime = true),
    CONF(dns_cache_gc_interval,
         "Seconds between two clean-ups, in which answers go that were valid an hour ago. Until "
         "then they still help when no name server answers (RFC 8767).",
         .def = "120"),
    CONF(dns_cache_del_nonexp,
         "When the cache is full: throw away valid answers that were not used for longest; no: "
         "keep no new ones.",
         .def = "no", .runtime = true, NAMES("dns_cache_delete_nonexpired")),
    CONF(dns_cache_rec_pref,
         "Which answer is kept when there is a valid one already: 0, 2: the new one; 1: the old "
         "one; 3: the one that is valid longer.",
         .def = "0", .max = 3, .runtime = true),

    /* Destinations that failed. */
    CONF(dst_blocklist_init,
         "no: there is no list of failed destinations, and none can be "
         "switched on.",
         .def = "yes", NAMES("dst_blacklist_init")),
    CONF(use_dst_blocklist,
         "Avoid destinations that failed lately: that could not be sent to, did not answer an "
         "INVITE, or (tm: blst_503) answered 503.",
         .def = "no", .runtime = true, NAMES("use_dst_blacklist")),
    CONF(dst_blocklist_expire, "Seconds for which a failed destination is avoided.", .def = "60",
         .runtime = true, NAMES("dst_blocklist_ttl", "dst_blacklist_expire", "dst_blacklist_ttl")),
    CONF(dst_blocklist_mem, "Kilobytes that the list may take; destinations beyond are not listed.",
         .def = "250", .runtime = true, NAMES("dst_blacklist_mem")),
    CONF(dst_blocklist_gc_interval, "Seconds between two clean-ups of the list.", .def = "60",
         NAMES("dst_blacklist_gc_interval")),
    CONF(dst_blocklist_udp_imask,
         "Failures of UDP destinations that do not count, a sum of 2 (sending), 4 (connecting), 16 "
         "(time-out), 32 (a 503), 64 (by hand).",
         .def = "0", .max = 255, .runtime = true, NAMES("dst_blacklist_udp_imask")),
    CONF(dst_blocklist_tcp_imask, "The same for TCP.", .def = "0", .max = 255, .runtime = true,
         NAMES("dst_blacklist_tcp_imask")),
    CONF(dst_blocklist_tls_imask, "The same for TLS.", .def = "0", .max = 255, .runtime = true,
         NAMES("dst_blacklist_tls_imask")),
    CONF(dst_blocklist_sctp_imask, "The same for SCTP.", .def = "0", .max = 255, .runtime = true,
         NAMES("dst_blacklist_sctp_imask")),

    /* Streams. */
    CONF(disable_tcp, "Serve no streams.", .def = "no"),
    CONF(tcp_accept_aliases, "Obey ;alias in Via.", .def = "no", .runtime = true),
    CONF(tcp_accept_no_cl, "Take HTTP requests on SIP ports.", .def = "no"),
    CONF(tcp_accept_haproxy,
         "Each accepted connection begins with a header of the PROXY protocol, version 1 or 2, in "
         "which a load balancer names its client; the client's address is then the source of what "
         "comes. One that begins otherwise is closed. Only balancers should reach such a port.",
         .def = "no"),
    CONF(udp_accept_proxy,
         "Datagrams may begin with a header in which a load balancer names its client: 1: of the "
         "PROXY protocol, version 1 or 2; 2: of the Simple Proxy Protocol (38 bytes); 3: either. "
         "The client's address is then their source, also of later ones without a header, and "
         "what is sent to it goes to the balancer; see udp.proxy.dump. Broken headers have the "
         "datagram dropped.",
         .def = "0", .max = 3),
    CONF(tcp_connect_timeout, "Seconds for connecting.", .def = "10", .runtime = true),
    CONF(tcp_send_timeout, "Seconds a peer may refuse to read.", .def = "10", .runtime = true),
    CONF(tcp_connection_lifetime, "Seconds a connection may be idle; negative: for ever.",
         .def = "120", .runtime = true),
    CONF(tcp_msg_read_timeout, "Seconds for a begun message to be complete.", .def = "20",
         NAMES("tcp_msg_data_timeout")),
    CONF(tcp_max_connections, "Connections of the process.", .def = "2048", .runtime = true),
    CONF(tcp_accept_iplimit, "Connections accepted from one address.", .def = "1024"),
    CONF(tcp_no_connect, "Open no connections.", .def = "no", .runtime = true),
    CONF(tcp_source_ipv4, "The address new connections come from.", .optional = true),
    CONF(tcp_source_ipv6, "The IPv6 address new connections come from.", .optional = true),
    CONF(tcp_conn_wq_max, "Bytes waiting on one connection.", .def = "32768", .runtime = true),
    CONF(tcp_wq_max, "Bytes waiting on all connections.", .def = "10485760", .runtime = true),
    CONF(tcp_defer_accept, "Seconds to wait for data before accepting.", .def = "0"),
    CONF(tcp_delayed_ack, "Let the system delay acknowledgements.", .def = "yes"),
    CONF(tcp_syncnt, "Tries to connect; 0: the system's.", .def = "0"),
    CONF(tcp_linger2, "Seconds of the system's FIN wait; 0: the system's.", .def = "0"),
    CONF(tcp_keepalive, "Let the system probe idle connections.", .def = "yes"),
    CONF(tcp_keepidle, "Seconds before the first probe; 0: the system's.", .def = "0"),
    CONF(tcp_keepintvl, "Seconds between probes; 0: the system's.", .def = "0"),
    CONF(tcp_keepcnt, "Probes; 0: the system's.", .def = "0"),
    CONF(tcp_crlf_ping, "Answer keep-alives.", .def = "yes"),
    CONF(tcp_listen_backlog, "Connections waiting to be accepted.", .def = "1024"),
    CONF(tcp_close_rst, "Close with a reset.", .def = "no"),
    NO_INT("tcp_check_timer", "-1", TIMERS),
    NO_INT("tcp_accept_unique", "0", TCP_IO),
    NO_INT("tcp_connection_match", "0", TCP_IO),
    NO_STR("tcp_poll_method", NULL, "the event loop uses epoll"),
    NO_INT("tcp_fd_cache", "1", TCP_IO),
    NO_INT("tcp_buf_write", "1", TCP_IO, NAMES("tcp_async")),
    NO_INT("tcp_rd_buf_size", "16384", TCP_IO),
    NO_INT("tcp_wq_blk_size", "2100", TCP_IO),
    NO_INT("tcp_clone_rcvbuf", "0", TCP_IO),
    NO_INT("tcp_reuse_port", "0", TCP_IO),
    NO_INT("tcp_wait_data", "5000", TCP_IO, .runtime = true),
    NO_INT("tcp_script_mode", "0", "a message always runs the whole script"),
    NO_INT("tcp_accept_hep3", "0", "HEP is taken by the module sipcapture"),
    NO_VALUE("tcp_accept_protocols", "protocols are told apart by their first bytes",
             NAMES("tcp_accept_protos")),
    NO_INT("tls_max_connections", "2048", TLS),
    NO_INT("tls_connection_match_domain", "0", TLS),
    NO_INT("disable_tls", "0", TLS, NAMES("tls_disable")),
    NO_INT("enable_tls", "0", TLS, NAMES("tls_enable")),
    NO_INT("tls_threads_mode", "2", TLS),
    NO_INT("tlslog", "0", TLS, NAMES("tls_log", "tls_port_no", "TLSLOG")),
    NO_STR("tls_method", NULL, TLS),
    NO_INT("tls_verify", "0", TLS),
    NO_INT("tls_require_certificate", "0", TLS),
    NO_STR("tls_certificate", NULL, TLS),
    NO_STR("tls_private_key", NULL, TLS),
    NO_STR("tls_ca_list", NULL, TLS),
    NO_INT("tls_handshake_timeout", "0", TLS),
    NO_INT("tls_send_timeout", "0", TLS),
    NO_INT("disable_sctp", "2", SCTP),
    NO_INT("enable_sctp", "0", SCTP),
    NO_INT("udp4_raw", "0", RAW, .runtime = true),
    NO_INT("udp4_raw_mtu", "1500", RAW, .runtime = true),
    NO_INT("udp4_raw_ttl", "-1", RAW, .runtime = true),
    { 0 },
};
_Static_assert(__COUNTER__ - INERT_FIRST <= INERT_MAX, "INERT_MAX is too small");
