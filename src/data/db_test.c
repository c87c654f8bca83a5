/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/obj.h"
#include "base/test.h"
#include "data/db.h"

/* A driver that remembers what it was asked. */
static char asked[1024];
static size_t n_asked_args;
static err_t answer;
static int64_t affected;

static err_t fake_open(struct str url, void **pool, struct buf *why)
{
    (void)why;
    *pool = (void *)(uintptr_t)url.p;
    return ERR_OK;
}
static void fake_close(void *pool)
{
    (void)pool;
}
static err_t fake_query(void *pool, struct str sql, const struct db_value *args, size_t n,
                        struct arena *arena, struct db_result *out, struct buf *why)
{
    size_t at = strlen(asked);

    (void)pool;
    (void)args;
    (void)arena;
    snprintf(asked + at, sizeof asked - at, "%s%.*s", at ? "; " : "", (int)sql.n, sql.p);
    n_asked_args = n;
    out->affected = affected;
    if (answer)
        buf_addz(why, "it broke");
    return answer;
}
static const struct db_driver plain = {
    .scheme = "plain", .open = fake_open, .close = fake_close, .query = fake_query
};
static const struct db_driver numbered = { .scheme = "numbered",
                                           .open = fake_open,
                                           .close = fake_close,
                                           .query = fake_query,
                                           .upsert_form = "on-conflict",
                                           .numbered = true };

static struct db *open_fake(const char *url)
{
    struct db *d;

    db_driver_add(&plain);
    db_driver_add(&numbered);
    db_driver_add(&plain);
    assert_err(db_open(str_of(url), &d, NULL), ERR_OK);
    asked[0] = '\0';
    answer = ERR_OK;
    return d;
}

static void opens_by_scheme_and_only_once(void **state)
{
    struct db *a = open_fake("plain://x"), *b = open_fake("plain://x");
    char space[128];
    struct buf why;

    (void)state;
    assert_ptr_equal(a, b);
    buf_fixed(&why, space, sizeof space);
    assert_err(db_open(STR("other://x"), &b, &why), ERR_UNSUPPORTED);
    assert_text(buf_str(&why), "no driver for \"other\" URLs: loadmodule \"db_other.so\"");
    assert_err(db_open(STR("nothing"), &b, NULL), ERR_UNSUPPORTED);
    obj_drop(a);
    obj_drop(a);
    db_close_all();
}

static void hides_passwords(void **state)
{
    struct db *d = open_fake("plain://user:se@cret@host/db");
    struct arena a;

    (void)state;
    arena_init(&a, MEM_DATABASE, 256);
    assert_text(db_url_hidden(d, &a), "plain://user:***@host/db");
    obj_drop(d);
    arena_free(&a);
    db_close_all();
}

