/* SPDX-License-Identifier: BSD-2-Clause */
/* Log levels of single modules, and looks at variables and messages from scripts. */
#include "base/log.h"
#include "control/json.h"
#include "control/rpc.h"
#include "core/call.h"
#include "script/value.h"
#include "sip/edit.h"

struct debugger_conf {
    int64_t cfgtrace, cfgtrace_format, breakpoint, log_level, log_assign, step_usleep, step_loops;
    int64_t mod_hash_size, mod_level_mode, mod_facility_mode, cfgpkgcheck, cfgtest;
    bool reset_msgid;
    struct str log_facility, log_prefix, log_level_name;
    struct str_list mod_level, mod_facility;
};

extern const struct module module_debugger;

static struct {
    struct module_slot slot;
} self;

/* Log levels of modules, "tm=3". */

static bool split_level(struct str text, struct str *module, int64_t *level)
{
    *module = str_trim(str_split(&text, '='));
    return module->n && str_to_i64(str_trim(text), level) == ERR_OK && *level >= -5 && *level <= 9;
}

static err_t check(struct load *l, void *conf)
{
    const struct debugger_conf *c = conf;
    struct str module;
    int64_t level;

    for (size_t i = 0; i < c->mod_level.n; i++)
        if (!split_level(c->mod_level.items[i], &module, &level))
            load_fault(l, "mod_level", "expected module=level, for example tm=3");
    return ERR_OK;
}

static err_t set_level(struct str module, int64_t level)
{
    char name[64];

    if (module.n >= sizeof name)
        return ERR_LIMIT;
    memcpy(name, module.p, module.n);
    name[module.n] = '\0';
    return log_set_area_level(name, (int)level);
}

static void adopt(const void *conf)
{
    const struct debugger_conf *c = conf;
    struct str module;
    int64_t level;

    for (size_t i = 0; c->mod_level_mode && i < c->mod_level.n; i++)
        if (split_level(c->mod_level.items[i], &module, &level) && set_level(module, level))
            log_warn("debugger", "no level of its own for " STR_FMT, STR_ARG(module));
}

/* Functions. */

static enum log_level level_named(struct str text)
{
    static const struct {
        struct str name;
        enum log_level level;
    } names[] = {
        { STR_INIT("L_ALERT"), LOG_ALERT },   { STR_INIT("L_BUG"), LOG_BUG },
        { STR_INIT("L_CRIT"), LOG_CRITICAL }, { STR_INIT("L_ERR"), LOG_ERROR },
        { STR_INIT("L_WARN"), LOG_WARN },     { STR_INIT("L_NOTICE"), LOG_NOTICE },
        { STR_INIT("L_INFO"), LOG_INFO },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(text, names[i].name))
            return names[i].level;
    return LOG_DEBUG;
}

struct mode_args {
    int64_t mode;
};

static int dbg_breakpoint(struct call *c, const struct mode_args *a)
{
    (void)c;
    (void)a;
    return SCRIPT_TRUE;
}
EXPOSE(dbg_breakpoint, mode_args)

struct dump_args {
    int64_t mask;
    struct str level;
};
enum { DUMP_AVP = 2, DUMP_XAVP = 8 };

/* An object being written. */
struct object {
    struct buf b;
    bool some;
};

static void add_key(struct object *o, const char *kind, struct str name)
{
    char text[200];
    struct buf key;

    buf_addz(&o->b, o->some ? "," : "");
    o->some = true;
    buf_fixed(&key, text, sizeof text);
    buf_fmt(&key, "$%s(" STR_FMT ")", kind, STR_ARG(name));
    json_write_str(&o->b, buf_str(&key));
    buf_char(&o->b, ':');
}

static void add_value(struct object *o, const struct value *v)
{
    if (v->type == VALUE_STR)
        json_write_str(&o->b, v->s);
    else if (v->type == VALUE_INT)
        buf_int(&o->b, v->i);
    else
        buf_addz(&o->b, "null");
}

