/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * async: waiting, and going on elsewhere. async_sleep() just waits: that holds up nothing but its
 * own call here. async_route() and async_task_route() let the request's script end, so that a
 * CANCEL finds its transaction, and go on with a route as t_continue() does.
 */
#include "base/list.h"
#include "base/log.h"
#include "core/tkv.h"
#include "rt/worker.h"
#include "script/value.h"
#include "txn/txn.h"

enum { MS_MAX = 30000, SECONDS_MAX = 100 };

struct async_conf {
    int64_t workers, ms_timer, result, mode;
};
struct later_args {
    struct str route;
    int64_t time;
};
struct time_args {
    int64_t time;
};
struct route_args {
    struct str route;
};
struct group_args {
    struct str route, group;
};
struct data_args {
    struct str route, data;
};
struct tkv_args {
    int64_t type;
    struct str key, value;
};
struct group_data_args {
    struct str route, group, data;
};

extern const struct module module_async;

static struct {
    struct module_slot slot;
    struct link pending[WORKERS_MAX]; /* struct later, each on its worker */
    unsigned data_slot;
    bool started;
    _Atomic(unsigned) turn;
} self;

/* ---- requests that go on later ---- */

struct later {
    struct link link;
    struct timer timer;
    uint32_t index, label;
    struct str route;
    const char *event; /* where there is no such route */
};

static void later_free(struct later *l)
{
    list_remove(&l->link);
    mem_free(MEM_MODULE, (void *)(uintptr_t)l->route.p);
    mem_free(MEM_MODULE, l);
}

static void on_time(struct timer *t)
{
    struct later *l = LIST_OF(t, struct later, timer);

    if (txn_continue(l->index, l->label, l->route, l->event) != ERR_OK)
        log_debug("async", "a request was over before its time came");
    later_free(l);
}

static int go_on_later(struct call *c, struct str route, int64_t ms, const char *event)
{
    const struct async_conf *conf = call_conf(c, &module_async);
    uint32_t index, label;

    c->error = txn_suspend(c, &index, &label);
    if (c->error)
        return c->error == ERR_EXISTS ? SCRIPT_EXIT : SCRIPT_FALSE;
    struct later *l = mem_zalloc(MEM_MODULE, sizeof *l);
    l->index = index;
    l->label = label;
    l->route = mem_dup(MEM_MODULE, route);
    l->event = event;
    list_push(&self.pending[worker_index(worker_self())], &l->link);
    timer_set(&l->timer, ms, on_time);
    return (int)conf->result;
}

static const char timer_exec[] = "async:timer-exec", task_exec[] = "async:task-exec",
                  task_data[] = "async:task-data";

static int async_route(struct call *c, const struct later_args *a)
{
    return a->time < 0 || a->time > SECONDS_MAX
               ? SCRIPT_FALSE
               : go_on_later(c, a->route, a->time * 1000, timer_exec);
}
EXPOSE(async_route, later_args)

static int async_ms_route(struct call *c, const struct later_args *a)
{
    return a->time < 0 || a->time > MS_MAX ? SCRIPT_FALSE
                                           : go_on_later(c, a->route, a->time, timer_exec);
}
EXPOSE(async_ms_route, later_args)

static int async_task_route(struct call *c, const struct route_args *a)
{
    return go_on_later(c, a->route, 0, task_exec);
}
EXPOSE(async_task_route, route_args)

static int async_task_group_route(struct call *c, const struct group_args *a)
{
    return go_on_later(c, a->route, 0, task_exec);
}
EXPOSE(async_task_group_route, group_args)

