/* SPDX-License-Identifier: BSD-2-Clause */
/* Contacts in a database table (name of the location; columns by parameters). */
#include "base/clock.h"
#include "base/log.h"
#include "core/database.h"
#include "modules/usrloc/attrs.h"
#include "modules/usrloc/inner.h"
#include "rt/worker.h"

enum { COLUMNS = 21, ROWS_MAX = 200000 };

/* Columns in the order in which rows are read and written. */
enum column {
    C_RUID,
    C_USER,
    C_DOMAIN,
    C_CONTACT,
    C_EXPIRES,
    C_Q,
    C_CALLID,
    C_CSEQ,
    C_FLAGS,
    C_CFLAGS,
    C_USER_AGENT,
    C_RECEIVED,
    C_PATH,
    C_SOCKET,
    C_METHODS,
    C_INSTANCE,
    C_REG_ID,
    C_SERVER_ID,
    C_CONNECTION_ID,
    C_KEEPALIVE,
    C_MODIFIED
};

/* Waiting for the next sweep (write-back). */
struct deletion {
    struct deletion *next;
    struct location *in;
    struct contact *contact;
    char aor[];
};
static void column_names(const struct usrloc_conf *f, struct str *names)
{
    const struct str all[COLUMNS] = {
        f->ruid_column,       f->user_column,      f->domain_column,        f->contact_column,
        f->expires_column,    f->q_column,         f->callid_column,        f->cseq_column,
        f->flags_column,      f->cflags_column,    f->user_agent_column,    f->received_column,
        f->path_column,       f->socket_column,    f->methods_column,       f->instance_column,
        f->reg_id_column,     f->server_id_column, f->connection_id_column, f->keepalive_column,
        STR("last_modified"),
    };

    memcpy(names, all, sizeof all);
}

static err_t open_db(struct db **db)
{
    return database_open("usrloc", usrloc_conf()->db_url, db);
}

static err_t report(struct db *db, err_t e, const char *doing)
{
    return database_done("usrloc", db, e, doing);
}

/* Reading. */

static struct str text_of(const struct db_value *v)
{
    return v->type == DB_STR || v->type == DB_BLOB ? v->s : STR("");
}

static struct listener *socket_of(struct str text)
{
    struct str rest = text, proto = str_split(&rest, ':');
    size_t colon = rest.n;
    uint32_t port = 0;

    while (colon > 0 && rest.p[colon - 1] != ':')
        colon--;
    if (colon == 0 || str_to_u32(str_skip(rest, colon), &port) || port > UINT16_MAX)
        return NULL;
    return listener_find(str_cut(rest, 0, colon - 1), (uint16_t)port, proto_of(proto));
}

/* Expiry and modification may be dates or, with expires_type 1, plain seconds. */
static int64_t moment_of(const struct db_value *v)
{
    int64_t at = db_time(v);

    return at > 0 ? at : 0;
}

/* Splits an AOR into the values of its two columns. */
static void aor_values(struct str aor, struct str *user, struct str *domain)
{
    size_t at = aor.n;

    while (at > 0 && aor.p[at - 1] != '@')
        at--;
    if (at == 0 || !usrloc_conf()->use_domain) {
        *user = aor;
        *domain = STR("");
        return;
    }
    *user = str_cut(aor, 0, at - 1);
    *domain = str_skip(aor, at);
}

static struct db_value null_if_empty(struct str s)
{
    return s.n ? DB_OF_STR(s) : (struct db_value){ .type = DB_NULL };
}

/* Attributes, in a table of their own. */

enum { ATTR_INT = 1, ATTR_STR = 2 }; /* in column atype */
enum { ATTR_RUID, ATTR_NAME, ATTR_TYPE, ATTR_VALUE, ATTR_COLUMNS };
static const struct str attr_columns[ATTR_COLUMNS] = { STR_INIT("ruid"), STR_INIT("aname"),
                                                       STR_INIT("atype"), STR_INIT("avalue") };

static struct str attrs_table(const struct location *l, char space[static 80])
{
    struct buf b;

    buf_fixed(&b, space, 80);
    buf_fmt(&b, STR_FMT "_attrs", STR_ARG(l->name));
    return buf_str(&b);
}

static bool keeps_attrs(void)
{
    return usrloc_conf()->xavp_contact.n > 0;
}

