/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each worker sweeps its share of every table's shards, a few each second, so that all have had
 * their turn after timer_interval: what ran out goes, what write-back left is written.
 */
#include "base/clock.h"
#include "modules/usrloc/inner.h"
#include "rt/worker.h"

enum { TICK_MS = 1000 };

/* One worker's place in its round. */
static _Thread_local struct {
    struct timer timer;
    unsigned next;  /* shard, counted among this worker's own */
    unsigned ticks; /* since the database was cleaned */
    bool busy;
    bool stopped;
} self;

struct sweep {
    struct location *in;
    int64_t gone_at;
    bool write_back, handle_lost;
    struct swept *first, **last; /* AORs with something to do */
    struct arena arena;
};
struct swept { /* of one AOR */
    struct swept *next;
    struct str aor;
    struct changes expired;
    struct contact_list dirty;
};

static struct swept *swept_of(struct sweep *s, struct swept *now, struct str aor)
{
    if (now)
        return now;
    now = ARENA_NEW(&s->arena, struct swept);
    now->aor = arena_dup(&s->arena, aor);
    changes_init(&now->expired);
    *s->last = now;
    s->last = &now->next;
    return now;
}

static void note_dirty(struct sweep *s, struct swept *in, struct contact *c, size_t room)
{
    if (!in->dirty.at)
        in->dirty.at = ARENA_ARRAY(&s->arena, struct contact *, room);
    in->dirty.at[in->dirty.n++] = obj_hold(c);
}

static bool lost_connection(const struct sweep *s, const struct contact *c)
{
    return s->handle_lost && c->connection && !connection_exists(c->connection);
}

static enum table_step sweep_aor(struct entry *e, void *arg)
{
    struct aor *r = (struct aor *)(void *)e;
    struct sweep *s = arg;
    struct swept *found = NULL;

    for (struct contact *c = r->first, *next; c; c = next) {
        next = c->next;
        if (contact_is_expired(c, s->gone_at) || lost_connection(s, c)) {
            found = swept_of(s, found, e->key);
            changes_add(&found->expired, LOCATION_EXPIRE, c);
            obj_drop(aor_take(r, c));
        } else if (s->write_back && atomic_load(&c->state) != CONTACT_SYNC &&
                   !(c->flags & CONTACT_MEMORY_ONLY)) {
            found = swept_of(s, found, e->key);
            note_dirty(s, found, c, r->n);
        }
    }
    if (r->n > 0)
        return TABLE_NEXT;
    location_stat(s->in, LOCATION_USERS, -1);
    return TABLE_REMOVE;
}

static void close_connections(const struct changes *expired)
{
    for (const struct change *one = expired->first; one; one = one->next) {
        if (one->contact->connection)
            (void)connection_close(one->contact->connection);
    }
}

static void finish_one(struct sweep *s, struct swept *one)
{
    for (size_t i = 0; i < one->dirty.n; i++)
        (void)store_write(s->in, one->aor, one->dirty.at[i]);
    contact_list_drop(&one->dirty);
    if (usrloc_conf()->close_expired_tcp)
        close_connections(&one->expired);
    store_changes(&one->expired, s->in, one->aor);
    changes_tell(&one->expired, s->in, one->aor);
    changes_free(&one->expired);
}

void sweep_shard(struct location *l, unsigned shard)
{
    struct sweep s = { .in = l };

    s.gone_at = clock_unix() - usrloc_conf()->rm_expired_delay;
    s.write_back = usrloc_conf()->db_mode == DB_WRITE_BACK;
    s.handle_lost = usrloc_conf()->handle_lost_tcp;
    s.last = &s.first;
    arena_init(&s.arena, MEM_LOCATION, 1024);
    table_walk(l->aors, shard, sweep_aor, &s);
    for (struct swept *one = s.first; one; one = one->next)
        finish_one(&s, one);
    arena_free(&s.arena);
}

/* How many shards a worker takes per tick to get round in timer_interval. */
static unsigned share(unsigned own)
{
    int64_t interval = usrloc_conf()->timer_interval;

    if (interval < 1)
        interval = 1;
    return (unsigned)((own + (unsigned)interval - 1) / (unsigned)interval);
}

/* Rows that ran out and that no sweep of ours finds: of servers that went (db_timer_clean). */
static void clean_database(void)
{
    const struct usrloc_conf *conf = usrloc_conf();
    int64_t before = clock_unix() - conf->rm_expired_delay;

    if (!conf->db_timer_clean ||
        (conf->db_mode != DB_WRITE_THROUGH && conf->db_mode != DB_WRITE_BACK))
        return;
    if (++self.ticks < conf->timer_interval)
        return;
    self.ticks = 0;
    for (size_t i = 0; location_at(i) && !self.stopped; i++)
        (void)store_delete_expired(location_at(i), before);
}

static void sweep_some(void *arg)
{
    unsigned index = worker_index(worker_self()), workers = workers_count(), own, n;

    (void)arg;
    if (index == 0) {
        store_flush_deletions();
        clean_database();
    }
    for (size_t i = 0; location_at(i); i++) {
        struct location *l = location_at(i);
        unsigned shards = table_shards(l->aors);

        own = (shards - index + workers - 1) / workers;
        n = share(own);
        for (unsigned k = 0; k < n && !self.stopped; k++)
            sweep_shard(l, index + (self.next + k) % own * workers);
    }
    own = (256 - index + workers - 1) / workers;
    self.next = (self.next + share(own)) % own;
    self.busy = false;
}

static void on_tick(struct timer *t)
{
    timer_set(t, TICK_MS, on_tick);
    if (self.busy || self.stopped)
        return;
    self.busy = true;
    co_spawn(sweep_some, NULL);
}

void sweep_start(void)
{
    self.stopped = false;
    timer_set(&self.timer, TICK_MS, on_tick);
}

/* A last round writes what is not in the database yet. */
void sweep_stop(void)
{
    unsigned index = worker_index(worker_self());

    timer_cancel(&self.timer);
    self.stopped = true;
    if (usrloc_conf()->db_mode != DB_WRITE_BACK)
        return;
    store_flush_deletions();
    for (size_t i = 0; location_at(i); i++) {
        for (unsigned shard = index; shard < table_shards(location_at(i)->aors);
             shard += workers_count())
            sweep_shard(location_at(i), shard);
    }
}
