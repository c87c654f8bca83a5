/* SPDX-License-Identifier: BSD-2-Clause */
/* tandem: a programmable SIP server. */
#include "control/control.h"
#include "lsp/lsp.h"
#include "module/registry.h"
#include "server/command.h"
#include "server/format.h"
#include "server/life.h"
#include "server/load.h"
#include "server/supervisor.h"
#include "server/wiring.h"
#include <stdio.h>

static int describe(const struct options *o)
{
    struct buf out;
    err_t e = ERR_OK;

    buf_init(&out, MEM_CONTROL);
    control_begin();
    wiring_describe();
    registry_open_all(o->load.module_path, &out);
    if (out.n)
        fwrite(out.p, 1, out.n, stderr);
    buf_clear(&out);
    if (strcmp(o->describe, "manual") == 0)
        e = describe_manual(o->describe_arg, &out);
    else if (strcmp(o->describe, "json") == 0)
        describe_json(&out);
    else
        describe_modules(&out);
    fwrite(out.p, 1, out.n, e ? stderr : stdout);
    buf_free(&out);
    return e != ERR_OK;
}

static int check(const struct options *o)
{
    struct candidate k;
    struct buf report;
    err_t e;

    buf_init(&report, MEM_CONFIG);
    wiring_register();
    e = candidate_build(&o->load, &k, &report);
    fwrite(report.p, 1, report.n, stderr);
    buf_free(&report);
    if (!e && o->action == ACTION_DUMP) {
        buf_init(&report, MEM_CONFIG);
        program_dump(k.generation, &report);
        fwrite(report.p, 1, report.n, stdout);
        buf_free(&report);
    } else if (!e) {
        printf(STR_FMT ": no faults\n", STR_ARG(o->load.file));
    }
    if (!e)
        obj_drop(k.generation);
    return e != ERR_OK;
}

/* `tandem test …`: -1 when the first argument is no command. */
static int run_command(int argc, char **argv)
{
    for (const struct command *c = server_commands; argc > 1 && c->name; c++)
        if (strcmp(argv[1], c->name) == 0)
            return c->run(argc - 1, argv + 1);
    return -1;
}

static int serve_editor(const struct options *o)
{
    struct buf why;

    wiring_register();
    buf_init(&why, MEM_CONTROL);
    registry_open_all(o->load.module_path, &why);
    buf_free(&why);
    return lsp_run(&o->load);
}

int main(int argc, char **argv)
{
    static struct options options;
    int code = run_command(argc, argv);

    if (code >= 0)
        return code;
    if (argc > 1 && strcmp(argv[1], "--format") == 0)
        return format_main(argc - 1, argv + 1);
    if (!options_read(argc, argv, &options))
        return 2;
    if (options.action == ACTION_DONE)
        return 0;
    registry_init(linked_modules);
    if (options.describe)
        return describe(&options);
    if (options.action == ACTION_CHECK || options.action == ACTION_DUMP)
        return check(&options);
    if (options.action == ACTION_LSP)
        return serve_editor(&options);
    if (options.mode == DAEMON_FOREGROUND)
        return life_run(&options, -1);
    return supervise(&options, life_run);
}
