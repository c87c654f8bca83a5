/* SPDX-License-Identifier: BSD-2-Clause */
/* AVPs loaded from tables, stored in them and deleted there. */
#include "modules/avpops/database.h"
#include "base/log.h"
#include "sip/uri.h"

#define AREA "avpops"
enum { NO_ROWS = -2, PAIRS_MAX = 8 };

/* Where the rows are: conditions on columns, or the columns of a new row. */
struct place {
    struct str table;
    struct db_pair pairs[PAIRS_MAX];
    size_t n;
};

static void add_pair(struct place *p, struct str column, const char *op, struct db_value value)
{
    p->pairs[p->n++] = (struct db_pair){ .column = column, .op = op, .value = value };
}

static const struct avpops_conf *conf_of(struct call *c)
{
    return call_conf(c, &module_avpops);
}

static const struct avp_scheme *scheme_of(const struct avpops_conf *conf, struct str name)
{
    for (size_t i = 0; i < conf->n_schemes; i++)
        if (str_ieq(conf->schemes[i].name, name))
            return &conf->schemes[i];
    log_error(AREA, "no db_scheme \"" STR_FMT "\" is defined", STR_ARG(name));
    return NULL;
}

/* Whose AVPs they are. */
static bool add_owner(struct call *c, const struct db_args *a, const struct avp_scheme *columns,
                      struct place *p)
{
    const struct avpops_conf *conf = conf_of(c);
    struct value v;
    struct str text;
    struct uri u;

    if (operand_value(c, &a->source, &v) || v.type == VALUE_NULL) {
        log_error(AREA, "the source " STR_FMT " has no value", STR_ARG(a->first));
        return false;
    }
    text = value_text(&v, c->arena);
    if (a->owner == OWNER_UUID) {
        add_pair(p, columns->uuid_column, NULL, DB_OF_STR(text));
        return true;
    }
    if (uri_parse(text, &u) || (a->owner != OWNER_DOMAIN && !u.user.n)) {
        log_error(AREA, "the source " STR_FMT " is no URI with a user: \"" STR_FMT "\"",
                  STR_ARG(a->first), STR_ARG(text));
        return false;
    }
    if (a->owner != OWNER_DOMAIN)
        add_pair(p, columns->username_column, NULL, DB_OF_STR(u.user));
    if (a->owner == OWNER_DOMAIN || (a->owner == OWNER_URI && conf->use_domain))
        add_pair(p, columns->domain_column, NULL, DB_OF_STR(u.host));
    return true;
}

static bool find_place(struct call *c, const struct db_args *a, const struct avp_scheme *scheme,
                       struct place *p)
{
    const struct avpops_conf *conf = conf_of(c);
    const struct avp_scheme usual = { .uuid_column = conf->uuid_column,
                                      .username_column = conf->username_column,
                                      .domain_column = conf->domain_column };

    p->table = scheme ? scheme->table : a->table.n ? a->table : conf->avp_table;
    if (!p->table.n) {
        log_error(AREA, "no table is known; set the parameter avp_table");
        return false;
    }
    return add_owner(c, a, scheme ? scheme : &usual, p);
}

static err_t open(struct call *c, struct db **out)
{
    const struct avpops_conf *conf = conf_of(c);

    if (conf->db_url.n)
        return database_open(AREA, conf->db_url, out);
    log_error(AREA, "no database is known; set the parameter db_url");
    return ERR_NOT_FOUND;
}

/* ---- loading ---- */

static bool kind_fits(const struct db_args *a, int64_t type)
{
    bool number = type & TYPE_NUMBER_NAME;

    return a->names == NAMES_ANY || number == (a->names == NAMES_NUMBER);
}

/* A cell as the value of an AVP; false: it is none. */
static bool avp_value(struct call *c, const struct db_value *cell, bool number, struct value *out)
{
    struct str text = db_text(cell, c->arena);
    int64_t n;

    if (cell->type == DB_NULL) {
        log_error(AREA, "an AVP without a value is not loaded");
        return false;
    }
    *out = VALUE_OF_STR(text);
    if (!number)
        return true;
    if (str_to_i64(text, &n)) {
        log_error(AREA, "an AVP that should be a number is not loaded: \"" STR_FMT "\"",
                  STR_ARG(text));
        return false;
    }
    *out = VALUE_OF_INT(n);
    return true;
}

/* The columns of a row are value, attribute and type; of a scheme, the value alone. */
static bool take_row(struct call *c, const struct db_args *a, const struct avp_scheme *scheme,
                     const struct db_value *row)
{
    int64_t type = scheme ? (scheme->number ? TYPE_NUMBER : 0) : db_number(&row[2]);
    struct str name = a->avp.name;
    struct value v;

    if ((!scheme && !kind_fits(a, type)) || !avp_value(c, &row[0], type & TYPE_NUMBER, &v))
        return false;
    if (!name.n)
        name = db_text(&row[1], c->arena);
    avp_push(c->vars, a->avp.class, name, &v);
    return true;
}

