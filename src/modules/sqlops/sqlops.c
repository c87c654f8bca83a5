/* SPDX-License-Identifier: BSD-2-Clause */
/* The sqlops module: SQL from scripts. A query suspends its message, and no other. */
#include "base/log.h"
#include "modules/sqlops/inner.h"
#include "rt/worker.h"

enum { ROWS = 1, NO_ROWS = 2, ROWS_IGNORED = 3 };
enum { VARS_MAX = 64 };

struct sqlops_self sqlops_self;

struct query_args {
    struct str connection, query, result;
};
struct async_args {
    struct str connection, query;
};
struct pv_args {
    struct str connection, query, result;
    const struct var_ref **vars; /* made of `result` at load */
    size_t n_vars;
};
struct result_args {
    struct str result;
};

static err_t find_connection(const struct sqlops_conf *conf, struct str name, struct db **out)
{
    for (size_t i = 0; i < conf->n_connections; i++) {
        if (str_eq(conf->connections[i].name, name))
            return database_open("sqlops", conf->connections[i].url, out);
    }
    log_error("sqlops", "there is no connection \"" STR_FMT "\"", STR_ARG(name));
    return ERR_NOT_FOUND;
}

static void note_affected(struct call *c, struct str connection, int64_t rows)
{
    struct sqlops_run *run = sqlops_run_of(c);
    struct affected *a = run->affected;

    while (a && !str_eq(a->connection, connection))
        a = a->next;
    if (!a) {
        a = ARENA_NEW(c->arena, struct affected);
        a->connection = arena_dup(c->arena, connection);
        a->next = run->affected;
        run->affected = a;
    }
    a->rows = rows;
}

static err_t run_query(struct call *c, struct str connection, struct str sql, struct db_result *out)
{
    const struct sqlops_conf *conf = call_conf(c, &module_sqlops);
    struct db *db;
    err_t e = find_connection(conf, connection, &db);

    if (e)
        return e;
    e = database_done("sqlops", db, db_query(db, sql, NULL, 0, c->arena, out), "query");
    if (!e)
        note_affected(c, connection, out->affected);
    return e;
}

static struct named_result *result_for(struct call *c, struct str name)
{
    const struct sqlops_conf *conf = call_conf(c, &module_sqlops);
    struct sqlops_run *run = sqlops_run_of(c);
    struct named_result *r = named_result_of(c, name);

    if (r)
        return r;
    if ((int64_t)run->n_results >= conf->results_maxsize) {
        log_error("sqlops", "more than results_maxsize results are in use");
        return NULL;
    }
    r = ARENA_NEW(c->arena, struct named_result);
    r->name = arena_dup(c->arena, name);
    r->next = run->results;
    run->results = r;
    run->n_results++;
    return r;
}

static int sql_query(struct call *c, const struct query_args *a)
{
    struct named_result *into = NULL;
    struct db_result r = { 0 };

    if (a->result.n) {
        into = result_for(c, a->result);
        if (!into)
            return SCRIPT_FALSE;
        into->rows = (struct db_result){ 0 };
    }
    if (run_query(c, a->connection, a->query, &r))
        return SCRIPT_FALSE;
    if (into)
        into->rows = r;
    if (r.n_rows == 0)
        return NO_ROWS;
    return into ? ROWS : ROWS_IGNORED;
}

static int sql_result_free(struct call *c, const struct result_args *a)
{
    struct named_result *r = named_result_of(c, a->result);

    if (r)
        r->rows = (struct db_result){ 0 };
    return SCRIPT_TRUE;
}

/* The first row becomes the newest item, which is the one a script sees first. */
static int sql_xquery(struct call *c, const struct query_args *a)
{
    struct db_result r = { 0 };

    if (a->result.n == 0 || !c->vars || run_query(c, a->connection, a->query, &r))
        return SCRIPT_FALSE;
    for (size_t i = r.n_rows; i > 0; i--) {
        struct xavp *x = xavp_push(c->vars, XAVP, a->result);

        for (size_t k = 0; k < r.n_columns; k++) {
            struct value v = db_script_value(&r.rows[i - 1][k], c->arena);

            if (v.type != VALUE_NULL)
                (void)xavp_field_push(c->vars, x, r.columns[k], &v);
        }
    }
    return r.n_rows ? ROWS : NO_ROWS;
}

