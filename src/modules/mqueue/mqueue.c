/* SPDX-License-Identifier: BSD-2-Clause */
/* Message queues: scripts put in what other scripts take out. */
#include "modules/mqueue/mqueue.h"
#include "base/log.h"
#include "control/rpc.h"
#include "core/call.h"
#include "core/database.h"
#include "modules/mqueue/queue.h"
#include "rt/worker.h"
#include "script/value.h"

enum db_mode { DB_NONE, DB_BOTH, DB_WRITE, DB_READ };
struct definition {
    struct str name;
    int64_t size, add_mode, db_mode;
};
struct mqueue_conf {
    struct str db_url;
    struct str_list mqueue, mqueue_name;
    int64_t mqueue_size, mqueue_addmode;
    struct definition *defs;
    size_t n_defs;
};

extern const struct module module_mqueue;
struct mqueue_self mqueue_self;

enum { NOTHING = -2 };

/* Definitions: "name=q;size=20;addmode=1;dbmode=0". */

static err_t read_setting(struct definition *d, struct str name, struct str value)
{
    int64_t n = 0;

    if (str_ieq(name, STR("name"))) {
        d->name = value;
        return value.n ? ERR_OK : ERR_SYNTAX;
    }
    if (str_to_i64(value, &n) || n < 0)
        return ERR_SYNTAX;
    if (str_ieq(name, STR("size")))
        d->size = n;
    else if (str_ieq(name, STR("addmode")) && n <= QUEUE_KEEP_NEW)
        d->add_mode = n;
    else if (str_ieq(name, STR("dbmode")) && n <= DB_READ)
        d->db_mode = n;
    else
        return ERR_SYNTAX;
    return ERR_OK;
}

static err_t read_definition(struct str text, struct definition *d)
{
    err_t e = ERR_OK;

    while (text.n && !e) {
        struct str value = str_trim(str_split(&text, ';')), name;

        if (value.n == 0)
            continue;
        name = str_trim(str_split(&value, '='));
        e = read_setting(d, name, str_trim(value));
    }
    return e ? e : d->name.n ? ERR_OK : ERR_SYNTAX;
}

static err_t check(struct load *l, void *data)
{
    struct mqueue_conf *conf = data;

    conf->defs =
        ARENA_ARRAY(load_arena(l), struct definition, conf->mqueue.n + conf->mqueue_name.n + 1);
    for (size_t i = 0; i < conf->mqueue.n; i++) {
        struct definition *d = &conf->defs[conf->n_defs];

        *d = (struct definition){ 0 };
        if (read_definition(conf->mqueue.items[i], d))
            load_fault(l, "mqueue", "expected \"name=…;size=…;addmode=0…2;dbmode=0…3\"");
        else
            conf->n_defs++;
        if (d->db_mode && conf->db_url.n == 0)
            load_fault(l, "mqueue", "dbmode needs the parameter db_url");
    }
    for (size_t i = 0; i < conf->mqueue_name.n; i++)
        conf->defs[conf->n_defs++] =
            (struct definition){ str_trim(conf->mqueue_name.items[i]), conf->mqueue_size,
                                 conf->mqueue_addmode, DB_NONE };
    if (conf->db_url.n)
        return database_check_url(l, "db_url", conf->db_url);
    return ERR_OK;
}

/* What a run has fetched, by queue. */

struct fetched {
    struct fetched *next;
    struct queue *from;
    struct value key, value;
};

static struct fetched *fetched_from(struct call *c, struct queue *q)
{
    struct fetched *f = c->module_data[mqueue_self.run_slot];

    while (f && f->from != q)
        f = f->next;
    return f;
}

static struct value text_or_null(struct str s)
{
    return s.n ? VALUE_OF_STR(s) : VALUE_NONE;
}

struct queue_args {
    struct str queue;
};
struct add_args {
    struct str queue, key, value;
};

static int mq_fetch(struct call *c, const struct queue_args *a)
{
    struct queue *q = queue_find(a->queue);
    struct str key, value;
    struct fetched *f;

    if (!q)
        return SCRIPT_FALSE;
    f = fetched_from(c, q);
    if (!f) {
        f = ARENA_NEW(c->arena, struct fetched);
        *f = (struct fetched){ .next = c->module_data[mqueue_self.run_slot], .from = q };
        c->module_data[mqueue_self.run_slot] = f;
    }
    f->key = f->value = VALUE_NONE;
    if (!queue_take(q, c->arena, &key, &value))
        return NOTHING;
    f->key = text_or_null(key);
    f->value = text_or_null(value);
    return SCRIPT_TRUE;
}
EXPOSE(mq_fetch, queue_args)