/* Those of the contacts that `where` selects; none when they are not kept. */
static err_t read_attrs(struct db *db, struct location *l, const struct db_pair *where,
                        size_t n_where, struct arena *a, struct db_result *out)
{
    char space[80];

    *out = (struct db_result){ 0 };
    if (!keeps_attrs())
        return ERR_OK;
    return db_select(db, attrs_table(l, space), attr_columns, ATTR_COLUMNS, where, n_where,
                     STR("id"), ROWS_MAX, a, out);
}

static struct str attrs_of_rows(const struct db_result *r, struct str ruid, struct arena *a)
{
    struct str text;
    struct buf b;

    buf_init(&b, MEM_DATABASE);
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct db_value *row = r->rows[i];
        struct value v = VALUE_OF_STR(text_of(&row[ATTR_VALUE]));

        if (!str_eq(text_of(&row[ATTR_RUID]), ruid))
            continue;
        if (db_number(&row[ATTR_TYPE]) == ATTR_INT)
            v = VALUE_OF_INT(value_number(&v));
        attrs_add(&b, text_of(&row[ATTR_NAME]), &v);
    }
    text = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return text;
}

static err_t delete_attrs(struct db *db, struct location *l, const struct contact *c)
{
    struct db_pair where = { .column = STR("ruid"),
                             .value = DB_OF_STR(contact_text(c, CONTACT_RUID)) };
    char space[80];

    if (!keeps_attrs())
        return ERR_OK;
    return db_delete(db, attrs_table(l, space), &where, 1, NULL);
}

static err_t write_attrs(struct db *db, struct location *l, struct str aor, const struct contact *c)
{
    struct str rest = contact_text(c, CONTACT_ATTRS), user, domain, name;
    err_t e = delete_attrs(db, l, c);
    struct value v;
    char space[80];

    aor_values(aor, &user, &domain);
    while (!e && rest.n && keeps_attrs() && attrs_next(&rest, &name, &v)) {
        char digits[24];
        struct buf number;

        buf_fixed(&number, digits, sizeof digits);
        buf_int(&number, v.type == VALUE_INT ? v.i : 0);

        const struct db_pair row[] = {
            { .column = STR("ruid"), .value = DB_OF_STR(contact_text(c, CONTACT_RUID)) },
            { .column = STR("username"), .value = DB_OF_STR(user) },
            { .column = STR("domain"), .value = null_if_empty(domain) },
            { .column = STR("aname"), .value = DB_OF_STR(name) },
            { .column = STR("atype"),
              .value = DB_OF_INT(v.type == VALUE_INT ? ATTR_INT : ATTR_STR) },
            { .column = STR("avalue"),
              .value = DB_OF_STR(v.type == VALUE_INT ? buf_str(&number) : v.s) },
            { .column = STR("last_modified"), .value = DB_OF_TIME(c->modified) },
        };

        e = db_insert(db, attrs_table(l, space), row, sizeof row / sizeof *row);
    }
    return e;
}

static struct contact *contact_of_row(const struct db_value *row, struct str attrs)
{
    struct contact_info info = {
        .text = { [CONTACT_URI] = text_of(&row[C_CONTACT]),
                  [CONTACT_CALL_ID] = text_of(&row[C_CALLID]),
                  [CONTACT_USER_AGENT] = text_of(&row[C_USER_AGENT]),
                  [CONTACT_RECEIVED] = text_of(&row[C_RECEIVED]),
                  [CONTACT_PATH] = text_of(&row[C_PATH]),
                  [CONTACT_INSTANCE] = text_of(&row[C_INSTANCE]),
                  [CONTACT_RUID] = text_of(&row[C_RUID]),
                  [CONTACT_ATTRS] = attrs },
        .expires = moment_of(&row[C_EXPIRES]),
        .modified = moment_of(&row[C_MODIFIED]),
        .cseq = (uint32_t)db_number(&row[C_CSEQ]),
        .flags = (uint32_t)db_number(&row[C_FLAGS]),
        .cflags = (uint32_t)db_number(&row[C_CFLAGS]),
        .methods = row[C_METHODS].type == DB_NULL ? CONTACT_ALL_METHODS
                                                  : (int32_t)db_number(&row[C_METHODS]),
        .reg_id = (int32_t)db_number(&row[C_REG_ID]),
        .server_id = (int32_t)db_number(&row[C_SERVER_ID]),
        .state = CONTACT_SYNC,
    };
    double q = db_real(&row[C_Q]);
    struct str socket = text_of(&row[C_SOCKET]);

