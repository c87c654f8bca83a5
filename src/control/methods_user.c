/* SPDX-License-Identifier: BSD-2-Clause */
/* user.*: the users who may register, in the table that the auth_db module reads. */
#include "base/digest.h"
#include "base/obj.h"
#include "control/methods.h"
#include "data/db.h"

static const struct str table = STR_INIT("subscriber");

/* A parameter of auth_db, which reads the table; null when it is not loaded. */
static struct value setting(struct str name)
{
    size_t n = 0;
    const struct module *const *modules = control_host.modules ? control_host.modules(&n) : NULL;

    for (size_t i = 0; i < n; i++) {
        const struct field *f = field_find(modules[i]->params, name);

        if (f && strcmp(modules[i]->name, "auth_db") == 0)
            return field_get(f, current_conf(modules[i]));
    }
    return VALUE_NONE;
}

/* The password itself is kept only where auth_db makes the digests from it. */
static struct str kept_password(struct str password)
{
    struct value v = setting(STR("calculate_ha1"));

    return value_number(&v) ? password : STR("");
}

static err_t open_database(struct rpc *r, struct db **out)
{
    struct value url = setting(STR("db_url"));
    char text[256];
    struct buf why;

    buf_fixed(&why, text, sizeof text);
    if (url.type == VALUE_STR && url.s.n) {
        if (db_open(url.s, out, &why))
            return rpc_fail(r, 500, STR_FMT, STR_ARG(buf_str(&why)));
        return ERR_OK;
    }
    return rpc_fail(r, 501, "the configuration names no database of users (auth_db, db_url)");
}

static err_t database_failed(struct rpc *r, struct db *db)
{
    struct str why = db_error(db);

    return rpc_fail(r, 500, "the database: " STR_FMT, STR_ARG(why));
}

struct user_args {
    struct str user, password, domain;
};

/* HA1 and HA1B of RFC 2617 as the subscriber table keeps them. */
struct hashes {
    char ha1[DIGEST_HEX_MAX], ha1b[DIGEST_HEX_MAX];
};

static void hash_password(const struct user_args *a, struct hashes *h)
{
    const struct str colon = STR(":"), at = STR("@");
    const struct str plain[] = { a->user, colon, a->domain, colon, a->password };
    const struct str full[] = { a->user, at, a->domain, colon, a->domain, colon, a->password };

    digest_hex(DIGEST_MD5, plain, sizeof plain / sizeof *plain, h->ha1);
    digest_hex(DIGEST_MD5, full, sizeof full / sizeof *full, h->ha1b);
}

static struct db_pair pair(const char *column, struct str value)
{
    return (struct db_pair){ .column = str_of(column),
                             .value = { .type = DB_STR, .s = value.p ? value : STR("") } };
}

/* The domain of who has none: the configuration's realm. */
static struct str domain_of(struct rpc *r, struct str given)
{
    if (given.n || !control_host.realm)
        return given.p ? given : STR("");
    return control_host.realm(rpc_arena(r));
}

static bool name_is_fit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '@' || s.p[i] == ':' || s.p[i] == 0x7f)
            return false;
    return true;
}

static const struct field user_args_fields[] = {
    FIELD(user_args, user, "The user's name, without domain.", .min = 1, .max = 64),
    FIELD(user_args, password, "The password.", .min = 1, .max = 64),
    FIELD(user_args, domain,
          "The domain, which is also the realm; missing: the configuration's users.realm.",
          .optional = true, .min = 0, .max = 64),
    { 0 },
};

/* Whether this user is there. */
static err_t exists(struct rpc *r, struct db *db, const struct user_args *a, bool *found)
{
    const struct str columns[] = { STR("username") };
    const struct db_pair where[] = { pair("username", a->user), pair("domain", a->domain) };
    struct db_result rows = { 0 };
    err_t e = db_select(db, table, columns, 1, where, 2, STR_NONE, 1, rpc_arena(r), &rows);

    *found = !e && rows.n_rows > 0;
    return e;
}

