/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * $var and $vn. They survive from message to message, as if each belonged to a process: a set of
 * all of them stands for one process. A worker keeps a few sets; a message takes one when its
 * script begins and gives it back at the end. So a script that suspends finds its variables as it
 * left them, and one that begins meanwhile uses another set, as it would in another process. What
 * runs inside a script (an event route, a route of a transaction) shares its set.
 *
 * While a script runs, texts it sets lie in its arena; at its end they are copied into the set.
 */
#include "base/hash.h"
#include "core/conf.h"
#include "rt/worker.h"
#include "script/state.h"
#include <pthread.h>
#include <stdlib.h>

enum { NAME_BUCKETS = 512, NAMES_MAX = 20000 };

struct name {
    struct name *next;
    struct str text;
    bool null;          /* $vn: begins as null */
    struct value first; /* what $var is until a script sets it; texts are kept for ever */
    unsigned slot;
};
struct slot {
    struct value value; /* text: in `kept`, or in the arena of the script that set it */
    char *kept;
    size_t room;
    bool dirty;
};
struct garbage { /* texts that a script outside this one may still look at */
    struct garbage *next;
};
struct var_set {
    struct var_set *next;
    struct slot *slots;
    size_t n;
    unsigned *dirty;
    size_t n_dirty, cap_dirty;
    struct garbage *garbage;
};

static struct {
    pthread_mutex_t lock;
    struct name *names[NAME_BUCKETS];
    unsigned n_names;
    struct var_set *spare[WORKERS_MAX + 1]; /* by worker; the last: other threads */
    pthread_once_t once;
    unsigned co_slot;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

static void get_co_slot(void)
{
    self.co_slot = co_local_new();
}

static unsigned my_pool(void)
{
    const struct worker *w = worker_self();

    return w ? worker_index(w) : WORKERS_MAX;
}

/* The set that the script around this one uses; only on workers. */
static struct var_set *around(void)
{
    if (!worker_self())
        return NULL;
    pthread_once(&self.once, get_co_slot);
    return co_local_get(self.co_slot);
}

static void set_around(struct var_set *v)
{
    if (worker_self())
        co_local_set(self.co_slot, v);
}

struct var_set *var_set_take(bool *shared)
{
    struct var_set *v = around(), **pool = &self.spare[my_pool()];

    *shared = v != NULL;
    if (v)
        return v;
    v = *pool;
    if (v)
        *pool = v->next;
    else
        v = mem_zalloc(MEM_CONFIG, sizeof *v);
    set_around(v);
    return v;
}

/* Texts move from the arena, which ends, into the set. */
static void settle(struct var_set *v, struct slot *s, bool shared)
{
    size_t n = s->value.s.n;

    s->dirty = false;
    if (s->value.type != VALUE_STR)
        return;
    if (shared && s->kept) {
        /* The outer script may hold slices of the old text: it goes when that one ends. */
        struct garbage *g = (struct garbage *)(void *)s->kept;

        g->next = v->garbage;
        v->garbage = g;
        s->kept = NULL;
        s->room = 0;
    }
    if (s->room < n || !s->kept) {
        char *old = s->kept;

        s->room = n < 32 ? 32 : n;
        s->kept = mem_alloc(MEM_CONFIG, s->room);
        if (n)
            memcpy(s->kept, s->value.s.p, n);
        mem_free(MEM_CONFIG, old);
    } else if (n) {
        memmove(s->kept, s->value.s.p, n);
    }
    s->value.s.p = s->kept;
}

void var_set_give(struct var_set *v, bool shared)
{
    for (size_t i = 0; i < v->n_dirty; i++)
        settle(v, &v->slots[v->dirty[i]], shared);
    v->n_dirty = 0;
    if (shared)
        return;
    while (v->garbage) {
        struct garbage *g = v->garbage;

        v->garbage = g->next;
        mem_free(MEM_CONFIG, g);
    }
    set_around(NULL);
    v->next = self.spare[my_pool()];
    self.spare[my_pool()] = v;
}

void program_worker_stop(void)
{
    regex_cache_end(NULL);
    struct var_set **pool = &self.spare[my_pool()];

    while (*pool) {
        struct var_set *v = *pool;

        *pool = v->next;
        for (size_t i = 0; i < v->n; i++)
            mem_free(MEM_CONFIG, v->slots[i].kept);
        mem_free(MEM_CONFIG, v->slots);
        mem_free(MEM_CONFIG, v->dirty);
        mem_free(MEM_CONFIG, v);
    }
}

/* Each name has one number in the process, for ever. NULL: there are too many. */
static struct name *intern(struct str text, bool null)
{
    struct name **bucket = &self.names[(hash_fast(text) + null) % NAME_BUCKETS], *n;

