/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/acc/record.h"
#include "base/log.h"
#include "core/call.h"
#include "rt/co.h"
#include <stdatomic.h>
#include <time.h>

enum { DATABASES_MAX = 8, ROW_MAX = 16 + 2 * ACC_EXTRA_MAX };

/* Databases that configurations named, kept for the life of the process. */
static struct {
    struct {
        struct str url;
        struct db *db;
    } databases[DATABASES_MAX];
    size_t n;
    atomic_flag busy;
} self = { .busy = ATOMIC_FLAG_INIT };

static struct db *acc_database(const struct acc_conf *conf)
{
    struct db *found = NULL;
    struct buf why;

    while (atomic_flag_test_and_set_explicit(&self.busy, memory_order_acquire))
        ;
    for (size_t i = 0; i < self.n && !found; i++) {
        if (str_eq(self.databases[i].url, conf->db_url))
            found = self.databases[i].db;
    }
    if (!found && self.n < DATABASES_MAX) {
        buf_init(&why, MEM_MODULE);
        if (db_open(conf->db_url, &found, &why) == ERR_OK) {
            self.databases[self.n].url = mem_dup(MEM_MODULE, conf->db_url);
            self.databases[self.n++].db = found;
        } else {
            log_error("acc", "the database cannot be opened: " STR_FMT, STR_ARG(buf_str(&why)));
            found = NULL;
        }
        buf_free(&why);
    }
    atomic_flag_clear_explicit(&self.busy, memory_order_release);
    return found;
}

void acc_forget_databases(void)
{
    for (size_t i = 0; i < self.n; i++) {
        obj_drop(self.databases[i].db);
        mem_free(MEM_MODULE, (void *)(uintptr_t)self.databases[i].url.p);
    }
    self.n = 0;
}

/* ---- extras ---- */

err_t acc_read_extras(struct load *l, const char *subject, struct str text, struct acc_extras *out)
{
    *out = (struct acc_extras){ ARENA_ARRAY(load_arena(l), struct acc_extra, ACC_EXTRA_MAX), 0 };
    while (text.n) {
        struct str value = str_trim(str_split(&text, ';')), name = str_trim(str_split(&value, '='));

        if (!name.n && !value.n)
            continue;
        if (out->n == ACC_EXTRA_MAX || !name.n || !str_trim(value).n) {
            load_fault(l, subject, "expected up to %d pairs of name=$variable", ACC_EXTRA_MAX);
            return ERR_SYNTAX;
        }
        struct acc_extra *x = &out->list[out->n++];
        x->name = name;
        err_t e = load_var(l, str_trim(value), &x->var);
        if (e)
            return e;
    }
    return ERR_OK;
}

struct str acc_text_of(struct call *c, const struct var_ref *var, bool *null)
{
    struct value v;

    *null = var_get(c, var, &v) != ERR_OK || v.type == VALUE_NULL;
    return *null ? STR("") : value_text(&v, c->arena);
}

/* The value of a leg's variable: the nth of its list. False: there is none. */
static bool leg_text(struct call *c, const struct acc_extra *x, int64_t n, struct str *out)
{
    struct var_ref one = *x->var;
    bool null;

    one.index_kind = VAR_INDEX_FIXED;
    one.index = n;
    *out = acc_text_of(c, &one, &null);
    return !null;
}

/* One set of values per leg; false when no variable has a value for it. */
static bool leg_values(struct call *c, const struct acc_extras *legs, int64_t n, struct str *out)
{
    bool any = false;

    for (size_t i = 0; i < legs->n; i++)
        any |= leg_text(c, &legs->list[i], n, &out[i]);
    return any;
}

/* ---- time ---- */

struct str acc_time_text(struct call *c, const struct acc_conf *conf, int64_t unix_s, bool utc)
{
    char space[128];
    struct tm tm;
    time_t at = (time_t)unix_s;
    size_t n;

    if (utc)
        gmtime_r(&at, &tm);
    else
        localtime_r(&at, &tm);
    n = strftime(space, sizeof space, arena_dup(c->arena, conf->time_format).p, &tm);
    return arena_dup(c->arena, (struct str){ space, n });
}

