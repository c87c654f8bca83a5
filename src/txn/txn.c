/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a transaction: made, held by one thing at a time, watched, gone. */
#include "txn/internal.h"

struct txn_watch {
    struct txn_watch *next;
    unsigned events;
    txn_watch_fn *fn;
    void *arg;
    void (*release)(void *arg);
};

enum { WATCHES_OF_ALL = 16, ARENA_MORE = 768 };

static struct {
    struct txn_watch of_all[WATCHES_OF_ALL];
    size_t n_of_all;
    unsigned mask_of_all;
    unsigned conf_slot;
    bool started;
    unsigned run_slot;
} self;

const struct txn_conf txn_default_conf = {
    .fr_timer = { 30000 },
    .fr_inv_timer = { 120000 },
    .wt_timer = { 5000 },
    .retr_timer1 = { 500 },
    .retr_timer2 = { 4000 },
    .max_inv_lifetime = { 180000 },
    .max_noninv_lifetime = { 32000 },
    .noisy_ctimer = true,
    .auto_inv_100 = true,
    .restart_fr_on_each_reply = true,
    .auto_inv_100_reason = STR_INIT("trying -- your call is important to us"),
    .aggregate_challenges = true,
    .reparse_invite = true,
    .cancel_b_method = 1,
    .default_code = 500,
    .default_reason = STR_INIT("Server Internal Error"),
    .failure_reply_mode = 3,
    .remap_503_500 = true,
    .local_cancel_reason = true,
    .e2e_cancel_reason = true,
    .ruri_matching = true,
    .via1_matching = true,
    .reply_relay_mode = true,
    .delayed_reply = true,
    .reply_408_code = 408,
    .reply_408_reason = STR_INIT("Request Timeout"),
    .blst_503_max_timeout = 3600,
    .blst_methods_add = 1,
    .blst_methods_lookup = 4294967287,
};

/* ---- process ---- */

void txn_start(unsigned conf_slot)
{
    self.conf_slot = conf_slot;
    if (self.started)
        return;
    self.started = true;
    self.run_slot = call_slot_new();
    txn_upcalls.reply = txn_on_reply;
    txn_upcalls.run_ended = txn_run_ended;
}

const struct txn_conf *txn_conf(const struct generation *g)
{
    const struct txn_conf *conf =
        g && g->confs ? __atomic_load_n(&g->confs[self.conf_slot], __ATOMIC_ACQUIRE) : NULL;

    return conf ? conf : &txn_default_conf;
}

const struct txn_conf *conf_of(const struct txn *t)
{
    return txn_conf(t->gen);
}

/* ---- what a run chooses before there is a transaction ---- */

struct txn_run *txn_run(struct call *c)
{
    struct txn_run *run = c->module_data[self.run_slot];

    if (run)
        return run;
    run = ARENA_NEW(c->arena, struct txn_run);
    run->plan.auto_100 = run->plan.disable_6xx = run->plan.disable_failover = -1;
    run->plan.no_e2e_reason = run->plan.no_internal_reply = -1;
    c->module_data[self.run_slot] = run;
    return run;
}

struct txn_plan *txn_plan(struct call *c)
{
    return c->txn ? &c->txn->plan : &txn_run(c)->plan;
}

static struct str *route_place(struct call *c, enum txn_hook which)
{
    struct txn_plan *plan = txn_plan(c);
    struct txn_branch *b = txn_run(c)->branch;

    if (b && which == TXN_ON_REPLY)
        return &b->on_reply;
    if (b && which == TXN_ON_BRANCH_FAILURE)
        return &b->on_branch_failure;
    switch (which) {
    case TXN_ON_BRANCH: return &plan->on_branch;
    case TXN_ON_REPLY: return &plan->on_reply;
    case TXN_ON_FAILURE: return &plan->on_failure;
    case TXN_ON_BRANCH_FAILURE: break;
    }
    return &plan->on_branch_failure;
}

