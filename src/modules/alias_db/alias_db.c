/* SPDX-License-Identifier: BSD-2-Clause */
/* The alias_db module: other names of users, in a table like `dbaliases`. */
#include "core/call.h"
#include "core/database.h"
#include "script/value.h"

enum { ALIASES_MAX = TARGETS_MAX };

struct alias_db_conf {
    struct str db_url, user_column, domain_column, alias_user_column, alias_domain_column,
        domain_prefix;
    bool use_domain, append_branches;
};

static struct {
    struct module_slot slot;
} self;
extern const struct module module_alias_db;

struct lookup_args {
    struct str table, flags;
};
struct find_args {
    struct str table, input;
    const struct var_ref *output;
    struct str flags;
};

/* What flags ask for: d without domain, u with it, r from user to alias. */
struct wish {
    bool by_domain, reverse;
};

static struct wish read_flags(const struct alias_db_conf *conf, struct str flags)
{
    struct wish w = { .by_domain = conf->use_domain };

    for (size_t i = 0; i < flags.n; i++) {
        if (flags.p[i] == 'd')
            w.by_domain = false;
        else if (flags.p[i] == 'u')
            w.by_domain = true;
        else if (flags.p[i] == 'r')
            w.reverse = true;
    }
    return w;
}

/* The rows (user, domain) that a URI is mapped to. */
static err_t find(struct call *c, const struct alias_db_conf *conf, struct str table,
                  struct str text, struct wish w, int64_t limit, struct db_result *out)
{
    const struct str users[2] = { conf->user_column, conf->domain_column };
    const struct str aliases[2] = { conf->alias_user_column, conf->alias_domain_column };
    const struct str *want = w.reverse ? aliases : users, *have = w.reverse ? users : aliases;
    struct str domain;
    struct uri uri;
    struct db *db;
    err_t e = uri_parse(text, &uri);

    if (e)
        return e;
    domain = uri.host;
    if (conf->domain_prefix.n && str_istarts(domain, conf->domain_prefix))
        domain = str_skip(domain, conf->domain_prefix.n);
    const struct db_pair where[2] = {
        { .column = have[0], .value = DB_OF_STR(uri.user) },
        { .column = have[1], .value = DB_OF_STR(domain) },
    };
    e = database_open("alias_db", conf->db_url, &db);
    if (e)
        return e;
    e = db_select(db, table, want, 2, where, w.by_domain ? 2 : 1, STR(""), limit, c->arena, out);
    e = database_done("alias_db", db, e, "looking up an alias");
    return e ? e : out->n_rows ? ERR_OK : ERR_NOT_FOUND;
}

static struct str uri_of(struct call *c, const struct db_result *r, size_t row)
{
    struct str user = db_text(&r->rows[row][0], c->arena), text;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    buf_addz(&b, "sip:");
    uri_escape_user(&b, user);
    buf_char(&b, '@');
    buf_add(&b, db_text(&r->rows[row][1], c->arena));
    text = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    return text;
}

static int alias_db_lookup(struct call *c, const struct lookup_args *a)
{
    const struct alias_db_conf *conf = call_conf(c, &module_alias_db);
    struct db_result r;
    err_t e = find(c, conf, a->table, call_uri_text(c), read_flags(conf, a->flags),
                   conf->append_branches ? ALIASES_MAX : 1, &r);

    if (e || call_set_uri(c, uri_of(c, &r, 0)))
        return SCRIPT_FALSE;
    for (size_t i = 1; i < r.n_rows; i++) {
        struct target t = { .uri = uri_of(c, &r, i), .q = -1 };

        if (call_add_target(c, &t))
            break;
    }
    return SCRIPT_TRUE;
}

static int alias_db_find(struct call *c, const struct find_args *a)
{
    const struct alias_db_conf *conf = call_conf(c, &module_alias_db);
    struct db_result r;
    struct value v;

    if (find(c, conf, a->table, a->input, read_flags(conf, a->flags),
             conf->append_branches ? ALIASES_MAX : 1, &r))
        return SCRIPT_FALSE;
    for (size_t i = r.n_rows; i > 0; i--) { /* the first row is what a script reads first */
        v = VALUE_OF_STR(uri_of(c, &r, i - 1));
        if (var_set(c, a->output, &v))
            return SCRIPT_FALSE;
    }
    return SCRIPT_TRUE;
}

EXPOSE(alias_db_lookup, lookup_args)
EXPOSE(alias_db_find, find_args)

#define FLAGS "d: without the domain, u: with it, r: from user to alias."
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, table, "Table of the aliases."),
    FIELD(lookup_args, flags, FLAGS, .def = ""),
    { 0 },
};
static const struct field find_args_fields[] = {
    FIELD(find_args, table, "Table of the aliases."),
    FIELD(find_args, input, "URI to look up."),
    FIELD(find_args, output, "Variable that gets the URI found."),
    FIELD(find_args, flags, FLAGS, .def = ""),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(alias_db_lookup, lookup_args, "Replaces an alias in the Request-URI by its user.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE, .suspends = true),
    FUNC(alias_db_find, find_args, "Finds the user of an alias.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_BRANCH |
                   ROUTE_EVENT,
         .suspends = true),
    { 0 },
};

static const struct field params[] = {
    FIELD(alias_db_conf, db_url, "Database of the aliases.",
          .def = "mysql://kamailioro:kamailioro@localhost/kamailio"),
    FIELD(alias_db_conf, user_column, "Column of the user.", .def = "username"),
    FIELD(alias_db_conf, domain_column, "Column of the user's domain.", .def = "domain"),
    FIELD(alias_db_conf, alias_user_column, "Column of the alias.", .def = "alias_username"),
    FIELD(alias_db_conf, alias_domain_column, "Column of the alias's domain.",
          .def = "alias_domain"),
    FIELD(alias_db_conf, use_domain, "The domain must match too.", .def = "0"),
    FIELD(alias_db_conf, domain_prefix, "Stripped from the front of domains.", .def = ""),
    FIELD(alias_db_conf, append_branches, "Further users become branches.", .def = "0"),
    { 0 },
};
static const struct table tables[] = {
    { "dbaliases", 1, "Aliases of users." },
    { 0 },
};

static err_t alias_db_check(struct load *l, void *data)
{
    return database_check_url(l, "db_url", ((const struct alias_db_conf *)data)->db_url);
}

const struct module module_alias_db = {
    .abi = MODULE_ABI,
    .name = "alias_db",
    .doc = "Finds users by aliases that are in a database.",
    .slot = &self.slot,
    .conf_size = sizeof(struct alias_db_conf),
    .params = params,
    .funcs = funcs,
    .tables = tables,
    .check = alias_db_check,
};