    pthread_mutex_lock(&self.lock);
    for (n = *bucket; n && !(str_eq(n->text, text) && n->null == null);)
        n = n->next;
    if (!n && self.n_names < NAMES_MAX) {
        n = mem_zalloc(MEM_CONFIG, sizeof *n);
        n->text = mem_dup(MEM_CONFIG, text);
        n->null = null;
        n->first = null ? VALUE_NONE : VALUE_OF_INT(0);
        n->slot = self.n_names++;
        n->next = *bucket;
        *bucket = n;
    }
    pthread_mutex_unlock(&self.lock);
    return n;
}

void var_preset(struct str name, const struct value *v)
{
    struct name *n = intern(name, false);

    if (!n)
        return;
    n->first = *v;
    if (v->type == VALUE_STR)
        n->first.s = mem_dup(MEM_CONFIG, v->s);
}

static const struct name *name_of(struct call *c, const struct var_ref *at)
{
    return at->prepared ? at->prepared : intern(var_key(c, at), at->var->tag);
}

static struct slot *slot_of(struct var_set *v, unsigned i)
{
    if (i >= v->n) {
        size_t n = (i | 31) + 1;

        v->slots = mem_realloc(MEM_CONFIG, v->slots, n * sizeof *v->slots);
        memset(v->slots + v->n, 0, (n - v->n) * sizeof *v->slots);
        v->n = n;
    }
    return &v->slots[i];
}

static err_t prepare(struct load *l, const struct var_ref *at, const void **prepared)
{
    const struct name *n = intern(at->key, at->var->tag);

    if (!n)
        load_fault(l, NULL, "there are more than %d script variables", NAMES_MAX);
    *prepared = n;
    return n ? ERR_OK : ERR_LIMIT;
}

static err_t get(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct name *n = name_of(c, at);
    struct var_set *v = c->frame ? c->frame->vars : NULL;

    *out = n ? n->first : VALUE_NONE;
    if (!n || !v || n->slot >= v->n)
        return ERR_OK;
    const struct slot *s = &v->slots[n->slot];

    if (s->value.type != VALUE_NULL)
        *out = s->value;
    return ERR_OK;
}

static err_t set(struct call *c, const struct var_ref *at, const struct value *in)
{
    const struct name *n = name_of(c, at);
    struct var_set *v = c->frame ? c->frame->vars : NULL;
    struct slot *s;

    if (!n)
        return ERR_LIMIT;
    if (!v)
        return ERR_STATE;
    s = slot_of(v, n->slot);
    s->value = in->type == VALUE_NULL && !at->var->tag ? VALUE_OF_INT(0) : *in;
    if (in->type != VALUE_STR)
        return ERR_OK;
    s->value.s = arena_dup(c->arena, in->s.p ? in->s : STR(""));
    if (s->dirty)
        return ERR_OK;
    s->dirty = true;
    if (v->n_dirty == v->cap_dirty) {
        v->cap_dirty = v->cap_dirty ? v->cap_dirty * 2 : 16;
        v->dirty = mem_realloc(MEM_CONFIG, v->dirty, v->cap_dirty * sizeof *v->dirty);
    }
    v->dirty[v->n_dirty++] = n->slot;
    return ERR_OK;
}

/* ---- what belongs to the language itself ---- */

static err_t get_null(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)c;
    (void)at;
    *out = VALUE_NONE;
    return ERR_OK;
}

static err_t set_null(struct call *c, const struct var_ref *at, const struct value *in)
{
    (void)c;
    (void)at;
    (void)in;
    return ERR_OK;
}

static err_t get_rc(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)at;
    *out = VALUE_OF_INT(c->rc);
    return ERR_OK;
}

