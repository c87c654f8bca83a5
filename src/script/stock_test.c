/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration that Debian's kamailio package installs, with each of its features: it must be
 * read and checked without a fault. The modules are made here from the file itself: each takes any
 * parameter, function and variable that the file uses, so that this test is about the language.
 */
#include "script/test.h"
#include <stdlib.h>
#include <unistd.h>

static const char stock[] = "/etc/kamailio/kamailio.cfg";

static int any(struct call *c, const struct many_args *a)
{
    (void)c;
    (void)a;
    return SCRIPT_TRUE;
}
EXPOSE(any, many_args)

struct any_conf {
    struct value value;
};

enum { NAMES_MAX_HERE = 400 };
static char *names[NAMES_MAX_HERE];
static struct func funcs[NAMES_MAX_HERE];
static struct field params[NAMES_MAX_HERE];
static struct variable vars[NAMES_MAX_HERE];
static struct module modules[NAMES_MAX_HERE];
static struct module_slot slots[NAMES_MAX_HERE];
static const struct module *module_list[NAMES_MAX_HERE];

static bool ident(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A copy, the first time this kind of name is met; NULL after that. */
static char *kept(char kind, struct str s)
{
    for (size_t i = 0; i < NAMES_MAX_HERE; i++) {
        if (!names[i]) {
            names[i] = mem_zalloc(MEM_OTHER, s.n + 2);
            names[i][0] = kind;
            memcpy(names[i] + 1, s.p, s.n);
            return names[i] + 1;
        }
        if (names[i][0] == kind && str_eq(str_of(names[i] + 1), s))
            return NULL;
    }
    return NULL;
}

static struct str between_quotes(struct str s)
{
    size_t open = str_find(s, '"');
    struct str rest = str_skip(s, open + 1);

    return str_cut(rest, 0, str_find(rest, '"'));
}

/* The second string of modparam("…", "…", …) */
static void add_param(struct str line, size_t *n)
{
    struct str rest = str_skip(line, str_find(line, ',') + 1);
    char *name = kept('p', between_quotes(rest));

    if (name)
        params[(*n)++] =
            (struct field){ .name = name, .doc = "any", .type = FIELD_VALUE, .optional = true };
}

static void add_module(struct str line, size_t *n)
{
    struct str name = between_quotes(line);
    char *text;

    if (str_ends(name, STR(".so")))
        name.n -= 3;
    text = kept('m', name);
    if (!text)
        return;
    modules[*n] = (struct module){ .abi = MODULE_ABI,
                                   .name = text,
                                   .doc = "any.",
                                   .slot = &slots[*n],
                                   .conf_size = sizeof(struct any_conf),
                                   .params = params,
                                   .funcs = funcs,
                                   .vars = vars };
    module_list[*n] = &modules[*n];
    ++*n;
}

static void add_names(struct str line, size_t *n_funcs, size_t *n_vars)
{
    static const char *const own[] = { "if",
                                       "while",
                                       "switch",
                                       "route",
                                       "modparam",
                                       "strempty",
                                       "return",
                                       "setflag",
                                       "isflagset",
                                       "strip",
                                       "prefix",
                                       "force_rport",
                                       "set_reply_no_connect",
                                       "set_reply_close",
                                       "set_forward_no_connect",
                                       "var",
                                       "sel",
                                       NULL };

    for (size_t i = 0; i < line.n; i++) {
        size_t from = i;
        bool var = line.p[i] == '$';

        if (var)
            i++;
        while (i < line.n && ident(line.p[i]))
            i++;
        struct str name = str_cut(line, from + var, i);
        bool call = i < line.n && line.p[i] == '(', mine = false;
        char *text;

        for (const char *const *o = own; *o; o++)
            mine |= str_eq(name, str_of(*o));
        if (!name.n || mine || (!var && !call) || str_eq(name, STR("null")) ||
            str_eq(name, STR("rc")))
            continue;
        text = kept(var ? '$' : 'f', name);
        if (text && var)
            vars[(*n_vars)++] = (struct variable){ .name = text,
                                                   .doc = "any.",
                                                   .get = get_text,
                                                   .set = set_avp,
                                                   .key = true,
                                                   .key_optional = true,
                                                   .index = true };
        else if (text)
            funcs[(*n_funcs)++] = (struct func){ .name = text,
                                                 .doc = "any.",
                                                 .run = any_with_many_args,
                                                 .args = many_args_fields,
                                                 .args_size = sizeof(struct many_args) };
    }
}

static bool make_modules(void)
{
    FILE *f = fopen(stock, "r");
    size_t n_params = 0, n_modules = 0, n_funcs = 0, n_vars = 0;
    char line[1024];

    if (!f)
        return false;
    while (fgets(line, sizeof line, f)) {
        struct str s = str_trim(str_of(line));

        if (str_starts(s, STR("#")) || str_starts(s, STR("/*")) || str_starts(s, STR("*")))
            continue;
        if (str_starts(s, STR("modparam(")))
            add_param(s, &n_params);
        else if (str_starts(s, STR("loadmodule")))
            add_module(s, &n_modules);
        add_names(str_cut(s, 0, str_find(s, '#')), &n_funcs, &n_vars);
    }
    fclose(f);
    add_module(STR("\"db_sqlite\""), &n_modules);
    return true;
}

static size_t load_stock(const char *const *defines)
{
    struct load_define list[8];
    struct load_options o = { .file = str_of(stock), .defines = list };
    struct generation *g = generation_new();
    struct diagnostics *d = diagnostics_new();
    size_t faults;
    struct buf why;

    for (; defines[o.n_defines]; o.n_defines++) {
        struct str value = str_of(defines[o.n_defines]);
        struct str name = str_split(&value, '=');

        list[o.n_defines] = (struct load_define){ name, value };
    }
    if (program_load(&o, g, d) == ERR_OK)
        assert_true(program_has_route(g, ROUTE_REQUEST, ""));
    faults = diagnostics_faults(d);
    buf_init(&why, MEM_OTHER);
    diagnostics_print(d, &why, false);
    if (faults)
        print_error("%s: " STR_FMT "\n", defines[0] ? defines[0] : "plain", STR_ARG(buf_str(&why)));
    buf_free(&why);
    diagnostics_free(d);
    obj_drop(g);
    return faults;
}

static void reads_the_stock_configuration_with_each_feature(void **state)
{
    static const char *const features[][4] = {
        { NULL },
        { "WITH_DEBUG", NULL },
        { "WITH_AUTH", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_AUTH", "WITH_IPAUTH", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_USRLOCDB", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_ANTIFLOOD", NULL },
        { "WITH_PSTN", NULL },
        { "WITH_VOICEMAIL", NULL },
        { "WITH_BLOCK3XX", NULL },
        { "WITH_BLOCK401407", NULL },
        { "WITH_MULTIDOMAIN", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_ALIASDB", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_SPEEDDIAL", "DBURL=\"sqlite:///tmp/x\"", NULL },
        { "WITH_JSONRPC", NULL },
        { "WITH_NAT", NULL },
        { "WITH_NAT", "WITH_RTPENGINE", "WITH_NATSIPPING", NULL },
        { "WITH_PRESENCE", "WITH_MYSQL", "WITH_MSGREBUILD", NULL },
        { "WITH_TLS", NULL },
        { "WITH_ACCDB", "WITH_MYSQL", NULL },
    };

    (void)state;
    if (access(stock, R_OK))
        fail_msg("cannot read /etc/kamailio/kamailio.cfg: install the package kamailio");
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        assert_int_equal(load_stock(features[i]), 0);
}

int main(void)
{
    if (make_modules())
        registry_init(module_list);
    log_set_level(LOG_NONE);
    TEST_RUN(reads_the_stock_configuration_with_each_feature);
}
