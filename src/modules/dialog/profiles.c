/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles. Counts stand in a sharded table by profile and value; who is in one, in the dialogs. */
#include "modules/dialog/profiles.h"
#include "base/clock.h"
#include "data/table.h"
#include "modules/dialog/inner.h"
#include <pthread.h>

enum { SHARDS_LOG2 = 6, PROFILES_MAX = 256 };

struct counted {
    struct entry entry;
    int64_t n;
    char space[];
};
struct remote { /* an item that another server told of */
    struct entry entry;
    const struct profile *profile;
    struct str value;
    char space[];
};

static struct {
    pthread_mutex_t lock; /* of `first` */
    _Atomic(struct profile *) first;
    struct table_of *counts, *remotes;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- which there are ---- */

static const struct profile *intern(struct str name, bool with_value)
{
    struct profile *p;

    pthread_mutex_lock(&self.lock);
    for (p = atomic_load(&self.first); p; p = p->next)
        if (str_eq(p->name, name) && p->with_value == with_value)
            break;
    if (!p) {
        p = mem_zalloc(MEM_DIALOG, sizeof *p);
        *p = (struct profile){ atomic_load(&self.first), mem_dup(MEM_DIALOG, name), with_value };
        atomic_store(&self.first, p);
    }
    pthread_mutex_unlock(&self.lock);
    return p;
}

err_t profiles_read(struct load *l, const char *subject, struct str text, bool with_value,
                    struct profile_defs *out)
{
    if (!out->list)
        out->list = ARENA_ARRAY(load_arena(l), const struct profile *, PROFILES_MAX);
    while (text.n) {
        struct str name = str_trim(str_split(&text, ';'));

        name = str_trim(str_cut(name, 0, str_find(name, '/'))); /* "/r": the packaged server's */
        if (!name.n)
            continue;
        if (profile_find(out, name)) {
            load_fault(l, subject, "the profile \"" STR_FMT "\" is defined twice", STR_ARG(name));
            return ERR_EXISTS;
        }
        if (out->n == PROFILES_MAX) {
            load_fault(l, subject, "more than %d profiles", PROFILES_MAX);
            return ERR_LIMIT;
        }
        out->list[out->n++] = intern(name, with_value);
    }
    return ERR_OK;
}

const struct profile *profile_find(const struct profile_defs *defs, struct str name)
{
    for (size_t i = 0; i < defs->n; i++)
        if (str_eq(defs->list[i]->name, name))
            return defs->list[i];
    return NULL;
}

/* ---- counting ---- */

struct change {
    int64_t by, now;
};

static struct entry *make_count(struct str key, void *arg)
{
    struct counted *x = obj_alloc(sizeof *x + key.n, MEM_DIALOG, NULL);

    (void)arg;
    memcpy(x->space, key.p, key.n);
    x->entry.key = (struct str){ x->space, key.n };
    return &x->entry;
}

static bool add_count(struct entry *e, void *arg)
{
    struct counted *x = (struct counted *)(void *)e;
    struct change *change = arg;

    x->n += change->by;
    change->now = x->n;
    return x->n > 0;
}

/* "name" for all values, "name\0value" for one. */
static void key_of(struct buf *b, const struct profile *p, struct str value)
{
    buf_clear(b);
    buf_add(b, p->name);
    if (value.p) {
        buf_char(b, '\0');
        buf_add(b, value);
    }
}

static void count(const struct profile *p, struct str value, int64_t by)
{
    struct buf b;

    if (!self.counts)
        return;
    buf_init(&b, MEM_DIALOG);
    key_of(&b, p, STR_NONE);
    table_touch(self.counts, buf_str(&b), make_count, add_count, &(struct change){ by, 0 });
    if (p->with_value) {
        key_of(&b, p, value.p ? value : STR(""));
        table_touch(self.counts, buf_str(&b), make_count, add_count, &(struct change){ by, 0 });
    }
    buf_free(&b);
}

int64_t profile_size(const struct profile *p, struct str value)
{
    struct change change = { 0 };
    struct buf b;

    buf_init(&b, MEM_DIALOG);
    key_of(&b, p, p->with_value ? value : STR_NONE);
    table_touch(self.counts, buf_str(&b), NULL, add_count, &change);
    buf_free(&b);
    return change.now;
}

/* ---- membership ---- */

/* Until it is over; what is kept for a dialog to come does not count. */
static bool is_counted(const struct dialog *d)
{
    return dialog_is_stored(d) && d->state != DIALOG_ENDED;
}

void profile_add(const struct profile *p, struct dialog *d, struct str value)
{
    struct str v = p->with_value ? value : STR("");
    struct dialog_member *m = mem_alloc(MEM_DIALOG, sizeof *m + v.n);

    if (v.n)
        memcpy(m->space, v.p, v.n);
    *m = (struct dialog_member){ d->members, p, { m->space, v.n } };
    d->members = m;
    if (is_counted(d))
        count(p, m->value, 1);
    dialog_changed(d);
}

static struct dialog_member **find(const struct profile *p, const struct dialog *d,
                                   struct str value)
{
    struct dialog_member **at = (struct dialog_member **)(uintptr_t)&d->members;

