/* SPDX-License-Identifier: BSD-2-Clause */
/* Needs a server: tests/interop/test_postgres.py starts one and names it in TANDEM_TEST_POSTGRES.
 * Without it only URLs are tested. */
#include "base/clock.h"
#include "base/obj.h"
#include "base/test.h"
#include "modules/db_postgres/inner.h"
#include "rt/offload.h"
#include <stdlib.h>

enum { WORKERS = 2, SLEEPERS = 20 };

static void reads_urls(void **state)
{
    static const char *const cases[][2] = {
        { "postgres://u:p@host:5433/db",
          "user='u' password='p' host='host' port='5433' dbname='db'" },
        { "postgres://u:p@@x'@[::1]:5433/db",
          "user='u' password='p@@x\\'' host='::1' port='5433' dbname='db'" },
        { "postgres://host/db", "host='host' dbname='db'" },
        { "postgres:///db?host=/run/pg", "dbname='db' host='/run/pg'" },
    };
    char space[512];
    struct buf b;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_fixed(&b, space, sizeof space);
        assert_err(postgres_parameters(str_of(cases[i][0]), &b, &b), ERR_OK);
        assert_true(str_starts(buf_str(&b), str_of(cases[i][1])));
    }
    buf_fixed(&b, space, sizeof space);
    assert_err(postgres_parameters(STR("postgres://host"), &b, &b), ERR_SYNTAX);
    assert_text(postgres_host(STR("postgres://u:p@db.example.org:1/x")), "db.example.org");
    assert_text(postgres_host(STR("postgres://u:p@192.0.2.1:1/x")), "");
    assert_text(postgres_host(STR("postgres:///x?host=/run")), "");
}

static struct db *open_server(void)
{
    const char *url = getenv("TANDEM_TEST_POSTGRES");
    struct db *db = NULL;

    if (!url)
        return NULL;
    db_driver_add(&postgres_driver);
    assert_err(db_open(str_of(url), &db, NULL), ERR_OK);
    return db;
}

static err_t keep_values(void *arg)
{
    struct db *db = arg;
    const struct db_pair set[] = {
        { STR_INIT("i"), NULL, { .type = DB_INT, .i = INT64_MIN } },
        { STR_INIT("d"), NULL, { .type = DB_DOUBLE, .d = 0.5 } },
        { STR_INIT("s"), NULL, { .type = DB_STR, .s = STR_INIT("it's") } },
        { STR_INIT("b"), NULL, { .type = DB_BLOB, .s = STR_INIT("\0\1") } },
        { STR_INIT("n"), NULL, { .type = DB_NULL } },
        { STR_INIT("at"), NULL, { .type = DB_TIME, .i = 1906234335 } },
    };
    struct db_result r;
    struct arena a;

    arena_init(&a, MEM_DATABASE, 512);
    assert_err(db_query(db,
                        STR("DROP TABLE IF EXISTS t; CREATE TABLE t (i BIGINT, d DOUBLE PRECISION,"
                            " s TEXT, b BYTEA, n TEXT, at TIMESTAMP)"),
                        NULL, 0, &a, NULL),
               ERR_OK);
    assert_err(db_insert(db, STR("t"), set, 6), ERR_OK);
    assert_err(db_select(db, STR("t"), NULL, 0, NULL, 0, STR(""), 0, &a, &r), ERR_OK);
    assert_int_equal(r.n_rows, 1);
    assert_true(r.rows[0][0].i == INT64_MIN);
    assert_true(r.rows[0][1].d == 0.5);
    assert_text(r.rows[0][2].s, "it's");
    assert_int_equal(r.rows[0][3].s.n, 2);
    assert_int_equal(r.rows[0][4].type, DB_NULL);
    assert_int_equal(r.rows[0][5].type, DB_TIME);
    assert_int_equal(r.rows[0][5].i, 1906234335);
    assert_err(db_query(db, STR("SELECT nothing"), NULL, 0, &a, NULL), ERR_BACKEND);
    assert_true(str_search(db_error(db), STR("nothing")) < db_error(db).n);
    arena_free(&a);
    return ERR_OK;
}