    info.q = q < 0 ? -1 : q > 1 ? 1000 : (int16_t)(q * 1000 + 0.5);
    info.socket = socket_of(socket);
    if (!info.socket || !str_eq(info.socket->text, socket))
        info.text[CONTACT_SOCKET] = socket;
    return contact_new(&info);
}

static bool usable_row(const struct db_value *row, struct str attrs)
{
    size_t n = attrs.n;

    for (size_t i = 0; i < COLUMNS; i++)
        n += text_of(&row[i]).n;
    return n <= UINT16_MAX && text_of(&row[C_CONTACT]).n > 0;
}

err_t store_load_aor(struct location *l, struct str aor, struct aor *into)
{
    const struct usrloc_conf *conf = usrloc_conf();
    bool by_time = conf->desc_time_order;
    struct str names[COLUMNS], user, domain;
    struct db_result r, attrs;
    struct arena arena;
    struct db *db;
    err_t e = open_db(&db);

    if (e)
        return e;
    column_names(conf, names);
    aor_values(aor, &user, &domain);
    struct db_pair where[2] = {
        { .column = conf->user_column, .value = DB_OF_STR(user) },
        { .column = conf->domain_column, .value = DB_OF_STR(domain) },
    };
    arena_init(&arena, MEM_DATABASE, 2048);
    e = db_select(db, l->name, names, COLUMNS, where, domain.n ? 2 : 1, STR(""), 0, &arena, &r);
    where[0].column = STR("username");
    where[1].column = STR("domain");
    if (!e)
        e = read_attrs(db, l, where, domain.n ? 2 : 1, &arena, &attrs);
    for (size_t i = 0; !e && i < r.n_rows; i++) {
        struct str more = attrs_of_rows(&attrs, text_of(&r.rows[i][C_RUID]), &arena);

        if (usable_row(r.rows[i], more))
            aor_put(into, contact_of_row(r.rows[i], more), by_time);
    }
    arena_free(&arena);
    return report(db, e, "reading an AOR");
}

struct put {
    struct contact *contact;
    bool by_time, made;
};

static struct entry *put_make(struct str key, void *arg)
{
    struct put *p = arg;

    p->made = true;
    return &aor_new(key)->entry;
}

static bool put_locked(struct entry *e, void *arg)
{
    struct aor *r = (struct aor *)(void *)e;
    struct put *p = arg;

    for (struct contact *c = r->first; c; c = c->next) {
        if (str_eq(contact_text(c, CONTACT_RUID), contact_text(p->contact, CONTACT_RUID)))
            return true; /* it came in while the table was being loaded */
    }
    aor_put(r, obj_hold(p->contact), p->by_time);
    return true;
}

/* Whether a loaded contact is for this server. */
static bool wanted_row(const struct db_value *row, const struct contact *c)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct generation *gen = generation_peek();
    struct str socket = text_of(&row[C_SOCKET]);

    if (contact_is_expired(c, clock_unix()))
        return false;
    if (conf->skip_remote_socket && socket.n && !c->socket)
        return false;
    if (conf->server_id_filter && gen && c->server_id != gen->core->server_id)
        return false;
    return !conf->db_clean_tcp || !proto_is_stream(proto_of(str_split(&socket, ':')));
}

static void put_row(struct location *l, const struct db_value *row, const struct db_result *attrs,
                    bool use_domain, bool by_time, struct arena *arena)
{
    struct str more = attrs_of_rows(attrs, text_of(&row[C_RUID]), arena);
    struct put p = { .by_time = by_time };
    struct str user = text_of(&row[C_USER]), domain = text_of(&row[C_DOMAIN]);
    struct str aor = user;

    if (!usable_row(row, more) || user.n + domain.n == 0)
        return;
    if (use_domain && domain.n)
        aor = arena_fmt(arena, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain));
    p.contact = contact_of_row(row, more);
    if (wanted_row(row, p.contact)) {
        table_touch(l->aors, aor, put_make, put_locked, &p);
        location_stat(l, LOCATION_CONTACTS, 1);
        if (p.made)
            location_stat(l, LOCATION_USERS, 1);
    }
    obj_drop(p.contact);
}