static err_t prepare_select(struct load *l, const struct var_ref *at, const void **prepared)
{
    struct select_ref *s = ARENA_NEW(l->arena, struct select_ref);
    const struct token *token = l->token;
    err_t e;

    l->token = NULL;
    e = select_parse(l, at->key, s);
    l->token = token;
    *prepared = s;
    return e;
}

static err_t get_select(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct select_ref *s = at->prepared;

    return s ? s->get(c, s, out) : ERR_NOT_FOUND;
}

/* What $def and its kin read of a define; tag says which. */
enum { DEF_VALUE, DEF_NUMBER, DEF_STRING };

static err_t get_def(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct program *p = c->gen->program;
    struct str key = var_key(c, at), v;
    size_t i = 0;

    while (p && i < p->n_defines && !str_eq(p->defines[i].name, key))
        i++;
    if (!p || i == p->n_defines) {
        *out = at->var->tag == DEF_NUMBER ? VALUE_OF_INT(0) : VALUE_NONE;
        return ERR_OK;
    }
    bool has_value = p->defines[i].value.p != NULL;

    v = has_value ? p->defines[i].value : STR("");
    if (at->var->tag == DEF_STRING && v.n > 1 && (v.p[0] == '"' || v.p[0] == '\''))
        v = str_cut(v, 1, v.n - 1);
    *out = VALUE_OF_STR(v);
    if (at->var->tag == DEF_NUMBER)
        *out = VALUE_OF_INT(has_value ? value_int(out) : 1);
    return ERR_OK;
}

static err_t get_iuid(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)at;
    if (!c->gen->core || !c->gen->core->iuid.n)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(c->gen->core->iuid);
    return ERR_OK;
}

static err_t get_env(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str key = arena_dup(c->arena, var_key(c, at));
    const char *found = key.p ? getenv(key.p) : NULL;

    if (!found)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(str_of(found));
    if (at->var->tag)
        *out = VALUE_OF_INT(value_int(out));
    return ERR_OK;
}

const struct variable core_variables[] = {
    { .name = "var",
      .doc = "A variable of the script; 0 until it is set.",
      .get = get,
      .set = set,
      .key = true,
      .prepare = prepare,
      .differs = "A script that waits keeps its values; see the guide." },
    { .name = "vz",
      .doc = "The same as $var.",
      .get = get,
      .set = set,
      .key = true,
      .prepare = prepare },
    { .name = "vn",
      .doc = "A variable of the script; null until it is set.",
      .get = get,
      .set = set,
      .key = true,
      .prepare = prepare,
      .tag = 1 },
    { .name = "null",
      .doc = "What is not defined.",
      .get = get_null,
      .set = set_null,
      .early = true },
    { .name = "rc",
      .doc = "The code of the last module function or route.",
      .get = get_rc,
      .aliases = (const char *const[]){ "retcode", "?", NULL } },
    { .name = "sel",
      .doc = "A select, $sel(cfg_get.group.name).",
      .get = get_select,
      .key = true,
      .prepare = prepare_select },
    { .name = "def",
      .doc = "The value of a #!define.",
      .get = get_def,
      .key = true,
      .early = true,
      .tag = DEF_VALUE },
    { .name = "defn",
      .doc = "The value of a #!define as a number.",
      .get = get_def,
      .key = true,
      .early = true,
      .tag = DEF_NUMBER },
    { .name = "defv",
      .doc = "The value of a #!define without its quotes.",
      .get = get_def,
      .key = true,
      .early = true,
      .tag = DEF_STRING },
    { .name = "defs",
      .doc = "The value of a #!define without its quotes.",
      .get = get_def,
      .key = true,
      .early = true,
      .tag = DEF_STRING },
    { .name = "iuid",
      .doc = "The name of this instance, coreparam[iuid] or --iuid.",
      .get = get_iuid },
    { .name = "env",
      .doc = "A variable of the environment.",
      .get = get_env,
      .key = true,
      .early = true },
    { .name = "envn",
      .doc = "A variable of the environment as a number.",
      .get = get_env,
      .key = true,
      .early = true,
      .tag = 1 },
    { 0 },
};