static int mq_pv_free(struct call *c, const struct queue_args *a)
{
    struct queue *q = queue_find(a->queue);
    struct fetched *f = q ? fetched_from(c, q) : NULL;

    if (f)
        f->key = f->value = VALUE_NONE;
    return SCRIPT_TRUE;
}
EXPOSE(mq_pv_free, queue_args)

static int mq_add(struct call *c, const struct add_args *a)
{
    struct queue *q = queue_find(a->queue);

    (void)c;
    if (!q)
        return SCRIPT_FALSE;
    queue_add(q, a->key, a->value);
    return SCRIPT_TRUE;
}
EXPOSE(mq_add, add_args)

static int mq_size(struct call *c, const struct queue_args *a)
{
    struct queue *q = queue_find(a->queue);
    size_t n = q ? queue_size(q) : 0;

    (void)c;
    if (!q)
        return NOTHING;
    return n == 0 ? SCRIPT_FALSE : n > INT32_MAX ? INT32_MAX : (int)n;
}
EXPOSE(mq_size, queue_args)

enum which { KEY, VALUE, SIZE };

static err_t get(struct call *c, const struct var_ref *at, struct value *out)
{
    struct queue *q = queue_find(var_key(c, at));
    const struct fetched *f = q ? fetched_from(c, q) : NULL;

    *out = VALUE_NONE;
    if (at->var->tag == SIZE && q)
        *out = VALUE_OF_INT((int64_t)queue_size(q));
    else if (f)
        *out = at->var->tag == KEY ? f->key : f->value;
    return ERR_OK;
}

/* The database: a table of each queue's name. */

static const struct str columns[] = { STR_INIT("key"), STR_INIT("val") };

static err_t load_queue(struct db *db, const struct definition *d)
{
    struct queue *q = queue_find(d->name);
    struct db_result rows = { 0 };
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_TABLE_DATA, 4096);
    e = db_select(db, d->name, columns, 2, NULL, 0, STR("id"), 0, &arena, &rows);
    for (size_t i = 0; !e && i < rows.n_rows; i++)
        queue_add(q, db_text(&rows.rows[i][0], &arena), db_text(&rows.rows[i][1], &arena));
    if (!e)
        e = db_delete(db, d->name, NULL, 0, NULL);
    arena_free(&arena);
    return e;
}

static err_t store_queue(struct db *db, const struct definition *d)
{
    struct queue *q = queue_find(d->name);
    struct str key, value;
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_TABLE_DATA, 4096);
    e = db_delete(db, d->name, NULL, 0, NULL);
    while (!e && queue_take(q, &arena, &key, &value)) {
        const struct db_pair row[] = { { columns[0], NULL, DB_OF_STR(key) },
                                       { columns[1], NULL, DB_OF_STR(value) } };

        e = db_insert(db, d->name, row, 2);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return e;
}

static err_t with_database(const struct mqueue_conf *conf, bool load)
{
    err_t result = ERR_OK;

    for (size_t i = 0; i < conf->n_defs && conf->db_url.n; i++) {
        const struct definition *d = &conf->defs[i];
        bool wanted = d->db_mode == DB_BOTH || d->db_mode == (load ? DB_READ : DB_WRITE);
        struct db *db;
        err_t e;

        if (!wanted)
            continue;
        e = database_open("mqueue", conf->db_url, &db);
        if (!e)
            e = database_done("mqueue", db, load ? load_queue(db, d) : store_queue(db, d),
                              load ? "reading a queue" : "writing a queue");
        if (e)
            result = e;
    }
    return result;
}

static err_t start(const void *conf)
{
    (void)conf;
    mqueue_self.run_slot = call_slot_new();
    return ERR_OK;
}

static void adopt(const void *data)
{
    const struct mqueue_conf *conf = data;

    for (size_t i = 0; i < conf->n_defs; i++)
        queue_define(conf->defs[i].name, (size_t)conf->defs[i].size,
                     (enum queue_mode)conf->defs[i].add_mode);
}

static err_t worker_start(const void *conf)
{
    if (worker_index(worker_self()) != 0 || mqueue_self.loaded)
        return ERR_OK;
    adopt(conf);
    mqueue_self.loaded = true;
    return with_database(conf, true);
}

static void stop(void)
{
    const struct mqueue_conf *conf = current_conf(&module_mqueue);

    if (conf)
        (void)with_database(conf, false);
    queues_free();
    mqueue_self.loaded = false;
}

/* Control methods. */

