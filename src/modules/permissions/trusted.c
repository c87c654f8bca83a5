/* SPDX-License-Identifier: BSD-2-Clause */
/* Peers that need no authentication: address, protocol, patterns. */
#include "base/log.h"
#include "base/regex.h"
#include "modules/permissions/inner.h"

enum { COL_SOURCE, COL_PROTO, COL_FROM, COL_RURI, COL_TAG, COL_PRIORITY };

static struct regex *pattern_of(struct str text)
{
    struct regex *r = NULL;
    char space[128];
    struct buf why;

    if (text.n == 0)
        return NULL;
    buf_fixed(&why, space, sizeof space);
    if (regex_compile(text, REGEX_ICASE, &r, &why))
        log_error("permissions", "pattern " STR_FMT ": " STR_FMT, STR_ARG(text),
                  STR_ARG(buf_str(&why)));
    return r;
}

/* After all of the same or a higher priority. */
static void put(struct trusted_set *set, struct trusted_rule *r)
{
    struct trusted_rule **at = &set->first;

    while (*at && (*at)->priority >= r->priority)
        at = &(*at)->next;
    r->next = *at;
    *at = r;
}

static void add_row(struct trusted_set *set, const struct db_value *row)
{
    struct trusted_rule *r = ARENA_NEW(&set->arena, struct trusted_rule);
    struct arena *a = &set->arena;

    r->source = arena_dup(a, db_text(&row[COL_SOURCE], a));
    r->proto = arena_dup(a, db_text(&row[COL_PROTO], a));
    r->from_pattern = arena_dup(a, db_text(&row[COL_FROM], a));
    r->ruri_pattern = arena_dup(a, db_text(&row[COL_RURI], a));
    r->tag = row[COL_TAG].type == DB_NULL ? STR_NONE : arena_dup(a, db_text(&row[COL_TAG], a));
    r->priority = db_number(&row[COL_PRIORITY]);
    r->from = pattern_of(r->from_pattern);
    r->ruri = pattern_of(r->ruri_pattern);
    if ((r->from_pattern.n && !r->from) || (r->ruri_pattern.n && !r->ruri)) {
        regex_free(r->from); /* a rule that cannot be read trusts nobody */
        regex_free(r->ruri);
        return;
    }
    put(set, r);
}

struct trusted_set *trusted_set_make(const struct db_result *rows)
{
    struct trusted_set *set = mem_zalloc(MEM_MODULE, sizeof *set);

    arena_init(&set->arena, MEM_MODULE, 1024);
    for (size_t i = 0; i < rows->n_rows; i++)
        add_row(set, rows->rows[i]);
    return set;
}

void trusted_set_free(void *object)
{
    struct trusted_set *set = object;

    if (!set)
        return;
    for (struct trusted_rule *r = set->first; r; r = r->next) {
        regex_free(r->from);
        regex_free(r->ruri);
    }
    arena_free(&set->arena);
    mem_free(MEM_MODULE, set);
}

static bool fits(const struct trusted_rule *r, struct str source, struct str proto, struct str from,
                 struct str ruri)
{
    if (!str_eq(r->source, source) || str_ieq(r->proto, STR("none")))
        return false;
    if (!str_ieq(r->proto, STR("any")) && !str_ieq(proto, STR("any")) && !str_ieq(r->proto, proto))
        return false;
    if (r->from && regex_match(r->from, from, NULL, 0))
        return false;
    return !r->ruri || regex_match(r->ruri, ruri, NULL, 0) == ERR_OK;
}

size_t trusted_match(const struct trusted_set *set, struct str source, struct str proto,
                     struct str from, struct str ruri,
                     bool (*found)(const struct trusted_rule *r, void *arg), void *arg)
{
    size_t n = 0;

    for (const struct trusted_rule *r = set ? set->first : NULL; r; r = r->next) {
        if (!fits(r, source, proto, from, ruri))
            continue;
        n++;
        if (!found(r, arg))
            break;
    }
    return n;
}
