/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/obj.h"
#include "base/test.h"
#include "modules/db_sqlite/inner.h"
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS = 2, WRITERS = 50, ROWS_EACH = 20 };
static char path[64], url[96];

static struct db *open_file(const char *schema)
{
    sqlite3 *handle;
    struct db *db;
    int fd;

    snprintf(path, sizeof path, "/tmp/db_sqlite_test_XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, schema, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    snprintf(url, sizeof url, "sqlite://%s", path);
    db_driver_add(&sqlite_driver);
    assert_err(db_open(str_of(url), &db, NULL), ERR_OK);
    return db;
}

static void close_file(struct db *db)
{
    char name[80];

    obj_drop(db);
    db_close_all();
    unlink(path);
    snprintf(name, sizeof name, "%s-wal", path);
    unlink(name);
    snprintf(name, sizeof name, "%s-shm", path);
    unlink(name);
}

static void keeps_values_of_all_types(void **state)
{
    struct db *db = open_file("CREATE TABLE t (i INTEGER, d DOUBLE, s TEXT, b BLOB, n TEXT, "
                              "at TIMESTAMP)");
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

    (void)state;
    arena_init(&a, MEM_DATABASE, 512);
    assert_err(db_insert(db, STR("t"), set, 6), ERR_OK);
    assert_err(db_select(db, STR("t"), NULL, 0, NULL, 0, STR(""), 0, &a, &r), ERR_OK);
    assert_int_equal(r.n_rows, 1);
    assert_int_equal(r.n_columns, 6);
    assert_text(r.columns[5], "at");
    assert_true(r.rows[0][0].i == INT64_MIN);
    assert_true(r.rows[0][1].d == 0.5);
    assert_text(r.rows[0][2].s, "it's");
    assert_int_equal(r.rows[0][3].s.n, 2);
    assert_int_equal(r.rows[0][4].type, DB_NULL);
    assert_int_equal(r.rows[0][5].type, DB_TIME);
    assert_int_equal(r.rows[0][5].i, 1906234335);
    arena_free(&a);
    close_file(db);
}

static void tells_what_is_wrong(void **state)
{
    struct db *db = open_file("CREATE TABLE t (k INTEGER UNIQUE)"), *none;
    struct db_value one = DB_OF_INT(1);

    (void)state;
    assert_err(db_query(db, STR("SELECT nothing FROM t"), NULL, 0, NULL, NULL), ERR_BACKEND);
    assert_true(str_search(db_error(db), STR("nothing")) < db_error(db).n);
    assert_err(db_query(db, STR("INSERT INTO t VALUES (?)"), &one, 1, NULL, NULL), ERR_OK);
    assert_err(db_query(db, STR("INSERT INTO t VALUES (?)"), &one, 1, NULL, NULL), ERR_BACKEND);
    assert_err(db_query(db, STR("INSERT INTO t VALUES (?, ?)"), &one, 1, NULL, NULL), ERR_BACKEND);
    assert_err(db_open(STR("sqlite:///nowhere/at/all"), &none, NULL), ERR_OK);
    assert_err(db_query(none, STR("SELECT 1"), NULL, 0, NULL, NULL), ERR_IO);
    obj_drop(none);
    close_file(db);
}

static void updates_and_counts(void **state)
{
    struct db *db = open_file("CREATE TABLE t (k INTEGER UNIQUE, v INTEGER)");
    struct db_pair set[] = {
        { STR_INIT("k"), NULL, { .type = DB_INT, .i = 1 } },
        { STR_INIT("v"), NULL, { .type = DB_INT, .i = 5 } },
    };
    struct db_result r;
    struct arena a;
    int64_t affected = 0;

    (void)state;
    arena_init(&a, MEM_DATABASE, 512);
    assert_err(db_upsert(db, STR("t"), set, 2, &set[0].column, 1), ERR_OK);
    set[1].value.i = 6;
    assert_err(db_upsert(db, STR("t"), set, 2, &set[0].column, 1), ERR_OK);
    assert_err(db_query(db, STR("SELECT v FROM t"), NULL, 0, &a, &r), ERR_OK);
    assert_int_equal(r.n_rows, 1);
    assert_int_equal(r.rows[0][0].i, 6);
    assert_err(db_delete(db, STR("t"), set, 1, &affected), ERR_OK);
    assert_int_equal(affected, 1);
    assert_err(db_query(db, STR("INSERT INTO t VALUES (1,1); INSERT INTO t VALUES (2,2)"), NULL, 0,
                        &a, &r),
               ERR_OK);
    assert_err(db_query(db, STR("SELECT v FROM t"), NULL, 0, &a, &r), ERR_OK);
    assert_int_equal(r.n_rows, 2);
    arena_free(&a);
    close_file(db);
}

struct job {
    struct db *db;
    atomic_int running, failed;
};
struct writer {
    struct job *job;
    int number;
};

static void write_rows(void *arg)
{
    struct writer *w = arg;

    for (int i = 0; i < ROWS_EACH; i++) {
        struct db_pair set = { STR("k"), NULL, DB_OF_INT(w->number * ROWS_EACH + i) };

        if (db_insert(w->job->db, STR("t"), &set, 1))
            w->job->failed++;
    }
    if (db_query(w->job->db, STR("SELECT COUNT(*) FROM t"), NULL, 0, NULL, NULL))
        w->job->failed++;
    w->job->running--;
    free(w);
}

static err_t spawn_writers(void *arg)
{
    struct job *job = arg;

    for (int i = 0; i < WRITERS; i++) {
        struct writer *w = malloc(sizeof *w);

        *w = (struct writer){ job, (int)worker_index(worker_self()) * WRITERS + i };
        job->running++;
        co_spawn(write_rows, w);
    }
    while (job->running > 0) {
        if (co_sleep(1))
            break;
    }
    return ERR_OK;
}

static err_t begin(void *arg)
{
    (void)arg;
    return ERR_OK;
}

static void takes_writes_of_all_workers(void **state)
{
    struct db *db = open_file("CREATE TABLE t (k INTEGER UNIQUE)");
    struct job job = { .db = db };
    struct db_result r;
    struct arena a;

    (void)state;
    arena_init(&a, MEM_DATABASE, 512);
    offload_init(2);
    workers_init(WORKERS);
    assert_err(workers_start(begin, NULL), ERR_OK);
    assert_err(workers_each(spawn_writers, &job), ERR_OK);
    workers_stop(1000);
    assert_int_equal(job.failed, 0);
    assert_err(db_query(db, STR("SELECT COUNT(*) FROM t"), NULL, 0, &a, &r), ERR_OK);
    assert_int_equal(r.rows[0][0].i, WORKERS * WRITERS * ROWS_EACH);
    close_file(db);
    offload_stop();
    arena_free(&a);
}

int main(void)
{
    TEST_RUN(keeps_values_of_all_types, tells_what_is_wrong, updates_and_counts,
             takes_writes_of_all_workers);
}
