/* SPDX-License-Identifier: BSD-2-Clause */
/* $dbr(result=>…), $sqlrows(connection), {sql.val} and its relatives. */
#include "modules/sqlops/inner.h"

struct sqlops_run *sqlops_run_of(struct call *c)
{
    struct sqlops_run **run = (struct sqlops_run **)&c->module_data[sqlops_self.run_slot];

    if (!*run)
        *run = ARENA_NEW(c->arena, struct sqlops_run);
    return *run;
}

struct named_result *named_result_of(struct call *c, struct str name)
{
    struct named_result *r = sqlops_run_of(c)->results;

    while (r && !str_eq(r->name, name))
        r = r->next;
    return r;
}

/* "rows", "cols", "colname[N]", "[row,col]". */
enum item { ITEM_NONE, ITEM_ROWS, ITEM_COLS, ITEM_COLNAME, ITEM_CELL };

static bool number_in(struct str text, size_t *out)
{
    uint32_t n;

    if (str_to_u32(str_trim(text), &n))
        return false;
    *out = n;
    return true;
}

static enum item read_item(struct str text, size_t *row, size_t *column)
{
    struct str inner, first;
    size_t at = str_find(text, '[');

    if (str_ieq(text, STR("rows")))
        return ITEM_ROWS;
    if (str_ieq(text, STR("cols")))
        return ITEM_COLS;
    if (at == text.n || text.p[text.n - 1] != ']')
        return ITEM_NONE;
    inner = str_cut(text, at + 1, text.n - 1);
    if (str_ieq(str_trim(str_cut(text, 0, at)), STR("colname")))
        return number_in(inner, column) ? ITEM_COLNAME : ITEM_NONE;
    if (at != 0)
        return ITEM_NONE;
    first = str_split(&inner, ',');
    return number_in(first, row) && number_in(inner, column) ? ITEM_CELL : ITEM_NONE;
}

static bool split_key(struct str key, struct str *name, struct str *item)
{
    size_t at = str_search(key, STR("=>"));

    if (at == key.n)
        return false;
    *name = str_trim(str_cut(key, 0, at));
    *item = str_trim(str_skip(key, at + 2));
    return true;
}

static err_t dbr_get(struct call *c, const struct var_ref *at, struct value *out)
{
    size_t row = 0, column = 0;
    struct named_result *r;
    struct str name, item;
    enum item which;

    *out = VALUE_NONE;
    if (!split_key(var_key(c, at), &name, &item))
        return ERR_OK;
    r = named_result_of(c, name);
    which = read_item(item, &row, &column);
    if (!r || which == ITEM_NONE)
        return ERR_OK;
    if (which == ITEM_ROWS)
        *out = VALUE_OF_INT((int64_t)r->rows.n_rows);
    else if (which == ITEM_COLS)
        *out = VALUE_OF_INT((int64_t)r->rows.n_columns);
    else if (column >= r->rows.n_columns)
        return ERR_OK;
    else if (which == ITEM_COLNAME)
        *out = VALUE_OF_STR(r->rows.columns[column]);
    else if (row < r->rows.n_rows)
        *out = db_script_value(&r->rows.rows[row][column], c->arena);
    return ERR_OK;
}

static err_t dbr_prepare(struct load *l, const struct var_ref *at, const void **prepared)
{
    struct str name, item;
    size_t row, column;

    *prepared = NULL;
    if (at->key_format)
        return ERR_OK;
    if (split_key(at->key, &name, &item) &&
        (str_find(item, '$') < item.n || read_item(item, &row, &column) != ITEM_NONE))
        return ERR_OK;
    load_fault(l, NULL, "expected $dbr(result=>rows), =>cols, =>colname[N] or =>[row,column]");
    return ERR_SYNTAX;
}

static err_t sqlrows_get(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str key = var_key(c, at);

    *out = VALUE_NONE;
    for (struct affected *a = sqlops_run_of(c)->affected; a; a = a->next) {
        if (str_eq(a->connection, key))
            *out = VALUE_OF_INT(a->rows);
    }
    return ERR_OK;
}

const struct variable sqlops_vars[] = {
    { .name = "dbr",
      .doc = "Rows that sql_query() has read.",
      .get = dbr_get,
      .key = true,
      .prepare = dbr_prepare,
      .differs = "a result lives until the route that asked for it has ended" },
    { .name = "sqlrows",
      .doc = "Rows that the last query of a connection has changed.",
      .get = sqlrows_get,
      .key = true },
    { 0 },
};

/* Transformations. */

static struct value quoted(struct call *c, struct str text)
{
    struct str inner = db_quote_plain(text, c->arena);

    return VALUE_OF_STR(arena_fmt(c->arena, "'" STR_FMT "'", STR_ARG(inner)));
}

static err_t val(struct call *c, const struct value *in, const void *args, struct value *out)
{
    (void)args;
    if (in->type == VALUE_NULL)
        *out = VALUE_OF_STR(STR("NULL"));
    else if (in->type == VALUE_INT)
        *out = VALUE_OF_STR(arena_fmt(c->arena, "%lld", (long long)in->i));
    else
        *out = quoted(c, in->s);
    return ERR_OK;
}

static err_t val_int(struct call *c, const struct value *in, const void *args, struct value *out)
{
    if (in->type == VALUE_NULL || (in->type == VALUE_STR && in->s.n == 0)) {
        *out = VALUE_OF_STR(STR("0"));
        return ERR_OK;
    }
    return val(c, in, args, out);
}

static err_t val_str(struct call *c, const struct value *in, const void *args, struct value *out)
{
    (void)args;
    *out = quoted(c, value_text(in, c->arena));
    return ERR_OK;
}

const struct transformation sqlops_transformations[] = {
    { .class = "sql",
      .takes_null = true,
      .name = "val",
      .doc = "As an SQL value: NULL, a number, or quoted text.",
      .run = val },
    { .class = "sql",
      .takes_null = true,
      .name = "val.int",
      .doc = "The same; nothing is 0.",
      .run = val_int },
    { .class = "sql",
      .takes_null = true,
      .name = "val.str",
      .doc = "As quoted text; nothing is ''.",
      .run = val_str },
    { 0 },
};
