/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vars.h"
#include "base/arena.h"

/* All AVPs stand in one chain, newest first: there are few, and usually none. */
struct avp {
    struct avp *next;
    enum avp_class class;
    struct str name;
    struct value value;
    uint32_t flags;
};

struct vars {
    struct avp *avps;
    struct xavp *xavps[XAVP_KIND_COUNT];
    struct account account;
    struct arena arena;
};

static void vars_destroy(void *self)
{
    struct vars *v = self;

    arena_free(&v->arena);
}

struct vars *vars_new(void)
{
    struct vars *v = obj_new(struct vars, MEM_MESSAGE, vars_destroy);

    arena_init(&v->arena, MEM_MESSAGE, 512);
    return v;
}

bool vars_empty(const struct vars *v)
{
    if (!v)
        return true;
    for (size_t i = 0; i < XAVP_KIND_COUNT; i++)
        if (v->xavps[i])
            return false;
    return !v->avps && !v->account.user.p;
}

void vars_reset(struct vars *v)
{
    enum { KEEP = 16384 };

    ASSERT(obj_refs(v) == 1);
    v->avps = NULL;
    memset(v->xavps, 0, sizeof v->xavps);
    v->account = (struct account){ 0 };
    if (v->arena.bytes > KEEP)
        arena_free(&v->arena);
    else
        arena_reset(&v->arena);
}

static bool avp_is(const struct avp *a, enum avp_class class, struct str name)
{
    return a->class == class && str_eq(a->name, name);
}

struct avp_name avp_name_read(struct str text)
{
    static const struct {
        struct str prefix;
        enum avp_class class;
    } classes[] = {
        { STR_INIT("fu:"), AVP_USER_FROM },   { STR_INIT("f.user:"), AVP_USER_FROM },
        { STR_INIT("tu:"), AVP_USER_TO },     { STR_INIT("t.user:"), AVP_USER_TO },
        { STR_INIT("fd:"), AVP_DOMAIN_FROM }, { STR_INIT("td:"), AVP_DOMAIN_TO },
        { STR_INIT("fr:"), AVP_URI_FROM },    { STR_INIT("tr:"), AVP_URI_TO },
        { STR_INIT("g:"), AVP_GLOBAL },       { STR_INIT("s:"), AVP_PLAIN },
        { STR_INIT("i:"), AVP_PLAIN },
    };

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (str_starts(text, classes[i].prefix))
            return (struct avp_name){ classes[i].class, str_skip(text, classes[i].prefix.n) };
    return (struct avp_name){ AVP_PLAIN, text };
}

void avp_push(struct vars *v, enum avp_class class, struct str name, const struct value *value)
{
    struct avp *a = ARENA_NEW(&v->arena, struct avp);

    a->class = class;
    a->name = arena_dup(&v->arena, name);
    a->value = value_dup(value, &v->arena);
    a->next = v->avps;
    v->avps = a;
}

size_t avp_count(const struct vars *v, enum avp_class class, struct str name)
{
    size_t n = 0;

    for (const struct avp *a = v ? v->avps : NULL; a; a = a->next)
        n += avp_is(a, class, name);
    return n;
}

/* Counts from the newest what may have been counted from the oldest; false when out of range. */
static bool from_newest(int64_t nth, size_t count, size_t *out)
{
    if (nth < 0)
        nth += (int64_t)count;
    if (nth < 0 || nth >= (int64_t)count)
        return false;
    *out = (size_t)nth;
    return true;
}

/* Where the pointer to the nth of a name stands; NULL when there is none. */
static struct avp **avp_place(struct vars *v, enum avp_class class, struct str name, int64_t nth)
{
    size_t left = nth < 0 ? 0 : (size_t)nth;

    if (!v || !v->avps)
        return NULL;
    if (nth < 0 && !from_newest(nth, avp_count(v, class, name), &left))
        return NULL;
    for (struct avp **at = &v->avps; *at; at = &(*at)->next)
        if (avp_is(*at, class, name) && left-- == 0)
            return at;
    return NULL;
}

bool avp_get(const struct vars *v, enum avp_class class, struct str name, int64_t nth,
             struct value *out)
{
    struct avp **at = avp_place((struct vars *)(uintptr_t)v, class, name, nth);

    if (!at)
        return false;
    *out = (*at)->value;
    return true;
}

bool avp_set_at(struct vars *v, enum avp_class class, struct str name, int64_t nth,
                const struct value *value)
{
    struct avp **at = avp_place(v, class, name, nth);

    if (!at)
        return false;
    (*at)->value = value_dup(value, &v->arena);
    return true;
}

uint32_t *avp_flags(struct vars *v, enum avp_class class, struct str name)
{
    struct avp **at = avp_place(v, class, name, 0);

    return at ? &(*at)->flags : NULL;
}

