/* SPDX-License-Identifier: BSD-2-Clause */
/* The auth_db module: authenticates users of a table like `subscriber`. */
#include "core/database.h"
#include "modules/auth/auth.h"
#include "script/value.h"

enum { TABLE_VERSION = 7, ATTRIBUTES_MAX = 24 };
enum { CHECK_ID = 1, SKIP_ID_OF_CALLS = 2 }; /* auth_check */
enum { BY_DOMAIN = 1, NO_ATTRIBUTES = 2 };   /* is_subscriber */

/* One column to load, and the variable that gets it. */
struct attribute {
    struct str column;
    const struct var_ref *into;
};

struct auth_db_conf {
    struct str db_url, user_column, domain_column, password_column, password_column_2,
        load_credentials;
    bool calculate_ha1, use_domain, version_table, force_generate_avps;
    struct attribute attributes[ATTRIBUTES_MAX]; /* from load_credentials */
    size_t n_attributes;
};

static struct {
    struct module_slot slot;
} self;
extern const struct module module_auth_db;

struct table_args {
    struct str realm, table, method;
};
struct check_args {
    struct str realm, table;
    int64_t flags;
};
struct subscriber_args {
    struct str uri, table;
    int64_t flags;
};

/* The row of a user: the password column first, then the attributes. ERR_NOT_FOUND. */
static err_t find_user(struct call *c, const struct auth_db_conf *conf, struct str table,
                       struct str user, struct str domain, struct str password,
                       struct db_result *out)
{
    struct str columns[ATTRIBUTES_MAX + 1] = { password };
    struct db_pair where[2] = {
        { .column = conf->user_column, .value = DB_OF_STR(user) },
        { .column = conf->domain_column, .value = DB_OF_STR(domain) },
    };
    struct db *db;
    err_t e = database_open("auth_db", conf->db_url, &db);

    if (e)
        return e;
    for (size_t i = 0; i < conf->n_attributes; i++)
        columns[i + 1] = conf->attributes[i].column;
    e = db_select(db, table, columns, conf->n_attributes + 1, where, domain.n ? 2 : 1, STR(""), 1,
                  c->arena, out);
    e = database_done("auth_db", db, e, "reading the users");
    if (!e && out->n_rows == 0)
        e = ERR_NOT_FOUND;
    return e;
}

static void load_attributes(struct call *c, const struct auth_db_conf *conf,
                            const struct db_result *r)
{
    for (size_t i = 0; i < conf->n_attributes; i++) {
        const struct db_value *cell = &r->rows[0][i + 1];
        struct value v;

        if (cell->type == DB_NULL)
            continue;
        v = cell->type == DB_INT ? VALUE_OF_INT(cell->i) : VALUE_OF_STR(db_text(cell, c->arena));
        (void)!var_set(c, conf->attributes[i].into, &v);
    }
}

/* Whose credentials they must be (auth_check). */
static bool is_sender(struct call *c, const struct auth_found *f, int64_t flags)
{
    const unsigned calls = METHOD_BIT(METHOD_INVITE) | METHOD_BIT(METHOD_BYE) |
                           METHOD_BIT(METHOD_PRACK) | METHOD_BIT(METHOD_UPDATE) |
                           METHOD_BIT(METHOD_MESSAGE);
    const struct address *from = msg_from(c->msg, NULL), *to = msg_to(c->msg, NULL);
    enum sip_method m = c->msg->method;
    const struct uri *uri;

    if (!(flags & CHECK_ID) || (flags & SKIP_ID_OF_CALLS && METHOD_BIT(m) & calls))
        return true;
    if (!from || !str_eq(from->uri.user, f->user))
        return false;
    if (m != METHOD_REGISTER && m != METHOD_PUBLISH)
        return true;
    if (!to || !str_eq(to->uri.user, f->user))
        return false;
    uri = m == METHOD_PUBLISH ? msg_ruri(c->msg, NULL) : NULL;
    return m != METHOD_PUBLISH || (uri && str_eq(uri->user, f->user));
}

static enum auth_code check_password(struct call *c, const struct auth_db_conf *conf,
                                     const struct auth_found *f, struct str table,
                                     struct str method)
{
    bool second = !conf->calculate_ha1 && f->domain.n > 0;
    struct str domain = STR(""), password;
    struct db_result r;
    enum auth_code code;
    err_t e;

