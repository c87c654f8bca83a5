/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/dlgs/calls.h"
#include "base/clock.h"
#include <fnmatch.h>

enum { SHARDS_LOG2 = 6, KEY_TAG = CALL_FIELDS };

struct counted {
    struct entry entry;
    int64_t n;
    char space[];
};

static struct {
    struct table_of *calls, *counts;
    _Atomic(int64_t) now[CALL_STATES], total[CALL_STATES];
} self;

/* ---- how many of a kind ---- */

static struct entry *make_count(struct str key, void *arg)
{
    struct counted *x = obj_alloc(sizeof *x + key.n, MEM_TABLE_DATA, NULL);

    (void)arg;
    memcpy(x->space, key.p, key.n);
    x->entry.key = (struct str){ x->space, key.n };
    return &x->entry;
}

struct change {
    int64_t by, now;
};

static bool add_count(struct entry *e, void *arg)
{
    struct counted *x = (struct counted *)(void *)e;
    struct change *c = arg;

    x->n += c->by;
    c->now = x->n;
    return x->n > 0;
}

/* One key per kind: a letter for the field, and the text. */
static int64_t count(int kind, struct str text, int64_t by)
{
    struct change c = { by, 0 };
    struct buf b;

    if (!self.counts)
        return 0;
    buf_init(&b, MEM_TABLE_DATA);
    buf_char(&b, (char)('0' + kind));
    buf_add(&b, text);
    table_touch(self.counts, buf_str(&b), by > 0 ? make_count : NULL, add_count, &c);
    buf_free(&b);
    return c.now;
}

static void count_call(const struct tracked *t, int64_t by)
{
    count(CALL_ANY, STR(""), by);
    for (int f = CALL_SRC; f < CALL_FIELDS; f++)
        count(f, t->text[f], by);
    for (const struct call_tag *tag = t->tags; tag; tag = tag->next)
        count(KEY_TAG, tag->text, by);
}

static void uncount(struct tracked *t)
{
    if (t->counted)
        count_call(t, -1);
    t->counted = false;
}

/* ---- one call ---- */

static void destroy(void *object)
{
    struct tracked *t = object;

    uncount(t);
    atomic_fetch_sub(&self.now[t->state], 1);
    while (t->tags) {
        struct call_tag *tag = t->tags;

        t->tags = tag->next;
        mem_free(MEM_TABLE_DATA, tag);
    }
}

static struct str put(char **at, struct str text)
{
    struct str out = { *at, text.n };

    if (text.n)
        memcpy(*at, text.p, text.n);
    *at += text.n;
    return out;
}

err_t calls_add(struct str call_id, struct str from_tag, const struct str text[CALL_FIELDS],
                const struct call_lifetimes *l)
{
    size_t n = call_id.n + from_tag.n;

    for (int f = CALL_SRC; f < CALL_FIELDS; f++)
        n += text[f].n;
    struct tracked *t = obj_alloc(sizeof *t + n, MEM_TABLE_DATA, destroy);
    char *at = t->space;
    t->entry.key = put(&at, call_id);
    t->from_tag = put(&at, from_tag);
    for (int f = CALL_SRC; f < CALL_FIELDS; f++)
        t->text[f] = put(&at, text[f]);
    t->init_unix = clock_unix();
    t->entry.expires_ms = clock_ms() + l->init * 1000;
    atomic_fetch_add(&self.now[CALL_INIT], 1);
    t->counted = true;
    count_call(t, 1);
    err_t e = table_add(self.calls, &t->entry);
    if (e == ERR_OK)
        atomic_fetch_add(&self.total[CALL_INIT], 1);
    obj_drop(t);
    return e;
}

struct move {
    struct str from_tag;
    enum call_state to;
    const struct call_lifetimes *lifetimes;
    bool moved;
};

static bool may_move(enum call_state from, enum call_state to)
{
    switch (to) {
    case CALL_PROGRESS: return from == CALL_INIT;
    case CALL_ANSWERED:
    case CALL_NOT_ANSWERED: return from < CALL_ANSWERED;
    case CALL_CONFIRMED: return from == CALL_ANSWERED;
    case CALL_TERMINATED: return from == CALL_ANSWERED || from == CALL_CONFIRMED;
    default: return false;
    }
}

