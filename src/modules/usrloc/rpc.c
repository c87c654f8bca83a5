/* SPDX-License-Identifier: BSD-2-Clause */
/* The ul.* control methods. */
#include "base/clock.h"
#include "modules/usrloc/inner.h"
#include <stdlib.h>

static struct str or_unset(struct str s)
{
    return s.n ? s : STR("[not set]");
}

static void put_numbers(struct rpc_node *n, const struct contact *c)
{
    rpc_put_int(n, "Methods", c->methods);
    rpc_put_str(n, "Ruid", or_unset(contact_text(c, CONTACT_RUID)));
    rpc_put_str(n, "Instance", or_unset(contact_text(c, CONTACT_INSTANCE)));
    rpc_put_int(n, "Reg-Id", c->reg_id);
    rpc_put_int(n, "Server-Id", c->server_id);
    rpc_put_int(n, "Tcpconn-Id", c->connection ? (int64_t)(c->connection & INT32_MAX) : -1);
    rpc_put_int(n, "Keepalive", 0);
    rpc_put_int(n, "Last-Keepalive",
                atomic_load(&((struct contact *)(uintptr_t)c)->last_keepalive));
    rpc_put_int(n, "KA-Roundtrip", atomic_load(&((struct contact *)(uintptr_t)c)->round_trip_us));
    rpc_put_int(n, "Last-Modified", c->modified);
}

static void put_contact(struct rpc_node *list, const struct contact *c)
{
    static const char *const states[] = { "CS_NEW", "CS_DIRTY", "CS_SYNC" };
    struct rpc_node *n = rpc_put_struct(list, "Contact");
    int64_t now = clock_unix();

    rpc_put_str(n, "Address", contact_text(c, CONTACT_URI));
    if (c->expires == 0)
        rpc_put_str(n, "Expires", STR("permanent"));
    else if (contact_is_expired(c, now))
        rpc_put_str(n, "Expires", STR("expired"));
    else
        rpc_put_int(n, "Expires", c->expires - now);
    if (c->q < 0)
        rpc_put_int(n, "Q", -1);
    else
        rpc_put_double(n, "Q", c->q / 1000.0);
    rpc_put_str(n, "Call-ID", contact_text(c, CONTACT_CALL_ID));
    rpc_put_int(n, "CSeq", c->cseq);
    rpc_put_str(n, "User-Agent", or_unset(contact_text(c, CONTACT_USER_AGENT)));
    rpc_put_str(n, "Received", or_unset(contact_text(c, CONTACT_RECEIVED)));
    rpc_put_str(n, "Path", or_unset(contact_text(c, CONTACT_PATH)));
    rpc_put_str(n, "State", str_of(states[atomic_load(&((struct contact *)(uintptr_t)c)->state)]));
    rpc_put_int(n, "Flags", c->flags);
    rpc_put_int(n, "CFlags", c->cflags);
    rpc_put_str(n, "Socket", or_unset(contact_socket_text(c)));
    put_numbers(n, c);
}

/* ul.dump */

struct dump_args {
    struct str mode;
};
static const struct field dump_args_fields[] = {
    FIELD(dump_args, mode, "\"brief\" lists only the addresses-of-record.", .optional = true),
    { 0 },
};
struct dump {
    struct rpc_node *list;
    bool brief;
};

static bool dump_aor(struct entry *e, void *arg)
{
    const struct aor *r = (const struct aor *)(const void *)e;
    struct dump *d = arg;
    struct rpc_node *info, *contacts;

    if (d->brief) {
        rpc_str(d->list, e->key);
        return true;
    }
    info = rpc_put_struct(d->list, "Info");
    rpc_put_str(info, "AoR", e->key);
    rpc_put_int(info, "HashID", (int64_t)(e->hash & INT32_MAX));
    contacts = rpc_put_array(info, "Contacts");
    for (const struct contact *c = r->first; c; c = c->next)
        put_contact(contacts, c);
    return true;
}

static err_t ul_dump(struct rpc *r, const void *args)
{
    const struct dump_args *a = args;
    struct dump d = { .brief = str_ieq(a->mode, STR("brief")) };
    struct rpc_node *domains = rpc_put_array(rpc_struct(rpc_root(r)), "Domains");

    for (size_t i = 0; location_at(i); i++) {
        struct location *l = location_at(i);
        struct rpc_node *n = rpc_put_struct(domains, "Domain"), *stats;

        rpc_put_str(n, "Domain", l->name);
        rpc_put_int(n, "Size", table_shards(l->aors));
        d.list = rpc_put_array(n, "AoRs");
        table_each(l->aors, dump_aor, &d);
        stats = rpc_put_struct(n, "Stats");
        rpc_put_int(stats, "Records", (int64_t)table_count(l->aors));
        rpc_put_int(stats, "Max-Slots",
                    (int64_t)(table_count(l->aors) / table_shards(l->aors)) + 1);
    }
    return ERR_OK;
}