static void numbers_placeholders_outside_quotes(void **state)
{
    static const char *const cases[][2] = {
        { "a=? AND b=?", "a=$1 AND b=$2" },
        { "a='?''?' AND b=?", "a='?''?' AND b=$1" },
        { "\"?\"=? -- ?\n AND ?", "\"?\"=$1 -- ?\n AND $2" },
        { "/* ? */ ? /* ?", "/* ? */ $1 /* ?" },
        { "'?", "'?" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b;

        buf_init(&b, MEM_DATABASE);
        db_number_placeholders(str_of(cases[i][0]), &b);
        assert_str(buf_str(&b), str_of(cases[i][1]));
        buf_free(&b);
    }
}

static void builds_statements(void **state)
{
    struct db *d = open_fake("numbered://x");
    const struct str columns[] = { STR_INIT("ha1"), STR_INIT("id") };
    const struct db_pair where[] = {
        { STR_INIT("username"), NULL, { .type = DB_STR, .s = STR_INIT("alice") } },
        { STR_INIT("expires"), ">", { .type = DB_INT, .i = 5 } },
        { STR_INIT("domain"), NULL, { .type = DB_NULL } },
    };
    struct db_result r;
    struct arena a;

    (void)state;
    arena_init(&a, MEM_DATABASE, 256);
    assert_err(db_select(d, STR("subscriber"), columns, 2, where, 3, STR("id"), 1, &a, &r), ERR_OK);
    assert_string_equal(asked, "SELECT ha1,id FROM subscriber WHERE username=$1 AND expires>$2 AND "
                               "domain IS NULL ORDER BY id LIMIT 1");
    assert_int_equal(n_asked_args, 2);
    asked[0] = '\0';
    assert_err(db_upsert(d, STR("t"), where, 2, &where[0].column, 1), ERR_OK);
    assert_string_equal(asked, "INSERT INTO t (username,expires) VALUES ($1,$2) ON CONFLICT "
                               "(username) DO UPDATE SET expires=excluded.expires");
    asked[0] = '\0';
    assert_err(db_delete(d, STR("t"), where, 1, NULL), ERR_OK);
    assert_string_equal(asked, "DELETE FROM t WHERE username=$1");
    obj_drop(d);
    arena_free(&a);
    db_close_all();
}

static void updates_else_inserts_where_there_is_no_upsert(void **state)
{
    struct db *d = open_fake("plain://x");
    const struct db_pair set[] = {
        { STR_INIT("k"), NULL, { .type = DB_INT, .i = 1 } },
        { STR_INIT("v"), NULL, { .type = DB_INT, .i = 5 } },
    };

    (void)state;
    affected = 0;
    assert_err(db_upsert(d, STR("t"), set, 2, &set[0].column, 1), ERR_OK);
    assert_string_equal(asked, "UPDATE t SET v=? WHERE k=?; INSERT INTO t (k,v) VALUES (?,?)");
    asked[0] = '\0';
    affected = 1;
    assert_err(db_upsert(d, STR("t"), set, 2, &set[0].column, 1), ERR_OK);
    assert_string_equal(asked, "UPDATE t SET v=? WHERE k=?");
    affected = 0;
    obj_drop(d);
    db_close_all();
}

static void tells_why_a_query_failed(void **state)
{
    struct db *d = open_fake("plain://x");

    (void)state;
    answer = ERR_BACKEND;
    assert_err(db_query(d, STR("x"), NULL, 0, NULL, NULL), ERR_BACKEND);
    assert_text(db_error(d), "it broke");
    obj_drop(d);
    db_close_all();
}

static void reads_times_and_numbers(void **state)
{
    struct db_value v = DB_OF_STR(STR("2030-05-28 21:32:15"));

    (void)state;
    assert_int_equal(db_time(&v), 1906234335);
    v.s = STR("1906234335");
    assert_int_equal(db_time(&v), 1906234335);
    v.s = STR("12.75");
    assert_int_equal(db_number(&v), 12);
    v.s = STR("junk");
    assert_int_equal(db_number(&v), 0);
    v = (struct db_value){ .type = DB_DOUBLE, .d = 1e300 };
    assert_int_equal(db_number(&v), 0);
}

struct row {
    int64_t id;
    bool on;
    struct str name;
};
static const struct field row_fields[] = {
    FIELD(row, id, "Number.", .def = "7"),
    FIELD(row, on, "Switch.", .def = "0"),
    FIELD(row, name, "Name.", .def = "none"),
    { 0 },
};

static void fills_structs_from_rows(void **state)
{
    const struct str columns[] = { STR_INIT("name"), STR_INIT("on"), STR_INIT("other") };
    struct db_value cells[3] = { DB_OF_INT(42), DB_OF_STR(STR("1")), DB_OF_INT(1) };
    struct db_value *rows[] = { cells };
    struct db_result r = { .columns = columns, .n_columns = 3, .rows = rows, .n_rows = 1 };
    struct arena a;
    struct row row;

    (void)state;
    arena_init(&a, MEM_DATABASE, 256);
    assert_err(db_row_read(&r, 0, row_fields, &row, &a), ERR_OK);
    assert_int_equal(row.id, 7);
    assert_true(row.on);
    assert_text(row.name, "42");
    assert_err(db_row_read(&r, 1, row_fields, &row, &a), ERR_NOT_FOUND);
    arena_free(&a);
}

int main(void)
{
    TEST_RUN(opens_by_scheme_and_only_once, hides_passwords, numbers_placeholders_outside_quotes,
             builds_statements, updates_else_inserts_where_there_is_no_upsert,
             tells_why_a_query_failed, reads_times_and_numbers, fills_structs_from_rows);
}
