/* SPDX-License-Identifier: BSD-2-Clause */
/* Route blocks that run at intervals. */
#include "base/clock.h"
#include "base/log.h"
#include "core/call.h"
#include "rt/worker.h"
#include "script/value.h"
#include <stdatomic.h>

struct timed_route {
    struct str timer;
    const char *route;
};
struct timer_def {
    struct str name;
    int64_t interval_ms;
    unsigned instances; /* how many run it, each at every interval */
};
struct rtimer_conf {
    int64_t default_interval;
    struct str_list timer, exec;
    struct timer_def *timers;
    size_t n_timers;
    struct timed_route *routes;
    size_t n_routes;
};

enum { INSTANCES_MAX = 64 };

extern const struct module module_rtimer;

/* One instance of one timer, of the worker that made it. */
struct ticker {
    struct timer timer;
    struct ticker *next;
    struct str name; /* own copy: the configuration may be replaced */
    unsigned instance;
    int64_t interval_ms;
    bool running; /* on its coroutine: frees itself when it was dropped meanwhile */
    bool dropped;
};

static struct {
    struct module_slot slot;
    unsigned run_slot; /* instance + 1 of the timer that runs this */
    struct ticker *tickers[WORKERS_MAX];
    _Atomic(bool) stopping;
} self;

/* Running. */

struct job {
    struct str timer;
    unsigned instance;
};

static void run_routes(struct call *c, void *arg)
{
    const struct job *job = arg;
    const struct rtimer_conf *conf = call_conf(c, &module_rtimer);

    c->route = ROUTE_REQUEST;
    c->module_data[self.run_slot] = (void *)(uintptr_t)(job->instance + 1);
    for (size_t i = 0; i < conf->n_routes; i++)
        if (str_eq(conf->routes[i].timer, job->timer))
            (void)call_upcalls.run_route(c, ROUTE_REQUEST, conf->routes[i].route);
}

static void ticker_free(struct ticker *t)
{
    timer_cancel(&t->timer);
    mem_free(MEM_MODULE, (void *)(uintptr_t)t->name.p);
    mem_free(MEM_MODULE, t);
}

static void on_time(struct timer *timer);

static void run(void *arg)
{
    struct ticker *t = arg;
    struct job job = { t->name, t->instance };
    int64_t begun = worker_now(), left;

    call_run_detached(NULL, NULL, run_routes, &job);
    t->running = false;
    if (t->dropped) {
        ticker_free(t);
        return;
    }
    left = begun + t->interval_ms - worker_now();
    timer_set(&t->timer, left > 0 ? left : 1, on_time);
}

/* The next time is set when this one is over: runs of one instance never overlap. */
static void on_time(struct timer *timer)
{
    struct ticker *t = (struct ticker *)(void *)timer;

    t->running = true;
    co_spawn(run, t);
}

/* Each worker has some of the instances. */

static void drop_tickers(unsigned worker)
{
    struct ticker *t = self.tickers[worker], *next;

    self.tickers[worker] = NULL;
    for (; t; t = next) {
        next = t->next;
        if (t->running)
            t->dropped = true;
        else
            ticker_free(t);
    }
}

static void make_tickers(unsigned worker, const struct rtimer_conf *conf)
{
    for (size_t i = 0; i < conf->n_timers; i++) {
        const struct timer_def *d = &conf->timers[i];

        for (unsigned k = 0; k < d->instances; k++) {
            struct ticker *t;

            if ((i + k) % workers_count() != worker)
                continue;
            t = mem_zalloc(MEM_MODULE, sizeof *t);
            t->name = mem_dup(MEM_MODULE, d->name);
            t->instance = k;
            t->interval_ms = d->interval_ms;
            t->next = self.tickers[worker];
            self.tickers[worker] = t;
            timer_set(&t->timer, d->interval_ms, on_time);
        }
    }
}

static void renew(void *unused)
{
    unsigned worker = worker_index(worker_self());

    (void)unused;
    if (atomic_load(&self.stopping))
        return;
    drop_tickers(worker);
    make_tickers(worker, current_conf(&module_rtimer));
}

/* A reload begins all intervals anew. Before the workers run, worker_start does this. */
static void adopt(const void *conf)
{
    (void)conf;
    for (unsigned i = 0; i < workers_count(); i++)
        if (self.tickers[i])
            worker_post(worker_at(i), renew, NULL);
}

static err_t start(const void *conf)
{
    (void)conf;
    self.run_slot = call_slot_new();
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    make_tickers(worker_index(worker_self()), conf);
    return ERR_OK;
}

static void worker_stop(void)
{
    atomic_store(&self.stopping, true);
    drop_tickers(worker_index(worker_self()));
}

static void stop(void)
{
    atomic_store(&self.stopping, false);
}

/* Reading the parameters. */

