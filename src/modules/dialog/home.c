/* SPDX-License-Identifier: BSD-2-Clause */
/* What each worker keeps of its dialogs: by Call-ID, and by the numbers that a Route carries. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/hash_index.h"
#include "base/random.h"
#include "modules/dialog/inner.h"
#include "net/net.h"

struct home {
    struct hash_index calls, ids;
    struct dialogs_dirty dirty;
};
static struct {
    _Atomic(struct home *) homes[WORKERS_MAX];
    _Atomic(uint32_t) next_id;
} self;

static struct dialog *of_call(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct dialog, by_call);
}
static struct dialog *of_id(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct dialog, by_id);
}
static uint64_t call_hash(const struct link *l)
{
    return hash_keyed(of_call(l)->call_id);
}
static uint64_t spread(uint32_t entry, uint32_t id)
{
    return ((uint64_t)entry << 32 | id) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}
static uint64_t id_hash(const struct link *l)
{
    return spread(of_id(l)->entry, of_id(l)->id);
}

static struct home *home(void)
{
    struct worker *w = worker_self();

    ASSERT(w);
    _Atomic(struct home *) *place = &self.homes[worker_index(w)];
    struct home *h = atomic_load_explicit(place, memory_order_acquire);
    if (h)
        return h;
    h = mem_zalloc(MEM_DIALOG, sizeof *h);
    hash_index_init(&h->calls, MEM_DIALOG, call_hash);
    hash_index_init(&h->ids, MEM_DIALOG, id_hash);
    list_init(&h->dirty.list);
    atomic_store_explicit(place, h, memory_order_release);
    return h;
}

struct dialogs_dirty *dialogs_dirty(void)
{
    return &home()->dirty;
}

/* ---- one dialog ---- */

void dialog_text_set(struct str *at, struct str text)
{
    mem_free(MEM_DIALOG, (void *)(uintptr_t)at->p);
    *at = text.n ? mem_dup(MEM_DIALOG, text) : STR("");
    if (!text.n)
        at->p = NULL;
}

static void leg_free(struct dialog_leg *leg, bool own_tag)
{
    if (own_tag)
        dialog_text_set(&leg->tag, STR_NONE);
    dialog_text_set(&leg->contact, STR_NONE);
    dialog_text_set(&leg->routes, STR_NONE);
}

/* Any thread: whoever drops the last reference. */
static void destroy(void *object)
{
    struct dialog *d = object;

    dialog_watchers_free(d);
    profiles_leave(d);
    while (d->vars) {
        struct dialog_value *v = d->vars;

        d->vars = v->next;
        dialog_text_set(&v->value, STR_NONE);
        mem_free(MEM_DIALOG, v);
    }
    leg_free(&d->leg[DIALOG_CALLER], false);
    leg_free(&d->leg[DIALOG_CALLEE], true);
    dialog_text_set(&d->timeout_route, STR_NONE);
    mem_free(MEM_DIALOG, d->fixed);
}

static struct str put(char **at, struct str text)
{
    struct str out = { *at, text.n };

    if (text.n)
        memcpy(*at, text.p, text.n);
    *at += text.n;
    return out;
}

struct dialog *dialog_new(struct str call_id, struct str tag, struct str from_uri,
                          struct str to_uri, struct str request_uri)
{
    struct dialog *d = obj_new(struct dialog, MEM_DIALOG, destroy);
    char *at = mem_alloc(MEM_DIALOG, call_id.n + tag.n + from_uri.n + to_uri.n + request_uri.n + 1);

    d->fixed = at;
    d->call_id = put(&at, call_id);
    d->leg[DIALOG_CALLER].tag = put(&at, tag);
    d->uri[DIALOG_CALLER] = put(&at, from_uri);
    d->uri[DIALOG_CALLEE] = put(&at, to_uri);
    d->request_uri = put(&at, request_uri);
    d->home = worker_self();
    d->state = DIALOG_UNCONFIRMED;
    list_init(&d->by_call);
    list_init(&d->by_id);
    list_init(&d->in_dirty);
    return d;
}

struct dialog *dialog_hold(struct dialog *d)
{
    return obj_hold(d);
}

void dialog_drop(struct dialog *d)
{
    obj_drop(d);
}

/* ---- in the tables ---- */

uint32_t dialog_entry_of(struct str call_id, int64_t hash_size)
{
    return hash_core(call_id, STR("")) & (uint32_t)(hash_size - 1);
}

uint32_t dialog_next_id(const struct dialog_conf *conf)
{
    uint32_t step = conf->h_id_step > 1 ? (uint32_t)conf->h_id_step : 1, zero = 0, n;

    atomic_compare_exchange_strong(&self.next_id, &zero, (uint32_t)random_u64() % 10000 + 1);
    n = atomic_fetch_add(&self.next_id, 1);
    return step > 1 ? (uint32_t)conf->h_id_start + n * step : n;
}

void dialog_store(struct dialog *d)
{
    ASSERT(d->home == worker_self());
    hash_index_add_front(&home()->calls, &d->by_call);
    hash_index_add_front(&home()->ids, &d->by_id);
    obj_hold(d);
}

bool dialog_is_stored(const struct dialog *d)
{
    return !list_empty(&d->by_call);
}

void dialog_forget(struct dialog *d)
{
    ASSERT(d->home == worker_self());
    if (list_empty(&d->by_call))
        return;
    dialog_over(d);
    dialog_timers_stop(d);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_DESTROYED });
    profiles_leave(d);
    hash_index_remove(&home()->calls, &d->by_call);
    hash_index_remove(&home()->ids, &d->by_id);
    dialog_changed(d);
    obj_drop(d);
}

