/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain module: which domains are local, kept in memory from a table. */
#include "base/log.h"
#include "control/rpc.h"
#include "core/call.h"
#include "core/database.h"
#include "core/local.h"
#include "modules/domain/set.h"
#include "rt/snapshot.h"
#include "script/value.h"

struct domain_conf {
    struct str db_url, domain_table, domain_attrs_table, did_col, domain_col, name_col, type_col,
        value_col;
    bool register_myself;
};

static struct {
    struct module_slot slot;
    struct snapshot set; /* struct domain_set */
    atomic_bool loading; /* publishers take turns */
    atomic_ullong told;  /* fields_hash of the parameters that were read with; 0: none yet */
} self;
extern const struct module module_domain;

struct domain_args {
    struct str domain;
};
struct lookup_args {
    struct str domain, prefix;
};

/* Loading. */

static err_t read_tables(const struct domain_conf *conf, struct db *db, struct arena *a,
                         struct db_result *domains, struct db_result *attributes)
{
    const struct str names[2] = { conf->domain_col, conf->did_col };
    const struct str columns[4] = { conf->did_col, conf->name_col, conf->type_col,
                                    conf->value_col };
    struct str attrs_table = conf->domain_attrs_table;
    err_t e = db_select(db, conf->domain_table, names, 2, NULL, 0, STR(""), 0, a, domains);

    if (!e)
        e = db_select(db, attrs_table, columns, 4, NULL, 0, STR(""), 0, a, attributes);
    return e;
}

/* Suspends; one at a time. Pins the generation that `conf` belongs to. */
static err_t load(const struct domain_conf *conf)
{
    struct generation *gen = generation_peek();
    struct db_result domains, attributes;
    bool idle = false;
    struct arena a;
    struct db *db;
    err_t e;

    if (!atomic_compare_exchange_strong(&self.loading, &idle, true))
        return ERR_STATE;
    if (gen)
        obj_hold(gen);
    arena_init(&a, MEM_MODULE, 4096);
    e = database_open("domain", conf->db_url, &db);
    if (!e)
        e = database_done("domain", db, read_tables(conf, db, &a, &domains, &attributes),
                          "reading the domains");
    if (!e)
        snapshot_publish(&self.set, domain_set_make(&domains, &attributes), domain_set_free);
    arena_free(&a);
    obj_drop(gen);
    atomic_store(&self.loading, false);
    return e;
}

static bool is_local(struct str name)
{
    return domain_set_find(snapshot_read(&self.set), name) != NULL;
}

/* Asked by the core for `myself`; the current configuration says whether we take part. */
static bool check_local(struct str host, uint16_t port, enum proto proto)
{
    const struct domain_conf *conf = current_conf(&module_domain);

    (void)port;
    (void)proto;
    return conf->register_myself && is_local(host);
}

/* Functions. */

