/* SPDX-License-Identifier: BSD-2-Clause */
/* dns.*: the cache of names, its records put in by hand, and asking the resolver. */
#include "control/methods.h"
#include "net/dns_cache.h"

/* What flags of the packaged server mean here. */
enum { FLAG_ABSENT = 1, FLAG_PERMANENT = 2 };

/* ---- showing ---- */

static void show_record(struct rpc_node *list, size_t index, const struct dns_record *r,
                        const struct dns_entry *e)
{
    struct rpc_node *s = rpc_struct(list);
    char space[64];
    struct buf b;

    rpc_put_int(s, "rr_idx", (int64_t)index);
    switch (r->type) {
    case DNS_A:
    case DNS_AAAA:
        buf_fixed(&b, space, sizeof space);
        addr_print_ip(&b, &r->addr, false);
        rpc_put_str(s, "rr_ip", buf_str(&b));
        break;
    case DNS_SRV:
        rpc_put_str(s, "rr_name", r->target);
        rpc_put_int(s, "rr_port", r->port);
        rpc_put_int(s, "rr_priority", r->priority);
        rpc_put_int(s, "rr_weight", r->weight);
        break;
    case DNS_NAPTR:
        rpc_put_int(s, "rr_order", r->priority);
        rpc_put_int(s, "rr_preference", r->weight);
        rpc_put_str(s, "rr_flags", r->flags);
        rpc_put_str(s, "rr_service", r->service);
        rpc_put_str(s, "rr_regular_exp", r->regexp);
        rpc_put_str(s, "rr_replacement", r->target);
        break;
    case DNS_CNAME:
    case DNS_PTR: rpc_put_str(s, "rr_name", r->target); break;
    case DNS_TXT: rpc_put_str(s, "rr_txt", r->target); break;
    case DNS_SOA:
    case DNS_EBL: break;
    }
    rpc_put_str(s, "rr_permanent", e->answer->permanent ? STR("yes") : STR("no"));
    rpc_put_int(s, "rr_expires", e->expires_s);
}

static void show(const struct dns_entry *e, void *arg)
{
    struct rpc_node *s = rpc_struct(arg);
    struct rpc_node *records;

    rpc_put_str(s, "name", e->name);
    rpc_put_str(s, "type", str_of(dns_type_name(e->type)));
    rpc_put_int(s, "size_bytes", (int64_t)e->bytes);
    rpc_put_int(s, "reference_counter", e->references);
    rpc_put_str(s, "permanent", e->answer->permanent ? STR("yes") : STR("no"));
    rpc_put_int(s, "expires", e->expires_s);
    rpc_put_int(s, "last_used", e->used_s);
    rpc_put_str(s, "negative_entry", e->answer->result ? STR("yes") : STR("no"));
    records = rpc_put_array(s, "records");
    for (size_t i = 0; i < e->answer->n; i++)
        show_record(records, i, &e->answer->records[i], e);
}

static err_t view_run(struct rpc *r, const void *args)
{
    (void)args;
    dns_cache_each(show, rpc_root(r));
    return ERR_OK;
}

static int64_t flags_of(const struct dns_entry *e)
{
    return (e->answer->result ? FLAG_ABSENT : 0) | (e->answer->permanent ? FLAG_PERMANENT : 0);
}

static void show_sizes(struct rpc_node *at, const struct dns_entry *e)
{
    rpc_int(at, (int64_t)e->bytes);
    rpc_int(at, e->references);
    rpc_int(at, e->expires_s);
    rpc_int(at, e->used_s);
    rpc_int(at, flags_of(e));
}

static void show_flat(const struct dns_entry *e, void *arg)
{
    rpc_str(arg, e->name);
    rpc_int(arg, e->type);
    show_sizes(arg, e);
}

static err_t debug_run(struct rpc *r, const void *args)
{
    (void)args;
    dns_cache_each(show_flat, rpc_root(r));
    return ERR_OK;
}

static void show_flat_record(const struct dns_entry *e, size_t i, struct rpc_node *at)
{
    const struct dns_record *r = &e->answer->records[i];
    bool address = r->type == DNS_A || r->type == DNS_AAAA;
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print_ip(&b, &r->addr, false);
    rpc_str(at, e->name);
    rpc_int(at, e->type);
    rpc_int(at, (int64_t)i);
    show_sizes(at, e);
    rpc_str(at, address ? STR("ip") : r->type == DNS_SRV ? STR("srv") : STR("unknown"));
    rpc_str(at, address ? buf_str(&b) : r->target);
    rpc_int(at, e->expires_s);
}

static void show_all_flat(const struct dns_entry *e, void *arg)
{
    for (size_t i = 0; i < e->answer->n; i++)
        show_flat_record(e, i, arg);
}

static err_t debug_all_run(struct rpc *r, const void *args)
{
    (void)args;
    dns_cache_each(show_all_flat, rpc_root(r));
    return ERR_OK;
}

