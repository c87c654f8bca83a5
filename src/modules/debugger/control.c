/* SPDX-License-Identifier: BSD-2-Clause */
/* dbg.*: tracing, breakpoints, levels and facilities from outside. */
#include "core/run.h"
#include "modules/debugger/debugger.h"
#include "rt/worker.h"

static err_t said_ok(struct rpc *r)
{
    rpc_str(rpc_root(r), STR("200 ok"));
    return ERR_OK;
}

/* ---- levels and facilities ---- */

struct level_args {
    struct str module;
    int64_t level;
};
static const struct field level_args_fields[] = {
    FIELD(level_args, module, "The module, or core."),
    FIELD(level_args, level, "The level, -5 to 3.", .min = -5, .max = 9),
    { 0 },
};
struct facility_args {
    struct str module, facility;
};
static const struct field facility_args_fields[] = {
    FIELD(facility_args, module, "The module, or core."),
    FIELD(facility_args, facility, "The facility, such as LOG_LOCAL0."),
    { 0 },
};
struct module_args {
    struct str module;
};
static const struct field module_args_fields[] = {
    FIELD(module_args, module, "The module, or core."),
    { 0 },
};

static err_t set_level(struct rpc *r, const void *args)
{
    const struct level_args *a = args;

    if (log_set_area_level(arena_dup(rpc_arena(r), a->module).p, (int)a->level))
        return rpc_fail(r, 500, "cannot store parameter");
    return said_ok(r);
}

static err_t get_level(struct rpc *r, const void *args)
{
    struct str module = ((const struct module_args *)args)->module;
    int level = log_get_area_level(arena_dup(rpc_arena(r), module).p);

    rpc_int(rpc_root(r), level == LOG_NONE_OWN ? (int)log_get_level() : level);
    return ERR_OK;
}

static err_t set_facility(struct rpc *r, const void *args)
{
    const struct facility_args *a = args;
    int facility = log_facility_named(a->facility);

    if (facility < 0)
        return rpc_fail(r, 500, "facility not found");
    if (log_set_area_facility(arena_dup(rpc_arena(r), a->module).p, facility))
        return rpc_fail(r, 500, "cannot store parameter");
    return said_ok(r);
}

static err_t get_facility(struct rpc *r, const void *args)
{
    struct str module = ((const struct module_args *)args)->module;
    int facility = log_get_area_facility(arena_dup(rpc_arena(r), module).p);
    const char *name = log_facility_name(facility < 0 ? log_get_facility() : facility);

    rpc_str(rpc_root(r), str_of(name ? name : "LOG_DAEMON"));
    return ERR_OK;
}

/* ---- scripts ---- */

struct command_args {
    struct str command;
    int64_t pid;
    struct str variable;
};
static const struct field trace_args_fields[] = {
    FIELD(command_args, command, "on or off.", .optional = true),
    FIELD(command_args, pid, "The worker, as core.ps tells it; missing: all.", .optional = true,
          .max = INT64_MAX),
    { 0 },
};
static const struct field bp_args_fields[] = {
    FIELD(command_args, command,
          "on, off: stop before each action or not. anchors: stop at dbg_breakpoint(1) only. "
          "release: no stops where no call waits. keep: only in this worker. show: where the call "
          "stands. next: run one action. move: go on without stops. eval, log: tell a variable.",
          .optional = true),
    FIELD(command_args, pid, "The worker, as core.ps tells it.", .optional = true,
          .max = INT64_MAX),
    FIELD(command_args, variable, "What eval and log tell.", .optional = true),
    { 0 },
};
static const struct field ls_args_fields[] = {
    FIELD(command_args, pid, "The worker, as core.ps tells it; missing: all.", .optional = true,
          .max = INT64_MAX),
    { 0 },
};

static err_t list(struct rpc *r, const void *args)
{
    const struct command_args *a = args;

    if (!seat_known(a->pid))
        return rpc_fail(r, 500, "No such pid");
    for (unsigned i = 0; i < seats_count(); i++) {
        struct seat_view v = seat_view(i);
        struct rpc_node *s;

        if (a->pid && v.tid != a->pid)
            continue;
        s = rpc_struct(rpc_root(r));
        rpc_put_int(s, "entry", i);
        rpc_put_int(s, "pid", v.tid);
        rpc_put_int(s, "set", v.watching);
        rpc_put_int(s, "state", v.waiting > 0);
        rpc_put_int(s, "in.pid", 0);
        rpc_put_int(s, "in.cmd", 0);
        rpc_put_int(s, "waiting", v.waiting);
    }
    return ERR_OK;
}

static err_t trace(struct rpc *r, const void *args)
{
    const struct command_args *a = args;
    bool on = str_ieq(a->command, STR("on"));

    if (!a->command.n)
        return rpc_fail(r, 500, "Config trace command missing");
    if (!on && !str_ieq(a->command, STR("off")))
        return rpc_fail(r, 500, "Unknown command: on or off");
    if (!seat_known(a->pid))
        return rpc_fail(r, 500, "No such pid");
    seats_set(a->pid, on ? WATCH_TRACE : 0, on ? 0 : WATCH_TRACE);
    return said_ok(r);
}

