/* SPDX-License-Identifier: BSD-2-Clause */
/* The permissions module: parameters, life cycle and control. */
#include "base/clock.h"
#include "base/log.h"
#include "control/rpc.h"
#include "modules/permissions/inner.h"
#include "rt/worker.h"

enum { ADDRESS_VERSION = 6, TRUSTED_VERSION = 6 };

struct permissions_self permissions_self = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Control. */

/* At most one reload in reload_delta seconds. */
static err_t reload(struct rpc *r, err_t (*load)(const struct permissions_conf *conf))
{
    const struct permissions_conf *conf = current_conf(&module_permissions);
    int64_t now = clock_ms(), last = atomic_load(&permissions_self.loaded_ms);
    err_t e;

    if (conf->reload_delta > 0 && last && now - last < conf->reload_delta * 1000)
        return rpc_fail(r, 500, "ongoing reload");
    atomic_store(&permissions_self.loaded_ms, now);
    e = load(conf);
    if (e)
        return rpc_fail(r, 500, "Reload failed.");
    rpc_str(rpc_root(r), STR("Reload OK"));
    return ERR_OK;
}

static err_t address_reload(struct rpc *r, const void *args)
{
    (void)args;
    return reload(r, load_addresses);
}

static err_t trusted_reload(struct rpc *r, const void *args)
{
    (void)args;
    return reload(r, load_trusted);
}

static void put_entry(struct rpc *r, const struct address_entry *e, const char *label, size_t place,
                      bool mask)
{
    struct rpc_node *n = rpc_struct(rpc_root(r)), *item;
    char text[256];
    struct buf b;

    rpc_put_int(n, label, (int64_t)place);
    rpc_put_int(n, "group", e->group);
    item = rpc_put_struct(n, "item");
    buf_fixed(&b, text, sizeof text);
    address_add_range(&b, e);
    rpc_put_str(item, address_is_name(e) ? "domain_name" : "ip", buf_str(&b));
    if (mask)
        rpc_put_int(item, "mask", e->range.bits);
    rpc_put_int(item, "port", e->port);
    rpc_put_str(item, "tag", e->tag.n ? e->tag : STR("NULL"));
}

static void put_exact(struct rpc *r, bool names)
{
    const struct address_set *set = snapshot_read(&permissions_self.addresses);

    for (size_t i = 0; set && i <= set->mask; i++) {
        for (const struct address_entry *e = set->exact[i]; e; e = e->next) {
            if (address_is_name(e) == names)
                put_entry(r, e, "table", i, false);
        }
    }
}

static err_t address_dump(struct rpc *r, const void *args)
{
    (void)args;
    put_exact(r, false);
    return ERR_OK;
}

static err_t domain_dump(struct rpc *r, const void *args)
{
    (void)args;
    put_exact(r, true);
    return ERR_OK;
}

static err_t subnet_dump(struct rpc *r, const void *args)
{
    const struct address_set *set = snapshot_read(&permissions_self.addresses);
    size_t n = 0;

    (void)args;
    for (const struct address_entry *e = set ? set->subnets : NULL; e; e = e->next)
        put_entry(r, e, "id", n++, true);
    return ERR_OK;
}

static err_t trusted_dump(struct rpc *r, const void *args)
{
    const struct trusted_set *set = snapshot_read(&permissions_self.trusted);
    size_t n = 0;

    (void)args;
    for (const struct trusted_rule *t = set ? set->first : NULL; t; t = t->next) {
        struct rpc_node *node = rpc_struct(rpc_root(r)), *item;

        rpc_put_int(node, "table", (int64_t)n++);
        item = rpc_put_struct(node, "item");
        rpc_put_str(item, "ip", t->source);
        rpc_put_int(item, "proto", (int64_t)proto_of(t->proto));
        rpc_put_str(item, "pattern", t->from_pattern.n ? t->from_pattern : STR("NULL"));
        rpc_put_str(item, "ruri_pattern", t->ruri_pattern.n ? t->ruri_pattern : STR("NULL"));
        rpc_put_str(item, "tag", t->tag.n ? t->tag : STR("NULL"));
        rpc_put_int(item, "priority", t->priority);
    }
    return ERR_OK;
}

