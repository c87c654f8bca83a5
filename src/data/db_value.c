/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a database: reading them as text, number and time, and rows into structs. */
#include "data/db.h"
#include <stdlib.h>
#include <time.h>

struct str db_text(const struct db_value *v, struct arena *a)
{
    struct tm tm;
    time_t at;

    switch (v->type) {
    case DB_NULL: return STR("");
    case DB_STR:
    case DB_BLOB: return v->s;
    case DB_INT: return arena_fmt(a, "%lld", (long long)v->i);
    case DB_DOUBLE: return arena_fmt(a, "%.15g", v->d);
    case DB_TIME: break;
    }
    at = (time_t)v->i;
    gmtime_r(&at, &tm);
    return arena_fmt(a, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

double db_real(const struct db_value *v)
{
    char digits[64];
    size_t n;

    if (v->type == DB_DOUBLE)
        return v->d;
    if (v->type == DB_INT || v->type == DB_TIME)
        return (double)v->i;
    n = v->s.n < sizeof digits ? v->s.n : sizeof digits - 1;
    memcpy(digits, v->s.p ? v->s.p : "", n);
    digits[n] = '\0';
    return strtod(digits, NULL);
}

int64_t db_number(const struct db_value *v)
{
    int64_t n = 0;
    double d;

    if (v->type == DB_INT || v->type == DB_TIME)
        return v->i;
    if (v->type != DB_DOUBLE && str_to_i64(v->s, &n) == ERR_OK)
        return n;
    d = db_real(v);
    return d > -9.2e18 && d < 9.2e18 ? (int64_t)d : 0;
}

/* Reads digits up to something else; false when there are none. */
static bool digits(struct str *s, int *out)
{
    int n = 0;
    size_t i = 0;

    for (; i < s->n && i < 6 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
        n = n * 10 + (s->p[i] - '0');
    *out = n;
    *s = str_skip(*s, i);
    return i > 0;
}

static bool letter(struct str *s, const char *any)
{
    if (s->n == 0 || !strchr(any, s->p[0]))
        return false;
    *s = str_skip(*s, 1);
    return true;
}

int64_t db_time(const struct db_value *v)
{
    struct str s = v->s;
    struct tm tm = { 0 };

    if (v->type != DB_STR && v->type != DB_BLOB)
        return db_number(v);
    if (!digits(&s, &tm.tm_year) || !letter(&s, "-") || !digits(&s, &tm.tm_mon) ||
        !letter(&s, "-") || !digits(&s, &tm.tm_mday))
        return db_number(v);
    if (letter(&s, " T") && digits(&s, &tm.tm_hour) && letter(&s, ":") && digits(&s, &tm.tm_min) &&
        letter(&s, ":"))
        (void)digits(&s, &tm.tm_sec);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm);
}

size_t db_column(const struct db_result *r, struct str name)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (str_ieq(r->columns[i], name))
            return i;
    }
    return SIZE_MAX;
}

static struct value value_of(const struct db_value *v, struct arena *a)
{
    switch (v->type) {
    case DB_NULL: return VALUE_NONE;
    case DB_INT:
    case DB_TIME: return VALUE_OF_INT(v->i);
    case DB_DOUBLE: return VALUE_OF_INT(db_number(v));
    case DB_STR:
    case DB_BLOB: break;
    }
    return VALUE_OF_STR(db_text(v, a));
}

err_t db_row_read(const struct db_result *r, size_t row, const struct field *fields, void *out,
                  struct arena *arena)
{
    struct field_env env = { .arena = arena };
    struct buf why;
    err_t e = ERR_OK;

    if (row >= r->n_rows)
        return ERR_NOT_FOUND;
    fields_default(fields, out, &env);
    buf_init(&why, MEM_DATABASE);
    for (size_t i = 0; i < r->n_columns && !e; i++) {
        const struct field *f = field_find(fields, r->columns[i]);
        struct value v = value_of(&r->rows[row][i], arena);

        if (f && v.type == VALUE_INT && f->type == FIELD_STR)
            v = VALUE_OF_STR(db_text(&r->rows[row][i], arena));
        if (f && v.type == VALUE_STR && (f->type == FIELD_INT || f->type == FIELD_BOOL))
            v = VALUE_OF_INT(db_number(&r->rows[row][i]));
        if (f && v.type != VALUE_NULL)
            e = field_set(f, out, &v, &env, &why);
    }
    buf_free(&why);
    return e;
}

struct value db_script_value(const struct db_value *v, struct arena *a)
{
    if (v->type == DB_NULL)
        return VALUE_NONE;
    return v->type == DB_INT ? VALUE_OF_INT(v->i) : VALUE_OF_STR(db_text(v, a));
}
