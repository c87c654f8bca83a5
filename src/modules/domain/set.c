/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/domain/set.h"
#include "base/hash.h"

enum { TYPE_STRING = 2, SLOTS_MIN = 16 };

static struct str lower(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 'a' - 'A') : s.p[i];
    p[s.n] = '\0';
    return (struct str){ p, s.n };
}

static struct identity *identity_of(struct domain_set *set, struct str did)
{
    struct identity *i = set->identities;

    while (i && !str_eq(i->did, did))
        i = i->next;
    if (!i) {
        i = ARENA_NEW(&set->arena, struct identity);
        i->did = arena_dup(&set->arena, did);
        i->next = set->identities;
        set->identities = i;
    }
    return i;
}

static void add_domain(struct domain_set *set, const struct db_value *row)
{
    struct str text = db_text(&row[0], &set->arena);
    struct str did = row[1].type == DB_NULL ? STR("") : db_text(&row[1], &set->arena);
    struct domain_entry *e = ARENA_NEW(&set->arena, struct domain_entry), **slot;

    e->name = lower(&set->arena, text);
    e->identity = identity_of(set, did.n ? did : e->name); /* its own where none is given */
    slot = &set->slots[hash_keyed_icase(e->name) & set->mask];
    e->next = *slot;
    *slot = e;
    set->n++;
}

/* The last row of an identity comes first, so that a script reads the values in table order. */
static void add_attribute(struct domain_set *set, const struct db_value *row)
{
    struct identity *i = identity_of(set, db_text(&row[0], &set->arena));
    struct attribute *a = ARENA_NEW(&set->arena, struct attribute);

    a->name = arena_dup(&set->arena, db_text(&row[1], &set->arena));
    if (db_number(&row[2]) == TYPE_STRING)
        a->value = VALUE_OF_STR(arena_dup(&set->arena, db_text(&row[3], &set->arena)));
    else
        a->value = VALUE_OF_INT(db_number(&row[3]));
    a->next = i->attributes;
    i->attributes = a;
}

struct domain_set *domain_set_make(const struct db_result *domains,
                                   const struct db_result *attributes)
{
    struct domain_set *set = mem_zalloc(MEM_MODULE, sizeof *set);
    size_t slots = SLOTS_MIN;

    arena_init(&set->arena, MEM_MODULE, 1024);
    while (slots < domains->n_rows)
        slots *= 2;
    set->mask = slots - 1;
    set->slots = ARENA_ARRAY(&set->arena, struct domain_entry *, slots);
    for (size_t i = 0; i < domains->n_rows; i++)
        add_domain(set, domains->rows[i]);
    for (size_t i = 0; i < attributes->n_rows; i++)
        add_attribute(set, attributes->rows[i]);
    return set;
}

void domain_set_free(void *set)
{
    struct domain_set *s = set;

    if (!s)
        return;
    arena_free(&s->arena);
    mem_free(MEM_MODULE, s);
}

const struct domain_entry *domain_set_find(const struct domain_set *set, struct str name)
{
    const struct domain_entry *e;

    if (!set)
        return NULL;
    for (e = set->slots[hash_keyed_icase(name) & set->mask]; e; e = e->next) {
        if (str_ieq(e->name, name))
            return e;
    }
    return NULL;
}
