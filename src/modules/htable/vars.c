/* SPDX-License-Identifier: BSD-2-Clause */
/* $sht(table=>key) and its kin. */
#include "modules/htable/htable.h"
#include "script/value.h"

enum which { SHT, SHT_EXPIRES, SHT_COUNT_NAMES, SHT_COUNT_VALUES, SHT_INC, SHT_DEC };

/* "table=>key", taken apart. */
struct place {
    struct ht *table;
    struct str key;
};

static bool take_apart(struct str text, struct str *table, struct str *key)
{
    size_t arrow = str_search(text, STR("=>"));

    *table = str_trim(str_cut(text, 0, arrow));
    *key = str_skip(text, arrow + 2);
    return arrow < text.n && table->n && key->n;
}

/* A fixed name: the table may be defined later in the file, so it is only made known. */
static err_t prepare_place(struct load *l, const struct var_ref *at, const void **prepared)
{
    struct place *p = ARENA_NEW(load_arena(l), struct place);
    struct str table;

    if (!take_apart(at->key, &table, &p->key)) {
        load_fault(l, NULL, "expected $%s(table=>key)", at->var->name);
        return ERR_SYNTAX;
    }
    p->table = ht_intern(table);
    *prepared = p;
    return ERR_OK;
}

static bool locate(struct call *c, const struct var_ref *at, struct place *out)
{
    struct str table;

    if (at->prepared) {
        *out = *(const struct place *)at->prepared;
        return atomic_load(&out->table->defined);
    }
    if (!take_apart(var_key(c, at), &table, &out->key))
        return false;
    out->table = ht_find(table);
    return out->table != NULL;
}

static int64_t count(const struct place *p, bool value)
{
    struct ht_match m;
    int64_t n = 0;

    if (ht_match_prefix(p->key, value, &m))
        n = (int64_t)ht_count(p->table, &m, 0);
    ht_match_free(&m);
    return n;
}

static err_t get(struct call *c, const struct var_ref *at, struct value *out)
{
    struct place p;
    int64_t n;

    *out = VALUE_NONE;
    if (!locate(c, at, &p))
        return ERR_OK;
    switch ((enum which)at->var->tag) {
    case SHT: ht_get_or_initial(p.table, p.key, c->arena, out); break;
    case SHT_EXPIRES:
        ht_expires(p.table, p.key, &n);
        *out = VALUE_OF_INT(n);
        break;
    case SHT_COUNT_NAMES: *out = VALUE_OF_INT(count(&p, false)); break;
    case SHT_COUNT_VALUES: *out = VALUE_OF_INT(count(&p, true)); break;
    case SHT_INC:
        if (ht_add(p.table, p.key, 1, &n))
            *out = VALUE_OF_INT(n);
        break;
    case SHT_DEC:
        if (ht_add(p.table, p.key, -1, &n))
            *out = VALUE_OF_INT(n);
        break;
    }
    return ERR_OK;
}

static err_t set(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct place p;

    if (!locate(c, at, &p))
        return ERR_NOT_FOUND;
    if (at->var->tag == SHT)
        ht_set(p.table, p.key, in, HT_EXPIRES_DEFAULT);
    else
        ht_set_expires(p.table, p.key, value_number(in));
    return ERR_OK;
}

static err_t prepare_record(struct load *l, const struct var_ref *at, const void **prepared)
{
    static const bool yes = true, no = false;

    if (str_eq(at->key, STR("key")) || str_eq(at->key, STR("value"))) {
        *prepared = at->key.p[0] == 'k' ? &yes : &no;
        return ERR_OK;
    }
    load_fault(l, NULL, "$shtrecord has the parts key and value");
    return ERR_NOT_FOUND;
}

static err_t get_record(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct ht_run *run = ht_run(c);
    const bool *key = at->prepared;

    *out = VALUE_NONE;
    if (run->record_key.p && key)
        *out = *key ? VALUE_OF_STR(run->record_key) : run->record_value;
    return ERR_OK;
}

static err_t get_iterator(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str key;
    struct value value = VALUE_NONE;

    *out = VALUE_NONE;
    if (ht_iterator_item(c, var_key(c, at), &key, &value))
        *out = at->var->tag ? value : VALUE_OF_STR(key);
    return ERR_OK;
}

#define TABLE_VAR(label, which, ...)                                                               \
    {                                                                                              \
        .name = (label), .key = true, .get = get, .prepare = prepare_place, .tag = (which),        \
        .doc = __VA_ARGS__                                                                         \
    }
const struct variable htable_vars[] = {
    TABLE_VAR("sht", SHT, "The item table=>key; setting it to $null removes it.", .set = set),
    TABLE_VAR("shtex", SHT_EXPIRES, "Seconds until the item table=>key expires.", .set = set),
    TABLE_VAR("shtcn", SHT_COUNT_NAMES,
              "How many names match: ~~regex, ~%end, ==name, ** for all, or a name."),
    TABLE_VAR("shtcv", SHT_COUNT_VALUES,
              "How many values match: ~~regex, ~%end, ==text, eqnumber, ** for all, or a text."),
    TABLE_VAR("shtinc", SHT_INC, "Adds one to the item table=>key and gives the result."),
    TABLE_VAR("shtdec", SHT_DEC, "Takes one from the item table=>key and gives the result."),
    { .name = "shtrecord",
      .key = true,
      .get = get_record,
      .prepare = prepare_record,
      .doc = "In event_route[htable:expired:table]: key and value of what expired." },
    { .name = "shtitkey",
      .key = true,
      .get = get_iterator,
      .tag = 0,
      .doc = "Name of the current item of an iterator." },
    { .name = "shtitval",
      .key = true,
      .get = get_iterator,
      .tag = 1,
      .doc = "Value of the current item of an iterator." },
    { 0 },
};