/* Methods on one AOR. */

struct aor_args {
    struct str table, aor, contact;
};
static const struct field table_fields[] = {
    FIELD(aor_args, table, "Name of the location table."),
    { 0 },
};
static const struct field aor_fields[] = {
    FIELD(aor_args, table, "Name of the location table."),
    FIELD(aor_args, aor, "Address-of-record."),
    { 0 },
};
static const struct field contact_fields[] = {
    FIELD(aor_args, table, "Name of the location table."),
    FIELD(aor_args, aor, "Address-of-record."),
    FIELD(aor_args, contact, "Contact URI."),
    { 0 },
};

static err_t no_table(struct rpc *r)
{
    return rpc_fail(r, 500, "Domain not found");
}

/* As the registrar would store it. */
static struct str aor_key(struct rpc *r, struct str aor)
{
    struct str text = aor;
    size_t at = str_find(aor, '@');

    if (!usrloc_conf()->use_domain && at < aor.n)
        text = str_cut(aor, 0, at);
    return arena_dup(rpc_arena(r), text);
}

static err_t ul_lookup(struct rpc *r, const void *args)
{
    const struct aor_args *a = args;
    struct location *l = location_find(a->table);
    struct contact_list list;
    struct rpc_node *n, *contacts;
    struct str key = aor_key(r, a->aor);
    err_t e;

    if (!l)
        return no_table(r);
    e = location_get(l, key, rpc_arena(r), &list);
    if (e)
        return rpc_fail(r, 500, "AOR not found in location table");
    n = rpc_struct(rpc_root(r));
    rpc_put_str(n, "AoR", key);
    contacts = rpc_put_array(n, "Contacts");
    for (size_t i = 0; i < list.n; i++)
        put_contact(contacts, list.at[i]);
    contact_list_drop(&list);
    return ERR_OK;
}

static err_t remove_matching(struct aor_edit *edit, void *arg)
{
    const struct str *uri = arg;
    err_t e = ERR_NOT_FOUND;

    for (struct contact *c = aor_first(edit), *next; c; c = next) {
        next = c->next;
        if (uri->n && !str_eq(contact_text(c, CONTACT_URI), *uri) &&
            !str_eq(contact_text(c, CONTACT_RUID), *uri))
            continue;
        aor_remove(edit, c);
        e = ERR_OK;
    }
    return e;
}

static err_t remove_from(struct rpc *r, const struct aor_args *a, struct str uri,
                         const char *otherwise)
{
    struct location *l = location_find(a->table);
    err_t e;

    if (!l)
        return no_table(r);
    e = location_update(l, aor_key(r, a->aor), remove_matching, &uri);
    return e ? rpc_fail(r, e == ERR_NOT_FOUND ? 404 : 500, "%s", otherwise) : ERR_OK;
}

static err_t ul_rm(struct rpc *r, const void *args)
{
    return remove_from(r, args, STR(""), "AOR not found");
}

static err_t ul_rm_contact(struct rpc *r, const void *args)
{
    const struct aor_args *a = args;

    return remove_from(r, a, a->contact, "Contact not found");
}

/* ul.add */

struct add_args {
    struct str table, aor, contact, q, path;
    int64_t expires, flags, cflags, methods;
};
static const struct field add_fields[] = {
    FIELD(add_args, table, "Name of the location table."),
    FIELD(add_args, aor, "Address-of-record."),
    FIELD(add_args, contact, "Contact URI."),
    FIELD(add_args, expires, "Seconds; 0: for ever."),
    FIELD(add_args, q, "Preference, 0 to 1."),
    FIELD(add_args, path, "Path, or 0.", .def = ""),
    FIELD(add_args, flags, "Flags of the record.", .def = "0"),
    FIELD(add_args, cflags, "Branch flags.", .def = "0"),
    FIELD(add_args, methods, "Bits of the methods it takes.", .def = "0"),
    { 0 },
};

static err_t put_contact_info(struct aor_edit *edit, void *arg)
{
    struct contact_info *info = arg;

    for (struct contact *c = aor_first(edit); c; c = c->next) {
        if (!str_eq(contact_text(c, CONTACT_URI), info->text[CONTACT_URI]))
            continue;
        info->text[CONTACT_RUID] = contact_text(c, CONTACT_RUID);
        aor_replace(edit, c, contact_new(info));
        return ERR_OK;
    }
    aor_insert(edit, contact_new(info));
    return ERR_OK;
}

