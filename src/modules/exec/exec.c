/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the shell for scripts. A command suspends its message, and no other. */
#include "base/log.h"
#include "core/call.h"
#include "modules/exec/command.h"
#include "modules/exec/environment.h"
#include "script/value.h"
#include <stdio.h>

struct exec_conf {
    struct duration time_to_kill;
    bool setvars, bash_safety;
};

enum { VARS_MAX = 64 };

extern const struct module module_exec;

static struct {
    struct module_slot slot;
} self;

struct command_args {
    struct str command;
};
struct avp_args {
    struct str command, list;
    const struct var_ref *const *vars;
    size_t n_vars;
};

/* Suspends. Logs what went wrong; false: there is no result. */
static bool run(struct call *c, struct command *cmd, bool environment)
{
    const struct exec_conf *conf = call_conf(c, &module_exec);
    err_t e;

    cmd->time_ms = conf->time_to_kill.ms;
    if (environment && conf->setvars)
        cmd->env = environment_of(c, conf->bash_safety);
    e = command_run(cmd);
    if (e == ERR_TIMEOUT)
        log_error("exec", "the command took too long and was killed: " STR_FMT, STR_ARG(cmd->line));
    else if (e)
        log_error("exec", "the command could not be run (%s): " STR_FMT, err_name(e),
                  STR_ARG(cmd->line));
    return e == ERR_OK;
}

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int exec_cmd(struct call *c, const struct command_args *a)
{
    struct command cmd = { .line = a->command };

    return truth(run(c, &cmd, false) && command_succeeded(&cmd));
}
EXPOSE(exec_cmd, command_args)

/* A command that does not want the message may not have it. */
static int exec_msg(struct call *c, const struct command_args *a)
{
    struct command cmd = { .line = a->command, .input = c->msg->raw };

    return truth(run(c, &cmd, true) && command_succeeded(&cmd));
}
EXPOSE(exec_msg, command_args)

/* The next line that is not empty. */
static bool next_line(struct str *text, struct str *line)
{
    while (text->n) {
        *line = str_trim(str_split(text, '\n'));
        if (line->n)
            return true;
    }
    return false;
}

static struct value line_value(struct call *c, struct str line)
{
    return VALUE_OF_STR(arena_dup(c->arena, line));
}

static bool put_line(struct call *c, const struct avp_args *a, size_t i, struct str line)
{
    struct value v = line_value(c, line);
    char name[24];

    if (a->list.n)
        return i < a->n_vars && var_set(c, a->vars[i], &v) == ERR_OK;
    snprintf(name, sizeof name, "%zu", i + 1);
    avp_push(c->vars, AVP_PLAIN, str_of(name), &v);
    return true;
}

static int exec_avp(struct call *c, const struct avp_args *a)
{
    struct command cmd = { .line = a->command };
    struct str rest, line;
    struct buf output;
    bool ran;
    size_t i = 0;

    buf_init(&output, MEM_MODULE);
    cmd.output = &output;
    ran = run(c, &cmd, true);
    rest = buf_str(&output);
    while (ran && next_line(&rest, &line) && put_line(c, a, i, line))
        i++;
    buf_free(&output);
    return truth(ran && command_succeeded(&cmd));
}
EXPOSE(exec_avp, avp_args)

/* The first URI becomes the request's, the others new branches. */
static int take_uris(struct call *c, struct str text)
{
    struct str line;
    bool first = true;

    while (next_line(&text, &line)) {
        struct target t = { .uri = line, .q = -1 };
        err_t e = first ? call_set_uri(c, line) : call_add_target(c, &t);

        if (e) {
            log_error("exec", "\"" STR_FMT "\" is no target: %s", STR_ARG(line), err_text(e));
            return SCRIPT_FALSE;
        }
        first = false;
    }
    return SCRIPT_TRUE;
}

