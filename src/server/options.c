/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: one table of options, which also makes the help text. */
#include "server/options.h"
#include "server/command.h"
#include "server/explain.h"
#include "server/version.h"
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum kind {
    OPT_FILE,
    OPT_CHECK,
    OPT_DEFINE,
    OPT_LISTEN,
    OPT_MODULE_PATH,
    OPT_SHARED,
    OPT_PRIVATE,
    OPT_DEBUG,
    OPT_STDERR,
    OPT_COLOUR,
    OPT_HELP,
    OPT_VERSION,
    OPT_WORKERS,
    OPT_FOREGROUND,
    OPT_PID,
    OPT_GROUP_FILE,
    OPT_USER,
    OPT_GROUP,
    OPT_CHROOT,
    OPT_WORKDIR,
    OPT_RUNDIR,
    OPT_ALIAS,
    OPT_SUBST,
    OPT_LOADMODULE,
    OPT_MODPARAM,
    OPT_SETTING,
    OPT_LOG_ENGINE,
    OPT_INERT,
    OPT_LIST_MODULES,
    OPT_DESCRIBE,
    OPT_MANUAL,
    OPT_INTERNALS,
    OPT_EXPLAIN,
    OPT_EXPLAIN_PARAMS,
    OPT_NO_WARN,
    OPT_DUMP,
    OPT_FIRST,
    OPT_LSP,
};
struct option_row {
    char letter;          /* 0: long form only */
    const char *name;     /* long form, or NULL */
    const char *argument; /* NULL: takes none */
    enum kind kind;
    const char *doc;
    const char *setting; /* OPT_SETTING: core parameter and, without argument, its value */
    const char *value;
};

