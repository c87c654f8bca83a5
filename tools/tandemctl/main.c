/* SPDX-License-Identifier: BSD-2-Clause */
/* tandemctl: control of a running server from the command line. */
#include "print.h"
#include "users.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *socket, *db, *config, *domain;
    int timeout_s;
    bool json;
};

static const char usage[] =
    "usage: tandemctl [options] METHOD [ARGUMENT ...]\n"
    "       tandemctl [options] user add NAME PASSWORD | password NAME PASSWORD | remove NAME | "
    "list\n"
    "       tandemctl [options] ps | metrics | reload | check [FILE] | status | help [METHOD]\n"
    "\n"
    "Arguments that are numbers go as numbers; s:TEXT goes as text; NAME=VALUE, for all "
    "arguments,\n"
    "goes by name.\n"
    "\n"
    "  -s, --socket PATH   the server's control socket ($TANDEM_SOCKET)\n"
    "  -t, --timeout N     seconds to wait for an answer (30)\n"
    "  -j, --json          print the answer as JSON\n"
    "      --domain D      domain of a user\n"
    "      --db PATH       database of users while no server runs ($TANDEM_DB)\n"
    "  -f, --config FILE   configuration that names the database, while no server runs\n"
    "  -h, --help\n"
    "\n"
    "Exit codes: 0 done, 1 refused by the server, 2 wrong usage, 3 no server.\n";

static int fail_usage(const char *what)
{
    fprintf(stderr, "tandemctl: %s\n\n%s", what, usage);
    return EXIT_USAGE;
}

static int print_answer(const struct options *o, json_t *result)
{
    if (o->json) {
        json_dumpf(result, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
        putchar('\n');
    } else if (json_is_array(result) || json_object_size(result) || json_is_string(result) ||
               json_is_number(result)) {
        print_result(result);
    }
    json_decref(result);
    return fflush(stdout) ? EXIT_REFUSED : EXIT_OK;
}

static int call(const struct options *o, const char *method, json_t *params)
{
    struct client c = { client_socket(o->socket), o->timeout_s };
    char *message;
    int code;
    json_t *result = client_call(&c, method, params, &code, &message);

    if (result)
        return print_answer(o, result);
    fprintf(stderr, "%s%s\n", code ? "" : "tandemctl: ", message);
    free(message);
    return code ? EXIT_REFUSED : EXIT_UNREACHABLE;
}

static json_t *argument(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);

    if (strncmp(text, "s:", 2) == 0)
        return json_string(text + 2);
    if (*text && *end == '\0' && (text[0] != '0' || text[1] == '\0') && text[0] != '+')
        return json_integer(n);
    return json_string(text);
}

/* NAME=VALUE in all of them gives an object, else a list. */
static json_t *arguments(char **argv, int argc)
{
    json_t *list = json_array(), *object = json_object();
    bool named = argc > 0;

    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t n = equals ? (size_t)(equals - argv[i]) : 0;

        named = named && equals && n > 0 && strcspn(argv[i], ":/@;\"'{ ") > n;
        if (named) {
            char *name = strndup(argv[i], n);

            json_object_set_new(object, name, argument(equals + 1));
            free(name);
        }
        json_array_append_new(list, argument(argv[i]));
    }
    json_decref(named ? list : object);
    return named ? object : list;
}

/* Users: by the running server, else in the database itself. */

static json_t *user_params(const struct user_command *u)
{
    json_t *params = json_object();

    if (u->user)
        json_object_set_new(params, "user", json_string(u->user));
    if (u->password)
        json_object_set_new(params, "password", json_string(u->password));
    if (u->domain)
        json_object_set_new(params, "domain", json_string(u->domain));
    return params;
}

static int user_offline(const struct options *o, const struct user_command *u)
{
    struct user_table table = { 0 };
    struct user_command with_realm = *u;
    char *why = NULL;
    json_t *result = NULL;

    if (users_find(o->db, o->config, &table, &why)) {
        if (!u->domain && strcmp(u->what, "list") != 0)
            with_realm.domain = table.realm;
        result = users_run(&table, &with_realm, &why);
    }
    free(table.database);
    free(table.realm);
    if (result)
        return print_answer(o, result);
    fprintf(stderr, "tandemctl: %s\n", why ? why : "nothing was done");
    free(why);
    return EXIT_REFUSED;
}

