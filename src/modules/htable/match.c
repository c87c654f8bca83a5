/* SPDX-License-Identifier: BSD-2-Clause */
/* Which items are meant, and what a definition says. */
#include "modules/htable/htable.h"

static bool with_regex(struct str text, struct ht_match *out)
{
    char space[128];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    out->how = HT_REGEX;
    return regex_compile(text, 0, &out->regex, &why) == ERR_OK;
}

bool ht_match_op(struct str op, struct str text, bool value, struct ht_match *out)
{
    *out = (struct ht_match){ .text = text, .value = value };
    if (str_ieq(op, STR("eq")))
        out->how = HT_EQUAL;
    else if (str_ieq(op, STR("ne")))
        out->how = HT_NOT_EQUAL;
    else if (str_ieq(op, STR("sw")))
        out->how = HT_STARTS;
    else
        return str_ieq(op, STR("re")) && with_regex(text, out);
    return true;
}

bool ht_match_prefix(struct str text, bool value, struct ht_match *out)
{
    struct str rest = str_skip(text, 2);

    *out = (struct ht_match){ .how = HT_EQUAL, .text = text, .value = value };
    if (str_starts(text, STR("~~")))
        return with_regex(rest, out);
    if (str_starts(text, STR("~%")))
        out->how = HT_ENDS;
    else if (str_starts(text, STR("**")))
        out->how = HT_ALL;
    else if (value && str_starts(text, STR("eq")) && str_to_i64(rest, &out->number) == ERR_OK)
        out->how = HT_NUMBER;
    else if (!str_starts(text, STR("==")))
        return true;
    out->text = rest;
    return true;
}

void ht_match_free(struct ht_match *m)
{
    regex_free(m->regex);
    m->regex = NULL;
}

bool ht_matches(const struct ht_match *m, const struct ht_item *item)
{
    bool number = item->value.type == VALUE_INT;
    struct str s = m->value ? item->value.s : item->entry.key;

    if (m->how == HT_ALL)
        return true;
    if (m->how == HT_NUMBER)
        return number && item->value.i == m->number;
    if (m->value && number)
        return false;
    switch (m->how) {
    case HT_EQUAL: return str_eq(s, m->text);
    case HT_NOT_EQUAL: return !str_eq(s, m->text);
    case HT_STARTS: return str_starts(s, m->text);
    case HT_ENDS: return str_ends(s, m->text);
    case HT_REGEX: return regex_match(m->regex, s, NULL, 0) == ERR_OK;
    default: return false;
    }
}

/* "key,value,value" in quotes. */
static void columns(struct str text, struct ht_def *out)
{
    text = str_trim(text);
    if (text.n >= 2 && (text.p[0] == '\'' || text.p[0] == '"'))
        text = str_cut(text, 1, text.n - 1);
    while (text.n && out->n_columns < sizeof out->columns / sizeof *out->columns)
        out->columns[out->n_columns++] = str_trim(str_split(&text, ','));
}

static err_t attribute(struct str name, struct str value, struct ht_def *out, struct buf *why)
{
    int64_t n = 0;
    bool number = str_to_i64(value, &n) == ERR_OK;

    if (str_ieq(name, STR("dbtable"))) {
        out->db_table = value;
        return ERR_OK;
    }
    if (str_ieq(name, STR("cols"))) {
        columns(value, out);
        if (out->n_columns >= 2)
            return ERR_OK;
        buf_addz(why, "cols needs a column for the key and one for the value");
        return ERR_SYNTAX;
    }
    if (!number) {
        buf_fmt(why, STR_FMT ": expected a number, got \"" STR_FMT "\"", STR_ARG(name),
                STR_ARG(value));
        return ERR_SYNTAX;
    }
    if (str_ieq(name, STR("size"))) {
        out->size = n;
    } else if (str_ieq(name, STR("autoexpire"))) {
        out->autoexpire_s = n;
    } else if (str_ieq(name, STR("dbmode"))) {
        out->db_write = n != 0;
    } else if (str_ieq(name, STR("initval"))) {
        out->initial = n;
        out->has_initial = true;
    } else if (str_ieq(name, STR("updateexpire"))) {
        out->update_expiry = n != 0;
    } else if (str_ieq(name, STR("dmqreplicate"))) {
        out->replicate = n != 0;
    } else {
        buf_fmt(why,
                "\"" STR_FMT "\" is none of size, autoexpire, dbtable, cols, dbmode, initval, "
                "updateexpire, dmqreplicate",
                STR_ARG(name));
        return ERR_SYNTAX;
    }
    return ERR_OK;
}

err_t ht_def_parse(struct str text, struct ht_def *out, struct buf *why)
{
    size_t arrow = str_search(text, STR("=>"));
    struct str rest = str_skip(text, arrow + 2);

    *out = (struct ht_def){ .name = str_trim(str_cut(text, 0, arrow)),
                            .size = 8,
                            .update_expiry = true };
    if (arrow == text.n || out->name.n == 0) {
        buf_addz(why, "expected name=>size=number;…");
        return ERR_SYNTAX;
    }
    while (rest.n) {
        struct str part = str_trim(str_split(&rest, ';')), name = str_trim(str_split(&part, '='));
        err_t e = name.n ? attribute(name, str_trim(part), out, why) : ERR_OK;

        if (e)
            return e;
    }
    out->size = out->size < 2 ? 3 : out->size > 31 ? 14 : out->size;
    return ERR_OK;
}