/* "$a, $b;$c" → its pieces; separators inside brackets do not count. */
static struct str next_piece(struct str *list)
{
    int depth = 0;
    size_t i = 0;
    struct str piece;

    for (; i < list->n; i++) {
        char ch = list->p[i];

        depth += ch == '(' || ch == '[';
        depth -= ch == ')' || ch == ']';
        if (depth <= 0 && (ch == ',' || ch == ';'))
            break;
    }
    piece = str_trim(str_cut(*list, 0, i));
    *list = str_skip(*list, i + 1);
    return piece;
}

static err_t pv_prepare(struct load *l, void *args)
{
    struct pv_args *a = args;
    struct str rest = a->result;
    const struct var_ref **vars = ARENA_ARRAY(load_arena(l), const struct var_ref *, VARS_MAX);
    size_t n = 0;
    err_t e = ERR_OK;

    while (rest.n && !e) {
        struct str piece = next_piece(&rest);

        if (piece.n == 0)
            continue;
        if (n == VARS_MAX) {
            load_fault(l, "result", "expected at most %d variables", VARS_MAX);
            return ERR_LIMIT;
        }
        e = load_var(l, piece, &vars[n++]);
    }
    a->vars = vars;
    a->n_vars = n;
    return e;
}

static bool is_avp(const struct var_ref *var)
{
    struct str text = var_text(var);

    return str_search(text, STR("avp(")) < text.n;
}

static int sql_pvquery(struct call *c, const struct pv_args *a)
{
    struct db_result r = { 0 };

    if (run_query(c, a->connection, a->query, &r))
        return SCRIPT_FALSE;
    if (r.n_rows == 0)
        return NO_ROWS;
    if (r.n_columns != a->n_vars) {
        log_error("sqlops", "the query has %zu columns for %zu variables", r.n_columns, a->n_vars);
        return SCRIPT_FALSE;
    }
    for (size_t i = r.n_rows; i > 0; i--) {
        for (size_t k = 0; k < a->n_vars; k++) {
            struct value v = db_script_value(&r.rows[i - 1][k], c->arena);

            if (v.type == VALUE_NULL && is_avp(a->vars[k]))
                continue;
            if (var_set(c, a->vars[k], &v))
                return SCRIPT_FALSE;
        }
    }
    return ROWS;
}

/* A query that nobody waits for. */
struct detached {
    struct db *db;
    struct str sql;
};

static void run_detached(void *arg)
{
    struct detached *d = arg;

    (void)database_done("sqlops", d->db, db_query(d->db, d->sql, NULL, 0, NULL, NULL), "query");
    mem_free(MEM_DATABASE, (void *)(uintptr_t)d->sql.p);
    mem_free(MEM_DATABASE, d);
}

static int sql_query_async(struct call *c, const struct async_args *a)
{
    const struct sqlops_conf *conf = call_conf(c, &module_sqlops);
    struct detached *d;
    struct db *db;

    if (find_connection(conf, a->connection, &db))
        return SCRIPT_FALSE;
    d = mem_alloc(MEM_DATABASE, sizeof *d);
    d->db = db;
    d->sql = mem_dup(MEM_DATABASE, a->query);
    co_spawn_on(256 * 1024, run_detached, d);
    return SCRIPT_TRUE;
}

EXPOSE(sql_query, query_args)
EXPOSE(sql_xquery, query_args)
EXPOSE(sql_pvquery, pv_args)
EXPOSE(sql_query_async, async_args)
EXPOSE(sql_result_free, result_args)

#define CONNECTION "Name of the connection (parameter sqlcon)."
#define QUERY      "The SQL statement."
static const struct field query_args_fields[] = {
    FIELD(query_args, connection, CONNECTION),
    FIELD(query_args, query, QUERY),
    FIELD(query_args, result, "Name for $dbr(name=>…).", .def = ""),
    { 0 },
};
static const struct field xquery_args_fields[] = {
    FIELD(query_args, connection, CONNECTION),
    FIELD(query_args, query, QUERY),
    FIELD(query_args, result, "XAVP that gets an item for each row."),
    { 0 },
};
static const struct field pv_args_fields[] = {
    FIELD(pv_args, connection, CONNECTION),
    FIELD(pv_args, query, QUERY),
    FIELD(pv_args, result, "Variables for the columns: \"$var(a), $avp(b)\".", .literal = true),
    { 0 },
};
static const struct field async_args_fields[] = {
    FIELD(async_args, connection, CONNECTION),
    FIELD(async_args, query, QUERY),
    { 0 },
};
static const struct field result_args_fields[] = {
    FIELD(result_args, result, "Name of the result."),
    { 0 },
};

