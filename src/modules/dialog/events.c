/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is told of what happens to dialogs: modules, and event routes. */
#include "base/log.h"
#include "modules/dialog/inner.h"

enum { WATCHERS_MAX = 16 };

struct dialog_watcher {
    struct dialog_watcher *next;
    unsigned events;
    dialog_watch_fn *fn;
    void *arg;
    void (*release)(void *arg);
};

static struct {
    struct dialog_watcher of_all[WATCHERS_MAX];
    size_t n;
} self;

void dialog_watch(struct dialog *d, unsigned events, dialog_watch_fn *fn, void *arg,
                  void (*release)(void *arg))
{
    struct dialog_watcher *w = mem_alloc(MEM_DIALOG, sizeof *w);

    ASSERT(d->home == worker_self());
    *w = (struct dialog_watcher){ d->watchers, events, fn, arg, release };
    d->watchers = w;
}

void dialog_watch_all(unsigned events, dialog_watch_fn *fn, void *arg)
{
    for (size_t i = 0; i < self.n; i++)
        if (self.of_all[i].fn == fn && self.of_all[i].arg == arg)
            return;
    ASSERT(self.n < WATCHERS_MAX);
    self.of_all[self.n++] = (struct dialog_watcher){ .events = events, .fn = fn, .arg = arg };
}

void dialog_watchers_free(struct dialog *d)
{
    while (d->watchers) {
        struct dialog_watcher *w = d->watchers;

        d->watchers = w->next;
        if (w->release)
            w->release(w->arg);
        mem_free(MEM_DIALOG, w);
    }
}

void dialog_notify(struct dialog *d, struct dialog_note note)
{
    ASSERT(d->home == worker_self());
    note.dialog = d;
    for (size_t i = 0; i < self.n; i++)
        if (self.of_all[i].events & note.event)
            self.of_all[i].fn(&note, self.of_all[i].arg);
    for (struct dialog_watcher *w = d->watchers, *next; w; w = next) {
        next = w->next;
        if (w->events & note.event)
            w->fn(&note, w->arg);
    }
}

/* ---- event routes ---- */

struct running {
    struct dialog *dialog;
    struct txn *txn;
    const char *name; /* of an event route; NULL: a plain route */
    struct str route;
    unsigned status;
};

static void run_block(struct call *c, void *arg)
{
    struct running *r = arg;
    unsigned status = c->status;

    dialog_run_set(c, r->dialog);
    if (r->status)
        c->status = r->status;
    if (r->name)
        event_run(c, r->name, SCRIPT_TRUE);
    else
        call_upcalls.run_route(c, ROUTE_REQUEST, r->route.p);
    c->status = status;
}

static void run_alone(void *arg)
{
    struct running *r = arg;

    if (r->txn)
        txn_with_request(r->txn, run_block, r);
    else
        call_run_detached(NULL, NULL, run_block, r);
    txn_drop(r->txn);
    obj_drop(r->dialog);
    dialog_text_set(&r->route, STR_NONE);
    mem_free(MEM_DIALOG, r);
}

static void spawn(struct running from)
{
    struct running *r = mem_alloc(MEM_DIALOG, sizeof *r);

    *r = from;
    r->dialog = obj_hold(from.dialog);
    r->txn = from.txn ? txn_hold(from.txn) : NULL;
    co_spawn(run_alone, r);
}

static bool has_route(const struct generation *g, enum route kind, const char *name)
{
    return call_upcalls.has_route && g && call_upcalls.has_route(g, kind, name);
}

void dialog_event_run(struct dialog *d, const char *name, struct call *c, struct txn *t,
                      unsigned status)
{
    const struct generation *g = c ? c->gen : t ? t->gen : generation_peek();

    if (!has_route(g, ROUTE_EVENT, name))
        return;
    if (c && co_may_suspend())
        event_run(c, name, SCRIPT_TRUE);
    else
        spawn((struct running){ .dialog = d, .txn = t, .name = name, .status = status });
}

void dialog_route_run(struct dialog *d, struct str route)
{
    struct running r = { .dialog = d, .route = str_of(mem_strdup(MEM_DIALOG, route)) };

    if (has_route(generation_peek(), ROUTE_REQUEST, r.route.p)) {
        spawn(r);
        return;
    }
    log_warn(AREA, "there is no route[%s] for a dialog that expired", r.route.p);
    dialog_text_set(&r.route, STR_NONE);
}
