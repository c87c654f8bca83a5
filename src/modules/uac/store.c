/* SPDX-License-Identifier: BSD-2-Clause */
/* The records in memory: by uuid, and an index by remote user. */
#include "base/clock.h"
#include "base/random.h"
#include "modules/uac/registrations.h"

enum { SHARDS_LOG2 = 4 };

struct user_entry {
    struct entry entry; /* "user" or "user@domain" */
    struct str uuid;    /* own memory */
};

static struct {
    struct table_of *records, *users;
} self;

void reg_store_start(void)
{
    if (self.records)
        return;
    self.records = table_new("uac.registrations", SHARDS_LOG2, NULL, NULL);
    self.users = table_new("uac.users", SHARDS_LOG2, NULL, NULL);
}

void reg_store_stop(void)
{
    if (!self.records)
        return;
    table_free(self.records);
    table_free(self.users);
    self.records = self.users = NULL;
}

static struct registration *of(struct entry *e)
{
    return (struct registration *)e;
}

static void free_str(struct str s)
{
    mem_free(MEM_MODULE, (char *)(uintptr_t)s.p);
}

static void registration_end(void *arg)
{
    struct registration *r = arg;

    for (size_t i = 0; i < REG_TEXTS; i++)
        free_str(r->text[i]);
    free_str(r->call_id);
}

static void user_end(void *arg)
{
    struct user_entry *u = arg;

    free_str(u->uuid);
    free_str(u->entry.key);
}

/* ---- the index ---- */

static void index_add(struct str key, struct str uuid)
{
    struct user_entry *u = obj_new(struct user_entry, MEM_MODULE, user_end);

    u->entry.key = mem_dup(MEM_MODULE, key);
    u->uuid = mem_dup(MEM_MODULE, uuid);
    if (table_add(self.users, &u->entry)) { /* the newest record counts */
        obj_drop(table_remove(self.users, key));
        if (table_add(self.users, &u->entry))
            u->entry.expires_ms = 0; /* somebody else was quicker */
    }
    obj_drop(u);
}

static struct str user_at_domain(const struct str *text, struct arena *a)
{
    return arena_fmt(a, STR_FMT "@" STR_FMT, STR_ARG(text[REG_R_USERNAME]),
                     STR_ARG(text[REG_R_DOMAIN]));
}

static void index_record(const struct str *text, bool add)
{
    struct arena a;
    struct str keys[2];

    arena_init(&a, MEM_MODULE, 256);
    keys[0] = text[REG_R_USERNAME];
    keys[1] = user_at_domain(text, &a);
    for (size_t i = 0; i < 2; i++) {
        struct entry *e = add ? NULL : table_find(self.users, keys[i]);

        if (add)
            index_add(keys[i], text[REG_UUID]);
        else if (e && str_eq(((struct user_entry *)e)->uuid, text[REG_UUID]))
            obj_drop(table_remove(self.users, keys[i]));
        obj_drop(e);
    }
    arena_free(&a);
}

/* ---- records ---- */

static struct registration *registration_new(const struct registration_view *v)
{
    struct registration *r = obj_new(struct registration, MEM_MODULE, registration_end);

    for (size_t i = 0; i < REG_TEXTS; i++)
        r->text[i] = mem_dup(MEM_MODULE, v->text[i]);
    r->entry.key = r->text[REG_UUID];
    r->expires = v->expires;
    r->reg_delay = v->reg_delay;
    r->flags = v->flags & REG_DISABLED;
    r->reg_init = clock_unix();
    r->attempt = (uint32_t)random_u64(); /* results for a predecessor do not count */
    return r;
}

static bool says_the_same(const struct registration *r, const struct registration_view *v)
{
    for (size_t i = 0; i < REG_TEXTS; i++)
        if (!str_eq(r->text[i], v->text[i]))
            return false;
    return r->reg_delay == v->reg_delay;
}

struct putting {
    const struct registration_view *v;
    bool kept;
};

static bool keep(struct entry *e, void *arg)
{
    struct putting *p = arg;

    p->kept = says_the_same(of(e), p->v);
    if (p->kept)
        of(e)->expires = p->v->expires;
    return true;
}

bool reg_remove(struct str uuid)
{
    struct entry *e = table_remove(self.records, uuid);

    if (!e)
        return false;
    index_record(of(e)->text, false);
    obj_drop(e);
    return true;
}

void reg_put(const struct registration_view *v)
{
    struct putting p = { .v = v };
    struct registration *r;

    if (table_touch(self.records, v->text[REG_UUID], NULL, keep, &p) && p.kept)
        return;
    reg_remove(v->text[REG_UUID]);
    r = registration_new(v);
    if (table_add(self.records, &r->entry) == ERR_OK)
        index_record(r->text, true);
    obj_drop(r);
}

/* ---- looking ---- */

struct viewing {
    struct arena *a;
    struct registration_view *out;
};