static void add_avp(enum avp_class class, struct str name, const struct value *v, void *arg)
{
    (void)class;
    add_key(arg, "avp", name);
    add_value(arg, v);
}

static int dbg_pv_dump(struct call *c, const struct dump_args *a)
{
    enum log_level level = level_named(a->level);
    struct object o = { .some = false };

    if (!log_on(level))
        return SCRIPT_TRUE;
    buf_init(&o.b, MEM_MESSAGE);
    buf_char(&o.b, '{');
    if (a->mask & DUMP_AVP)
        avp_each(c->vars, add_avp, &o);
    buf_char(&o.b, '}');
    log_write(level, "debugger", STR_FMT, STR_ARG(buf_str(&o.b)));
    buf_free(&o.b);
    return SCRIPT_TRUE;
}
EXPOSE(dbg_pv_dump, dump_args)

struct message_args {
    struct str level, facility;
};

static int dbg_sip_msg(struct call *c, const struct message_args *a)
{
    enum log_level level = level_named(a->level.n ? a->level : STR("L_ERR"));
    struct buf b;

    if (!log_on(level) || !c->msg)
        return SCRIPT_TRUE;
    buf_init(&b, MEM_MESSAGE);
    edit_apply(&c->edits, c->msg, true, &b);
    log_write(level, "debugger", "the message as it would leave now: " STR_FMT,
              STR_ARG(buf_str(&b)));
    buf_free(&b);
    return SCRIPT_TRUE;
}
EXPOSE(dbg_sip_msg, message_args)

/* Control methods. */

struct level_args {
    struct str module;
    int64_t level;
};
static const struct field level_args_fields[] = {
    FIELD(level_args, module, "The module, or core."),
    FIELD(level_args, level, "The level, -5 to 3.", .min = -5, .max = 9),
    { 0 },
};
struct module_args {
    struct str module;
};
static const struct field module_args_fields[] = {
    FIELD(module_args, module, "The module, or core."),
    { 0 },
};

static err_t rpc_set_level(struct rpc *r, const void *args)
{
    const struct level_args *a = args;

    if (set_level(a->module, a->level))
        return rpc_fail(r, 500,
                        "cannot store parameter: too many modules have a level of their own");
    rpc_str(rpc_root(r), STR("200 ok"));
    return ERR_OK;
}

static err_t rpc_get_level(struct rpc *r, const void *args)
{
    struct str module = ((const struct module_args *)args)->module;
    int level = log_get_area_level(arena_dup(rpc_arena(r), module).p);

    rpc_int(rpc_root(r), level == LOG_NONE_OWN ? (int)log_get_level() : level);
    return ERR_OK;
}

static err_t rpc_no_facility(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501, "all messages go to the facility of the server (log_facility)");
}

static err_t rpc_facility(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), STR("LOG_DAEMON"));
    return ERR_OK;
}

static err_t rpc_no_steps(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501,
                    "scripts cannot be stopped at breakpoints or traced by action: a worker "
                    "never waits");
}

static err_t rpc_no_reset(struct rpc *r, const void *args)
{
    const struct debugger_conf *conf = current_conf(&module_debugger);

    (void)args;
    if (!conf->reset_msgid)
        return rpc_fail(r, 500, "reset_msgid is 0. Set it to 1 to enable.");
    return rpc_fail(r, 501, "the numbers of messages belong to the workers and are not reset");
}

#define STEPS    "scripts are not stopped or traced by action"
#define FACILITY "all messages go to the facility of the server"
#define INT_PARAM(member, text, default_, why)                                                     \
    FIELD(debugger_conf, member, text, .def = default_, .inert = why)