static err_t mem_info_run(struct rpc *r, const void *args)
{
    (void)args;
    rpc_int(rpc_root(r), (int64_t)dns_cache_bytes());
    rpc_int(rpc_root(r), (int64_t)dns_cache_limit());
    return ERR_OK;
}

/* ---- asking ---- */

struct lookup_args {
    struct str type, name;
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, type, "The kind of record: A, AAAA, SRV, NAPTR, CNAME, TXT, PTR."),
    FIELD(lookup_args, name, "The name to look up."),
    { 0 },
};

/* The entry that an answer became, or may have become. */
struct wanted {
    struct dns_entry entry;
    struct rpc_node *to;
    bool shown;
};

static void show_wanted(const struct dns_entry *e, void *arg)
{
    struct wanted *w = arg;

    if (w->shown || e->type != w->entry.type || !str_ieq(e->name, w->entry.name))
        return;
    show(e, w->to);
    w->shown = true;
}

static err_t lookup_run(struct rpc *r, const void *args)
{
    const struct lookup_args *a = args;
    struct wanted w = { .entry = { .name = a->name, .references = 1 }, .to = rpc_root(r) };
    err_t e;

    if (!dns_type_of(a->type, &w.entry.type) || w.entry.type == DNS_EBL)
        return rpc_fail(r, 400,
                        "\"" STR_FMT "\" is no kind of record that can be asked for; there are A, "
                        "AAAA, SRV, NAPTR, CNAME, TXT, PTR",
                        STR_ARG(a->type));

    struct dns_answer *answer = dns_get(a->name, w.entry.type);

    e = answer->result;
    w.entry.answer = answer;
    w.entry.expires_s = answer->ttl_ms / 1000;
    if (!e)
        dns_cache_each(show_wanted, &w);
    if (!e && !w.shown) /* the cache is off, or full */
        show(&w.entry, w.to);
    obj_drop(answer);
    return e ? rpc_fail(r, 404, STR_FMT " " STR_FMT ": %s", STR_ARG(a->type), STR_ARG(a->name),
                        err_text(e))
             : ERR_OK;
}

struct state_args {
    int64_t state;
};
static const struct field state_args_fields[] = {
    FIELD(state_args, state, "1: name servers are asked; 0: only the cache is used.", .max = 1),
    { 0 },
};

static err_t set_state_run(struct rpc *r, const void *args)
{
    const struct state_args *a = args;

    (void)r;
    dns_set_asking(a->state != 0);
    return ERR_OK;
}

static err_t get_state_run(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), dns_is_asking() ? STR("online") : STR("offline"));
    return ERR_OK;
}

static err_t stats_run(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    for (unsigned i = 0; i < stat_count(); i++)
        if (strcmp(stat_at(i)->group, "dns") == 0)
            rpc_put_int(s, stat_at(i)->name, stat_read(i));
    return ERR_OK;
}

/* ---- by hand ---- */

struct add_args {
    struct str name, ip;
    int64_t ttl, flags;
};
#define NAME_DOC "The name."
#define TTL_DOC  "Seconds for which it is valid."
#define FLAG_DOC "1: there is no such record; 2: for good; 0: neither."
#define TTL_MAX  2147483
static const struct field add_args_fields[] = {
    FIELD(add_args, name, NAME_DOC),
    FIELD(add_args, ttl, TTL_DOC, .max = TTL_MAX),
    FIELD(add_args, ip, "The address."),
    FIELD(add_args, flags, FLAG_DOC, .def = "0", .max = 3),
    { 0 },
};

static struct dns_manual manual(struct str name, enum dns_type type, int64_t ttl, int64_t flags)
{
    return (struct dns_manual){ .name = name,
                                .record = { .type = type },
                                .ttl_ms = ttl * 1000,
                                .permanent = flags & FLAG_PERMANENT,
                                .absent = flags & FLAG_ABSENT };
}

static err_t add_address(struct rpc *r, const struct add_args *a, enum dns_type type, int family)
{
    struct dns_manual m = manual(a->name, type, a->ttl, a->flags);

    if (!m.absent && (addr_parse(a->ip, 0, &m.record.addr) || m.record.addr.sa.sa_family != family))
        return rpc_fail(r, 400, "\"" STR_FMT "\" is no IPv%d address", STR_ARG(a->ip),
                        family == AF_INET ? 4 : 6);
    dns_cache_put(&m);
    return ERR_OK;
}

static err_t add_a_run(struct rpc *r, const void *args)
{
    return add_address(r, args, DNS_A, AF_INET);
}

static err_t add_aaaa_run(struct rpc *r, const void *args)
{
    return add_address(r, args, DNS_AAAA, AF_INET6);
}