void txn_set_route(struct call *c, enum txn_hook which, struct str name)
{
    struct str *at = route_place(c, which);

    if (at->n && str_eq(*at, name))
        return; /* said again for each reply, it must not fill the arena */
    *at = name.n ? arena_dup(c->txn ? &c->txn->arena : c->arena, name) : STR_NONE;
}

struct str txn_get_route(struct call *c, enum txn_hook which)
{
    return *route_place(c, which);
}

/* ---- making and ending ---- */

struct str own_copy(struct str s)
{
    return s.n ? mem_dup(MEM_TXN, s) : STR_NONE;
}

void own_free(struct str *s)
{
    mem_free(MEM_TXN, (void *)(uintptr_t)s->p);
    *s = STR_NONE;
}

static void destroy(void *object)
{
    struct txn *t = object;

    ASSERT(t->state == TXN_GONE && !t->held);
    for (size_t i = 0; i < t->n_branches; i++) {
        struct txn_branch *b = t->branches[i];

        branch_stop(b);
        own_free(&b->sent);
        own_free(&b->cancel);
        own_free(&b->reply);
    }
    for (struct txn_watch *w = t->watches; w; w = w->next) {
        if (w->release)
            w->release(w->arg);
    }
    own_free(&t->reply);
    obj_drop(t->vars);
    obj_drop(t->gen);
    arena_free(&t->arena);
    txn_count(COUNT_FREED, 1);
}

struct txn *txn_make(struct generation *gen, struct str raw, size_t more)
{
    struct txn *t = obj_new(struct txn, MEM_TXN, destroy);

    t->home = worker_self();
    t->gen = obj_hold(gen);
    arena_init(&t->arena, MEM_TXN, raw.n + more + ARENA_MORE);
    t->raw = arena_dup(&t->arena, raw);
    t->winner = -1;
    t->created_ms = worker_now();
    t->plan = (struct txn_plan){ .auto_100 = -1,
                                 .disable_6xx = -1,
                                 .disable_failover = -1,
                                 .no_e2e_reason = -1,
                                 .no_internal_reply = -1 };
    list_init(&t->waiters);
    list_init(&t->by_key);
    list_init(&t->by_id);
    list_init(&t->by_call);
    txn_count(COUNT_CREATED, 1);
    return t;
}

struct txn *txn_hold(struct txn *t)
{
    return obj_hold(t);
}

void txn_drop(struct txn *t)
{
    obj_drop(t);
}

void txn_attach(struct call *c, struct txn *t)
{
    struct txn *old = c->txn;

    c->txn = obj_hold(t);
    obj_drop(old);
}

struct txn_branch *txn_add_branch(struct txn *t)
{
    ASSERT(t->n_branches < TXN_BRANCHES_MAX);
    if (t->n_branches == t->cap_branches) {
        uint16_t cap = t->cap_branches ? (uint16_t)(t->cap_branches * 2) : 2;
        struct txn_branch **more = ARENA_ARRAY(&t->arena, struct txn_branch *, cap);

        if (t->n_branches)
            memcpy(more, t->branches, t->n_branches * sizeof *more);
        t->branches = more;
        t->cap_branches = cap;
    }
    struct txn_branch *b = ARENA_NEW(&t->arena, struct txn_branch);
    b->txn = t;
    b->index = t->n_branches;
    b->q = -1;
    t->branches[t->n_branches++] = b;
    return b;
}

void txn_kill(struct txn *t)
{
    ASSERT(t->home == worker_self());
    if (t->state == TXN_GONE)
        return;
    home_remove(t);
    if (t->status >= 200)
        txn_count(COUNT_WAITING, -1);
    t->state = TXN_GONE;
    timer_cancel(&t->resend);
    timer_cancel(&t->wait);
    for (size_t i = 0; i < t->n_branches; i++)
        branch_stop(t->branches[i]);
    txn_notify(t, &(struct txn_note){ .event = TXN_DESTROYED, .branch = -1, .status = t->status });
    obj_drop(t);
}

