/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements built from tables and columns, so that modules need no SQL of their own. */
#include "base/obj.h"
#include "data/db_inner.h"

enum { ARGS_MAX = 64 };

struct statement {
    struct buf sql;
    struct db_value args[ARGS_MAX];
    size_t n;
};

static void begin(struct statement *st)
{
    buf_init(&st->sql, MEM_DATABASE);
    st->n = 0;
}

static void arg(struct statement *st, const struct db_value *v)
{
    ASSERT(st->n < ARGS_MAX);
    st->args[st->n++] = *v;
    buf_char(&st->sql, '?');
}

static void columns(struct statement *st, const struct str *names, size_t n)
{
    if (n == 0)
        buf_char(&st->sql, '*');
    for (size_t i = 0; i < n; i++) {
        buf_addz(&st->sql, i ? "," : "");
        buf_add(&st->sql, names[i]);
    }
}

static void conditions(struct statement *st, const struct db_pair *where, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *op = where[i].op ? where[i].op : "=";

        buf_addz(&st->sql, i ? " AND " : " WHERE ");
        buf_add(&st->sql, where[i].column);
        if (where[i].value.type == DB_NULL) {
            buf_addz(&st->sql, strcmp(op, "=") == 0 ? " IS NULL" : " IS NOT NULL");
            continue;
        }
        buf_addz(&st->sql, op);
        arg(st, &where[i].value);
    }
}

static void assignments(struct statement *st, const struct db_pair *set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_addz(&st->sql, i ? "," : "");
        buf_add(&st->sql, set[i].column);
        buf_char(&st->sql, '=');
        arg(st, &set[i].value);
    }
}

static void insertion(struct statement *st, struct str table, const struct db_pair *set, size_t n)
{
    buf_addz(&st->sql, "INSERT INTO ");
    buf_add(&st->sql, table);
    buf_addz(&st->sql, " (");
    for (size_t i = 0; i < n; i++) {
        buf_addz(&st->sql, i ? "," : "");
        buf_add(&st->sql, set[i].column);
    }
    buf_addz(&st->sql, ") VALUES (");
    for (size_t i = 0; i < n; i++) {
        buf_addz(&st->sql, i ? "," : "");
        arg(st, &set[i].value);
    }
    buf_char(&st->sql, ')');
}

/* Runs it and releases it. */
static err_t finish(struct db *d, struct statement *st, struct arena *arena, struct db_result *out,
                    int64_t *affected)
{
    struct arena own;
    struct db_result r = { 0 };
    err_t e;

    if (!arena)
        arena_init(&own, MEM_DATABASE, 512);
    e = db_query(d, buf_str(&st->sql), st->args, st->n, arena ? arena : &own, &r);
    if (out)
        *out = r;
    if (affected)
        *affected = r.affected;
    if (!arena)
        arena_free(&own);
    buf_free(&st->sql);
    return e;
}

err_t db_select(struct db *d, struct str table, const struct str *names, size_t n_columns,
                const struct db_pair *where, size_t n_where, struct str order, int64_t limit,
                struct arena *arena, struct db_result *out)
{
    struct statement st;

    begin(&st);
    buf_addz(&st.sql, "SELECT ");
    columns(&st, names, n_columns);
    buf_addz(&st.sql, " FROM ");
    buf_add(&st.sql, table);
    conditions(&st, where, n_where);
    if (order.n) {
        buf_addz(&st.sql, " ORDER BY ");
        buf_add(&st.sql, order);
    }
    if (limit > 0)
        buf_fmt(&st.sql, " LIMIT %lld", (long long)limit);
    return finish(d, &st, arena, out, NULL);
}

err_t db_insert(struct db *d, struct str table, const struct db_pair *set, size_t n)
{
    struct statement st;

    begin(&st);
    insertion(&st, table, set, n);
    return finish(d, &st, NULL, NULL, NULL);
}

err_t db_update(struct db *d, struct str table, const struct db_pair *set, size_t n,
                const struct db_pair *where, size_t n_where, int64_t *affected)
{
    struct statement st;

    begin(&st);
    buf_addz(&st.sql, "UPDATE ");
    buf_add(&st.sql, table);
    buf_addz(&st.sql, " SET ");
    assignments(&st, set, n);
    conditions(&st, where, n_where);
    return finish(d, &st, NULL, NULL, affected);
}

