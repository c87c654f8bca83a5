/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tsilo: requests that wait for their callee. ts_store() remembers a transaction under the user it
 * is for; when that user registers, ts_append() sends the request to the new contacts too, as
 * further branches of the live transaction.
 */
#include "base/log.h"
#include "control/rpc.h"
#include "data/table.h"
#include "modules/registrar/registrar.h"
#include "script/value.h"
#include "txn/txn.h"

#define AREA "tsilo"
enum { SHARDS_LOG2 = 4, PER_URI_MAX = 1000 };
enum {
    STAT_STORED_RURIS,
    STAT_STORED_TRANSACTIONS,
    STAT_TOTAL_RURIS,
    STAT_TOTAL_TRANSACTIONS,
    STAT_ADDED_BRANCHES
};

struct tsilo_conf {
    int64_t hash_size;
    bool use_domain;
};
struct store_args {
    struct str uri;
};
struct append_args {
    struct str domain, uri;
};
struct contact_args {
    struct str domain, uri, contact;
};
struct append_to_args {
    int64_t index, label;
    struct str domain, uri;
};
struct lookup_args {
    struct str uri;
};

static struct {
    struct module_slot slot;
    struct table_of *parked; /* struct silo by user, or user@domain */
} self;

/* The transactions of one user. */
struct parked {
    struct parked *next;
    uint32_t index, label;
};
struct silo {
    struct entry entry;
    struct parked *list; /* latest first; under the table's lock */
    size_t n;
};

extern const struct module module_tsilo;

static void count(unsigned which, int64_t n)
{
    stat_add(self.slot.stat_base + which, n);
}

/* ---- the table ---- */

static void silo_free(void *object)
{
    struct silo *s = object;

    while (s->list) {
        struct parked *p = s->list;

        s->list = p->next;
        mem_free(MEM_MODULE, p);
    }
    mem_free(MEM_MODULE, (void *)(uintptr_t)s->entry.key.p);
}

static struct entry *silo_make(struct str key, void *arg)
{
    struct silo *s = obj_new(struct silo, MEM_MODULE, silo_free);

    (void)arg;
    s->entry.key = mem_dup(MEM_MODULE, key);
    count(STAT_STORED_RURIS, 1);
    count(STAT_TOTAL_RURIS, 1);
    return &s->entry;
}

struct change {
    uint32_t index, label;
    bool full;
};

static bool silo_add(struct entry *e, void *arg)
{
    struct silo *s = LIST_OF(e, struct silo, entry);
    struct change *ch = arg;

    for (struct parked *p = s->list; p; p = p->next) {
        if (p->index == ch->index && p->label == ch->label)
            return true; /* stored twice: once is enough */
    }
    ch->full = s->n >= PER_URI_MAX;
    if (ch->full)
        return true;
    struct parked *p = mem_alloc(MEM_MODULE, sizeof *p);
    *p = (struct parked){ s->list, ch->index, ch->label };
    s->list = p;
    s->n++;
    count(STAT_STORED_TRANSACTIONS, 1);
    count(STAT_TOTAL_TRANSACTIONS, 1);
    return true;
}

static bool silo_remove(struct entry *e, void *arg)
{
    struct silo *s = LIST_OF(e, struct silo, entry);
    const struct change *ch = arg;

    for (struct parked **at = &s->list; *at; at = &(*at)->next) {
        struct parked *p = *at;

        if (p->index != ch->index || p->label != ch->label)
            continue;
        *at = p->next;
        mem_free(MEM_MODULE, p);
        s->n--;
        count(STAT_STORED_TRANSACTIONS, -1);
        break;
    }
    if (!s->n)
        count(STAT_STORED_RURIS, -1);
    return s->n > 0;
}

struct listing {
    struct arena *arena;
    struct parked *list;
    size_t n;
};

static bool silo_list(struct entry *e, void *arg)
{
    struct silo *s = LIST_OF(e, struct silo, entry);
    struct listing *l = arg;

    l->list = ARENA_ARRAY(l->arena, struct parked, s->n);
    for (struct parked *p = s->list; p; p = p->next)
        l->list[l->n++] = *p;
    return true;
}

static struct listing parked_for(struct str key, struct arena *a)
{
    struct listing l = { .arena = a };

    (void)table_touch(self.parked, key, NULL, silo_list, &l);
    return l;
}