struct test_args {
    struct str basename, uri, contact;
};
static const struct field test_fields[] = {
    FIELD(test_args, basename, "Name without suffix of the two files."),
    FIELD(test_args, uri, "URI of the caller or user."),
    FIELD(test_args, contact, "URI called, or contact."),
    { 0 },
};

static err_t test_uri(struct rpc *r, const void *args)
{
    const struct permissions_conf *conf = current_conf(&module_permissions);
    const struct test_args *a = args;
    const struct rule_file *allow =
        rule_file_of(rule_path(rpc_arena(r), a->basename, conf->allow_suffix));
    const struct rule_file *deny =
        rule_file_of(rule_path(rpc_arena(r), a->basename, conf->deny_suffix));
    bool yes = (allow || deny) && pair_allowed(allow, deny, a->uri, a->contact);

    rpc_str(rpc_root(r), yes ? STR("Allowed") : STR("Denied"));
    return ERR_OK;
}

#define TEST_METHOD(label)                                                                         \
    {                                                                                              \
        .name = (label), .doc = "Tells whether a pair of URIs may pass by two files.",             \
        .run = test_uri, .args = test_fields, .args_size = sizeof(struct test_args)                \
    }
const struct rpc_method permissions_methods[] = {
    { .name = "permissions.addressReload",
      .doc = "Reads the addresses again.",
      .run = address_reload },
    { .name = "permissions.addressDump",
      .doc = "Lists single addresses.",
      .run = address_dump,
      .array = true },
    { .name = "permissions.subnetDump",
      .doc = "Lists subnets.",
      .run = subnet_dump,
      .array = true },
    { .name = "permissions.domainDump", .doc = "Lists names.", .run = domain_dump, .array = true },
    { .name = "permissions.trustedReload",
      .doc = "Reads the trusted peers again.",
      .run = trusted_reload },
    { .name = "permissions.trustedDump",
      .doc = "Lists the trusted peers.",
      .run = trusted_dump,
      .array = true },
    TEST_METHOD("permissions.testUri"),
    TEST_METHOD("permissions.allowUri"),
    { 0 },
};

/* Parameters. */

static const struct field params[] = {
    FIELD(permissions_conf, default_allow_file, "Allow file where none is named.",
          .def = "permissions.allow"),
    FIELD(permissions_conf, default_deny_file, "Deny file where none is named.",
          .def = "permissions.deny"),
    FIELD(permissions_conf, check_all_branches, "allow_routing() checks all branches.", .def = "1"),
    FIELD(permissions_conf, allow_suffix, "Suffix of allow files.", .def = ".allow"),
    FIELD(permissions_conf, deny_suffix, "Suffix of deny files.", .def = ".deny"),
    FIELD(permissions_conf, db_url, "Database of addresses and trusted peers.", .def = ""),
    FIELD(permissions_conf, db_mode, "Trusted peers are 0: asked for, 1: kept in memory.",
          .def = "0", .max = 1),
    FIELD(permissions_conf, trusted_table, "Table of trusted peers.", .def = "trusted"),
    FIELD(permissions_conf, source_col, "Column of their address.", .def = "src_ip"),
    FIELD(permissions_conf, proto_col, "Column of their protocol.", .def = "proto"),
    FIELD(permissions_conf, from_col, "Column of the pattern for From.", .def = "from_pattern"),
    FIELD(permissions_conf, ruri_col, "Column of the pattern for the Request-URI.",
          .def = "ruri_pattern"),
    FIELD(permissions_conf, tag_col, "Column of the tag.", .def = "tag"),
    FIELD(permissions_conf, priority_col, "Column of the priority; highest first.",
          .def = "priority"),
    FIELD(permissions_conf, peer_tag_avp, "Variable that gets the tag of what matched.",
          .optional = true),
    FIELD(permissions_conf, peer_tag_mode, "1: allow_trusted() gives all tags and their number.",
          .def = "0", .max = 1),
    FIELD(permissions_conf, address_table, "Table of addresses.", .def = "address"),
    FIELD(permissions_conf, address_file, "File of addresses instead.", .def = ""),
    FIELD(permissions_conf, grp_col, "Column of the group.", .def = "grp"),
    FIELD(permissions_conf, ip_addr_col, "Column of the address.", .def = "ip_addr"),
    FIELD(permissions_conf, mask_col, "Column of the mask.", .def = "mask"),
    FIELD(permissions_conf, port_col, "Column of the port.", .def = "port"),
    FIELD(permissions_conf, max_subnets, "Most subnets.", .def = "512",
          .inert = "any number can be loaded"),
    FIELD(permissions_conf, subnet_match_mode, "0: the first subnet counts, 1: the narrowest.",
          .def = "0", .max = 1),
    FIELD(permissions_conf, load_backends, "Bits: 1 addresses, 2 trusted, 4 allow, 8 deny files.",
          .def = "65535"),
    FIELD(permissions_conf, reload_delta, "Seconds between reloads.", .def = "5"),
    FIELD(permissions_conf, trusted_cleanup_interval, "Seconds until old rules are released.",
          .def = "60", .inert = "they are released when nobody reads them any more"),
    { 0 },
};
static const struct table tables[] = {
    { "address", ADDRESS_VERSION, "Addresses in groups." },
    { "trusted", TRUSTED_VERSION, "Peers that need no authentication." },
    { 0 },
};