/* Calls for each "name=value" of a list. */
static err_t each_setting(struct str text,
                          err_t (*fn)(struct str name, struct str value, void *arg), void *arg)
{
    err_t e = ERR_OK;

    while (text.n && !e) {
        struct str value = str_trim(str_split(&text, ';')), name;

        if (value.n == 0)
            continue;
        name = str_trim(str_split(&value, '='));
        e = fn(name, str_trim(value), arg);
    }
    return e;
}

static err_t timer_setting(struct str name, struct str value, void *arg)
{
    struct timer_def *d = arg;
    bool micro = str_ends(value, STR("u"));
    int64_t n;

    if (str_ieq(name, STR("name"))) {
        d->name = value;
        return ERR_OK;
    }
    if (str_to_i64(micro ? str_cut(value, 0, value.n - 1) : value, &n) || n < 0)
        return ERR_SYNTAX;
    if (str_ieq(name, STR("mode")) && n <= INSTANCES_MAX) {
        d->instances = n > 0 ? (unsigned)n : 1;
        return ERR_OK;
    }
    if (!str_ieq(name, STR("interval")) || n == 0 || n > INT32_MAX)
        return ERR_SYNTAX;
    d->interval_ms = micro ? (n + 999) / 1000 : n * 1000;
    return ERR_OK;
}

struct exec_def {
    struct str timer, route;
};

static err_t exec_setting(struct str name, struct str value, void *arg)
{
    struct exec_def *d = arg;

    if (str_ieq(name, STR("timer")))
        d->timer = value;
    else if (str_ieq(name, STR("route")))
        d->route = value;
    else
        return ERR_SYNTAX;
    return ERR_OK;
}

static void read_timer(struct load *l, struct rtimer_conf *conf, struct str text)
{
    struct timer_def *d = &conf->timers[conf->n_timers];

    *d = (struct timer_def){ .interval_ms = conf->default_interval * 1000, .instances = 1 };
    if (each_setting(text, timer_setting, d) || d->name.n == 0)
        load_fault(l, "timer", "expected \"name=…;interval=seconds;mode=0…%d\"", INSTANCES_MAX);
    else
        conf->n_timers++;
}

static void read_exec(struct load *l, struct rtimer_conf *conf, struct str text)
{
    struct timed_route *r = &conf->routes[conf->n_routes];
    struct exec_def d = { 0 };
    const struct route_ref *ref;
    bool known = false;

    if (each_setting(text, exec_setting, &d) || d.timer.n == 0 || d.route.n == 0) {
        load_fault(l, "exec", "expected \"timer=…;route=…\"");
        return;
    }
    for (size_t i = 0; i < conf->n_timers; i++)
        known |= str_eq(conf->timers[i].name, d.timer);
    if (!known) {
        load_fault(l, "exec", "there is no timer \"" STR_FMT "\"", STR_ARG(d.timer));
        return;
    }
    r->timer = d.timer;
    r->route = arena_dup(load_arena(l), d.route).p;
    if (load_route(l, d.route, ROUTE_REQUEST, &ref) == ERR_OK)
        conf->n_routes++;
}

static err_t check(struct load *l, void *data)
{
    struct rtimer_conf *conf = data;

    conf->timers = ARENA_ARRAY(load_arena(l), struct timer_def, conf->timer.n + 1);
    conf->routes = ARENA_ARRAY(load_arena(l), struct timed_route, conf->exec.n + 1);
    for (size_t i = 0; i < conf->timer.n; i++)
        read_timer(l, conf, conf->timer.items[i]);
    for (size_t i = 0; i < conf->exec.n; i++)
        read_exec(l, conf, conf->exec.items[i]);
    return ERR_OK;
}

static err_t get_worker(struct call *c, const struct var_ref *at, struct value *out)
{
    uintptr_t instance = (uintptr_t)c->module_data[self.run_slot];

    (void)at;
    *out = VALUE_OF_INT(instance ? (int64_t)instance - 1 : 0);
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(rtimer_conf, default_interval, "Seconds of timers without an interval.", .def = "120",
          .min = 1, .max = INT32_MAX, .differs = "also for those that stand before it"),
    FIELD(rtimer_conf, timer,
          "Defines a timer: name=t;interval=10;mode=1. May be given many times. An interval of "
          "microseconds ends in u.",
          .optional = true, .differs = "microseconds are rounded up to a millisecond"),
    FIELD(rtimer_conf, exec, "What a timer runs: timer=t;route=NAME. May be given many times.",
          .optional = true),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "rtimer_worker",
      .get = get_worker,
      .doc = "Which of the instances (mode) of the timer runs this, from 0." },
    { 0 },
};

const struct module module_rtimer = {
    .abi = MODULE_ABI,
    .name = "rtimer",
    .doc = "Route blocks that run at intervals, on coroutines of the workers.",
    .slot = &self.slot,
    .conf_size = sizeof(struct rtimer_conf),
    .params = params,
    .vars = vars,
    .check = check,
    .start = start,
    .adopt = adopt,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .stop = stop,
};
