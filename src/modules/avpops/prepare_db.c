/* SPDX-License-Identifier: BSD-2-Clause */
/* At load: what the arguments of the functions with a database, and db_scheme, say. */
#include "modules/avpops/database.h"

enum { COLUMNS_MAX = 64 };

/* ---- "$fu/username" ---- */

static bool implies_uri(struct str source)
{
    static const char *const uris[] = { "$ru", "$fu", "$tu", "$ou" };

    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        if (str_eq(source, str_of(uris[i])))
            return true;
    return false;
}

static bool owner_named(struct str name, enum avp_owner *out)
{
    static const struct {
        const char *name;
        enum avp_owner owner;
    } owners[] = { { "uuid", OWNER_UUID },
                   { "username", OWNER_USERNAME },
                   { "domain", OWNER_DOMAIN },
                   { "uri", OWNER_URI } };

    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        if (str_ieq(name, str_of(owners[i].name))) {
            *out = owners[i].owner;
            return true;
        }
    return false;
}

/* Text behind the last slash; what stands before it into *rest. */
static struct str behind_slash(struct str text, struct str *rest)
{
    size_t at = text.n;

    while (at > 0 && text.p[at - 1] != '/')
        at--;
    *rest = at ? str_cut(text, 0, at - 1) : text;
    return at ? str_skip(text, at) : STR_NONE;
}

static err_t read_source(struct load *l, struct db_args *a)
{
    struct str source = str_trim(a->first), rest, flag = behind_slash(source, &rest);

    if (flag.p && owner_named(str_trim(flag), &a->owner)) {
        source = str_trim(rest);
    } else if (flag.p && str_find(flag, ')') == flag.n) { /* else it stands within a variable */
        load_fault(l, "source", "expected /username, /domain, /uri or /uuid, got \"/" STR_FMT "\"",
                   STR_ARG(flag));
        return ERR_SYNTAX;
    } else {
        a->owner = implies_uri(source) ? OWNER_URI : OWNER_UUID;
    }
    return spec_operand(l, source, &a->source);
}

/* ---- "$avp(s:name)/table" ---- */

/* "a", "i3", "s": all names of a kind; script flags are not kept here. */
static bool is_kind(struct str text, struct db_args *a)
{
    char kind = text.n ? (char)(text.p[0] | 32) : '\0';

    for (size_t i = 1; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    a->names = kind == 'i' ? NAMES_NUMBER : kind == 's' ? NAMES_TEXT : NAMES_ANY;
    return kind == 'a' || kind == 'i' || kind == 's';
}

static err_t read_name(struct load *l, struct db_args *a)
{
    struct str rest = str_trim(a->second), name = str_trim(str_split(&rest, '/'));

    a->table = str_trim(rest);
    if (str_starts(a->table, STR("$"))) {
        a->scheme = str_skip(a->table, 1);
        a->table = STR_NONE;
    }
    if (is_kind(name, a)) {
        if (!a->scheme.n)
            return ERR_OK;
        load_fault(l, "name", "with a scheme, expected the name of one AVP");
        return ERR_SYNTAX;
    }
    if (str_starts(name, STR("$avp(i:")))
        a->names = NAMES_NUMBER;
    else if (str_starts(name, STR("$avp(s:")))
        a->names = NAMES_TEXT;
    else
        a->names = NAMES_ANY;
    return spec_avp(l, name, &a->avp);
}

err_t prepare_db_load(struct load *l, void *args)
{
    struct db_args *a = args;
    err_t e = read_source(l, a);

    return e ? e : read_name(l, a);
}

err_t prepare_db_change(struct load *l, void *args)
{
    struct db_args *a = args;
    err_t e = prepare_db_load(l, args);

    if (e || !a->scheme.n)
        return e;
    load_fault(l, "name", "a scheme can only be loaded");
    return ERR_UNSUPPORTED;
}

/* ---- "$avp(a);$avp(b)" ---- */

err_t prepare_db_query(struct load *l, void *args)
{
    struct query_args *a = args;
    struct avp_name *avps = ARENA_ARRAY(load_arena(l), struct avp_name, COLUMNS_MAX);
    struct str rest = a->into;
    err_t e = ERR_OK;

    while (rest.n && !e) {
        struct str piece = str_trim(str_split(&rest, ';'));

        if (!piece.n)
            continue;
        if (a->n_avps == COLUMNS_MAX) {
            load_fault(l, "dest", "expected at most %d AVPs", COLUMNS_MAX);
            return ERR_LIMIT;
        }
        e = spec_avp(l, piece, &avps[a->n_avps++]);
    }
    a->avps = avps;
    return e;
}

/* ---- db_scheme ---- */

static struct str *scheme_column(struct avp_scheme *s, struct str name)
{
    const struct {
        const char *name;
        struct str *place;
    } columns[] = { { "uuid_col", &s->uuid_column },
                    { "username_col", &s->username_column },
                    { "domain_col", &s->domain_column },
                    { "value_col", &s->value_column },
                    { "table", &s->table } };

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (str_ieq(name, str_of(columns[i].name)))
            return columns[i].place;
    return NULL;
}

/* "name:table=subscriber;username_col=username;value_col=age;value_type=integer" */
static bool read_scheme(struct str text, struct avp_scheme *s)
{
    s->name = str_trim(str_split(&text, ':'));
    while (text.n) {
        struct str value = str_trim(str_split(&text, ';')), name;
        struct str *place;

        if (!value.n)
            continue;
        name = str_trim(str_split(&value, '='));
        value = str_trim(value);
        place = scheme_column(s, name);
        if (place)
            *place = value;
        else if (str_ieq(name, STR("value_type")) &&
                 (str_ieq(value, STR("integer")) || str_ieq(value, STR("string"))))
            s->number = str_ieq(value, STR("integer"));
        else
            return false;
    }
    return s->name.n && s->table.n && s->value_column.n;
}

err_t schemes_read(struct load *l, struct avpops_conf *conf)
{
    conf->schemes = ARENA_ARRAY(load_arena(l), struct avp_scheme, conf->db_scheme.n + 1);
    for (size_t i = 0; i < conf->db_scheme.n; i++) {
        struct avp_scheme *s = &conf->schemes[conf->n_schemes];

        *s = (struct avp_scheme){ .uuid_column = conf->uuid_column,
                                  .username_column = conf->username_column,
                                  .domain_column = conf->domain_column };
        if (read_scheme(conf->db_scheme.items[i], s))
            conf->n_schemes++;
        else
            load_fault(l, "db_scheme",
                       "expected \"name:table=…;value_col=…;value_type=integer;uuid_col=…\"");
    }
    return ERR_OK;
}