static err_t permissions_check(struct load *l, void *data)
{
    const struct permissions_conf *conf = data;

    return conf->db_url.n ? database_check_url(l, "db_url", conf->db_url) : ERR_OK;
}

/* `conf` must live while this suspends. */
static err_t load_all(const struct permissions_conf *conf)
{
    bool database = conf->db_url.n > 0;
    err_t e = ERR_OK;

    if (conf->load_backends & LOAD_ADDRESS && (database || conf->address_file.n)) {
        if (!conf->address_file.n)
            e = database_check_version("permissions", conf->db_url, conf->address_table,
                                       ADDRESS_VERSION);
        if (!e)
            e = load_addresses(conf);
    }
    if (!e && database && conf->db_mode == 1 && conf->load_backends & LOAD_TRUSTED) {
        e = database_check_version("permissions", conf->db_url, conf->trusted_table,
                                   TRUSTED_VERSION);
        if (!e)
            e = load_trusted(conf);
    }
    return e;
}

static err_t permissions_worker_start(const void *conf)
{
    return worker_index(worker_self()) == 0 ? load_all(conf) : ERR_OK;
}

static void refill(void *unused)
{
    struct generation *g = generation_current();

    (void)unused;
    if (load_all(generation_conf(g, &module_permissions)))
        log_error("permissions", "addresses and trusted peers could not be read with the new "
                                 "parameters: they stay as they were");
    obj_drop(g);
}

static void spawn_refill(void *unused)
{
    co_spawn(refill, unused);
}

/* Parameters that say something else than before: what they name is read. */
static void permissions_adopt(const void *conf)
{
    uint64_t now = fields_hash(params, conf), before = atomic_exchange(&permissions_self.told, now);

    if (before && before != now)
        worker_post(worker_at(0), spawn_refill, NULL);
}

static void permissions_stop(void)
{
    address_set_free(atomic_exchange(&permissions_self.addresses.now, NULL));
    trusted_set_free(atomic_exchange(&permissions_self.trusted.now, NULL));
    rule_files_free(atomic_exchange(&permissions_self.files, NULL));
}

const struct module module_permissions = {
    .abi = MODULE_ABI,
    .name = "permissions",
    .doc = "Tells who may do what, by addresses, trusted peers and files of rules.",
    .slot = &permissions_self.slot,
    .conf_size = sizeof(struct permissions_conf),
    .params = params,
    .funcs = permissions_funcs,
    .methods = permissions_methods,
    .tables = tables,
    .check = permissions_check,
    .adopt = permissions_adopt,
    .worker_start = permissions_worker_start,
    .stop = permissions_stop,
};
