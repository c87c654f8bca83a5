/* SPDX-License-Identifier: BSD-2-Clause */
/* More of the core for scripts: branches, sending, sockets, files, flags. */
#include "modules/corex/corex.h"
#include "base/log.h"
#include "control/control.h"
#include "control/memory.h"
#include "core/cfg.h"
#include "core/local.h"
#include "modules/corex/records.h"

struct corex_self corex_self;

/* Domains whose subdomains are this server too. */
struct subdomain {
    struct local_name name;
};

/* Records of names: checked when the configuration is loaded, put in when it becomes current. */
static void each_record(const struct corex_conf *c, bool really,
                        void (*fault)(struct load *l, const char *subject, struct buf *why),
                        struct load *l)
{
    struct buf why;

    buf_init(&why, MEM_MODULE);
    for (size_t i = 0; i < c->dns_cache.n + c->dns_file.n; i++) {
        bool file = i >= c->dns_cache.n;
        struct str text = file ? c->dns_file.items[i - c->dns_cache.n] : c->dns_cache.items[i];

        buf_clear(&why);
        if ((file ? records_put_file : record_put)(text, really, &why))
            fault(l, file ? "dns_file" : "dns_cache", &why);
    }
    buf_free(&why);
}

static void report_fault(struct load *l, const char *subject, struct buf *why)
{
    load_fault(l, subject, STR_FMT, STR_ARG(buf_str(why)));
}

static void log_fault(struct load *l, const char *subject, struct buf *why)
{
    (void)l;
    log_error("corex", "%s: " STR_FMT, subject, STR_ARG(buf_str(why)));
}

static err_t check(struct load *l, void *conf)
{
    struct corex_conf *c = conf;

    each_record(c, false, report_fault, l);

    c->subdomains = ARENA_ARRAY(load_arena(l), struct subdomain, c->alias_subdomains.n + 1);
    for (size_t i = 0; i < c->alias_subdomains.n; i++)
        if (local_name_parse(c->alias_subdomains.items[i], &c->subdomains[c->n_subdomains].name))
            load_fault(l, "alias_subdomains", "expected domain or proto:domain:port");
        else
            c->n_subdomains++;
    return c->nio_msg_avp.n ? load_var(l, c->nio_msg_avp, &c->nio_var) : ERR_OK;
}

static bool is_subdomain(struct str host, uint16_t port, enum proto proto)
{
    const struct generation *g = generation_peek();
    const struct corex_conf *c;

    if (!g || !generation_has_module(g, "corex"))
        return false;
    c = current_conf(&module_corex);
    for (size_t i = 0; i < c->n_subdomains; i++) {
        const struct local_name *n = &c->subdomains[i].name;
        size_t extra = host.n > n->host.n ? host.n - n->host.n : 0;

        if ((n->port && port && n->port != port) ||
            (n->proto != PROTO_NONE && proto != PROTO_NONE && n->proto != proto))
            continue;
        if (str_ieq(str_skip(host, extra), n->host) && (extra == 0 || host.p[extra - 1] == '.'))
            return true;
    }
    return false;
}

static err_t start(const void *conf)
{
    (void)conf;
    local_add_check(is_subdomain);
    corex_self.raw_slot = call_slot_new();
    corex_self.raw_local = co_local_new();
    send_watch_replies(raw_reply_out);
    return ERR_OK;
}

static void adopt(const void *conf)
{
    raw_adopt(conf);
    each_record(conf, true, log_fault, NULL);
}

/* Control methods. */

static err_t list_sockets(struct rpc *r, const void *args)
{
    const struct listeners *all = listeners_now();

    (void)args;
    for (size_t i = 0; i < all->n; i++) {
        const struct listener *l = all->at[i];
        struct rpc_node *s = rpc_struct(rpc_root(r));

        rpc_put_str(s, "PROTO", proto_name(l->proto));
        rpc_put_str(s, "NAME", l->ip_text);
        rpc_put_str(rpc_put_struct(s, "ADDRLIST"), "ADDR", l->ip_text);
        rpc_put_str(s, "PORT", l->port_text);
        rpc_put_str(s, "MCAST", STR("no"));
        rpc_put_str(s, "MHOMED", net_conf()->multihomed ? STR("yes") : STR("no"));
        rpc_put_str(s, "VIRTUAL", l->flags & LISTENER_VIRTUAL ? STR("yes") : STR("no"));
        rpc_put_str(s, "SOCKNAME", l->name.n ? l->name : STR("-"));
        rpc_put_str(s, "ADVERTISE", l->advertises ? l->advertised_text : STR("-"));
    }
    return ERR_OK;
}

static void put_alias(enum proto proto, struct str host, uint16_t port, void *arg)
{
    struct rpc_node *s = rpc_struct(arg);

    rpc_put_str(s, "PROTO", proto == PROTO_NONE ? STR("*") : proto_name(proto));
    rpc_put_str(s, "ADDR", host);
    rpc_put_int(s, "PORT", port);
}

static err_t list_aliases(struct rpc *r, const void *args)
{
    (void)args;
    if (control_host.each_alias)
        control_host.each_alias(put_alias, rpc_root(r));
    return ERR_OK;
}

