/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts do, told or led step by step; log levels and facilities of single modules; looks at
 * variables and messages. */
#include "modules/debugger/debugger.h"

/* Parameters. */

static bool split_pair(struct str text, struct str *module, struct str *value)
{
    *module = str_trim(str_split(&text, '='));
    *value = str_trim(text);
    return module->n && module->n < 32 && value->n;
}

static bool split_level(struct str text, struct str *module, int64_t *level)
{
    struct str value;

    return split_pair(text, module, &value) && str_to_i64(value, level) == ERR_OK && *level >= -5 &&
           *level <= 9;
}

static bool split_facility(struct str text, struct str *module, int *facility)
{
    struct str value;

    if (!split_pair(text, module, &value))
        return false;
    *facility = log_facility_named(value);
    return *facility >= 0;
}

static void check_form(struct load *l, struct debugger_conf *c)
{
    struct str area = str_trim(c->log_prefix);

    if (str_ends(area, STR(":")))
        area.n--;
    c->area = arena_dup(load_arena(l), area).p;
    c->form.facility = c->log_facility.n ? log_facility_named(c->log_facility) : -1;
    if (c->log_facility.n && c->form.facility < 0)
        load_fault(l, "log_facility", "expected a facility of syslog, such as LOG_LOCAL0");
    if (c->log_level_name.n)
        c->form.level_name = arena_dup(load_arena(l), c->log_level_name).p;
}

static err_t check(struct load *l, void *conf)
{
    struct debugger_conf *c = conf;
    struct str module;
    int64_t level;
    int facility;

    for (size_t i = 0; i < c->mod_level.n; i++)
        if (!split_level(c->mod_level.items[i], &module, &level))
            load_fault(l, "mod_level", "expected module=level, for example tm=3");
    for (size_t i = 0; i < c->mod_facility.n; i++)
        if (!split_facility(c->mod_facility.items[i], &module, &facility))
            load_fault(l, "mod_facility", "expected module=facility, for example tm=LOG_LOCAL0");
    check_form(l, c);
    return ERR_OK;
}

static const char *as_name(struct str module, char space[32])
{
    memcpy(space, module.p, module.n);
    space[module.n] = '\0';
    return space;
}

static void changed(const void *conf)
{
    const struct debugger_conf *c = conf;

    log_use_area_levels(c->mod_level_mode);
    log_use_area_facilities(c->mod_facility_mode);
}

static void adopt(const void *conf)
{
    const struct debugger_conf *c = conf;
    struct str module;
    int64_t level;
    int facility;
    char name[32];

    for (size_t i = 0; i < c->mod_level.n; i++)
        if (split_level(c->mod_level.items[i], &module, &level) &&
            log_set_area_level(as_name(module, name), (int)level))
            log_warn("debugger", "no level of its own for %s", name);
    for (size_t i = 0; i < c->mod_facility.n; i++)
        if (split_facility(c->mod_facility.items[i], &module, &facility) &&
            log_set_area_facility(as_name(module, name), facility))
            log_warn("debugger", "no facility of its own for %s", name);
    changed(conf);
    trace_adopt(c);
}

/* Functions. */

struct mode_args {
    bool mode;
};

static int dbg_breakpoint(struct call *c, const struct mode_args *a)
{
    if (a->mode)
        trace_anchor(c);
    return SCRIPT_TRUE;
}
EXPOSE(dbg_breakpoint, mode_args)
EXPOSE(dbg_pv_dump, dump_args)
EXPOSE(dbg_sip_msg, message_args)

#define POLLING "commands reach a call that waits at once; nothing is polled"
#define INT_PARAM(member, text, default_, why)                                                     \
    FIELD(debugger_conf, member, text, .def = default_, .inert = why)
static const struct field params[] = {
    FIELD(debugger_conf, mod_level_mode, "Whether modules may have log levels of their own.",
          .def = "0", .runtime = true),
    FIELD(debugger_conf, mod_level, "Log level of a module, module=level; may be given many times.",
          .optional = true),
    FIELD(debugger_conf, mod_hash_size, "Size of the table of levels and facilities.", .def = "0",
          .runtime = true, .literal = true, .inert = "up to 64 modules may have one"),
    FIELD(debugger_conf, cfgtrace, "Whether actions of scripts are told in the log from the start.",
          .def = "0"),
    FIELD_NAMED(debugger_conf, short_trace, "cfgtrace_format",
                "1: lines of the trace do without the file.", .def = "0"),
    FIELD(debugger_conf, breakpoint, "Whether scripts stop before each action from the start.",
          .def = "0"),
    FIELD(debugger_conf, log_level, "Level of the trace.", .def = "-1", .min = -5, .max = 9),
    FIELD(debugger_conf, log_assign, "Whether each value assigned is told, at level 3.",
          .def = "0"),
    INT_PARAM(step_usleep, "Microseconds between looks at what a stopped script is to do.",
              "100000", POLLING),
    INT_PARAM(step_loops, "How many such looks a command waits for.", "200", POLLING),
    INT_PARAM(cfgpkgcheck, "Whether memory is checked before each action.", "0",
              "builds with sanitizers check each access"),
    INT_PARAM(cfgtest, "Whether module cfgt follows scripts.", "0",
              "cfgt follows scripts by itself when it is loaded"),
    FIELD(debugger_conf, log_facility, "Facility of the trace in the system log.",
          .optional = true),
    FIELD(debugger_conf, log_prefix, "Before each line of the trace.", .def = "*** cfgtrace:"),
    FIELD(debugger_conf, log_level_name, "Stands for the name of the level in the trace.",
          .optional = true),
    FIELD(debugger_conf, mod_facility_mode, "Whether modules may have facilities of their own.",
          .def = "0", .runtime = true),
    FIELD(debugger_conf, mod_facility,
          "Facility of a module, module=LOG_LOCAL0; may be given many times.", .optional = true),
    FIELD(debugger_conf, reset_msgid, "Whether dbg.reset_msgid is allowed.", .def = "0"),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "1: stop here, where this was asked for; 0: do not."),
    { 0 },
};
static const struct field dump_args_fields[] = {
    FIELD(dump_args, mask,
          "Sum of what to tell: 1 those that are null, 2 AVPs, 4 script variables, 8 XAVPs, 16 the "
          "other variables that the configuration names.",
          .def = "31", .max = 31),
    FIELD(dump_args, level, "Log level.", .def = "L_DBG"),
    { 0 },
};
static const struct field message_args_fields[] = {
    FIELD(message_args, level, "Log level.", .def = "L_ERR"),
    FIELD(message_args, facility, "Facility of the system log.", .optional = true),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(dbg_breakpoint, mode_args,
         "Stops the script here in workers where anchors were asked for.", .suspends = true,
         .differs = "stops where `dbg.bp anchors` was said, else nowhere"),
    FUNC(dbg_pv_dump, dump_args, "Logs variables and their values as JSON."),
    FUNC(dbg_sip_msg, message_args,
         "Logs the message as it would leave now, and what the script has changed in it.",
         .routes = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_EVENT),
    { 0 },
};

const struct module module_debugger = {
    .abi = MODULE_ABI,
    .name = "debugger",
    .doc = "Follows scripts and leads them step by step; levels and facilities of single modules; "
           "looks at variables and messages.",
    .slot = &debugger_self.slot,
    .conf_size = sizeof(struct debugger_conf),
    .params = params,
    .funcs = funcs,
    .methods = debugger_methods,
    .check = check,
    .adopt = adopt,
    .changed = changed,
    .worker_start = trace_worker_start,
    .on_action = trace_action,
};