static const struct field params[] = {
    FIELD(debugger_conf, mod_level_mode, "Whether modules may have log levels of their own.",
          .def = "0", .runtime = true),
    FIELD(debugger_conf, mod_level, "Log level of a module, module=level; may be given many times.",
          .optional = true),
    INT_PARAM(mod_hash_size, "Size of the table of levels.", "0", "64 modules may have a level"),
    INT_PARAM(cfgtrace, "Whether actions are traced.", "0", STEPS),
    INT_PARAM(cfgtrace_format, "Form of the trace.", "0", STEPS),
    INT_PARAM(breakpoint, "Whether each line is a breakpoint.", "0", STEPS),
    INT_PARAM(log_level, "Level of trace messages.", "-1", STEPS),
    INT_PARAM(log_assign, "Whether assignments are traced.", "0", STEPS),
    INT_PARAM(step_usleep, "Wait at a breakpoint.", "100000", STEPS),
    INT_PARAM(step_loops, "Waits for a worker.", "200", STEPS),
    INT_PARAM(cfgpkgcheck, "Whether memory is checked before each action.", "0",
              "that is the business of sanitizers"),
    INT_PARAM(cfgtest, "Whether the cfgt module is used.", "0", "there is no such module"),
    FIELD(debugger_conf, log_facility, "Facility of trace messages.", .optional = true,
          .inert = STEPS),
    FIELD(debugger_conf, log_prefix, "Before trace messages.",
          .def = "*** cfgtrace:", .inert = STEPS),
    FIELD(debugger_conf, log_level_name, "Name of the level of trace messages.", .optional = true,
          .inert = STEPS),
    FIELD(debugger_conf, mod_facility_mode, "Whether modules may have facilities of their own.",
          .def = "0", .runtime = true, .inert = FACILITY),
    FIELD(debugger_conf, mod_facility, "Facility of a module.", .optional = true,
          .inert = FACILITY),
    FIELD(debugger_conf, reset_msgid, "Whether dbg.reset_msgid is allowed.", .def = "0"),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "1 or 0."),
    { 0 },
};
static const struct field dump_args_fields[] = {
    FIELD(dump_args, mask, "Sum of what to tell: 2 AVPs.", .def = "31"),
    FIELD(dump_args, level, "Log level.", .def = "L_DBG"),
    { 0 },
};
static const struct field message_args_fields[] = {
    FIELD(message_args, level, "Log level.", .def = "L_ERR"),
    FIELD(message_args, facility, "Facility; ignored.", .optional = true),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(dbg_breakpoint, mode_args, "Marks a breakpoint; accepted without effect.",
         .differs = STEPS),
    FUNC(dbg_pv_dump, dump_args, "Logs the AVPs of the message as JSON.",
         .differs = "only AVPs are told"),
    FUNC(dbg_sip_msg, message_args, "Logs the message as it would leave now.",
         .routes = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_EVENT),
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "dbg.set_mod_level",
      .run = rpc_set_level,
      .args = level_args_fields,
      .args_size = sizeof(struct level_args),
      .doc = "Gives a module a log level of its own." },
    { .name = "dbg.get_mod_level",
      .run = rpc_get_level,
      .args = module_args_fields,
      .args_size = sizeof(struct module_args),
      .doc = "The log level of a module." },
    { .name = "dbg.set_mod_facility", .run = rpc_no_facility, .doc = "Not offered." },
    { .name = "dbg.get_mod_facility",
      .run = rpc_facility,
      .args = module_args_fields,
      .args_size = sizeof(struct module_args),
      .doc = "The facility of a module." },
    { .name = "dbg.bp", .run = rpc_no_steps, .doc = "Not offered." },
    { .name = "dbg.ls", .run = rpc_no_steps, .doc = "Not offered." },
    { .name = "dbg.trace", .run = rpc_no_steps, .doc = "Not offered." },
    { .name = "dbg.reset_msgid", .run = rpc_no_reset, .doc = "Not offered." },
    { 0 },
};

const struct module module_debugger = {
    .abi = MODULE_ABI,
    .name = "debugger",
    .doc = "Log levels of single modules, and looks at variables and messages.",
    .slot = &self.slot,
    .conf_size = sizeof(struct debugger_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .check = check,
    .adopt = adopt,
};
