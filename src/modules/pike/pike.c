/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells who sends too much. */
#include "base/clock.h"
#include "base/log.h"
#include "control/rpc.h"
#include "core/call.h"
#include "modules/pike/rate.h"
#include <stdatomic.h>

struct pike_conf {
    struct duration sampling_time_unit, remove_latency;
    int64_t reqs_density_per_unit, pike_log_level;
};

enum { FORGET_INTERVAL_MS = 1000 };

extern const struct module module_pike;

static struct {
    struct module_slot slot;
    struct rates *rates;
    struct timer timer; /* of the first worker */
    _Atomic(int64_t) blocked;
} self;

enum { BLOCKED_IPS };

static struct rate_limits limits_of(const struct pike_conf *c)
{
    return (struct rate_limits){ .unit_ms = c->sampling_time_unit.ms,
                                 .hits = c->reqs_density_per_unit,
                                 .forget_ms = c->remove_latency.ms };
}

static int check_addr(struct call *c, const struct addr *from)
{
    const struct pike_conf *conf = call_conf(c, &module_pike);
    struct rate_limits l = limits_of(conf);
    char text[64];
    struct buf b;

    switch (rates_hit(self.rates, from, &l, clock_ms())) {
    case RATE_COLD: return SCRIPT_TRUE;
    case RATE_HOT: return SCRIPT_FALSE;
    case RATE_NEW_HOT: break;
    }
    buf_fixed(&b, text, sizeof text);
    addr_print_ip(&b, from, false);
    log_at((enum log_level)conf->pike_log_level, "pike", "PIKE - BLOCKing ip " STR_FMT,
           STR_ARG(buf_str(&b)));
    return -2;
}

static int pike_check_req(struct call *c)
{
    return addr_is_set(&c->from.peer) ? check_addr(c, &c->from.peer) : SCRIPT_TRUE;
}
EXPOSE0(pike_check_req)

struct ip_args {
    struct str ip;
};

static int pike_check_ip(struct call *c, const struct ip_args *a)
{
    struct addr from;

    return addr_parse(a->ip, 0, &from) ? SCRIPT_TRUE : check_addr(c, &from);
}
EXPOSE(pike_check_ip, ip_args)

/* Counting who is blocked, for the statistic; and forgetting. */

static void count_hot(const struct rate_row *row, void *arg)
{
    *(int64_t *)arg += row->hot;
}

static void on_timer(struct timer *t)
{
    struct rate_limits l = limits_of(current_conf(&module_pike));
    int64_t hot = 0, now = clock_ms();

    rates_forget(self.rates, now);
    rates_each(self.rates, &l, now, count_hot, &hot);
    atomic_store(&self.blocked, hot);
    timer_set(t, FORGET_INTERVAL_MS, on_timer);
}

static int64_t blocked_ips(void)
{
    return atomic_load(&self.blocked);
}

static err_t start(const void *conf)
{
    (void)conf;
    self.rates = rates_new();
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    (void)conf;
    if (worker_index(worker_self()) == 0)
        timer_set(&self.timer, FORGET_INTERVAL_MS, on_timer);
    return ERR_OK;
}

static void worker_stop(void)
{
    if (worker_index(worker_self()) == 0)
        timer_cancel(&self.timer);
}

static void stop(void)
{
    rates_free(self.rates);
    self.rates = NULL;
}

/* Control methods. */

enum filter { HOT, ALL, WARM };
struct top_args {
    int filter;
};
struct listing {
    struct rpc_node *list;
    enum filter filter;
    int64_t n;
};

static void put_row(const struct rate_row *row, void *arg)
{
    struct listing *l = arg;
    struct rpc_node *s;

    if ((l->filter == HOT && !row->hot) || (l->filter == WARM && row->hot))
        return;
    s = rpc_struct(l->list);
    rpc_put_str(s, "ip_addr", row->ip);
    rpc_put_int(s, "leaf_hits_prev", row->before);
    rpc_put_int(s, "leaf_hits_curr", row->now);
    rpc_put_int(s, "expires", row->expires_s);
    rpc_put_str(s, "status", row->hot ? STR("HOT") : STR("WARM"));
    l->n++;
}

static err_t list(struct rpc *r, enum filter filter)
{
    const struct pike_conf *conf = current_conf(&module_pike);
    struct rate_limits limits = limits_of(conf);
    struct rpc_node *s = rpc_struct(rpc_root(r));
    struct listing l = { .filter = filter };

    rpc_put_int(s, "max_hits", conf->reqs_density_per_unit);
    l.list = rpc_put_array(s, "list");
    rates_each(self.rates, &limits, clock_ms(), put_row, &l);
    rpc_put_int(s, "number_of_rows", l.n);
    return ERR_OK;
}

static err_t rpc_top(struct rpc *r, const void *args)
{
    return list(r, (enum filter)((const struct top_args *)args)->filter);
}

static err_t rpc_list(struct rpc *r, const void *args)
{
    (void)args;
    return list(r, HOT);
}

static const struct field params[] = {
    FIELD(pike_conf, sampling_time_unit, "The unit of time in which requests are counted.",
          .def = "2", .unit_ms = 1000, .min = 1000, .max = 3600000),
    FIELD(pike_conf, reqs_density_per_unit,
          "More requests than that in a unit of time, or on average in two, are too many.",
          .def = "30", .min = 1, .max = 1000000),
    FIELD(pike_conf, remove_latency, "An address is forgotten after that long without a request.",
          .def = "120", .unit_ms = 1000, .min = 1000, .max = 86400000),
    FIELD(pike_conf, pike_log_level, "Level of the message when an address is blocked.", .def = "0",
          .min = -5, .max = 3),
    { 0 },
};
static const struct field ip_args_fields[] = {
    FIELD(ip_args, ip, "The IP address."),
    { 0 },
};
static const struct field top_args_fields[] = {
    FIELD(top_args, filter, "Which addresses.", .def = "HOT",
          .choices = (const char *const[]){ "HOT", "ALL", "WARM", NULL }),
    { 0 },
};
#define OUTCOMES                                                                                   \
    .returns = (const struct outcome[])                                                            \
    {                                                                                              \
        { 1, "it may go on" }, { -1, "it sends too much, as before" },                             \
            { -2, "it sends too much, from now on" },                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define ROUTES ROUTE_REQUEST | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_EVENT
static const struct func funcs[] = {
    FUNC0(pike_check_req, "Counts a message of its source address; false: it sends too much.",
          OUTCOMES, .routes = ROUTES),
    FUNC(pike_check_ip, ip_args, "Counts a hit of an address; false: it sends too much.", OUTCOMES,
         .routes = ROUTES),
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "pike.top",
      .run = rpc_top,
      .args = top_args_fields,
      .args_size = sizeof(struct top_args),
      .doc = "The addresses that are watched." },
    { .name = "pike.list", .run = rpc_list, .doc = "The addresses that send too much." },
    { 0 },
};
static const struct stat_decl stats[] = {
    [BLOCKED_IPS] = { "pike", "blocked_ips", "Addresses that send too much now.", true,
                      blocked_ips },
    { 0 },
};

const struct module module_pike = {
    .abi = MODULE_ABI,
    .name = "pike",
    .doc = "Tells which addresses send more requests than they should.",
    .slot = &self.slot,
    .conf_size = sizeof(struct pike_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .stats = stats,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .stop = stop,
};