/* Reads the table in pieces of fetch_rows, in order of ruid. */
static err_t load_rows(struct location *l, struct db *db, int64_t piece)
{
    char from[256] = "";
    size_t n_from = 0;
    err_t e = ERR_OK;

    for (bool more = true; more && !e;) {
        const struct usrloc_conf *conf = usrloc_conf();
        bool use_domain = conf->use_domain, by_time = conf->desc_time_order;
        struct str names[COLUMNS];
        struct db_result r = { 0 }, attrs;
        struct arena arena;
        struct db_pair where[2] = { { .column = conf->ruid_column,
                                      .op = ">",
                                      .value = DB_OF_STR(((struct str){ from, n_from })) } };

        column_names(conf, names);
        arena_init(&arena, MEM_DATABASE, 65536);
        e = db_select(db, l->name, names, COLUMNS, where, 1, conf->ruid_column, piece, &arena, &r);
        if (!e && r.n_rows) {
            where[0].column = STR("ruid");
            where[1] = (struct db_pair){
                .column = STR("ruid"), .op = "<=", .value = r.rows[r.n_rows - 1][C_RUID]
            };
            e = read_attrs(db, l, where, 2, &arena, &attrs);
        }
        for (size_t i = 0; !e && i < r.n_rows; i++)
            put_row(l, r.rows[i], &attrs, use_domain, by_time, &arena);
        more = !e && (int64_t)r.n_rows == piece;
        if (more) {
            struct str last = text_of(&r.rows[r.n_rows - 1][C_RUID]);

            n_from = last.n < sizeof from ? last.n : sizeof from;
            memcpy(from, last.p, n_from);
        }
        arena_free(&arena);
    }
    return e;
}

err_t store_load_all(struct location *l)
{
    int64_t piece = usrloc_conf()->fetch_rows > 0 ? usrloc_conf()->fetch_rows : ROWS_MAX;
    struct db *db;
    err_t e = open_db(&db);

    if (e)
        return e;
    e = report(db, load_rows(l, db, piece), "loading contacts");
    if (!e)
        log_info("usrloc", STR_FMT ": %zu addresses-of-record loaded", STR_ARG(l->name),
                 location_aors(l));
    return e;
}

/* Only the first to come loads; others wait for it. */
void location_ensure_loaded(struct location *l)
{
    int64_t mode;
    int none = 0;

    if (atomic_load_explicit(&l->load_state, memory_order_acquire) == 2)
        return;
    mode = usrloc_conf()->db_mode;
    if ((mode != DB_WRITE_THROUGH && mode != DB_WRITE_BACK) || !usrloc_conf()->db_load)
        return;
    if (atomic_compare_exchange_strong(&l->load_state, &none, 1)) {
        (void)store_load_all(l);
        atomic_store_explicit(&l->load_state, 2, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&l->load_state, memory_order_acquire) == 1 && co_may_suspend()) {
        if (co_sleep(5))
            return;
    }
}

/* Writing. */

static struct db_value methods_value(const struct contact *c)
{
    if (c->methods == CONTACT_ALL_METHODS)
        return (struct db_value){ .type = DB_NULL };
    return DB_OF_INT(c->methods);
}

static struct db_value moment(int64_t at, int64_t type)
{
    return type == 1 ? DB_OF_INT(at) : DB_OF_TIME(at);
}

static size_t row_of(const struct usrloc_conf *conf, const struct contact *c, struct str aor,
                     struct db_pair *out)
{
    struct str names[COLUMNS], user, domain;
    double q = c->q < 0 ? -1.0 : c->q / 1000.0;

    column_names(conf, names);
    aor_values(aor, &user, &domain);
    const struct db_value values[COLUMNS] = {
        [C_RUID] = DB_OF_STR(contact_text(c, CONTACT_RUID)),
        [C_USER] = DB_OF_STR(user),
        [C_DOMAIN] = null_if_empty(domain),
        [C_CONTACT] = DB_OF_STR(contact_text(c, CONTACT_URI)),
        [C_EXPIRES] = moment(c->expires, conf->expires_type),
        [C_Q] = { .type = DB_DOUBLE, .d = q },
        [C_CALLID] = DB_OF_STR(contact_text(c, CONTACT_CALL_ID)),
        [C_CSEQ] = DB_OF_INT(c->cseq),
        [C_FLAGS] = DB_OF_INT(c->flags),
        [C_CFLAGS] = DB_OF_INT(c->cflags),
        [C_USER_AGENT] = DB_OF_STR(contact_text(c, CONTACT_USER_AGENT)),
        [C_RECEIVED] = null_if_empty(contact_text(c, CONTACT_RECEIVED)),
        [C_PATH] = null_if_empty(contact_text(c, CONTACT_PATH)),
        [C_SOCKET] = null_if_empty(contact_socket_text(c)),
        [C_METHODS] = methods_value(c),
        [C_INSTANCE] = null_if_empty(contact_text(c, CONTACT_INSTANCE)),
        [C_REG_ID] = DB_OF_INT(c->reg_id),
        [C_SERVER_ID] = DB_OF_INT(c->server_id),
        [C_CONNECTION_ID] = DB_OF_INT(c->connection ? (int64_t)(c->connection & INT32_MAX) : -1),
        [C_KEEPALIVE] = DB_OF_INT(0),
        [C_MODIFIED] = moment(c->modified, conf->expires_type),
    };