static const struct command {
    const char *name;
    enum { ON, OFF, ANCHORS, RELEASE, KEEP, TELL } what;
    enum seat_order order;
    bool needs_pid, needs_variable;
} commands[] = {
    { "on", ON, 0, false, false },
    { "off", OFF, 0, false, false },
    { "anchors", ANCHORS, 0, false, false },
    { "release", RELEASE, 0, false, false },
    { "keep", KEEP, 0, true, false },
    { "show", TELL, SEAT_SHOW, true, false },
    { "next", TELL, SEAT_NEXT, true, false },
    { "move", TELL, SEAT_MOVE, true, false },
    { "eval", TELL, SEAT_EVAL, true, true },
    { "log", TELL, SEAT_LOG, true, true },
};

static const struct command *command_named(struct str name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (str_ieq(str_of(commands[i].name), name))
            return &commands[i];
    return NULL;
}

static err_t tell_call(struct rpc *r, const struct command_args *a, const struct command *cmd)
{
    struct buf out;
    err_t e;

    buf_init(&out, MEM_CONTROL);
    e = seat_tell(a->pid, cmd->order, a->variable, &out);
    if (e == ERR_NOT_FOUND)
        e = rpc_fail(r, 500, "No call waits at a breakpoint there");
    else if (e == ERR_STATE)
        e = rpc_fail(r, 500, "Another command is at work on this call");
    else if (e)
        e = rpc_fail(r, 500, "Not a variable: " STR_FMT, STR_ARG(a->variable));
    else
        rpc_str(rpc_root(r), buf_str(&out));
    buf_free(&out);
    return e;
}

static err_t breakpoints(struct rpc *r, const void *args)
{
    const struct command_args *a = args;
    const struct command *cmd = command_named(a->command);

    if (!a->command.n)
        return rpc_fail(r, 500, "Config breakpoint command missing");
    if (!cmd)
        return rpc_fail(r, 500, "Unknown inner command");
    if (cmd->needs_pid && !a->pid)
        return rpc_fail(r, 500, "Missing pid parameter");
    if (!seat_known(a->pid))
        return rpc_fail(r, 500, "No such pid");
    if (cmd->needs_variable && !a->variable.n)
        return rpc_fail(r, 500, "Missing variable");
    switch (cmd->what) {
    case ON: seats_set(a->pid, WATCH_BREAK, 0); break;
    case OFF: seats_set(a->pid, 0, WATCH_BREAK | WATCH_ANCHORS); break;
    case ANCHORS: seats_set(a->pid, WATCH_ANCHORS, WATCH_BREAK); break;
    case RELEASE: seats_release(a->pid); break;
    case KEEP: seats_keep(a->pid); break;
    case TELL: return tell_call(r, a, cmd);
    }
    return said_ok(r);
}

static err_t count_anew(void *unused)
{
    (void)unused;
    runs_count_anew();
    return ERR_OK;
}

static err_t reset_msgid(struct rpc *r, const void *args)
{
    const struct debugger_conf *conf = current_conf(&module_debugger);
    err_t e;

    (void)args;
    if (!conf->reset_msgid)
        return rpc_fail(r, 500, "reset_msgid is 0. Set it to 1 to enable.");
    e = workers_each(count_anew, NULL);
    return e ? e : said_ok(r);
}

#define METHOD(label, fn, fields, type, what)                                                      \
    {                                                                                              \
        .name = (label), .run = (fn), .args = (fields), .args_size = sizeof(struct type),          \
        .doc = (what)                                                                              \
    }
const struct rpc_method debugger_methods[] = {
    METHOD("dbg.set_mod_level", set_level, level_args_fields, level_args,
           "Gives a module a log level of its own."),
    METHOD("dbg.get_mod_level", get_level, module_args_fields, module_args,
           "The log level of a module."),
    METHOD("dbg.set_mod_facility", set_facility, facility_args_fields, facility_args,
           "Gives a module a facility of the system log of its own."),
    METHOD("dbg.get_mod_facility", get_facility, module_args_fields, module_args,
           "The facility of a module."),
    METHOD("dbg.bp", breakpoints, bp_args_fields, command_args,
           "Stops scripts before their actions and leads them. Only the call that stops waits; "
           "commands for a worker go to the one that has waited there longest."),
    METHOD("dbg.ls", list, ls_args_fields, command_args,
           "Tracing (set 1), stops before each action (2) and at dbg_breakpoint(1) (4) in each "
           "worker, and how many calls wait."),
    METHOD("dbg.trace", trace, trace_args_fields, command_args,
           "Switches the trace of actions on or off."),
    { .name = "dbg.reset_msgid",
      .run = reset_msgid,
      .doc = "Counts messages ($mi) from 1 again, in every worker." },
    { 0 },
};