static err_t user_add(struct rpc *r, const void *args)
{
    struct user_args filled = *(const struct user_args *)args;
    const struct user_args *a = &filled;
    struct hashes h;
    struct db *db = NULL;
    bool found = false;
    err_t e;

    filled.domain = domain_of(r, filled.domain);
    if (!name_is_fit(a->user) || !name_is_fit(a->domain))
        return rpc_fail(r, 400, "a name may not hold blanks, ':' or '@'");
    e = open_database(r, &db);
    if (e)
        return e;
    hash_password(a, &h);
    e = exists(r, db, a, &found);
    if (!e && found)
        e = rpc_fail(r, 409, "the user " STR_FMT " is there already", STR_ARG(a->user));
    else if (!e) {
        const struct db_pair row[] = { pair("username", a->user), pair("domain", a->domain),
                                       pair("password", a->password), pair("ha1", str_of(h.ha1)),
                                       pair("ha1b", str_of(h.ha1b)) };

        e = db_insert(db, table, row, sizeof row / sizeof *row);
    }
    if (e && e != ERR_STATE)
        e = database_failed(r, db);
    obj_drop(db);
    return e;
}

static err_t user_password(struct rpc *r, const void *args)
{
    struct user_args filled = *(const struct user_args *)args;
    const struct user_args *a = &filled;
    struct hashes h;
    struct db *db = NULL;
    int64_t changed = 0;
    err_t e = open_database(r, &db);

    if (e)
        return e;
    filled.domain = domain_of(r, filled.domain);
    hash_password(a, &h);
    {
        const struct db_pair set[] = { pair("password", kept_password(a->password)),
                                       pair("ha1", str_of(h.ha1)), pair("ha1b", str_of(h.ha1b)) };
        const struct db_pair where[] = { pair("username", a->user), pair("domain", a->domain) };

        e = db_update(db, table, set, 3, where, 2, &changed);
    }
    if (e)
        e = database_failed(r, db);
    else if (changed == 0)
        e = rpc_fail(r, 404, "there is no user " STR_FMT, STR_ARG(a->user));
    obj_drop(db);
    return e;
}

struct name_args {
    struct str user, domain;
};
static const struct field name_args_fields[] = {
    FIELD(name_args, user, "The user's name, without domain."),
    FIELD(name_args, domain, "The domain; missing: the configuration's users.realm.",
          .optional = true),
    { 0 },
};

static err_t user_remove(struct rpc *r, const void *args)
{
    const struct name_args *a = args;
    const struct db_pair where[] = { pair("username", a->user),
                                     pair("domain", domain_of(r, a->domain)) };
    struct db *db = NULL;
    int64_t removed = 0;
    err_t e = open_database(r, &db);

    if (e)
        return e;
    e = db_delete(db, table, where, 2, &removed);
    if (e)
        e = database_failed(r, db);
    else if (removed == 0)
        e = rpc_fail(r, 404, "there is no user " STR_FMT, STR_ARG(a->user));
    obj_drop(db);
    return e;
}

struct list_args {
    struct str domain;
};
static const struct field list_args_fields[] = {
    FIELD(list_args, domain, "Only the users of this domain.", .optional = true),
    { 0 },
};

static err_t user_list(struct rpc *r, const void *args)
{
    const struct list_args *a = args;
    const struct str columns[] = { STR("username"), STR("domain") };
    const struct db_pair where[] = { pair("domain", a->domain) };
    struct db_result rows = { 0 };
    struct db *db = NULL;
    err_t e = open_database(r, &db);

    if (e)
        return e;
    e = db_select(db, table, columns, 2, where, a->domain.p ? 1 : 0, STR("username"), 0,
                  rpc_arena(r), &rows);
    if (e)
        e = database_failed(r, db);
    for (size_t i = 0; !e && i < rows.n_rows; i++) {
        struct rpc_node *s = rpc_struct(rpc_root(r));

        rpc_put_str(s, "user", rows.rows[i][0].s);
        rpc_put_str(s, "domain", rows.rows[i][1].s);
    }
    obj_drop(db);
    return e;
}

const struct rpc_method methods_user[] = {
    { .name = "user.add",
      .run = user_add,
      .args = user_args_fields,
      .args_size = sizeof(struct user_args),
      .doc = "Adds a user who may register." },
    { .name = "user.password",
      .run = user_password,
      .args = user_args_fields,
      .args_size = sizeof(struct user_args),
      .doc = "Gives a user another password." },
    { .name = "user.remove",
      .run = user_remove,
      .args = name_args_fields,
      .args_size = sizeof(struct name_args),
      .doc = "Removes a user." },
    { .name = "user.list",
      .run = user_list,
      .args = list_args_fields,
      .args_size = sizeof(struct list_args),
      .array = true,
      .doc = "Lists the users." },
    { 0 },
};
