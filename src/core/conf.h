/* SPDX-License-Identifier: BSD-2-Clause */
/* Core parameters, `name = value` at the top of a configuration: one struct, one field table. Those
 * without a meaning here are in the table too, with the reason (`inert`). */
#pragma once
#include "base/field.h"
#include "net/net.h"

struct core_conf {
    int64_t debug;
    bool log_stderror;
    struct str log_facility, log_name;
    const struct format *log_prefix; /* may be NULL */
    int64_t log_prefix_mode;
    int64_t workers;            /* from children, workers, tcp_children: see ADR */
    bool server_signature;
    struct str server_header, user_agent_header; /* whole lines without CRLF */
    int64_t max_while_loops, max_recursive_level, max_branches;
    bool mhomed;
    int64_t udp_mtu;
    struct str udp_mtu_try_proto;
    int64_t msg_recv_max_size;
    bool force_rport, add_local_rport, reply_to_via;
    int64_t check_via;
    bool dns, rev_dns;
    int64_t server_id;
    int64_t return_mode;
    bool auto_aliases;
    bool phone2tel;
    int64_t onsend_route_reply;
    int64_t sip_warning;
    struct str version_table;
    struct str user, group, workdir, chroot_dir, rundir;
    struct str advertised_address;
    int64_t advertised_port;
    int64_t port;               /* of listen lines without one */
    bool disable_tcp;
    struct net_conf net;        /* tunables of sockets and connections, DNS */
};
extern const struct field core_conf_fields[];