/* ---- one thing at a time ---- */

struct waiter {
    struct link link;
    struct co *co;
    bool given;
};

/* does not wait */
static bool txn_try_enter(struct txn *t)
{
    ASSERT(t->home == worker_self());
    if (t->held && t->holder != co_self())
        return false;
    if (!t->held++) {
        t->holder = co_self();
        obj_hold(t);
    }
    return true;
}

bool txn_enter(struct txn *t)
{
    struct waiter w = { .co = co_self() };

    if (!t->held && t->state == TXN_GONE)
        return false;
    if (txn_try_enter(t))
        return true;
    if (t->n_waiters >= TXN_WAITERS_MAX || !co_may_suspend()) {
        txn_count(COUNT_DROPPED, 1);
        return false;
    }
    obj_hold(t); /* becomes the holder's */
    list_push(&t->waiters, &w.link);
    t->n_waiters++;
    err_t e = co_suspend();
    if (!w.given) {
        list_remove(&w.link);
        t->n_waiters--;
        obj_drop(t);
        return false;
    }
    if (e == ERR_OK && t->state != TXN_GONE)
        return true;
    txn_leave(t);
    return false;
}

void txn_leave(struct txn *t)
{
    ASSERT(t->held && t->holder == co_self());
    if (--t->held)
        return;
    t->holder = NULL;
    if (!list_empty(&t->waiters)) {
        struct waiter *w = LIST_OF(t->waiters.next, struct waiter, link);

        list_remove(&w->link);
        t->n_waiters--;
        w->given = true;
        t->holder = w->co;
        t->held = 1;
        co_wake(w->co, ERR_OK);
    }
    obj_drop(t);
}

struct errand {
    struct txn *txn;
    struct txn_branch *branch;
    void (*fn)(struct txn *t, struct txn_branch *b);
};

static void run_errand(void *arg)
{
    struct errand job = *(struct errand *)arg;

    mem_free(MEM_TXN, arg);
    if (txn_enter(job.txn)) {
        job.fn(job.txn, job.branch);
        txn_leave(job.txn);
    }
    obj_drop(job.txn);
}

void txn_spawn(struct txn *t, struct txn_branch *b, void (*fn)(struct txn *t, struct txn_branch *b))
{
    struct errand *job = mem_alloc(MEM_TXN, sizeof *job);

    *job = (struct errand){ obj_hold(t), b, fn };
    co_spawn(run_errand, job);
}

/* ---- watching ---- */

void txn_watch_all(unsigned events, txn_watch_fn *fn, void *arg)
{
    ASSERT(self.n_of_all < WATCHES_OF_ALL);
    self.of_all[self.n_of_all++] = (struct txn_watch){ .events = events, .fn = fn, .arg = arg };
    self.mask_of_all |= events;
}

void txn_watch(struct txn *t, unsigned events, txn_watch_fn *fn, void *arg,
               void (*release)(void *arg))
{
    struct txn_watch *w = ARENA_NEW(&t->arena, struct txn_watch);
    struct txn_watch **end = &t->watches;

    ASSERT(t->home == worker_self());
    *w = (struct txn_watch){ .events = events, .fn = fn, .arg = arg, .release = release };
    while (*end)
        end = &(*end)->next;
    *end = w;
    t->watch_mask |= events;
}

bool txn_is_watched(const struct txn *t, unsigned events)
{
    return ((t->watch_mask | self.mask_of_all) & events) != 0;
}

void txn_notify(struct txn *t, struct txn_note *note)
{
    if (!txn_is_watched(t, note->event))
        return;
    note->txn = t;
    for (size_t i = 0; i < self.n_of_all; i++) {
        if (self.of_all[i].events & note->event)
            self.of_all[i].fn(note, self.of_all[i].arg);
    }
    for (struct txn_watch *w = t->watches, *next; w; w = next) {
        next = w->next;
        if (w->events & note->event)
            w->fn(note, w->arg);
    }
}