size_t avp_remove(struct vars *v, enum avp_class class, struct str name, int64_t nth)
{
    struct avp **at = avp_place(v, class, name, nth);

    if (!at)
        return 0;
    *at = (*at)->next;
    return 1;
}

size_t avp_remove_all(struct vars *v, enum avp_class class, struct str name)
{
    struct avp **at = &v->avps;
    size_t n = 0;

    while (*at)
        if (avp_is(*at, class, name)) {
            *at = (*at)->next;
            n++;
        } else {
            at = &(*at)->next;
        }
    return n;
}

void avp_each(const struct vars *v,
              void (*fn)(enum avp_class class, struct str name, const struct value *value,
                         void *arg),
              void *arg)
{
    for (const struct avp *a = v ? v->avps : NULL; a; a = a->next)
        fn(a->class, a->name, &a->value, arg);
}

static bool same_name(enum xavp_kind kind, struct str a, struct str b)
{
    return kind == XAVI ? str_ieq(a, b) : str_eq(a, b);
}

static size_t chain_count(enum xavp_kind kind, const struct xavp *head, struct str name)
{
    size_t n = 0;

    for (; head; head = head->next)
        n += same_name(kind, head->name, name);
    return n;
}

static struct xavp **chain_place(enum xavp_kind kind, struct xavp **head, struct str name,
                                 int64_t nth)
{
    size_t left = nth < 0 ? 0 : (size_t)nth;

    if (nth < 0 && !from_newest(nth, chain_count(kind, *head, name), &left))
        return NULL;
    for (struct xavp **at = head; *at; at = &(*at)->next)
        if (same_name(kind, (*at)->name, name) && left-- == 0)
            return at;
    return NULL;
}

struct xavp *xavp_first(const struct vars *v, enum xavp_kind kind)
{
    return v ? v->xavps[kind] : NULL;
}

struct xavp *xavp_find(const struct vars *v, enum xavp_kind kind, struct str name, int64_t nth)
{
    struct xavp *head = xavp_first(v, kind);
    struct xavp **at = chain_place(kind, &head, name, nth);

    return at ? *at : NULL;
}

struct xavp *xavp_push(struct vars *v, enum xavp_kind kind, struct str name)
{
    struct xavp *item = kind == XAVU ? xavp_find(v, kind, name, 0) : NULL;

    if (item) {
        item->value = VALUE_NONE;
        item->fields = NULL;
        item->is_list = false;
        return item;
    }
    item = ARENA_NEW(&v->arena, struct xavp);
    item->name = arena_dup(&v->arena, name);
    item->next = v->xavps[kind];
    v->xavps[kind] = item;
    return item;
}

size_t xavp_remove(struct vars *v, enum xavp_kind kind, struct str name, int64_t nth)
{
    struct xavp **at = chain_place(kind, &v->xavps[kind], name, nth);

    if (!at)
        return 0;
    *at = (*at)->next;
    return 1;
}

size_t xavp_remove_all(struct vars *v, enum xavp_kind kind, struct str name)
{
    struct xavp **at = &v->xavps[kind];
    size_t n = 0;

    while (*at)
        if (same_name(kind, (*at)->name, name)) {
            *at = (*at)->next;
            n++;
        } else {
            at = &(*at)->next;
        }
    return n;
}

struct xavp *xavp_field(const struct vars *v, enum xavp_kind kind, const struct xavp *item,
                        struct str name, int64_t nth)
{
    struct xavp *head = item ? item->fields : NULL;
    struct xavp **at = chain_place(kind, &head, name, nth);

    (void)v;
    return at ? *at : NULL;
}

struct xavp *xavp_field_push(struct vars *v, struct xavp *item, struct str name,
                             const struct value *value)
{
    struct xavp *field = ARENA_NEW(&v->arena, struct xavp);

    field->name = arena_dup(&v->arena, name);
    if (value)
        field->value = value_dup(value, &v->arena);
    field->next = item->fields;
    item->fields = field;
    item->is_list = true;
    return field;
}

void xavp_set_value(struct vars *v, struct xavp *item, const struct value *value)
{
    item->value = value_dup(value, &v->arena);
    item->fields = NULL;
    item->is_list = false;
}

size_t xavp_field_remove(struct vars *v, struct xavp *item, struct str name, int64_t nth)
{
    struct xavp **at = chain_place(XAVP, &item->fields, name, nth);

    (void)v;
    if (!at)
        return 0;
    *at = (*at)->next;
    return 1;
}

void vars_set_account(struct vars *v, struct account who)
{
    v->account.user = arena_dup(&v->arena, who.user);
    v->account.realm = arena_dup(&v->arena, who.realm);
}

const struct account *vars_account(const struct vars *v)
{
    return v && v->account.user.p ? &v->account : NULL;
}