    if (conf->use_domain)
        domain = f->domain.n ? f->domain : f->credentials.realm;
    e = find_user(c, conf, table, f->user, domain,
                  second ? conf->password_column_2 : conf->password_column, &r);
    if (e == ERR_NOT_FOUND)
        return AUTH_NO_USER;
    if (e)
        return AUTH_FAILED;
    password = db_text(&r.rows[0][0], c->arena);
    if (conf->calculate_ha1)
        password = auth_ha1(c, f, password);
    code = auth_verify(c, f, password, method);
    if (code == AUTH_GRANTED || conf->force_generate_avps)
        load_attributes(c, conf, &r);
    return code;
}

static int authenticate(struct call *c, struct str realm, struct str table, struct str method,
                        bool proxy, int64_t flags)
{
    const struct auth_db_conf *conf = call_conf(c, &module_auth_db);
    const struct address *from;
    struct auth_found f;
    enum auth_code code;

    if (table.n == 0)
        return AUTH_FAILED;
    if (realm.n == 0) {
        from = c->msg->method == METHOD_REGISTER ? msg_to(c->msg, NULL) : msg_from(c->msg, NULL);
        if (!from)
            return AUTH_FAILED;
        realm = auth_realm(c, from->uri.host);
    }
    code = auth_find(c, proxy, realm, &f);
    if (code != AUTH_FOUND)
        return code;
    code = check_password(c, conf, &f, table, method);
    return code == AUTH_GRANTED && !is_sender(c, &f, flags) ? AUTH_USER_MISMATCH : code;
}

static int www_authenticate(struct call *c, const struct table_args *a)
{
    return authenticate(c, a->realm, a->table, a->method, false, 0);
}
static int proxy_authenticate(struct call *c, const struct table_args *a)
{
    return authenticate(c, a->realm, a->table, STR_NONE, true, 0);
}
static int auth_check(struct call *c, const struct check_args *a)
{
    return authenticate(c, a->realm, a->table, STR_NONE, c->msg->method != METHOD_REGISTER,
                        a->flags);
}

static int is_subscriber(struct call *c, const struct subscriber_args *a)
{
    const struct auth_db_conf *conf = call_conf(c, &module_auth_db);
    struct db_result r;
    struct uri uri;
    err_t e;

    if (uri_parse(a->uri, &uri) || uri.user.n == 0)
        return SCRIPT_FALSE;
    e = find_user(c, conf, a->table, uri.user, a->flags & BY_DOMAIN ? uri.host : STR(""),
                  conf->user_column, &r);
    if (e)
        return SCRIPT_FALSE;
    if (!(a->flags & NO_ATTRIBUTES))
        load_attributes(c, conf, &r);
    return SCRIPT_TRUE;
}

EXPOSE(www_authenticate, table_args)
EXPOSE(proxy_authenticate, table_args)
EXPOSE(auth_check, check_args)
EXPOSE(is_subscriber, subscriber_args)

#define REALM "Realm; empty: the domain of From (To in a REGISTER)."
#define TABLE "Table of the users."
static const struct field table_args_fields[] = {
    FIELD(table_args, realm, REALM),
    FIELD(table_args, table, TABLE),
    FIELD(table_args, method, "Method to check with; default: the request's.", .def = ""),
    { 0 },
};
static const struct field check_args_fields[] = {
    FIELD(check_args, realm, REALM),
    FIELD(check_args, table, TABLE),
    FIELD(check_args, flags,
          "Bits: 1 the user must be that of From (REGISTER, PUBLISH: To and URI too), 2 except in "
          "calls and messages."),
    { 0 },
};
static const struct field subscriber_args_fields[] = {
    FIELD(subscriber_args, uri, "URI of the user."),
    FIELD(subscriber_args, table, TABLE),
    FIELD(subscriber_args, flags, "Bits: 1 the domain must match too, 2 load no attributes."),
    { 0 },
};

