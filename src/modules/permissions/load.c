/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling the sets from the database, or addresses from a file. */
#include "base/log.h"
#include "modules/permissions/inner.h"

/* One load at a time; pins the generation of `conf`. */
static err_t begin(struct generation **gen)
{
    bool idle = false;

    if (!atomic_compare_exchange_strong(&permissions_self.loading, &idle, true))
        return ERR_STATE;
    *gen = generation_peek();
    if (*gen)
        obj_hold(*gen);
    return ERR_OK;
}

static void end(struct generation *gen)
{
    obj_drop(gen);
    atomic_store(&permissions_self.loading, false);
}

static err_t read_addresses(const struct permissions_conf *conf, struct arena *a,
                            struct db_result *out)
{
    const struct str columns[] = { conf->grp_col, conf->ip_addr_col, conf->mask_col, conf->port_col,
                                   conf->tag_col };
    struct db *db;
    err_t e = database_open("permissions", conf->db_url, &db);

    if (e)
        return e;
    e = db_select(db, conf->address_table, columns, 5, NULL, 0, STR(""), 0, a, out);
    return database_done("permissions", db, e, "reading addresses");
}

static struct address_set *set_of_rows(const struct db_result *r, struct arena *a)
{
    struct address_set *set = address_set_new(r->n_rows);

    for (size_t i = 0; i < r->n_rows; i++) {
        const struct db_value *row = r->rows[i];
        struct str text = db_text(&row[1], a);

        if (address_set_add(set, db_number(&row[0]), text, db_number(&row[2]), db_number(&row[3]),
                            db_text(&row[4], a)))
            log_warn("permissions", "left out: group %lld, address " STR_FMT,
                     (long long)db_number(&row[0]), STR_ARG(text));
    }
    return set;
}

err_t load_addresses(const struct permissions_conf *conf)
{
    struct address_set *set = NULL;
    struct generation *gen;
    struct db_result rows;
    struct arena a;
    err_t e = begin(&gen);

    if (e)
        return e;
    arena_init(&a, MEM_MODULE, 4096);
    if (conf->address_file.n) {
        struct str path = rule_path(&a, conf->address_file, STR(""));

        set = address_set_new(0);
        e = address_set_read_file(set, path);
        if (e)
            log_error("permissions", STR_FMT ": %s", STR_ARG(path), err_text(e));
    } else {
        e = read_addresses(conf, &a, &rows);
        if (!e)
            set = set_of_rows(&rows, &a);
    }
    if (e)
        address_set_free(set);
    else
        snapshot_publish(&permissions_self.addresses, set, address_set_free);
    arena_free(&a);
    end(gen);
    return e;
}

err_t read_trusted(const struct permissions_conf *conf, const struct str *source, struct arena *a,
                   struct db_result *out)
{
    const struct str columns[] = { conf->source_col, conf->proto_col, conf->from_col,
                                   conf->ruri_col,   conf->tag_col,   conf->priority_col };
    struct db_pair where = { .column = conf->source_col };
    struct db *db;
    err_t e = database_open("permissions", conf->db_url, &db);

    if (e)
        return e;
    if (source)
        where.value = DB_OF_STR(*source);
    e = db_select(db, conf->trusted_table, columns, 6, &where, source ? 1 : 0, STR(""), 0, a, out);
    return database_done("permissions", db, e, "reading trusted peers");
}

err_t load_trusted(const struct permissions_conf *conf)
{
    struct generation *gen;
    struct db_result rows;
    struct arena a;
    err_t e = begin(&gen);

    if (e)
        return e;
    arena_init(&a, MEM_MODULE, 4096);
    e = read_trusted(conf, NULL, &a, &rows);
    if (!e)
        snapshot_publish(&permissions_self.trusted, trusted_set_make(&rows), trusted_set_free);
    arena_free(&a);
    end(gen);
    return e;
}
