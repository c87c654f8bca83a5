/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of addresses-of-record in memory. */
#include "base/clock.h"
#include "modules/usrloc/inner.h"
#include "rt/co.h"
#include <stdio.h>

enum { SHARDS_LOG2 = 8 };

/* Tables. */

struct location *location_find(struct str name)
{
    size_t n = atomic_load_explicit(&usrloc_self.n, memory_order_acquire);

    for (size_t i = 0; i < n; i++) {
        if (str_eq(usrloc_self.all[i]->name, name))
            return usrloc_self.all[i];
    }
    return NULL;
}

struct location *location_at(size_t i)
{
    return i < atomic_load_explicit(&usrloc_self.n, memory_order_acquire) ? usrloc_self.all[i]
                                                                          : NULL;
}

static void register_stats(struct location *l)
{
    static const struct {
        const char *suffix, *doc;
        bool gauge;
    } kinds[LOCATION_STATS] = {
        { "users", "Addresses-of-record stored now.", true },
        { "contacts", "Contacts stored now.", true },
        { "expires", "Contacts that ran out.", false },
    };

    for (size_t i = 0; i < LOCATION_STATS; i++) {
        snprintf(l->stat_names[i], sizeof l->stat_names[i], "%.*s_%s", (int)l->name.n, l->name.p,
                 kinds[i].suffix);
        l->stat_table[i] = (struct stat_decl){ .group = "usrloc",
                                               .name = l->stat_names[i],
                                               .doc = kinds[i].doc,
                                               .gauge = kinds[i].gauge };
    }
    l->stats = stat_register(l->stat_table);
}

static struct location *location_make(struct str name)
{
    struct location *l = mem_zalloc(MEM_LOCATION, sizeof *l);

    l->name = mem_dup(MEM_LOCATION, name);
    l->aors = table_new(l->name.p, SHARDS_LOG2, NULL, NULL);
    register_stats(l);
    return l;
}

struct location *location_open(struct str name)
{
    struct location *l = location_find(name);

    if (l)
        return l;
    pthread_mutex_lock(&usrloc_self.lock);
    l = location_find(name);
    if (!l) {
        size_t n = atomic_load(&usrloc_self.n);

        ASSERT(n < LOCATIONS_MAX);
        l = location_make(name);
        usrloc_self.all[n] = l;
        atomic_store_explicit(&usrloc_self.n, n + 1, memory_order_release);
    }
    pthread_mutex_unlock(&usrloc_self.lock);
    return l;
}

struct str location_name(const struct location *l)
{
    return l->name;
}

size_t location_aors(const struct location *l)
{
    return table_count(l->aors);
}

void location_stat(struct location *l, unsigned which, int64_t n)
{
    stat_add(l->stats + which, n);
}

void location_on_change(location_listener *fn)
{
    for (size_t i = 0; i < usrloc_self.n_listeners; i++) {
        if (usrloc_self.listeners[i] == fn)
            return;
    }
    ASSERT(usrloc_self.n_listeners < LISTENERS_MAX);
    usrloc_self.listeners[usrloc_self.n_listeners++] = fn;
}

/* Records. */

static void aor_destroy(void *object)
{
    struct aor *r = object;

    for (struct contact *c = r->first, *next; c; c = next) {
        next = c->next;
        obj_drop(c);
    }
}

struct aor *aor_new(struct str key)
{
    struct aor *r = obj_alloc(sizeof *r + key.n, MEM_LOCATION, aor_destroy);

    memcpy(r->key, key.p, key.n);
    r->entry.key = (struct str){ r->key, key.n };
    return r;
}

void aor_put(struct aor *r, struct contact *c, bool by_time)
{
    struct contact **at = &r->first;

    while (!by_time && *at && (*at)->q >= c->q)
        at = &(*at)->next;
    c->next = *at;
    *at = c;
    r->n++;
}

struct contact *aor_take(struct aor *r, struct contact *c)
{
    struct contact **at = &r->first;