static struct link *call_bucket(struct str call_id)
{
    return hash_index_bucket(&home()->calls, hash_keyed(call_id));
}

bool dialog_is_of_sides(const struct dialog *d, struct str tag, struct str other, bool *upstream)
{
    struct str caller = d->leg[DIALOG_CALLER].tag, callee = d->leg[DIALOG_CALLEE].tag;

    *upstream = false;
    if (str_eq(caller, tag) && (!callee.n || str_eq(callee, other)))
        return true;
    *upstream = true;
    return str_eq(caller, other) && (!callee.n || str_eq(callee, tag));
}

struct dialog *dialog_find(struct str call_id, struct str tag, struct str other)
{
    struct dialog *over = NULL;
    bool upstream;

    LIST_EACH(call_bucket(call_id), struct dialog, d, by_call)
    {
        if (!str_eq(d->call_id, call_id) || !dialog_is_of_sides(d, tag, other, &upstream))
            continue;
        if (d->state != DIALOG_ENDED)
            return d;
        over = over ? over : d;
    }
    return over;
}

struct dialog *dialog_find_call(struct str call_id, struct str tag)
{
    struct dialog *over = NULL;

    LIST_EACH(call_bucket(call_id), struct dialog, d, by_call)
    {
        if (!str_eq(d->call_id, call_id) || (tag.p && !str_eq(d->leg[DIALOG_CALLER].tag, tag)))
            continue;
        if (d->state != DIALOG_ENDED)
            return d;
        over = over ? over : d;
    }
    return over;
}

struct dialog *dialog_find_id(uint32_t entry, uint32_t id)
{
    LIST_EACH(hash_index_bucket(&home()->ids, spread(entry, id)), struct dialog, d, by_id)
    {
        if (d->entry == entry && d->id == id)
            return d;
    }
    return NULL;
}

static bool each_of(struct home *h, bool (*fn)(struct dialog *d, void *arg), void *arg)
{
    for (size_t i = 0; i <= h->calls.mask; i++) {
        LIST_EACH(&h->calls.buckets[i], struct dialog, d, by_call)
        {
            if (!fn(d, arg))
                return false;
        }
    }
    return true;
}

void dialogs_each(bool (*fn)(struct dialog *d, void *arg), void *arg)
{
    each_of(home(), fn, arg);
}

/* ---- the end of the process ---- */

struct left {
    void (*fn)(struct dialog *d, void *arg);
    void *arg;
};

static bool call_left(struct dialog *d, void *arg)
{
    struct left *l = arg;

    l->fn(d, l->arg);
    return true;
}

void dialogs_each_left(void (*fn)(struct dialog *d, void *arg), void *arg)
{
    struct left l = { fn, arg };

    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct home *h = atomic_load(&self.homes[i]);

        if (h)
            each_of(h, call_left, &l);
    }
}

static void drop_left(struct dialog *d, void *arg)
{
    (void)arg;
    list_remove(&d->by_call);
    list_remove(&d->by_id);
    obj_drop(d);
}

void dialogs_each_dirty_left(void (*fn)(struct dialog *d, void *arg), void *arg)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct home *h = atomic_load(&self.homes[i]);

        while (h && !list_empty(&h->dirty.list)) {
            struct dialog *d = LIST_OF(h->dirty.list.next, struct dialog, in_dirty);

            list_remove(&d->in_dirty);
            fn(d, arg);
            obj_drop(d);
        }
    }
}

static void no_more(struct dialog *d, void *arg)
{
    (void)d, (void)arg;
}

void dialogs_free_all(void)
{
    dialogs_each_dirty_left(no_more, NULL);
    dialogs_each_left(drop_left, NULL);
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct home *h = atomic_exchange(&self.homes[i], NULL);

        if (!h)
            continue;
        hash_index_free(&h->calls);
        hash_index_free(&h->ids);
        mem_free(MEM_DIALOG, h);
    }
}

/* ---- from elsewhere ---- */

struct visit {
    struct dialog *dialog;
    void (*fn)(struct dialog *d, void *arg);
    void *arg;
};

static err_t visit(void *arg)
{
    struct visit *v = arg;

    v->fn(v->dialog, v->arg);
    return ERR_OK;
}

err_t dialog_at_home(struct dialog *d, void (*fn)(struct dialog *d, void *arg), void *arg)
{
    struct visit v = { d, fn, arg };

    if (d->home == worker_self()) {
        fn(d, arg);
        return ERR_OK;
    }
    return worker_call(d->home, visit, &v);
}

/* ---- what others may ask ---- */

struct worker *dialog_home(const struct dialog *d)
{
    return d->home;
}
enum dialog_state dialog_state(const struct dialog *d)
{
    return d->state;
}
struct str dialog_call_id(const struct dialog *d)
{
    return d->call_id;
}
struct str dialog_tag(const struct dialog *d, enum dialog_side side)
{
    return d->leg[side].tag;
}
struct str dialog_uri(const struct dialog *d, enum dialog_side side)
{
    return d->uri[side];
}
struct str dialog_contact(const struct dialog *d, enum dialog_side side)
{
    return d->leg[side].contact;
}
int64_t dialog_created_us(const struct dialog *d)
{
    return d->created_us;
}
int64_t dialog_started_us(const struct dialog *d)
{
    return d->started_us;
}
int64_t dialog_ended_us(const struct dialog *d)
{
    return d->ended_us;
}
void dialog_id(const struct dialog *d, uint32_t *entry, uint32_t *id)
{
    *entry = d->entry;
    *id = d->id;
}
int64_t dialog_lifetime(const struct dialog *d)
{
    return d->lifetime_s;
}