static int wait_for(struct call *c, int64_t ms)
{
    c->error = co_sleep(ms);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static int async_sleep(struct call *c, const struct time_args *a)
{
    return a->time < 0 || a->time > SECONDS_MAX ? SCRIPT_FALSE : wait_for(c, a->time * 1000);
}
EXPOSE(async_sleep, time_args)

static int async_ms_sleep(struct call *c, const struct time_args *a)
{
    return a->time < 0 || a->time > MS_MAX ? SCRIPT_FALSE : wait_for(c, a->time);
}
EXPOSE(async_ms_sleep, time_args)

/* ---- data for a route without a request ---- */

struct task {
    struct generation *gen;
    struct str route, data;
};

static void run_task(struct call *c, void *arg)
{
    struct task *t = arg;

    c->module_data[self.data_slot] = &t->data;
    c->route = ROUTE_REQUEST;
    if (*t->route.p && call_upcalls.has_route(c->gen, ROUTE_REQUEST, t->route.p))
        call_upcalls.run_route(c, ROUTE_REQUEST, t->route.p);
    else if (event_run(c, task_data, -2) == -2)
        log_warn("async", "a task runs nowhere: there is no route[%s]", t->route.p);
}

static void begin_task(void *arg)
{
    struct task *t = arg;

    call_run_detached(t->gen, NULL, run_task, t);
    obj_drop(t->gen);
    mem_free(MEM_MODULE, (void *)(uintptr_t)t->route.p);
    mem_free(MEM_MODULE, (void *)(uintptr_t)t->data.p);
    mem_free(MEM_MODULE, t);
}

static void task_arrived(void *arg)
{
    co_spawn(begin_task, arg);
}

static int send_task(struct call *c, struct str route, struct str data)
{
    struct task *t = mem_zalloc(MEM_MODULE, sizeof *t);
    unsigned next = atomic_fetch_add_explicit(&self.turn, 1, memory_order_relaxed);

    t->gen = obj_hold(c->gen);
    t->route = (struct str){ mem_strdup(MEM_MODULE, route), route.n };
    t->data = mem_dup(MEM_MODULE, data);
    worker_post(worker_at(next % workers_count()), task_arrived, t);
    return SCRIPT_TRUE;
}

static int async_task_data(struct call *c, const struct data_args *a)
{
    return send_task(c, a->route, a->data);
}
EXPOSE(async_task_data, data_args)

static int async_task_group_data(struct call *c, const struct group_data_args *a)
{
    return send_task(c, a->route, a->data);
}
EXPOSE(async_task_group_data, group_data_args)

static int async_tkv_emit(struct call *c, const struct tkv_args *a)
{
    return tkv_emit(c->gen, a->type, a->key, a->value) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(async_tkv_emit, tkv_args)

static err_t get_async(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct str *data = c->module_data[self.data_slot];

    *out = VALUE_NONE;
    if (data && str_eq(var_key(c, at), STR("data")))
        *out = VALUE_OF_STR(arena_dup(c->arena, *data));
    return ERR_OK;
}

/* ---- tables ---- */

static err_t check_route(struct load *l, void *args)
{
    struct str name = *(struct str *)args; /* the first member of all these */
    const struct route_ref *found;

    return name.n ? load_route(l, name, ROUTE_REQUEST, &found) : ERR_OK;
}

static const struct field later_args_fields[] = {
    FIELD(later_args, route, "Route to go on with."),
    FIELD(later_args, time, "How long to wait."),
    { 0 },
};
static const struct field time_args_fields[] = {
    FIELD(time_args, time, "How long to wait."),
    { 0 },
};
static const struct field route_args_fields[] = {
    FIELD(route_args, route, "Route to go on with."),
    { 0 },
};
static const struct field group_args_fields[] = {
    FIELD(group_args, route, "Route to go on with."),
    FIELD(group_args, group, "Accepted without effect."),
    { 0 },
};
static const struct field data_args_fields[] = {
    FIELD(data_args, route, "Route to run."),
    FIELD(data_args, data, "What it sees as $async(data)."),
    { 0 },
};
static const struct field group_data_args_fields[] = {
    FIELD(group_data_args, route, "Route to run."),
    FIELD(group_data_args, group, "Accepted without effect."),
    FIELD(group_data_args, data, "What it sees as $async(data)."),
    { 0 },
};

static const struct field tkv_args_fields[] = {
    FIELD(tkv_args, type, "A number, seen as $atkv(type)."),
    FIELD(tkv_args, key, "Seen as $atkv(key)."),
    FIELD(tkv_args, value, "Seen as $atkv(val)."),
    { 0 },
};

#define GOES_ON ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT
static const struct func funcs[] = {
    FUNC(async_route, later_args, "Goes on with a route after some seconds.", .routes = GOES_ON,
         .suspends = true, .prepare = check_route),
    FUNC(async_ms_route, later_args, "Goes on with a route after some milliseconds.",
         .routes = GOES_ON, .suspends = true, .prepare = check_route),
    FUNC(async_sleep, time_args, "Waits some seconds.", .routes = GOES_ON, .suspends = true),
    FUNC(async_ms_sleep, time_args, "Waits some milliseconds.", .routes = GOES_ON,
         .suspends = true),
    FUNC(async_task_route, route_args, "Goes on with a route.", .routes = GOES_ON, .suspends = true,
         .prepare = check_route),
    FUNC(async_task_group_route, group_args, "Goes on with a route.", .routes = GOES_ON,
         .suspends = true, .prepare = check_route),
    FUNC(async_task_data, data_args, "Has some worker run a route over data.",
         .prepare = check_route),
    FUNC(async_task_group_data, group_data_args, "Has some worker run a route over data.",
         .prepare = check_route),
    FUNC(async_tkv_emit, tkv_args, "Has some worker run event_route[core:tkv] over three values.",
         .returns = (const struct outcome[]){ { 1, "it is on its way" },
                                              { -1, "there is no such event route" },
                                              { 0 } }),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "async",
      .doc = "In a route run by async_task_data(): $async(data).",
      .get = get_async,
      .key = true },
    { 0 },
};

static const struct field params[] = {
    FIELD(async_conf, workers, "Accepted without effect.", .def = "1",
          .inert = "any worker can wait for any number of things"),
    FIELD(async_conf, ms_timer, "Accepted without effect.", .def = "0",
          .inert = "milliseconds are always counted"),
    FIELD_NAMED(async_conf, result, "return",
                "What functions return that let a request go on later; 0 ends the script.",
                .def = "0"),
    FIELD(async_conf, mode, "Accepted without effect.", .def = "0",
          .inert = "there is one way to wait"),
    { 0 },
};

static err_t start(const void *conf)
{
    (void)conf;
    if (!self.started)
        self.data_slot = call_slot_new();
    self.started = true;
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    (void)conf;
    list_init(&self.pending[worker_index(worker_self())]);
    return ERR_OK;
}

static void worker_stop(void)
{
    struct link *pending = &self.pending[worker_index(worker_self())];

    LIST_EACH(pending, struct later, l, link)
    {
        timer_cancel(&l->timer);
        later_free(l);
    }
}

static const struct event events[] = {
    { timer_exec, "A request goes on after async_route(), but the route named there is missing." },
    { task_exec, "The same after async_task_route()." },
    { task_data, "The same for async_task_data()." },
    { 0 },
};

const struct module module_async = {
    .abi = MODULE_ABI,
    .name = "async",
    .doc = "Waiting, and going on elsewhere.",
    .needs = (const char *const[]){ "tm", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct async_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .events = events,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
};