    while (*at != c) {
        ASSERT(*at);
        at = &(*at)->next;
    }
    *at = c->next;
    r->n--;
    return c;
}

/* Changes. */

void changes_init(struct changes *ch)
{
    arena_init(&ch->arena, MEM_LOCATION, 256);
    ch->first = NULL;
    ch->last = &ch->first;
}

void changes_add(struct changes *ch, enum location_event what, struct contact *c)
{
    struct change *one = ARENA_NEW(&ch->arena, struct change);

    one->what = what;
    one->contact = obj_hold(c);
    *ch->last = one;
    ch->last = &one->next;
}

void changes_free(struct changes *ch)
{
    for (struct change *one = ch->first; one; one = one->next)
        obj_drop(one->contact);
    arena_free(&ch->arena);
}

void changes_tell(struct changes *ch, struct location *l, struct str aor)
{
    for (struct change *one = ch->first; one; one = one->next) {
        if (one->what == LOCATION_INSERT)
            location_stat(l, LOCATION_CONTACTS, 1);
        if (one->what & (LOCATION_DELETE | LOCATION_EXPIRE))
            location_stat(l, LOCATION_CONTACTS, -1);
        if (one->what == LOCATION_EXPIRE)
            location_stat(l, LOCATION_EXPIRES, 1);
        if (one->what & (LOCATION_INSERT | LOCATION_UPDATE) && one->contact->connection &&
            usrloc_conf()->handle_lost_tcp)
            lost_note(l, aor, one->contact->connection);
        for (size_t i = 0; i < usrloc_self.n_listeners; i++)
            usrloc_self.listeners[i](one->what, l, aor, one->contact);
    }
}

/* Reading. */

static void take_list(struct aor *r, struct arena *a, struct contact_list *out)
{
    out->at = ARENA_ARRAY(a, struct contact *, r->n);
    out->n = 0;
    for (struct contact *c = r->first; c; c = c->next)
        out->at[out->n++] = obj_hold(c);
}

struct get {
    struct arena *arena;
    struct contact_list *out;
};

static bool get_locked(struct entry *e, void *arg)
{
    struct get *g = arg;

    take_list((struct aor *)(void *)e, g->arena, g->out);
    return true;
}

err_t location_get(struct location *l, struct str aor, struct arena *a, struct contact_list *out)
{
    struct get g = { a, out };
    struct aor *r;
    err_t e;

    *out = (struct contact_list){ 0 };
    if (usrloc_conf()->db_mode == DB_ONLY) {
        r = aor_new(aor);
        e = store_load_aor(l, aor, r);
        if (!e)
            take_list(r, a, out);
        obj_drop(r);
        if (e)
            return e;
        return out->n ? ERR_OK : ERR_NOT_FOUND;
    }
    location_ensure_loaded(l);
    return table_touch(l->aors, aor, NULL, get_locked, &g) ? ERR_OK : ERR_NOT_FOUND;
}

/* Changing. */

struct aor_edit {
    struct location *in;
    struct aor *aor;
    struct changes changes;
    bool by_time, made;
    err_t (*fn)(struct aor_edit *a, void *arg);
    void *arg;
    err_t result;
};

struct contact *aor_first(struct aor_edit *a)
{
    return a->aor->first;
}

void aor_list(struct aor_edit *a, struct arena *arena, struct contact_list *out)
{
    take_list(a->aor, arena, out);
}

void aor_insert(struct aor_edit *a, struct contact *c)
{
    changes_add(&a->changes, LOCATION_INSERT, c);
    aor_put(a->aor, c, a->by_time);
}

void aor_replace(struct aor_edit *a, struct contact *old, struct contact *fresh)
{
    bool in_database = atomic_load(&old->state) != CONTACT_NEW;

    atomic_store(&fresh->state, in_database ? CONTACT_DIRTY : CONTACT_NEW);
    changes_add(&a->changes, LOCATION_UPDATE, fresh);
    aor_take(a->aor, old);
    aor_put(a->aor, fresh, a->by_time);
    obj_drop(old);
}