struct add_srv_args {
    struct str name, target;
    int64_t ttl, priority, weight, port, flags;
};
static const struct field add_srv_args_fields[] = {
    FIELD(add_srv_args, name, NAME_DOC),
    FIELD(add_srv_args, ttl, TTL_DOC, .max = TTL_MAX),
    FIELD(add_srv_args, priority, "The lower, the earlier.", .max = 65535),
    FIELD(add_srv_args, weight, "Its share among those of one priority.", .max = 65535),
    FIELD(add_srv_args, port, "The port.", .max = 65535),
    FIELD(add_srv_args, target, "The name of the host."),
    FIELD(add_srv_args, flags, FLAG_DOC, .def = "0", .max = 3),
    { 0 },
};

static err_t add_srv_run(struct rpc *r, const void *args)
{
    const struct add_srv_args *a = args;
    struct dns_manual m = manual(a->name, DNS_SRV, a->ttl, a->flags);

    (void)r;
    m.record.priority = (uint16_t)a->priority;
    m.record.weight = (uint16_t)a->weight;
    m.record.port = (uint16_t)a->port;
    m.record.target = a->target;
    dns_cache_put(&m);
    return ERR_OK;
}

struct name_args {
    struct str name;
};
static const struct field name_args_fields[] = {
    FIELD(name_args, name, NAME_DOC),
    { 0 },
};

static err_t delete_one(struct rpc *r, const struct name_args *a, enum dns_type type)
{
    if (dns_cache_delete(a->name, type))
        return ERR_OK;
    return rpc_fail(r, 404, "the cache has no %s record of " STR_FMT, dns_type_name(type),
                    STR_ARG(a->name));
}

/* A row of the table calls a function without a tag: one per type. */
#define DELETES(X)                                                                                 \
    X(A, a)                                                                                        \
    X(AAAA, aaaa) X(SRV, srv) X(NAPTR, naptr) X(CNAME, cname) X(TXT, txt) X(EBL, ebl) X(PTR, ptr)
#define X(type, label)                                                                             \
    static err_t delete_##label##_run(struct rpc *r, const void *args)                             \
    {                                                                                              \
        return delete_one(r, args, DNS_##type);                                                    \
    }
DELETES(X)
#undef X

static err_t status_ok(struct rpc *r)
{
    rpc_put_str(rpc_struct(rpc_root(r)), "status", STR("ok"));
    return ERR_OK;
}

static err_t delete_all_run(struct rpc *r, const void *args)
{
    (void)args;
    dns_cache_clear(false);
    return status_ok(r);
}

static err_t delete_all_force_run(struct rpc *r, const void *args)
{
    (void)args;
    dns_cache_clear(true);
    return status_ok(r);
}

#define METHOD(label, fn, st, text, ...)                                                           \
    {                                                                                              \
        .name = (label), .run = (fn), .args = st##_fields, .args_size = sizeof(struct st),         \
        .doc = (text), ##__VA_ARGS__                                                               \
    }
const struct rpc_method methods_dns[] = {
    METHOD("dns.lookup", lookup_run, lookup_args,
           "Asks for records of a name, as messages do: in the cache, then on the network."),
    { .name = "dns.view", .run = view_run, .array = true, .doc = "Shows the cache of names." },
    { .name = "dns.debug",
      .run = debug_run,
      .array = true,
      .doc = "Shows the cache as seven values per name: name, type, bytes, references, seconds it "
             "is valid, seconds since it was used, flags." },
    { .name = "dns.debug_all",
      .run = debug_all_run,
      .array = true,
      .doc = "Shows every record of the cache as eleven values: those of dns.debug with the number "
             "of the record behind the type, its kind, its address or target, its time to live." },
    { .name = "dns.mem_info",
      .run = mem_info_run,
      .array = true,
      .doc = "Bytes that the cache takes and may take (dns_cache_mem)." },
    { .name = "dns.stats_get", .run = stats_run, .doc = "The statistics of the resolver." },
    { .name = "dns.get_server_state",
      .run = get_state_run,
      .doc = "Tells whether name servers are asked: online or offline." },
    METHOD("dns.set_server_state", set_state_run, state_args,
           "0: asks no name server and uses what the cache has, its time over or not; 1: asks "
           "again."),
    METHOD("dns.add_a", add_a_run, add_args, "Adds an IPv4 address of a name to the cache."),
    METHOD("dns.add_aaaa", add_aaaa_run, add_args, "Adds an IPv6 address of a name to the cache."),
    METHOD("dns.add_srv", add_srv_run, add_srv_args, "Adds an SRV record to the cache."),
#define X(type, label)                                                                             \
    METHOD("dns.delete_" #label, delete_##label##_run, name_args,                                  \
           "Deletes the " #type " records of a name from the cache."),
    DELETES(X)
#undef X
        { .name = "dns.delete_all",
          .run = delete_all_run,
          .doc = "Empties the cache of names but for what was added for good." },
    { .name = "dns.delete_all_force",
      .run = delete_all_force_run,
      .doc = "Empties the cache of names." },
    { 0 },
};
