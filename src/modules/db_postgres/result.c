/* SPDX-License-Identifier: BSD-2-Clause */
/* Results of PostgreSQL as ours. */
#include "modules/db_postgres/inner.h"
#include <time.h>

/* Types by their fixed numbers in pg_type. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700
};

static enum db_type type_of(Oid type)
{
    switch (type) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID: return DB_INT;
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC: return DB_DOUBLE;
    case OID_DATE:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ: return DB_TIME;
    case OID_BYTEA: return DB_BLOB;
    default: return DB_STR;
    }
}

static struct db_value blob(const char *text, struct arena *a)
{
    size_t n = 0;
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, &n);
    struct db_value v = { .type = DB_BLOB };

    v.s = arena_dup(a, (struct str){ bytes ? (const char *)bytes : "", bytes ? n : 0 });
    PQfreemem(bytes);
    return v;
}

/* A moment written in local time. */
static struct db_value moment(const struct db_value *text)
{
    time_t at = (time_t)db_time(text);
    struct tm tm;

    gmtime_r(&at, &tm);
    tm.tm_isdst = -1;
    return DB_OF_TIME((int64_t)mktime(&tm));
}

static struct db_value cell(const PGresult *r, int row, int column, enum db_type type,
                            struct arena *a)
{
    const char *text = PQgetvalue(r, row, column);
    struct str s = { text, (size_t)PQgetlength(r, row, column) };
    struct db_value v = { .type = DB_STR, .s = s };

    if (PQgetisnull(r, row, column))
        return (struct db_value){ .type = DB_NULL };
    switch (type) {
    case DB_INT:
        if (str_eq(s, STR("t")) || str_eq(s, STR("f")))
            return DB_OF_INT(text[0] == 't');
        return DB_OF_INT(db_number(&v));
    case DB_DOUBLE: return (struct db_value){ .type = DB_DOUBLE, .d = db_real(&v) };
    case DB_TIME:
        return PQftype(r, column) == OID_TIMESTAMPTZ ? DB_OF_TIME(db_time(&v)) : moment(&v);
    case DB_BLOB: return blob(text, a);
    default: v.s = arena_dup(a, s); return v;
    }
}

static void read_columns(const PGresult *r, struct query *q)
{
    size_t n = (size_t)PQnfields(r);
    struct str *names = ARENA_ARRAY(q->arena, struct str, n);
    enum db_type *types = ARENA_ARRAY(q->arena, enum db_type, n);

    for (size_t i = 0; i < n; i++) {
        names[i] = arena_dup(q->arena, str_of(PQfname(r, (int)i)));
        types[i] = type_of(PQftype(r, (int)i));
    }
    q->out->columns = names;
    q->out->types = types;
    q->out->n_columns = n;
}

void postgres_read_result(const PGresult *r, struct query *q)
{
    size_t rows = (size_t)PQntuples(r);
    int64_t affected = 0;

    if (str_to_i64(str_of(PQcmdTuples((PGresult *)(uintptr_t)r)), &affected) == ERR_OK)
        q->out->affected = affected;
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        return;
    read_columns(r, q);
    q->out->rows = ARENA_ARRAY(q->arena, struct db_value *, rows);
    q->out->n_rows = rows;
    for (size_t i = 0; i < rows; i++) {
        struct db_value *row = ARENA_ARRAY(q->arena, struct db_value, q->out->n_columns);

        for (size_t k = 0; k < q->out->n_columns; k++)
            row[k] = cell(r, (int)i, (int)k, q->out->types[k], q->arena);
        q->out->rows[i] = row;
    }
}