/* ---- keys ---- */

static struct str lower(struct str s, struct arena *a)
{
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    return (struct str){ p, s.n };
}

/* Under what a URI's user is kept. */
static err_t key_of(struct call *c, struct str text, struct str *key)
{
    const struct tsilo_conf *conf = call_conf(c, &module_tsilo);
    struct uri u;
    err_t e = uri_parse(text, &u);

    if (e || !u.user.n)
        return e ? e : ERR_SYNTAX;
    *key = conf->use_domain ? arena_fmt(c->arena, STR_FMT "@" STR_FMT, STR_ARG(u.user),
                                        STR_ARG(lower(u.host, c->arena)))
                            : arena_dup(c->arena, u.user);
    return ERR_OK;
}

/* ---- storing ---- */

struct label_on {
    uint32_t index, label;
    struct str key;
};

/* The transaction is gone. */
static void forget(const struct txn_note *note, void *arg)
{
    struct label_on *on = arg;
    struct change ch = { .index = on->index, .label = on->label };

    (void)note;
    (void)table_touch(self.parked, on->key, NULL, silo_remove, &ch);
}

static void label_free(void *arg)
{
    struct label_on *on = arg;

    mem_free(MEM_MODULE, (void *)(uintptr_t)on->key.p);
    mem_free(MEM_MODULE, on);
}

static int ts_store(struct call *c, const struct store_args *a)
{
    struct txn *t = c->txn;
    struct str key;

    c->error = key_of(c, a->uri.n ? a->uri : call_uri_text(c), &key);
    if (c->error || !t || t->state == TXN_GONE || t->txn_flags & TXN_LOCAL) {
        log_warn(AREA, "ts_store: %s",
                 c->error ? "the URI names no user" : "there is no transaction");
        return SCRIPT_FALSE;
    }
    struct change ch = { .index = t->index, .label = t->label };
    (void)table_touch(self.parked, key, silo_make, silo_add, &ch);
    if (ch.full) {
        log_warn(AREA, "%d requests wait for " STR_FMT ": no more are taken", PER_URI_MAX,
                 STR_ARG(key));
        return SCRIPT_FALSE;
    }
    struct label_on *on = mem_alloc(MEM_MODULE, sizeof *on);
    *on = (struct label_on){ t->index, t->label, mem_dup(MEM_MODULE, key) };
    txn_watch(t, TXN_DESTROYED, forget, on, label_free);
    return SCRIPT_TRUE;
}
EXPOSE(ts_store, store_args)

/* ---- adding branches ---- */

/* True when at least one of the transactions took them. */
static int append_all(struct call *c, struct str uri, const struct target *targets, size_t n)
{
    struct str key;
    int code = SCRIPT_FALSE;

    c->error = key_of(c, uri, &key);
    if (c->error)
        return SCRIPT_FALSE;
    struct listing l = parked_for(key, c->arena);
    for (size_t i = 0; i < l.n; i++) {
        size_t sent = 0;
        err_t e = txn_append(l.list[i].index, l.list[i].label, targets, n, &sent);

        count(STAT_ADDED_BRANCHES, (int64_t)sent);
        if (e)
            c->error = e;
        else
            code = SCRIPT_TRUE;
    }
    return code;
}

static bool anyone_waits(struct call *c, struct str uri)
{
    struct str key;

    return key_of(c, uri, &key) == ERR_OK && parked_for(key, c->arena).n;
}

static int ts_append(struct call *c, const struct append_args *a)
{
    struct target *targets;
    size_t n;

    if (!anyone_waits(c, a->uri))
        return SCRIPT_FALSE;
    c->error = registrar_targets(c, a->domain, a->uri, &targets, &n);
    return c->error ? SCRIPT_FALSE : append_all(c, a->uri, targets, n);
}
EXPOSE(ts_append, append_args)

static struct str contact_here(struct call *c)
{
    const struct address *list;
    size_t n = 0;

    return msg_addresses(c->msg, HEADER_CONTACT, &list, &n) == ERR_OK && n ? list[0].uri_text
                                                                           : STR_NONE;
}