static err_t ul_add(struct rpc *r, const void *args)
{
    const struct add_args *a = args;
    struct location *l = location_find(a->table);
    char space[64];
    struct buf ruid;
    int q = -1;

    if (!l)
        return no_table(r);
    if (a->contact.n + a->path.n > 8192 || a->contact.n == 0)
        return rpc_fail(r, 400, "The contact is empty or too long");
    if (a->q.n && q_parse(a->q, &q))
        q = -1;
    buf_fixed(&ruid, space, sizeof space);
    contact_make_ruid(&ruid);
    struct contact_info info = {
        .text = { [CONTACT_URI] = a->contact,
                  [CONTACT_CALL_ID] = STR("dfjrewr12386fd6-343@tandem.rpc"),
                  [CONTACT_USER_AGENT] = STR("tandem RPC"),
                  [CONTACT_PATH] = str_eq(a->path, STR("0")) ? STR("") : a->path,
                  [CONTACT_RUID] = buf_str(&ruid) },
        .expires = a->expires ? clock_unix() + a->expires : 0,
        .modified = clock_unix(),
        .cseq = 1,
        .flags = (uint32_t)a->flags,
        .cflags = (uint32_t)a->cflags,
        .methods = a->methods ? (int32_t)a->methods : CONTACT_ALL_METHODS,
        .q = (int16_t)q,
    };
    if (location_update(l, aor_key(r, a->aor), put_contact_info, &info))
        return rpc_fail(r, 500, "The contact could not be stored");
    return ERR_OK;
}

/* The database. */

static err_t ul_flush(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    if (usrloc_conf()->db_mode != DB_WRITE_BACK)
        return ERR_OK;
    store_flush_deletions();
    for (size_t i = 0; location_at(i); i++) {
        struct location *l = location_at(i);

        for (unsigned shard = 0; shard < table_shards(l->aors); shard++)
            sweep_shard(l, shard);
    }
    return ERR_OK;
}

static err_t count_rows(struct rpc *r, struct str table, const char *what, const char *condition)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct db_value now =
        conf->expires_type == 1 ? DB_OF_INT(clock_unix()) : DB_OF_TIME(clock_unix());
    struct db_result result = { 0 };
    struct str sql;
    struct db *db;
    err_t e;

    if (conf->db_mode == DB_NONE)
        return rpc_fail(r, 500, "Command is not supported in db_mode=0");
    if (!location_find(table))
        return no_table(r);
    e = db_open(conf->db_url, &db, NULL);
    if (e)
        return rpc_fail(r, 500, "The database cannot be used");
    sql = arena_fmt(rpc_arena(r), "SELECT COUNT(%s) FROM " STR_FMT " WHERE " STR_FMT " %s ?", what,
                    STR_ARG(table), STR_ARG(conf->expires_column), condition);
    e = db_query(db, sql, &now, 1, rpc_arena(r), &result);
    obj_drop(db);
    if (e || result.n_rows == 0)
        return rpc_fail(r, 500, "Failed to query the location table");
    rpc_int(rpc_root(r), db_number(&result.rows[0][0]));
    return ERR_OK;
}

static err_t ul_db_users(struct rpc *r, const void *args)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct str what =
        conf->use_domain ? arena_fmt(rpc_arena(r), "DISTINCT " STR_FMT " || '@' || " STR_FMT,
                                     STR_ARG(conf->user_column), STR_ARG(conf->domain_column))
                         : arena_fmt(rpc_arena(r), "DISTINCT " STR_FMT, STR_ARG(conf->user_column));

    return count_rows(r, ((const struct aor_args *)args)->table, what.p, ">");
}

static err_t ul_db_contacts(struct rpc *r, const void *args)
{
    return count_rows(r, ((const struct aor_args *)args)->table, "*", ">");
}

static err_t ul_db_expired_contacts(struct rpc *r, const void *args)
{
    return count_rows(r, ((const struct aor_args *)args)->table, "*", "<");
}

#define METHOD(label, fn, fields, st, sentence)                                                    \
    {                                                                                              \
        .name = (label), .doc = (sentence), .run = (fn), .args = (fields),                         \
        .args_size = sizeof(struct st)                                                             \
    }
const struct rpc_method usrloc_methods[] = {
    METHOD("ul.dump", ul_dump, dump_args_fields, dump_args, "Lists all locations."),
    METHOD("ul.lookup", ul_lookup, aor_fields, aor_args, "Lists the contacts of one AOR."),
    METHOD("ul.rm", ul_rm, aor_fields, aor_args, "Removes an AOR with all its contacts."),
    METHOD("ul.rm_contact", ul_rm_contact, contact_fields, aor_args,
           "Removes one contact of an AOR."),
    { .name = "ul.flush",
      .doc = "Writes to the database what it does not have yet.",
      .run = ul_flush },
    METHOD("ul.add", ul_add, add_fields, add_args, "Adds or replaces a contact."),
    METHOD("ul.db_users", ul_db_users, table_fields, aor_args,
           "Counts the AORs with contacts in the database."),
    METHOD("ul.db_contacts", ul_db_contacts, table_fields, aor_args,
           "Counts the contacts in the database."),
    METHOD("ul.db_expired_contacts", ul_db_expired_contacts, table_fields, aor_args,
           "Counts the contacts in the database that have run out."),
    { 0 },
};