static int user_do(const struct options *o, const struct user_command *u)
{
    struct client c = { client_socket(o->socket), o->timeout_s };
    char method[32], *message;
    json_t *result;
    int code;

    if (o->db)
        return user_offline(o, u);
    snprintf(method, sizeof method, "user.%s", u->what);
    result = client_call(&c, method, user_params(u), &code, &message);
    if (result)
        return print_answer(o, result);
    if (code == 0) {
        free(message);
        return user_offline(o, u);
    }
    fprintf(stderr, "%s\n", message);
    free(message);
    return EXIT_REFUSED;
}

static int user_main(const struct options *o, char **argv, int argc)
{
    static const struct {
        const char *what;
        int n;
    } commands[] = { { "add", 2 }, { "password", 2 }, { "remove", 1 }, { "list", 0 } };

    for (size_t i = 0; argc > 0 && i < sizeof commands / sizeof *commands; i++) {
        struct user_command u = { .what = commands[i].what, .domain = o->domain };

        if (strcmp(argv[0], commands[i].what) != 0)
            continue;
        if (argc - 1 != commands[i].n)
            return fail_usage("wrong number of arguments");
        if (commands[i].n > 0)
            u.user = argv[1];
        if (commands[i].n > 1)
            u.password = argv[2];
        return user_do(o, &u);
    }
    return fail_usage("user: add, password, remove or list");
}

static int help(const struct options *o, char **argv, int argc)
{
    if (argc > 0)
        return call(o, "system.methodHelp", json_pack("[s]", argv[0]));
    fputs(usage, stdout);
    return EXIT_OK;
}

static int run(const struct options *o, char **argv, int argc)
{
    static const char *const shortcuts[][2] = {
        { "ps", "core.psx" },          { "metrics", "metrics.text" },
        { "reload", "config.reload" }, { "check", "config.check" },
        { "status", "config.status" }, { "version", "core.version" },
        { "uptime", "core.uptime" },   { "stop", "server.stop" },
        { "mem", "mem.usage" },        { "methods", "system.listMethods" },
    };

    if (strcmp(argv[0], "user") == 0)
        return user_main(o, argv + 1, argc - 1);
    if (strcmp(argv[0], "help") == 0)
        return help(o, argv + 1, argc - 1);
    for (size_t i = 0; i < sizeof shortcuts / sizeof *shortcuts; i++)
        if (strcmp(argv[0], shortcuts[i][0]) == 0)
            return call(o, shortcuts[i][1], arguments(argv + 1, argc - 1));
    return call(o, argv[0], arguments(argv + 1, argc - 1));
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        { "socket", required_argument, NULL, 's' }, { "timeout", required_argument, NULL, 't' },
        { "json", no_argument, NULL, 'j' },         { "domain", required_argument, NULL, 'd' },
        { "db", required_argument, NULL, 'D' },     { "config", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },         { 0 },
    };
    struct options o = { .timeout_s = 30 };
    bool user = false;

    /* Options stand before the method; those of `user` may also stand behind. */
    for (int i = 1; i < argc; i++)
        user = user || strcmp(argv[i], "user") == 0;
    for (int c; (c = getopt_long(argc, argv, user ? "s:t:jf:h" : "+s:t:jf:h", longs, NULL)) != -1;)
        switch (c) {
        case 's': o.socket = optarg; break;
        case 't': o.timeout_s = atoi(optarg); break;
        case 'j': o.json = true; break;
        case 'd': o.domain = optarg; break;
        case 'D': o.db = optarg; break;
        case 'f': o.config = optarg; break;
        case 'h': fputs(usage, stdout); return EXIT_OK;
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    if (optind >= argc)
        return fail_usage("what shall the server do?");
    return run(&o, argv + optind, argc - optind);
}