int avp_db_load(struct call *c, const struct db_args *a)
{
    const struct avpops_conf *conf = conf_of(c);
    const struct avp_scheme *scheme = a->scheme.n ? scheme_of(conf, a->scheme) : NULL;
    struct str columns[] = { scheme ? scheme->value_column : conf->value_column,
                             conf->attribute_column, conf->type_column };
    struct place p = { .n = 0 };
    struct db_result rows = { 0 };
    bool any = false;
    struct db *db;
    err_t e;

    if ((a->scheme.n && !scheme) || !find_place(c, a, scheme, &p) || open(c, &db))
        return SCRIPT_FALSE;
    if (!scheme && a->avp.name.n)
        add_pair(&p, conf->attribute_column, NULL, DB_OF_STR(a->avp.name));
    e = db_select(db, p.table, columns, scheme ? 1 : 3, p.pairs, p.n, STR(""), 0, c->arena, &rows);
    if (database_done(AREA, db, e, "loading AVPs"))
        return SCRIPT_FALSE;
    for (size_t i = 0; i < rows.n_rows; i++)
        any |= take_row(c, a, scheme, rows.rows[i]);
    return any ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* ---- storing ---- */

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* AVPs on their way into the table: copied, as others may change while this waits. */
struct storing {
    struct call *c;
    const struct db_args *a;
    struct stored {
        struct stored *next;
        struct str name;
        struct value value;
        int64_t type;
    } * first, **end;
};

static void note_avp(enum avp_class class, struct str name, const struct value *v, void *arg)
{
    struct storing *s = arg;
    const struct db_args *a = s->a;
    bool number_name =
        a->avp.name.n ? a->names == NAMES_NUMBER : a->names != NAMES_TEXT && all_digits(name);
    struct stored *one;

    if (class != a->avp.class || v->type == VALUE_NULL)
        return;
    if (a->avp.name.n ? !str_eq(name, a->avp.name)
                      : !kind_fits(a, all_digits(name) ? TYPE_NUMBER_NAME : 0))
        return;
    one = ARENA_NEW(s->c->arena, struct stored);
    one->name = arena_dup(s->c->arena, name);
    one->value = value_dup(v, s->c->arena);
    one->type = (v->type == VALUE_INT ? TYPE_NUMBER : 0) | (number_name ? TYPE_NUMBER_NAME : 0);
    *s->end = one;
    s->end = &one->next;
}

/* A row has all columns of owners; those that are not his are empty. */
static void add_other_owners(const struct avpops_conf *conf, struct place *p)
{
    const struct str columns[] = { conf->uuid_column, conf->username_column, conf->domain_column };
    size_t n = p->n;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        bool there = false;

        for (size_t k = 0; k < n; k++)
            there |= str_eq(p->pairs[k].column, columns[i]);
        if (!there)
            add_pair(p, columns[i], NULL, DB_OF_STR(STR("")));
    }
}

int avp_db_store(struct call *c, const struct db_args *a)
{
    const struct avpops_conf *conf = conf_of(c);
    struct place p = { .n = 0 };
    struct storing s = { .c = c, .a = a };
    struct db *db;
    err_t e = ERR_OK;

    s.end = &s.first;
    avp_each(c->vars, note_avp, &s);
    if (!s.first || !find_place(c, a, NULL, &p) || open(c, &db))
        return SCRIPT_FALSE;
    add_other_owners(conf, &p);
    for (const struct stored *one = s.first; one && !e; one = one->next) {
        struct place row = p;

        add_pair(&row, conf->attribute_column, NULL, DB_OF_STR(one->name));
        add_pair(&row, conf->value_column, NULL, DB_OF_STR(value_text(&one->value, c->arena)));
        add_pair(&row, conf->type_column, NULL, DB_OF_INT(one->type));
        e = db_insert(db, row.table, row.pairs, row.n);
    }
    return database_done(AREA, db, e, "storing AVPs") ? SCRIPT_FALSE : SCRIPT_TRUE;
}

/* ---- deleting ---- */

int avp_db_delete(struct call *c, const struct db_args *a)
{
    const struct avpops_conf *conf = conf_of(c);
    struct place p = { .n = 0 };
    struct db *db;
    err_t e;

    if (!find_place(c, a, NULL, &p) || open(c, &db))
        return SCRIPT_FALSE;
    if (a->avp.name.n)
        add_pair(&p, conf->attribute_column, NULL, DB_OF_STR(a->avp.name));
    if (a->names != NAMES_ANY)
        add_pair(&p, conf->type_column, a->names == NAMES_NUMBER ? ">=" : "<",
                 DB_OF_INT(TYPE_NUMBER_NAME));
    e = db_delete(db, p.table, p.pairs, p.n, NULL);
    return database_done(AREA, db, e, "deleting AVPs") ? SCRIPT_FALSE : SCRIPT_TRUE;
}

/* ---- queries ---- */

/* The first row becomes the newest, which is the one a script sees first. */
static void take_rows(struct call *c, const struct query_args *a, const struct db_result *r)
{
    size_t n = a->n_avps && a->n_avps < r->n_columns ? a->n_avps : r->n_columns;

    for (size_t i = r->n_rows; i > 0; i--)
        for (size_t k = 0; k < n; k++) {
            struct value v = db_script_value(&r->rows[i - 1][k], c->arena);
            struct avp_name into = { AVP_PLAIN, STR_NONE };

            if (v.type == VALUE_NULL)
                continue;
            if (a->n_avps)
                into = a->avps[k];
            else
                into.name = arena_fmt(c->arena, "%zu", k + 1);
            avp_push(c->vars, into.class, into.name, &v);
        }
}

int avp_db_query(struct call *c, const struct query_args *a)
{
    struct db_result r = { 0 };
    struct db *db;

    if (open(c, &db) ||
        database_done(AREA, db, db_query(db, a->query, NULL, 0, c->arena, &r), "a query"))
        return SCRIPT_FALSE;
    take_rows(c, a, &r);
    return r.n_rows ? SCRIPT_TRUE : NO_ROWS;
}
