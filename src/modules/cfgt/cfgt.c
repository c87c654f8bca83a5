/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of what the configuration did with each message of a test scenario: the routes it went
 * through with the variables as they were, the message, and what was sent. The module debugger
 * switches it on (cfgtest).
 */
#include "control/json.h"
#include "control/rpc.h"
#include "core/call.h"
#include "core/send.h"
#include "modules/cfgt/report.h"
#include "modules/debugger/debugger.h"
#include "txn/txn.h"

enum { DEPTH_MAX = 64, MASK_ALL = 32, MASK_EACH = 31 };

struct cfgt_conf {
    struct str basedir, callid_prefix;
    int64_t mask;
    bool skip_unknown, route_log;
};
extern const struct module module_cfgt;

/* One message on its way through the script. */
struct report {
    struct str basedir, scenario, message;
    struct str stack[DEPTH_MAX]; /* the routes it is in */
    unsigned depth;
    struct buf flow, out; /* members of the lists, with a comma before each but the first */
};

static struct {
    struct module_slot slot;
    unsigned call_slot;
    atomic_int mask;
} self;

/* ---- whether a message is told of ---- */

static bool is_on(const struct call *c)
{
    const struct debugger_conf *debugger = generation_has_module(c->gen, "debugger")
                                               ? generation_conf(c->gen, &module_debugger)
                                               : NULL;

    return debugger && debugger->cfgtest && c->packet && c->msg;
}

/* The run is over. */
static void end_report(void *arg)
{
    struct report *r = arg;
    uint64_t number = scenario_next(r->scenario);
    struct buf b;

    buf_init(&b, MEM_MODULE);
    buf_addz(&b, "{\"flow\":[");
    buf_add(&b, buf_str(&r->flow));
    while (r->depth > 0) {
        struct str name = r->stack[--r->depth];

        buf_fmt(&b, ",{\"return|" STR_FMT "\":{}}", STR_ARG(name));
    }
    buf_addz(&b, "],\"sip_in\":[");
    json_write_str(&b, r->message);
    buf_addz(&b, "],\"sip_out\":[");
    buf_add(&b, buf_str(&r->out));
    buf_addz(&b, "]}\n");
    if (number)
        report_write(r->basedir, r->scenario, number, buf_str(&b));
    buf_free(&b);
    buf_free(&r->flow);
    buf_free(&r->out);
}

static struct report *report_of(struct call *c)
{
    const struct cfgt_conf *conf = call_conf(c, &module_cfgt);
    struct report *r = c->module_data[self.call_slot];
    struct str scenario;

    if (r || !is_on(c))
        return r;
    scenario = scenario_of(msg_call_id(c->msg), conf->callid_prefix, c->arena);
    if (!scenario.p && conf->skip_unknown)
        return NULL;
    r = ARENA_NEW(c->arena, struct report);
    r->scenario = scenario.p ? scenario : STR("unknown");
    r->basedir = arena_dup(c->arena, conf->basedir);
    r->message = arena_dup(c->arena, c->msg->raw);
    buf_init(&r->flow, MEM_MODULE);
    buf_init(&r->out, MEM_MODULE);
    c->module_data[self.call_slot] = r;
    arena_defer(c->arena, end_report, r);
    return r;
}

/* ---- the way through the routes ---- */

static void tell(struct call *c, struct report *r, const char *what, struct str name)
{
    const struct cfgt_conf *conf = call_conf(c, &module_cfgt);
    int mask = atomic_load(&self.mask);

    if (conf->route_log)
        log_info("cfgt", "%s|" STR_FMT, what, STR_ARG(name));
    buf_addz(&r->flow, r->flow.n ? ",{" : "{");
    json_write_str(&r->flow, arena_fmt(c->arena, "%s|" STR_FMT, what, STR_ARG(name)));
    buf_char(&r->flow, ':');
    debugger_dump(c, mask & MASK_ALL ? MASK_EACH : mask, &r->flow);
    buf_char(&r->flow, '}');
}

static struct str block_of(const struct script_action *a)
{
    if (a->block_name.n)
        return a->block_name;
    return strcmp(a->block_kind, "request_route") == 0 ? STR("DEFAULT_ROUTE")
                                                       : str_of(a->block_kind);
}

/* The block of an action is the one at hand, one that was returned to, or one that begins. */
static void follow(struct call *c, struct report *r, struct str block)
{
    unsigned at = r->depth;

    while (at > 0 && !str_eq(r->stack[at - 1], block))
        at--;
    if (at > 0) {
        while (r->depth > at)
            tell(c, r, "return", r->stack[--r->depth]);
        return;
    }
    if (r->depth == DEPTH_MAX)
        return;
    r->stack[r->depth++] = arena_dup(c->arena, block);
    tell(c, r, "start", block);
}