static err_t log_memory(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    for (int m = 0; m < MEM_COUNT; m++)
        log_write(LOG_NOTICE, "corex", "memory of %s: %zu bytes", mem_name((enum mem)m),
                  mem_used((enum mem)m));
    return ERR_OK;
}

struct debug_args {
    struct value level;
};
static const struct field debug_args_fields[] = {
    FIELD(debug_args, level, "The new level; missing: tell the present one.", .optional = true),
    { 0 },
};

static err_t debug(struct rpc *r, const void *args)
{
    const struct debug_args *a = args;
    struct rpc_node *s;
    char space[128];
    struct buf why;
    int old = log_get_level();

    if (a->level.type == VALUE_NULL) {
        rpc_put_int(rpc_struct(rpc_root(r)), "debug", old);
        return ERR_OK;
    }
    buf_fixed(&why, space, sizeof space);
    if (cfg_set(STR("core"), STR("debug"), &a->level, &why))
        return rpc_fail(r, 400, STR_FMT, STR_ARG(buf_str(&why)));
    s = rpc_struct(rpc_root(r));
    rpc_put_int(s, "old", old);
    rpc_put_int(s, "new", log_get_level());
    return ERR_OK;
}

static err_t shm_info(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    rpc_put_str(s, "name", STR("system"));
    rpc_put_int(s, "size", (int64_t)memory_total());
    return ERR_OK;
}

static err_t shm_stats(struct rpc *r, const void *args)
{
    (void)args;
    memory_put_pool(rpc_struct(rpc_root(r)));
    return ERR_OK;
}

static err_t shm_report(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    rpc_put_int(s, "total_size", (int64_t)memory_total());
    rpc_put_int(s, "used_size_s", (int64_t)mem_used_all());
    rpc_put_int(s, "real_used_s", (int64_t)memory_resident());
    rpc_put_int(s, "max_used_s", (int64_t)memory_peak());
    for (int m = 0; m < MEM_COUNT; m++)
        rpc_put_int(s, mem_name((enum mem)m), (int64_t)mem_used((enum mem)m));
    return ERR_OK;
}

const struct rpc_method corex_methods[] = {
    { .name = "corex.list_sockets",
      .run = list_sockets,
      .array = true,
      .doc = "The listening sockets." },
    { .name = "corex.list_aliases",
      .run = list_aliases,
      .array = true,
      .doc = "The names that are this server." },
    { .name = "corex.debug",
      .run = debug,
      .args = debug_args_fields,
      .args_size = sizeof(struct debug_args),
      .doc = "Tells or sets the log level." },
    { .name = "corex.shm_status", .run = log_memory, .doc = "Logs memory in use by subsystem." },
    { .name = "corex.shm_summary", .run = log_memory, .doc = "Logs memory in use by subsystem." },
    { .name = "corex.pkg_summary", .run = log_memory, .doc = "Logs memory in use by subsystem." },
    { .name = "shm.info",
      .run = shm_info,
      .doc = "Which allocator is used, and how much there is." },
    { .name = "shm.report", .run = shm_report, .doc = "Memory in use by subsystem." },
    { .name = "shm.rprint", .run = log_memory, .doc = "Logs memory in use by subsystem." },
    { .name = "shm.stats",
      .run = shm_stats,
      .doc = "Memory in the form of one pool, whose size is the cap or the machine's memory." },
    { 0 },
};

static const struct field params[] = {
    FIELD(corex_conf, alias_subdomains,
          "Hosts under this domain are this server too; may be given many times.",
          .optional = true),
    FIELD(
        corex_conf, dns_cache,
        "Adds a record to the cache of names: "
        "\"type=A;name=example.org;addr=192.0.2.1;ttl=60;flags=2\", type AAAA or SRV (addr is the "
        "host's name then; priority, weight, port) too. Flags: 1 there is no such record, 2 for "
        "good. May be given many times.",
        .optional = true),
    FIELD(corex_conf, dns_file, "A file of such records, one per line.", .optional = true),
    FIELD(corex_conf, nio_intercept, "Whether event_route[network:msg] runs.", .def = "0"),
    FIELD(corex_conf, nio_min_msg_len, "Shortest message it runs for, in bytes.", .def = "0",
          .min = 0, .max = 65536),
    FIELD(corex_conf, nio_msg_avp,
          "The variable in which the event leaves what is to stand for the message.",
          .optional = true),
    FIELD(corex_conf, evcb_reply_out, "Function of an embedded language for replies going out.",
          .optional = true, .inert = "embedded languages come with their own modules"),
    { 0 },
};
static const struct event events[] = {
    { "network:msg",
      "A raw message came in or is to go out (is_incoming()); $mb is its bytes. What it "
      "leaves in nio_msg_avp goes on instead." },
    { "corex:reply-out", "A reply is about to go out: it is the message of this route." },
    { 0 },
};

const struct module module_corex = {
    .abi = MODULE_ABI,
    .name = "corex",
    .doc = "More of the core for scripts: branches, sending, sockets, files, flags.",
    .slot = &corex_self.slot,
    .conf_size = sizeof(struct corex_conf),
    .params = params,
    .funcs = corex_funcs,
    .vars = corex_vars,
    .transformations = corex_transformations,
    .methods = corex_methods,
    .events = events,
    .check = check,
    .start = start,
    .adopt = adopt,
};
