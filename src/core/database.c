/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/database.h"
#include "base/log.h"
#include "core/generation.h"
#include "rt/worker.h"

err_t database_check_url(struct load *l, const char *subject, struct str url)
{
    struct str rest = url, scheme = str_split(&rest, ':');
    char name[40];
    struct buf b;

    if (!rest.n) {
        load_fault(l, subject, "expected a database URL, scheme://…");
        return ERR_SYNTAX;
    }
    buf_fixed(&b, name, sizeof name - 1);
    buf_fmt(&b, "db_" STR_FMT, STR_ARG(scheme));
    name[b.n] = '\0';
    if (!b.overflow && load_has_module(l, name))
        return ERR_OK;
    load_fault(l, subject, "no loaded module can open this URL: expected loadmodule \"%s.so\"",
               name);
    return ERR_UNSUPPORTED;
}

err_t database_open(const char *area, struct str url, struct db **out)
{
    char space[256];
    struct buf why;
    err_t e;

    buf_fixed(&why, space, sizeof space);
    e = db_open(url, out, &why);
    if (e)
        log_error(area, "the database cannot be used: " STR_FMT, STR_ARG(buf_str(&why)));
    return e;
}

err_t database_done(const char *area, struct db *db, err_t e, const char *doing)
{
    if (e)
        log_error(area, "%s: %s: " STR_FMT, doing, err_text(e), STR_ARG(db_error(db)));
    obj_drop(db);
    return e;
}

err_t database_check_version(const char *area, struct str url, struct str table, int64_t version)
{
    struct generation *gen = generation_peek();
    struct str versions =
        gen && gen->core->version_table.n ? gen->core->version_table : STR("version");
    int64_t found = 0;
    struct db *db;
    err_t e;

    if (worker_index(worker_self()) != 0)
        return ERR_OK;
    e = database_open(area, url, &db);
    if (e)
        return e;
    e = db_table_version(db, versions, table, &found);
    if (e != ERR_NOT_FOUND)
        e = database_done(area, db, e, "reading table versions");
    else
        obj_drop(db);
    if (e && e != ERR_NOT_FOUND)
        return e;
    if (found != version) {
        log_error(area, "table " STR_FMT " has version %lld, expected %lld", STR_ARG(table),
                  (long long)found, (long long)version);
        return ERR_STATE;
    }
    return ERR_OK;
}
