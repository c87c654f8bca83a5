/* SPDX-License-Identifier: BSD-2-Clause */
/* udp.proxy.*: clients behind load balancers that speak UDP (udp_accept_proxy). */
#include "base/clock.h"
#include "base/mem.h"
#include "control/methods.h"
#include "net/udp_proxy.h"

static void put_addr(struct rpc_node *at, const char *name, const struct addr *a)
{
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print(&b, a);
    rpc_put_str(at, name, buf_str(&b));
}

static err_t dump_run(struct rpc *r, const void *args)
{
    size_t n;
    struct udp_proxied *all = udp_proxy_all(&n);
    int64_t now = clock_ms();

    (void)args;
    for (size_t i = 0; i < n; i++) {
        struct rpc_node *s = rpc_struct(rpc_root(r));

        put_addr(s, "client", &all[i].client);
        put_addr(s, "proxy", &all[i].proxy);
        rpc_put_int(s, "unused (s)", (now - all[i].used_ms) / 1000);
    }
    mem_free(MEM_NET, all);
    return ERR_OK;
}

static err_t stats_run(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    rpc_put_int(s, "entries", (int64_t)udp_proxy_count());
    rpc_put_int(s, "max", (int64_t)udp_proxy_max());
    return ERR_OK;
}

static err_t removed(struct rpc *r, size_t n)
{
    rpc_put_int(rpc_struct(rpc_root(r)), "removed", (int64_t)n);
    return ERR_OK;
}

static err_t clean_run(struct rpc *r, const void *args)
{
    (void)args;
    return removed(r, udp_proxy_clean());
}

static err_t flush_run(struct rpc *r, const void *args)
{
    (void)args;
    return removed(r, udp_proxy_flush());
}

const struct rpc_method methods_proxy[] = {
    { .name = "udp.proxy.dump",
      .run = dump_run,
      .array = true,
      .doc = "The clients behind load balancers (udp_accept_proxy), each with the address of the "
             "balancer by which it is reached." },
    { .name = "udp.proxy.stats",
      .run = stats_run,
      .doc = "How many such clients are known, and may be." },
    { .name = "udp.proxy.clean",
      .run = clean_run,
      .doc = "Forgets those that sent and were sent nothing for two hours, as happens by itself." },
    { .name = "udp.proxy.flush", .run = flush_run, .doc = "Forgets all of them." },
    { 0 },
};