static int is_domain_local(struct call *c, const struct domain_args *a)
{
    (void)c;
    return is_local(a->domain) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int is_from_local(struct call *c)
{
    const struct address *from = msg_from(c->msg, NULL);

    return from && is_local(from->uri.host) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int is_uri_host_local(struct call *c)
{
    const struct uri *uri;
    struct uri of_branch;

    if (c->route == ROUTE_BRANCH && c->branch >= 0 && (size_t)c->branch < call_target_count(c)) {
        struct str text = call_target(c, (size_t)c->branch)->uri;

        if (text.n)
            return uri_parse(text, &of_branch) == ERR_OK && is_local(of_branch.host) ? SCRIPT_TRUE
                                                                                     : SCRIPT_FALSE;
    }
    uri = call_uri(c, NULL);
    return uri && is_local(uri->host) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int lookup_domain(struct call *c, const struct lookup_args *a)
{
    const struct domain_entry *d = domain_set_find(snapshot_read(&self.set), a->domain);
    struct value did;

    if (!d)
        return SCRIPT_FALSE;
    if (!c->vars)
        return SCRIPT_TRUE;
    for (const struct attribute *at = d->identity->attributes; at; at = at->next)
        avp_push(c->vars, AVP_PLAIN,
                 arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(a->prefix), STR_ARG(at->name)),
                 &at->value);
    did = VALUE_OF_STR(d->identity->did);
    avp_push(c->vars, AVP_PLAIN, arena_fmt(c->arena, STR_FMT "did", STR_ARG(a->prefix)), &did);
    return SCRIPT_TRUE;
}

EXPOSE(is_domain_local, domain_args)
EXPOSE(lookup_domain, lookup_args)
EXPOSE0(is_from_local)
EXPOSE0(is_uri_host_local)

static const struct field domain_args_fields[] = {
    FIELD(domain_args, domain, "Domain name."),
    { 0 },
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, domain, "Domain name."),
    FIELD(lookup_args, prefix, "Put before the names of the AVPs.", .def = ""),
    { 0 },
};
enum { ROUTES = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_BRANCH | ROUTE_EVENT };
static const struct func funcs[] = {
    FUNC0(is_from_local, "Tells whether the domain of From is local.", .routes = ROUTES),
    FUNC0(is_uri_host_local, "Tells whether the domain of the Request-URI is local.",
          .routes = ROUTES),
    FUNC(is_domain_local, domain_args, "Tells whether a domain is local.", .routes = ROUTES),
    FUNC(lookup_domain, lookup_args, "Loads the attributes of a local domain into AVPs.",
         .routes = ROUTES),
    { 0 },
};

/* Control. */

static err_t domain_reload(struct rpc *r, const void *args)
{
    err_t e = load(current_conf(&module_domain));

    (void)args;
    if (e == ERR_STATE)
        return rpc_fail(r, 500, "Reload is in progress");
    return e ? rpc_fail(r, 500, "Reload failed: %s", err_text(e)) : ERR_OK;
}

static err_t domain_dump(struct rpc *r, const void *args)
{
    const struct domain_set *set = snapshot_read(&self.set);
    struct rpc_node *root = rpc_struct(rpc_root(r)), *domains, *attributes;

    (void)args;
    domains = rpc_put_array(root, "domains");
    for (size_t i = 0; set && i <= set->mask; i++) {
        for (const struct domain_entry *d = set->slots[i]; d; d = d->next) {
            struct rpc_node *n = rpc_struct(domains);

            rpc_put_str(n, "domain", d->name);
            rpc_put_str(n, "did", d->identity->did);
        }
    }
    attributes = rpc_put_array(root, "attributes");
    for (const struct identity *i = set ? set->identities : NULL; i; i = i->next) {
        struct rpc_node *n, *names;

        if (!i->attributes)
            continue;
        n = rpc_struct(attributes);
        rpc_put_str(n, "did", i->did);
        names = rpc_put_array(n, "attrs");
        for (const struct attribute *a = i->attributes; a; a = a->next)
            rpc_str(names, a->name);
    }
    return ERR_OK;
}

static const struct rpc_method methods[] = {
    { .name = "domain.reload", .doc = "Reads the tables again.", .run = domain_reload },
    { .name = "domain.dump", .doc = "Lists the domains.", .run = domain_dump },
    { 0 },
};

static const struct field params[] = {
    FIELD(domain_conf, db_url, "Database of the domains.",
          .def = "mysql://kamailioro:kamailioro@localhost/kamailio"),
    FIELD(domain_conf, domain_table, "Table of the domains.", .def = "domain"),
    FIELD(domain_conf, domain_attrs_table, "Table of their attributes.", .def = "domain_attrs"),
    FIELD(domain_conf, did_col, "Column of the domain's id.", .def = "did"),
    FIELD(domain_conf, domain_col, "Column of the name.", .def = "domain"),
    FIELD(domain_conf, name_col, "Column of an attribute's name.", .def = "name"),
    FIELD(domain_conf, type_col, "Column of its type: 0 integer, 2 string.", .def = "type"),
    FIELD(domain_conf, value_col, "Column of its value.", .def = "value"),
    FIELD(domain_conf, register_myself, "Local domains are `myself`.", .def = "0"),
    { 0 },
};
static const struct table tables[] = {
    { "domain", 2, "Local domains." },
    { "domain_attrs", 1, "Attributes of local domains." },
    { 0 },
};

static err_t domain_check(struct load *l, void *data)
{
    return database_check_url(l, "db_url", ((const struct domain_conf *)data)->db_url);
}

static err_t domain_start(const void *data)
{
    (void)data;
    local_add_check(check_local);
    return ERR_OK;
}

static err_t domain_worker_start(const void *data)
{
    const struct domain_conf *conf = data;
    err_t e;

    if (worker_index(worker_self()) != 0)
        return ERR_OK;
    e = database_check_version("domain", conf->db_url, conf->domain_table, 2);
    return e ? e : load(conf);
}

static void refill(void *unused)
{
    (void)unused;
    if (load(current_conf(&module_domain)))
        log_error("domain", "the tables could not be read with the new parameters: the domains "
                            "stay as they were");
}

static void spawn_refill(void *unused)
{
    co_spawn(refill, unused);
}

/* Parameters that say something else than before: what they name is read. */
static void domain_adopt(const void *data)
{
    uint64_t now = fields_hash(params, data), before = atomic_exchange(&self.told, now);

    if (before && before != now)
        worker_post(worker_at(0), spawn_refill, NULL);
}

static void domain_stop(void)
{
    domain_set_free(atomic_exchange(&self.set.now, NULL));
}

const struct module module_domain = {
    .abi = MODULE_ABI,
    .name = "domain",
    .doc = "Keeps the local domains of a database in memory.",
    .slot = &self.slot,
    .conf_size = sizeof(struct domain_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .tables = tables,
    .check = domain_check,
    .start = domain_start,
    .adopt = domain_adopt,
    .worker_start = domain_worker_start,
    .stop = domain_stop,
};