static const struct outcome outcomes[] = {
    { 1, "there are rows" },
    { 2, "there are no rows" },
    { 3, "there are rows, and nobody wants them" },
    { -1, "it failed" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(sql_query, query_args, "Runs an SQL statement and keeps its rows.", .suspends = true,
         .returns = outcomes),
    { .name = "sql_xquery",
      .run = sql_xquery_with_query_args,
      .doc = "Runs an SQL statement; each row becomes an item of an XAVP.",
      .args = xquery_args_fields,
      .args_size = sizeof(struct query_args),
      .suspends = true,
      .returns = outcomes },
    FUNC(sql_pvquery, pv_args, "Runs an SQL statement and puts its columns into variables.",
         .suspends = true, .returns = outcomes, .prepare = pv_prepare),
    FUNC(sql_query_async, async_args, "Runs an SQL statement without waiting for it."),
    FUNC(sql_result_free, result_args, "Forgets the rows of a result."),
    { 0 },
};

#define GROWS "texts grow as needed"
static const struct field params[] = {
    FIELD(sqlops_conf, sqlcon, "A connection: \"name=>database URL\".", .optional = true),
    FIELD(sqlops_conf, sqlres, "Name of a result.", .optional = true,
          .inert = "results need not be declared"),
    FIELD(sqlops_conf, tr_buf_size, "Bytes for transformations.", .def = "2048", .inert = GROWS),
    FIELD(sqlops_conf, log_buf_size, "Bytes for logs.", .def = "128", .inert = GROWS),
    FIELD(sqlops_conf, connect_mode, "1: start even if a database cannot be reached.", .def = "0",
          .max = 1),
    FIELD(sqlops_conf, results_maxsize, "Results of one run.", .def = "32", .min = 1, .max = 1024),
    { 0 },
};

static err_t sqlops_check(struct load *l, void *data)
{
    struct sqlops_conf *conf = data;

    for (size_t i = 0; i < conf->sqlcon.n; i++) {
        struct str item = conf->sqlcon.items[i];
        size_t at = str_search(item, STR("=>"));
        struct named_url *to = &conf->connections[conf->n_connections];

        if (at == item.n || at == 0) {
            load_fault(l, "sqlcon", "expected \"name=>database URL\"");
            continue;
        }
        if (conf->n_connections == CONNECTIONS_MAX) {
            load_fault(l, "sqlcon", "expected at most %d connections", CONNECTIONS_MAX);
            break;
        }
        to->name = str_trim(str_cut(item, 0, at));
        to->url = str_trim(str_skip(item, at + 2));
        conf->n_connections++;
        (void)database_check_url(l, "sqlcon", to->url);
    }
    return ERR_OK;
}

static err_t sqlops_start(const void *data)
{
    (void)data;
    sqlops_self.run_slot = call_slot_new();
    return ERR_OK;
}

static err_t sqlops_worker_start(const void *data)
{
    const struct sqlops_conf *conf = data;
    err_t e = ERR_OK;

    if (worker_index(worker_self()) != 0 || conf->connect_mode == 1)
        return ERR_OK;
    for (size_t i = 0; i < conf->n_connections && !e; i++) {
        struct db *db;

        e = database_open("sqlops", conf->connections[i].url, &db);
        if (!e)
            e = database_done("sqlops", db, db_query(db, STR("SELECT 1"), NULL, 0, NULL, NULL),
                              "connecting");
    }
    return e;
}

const struct module module_sqlops = {
    .abi = MODULE_ABI,
    .name = "sqlops",
    .doc = "SQL statements from scripts.",
    .slot = &sqlops_self.slot,
    .conf_size = sizeof(struct sqlops_conf),
    .params = params,
    .funcs = funcs,
    .vars = sqlops_vars,
    .transformations = sqlops_transformations,
    .check = sqlops_check,
    .start = sqlops_start,
    .worker_start = sqlops_worker_start,
};