static void on_action(struct call *c, const struct script_action *a, bool done)
{
    struct report *r = done ? NULL : report_of(c);

    if (!r)
        return;
    follow(c, r, block_of(a));
    if (a->kind != ACTION_END || !r->depth ||
        (strcmp(a->name, "exit") != 0 && strcmp(a->name, "drop") != 0))
        return;
    tell(c, r, a->name, r->stack[--r->depth]);
    r->depth = 0; /* exit and drop leave all routes at once */
}

/* ---- what is sent ---- */

static void add_sent(struct call *c, struct str bytes)
{
    struct report *r = c ? c->module_data[self.call_slot] : NULL;

    if (!r || !bytes.n)
        return;
    buf_addz(&r->out, r->out.n ? "," : "");
    json_write_str(&r->out, bytes);
}

static void on_sent(const struct txn_note *note, void *arg)
{
    (void)arg;
    add_sent(note->call, note->bytes);
}

static void on_reply(struct call *c, const struct hop *to, struct str bytes)
{
    (void)to;
    add_sent(c, bytes);
}

/* ---- life ---- */

static err_t check(struct load *l, void *data)
{
    const struct cfgt_conf *conf = data;

    if (!conf->callid_prefix.n)
        load_fault(l, "callid_prefix", "expected a prefix whose last character is the mark");
    if (!conf->basedir.n)
        load_fault(l, "basedir", "expected a folder");
    (void)load_has_module(l, "debugger"); /* it is loaded later: asked for with each message */
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    reports_init();
    txn_watch_all(TXN_REQUEST_SENT, on_sent, NULL);
    send_watch_replies(on_reply);
    return ERR_OK;
}

static void adopt(const void *conf)
{
    atomic_store(&self.mask, (int)((const struct cfgt_conf *)conf)->mask);
}

/* ---- control ---- */

struct mask_args {
    int64_t mask;
};
struct clean_args {
    struct str report;
};

static err_t cfgt_mask(struct rpc *r, const void *args)
{
    (void)r;
    atomic_store(&self.mask, (int)((const struct mask_args *)args)->mask);
    return ERR_OK;
}

static void list_one(struct str scenario, uint64_t messages, void *arg)
{
    struct rpc_node *row = rpc_struct(arg);

    rpc_put_str(row, "uuid", scenario);
    rpc_put_int(row, "msgid", (int64_t)messages);
}

static err_t cfgt_list(struct rpc *r, const void *args)
{
    (void)args;
    scenarios_each(list_one, rpc_root(r));
    return ERR_OK;
}

static err_t cfgt_clean(struct rpc *r, const void *args)
{
    const struct clean_args *a = args;
    const struct cfgt_conf *conf = current_conf(&module_cfgt);

    if (!reports_clean(conf->basedir, a->report))
        return rpc_fail(r, 404, "No such report");
    return ERR_OK;
}

static const struct field mask_args_fields[] = {
    FIELD(mask_args, mask, "The new mask.", .min = 0, .max = 63),
    { 0 },
};
static const struct field clean_args_fields[] = {
    FIELD(clean_args, report, "A scenario, or all."),
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "cfgt.mask",
      .doc = "Which variables reports hold.",
      .run = cfgt_mask,
      .args = mask_args_fields,
      .args_size = sizeof(struct mask_args) },
    { .name = "cfgt.list",
      .doc = "The scenarios, each with the number of its messages.",
      .run = cfgt_list,
      .array = true },
    { .name = "cfgt.clean",
      .doc = "Removes the reports of a scenario, or all.",
      .run = cfgt_clean,
      .args = clean_args_fields,
      .args_size = sizeof(struct clean_args) },
    { 0 },
};
static const struct field params[] = {
    FIELD(cfgt_conf, basedir, "The folder of reports: basedir/scenario/number.json. It must exist.",
          .def = "/tmp"),
    FIELD(cfgt_conf, mask,
          "Which variables reports hold, added up: 1 those that are null, 2 AVPs, 4 $var, 8 XAVPs, "
          "16 the others; 32: all.",
          .def = "32", .min = 0, .max = 63),
    FIELD(cfgt_conf, callid_prefix,
          "What Call-IDs of scenarios begin with. Its last character is the mark behind the "
          "scenario's name, as in NGCP%name%rest.",
          .def = "NGCP%"),
    FIELD(cfgt_conf, skip_unknown, "Messages of no scenario get no report.", .def = "0"),
    FIELD(cfgt_conf, route_log, "Routes are logged too, as they begin and end.", .def = "0"),
    { 0 },
};

const struct module module_cfgt = {
    .abi = MODULE_ABI,
    .name = "cfgt",
    .doc = "Reports, as JSON, of what the configuration did with messages of test scenarios; "
           "debugger's parameter cfgtest switches them on.",
    .slot = &self.slot,
    .conf_size = sizeof(struct cfgt_conf),
    .params = params,
    .methods = methods,
    .check = check,
    .on_action = on_action,
    .start = start,
    .adopt = adopt,
    .stop = reports_end,
};