static err_t change_rows(void *arg)
{
    struct db *db = arg;
    struct db_pair set[] = {
        { STR_INIT("k"), NULL, { .type = DB_INT, .i = 1 } },
        { STR_INIT("v"), NULL, { .type = DB_INT, .i = 5 } },
    };
    int64_t affected = 0;
    struct db_result r;
    struct arena a;

    arena_init(&a, MEM_DATABASE, 512);
    assert_err(db_query(db, STR("DROP TABLE IF EXISTS u; CREATE TABLE u (k INT UNIQUE, v INT)"),
                        NULL, 0, &a, NULL),
               ERR_OK);
    assert_err(db_upsert(db, STR("u"), set, 2, &set[0].column, 1), ERR_OK);
    set[1].value.i = 6;
    assert_err(db_upsert(db, STR("u"), set, 2, &set[0].column, 1), ERR_OK);
    assert_err(db_query(db, STR("SELECT v, '?' FROM u"), NULL, 0, &a, &r), ERR_OK);
    assert_int_equal(r.rows[0][0].i, 6);
    assert_err(db_delete(db, STR("u"), set, 1, &affected), ERR_OK);
    assert_int_equal(affected, 1);
    arena_free(&a);
    return ERR_OK;
}

/* Ends all connections of this pool on the server; the next query must not notice. */
static err_t survive_loss(void *arg)
{
    struct db *db = arg;
    struct arena a;

    arena_init(&a, MEM_DATABASE, 512);
    assert_err(db_query(db, STR("SELECT 1"), NULL, 0, &a, NULL), ERR_OK);
    (void)!db_query(db, STR("SELECT pg_terminate_backend(pg_backend_pid())"), NULL, 0, &a, NULL);
    (void)!db_query(db,
                    STR("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                        "application_name='tandem' AND pid<>pg_backend_pid()"),
                    NULL, 0, &a, NULL);
    assert_err(db_query(db, STR("SELECT 1"), NULL, 0, &a, NULL), ERR_OK);
    arena_free(&a);
    return ERR_OK;
}

struct sleepers {
    struct db *db;
    int running, failed;
};

static void sleep_once(void *arg)
{
    struct sleepers *s = arg;

    if (db_query(s->db, STR("SELECT pg_sleep(0.5)"), NULL, 0, NULL, NULL))
        s->failed++;
    s->running--;
}

/* Many slow queries at once take as long as one, and the worker goes on meanwhile. */
static err_t sleep_together(void *arg)
{
    struct sleepers s = { .db = arg };
    int64_t start = clock_ms(), longest = 0;

    for (int i = 0; i < SLEEPERS; i++) {
        s.running++;
        co_spawn(sleep_once, &s);
    }
    while (s.running > 0) {
        int64_t before = clock_ms();

        assert_err(co_sleep(5), ERR_OK);
        if (clock_ms() - before > longest)
            longest = clock_ms() - before;
    }
    assert_int_equal(s.failed, 0);
    print_message("%d queries of 500 ms took %d ms; the worker stood still for at most %d ms\n",
                  SLEEPERS, (int)(clock_ms() - start), (int)longest);
    assert_true(clock_ms() - start < 3000);
    return ERR_OK;
}

static err_t begin(void *arg)
{
    (void)arg;
    return ERR_OK;
}

static void works_with_a_server(void **state)
{
    static err_t (*const steps[])(void *) = { keep_values, change_rows, survive_loss,
                                              sleep_together };
    struct db *db = open_server();

    (void)state;
    if (!db) {
        print_message("no TANDEM_TEST_POSTGRES: not tested\n");
        return;
    }
    offload_init(2);
    workers_init(WORKERS);
    assert_err(workers_start(begin, NULL), ERR_OK);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_err(worker_call(worker_at(0), steps[i], db), ERR_OK);
    workers_stop(1000);
    obj_drop(db);
    db_close_all();
    offload_stop();
}

int main(void)
{
    struct postgres_conf conf = { .retries = 2, .idle_time = 60, .pool_size = SLEEPERS };
    extern const struct module module_db_postgres;

    module_db_postgres.adopt(&conf);
    TEST_RUN(reads_urls, works_with_a_server);
}