static const struct option_row rows[] = {
    { 'f', NULL, "FILE", OPT_FILE, "configuration file (default " TANDEM_DEFAULT_CONFIG ")", 0, 0 },
    { 'c', NULL, NULL, OPT_CHECK, "check the configuration as a start would, and exit", 0, 0 },
    { 'A', NULL, "NAME[=VALUE]", OPT_DEFINE, "preprocessor define", 0, 0 },
    { 'l', NULL, "ADDRESS", OPT_LISTEN, "listen on [proto:]address[:port]; replaces listen lines",
      0, 0 },
    { 'L', NULL, "PATH", OPT_MODULE_PATH, "where modules are searched, separated by ':'", 0, 0 },
    { 'm', NULL, "MB", OPT_SHARED, "memory cap; with -M: MB + MB of -M for each worker", 0, 0 },
    { 'M', NULL, "MB", OPT_PRIVATE, "memory cap per worker, added to that of -m", 0, 0 },
    { 'n', NULL, "N", OPT_WORKERS, "worker threads (default: one per processor)", 0, 0 },
    { 'd', NULL, NULL, OPT_DEBUG, "one log level more; may be repeated", 0, 0 },
    { 0, "debug", "LEVEL", OPT_SETTING, "log level, -5 to 3", "debug", NULL },
    { 'E', NULL, NULL, OPT_STDERR, "log to standard error", 0, 0 },
    { 'e', NULL, NULL, OPT_COLOUR, "log to a terminal in colours (with -E)", 0, 0 },
    { 'D', NULL, NULL, OPT_FOREGROUND,
      "stay in the foreground, without supervisor; -DD is the same", 0, 0 },
    { 'P', NULL, "FILE", OPT_PID, "write the process id there", 0, 0 },
    { 'G', NULL, "FILE", OPT_GROUP_FILE, "write the process group id there", 0, 0 },
    { 'u', NULL, "USER", OPT_USER, "run as this user", 0, 0 },
    { 'g', NULL, "GROUP", OPT_GROUP, "run as this group", 0, 0 },
    { 't', NULL, "DIR", OPT_CHROOT, "change root there after start", 0, 0 },
    { 'w', NULL, "DIR", OPT_WORKDIR, "working directory", 0, 0 },
    { 'Y', NULL, "DIR", OPT_RUNDIR, "where sockets and other run-time files lie", 0, 0 },
    { 'a', NULL, "MODE", OPT_SETTING, "automatic aliases: yes or no", "auto_aliases", NULL },
    { 0, "alias", "HOST", OPT_ALIAS, "a name of this server", 0, 0 },
    { 0, "domain", "HOST", OPT_ALIAS, "the same", 0, 0 },
    { 0, "subst", "EXPR", OPT_SUBST, "substitution in the configuration, /regex/text/flags", 0, 0 },
    { 0, "substdef", "EXPR", OPT_SUBST, "the same, and a define", 0, 0 },
    { 0, "substdefs", "EXPR", OPT_SUBST, "the same, with a quoted define", 0, 0 },
    { 0, "loadmodule", "MODULE", OPT_LOADMODULE, "load a module before those of the file", 0, 0 },
    { 0, "modparam", "MODULE:NAME:TYPE:VALUE", OPT_MODPARAM,
      "set a module's parameter; TYPE i or s", 0, 0 },
    { 0, "server-id", "N", OPT_SETTING, "number of this server", "server_id", NULL },
    { 0, "iuid", "ID", OPT_SETTING, "name of this instance, for $iuid", "iuid", NULL },
    { 'T', NULL, NULL, OPT_SETTING, "no TCP", "disable_tcp", "yes" },
    { 'b', NULL, "BYTES", OPT_SETTING, "largest UDP receive buffer", "maxbuffer", NULL },
    { 'B', NULL, "BYTES", OPT_SETTING, "largest UDP send buffer", "maxsndbuffer", NULL },
    { 0, "list-modules", NULL, OPT_LIST_MODULES, "print the modules that this binary knows", 0, 0 },
    { 0, "describe", "FORMAT", OPT_DESCRIBE, "print all descriptors (json)", 0, 0 },
    { 0, "manual", "DIR", OPT_MANUAL, "write the manual pages of all modules there", 0, 0 },
    { 0, "explain", "W-NAME", OPT_EXPLAIN, "what a warning means; \"all\" for each", 0, 0 },
    { 0, "explain-params", NULL, OPT_EXPLAIN_PARAMS, "print the parameters of the core", 0, 0 },
    { 0, "no-warn", "W-NAME", OPT_NO_WARN, "do not tell this warning; may be repeated", 0, 0 },
    { 0, "dump", NULL, OPT_DUMP, "check the configuration, print the program made of it", 0, 0 },
    { 0, "format", NULL, OPT_FIRST, "lay out configurations: tandem --format --help", 0, 0 },
    { 0, "lsp", NULL, OPT_LSP, "serve an editor on standard input and output", 0, 0 },
    { 'I', NULL, NULL, OPT_INTERNALS, "print limits and compile-time choices", 0, 0 },
    { 'v', "version", NULL, OPT_VERSION, "print the version", 0, 0 },
    { 'V', NULL, NULL, OPT_VERSION, "the same", 0, 0 },
    { 'h', "help", NULL, OPT_HELP, "print this help", 0, 0 },
    /* accepted for those who have them in their scripts */
    { 'N', NULL, "N", OPT_INERT, "number of TCP processes: workers serve all protocols", 0, 0 },
    { 'Q', NULL, "N", OPT_INERT, "number of SCTP processes: workers serve all protocols", 0, 0 },
    { 'S', NULL, NULL, OPT_INERT, "SCTP is off unless the configuration asks for it", 0, 0 },
    { 'W', NULL, "TYPE", OPT_INERT, "poll method: always epoll", 0, 0 },
    { 'O', NULL, "LEVEL", OPT_INERT, "script optimisation: always on", 0, 0 },
    { 'x', NULL, "NAME", OPT_INERT, "shared memory manager: there is no shared memory to manage", 0,
      0 },
    { 'X', NULL, "NAME", OPT_INERT, "private memory manager: there are no memory pools", 0, 0 },
    { 'K', NULL, NULL, OPT_SETTING, "check the host of the topmost Via of replies", "check_via",
      "1" },
    { 'r', NULL, NULL, OPT_SETTING, "use DNS to decide on received=", "dns", "yes" },
    { 'R', NULL, NULL, OPT_SETTING, "use reverse DNS to decide on received=", "rev_dns", "yes" },
    { 0, "log-engine", "TYPE:DATA", OPT_LOG_ENGINE,
      "set log_engine_type and log_engine_data, as in udp:192.0.2.1:514", 0, 0 },
    { 0, "cfg-print", NULL, OPT_INERT, "printing the configuration after preprocessing", 0, 0 },
    { 0, "atexit", "MODE", OPT_INERT, "exit handlers of libraries always run", 0, 0 },
    { 0, "all-errors", NULL, OPT_INERT, "all faults of a file are always reported", 0, 0 },
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* Arrays that grow while options are read; they live as long as the process. */
#define APPEND(array, n, item)                                                                     \
    do {                                                                                           \
        (array) =                                                                                  \
            mem_realloc(MEM_CONFIG, (void *)(uintptr_t)(array), ((n) + 1) * sizeof *(array));      \
        memcpy((void *)(uintptr_t) & (array)[(n)++], &(item), sizeof *(array));                    \
    } while (0)

static void print_help(void)
{
    printf("usage: tandem [options]\n");
    for (const struct command *c = server_commands; c->name; c++)
        printf("   or: tandem %s ...   %s\n", c->name, c->doc);
    printf("\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[64];
        const struct option_row *r = &rows[i];
        int n = r->letter ? snprintf(left, sizeof left, "-%c", r->letter) : 0;
        if (r->name)
            n += snprintf(left + n, sizeof left - (size_t)n, "%s--%s", n ? ", " : "    ", r->name);
        if (r->argument)
            snprintf(left + n, sizeof left - (size_t)n, "%s%s", r->name ? "=" : " ", r->argument);
        printf("  %-34s %s%s\n", left, r->kind == OPT_INERT ? "(no effect) " : "", r->doc);
    }
}

static bool fault(const struct option_row *r, const char *expected, const char *got)
{
    char shown[40];

    if (r->letter)
        snprintf(shown, sizeof shown, "-%c", r->letter);
    else
        snprintf(shown, sizeof shown, "--%s", r->name);
    fprintf(stderr, "tandem: option %s: expected %s, got \"%s\"\n", shown, expected, got);
    return false;
}

static bool read_number(const struct option_row *r, const char *text, int64_t min, int64_t *out)
{
    if (str_to_i64(str_of(text), out) != ERR_OK || *out < min)
        return fault(r, min ? "a number above 0" : "a number", text);
    return true;
}

static bool read_modparam(const struct option_row *r, const char *text, struct options *o)
{
    struct str rest = str_of(text), type;
    struct load_modparam m = { 0 };

    m.module = str_split(&rest, ':');
    m.name = str_split(&rest, ':');
    type = str_split(&rest, ':');
    m.value = rest;
    m.number = str_eq(type, STR("i"));
    if (!m.module.n || !m.name.n || (!m.number && !str_eq(type, STR("s"))))
        return fault(r, "MODULE:NAME:TYPE:VALUE with TYPE i or s", text);
    APPEND(o->load.modparams, o->load.n_modparams, m);
    return true;
}

static void add_define(const char *text, struct options *o)
{
    struct load_define d = { .value = str_of(text) };

    d.name = str_split(&d.value, '=');
    APPEND(o->load.defines, o->load.n_defines, d);
}

static void add_setting(const struct option_row *r, const char *name, struct str value,
                        struct options *o)
{
    char shown[32];
    struct load_setting s = { .name = str_of(name), .value = value };

    if (r->letter)
        snprintf(shown, sizeof shown, "-%c", r->letter);
    else
        snprintf(shown, sizeof shown, "--%s", r->name);
    s.option = str_of(mem_strdup(MEM_CONFIG, str_of(shown)));
    APPEND(o->load.settings, o->load.n_settings, s);
}

/* "udp:192.0.2.1:514"; without a colon, a type alone. */
static void add_log_engine(const struct option_row *r, const char *text, struct options *o)
{
    struct str data = str_of(text), type = str_split(&data, ':');

    add_setting(r, "log_engine_type", type, o);
    if (data.n)
        add_setting(r, "log_engine_data", data, o);
}

static void add_subst(const struct option_row *r, const char *text, struct options *o)
{
    size_t n = o->load.n_substs;
    struct str expression = str_of(text);

    APPEND(o->load.subst_kinds, n, r->name);
    APPEND(o->load.substs, o->load.n_substs, expression);
}

static void print_internals(void)
{
    printf("tandem %s\nworkers at most %d\ncontrol socket %s/tandem.sock\n", TANDEM_VERSION,
           WORKERS_MAX, TANDEM_DEFAULT_RUNDIR);
}

static bool explain(const char *text, struct options *o)
{
    struct buf out;
    bool known = true;

    buf_init(&out, MEM_CONFIG);
    if (text)
        known = explain_warning(str_of(text), &out);
    else
        explain_params(&out);
    fwrite(out.p, 1, out.n, known ? stdout : stderr);
    buf_free(&out);
    o->action = ACTION_DONE;
    return known;
}

static bool no_warn(const struct option_row *r, const char *text, struct options *o)
{
    struct str name = str_of(text);

    if (!warning_find(name))
        return fault(r, "the name of a warning (--explain=all lists them)", text);
    APPEND(o->load.no_warn, o->load.n_no_warn, name);
    return true;
}

static bool apply(const struct option_row *r, const char *text, struct options *o, int *debug)
{
    struct str s = str_of(text);

    switch (r->kind) {
    case OPT_FILE: o->load.file = s; return true;
    case OPT_CHECK: o->action = ACTION_CHECK; return true;
    case OPT_DEFINE: add_define(text, o); return true;
    case OPT_LISTEN: APPEND(o->load.listens, o->load.n_listens, s); return true;
    case OPT_MODULE_PATH: o->load.module_path = s; return true;
    case OPT_SHARED: return read_number(r, text, 1, &o->shared_mb);
    case OPT_PRIVATE: return read_number(r, text, 1, &o->private_mb);
    case OPT_WORKERS: return read_number(r, text, 1, &o->workers);
    case OPT_DEBUG: ++*debug; return true;
    case OPT_STDERR: o->log_stderror = true; return true;
    case OPT_COLOUR: o->log_colour = true; return true;
    case OPT_FOREGROUND: o->mode = DAEMON_FOREGROUND; return true;
    case OPT_PID: o->pid_file = text; return true;
    case OPT_GROUP_FILE: o->group_file = text; return true;
    case OPT_USER: o->user = text; return true;
    case OPT_GROUP: o->group = text; return true;
    case OPT_CHROOT: o->chroot_dir = text; return true;
    case OPT_WORKDIR: o->workdir = text; return true;
    case OPT_RUNDIR: o->rundir = text; return true;
    case OPT_ALIAS: APPEND(o->load.aliases, o->load.n_aliases, s); return true;
    case OPT_SUBST: add_subst(r, text, o); return true;
    case OPT_LOADMODULE: APPEND(o->load.modules, o->load.n_modules, s); return true;
    case OPT_MODPARAM: return read_modparam(r, text, o);
    case OPT_SETTING:
        add_setting(r, r->setting, str_of(r->value ? r->value : text), o);
        return true;
    case OPT_LOG_ENGINE: add_log_engine(r, text, o); return true;
    case OPT_LIST_MODULES: o->describe = "list"; return true;
    case OPT_DESCRIBE: o->describe = "json"; return true;
    case OPT_MANUAL:
        o->describe = "manual";
        o->describe_arg = text;
        return true;
    case OPT_EXPLAIN: return explain(text, o);
    case OPT_EXPLAIN_PARAMS: return explain(NULL, o);
    case OPT_NO_WARN: return no_warn(r, text, o);
    case OPT_DUMP: o->action = ACTION_DUMP; return true;
    case OPT_INTERNALS:
        print_internals();
        o->action = ACTION_DONE;
        return true;
    case OPT_VERSION:
        printf("version: tandem %s\n", TANDEM_VERSION);
        o->action = ACTION_DONE;
        return true;
    case OPT_HELP:
        print_help();
        o->action = ACTION_DONE;
        return true;
    case OPT_LSP: o->action = ACTION_LSP; return true;
    case OPT_FIRST:
        fprintf(stderr, "tandem: option --%s: put it before all others\n", r->name);
        return false;
    case OPT_INERT:
        fprintf(stderr, "tandem: an option without effect here was accepted: %s\n", r->doc);
        return true;
    }
    return false;
}

/* Tables for getopt_long, made from ours. Long options get values from 256 on. */
static void make_getopt(char *letters, struct option *longs)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i].letter) {
            *letters++ = rows[i].letter;
            if (rows[i].argument)
                *letters++ = ':';
        }
        if (rows[i].name)
            *longs++ =
                (struct option){ rows[i].name, rows[i].argument != NULL, NULL, 256 + (int)i };
    }
    *letters = '\0';
    *longs = (struct option){ 0 };
}