static err_t no_queue(struct rpc *r)
{
    return rpc_fail(r, 404, "No such queue");
}

static err_t rpc_get_size(struct rpc *r, const void *args)
{
    struct queue *q = queue_find(((const struct queue_args *)args)->queue);
    struct rpc_node *s;

    if (!q)
        return no_queue(r);
    s = rpc_struct(rpc_root(r));
    rpc_put_str(s, "name", queue_name(q));
    rpc_put_int(s, "size", (int64_t)queue_size(q));
    return ERR_OK;
}

static void put_size(struct queue *q, void *arg)
{
    struct rpc_node *s = rpc_struct(arg);

    rpc_put_str(s, "name", queue_name(q));
    rpc_put_int(s, "size", (int64_t)queue_size(q));
}

static err_t rpc_get_sizes(struct rpc *r, const void *args)
{
    (void)args;
    queues_each(put_size, rpc_root(r));
    return ERR_OK;
}

static err_t rpc_fetch(struct rpc *r, const void *args)
{
    struct queue *q = queue_find(((const struct queue_args *)args)->queue);
    struct str key, value;
    struct rpc_node *s;

    if (!q)
        return no_queue(r);
    if (!queue_take(q, rpc_arena(r), &key, &value))
        return rpc_fail(r, 404, "Empty queue");
    s = rpc_struct(rpc_root(r));
    rpc_put_str(s, "key", key);
    rpc_put_str(s, "val", value);
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(mqueue_conf, db_url, "The database of queues with a dbmode.", .optional = true),
    FIELD(mqueue_conf, mqueue,
          "Defines a queue: name=q;size=20;addmode=0;dbmode=0. May be given many times.",
          .optional = true),
    FIELD(mqueue_conf, mqueue_name, "Defines a queue by its name alone.", .optional = true),
    FIELD(mqueue_conf, mqueue_size, "Size of queues defined by name; 0: no limit.", .def = "0",
          .min = 0, .max = INT32_MAX, .differs = "also for those that stand before it"),
    FIELD(mqueue_conf, mqueue_addmode,
          "Of queues defined by name: 0 adds all, 1 keeps the older of the same key, 2 the newer.",
          .def = "0", .min = 0, .max = 2, .differs = "also for those that stand before it"),
    { 0 },
};
#define QUEUE(st) FIELD(st, queue, "Name of the queue.")
static const struct field queue_args_fields[] = { QUEUE(queue_args), { 0 } };
static const struct field add_args_fields[] = {
    QUEUE(add_args),
    FIELD(add_args, key, "The key."),
    FIELD(add_args, value, "The value."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(mq_add, add_args, "Adds a key and a value; a full queue loses its oldest."),
    FUNC(mq_fetch, queue_args, "Takes the oldest out, for $mqk(queue) and $mqv(queue).",
         .returns = (const struct outcome[]){ { 1, "there was one" },
                                              { -1, "there is no such queue" },
                                              { -2, "the queue is empty" },
                                              { 0 } }),
    FUNC(mq_pv_free, queue_args, "Forgets what was fetched."),
    FUNC(mq_size, queue_args, "Returns how many there are; -1: none, -2: no such queue."),
    { 0 },
};
#define FETCHED .differs = "each message sees what it fetched itself"
static const struct variable vars[] = {
    { .name = "mqk", .key = true, .get = get, .tag = KEY, .doc = "The key last fetched.", FETCHED },
    { .name = "mqv",
      .key = true,
      .get = get,
      .tag = VALUE,
      .doc = "The value last fetched.",
      FETCHED },
    { .name = "mq_size", .key = true, .get = get, .tag = SIZE, .doc = "How many a queue holds." },
    { 0 },
};
#define ARGS .args = queue_args_fields, .args_size = sizeof(struct queue_args)
static const struct rpc_method methods[] = {
    { .name = "mqueue.get_size", .run = rpc_get_size, ARGS, .doc = "How many a queue holds." },
    { .name = "mqueue.get_sizes",
      .run = rpc_get_sizes,
      .array = true,
      .doc = "How many each queue holds." },
    { .name = "mqueue.fetch", .run = rpc_fetch, ARGS, .doc = "Takes the oldest out of a queue." },
    { 0 },
};

const struct module module_mqueue = {
    .abi = MODULE_ABI,
    .name = "mqueue",
    .doc = "Queues in which scripts put what other scripts take out.",
    .slot = &mqueue_self.slot,
    .conf_size = sizeof(struct mqueue_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .methods = methods,
    .check = check,
    .start = start,
    .adopt = adopt,
    .worker_start = worker_start,
    .stop = stop,
};