    for (size_t i = 0; i < COLUMNS; i++)
        out[i] = (struct db_pair){ .column = names[i], .value = values[i] };
    return COLUMNS;
}

err_t store_write(struct location *l, struct str aor, struct contact *c)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct db_pair row[COLUMNS];
    struct db *db;
    size_t n;
    err_t e = open_db(&db);

    if (e)
        return e;
    n = row_of(conf, c, aor, row);
    atomic_store(&c->state, CONTACT_DIRTY); /* whoever removes it from now on must delete the row */
    e = db_upsert(db, l->name, row, n, &conf->ruid_column, 1);
    if (!e)
        e = write_attrs(db, l, aor, c);
    if (!e)
        atomic_store(&c->state, CONTACT_SYNC);
    return report(db, e, "writing a contact");
}

static err_t store_delete(struct location *l, struct str aor, const struct contact *c)
{
    struct db_pair where = { .column = usrloc_conf()->ruid_column,
                             .value = DB_OF_STR(contact_text(c, CONTACT_RUID)) };
    struct db *db;
    err_t e = open_db(&db);

    (void)aor;
    if (e)
        return e;
    e = db_delete(db, l->name, &where, 1, NULL);
    if (!e)
        e = delete_attrs(db, l, c);
    return report(db, e, "deleting a contact");
}

err_t store_delete_expired(struct location *l, int64_t before)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct db_pair where[2] = {
        { .column = conf->expires_column, .op = "<", .value = moment(before, conf->expires_type) },
        { .column = conf->expires_column, .op = ">", .value = moment(0, conf->expires_type) },
    };
    struct db *db;
    err_t e = open_db(&db);

    if (e)
        return e;
    return report(db, db_delete(db, l->name, where, 2, NULL), "deleting expired contacts");
}

static void keep_deletion(struct location *l, struct str aor, struct contact *c)
{
    struct deletion *d = mem_alloc(MEM_LOCATION, sizeof *d + aor.n + 1);

    memcpy(d->aor, aor.p, aor.n);
    d->aor[aor.n] = '\0';
    d->in = l;
    d->contact = obj_hold(c);
    pthread_mutex_lock(&usrloc_self.lock);
    d->next = usrloc_self.deletions;
    usrloc_self.deletions = d;
    pthread_mutex_unlock(&usrloc_self.lock);
}

void store_flush_deletions(void)
{
    struct deletion *d, *next;

    pthread_mutex_lock(&usrloc_self.lock);
    d = usrloc_self.deletions;
    usrloc_self.deletions = NULL;
    pthread_mutex_unlock(&usrloc_self.lock);
    for (; d; d = next) {
        next = d->next;
        (void)store_delete(d->in, str_of(d->aor), d->contact);
        obj_drop(d->contact);
        mem_free(MEM_LOCATION, d);
    }
}

void store_changes(struct changes *ch, struct location *l, struct str aor)
{
    int64_t mode = usrloc_conf()->db_mode;

    if (mode == DB_NONE)
        return;
    for (struct change *one = ch->first; one; one = one->next) {
        struct contact *c = one->contact;
        bool gone = one->what & (LOCATION_DELETE | LOCATION_EXPIRE);

        if (c->flags & CONTACT_MEMORY_ONLY)
            continue;
        if (gone && atomic_load(&c->state) == CONTACT_NEW && mode != DB_ONLY)
            continue; /* it was never written */
        if (gone && mode == DB_WRITE_BACK)
            keep_deletion(l, aor, c);
        else if (gone)
            (void)store_delete(l, aor, c);
        else if (mode != DB_WRITE_BACK)
            (void)store_write(l, aor, c);
    }
}