static void view(const struct registration *r, struct arena *a, struct registration_view *out)
{
    for (size_t i = 0; i < REG_TEXTS; i++)
        out->text[i] = arena_dup(a, r->text[i]);
    out->expires = r->expires;
    out->reg_delay = r->reg_delay;
    out->timer_expires = r->timer_expires;
    out->reg_init = r->reg_init;
    out->flags = r->flags;
}

static bool view_one(struct entry *e, void *arg)
{
    struct viewing *v = arg;

    view(of(e), v->a, v->out);
    return true;
}

err_t reg_find(struct str uuid, struct arena *a, struct registration_view *out)
{
    struct viewing v = { a, out };

    return table_touch(self.records, uuid, NULL, view_one, &v) ? ERR_OK : ERR_NOT_FOUND;
}

err_t reg_find_user(struct str user, struct str domain, struct arena *a,
                    struct registration_view *out)
{
    struct str key =
        domain.n ? arena_fmt(a, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain)) : user;
    struct entry *e = table_find(self.users, key);
    err_t found = e ? reg_find(((struct user_entry *)e)->uuid, a, out) : ERR_NOT_FOUND;

    obj_drop(e);
    return found;
}

struct searching {
    enum reg_text which;
    struct str value;
    struct viewing v;
    bool found;
};

static bool search_one(struct entry *e, void *arg)
{
    struct searching *s = arg;

    if (!str_eq(of(e)->text[s->which], s->value))
        return true;
    s->found = true;
    view(of(e), s->v.a, s->v.out);
    return false;
}

err_t reg_find_by(struct str attribute, struct str value, struct arena *a,
                  struct registration_view *out)
{
    static const struct {
        const char *name;
        enum reg_text which;
    } attributes[] = { { "l_uuid", REG_UUID },
                       { "l_username", REG_L_USERNAME },
                       { "r_username", REG_R_USERNAME },
                       { "auth_username", REG_AUTH_USERNAME } };

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        struct searching s = { attributes[i].which, value, { a, out }, false };

        if (!str_eq(attribute, str_of(attributes[i].name)))
            continue;
        if (s.which == REG_UUID)
            return reg_find(value, a, out);
        table_each(self.records, search_one, &s);
        return s.found ? ERR_OK : ERR_NOT_FOUND;
    }
    return ERR_UNSUPPORTED;
}

/* ---- changing ---- */

struct changing {
    void (*fn)(struct registration *r, void *arg);
    void *arg;
};

static bool change_one(struct entry *e, void *arg)
{
    struct changing *c = arg;

    c->fn(of(e), c->arg);
    return true;
}

bool reg_change(struct str uuid, void (*fn)(struct registration *r, void *arg), void *arg)
{
    struct changing c = { fn, arg };

    return table_touch(self.records, uuid, NULL, change_one, &c);
}

struct collecting {
    bool (*due)(struct registration *r, void *arg);
    void *arg;
    struct arena *a;
    struct str *uuids;
    size_t n, room;
};

static bool collect_one(struct entry *e, void *arg)
{
    struct collecting *k = arg;

    if (k->n < k->room && k->due(of(e), k->arg))
        k->uuids[k->n++] = arena_dup(k->a, e->key);
    return true;
}

size_t reg_collect(bool (*due)(struct registration *r, void *arg), void *arg, struct arena *a,
                   struct str **uuids)
{
    struct collecting k = { .due = due, .arg = arg, .a = a };

    k.room = table_count(self.records);
    k.uuids = ARENA_ARRAY(a, struct str, k.room + 1);
    table_each(self.records, collect_one, &k);
    *uuids = k.uuids;
    return k.n;
}

static bool is_any(struct registration *r, void *arg)
{
    (void)r, (void)arg;
    return true;
}

size_t reg_views(struct arena *a, struct registration_view **out)
{
    struct str *uuids;
    size_t n = reg_collect(is_any, NULL, a, &uuids), kept = 0;

    *out = ARENA_ARRAY(a, struct registration_view, n + 1);
    for (size_t i = 0; i < n; i++)
        kept += reg_find(uuids[i], a, &(*out)[kept]) == ERR_OK;
    return kept;
}

static bool count_flag(struct entry *e, void *arg)
{
    int64_t *counts = arg;

    counts[0] += (of(e)->flags & REG_ONLINE) != 0;
    counts[1] += (of(e)->flags & REG_DISABLED) != 0;
    return true;
}

static int64_t counted(size_t which)
{
    int64_t counts[2] = { 0, 0 };

    if (self.records)
        table_each(self.records, count_flag, counts);
    return counts[which];
}

int64_t reg_total(void)
{
    return self.records ? (int64_t)table_count(self.records) : 0;
}

int64_t reg_online(void)
{
    return counted(0);
}

int64_t reg_disabled(void)
{
    return counted(1);
}