/* The current Request-URI stands behind the command, as its last argument. */
static int exec_dset(struct call *c, const struct command_args *a)
{
    struct command cmd = { 0 };
    struct str uri = call_uri_text(c);
    struct buf output;
    int result = SCRIPT_FALSE;

    if (str_find(uri, '\'') < uri.n) {
        log_error("exec", "a URI with a quotation mark is given to no command");
        return SCRIPT_FALSE;
    }
    cmd.line = arena_fmt(c->arena, STR_FMT " '" STR_FMT "'", STR_ARG(a->command), STR_ARG(uri));
    buf_init(&output, MEM_MODULE);
    cmd.output = &output;
    if (run(c, &cmd, true) && command_succeeded(&cmd) && output.n)
        result = take_uris(c, buf_str(&output));
    buf_free(&output);
    return result;
}
EXPOSE(exec_dset, command_args)

/* "$avp(a);$var(b)" */
static err_t prepare_avp(struct load *l, void *args)
{
    struct avp_args *a = args;
    const struct var_ref **vars;
    struct str rest = a->list;
    err_t e = ERR_OK;

    if (!rest.n)
        return ERR_OK;
    vars = ARENA_ARRAY(load_arena(l), const struct var_ref *, VARS_MAX);
    while (rest.n && !e) {
        size_t end = 0;
        struct str piece;

        while (end < rest.n && rest.p[end] != ';' && rest.p[end] != ',')
            end++;
        piece = str_trim(str_cut(rest, 0, end));
        rest = str_skip(rest, end + 1);
        if (piece.n == 0)
            continue;
        if (a->n_vars == VARS_MAX) {
            load_fault(l, "list", "expected at most %d variables", VARS_MAX);
            return ERR_LIMIT;
        }
        e = load_var(l, piece, &vars[a->n_vars]);
        if (!e && !var_is_writable(vars[a->n_vars++])) {
            load_fault(l, "list", "expected variables that can be set");
            e = ERR_TYPE;
        }
    }
    a->vars = vars;
    return e;
}

static const struct field params[] = {
    FIELD(exec_conf, time_to_kill, "A command that takes longer is killed; 0: never.", .def = "0",
          .unit_ms = 1000, .min = 0, .max = 86400000),
    FIELD(exec_conf, setvars, "Commands find the message in their environment.", .def = "1"),
    FIELD(exec_conf, bash_safety,
          "A value in the environment that an old bash would take for a function, one that begins "
          "with \"() {\", gets a blank before it.",
          .def = "1"),
    { 0 },
};
#define COMMAND                                                                                    \
    "The command, as the shell takes it. What came with a message can hold anything: quote it."
static const struct field command_args_fields[] = {
    FIELD(command_args, command, COMMAND),
    { 0 },
};
static const struct field avp_args_fields[] = {
    FIELD(avp_args, command, COMMAND),
    FIELD(avp_args, list, "Variables for the lines: \"$avp(a);$avp(b)\"; else $avp(1), $avp(2) ….",
          .def = "", .literal = true),
    { 0 },
};
static const struct outcome outcomes[] = {
    { 1, "it ended with status 0" },
    { -1, "it failed, was killed, or could not be run" },
    { 0 },
};
#define SUSPENDS .suspends = true, .returns = outcomes
static const struct func funcs[] = {
    FUNC(exec_cmd, command_args, "Runs a command.", SUSPENDS),
    FUNC(exec_msg, command_args, "Runs a command that gets the message as its input.", SUSPENDS,
         .routes = ROUTE_REQUEST | ROUTE_FAILURE,
         .differs = "a command that does not read the message is no failure"),
    FUNC(exec_avp, avp_args, "Runs a command; each line of its output goes into a variable.",
         SUSPENDS, .routes = ROUTE_REQUEST | ROUTE_FAILURE, .prepare = prepare_avp),
    FUNC(exec_dset, command_args,
         "Runs a command with the Request-URI as its last argument; each line of its output is a "
         "target.",
         SUSPENDS, .routes = ROUTE_REQUEST | ROUTE_FAILURE,
         .differs = "the URI stands in quotation marks, so that the shell does not read it; output "
                    "of empty lines only changes nothing"),
    { 0 },
};

const struct module module_exec = {
    .abi = MODULE_ABI,
    .name = "exec",
    .doc = "Commands of the shell.",
    .slot = &self.slot,
    .conf_size = sizeof(struct exec_conf),
    .params = params,
    .funcs = funcs,
};