static int ts_append_by_contact(struct call *c, const struct contact_args *a)
{
    struct str wanted = a->contact.n ? a->contact : contact_here(c);
    struct target *targets;
    size_t n, kept = 0;

    if (!wanted.n || !anyone_waits(c, a->uri))
        return SCRIPT_FALSE;
    c->error = registrar_targets(c, a->domain, a->uri, &targets, &n);
    if (c->error)
        return SCRIPT_FALSE;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(targets[i].uri, wanted))
            targets[kept++] = targets[i];
    }
    return kept ? append_all(c, a->uri, targets, kept) : SCRIPT_FALSE;
}
EXPOSE(ts_append_by_contact, contact_args)

static int ts_append_to(struct call *c, const struct append_to_args *a)
{
    struct str uri = a->uri;
    struct target *targets;
    size_t n, sent = 0;

    c->error = uri.n ? ERR_OK : txn_uri((uint32_t)a->index, (uint32_t)a->label, c->arena, &uri);
    if (c->error == ERR_OK)
        c->error = registrar_targets(c, a->domain, uri, &targets, &n);
    if (c->error == ERR_OK)
        c->error = txn_append((uint32_t)a->index, (uint32_t)a->label, targets, n, &sent);
    count(STAT_ADDED_BRANCHES, (int64_t)sent);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(ts_append_to, append_to_args)

/* The targets of the message at hand, as the script made them. */
static int ts_append_branches(struct call *c, const struct store_args *a)
{
    size_t n = call_target_count(c);
    struct target *targets = ARENA_ARRAY(c->arena, struct target, n);
    bool own = c->uri_rewritten || c->targets[0].dst_uri.n || n == 1;
    size_t kept = 0;

    for (size_t i = own ? 0 : 1; i < n; i++) {
        targets[kept] = *call_target(c, i);
        if (!targets[kept].uri.p)
            targets[kept].uri = call_uri_text(c);
        kept++;
    }
    return append_all(c, a->uri, targets, kept);
}
EXPOSE(ts_append_branches, store_args)

/* ---- control ---- */

static void put_transactions(struct rpc_node *at, const struct listing *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct rpc_node *one = rpc_struct(at);

        rpc_put_int(one, "Tindex", l->list[i].index);
        rpc_put_int(one, "Tlabel", l->list[i].label);
    }
}

struct dumping {
    struct rpc *rpc;
    struct rpc_node *uris;
    size_t n_uris, n_transactions, most;
};

static bool dump_one(struct entry *e, void *arg)
{
    struct dumping *d = arg;
    struct listing l = { .arena = rpc_arena(d->rpc) };

    silo_list(e, &l);
    struct rpc_node *at = rpc_struct(d->uris);
    rpc_put_str(at, "R-URI", arena_dup(l.arena, e->key));
    rpc_put_int(at, "Hash", (int64_t)(uint32_t)e->hash);
    put_transactions(rpc_put_array(at, "Transactions"), &l);
    d->n_uris++;
    d->n_transactions += l.n;
    d->most = l.n > d->most ? l.n : d->most;
    return true;
}

static err_t ts_dump(struct rpc *r, const void *args)
{
    const struct tsilo_conf *conf = current_conf(&module_tsilo);
    struct rpc_node *at = rpc_struct(rpc_root(r));
    struct dumping d = { .rpc = r };

    (void)args;
    rpc_put_int(at, "Size", conf->hash_size);
    d.uris = rpc_put_array(at, "R-URIs");
    table_each(self.parked, dump_one, &d);
    struct rpc_node *stats = rpc_put_struct(at, "Stats");
    rpc_put_int(stats, "RURIs", (int64_t)d.n_uris);
    rpc_put_int(stats, "Max-Slots", (int64_t)d.most);
    rpc_put_int(stats, "Transactions", (int64_t)d.n_transactions);
    return ERR_OK;
}

static err_t ts_lookup(struct rpc *r, const void *args)
{
    const struct lookup_args *a = args;
    struct uri u;
    struct listing l = parked_for(a->uri, rpc_arena(r));

    if (!l.n && uri_parse(a->uri, &u) == ERR_OK) { /* a whole URI will do as well */
        const struct tsilo_conf *conf = current_conf(&module_tsilo);
        struct str key = conf->use_domain
                             ? arena_fmt(rpc_arena(r), STR_FMT "@" STR_FMT, STR_ARG(u.user),
                                         STR_ARG(lower(u.host, rpc_arena(r))))
                             : u.user;
        l = parked_for(key, rpc_arena(r));
    }
    if (!l.n)
        return rpc_fail(r, 404, "RURI not found in tsilo table");
    put_transactions(rpc_root(r), &l);
    return ERR_OK;
}