static bool move(struct entry *e, void *arg)
{
    struct tracked *t = (struct tracked *)(void *)e;
    struct move *m = arg;
    bool over = m->to >= CALL_TERMINATED;

    if ((m->from_tag.p && !str_eq(m->from_tag, t->from_tag)) || !may_move(t->state, m->to))
        return true;
    atomic_fetch_sub(&self.now[t->state], 1);
    atomic_fetch_add(&self.now[m->to], 1);
    atomic_fetch_add(&self.total[m->to], 1);
    t->state = m->to;
    m->moved = true;
    if (m->to == CALL_ANSWERED)
        t->answer_unix = clock_unix();
    if (over) {
        t->end_unix = clock_unix();
        uncount(t);
    }
    if (over || m->to == CALL_CONFIRMED)
        e->expires_ms = clock_ms() + (over ? m->lifetimes->finish : m->lifetimes->active) * 1000;
    return true;
}

bool calls_move(struct str call_id, struct str from_tag, enum call_state to,
                const struct call_lifetimes *l)
{
    struct move m = { from_tag, to, l, false };

    table_touch(self.calls, call_id, NULL, move, &m);
    return m.moved;
}

struct tagging {
    struct str tag;
    bool add, done;
};

static bool tag_one(struct entry *e, void *arg)
{
    struct tracked *t = (struct tracked *)(void *)e;
    struct tagging *x = arg;
    struct call_tag **at = &t->tags, *tag;

    while (*at && !str_eq((*at)->text, x->tag))
        at = &(*at)->next;
    tag = *at;
    if ((tag != NULL) == x->add)
        return true;
    if (x->add) {
        tag = mem_alloc(MEM_TABLE_DATA, sizeof *tag + x->tag.n);
        memcpy(tag->space, x->tag.p, x->tag.n);
        *tag = (struct call_tag){ t->tags, { tag->space, x->tag.n } };
        t->tags = tag;
    } else {
        *at = tag->next;
        mem_free(MEM_TABLE_DATA, tag);
    }
    if (t->counted)
        count(KEY_TAG, x->tag, x->add ? 1 : -1);
    x->done = true;
    return true;
}

bool calls_tag(struct str call_id, struct str tag, bool add)
{
    struct tagging x = { tag, add, false };

    table_touch(self.calls, call_id, NULL, tag_one, &x);
    return x.done;
}

/* ---- asking ---- */

bool call_matches(const struct call_filter *f, const struct tracked *t)
{
    struct str s = t->text[f->field];
    char *text;
    bool found;

    if (f->field == CALL_ANY)
        return true;
    switch (f->op) {
    case CALL_EQUAL: return str_eq(s, f->text);
    case CALL_NOT_EQUAL: return !str_eq(s, f->text);
    case CALL_STARTS: return str_starts(s, f->text);
    case CALL_REGEX: return regex_match(f->regex, s, NULL, 0) == ERR_OK;
    default:
        text = mem_strdup(MEM_TABLE_DATA, s);
        found = fnmatch(f->text_z, text, 0) == 0;
        mem_free(MEM_TABLE_DATA, text);
        return found;
    }
}

struct counting {
    const struct call_filter *filter;
    int64_t n;
};

static bool count_match(struct entry *e, void *arg)
{
    const struct tracked *t = (const struct tracked *)(const void *)e;
    struct counting *c = arg;

    c->n += t->counted && call_matches(c->filter, t);
    return true;
}

int64_t calls_count(const struct call_filter *f)
{
    struct counting c = { f, 0 };

    if (f->field == CALL_ANY)
        return count(CALL_ANY, STR(""), 0);
    if (f->op == CALL_EQUAL)
        return count((int)f->field, f->text, 0);
    table_each(self.calls, count_match, &c);
    return c.n;
}

int64_t calls_count_tag(struct str tag)
{
    return count(KEY_TAG, tag, 0);
}

void calls_stats(int64_t now[CALL_STATES], int64_t total[CALL_STATES])
{
    for (int i = 0; i < CALL_STATES; i++) {
        now[i] = atomic_load(&self.now[i]);
        total[i] = atomic_load(&self.total[i]);
    }
}

struct visit {
    bool (*fn)(const struct tracked *t, void *arg);
    void *arg;
};

static bool visit(struct entry *e, void *arg)
{
    const struct visit *v = arg;

    return v->fn((const struct tracked *)(const void *)e, v->arg);
}

void calls_each(bool (*fn)(const struct tracked *t, void *arg), void *arg)
{
    table_each(self.calls, visit, &(struct visit){ fn, arg });
}

/* ---- life ---- */

void calls_begin(void)
{
    if (self.calls)
        return;
    self.counts = table_new("dlgs counts", SHARDS_LOG2, NULL, NULL);
    self.calls = table_new("dlgs", SHARDS_LOG2, NULL, NULL);
}

void calls_end(void)
{
    if (self.calls)
        table_free(self.calls);
    if (self.counts)
        table_free(self.counts);
    self.calls = self.counts = NULL;
}

void calls_expire(void)
{
    table_expire(self.calls, clock_ms());
}