void aor_remove(struct aor_edit *a, struct contact *old)
{
    changes_add(&a->changes, LOCATION_DELETE, old);
    obj_drop(aor_take(a->aor, old));
}

void aor_expire(struct aor_edit *a, struct contact *old)
{
    changes_add(&a->changes, LOCATION_EXPIRE, old);
    obj_drop(aor_take(a->aor, old));
}

static struct entry *make_locked(struct str key, void *arg)
{
    struct aor_edit *a = arg;

    a->made = true;
    return &aor_new(key)->entry;
}

static bool edit_locked(struct entry *e, void *arg)
{
    struct aor_edit *a = arg;

    a->aor = (struct aor *)(void *)e;
    a->result = a->fn(a, a->arg);
    if (a->made && a->aor->n > 0)
        location_stat(a->in, LOCATION_USERS, 1);
    else if (!a->made && a->aor->n == 0)
        location_stat(a->in, LOCATION_USERS, -1);
    return a->aor->n > 0;
}

static void edit_in_memory(struct location *l, struct str aor, struct aor_edit *a)
{
    bool had;

    location_ensure_loaded(l);
    had = table_touch(l->aors, aor, make_locked, edit_locked, a);
    ASSERT(had);
}

static void edit_in_database(struct location *l, struct str aor, struct aor_edit *a)
{
    a->aor = aor_new(aor);
    a->result = store_load_aor(l, aor, a->aor);
    if (!a->result)
        a->result = a->fn(a, a->arg);
    obj_drop(a->aor);
}

err_t location_update(struct location *l, struct str aor,
                      err_t (*fn)(struct aor_edit *a, void *arg), void *arg)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct aor_edit a = { .in = l, .by_time = conf->desc_time_order, .fn = fn, .arg = arg };

    changes_init(&a.changes);
    if (conf->db_mode == DB_ONLY)
        edit_in_database(l, aor, &a);
    else
        edit_in_memory(l, aor, &a);
    if (a.changes.first) {
        store_changes(&a.changes, l, aor);
        changes_tell(&a.changes, l, aor);
    }
    changes_free(&a.changes);
    return a.result;
}

/* Walking. */

struct each {
    void (*fn)(struct str aor, struct contact *c, void *arg);
    void *arg;
};

static enum table_step each_aor(struct entry *e, void *arg)
{
    struct each *each = arg;
    struct aor *r = (struct aor *)(void *)e;

    for (struct contact *c = r->first; c; c = c->next)
        each->fn(e->key, c, each->arg);
    return TABLE_NEXT;
}

void location_each(struct location *l, unsigned part, unsigned parts,
                   void (*fn)(struct str aor, struct contact *c, void *arg), void *arg)
{
    struct each each = { fn, arg };

    for (unsigned i = part; i < table_shards(l->aors); i += parts)
        table_walk(l->aors, i, each_aor, &each);
}

struct by_ruid {
    struct str ruid;
    struct arena *arena;
    struct str aor;
    struct contact *found;
};

static void match_ruid(struct str aor, struct contact *c, void *arg)
{
    struct by_ruid *q = arg;

    if (q->found || !str_eq(contact_text(c, CONTACT_RUID), q->ruid))
        return;
    q->found = obj_hold(c);
    q->aor = arena_dup(q->arena, aor);
}

err_t location_find_ruid(struct location *l, struct str ruid, struct arena *a, struct str *aor,
                         struct contact **out)
{
    struct by_ruid q = { .ruid = ruid, .arena = a };

    for (unsigned i = 0; i < table_shards(l->aors) && !q.found; i++)
        location_each(l, i, table_shards(l->aors), match_ruid, &q);
    if (!q.found)
        return ERR_NOT_FOUND;
    *aor = q.aor;
    *out = q.found;
    return ERR_OK;
}