/* The time in a further form, as time_mode asks. */
static struct str time_text(struct call *c, const struct acc_conf *conf, const struct acc_fact *f,
                            struct str *micros)
{
    long long s = (long long)(f->at_us / 1000000), us = (long long)(f->at_us % 1000000);

    *micros = STR_NONE;
    switch (conf->time_mode) {
    case TIME_AS_PARTS:
        *micros = arena_fmt(c->arena, "%lld", us);
        return arena_fmt(c->arena, "%lld", s);
    case TIME_AS_FRACTION: return arena_fmt(c->arena, "%lld.%03lld", s, us / 1000);
    case TIME_AS_LOCAL: return acc_time_text(c, conf, f->at_us / 1000000, false);
    case TIME_AS_UTC: return acc_time_text(c, conf, f->at_us / 1000000, true);
    default: return STR_NONE;
    }
}

/* ---- the log ---- */

static void add_pair(struct buf *b, struct str name, struct str value)
{
    buf_char(b, ';');
    buf_add(b, name);
    buf_char(b, '=');
    buf_add(b, value);
}

static void add_time(struct call *c, const struct acc_conf *conf, const struct acc_fact *f,
                     struct buf *b)
{
    struct str micros, text = time_text(c, conf, f, &micros);

    if (text.n)
        add_pair(b, conf->time_attr, text);
    if (micros.n)
        add_pair(b, conf->time_exten, micros);
}

void acc_write_log(struct call *c, const struct acc_conf *conf, const struct acc_fact *f)
{
    struct str legs[ACC_EXTRA_MAX];
    struct buf b;
    bool null;

    buf_init(&b, MEM_MODULE);
    buf_fmt(&b, "ACC: %s: timestamp=%lld", f->text, (long long)(f->at_us / 1000000));
    add_pair(&b, STR("method"), f->method);
    add_pair(&b, STR("from_tag"), f->flip ? f->to_tag : f->from_tag);
    add_pair(&b, STR("to_tag"), f->flip ? f->from_tag : f->to_tag);
    add_pair(&b, STR("call_id"), f->call_id);
    buf_fmt(&b, ";code=%u", f->status);
    add_pair(&b, STR("reason"), f->reason);
    for (size_t i = 0; i < conf->log_extras.n; i++)
        add_pair(&b, conf->log_extras.list[i].name,
                 acc_text_of(c, conf->log_extras.list[i].var, &null));
    for (int64_t n = 0; n < ACC_LEGS_MAX && leg_values(c, &conf->legs, n, legs); n++) {
        for (size_t i = 0; i < conf->legs.n; i++)
            add_pair(&b, conf->legs.list[i].name, legs[i]);
    }
    add_time(c, conf, f, &b);
    log_at((enum log_level)conf->log_level, "acc", STR_FMT, STR_ARG(buf_str(&b)));
    buf_free(&b);
}

/* ---- the database ---- */

/* Rows on their way, in memory of their own. */
struct insertion {
    struct db *db;
    struct arena arena;
    struct str table;
    struct db_pair *rows[ACC_LEGS_MAX];
    size_t n_rows, n_columns;
};

static void insert(void *arg)
{
    struct insertion *in = arg;

    for (size_t i = 0; i < in->n_rows; i++) {
        err_t e = db_insert(in->db, in->table, in->rows[i], in->n_columns);

        if (e)
            log_error("acc", "a record for table " STR_FMT " was lost: %s (" STR_FMT ")",
                      STR_ARG(in->table), err_text(e), STR_ARG(db_error(in->db)));
    }
    obj_drop(in->db);
    arena_free(&in->arena);
    mem_free(MEM_MODULE, in);
}

static void put(struct insertion *in, struct db_pair *row, size_t *n, struct str column,
                struct str text)
{
    row[(*n)++] = (struct db_pair){
        .column = arena_dup(&in->arena, column),
        .value = { .type = DB_STR, .s = text.n ? arena_dup(&in->arena, text) : STR("") },
    };
}

