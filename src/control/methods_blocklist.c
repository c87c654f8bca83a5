/* SPDX-License-Identifier: BSD-2-Clause */
/* dst_blocklist.*: the list of destinations that failed lately. */
#include "base/clock.h"
#include "control/methods.h"
#include "net/blocklist.h"

enum { FLAG_IPV6 = 1 };

struct shown {
    struct str proto, ip;
    char space[64];
    int64_t port, left_s, flags;
};

static void fill(struct shown *s, const struct blocked *b)
{
    struct buf text;

    buf_fixed(&text, s->space, sizeof s->space);
    addr_print_ip(&text, &b->addr, false);
    s->ip = buf_str(&text);
    s->proto = b->proto == PROTO_NONE ? STR("*") : proto_name(b->proto);
    s->port = addr_port(&b->addr);
    s->left_s = (b->expires_ms - clock_ms() + 999) / 1000;
    s->flags = b->reasons | (b->addr.sa.sa_family == AF_INET6 ? FLAG_IPV6 : 0U);
}

static void show(const struct blocked *b, void *arg)
{
    struct rpc_node *n = rpc_struct(arg);
    struct shown s;

    fill(&s, b);
    rpc_put_str(n, "protocol", s.proto);
    rpc_put_str(n, "ip", s.ip);
    rpc_put_int(n, "port", s.port);
    rpc_put_int(n, "expires in (s)", s.left_s);
    rpc_put_int(n, "flags", s.flags);
}

static err_t view_run(struct rpc *r, const void *args)
{
    (void)args;
    blocklist_each(show, rpc_root(r));
    return ERR_OK;
}

static void show_flat(const struct blocked *b, void *arg)
{
    struct shown s;

    fill(&s, b);
    rpc_str(arg, s.proto);
    rpc_str(arg, s.ip);
    rpc_int(arg, s.port);
    rpc_int(arg, s.left_s);
    rpc_int(arg, s.flags);
}

static err_t debug_run(struct rpc *r, const void *args)
{
    (void)args;
    blocklist_each(show_flat, rpc_root(r));
    return ERR_OK;
}

static err_t mem_info_run(struct rpc *r, const void *args)
{
    (void)args;
    rpc_int(rpc_root(r), (int64_t)blocklist_bytes());
    rpc_int(rpc_root(r), (int64_t)blocklist_limit());
    return ERR_OK;
}

static err_t delete_all_run(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    blocklist_clear();
    return ERR_OK;
}

struct block_args {
    struct str ip;
    int64_t port, proto, flags;
};
static const struct field block_args_fields[] = {
    FIELD(block_args, ip, "The address."),
    FIELD(block_args, port, "The port; 0: all.", .max = 65535),
    FIELD(block_args, proto, "0: all; 1: UDP; 2: TCP; 3: TLS; 4: SCTP.", .max = PROTO_SCTP),
    FIELD(block_args, flags,
          "The reason: 2 sending failed, 4 connecting failed, 16 time-out, 32 a 503, 64 by hand.",
          .max = 255),
    { 0 },
};

static err_t add_run(struct rpc *r, const void *args)
{
    const struct block_args *a = args;
    unsigned reason = (unsigned)a->flags & ~(unsigned)FLAG_IPV6;
    struct addr addr;

    if (addr_parse(a->ip, (uint16_t)a->port, &addr))
        return rpc_fail(r, 400, "\"" STR_FMT "\" is no IP address", STR_ARG(a->ip));
    if (!blocklist_is_used())
        return rpc_fail(r, 500, "the list is not in use (use_dst_blocklist)");
    if (!blocklist_add((enum proto)a->proto, &addr, reason ? reason : BLOCKED_BY_HAND, 0, 0))
        return rpc_fail(r, 500,
                        "not listed: the reason is ignored for this protocol "
                        "(dst_blocklist_udp_imask and others), or dst_blocklist_mem is "
                        "used up");
    return ERR_OK;
}

static err_t stats_run(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    for (unsigned i = 0; i < stat_count(); i++)
        if (strcmp(stat_at(i)->group, "dst_blocklist") == 0)
            rpc_put_int(s, stat_at(i)->name, stat_read(i));
    return ERR_OK;
}

const struct rpc_method methods_blocklist[] = {
    { .name = "dst_blocklist.view",
      .run = view_run,
      .array = true,
      .doc = "Shows the destinations that failed lately." },
    { .name = "dst_blocklist.debug",
      .run = debug_run,
      .array = true,
      .doc = "Shows them as five values each: protocol, address, port, seconds left, reasons." },
    { .name = "dst_blocklist.mem_info",
      .run = mem_info_run,
      .array = true,
      .doc = "Bytes that the list takes and may take (dst_blocklist_mem)." },
    { .name = "dst_blocklist.add",
      .run = add_run,
      .args = block_args_fields,
      .args_size = sizeof(struct block_args),
      .doc = "Lists a destination for dst_blocklist_expire seconds." },
    { .name = "dst_blocklist.delete_all", .run = delete_all_run, .doc = "Empties the list." },
    { .name = "dst_blocklist.stats_get", .run = stats_run, .doc = "The statistics of the list." },
    { 0 },
};