    while (*at &&
           ((*at)->profile != p || (p->with_value && value.p && !str_eq((*at)->value, value))))
        at = &(*at)->next;
    return *at ? at : NULL;
}

static void leave(struct dialog *d, struct dialog_member **at)
{
    struct dialog_member *m = *at;

    *at = m->next;
    if (is_counted(d))
        count(m->profile, m->value, -1);
    mem_free(MEM_DIALOG, m);
}

bool profile_remove(const struct profile *p, struct dialog *d, struct str value)
{
    struct dialog_member **at = find(p, d, value);

    if (!at)
        return false;
    leave(d, at);
    dialog_changed(d);
    return true;
}

bool profile_has(const struct profile *p, const struct dialog *d, struct str value)
{
    return find(p, d, value) != NULL;
}

void profiles_leave(struct dialog *d)
{
    while (d->members)
        leave(d, &d->members);
}

void profiles_uncount(struct dialog *d)
{
    for (const struct dialog_member *m = d->members; m && is_counted(d); m = m->next)
        count(m->profile, m->value, -1);
}

void profiles_take(struct dialog *to, struct dialog *from)
{
    struct dialog_member *reversed = NULL;

    while (from->members) {
        struct dialog_member *m = from->members;

        from->members = m->next;
        m->next = reversed;
        reversed = m;
    }
    while (reversed) {
        struct dialog_member *m = reversed;

        reversed = m->next;
        profile_add(m->profile, to, m->value);
        mem_free(MEM_DIALOG, m);
    }
}

/* ---- what other servers say ---- */

static void remote_key(struct buf *b, const struct profile *p, struct str value, struct str uid)
{
    key_of(b, p, value.p ? value : STR(""));
    buf_char(b, '\0');
    buf_add(b, uid);
}

static void remote_gone(void *object)
{
    struct remote *r = object;

    if (r->profile)
        count(r->profile, r->value, -1);
}

err_t profile_remote_add(const struct profile *p, struct str value, struct str uid,
                         int64_t expires_unix)
{
    int64_t left = expires_unix - clock_unix();
    struct buf b;

    if (left <= 0)
        return ERR_RANGE;
    buf_init(&b, MEM_DIALOG);
    remote_key(&b, p, value, uid);
    struct remote *r = obj_alloc(sizeof *r + b.n + value.n, MEM_DIALOG, remote_gone);
    memcpy(r->space, b.p, b.n);
    r->entry.key = (struct str){ r->space, b.n };
    if (value.n)
        memcpy(r->space + b.n, value.p, value.n);
    r->value = (struct str){ r->space + b.n, value.n };
    r->entry.expires_ms = clock_ms() + left * 1000;
    err_t e = table_add(self.remotes, &r->entry);
    if (e == ERR_OK) {
        r->profile = p;
        count(p, r->value, 1);
    }
    obj_drop(r);
    buf_free(&b);
    return e;
}

err_t profile_remote_remove(const struct profile *p, struct str value, struct str uid)
{
    struct buf b;

    buf_init(&b, MEM_DIALOG);
    remote_key(&b, p, value, uid);
    struct entry *e = table_remove(self.remotes, buf_str(&b));
    buf_free(&b);
    obj_drop(e);
    return e ? ERR_OK : ERR_NOT_FOUND;
}

void profiles_expire(void)
{
    table_expire(self.remotes, clock_ms());
}

void profiles_begin(void)
{
    if (self.counts)
        return;
    self.counts = table_new("dialog profiles", SHARDS_LOG2, NULL, NULL);
    self.remotes = table_new("dialog profiles of others", SHARDS_LOG2, NULL, NULL);
}

void profiles_end(void)
{
    struct profile *p = atomic_exchange(&self.first, NULL);

    if (self.remotes)
        table_free(self.remotes);
    if (self.counts)
        table_free(self.counts);
    self.remotes = self.counts = NULL;
    while (p) {
        struct profile *next = p->next;

        mem_free(MEM_DIALOG, (void *)(uintptr_t)p->name.p);
        mem_free(MEM_DIALOG, p);
        p = next;
    }
}