static void put_extras(struct call *c, const struct acc_conf *conf, struct insertion *in,
                       struct db_pair *row, size_t *n)
{
    for (size_t i = 0; i < conf->db_extras.n; i++) {
        bool null;
        struct str text = acc_text_of(c, conf->db_extras.list[i].var, &null);

        put(in, row, n, conf->db_extras.list[i].name, text);
        if (null && conf->acc_extra_nullable)
            row[*n - 1].value.type = DB_NULL;
    }
}

static struct db_pair *make_row(struct call *c, const struct acc_conf *conf,
                                const struct acc_fact *f, struct insertion *in, size_t *n)
{
    struct db_pair *row = ARENA_ARRAY(&in->arena, struct db_pair, ROW_MAX);
    char code[8];
    struct buf b;
    struct str micros, text = time_text(c, conf, f, &micros);

    *n = 0;
    buf_fixed(&b, code, sizeof code);
    buf_int(&b, f->status);
    put(in, row, n, conf->acc_method_column, f->method);
    put(in, row, n, conf->acc_from_tag_column, f->flip ? f->to_tag : f->from_tag);
    put(in, row, n, conf->acc_to_tag_column, f->flip ? f->from_tag : f->to_tag);
    put(in, row, n, conf->acc_callid_column, f->call_id);
    put(in, row, n, conf->acc_sip_code_column, buf_str(&b));
    put(in, row, n, conf->acc_sip_reason_column, f->reason);
    row[(*n)++] = (struct db_pair){
        .column = arena_dup(&in->arena, conf->acc_time_column),
        .value = { .type = DB_TIME, .i = f->at_us / 1000000 },
    };
    if (text.n)
        put(in, row, n, conf->time_attr, text);
    if (micros.n)
        put(in, row, n, conf->time_exten, micros);
    put_extras(c, conf, in, row, n);
    return row;
}

void acc_insert(const struct acc_conf *conf, struct str table, const struct db_pair *row, size_t n)
{
    struct db *db = conf->db_url.n ? acc_database(conf) : NULL;
    struct insertion *in;

    if (!db)
        return;
    in = mem_zalloc(MEM_MODULE, sizeof *in);
    arena_init(&in->arena, MEM_MODULE, 1024);
    in->db = obj_hold(db);
    in->table = arena_dup(&in->arena, table);
    in->rows[0] = ARENA_ARRAY(&in->arena, struct db_pair, n);
    for (size_t i = 0; i < n; i++) {
        struct db_pair *to = &in->rows[0][i];

        *to = row[i];
        to->column = arena_dup(&in->arena, row[i].column);
        if (to->value.type == DB_STR)
            to->value.s = row[i].value.s.n ? arena_dup(&in->arena, row[i].value.s) : STR("");
    }
    in->n_rows = 1;
    in->n_columns = n;
    co_spawn(insert, in);
}

void acc_write_db(struct call *c, const struct acc_conf *conf, const struct acc_fact *f,
                  struct str table)
{
    struct db *db = conf->db_url.n ? acc_database(conf) : NULL;
    struct str legs[ACC_EXTRA_MAX];
    struct insertion *in;

    if (!db)
        return;
    in = mem_zalloc(MEM_MODULE, sizeof *in);
    arena_init(&in->arena, MEM_MODULE, 4096);
    in->db = obj_hold(db);
    in->table = arena_dup(&in->arena, table);
    int64_t leg = 0;
    do { /* a row per leg; one without legs */
        bool more = leg_values(c, &conf->legs, leg, legs);
        size_t n;

        if (leg && !more)
            break;
        struct db_pair *row = make_row(c, conf, f, in, &n);
        for (size_t i = 0; i < conf->legs.n; i++)
            put(in, row, &n, conf->legs.list[i].name, more ? legs[i] : STR(""));
        in->rows[in->n_rows++] = row;
        in->n_columns = n;
        leg++;
    } while (conf->legs.n && leg < ACC_LEGS_MAX);
    co_spawn(insert, in);
}