/* ---- tables ---- */

#define TABLE "Name of the location table."
static const struct field store_args_fields[] = {
    FIELD(store_args, uri, "URI whose user the request is for; default: the Request-URI.",
          .def = ""),
    { 0 },
};
static const struct field append_args_fields[] = {
    FIELD(append_args, domain, TABLE),
    FIELD(append_args, uri, "URI of the user that has registered."),
    { 0 },
};
static const struct field contact_args_fields[] = {
    FIELD(contact_args, domain, TABLE),
    FIELD(contact_args, uri, "URI of the user that has registered."),
    FIELD(contact_args, contact, "URI of the contact to add; default: that of the message.",
          .def = ""),
    { 0 },
};
static const struct field append_to_args_fields[] = {
    FIELD(append_to_args, index, "$T(id_index) of the transaction."),
    FIELD(append_to_args, label, "Its $T(id_label)."),
    FIELD(append_to_args, domain, TABLE),
    FIELD(append_to_args, uri, "URI to look up; default: the transaction's own.", .def = ""),
    { 0 },
};
static const struct field branches_args_fields[] = {
    FIELD(store_args, uri, "URI of the user whose requests get the branches."),
    { 0 },
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, uri, "User, user@domain, or a whole URI."),
    { 0 },
};

static const struct outcome appended[] = {
    { 1, "the contacts have branches" },
    { -1, "no request waits for the user, or there is no contact" },
    { 0 },
};
#define HERE ROUTE_REQUEST | ROUTE_FAILURE
static const struct func funcs[] = {
    FUNC(ts_store, store_args, "Remembers the transaction under the user it is for.",
         .routes = HERE),
    FUNC(ts_append, append_args, "Adds the contacts of a user to the requests that wait for it.",
         .routes = HERE | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_EVENT, .suspends = true,
         .returns = appended),
    FUNC(ts_append_by_contact, contact_args,
         "Adds one contact of a user to the requests that wait for it.",
         .routes = HERE | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_EVENT, .suspends = true,
         .returns = appended),
    FUNC(ts_append_to, append_to_args, "Adds the contacts of a user to one transaction.",
         .routes = HERE | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_EVENT, .suspends = true,
         .returns = appended),
    { .name = "ts_append_branches",
      .run = ts_append_branches_with_store_args,
      .args = branches_args_fields,
      .args_size = sizeof(struct store_args),
      .doc = "Adds the branches of the message at hand to the requests that wait for a user.",
      .routes = HERE | ROUTE_EVENT,
      .suspends = true,
      .returns = appended },
    { 0 },
};

static const struct field params[] = {
    FIELD(tsilo_conf, hash_size, "Accepted without effect.", .def = "2048",
          .inert = "the table grows by itself"),
    FIELD(tsilo_conf, use_domain, "Users of different domains are different.", .def = "0"),
    { 0 },
};

static const struct stat_decl stats[] = {
    { "tsilo", "stored_ruris", "Users that some request waits for.", true, NULL },
    { "tsilo", "stored_transactions", "Requests that wait.", true, NULL },
    { "tsilo", "total_ruris", "Users that some request has waited for.", false, NULL },
    { "tsilo", "total_transactions", "Requests that were stored.", false, NULL },
    { "tsilo", "added_branches", "Branches added to them.", false, NULL },
    { 0 },
};

static const struct rpc_method methods[] = {
    { "ts.dump", "All requests that wait, by user.", ts_dump, NULL, 0, false },
    { "ts.lookup", "The requests that wait for a user.", ts_lookup, lookup_args_fields,
      sizeof(struct lookup_args), true },
    { 0 },
};

static err_t start(const void *conf)
{
    (void)conf;
    self.parked = table_new("tsilo", SHARDS_LOG2, NULL, NULL);
    return ERR_OK;
}

static void stop(void)
{
    table_free(self.parked);
}

const struct module module_tsilo = {
    .abi = MODULE_ABI,
    .name = "tsilo",
    .doc = "Requests that wait for their callee to register, and then reach the new contacts.",
    .needs = (const char *const[]){ "tm", "registrar", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct tsilo_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .stats = stats,
    .start = start,
    .stop = stop,
};
