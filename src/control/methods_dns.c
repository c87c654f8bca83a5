/* SPDX-License-Identifier: BSD-2-Clause */
/* dns.*, dst_blocklist.*: asking the resolver, and emptying its cache. What only makes sense for
 * the packaged server's own cache answers 501 with what to use instead. */
#include "control/methods.h"
#include "net/dns.h"

struct lookup_args {
    struct str type, name;
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, type, "The kind of record: A, AAAA, SRV, NAPTR, CNAME, TXT, PTR."),
    FIELD(lookup_args, name, "The name to look up."),
    { 0 },
};

static err_t lookup_run(struct rpc *r, const void *args)
{
    const struct lookup_args *a = args;
    struct buf out;
    err_t e;

    buf_init(&out, MEM_CONTROL);
    e = dns_lookup(a->name, a->type, &out);
    if (e)
        e = rpc_fail(r, 404, STR_FMT " " STR_FMT ": %s", STR_ARG(a->type), STR_ARG(a->name),
                     err_text(e));
    for (struct str rest = buf_str(&out); !e && rest.n;) {
        struct str line = str_split(&rest, '\n');

        if (line.n)
            rpc_str(rpc_root(r), line);
    }
    buf_free(&out);
    return e;
}

static err_t flush(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    dns_cache_flush();
    return ERR_OK;
}

static err_t no_entries(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501,
                    "the cache holds answers as the name servers gave them; it can be "
                    "emptied (dns.delete_all) and asked (dns.lookup)");
}

static err_t no_blocklist(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501, "there is no list of blocked destinations");
}

static err_t no_proxy(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501, "there is no proxy of datagrams");
}

static err_t always_on(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), STR("online"));
    return ERR_OK;
}

static err_t nothing(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    return ERR_OK;
}

#define NO_ENTRIES(label)                                                                          \
    {                                                                                              \
        .name = (label), .run = no_entries,                                                        \
        .doc = "Changes or shows single entries of the packaged server's cache; not offered here." \
    }
#define NO_BLOCKLIST(label)                                                                        \
    {                                                                                              \
        .name = (label), .run = no_blocklist,                                                      \
        .doc = "Deals with the packaged server's list of blocked destinations; not offered here."  \
    }

#define NO_PROXY(label)                                                                            \
    {                                                                                              \
        .name = (label), .run = no_proxy,                                                          \
        .doc = "Deals with a proxy of datagrams in the packaged server; not offered here."         \
    }

const struct rpc_method methods_dns[] = {
    { .name = "dns.lookup",
      .run = lookup_run,
      .args = lookup_args_fields,
      .args_size = sizeof(struct lookup_args),
      .array = true,
      .doc = "Asks the resolver for records of a name." },
    { .name = "dns.delete_all", .run = flush, .doc = "Empties the cache of names." },
    { .name = "dns.delete_all_force", .run = flush, .doc = "Empties the cache of names." },
    { .name = "dns.view",
      .run = no_entries,
      .array = true,
      .doc = "Shows the packaged server's cache; not offered here." },
    { .name = "dns.get_server_state",
      .run = always_on,
      .doc = "Tells that the resolver is in use." },
    { .name = "dns.set_server_state",
      .run = nothing,
      .doc = "Accepted; the resolver finds out itself which servers answer." },
    NO_ENTRIES("dns.mem_info"),
    NO_ENTRIES("dns.debug"),
    NO_ENTRIES("dns.debug_all"),
    NO_ENTRIES("dns.stats_get"),
    NO_ENTRIES("dns.add_a"),
    NO_ENTRIES("dns.add_aaaa"),
    NO_ENTRIES("dns.add_srv"),
    NO_ENTRIES("dns.delete_a"),
    NO_ENTRIES("dns.delete_aaaa"),
    NO_ENTRIES("dns.delete_srv"),
    NO_ENTRIES("dns.delete_naptr"),
    NO_ENTRIES("dns.delete_cname"),
    NO_ENTRIES("dns.delete_txt"),
    NO_ENTRIES("dns.delete_ebl"),
    NO_ENTRIES("dns.delete_ptr"),
    NO_BLOCKLIST("dst_blocklist.mem_info"),
    NO_BLOCKLIST("dst_blocklist.debug"),
    NO_BLOCKLIST("dst_blocklist.view"),
    NO_BLOCKLIST("dst_blocklist.delete_all"),
    NO_BLOCKLIST("dst_blocklist.add"),
    NO_BLOCKLIST("dst_blocklist.stats_get"),
    NO_PROXY("udp.proxy.dump"),
    NO_PROXY("udp.proxy.stats"),
    NO_PROXY("udp.proxy.clean"),
    NO_PROXY("udp.proxy.flush"),
    { 0 },
};
