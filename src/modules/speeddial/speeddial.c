/* SPDX-License-Identifier: BSD-2-Clause */
/* The speeddial module: short numbers of each user, in a table like `speed_dial`. */
#include "core/call.h"
#include "core/database.h"
#include "script/value.h"

enum { ALL_USERS, OWNERS_DOMAIN, BOTH_DOMAINS }; /* use_domain */

struct speeddial_conf {
    struct str db_url, user_column, domain_column, sd_user_column, sd_domain_column, new_uri_column,
        domain_prefix;
    int64_t use_domain;
};

static struct {
    struct module_slot slot;
} self;
extern const struct module module_speeddial;

struct lookup_args {
    struct str table, owner;
};

static struct str without_prefix(const struct speeddial_conf *conf, struct str domain)
{
    if (conf->domain_prefix.n && str_istarts(domain, conf->domain_prefix))
        return str_skip(domain, conf->domain_prefix.n);
    return domain;
}

static int sd_lookup(struct call *c, const struct lookup_args *a)
{
    const struct speeddial_conf *conf = call_conf(c, &module_speeddial);
    const struct address *from = a->owner.n ? NULL : msg_from(c->msg, NULL);
    const struct uri *short_uri = call_uri(c, NULL);
    struct uri owner;
    struct db_result r;
    struct str target;
    struct db *db;
    size_t n = 2;
    err_t e;

    if (!short_uri || (!from && a->owner.n == 0) ||
        uri_parse(from ? from->uri_text : a->owner, &owner))
        return SCRIPT_FALSE;
    struct db_pair where[4] = {
        { .column = conf->user_column, .value = DB_OF_STR(owner.user) },
        { .column = conf->sd_user_column, .value = DB_OF_STR(short_uri->user) },
    };
    if (conf->use_domain >= OWNERS_DOMAIN)
        where[n++] = (struct db_pair){
            .column = conf->domain_column,
            .value = DB_OF_STR(without_prefix(conf, owner.host)),
        };
    if (conf->use_domain >= BOTH_DOMAINS)
        where[n++] = (struct db_pair){ .column = conf->sd_domain_column,
                                       .value = DB_OF_STR(short_uri->host) };
    if (database_open("speeddial", conf->db_url, &db))
        return SCRIPT_FALSE;
    e = db_select(db, a->table, &conf->new_uri_column, 1, where, n, STR(""), 1, c->arena, &r);
    if (database_done("speeddial", db, e, "looking up a short number") || r.n_rows == 0)
        return SCRIPT_FALSE;
    target = db_text(&r.rows[0][0], c->arena);
    if (str_find(target, ':') == target.n) /* written without a scheme */
        target = arena_fmt(c->arena, "sip:" STR_FMT, STR_ARG(target));
    return call_set_uri(c, target) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(sd_lookup, lookup_args)

static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, table, "Table of the short numbers."),
    FIELD(lookup_args, owner, "URI whose numbers they are; default: From.", .def = ""),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(sd_lookup, lookup_args, "Replaces a short number in the Request-URI by its address.",
         .routes = ROUTE_REQUEST, .suspends = true),
    { 0 },
};

static const struct field params[] = {
    FIELD(speeddial_conf, db_url, "Database of the short numbers.",
          .def = "mysql://kamailioro:kamailioro@localhost/kamailio"),
    FIELD(speeddial_conf, user_column, "Column of the owner.", .def = "username"),
    FIELD(speeddial_conf, domain_column, "Column of the owner's domain.", .def = "domain"),
    FIELD(speeddial_conf, sd_user_column, "Column of the short number.", .def = "sd_username"),
    FIELD(speeddial_conf, sd_domain_column, "Column of the short number's domain.",
          .def = "sd_domain"),
    FIELD(speeddial_conf, new_uri_column, "Column of the address.", .def = "new_uri"),
    FIELD(speeddial_conf, use_domain,
          "0: domains do not matter, 1: the owner's must match, 2: the Request-URI's too.",
          .def = "0", .max = 2),
    FIELD(speeddial_conf, domain_prefix, "Stripped from the front of the owner's domain.",
          .def = ""),
    { 0 },
};
static const struct table tables[] = {
    { "speed_dial", 2, "Short numbers of users." },
    { 0 },
};

static err_t speeddial_check(struct load *l, void *data)
{
    return database_check_url(l, "db_url", ((const struct speeddial_conf *)data)->db_url);
}

const struct module module_speeddial = {
    .abi = MODULE_ABI,
    .name = "speeddial",
    .doc = "Short numbers of each user, in a database.",
    .slot = &self.slot,
    .conf_size = sizeof(struct speeddial_conf),
    .params = params,
    .funcs = funcs,
    .tables = tables,
    .check = speeddial_check,
};