err_t db_delete(struct db *d, struct str table, const struct db_pair *where, size_t n_where,
                int64_t *affected)
{
    struct statement st;

    begin(&st);
    buf_addz(&st.sql, "DELETE FROM ");
    buf_add(&st.sql, table);
    conditions(&st, where, n_where);
    return finish(d, &st, NULL, NULL, affected);
}

static bool is_key(struct str column, const struct str *keys, size_t n_keys)
{
    for (size_t i = 0; i < n_keys; i++) {
        if (str_ieq(column, keys[i]))
            return true;
    }
    return false;
}

static err_t update_else_insert(struct db *d, struct str table, const struct db_pair *set, size_t n,
                                const struct str *keys, size_t n_keys)
{
    struct db_pair where[ARGS_MAX], rest[ARGS_MAX];
    size_t n_where = 0, n_rest = 0;
    int64_t affected = 0;
    err_t e;

    ASSERT(n <= ARGS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (is_key(set[i].column, keys, n_keys))
            where[n_where++] = set[i];
        else
            rest[n_rest++] = set[i];
    }
    e = db_update(d, table, rest, n_rest, where, n_where, &affected);
    if (e || affected > 0)
        return e;
    return db_insert(d, table, set, n);
}

err_t db_upsert(struct db *d, struct str table, const struct db_pair *set, size_t n,
                const struct str *keys, size_t n_keys)
{
    const char *form = db_upsert_form(d);
    bool conflict = form && strcmp(form, "on-conflict") == 0;
    struct statement st;
    size_t written = 0;

    if (!form)
        return update_else_insert(d, table, set, n, keys, n_keys);
    begin(&st);
    insertion(&st, table, set, n);
    if (conflict) {
        buf_addz(&st.sql, " ON CONFLICT (");
        columns(&st, keys, n_keys);
        buf_addz(&st.sql, ") DO UPDATE SET ");
    } else {
        buf_addz(&st.sql, " ON DUPLICATE KEY UPDATE ");
    }
    for (size_t i = 0; i < n; i++) {
        struct str c = set[i].column;

        if (is_key(c, keys, n_keys))
            continue;
        buf_addz(&st.sql, written++ ? "," : "");
        buf_fmt(&st.sql, conflict ? STR_FMT "=excluded." STR_FMT : STR_FMT "=VALUES(" STR_FMT ")",
                STR_ARG(c), STR_ARG(c));
    }
    return finish(d, &st, NULL, NULL, NULL);
}

err_t db_table_version(struct db *d, struct str version_table, struct str table, int64_t *out)
{
    struct db_pair where = { .column = STR("table_name"), .value = DB_OF_STR(table) };
    const struct str wanted = STR("table_version");
    struct db_result r;
    struct arena arena;
    err_t e;

    arena_init(&arena, MEM_DATABASE, 512);
    e = db_select(d, version_table, &wanted, 1, &where, 1, STR(""), 1, &arena, &r);
    if (!e && r.n_rows == 0)
        e = ERR_NOT_FOUND;
    if (!e)
        *out = db_number(&r.rows[0][0]);
    arena_free(&arena);
    return e;
}

/* Where a quoted text, a quoted name or a comment that begins at `at` ends; `at` itself if none
 * begins there. */
static size_t skip_quoted(struct str sql, size_t at)
{
    char c = sql.p[at], next = at + 1 < sql.n ? sql.p[at + 1] : '\0';
    size_t i = at + 1;

    if (c == '\'' || c == '"' || c == '`') {
        while (i < sql.n && sql.p[i] != c)
            i++;
        return i < sql.n ? i + 1 : i;
    }
    if (c == '-' && next == '-')
        return at + str_find(str_skip(sql, at), '\n');
    if (c == '/' && next == '*') {
        size_t end = str_search(str_skip(sql, at + 2), STR("*/"));

        return at + 2 + end + 2 < sql.n ? at + 2 + end + 2 : sql.n;
    }
    return at;
}

void db_number_placeholders(struct str sql, struct buf *out)
{
    unsigned number = 0;

    for (size_t i = 0; i < sql.n;) {
        size_t end = skip_quoted(sql, i);

        if (end > i) {
            buf_add(out, str_cut(sql, i, end));
            i = end;
        } else if (sql.p[i] == '?') {
            buf_fmt(out, "$%u", ++number);
            i++;
        } else {
            buf_char(out, sql.p[i++]);
        }
    }
}

struct str db_quote_plain(struct str text, struct arena *a)
{
    char *out = arena_alloc(a, text.n * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            out[n++] = '\'';
        out[n++] = text.p[i];
    }
    out[n] = '\0';
    return (struct str){ out, n };
}