static const struct option_row *find_row(int got)
{
    if (got >= 256)
        return &rows[got - 256];
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].letter == got)
            return &rows[i];
    return NULL;
}

bool options_read(int argc, char **argv, struct options *o)
{
    char letters[3 * N_ROWS + 2];
    struct option longs[N_ROWS + 1];
    uint32_t seen_inert[(N_ROWS + 31) / 32] = { 0 };
    int got, debug = 0;

    *o = (struct options){ .argc = argc, .argv = argv };
    make_getopt(letters, longs);
    optind = 1;
    while ((got = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct option_row *r = find_row(got);
        if (!r) {
            fprintf(stderr, "tandem: try \"tandem -h\"\n");
            return false;
        }
        size_t at = (size_t)(r - rows);
        if (r->kind == OPT_INERT && seen_inert[at / 32] & UINT32_C(1) << at % 32)
            continue;
        seen_inert[at / 32] |= UINT32_C(1) << at % 32;
        if (!apply(r, optarg, o, &debug))
            return false;
    }
    if (optind < argc) {
        fprintf(stderr, "tandem: unexpected argument \"%s\"; options start with -\n", argv[optind]);
        return false;
    }
    if (!o->load.file.p && o->action != ACTION_LSP)
        o->load.file = str_of(TANDEM_DEFAULT_CONFIG);
    if (debug) {
        struct load_setting s = { .name = STR("debug"), .option = STR("-d") };
        s.value = str_of(debug >= 3 ? "3" : debug == 2 ? "2" : "1");
        APPEND(o->load.settings, o->load.n_settings, s);
    }
    return true;
}