static const struct outcome outcomes[] = {
    { 1, "authenticated" },
    { -1, "it could not be checked" },
    { -2, "the password is wrong" },
    { -3, "there is no such user" },
    { -4, "the nonce has expired" },
    { -5, "there are no credentials for this realm" },
    { -6, "the nonce was used before" },
    { -8, "the user is not the sender" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(www_authenticate, table_args, "Checks Authorization against a table of users.",
         .routes = ROUTE_REQUEST, .suspends = true, .returns = outcomes,
         .aliases = (const char *const[]){ "www_authorize", NULL }),
    FUNC(proxy_authenticate, table_args, "Checks Proxy-Authorization against a table of users.",
         .routes = ROUTE_REQUEST, .suspends = true, .returns = outcomes,
         .aliases = (const char *const[]){ "proxy_authorize", NULL }),
    FUNC(auth_check, check_args,
         "Checks Authorization of a REGISTER, Proxy-Authorization of others, and who sent it.",
         .routes = ROUTE_REQUEST, .suspends = true, .returns = outcomes),
    FUNC(is_subscriber, subscriber_args, "Tells whether a table holds the user of a URI.",
         .suspends = true),
    { 0 },
};

static const struct field params[] = {
    FIELD(auth_db_conf, db_url, "Database of the users.",
          .def = "mysql://kamailioro:kamailioro@localhost/kamailio"),
    FIELD(auth_db_conf, user_column, "Column of the user name.", .def = "username"),
    FIELD(auth_db_conf, domain_column, "Column of the domain.", .def = "domain"),
    FIELD(auth_db_conf, password_column, "Column of the ha1 or password.", .def = "ha1"),
    FIELD(auth_db_conf, password_column_2, "Column of the ha1 made with user@domain.",
          .def = "ha1b"),
    FIELD(auth_db_conf, calculate_ha1, "The password column holds passwords.", .def = "0"),
    FIELD(auth_db_conf, use_domain, "Users differ by domain.", .def = "0"),
    FIELD(auth_db_conf, load_credentials, "Columns to load: \"$avp(x)=column;column\".", .def = ""),
    FIELD(auth_db_conf, version_table, "Check the table's version at the start.", .def = "1"),
    FIELD(auth_db_conf, force_generate_avps, "Load the columns even when the password is wrong.",
          .def = "0"),
    { 0 },
};

static const struct table tables[] = {
    { "subscriber", TABLE_VERSION, "Users and their passwords." },
    { 0 },
};

/* One piece of load_credentials: "column" or "$avp(x)=column". */
static err_t read_attribute(struct load *l, struct auth_db_conf *conf, struct str text)
{
    struct attribute *a = &conf->attributes[conf->n_attributes];
    size_t at = text.n && text.p[0] == '$' ? str_find(text, '=') : text.n;
    struct str variable = str_trim(str_cut(text, 0, at));

    if (conf->n_attributes == ATTRIBUTES_MAX) {
        load_fault(l, "load_credentials", "expected at most %d columns", ATTRIBUTES_MAX);
        return ERR_LIMIT;
    }
    a->column = at < text.n ? str_trim(str_skip(text, at + 1)) : variable;
    if (at == text.n)
        variable = arena_fmt(load_arena(l), "$avp(" STR_FMT ")", STR_ARG(a->column));
    conf->n_attributes++;
    return load_var(l, variable, &a->into);
}

static err_t auth_db_check(struct load *l, void *data)
{
    struct auth_db_conf *conf = data;
    struct str rest = conf->load_credentials;
    err_t e = ERR_OK;

    while (rest.n && !e) {
        struct str piece = str_trim(str_split(&rest, ';'));

        if (piece.n)
            e = read_attribute(l, conf, piece);
    }
    return e ? e : database_check_url(l, "db_url", conf->db_url);
}

static err_t auth_db_worker_start(const void *data)
{
    const struct auth_db_conf *conf = data;

    if (!conf->version_table)
        return ERR_OK;
    return database_check_version("auth_db", conf->db_url, STR("subscriber"), TABLE_VERSION);
}

const struct module module_auth_db = {
    .abi = MODULE_ABI,
    .name = "auth_db",
    .doc = "Authenticates users whose passwords are in a database.",
    .needs = (const char *const[]){ "auth", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct auth_db_conf),
    .params = params,
    .funcs = funcs,
    .tables = tables,
    .check = auth_db_check,
    .worker_start = auth_db_worker_start,
};
