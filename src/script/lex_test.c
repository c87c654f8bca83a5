/* SPDX-License-Identifier: BSD-2-Clause */
/* The preprocessor and the lexer, seen through what a script says. */
#include "script/test.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct expected {
    const char *text, *said;
};

static struct str run_text(const char *text, const struct load_options *given)
{
    struct load_options o = given ? *given : (struct load_options){ 0 };
    struct generation *g = generation_new();
    struct diagnostics *d = diagnostics_new();
    char whole[8192];

    snprintf(whole, sizeof whole, "loadmodule \"fake.so\"\n%s", text);
    if (!o.file.n)
        o.file = STR("test.cfg");
    o.text = str_of(whole);
    said_begin();
    if (program_load(&o, g, d)) {
        const struct diagnostic *it = diagnostics_at(d, 0);

        buf_fmt(&said_buf, "%u:%u " STR_FMT "\n", it->line, it->col, STR_ARG(it->message));
    } else {
        run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    }
    diagnostics_free(d);
    obj_drop(g);
    return buf_str(&said_buf);
}

static void check_all(const struct expected *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str got = run_text(all[i].text, NULL);

        if (!str_eq(got, str_of(all[i].said)))
            print_error("%s\n", all[i].text);
        assert_str(got, str_of(all[i].said));
    }
}
#define ALL(cases) check_all(cases, sizeof(cases) / sizeof *(cases))

static void replaces_defines(void **state)
{
    static const struct expected cases[] = {
        { "#!define X 5\nrequest_route { show(X + 1); }", "int 6\n" },
        { "!!define X 5\nrequest_route { show(X + 1); }", "int 6\n" },
        { "#!define X \"a b\"\nrequest_route { say(X); }", "a b\n" },
        { "#!define X say(\"a\"); \\\n say(\"b\")\nrequest_route { X; }", "a\nb\n" },
        { "#!define A B\n#!define B 7\nrequest_route { show(A); }", "int 7\n" },
        { "#!define A A\nflags A:3\nrequest_route { setflag(A); if (isflagset(3)) say(\"y\"); }",
          "y\n" },
        { "#!define NOTHING\nrequest_route { show(NOTHING 1 NOTHING); }", "int 1\n" },
        { "#!define X 5\nrequest_route { say(\"X $def(X) $defn(X)\"); }", "X 5 5\n" },
        { "#!define X \"q\"\nrequest_route { say(\"$def(X) $defv(X)\"); }", "\"q\" q\n" },
        { "#!trydef X 1\n#!trydef X 2\nrequest_route { show(X); }", "int 1\n" },
        { "#!define X 1\n#!redef X 2\nrequest_route { show(X); }", "int 2\n" },
        { "#!define X 1\n#!undef X\n#!define X 3\nrequest_route { show(X); }", "int 3\n" },
        { "#!tryundef X\nrequest_route { say(\"ok\"); }", "ok\n" },
        { "#!define X 5 # c\nrequest_route { show(X is swallowed\n); }", "int 5\n" },
        { "#!define Y X\n#!define X 5 // c\nrequest_route { show(Y + no\n+ 1); }", "int 6\n" },
        { "#!define N 1 # c\n#!ifexp N\nrequest_route { show(N\n); }\n#!endif", "int 1\n" },
    };

    (void)state;
    ALL(cases);
}

static void takes_one_part_of_a_condition(void **state)
{
    static const struct expected cases[] = {
        { "#!ifdef X\nnonsense ' \" {\n#!else\nrequest_route { say(\"else\"); }\n#!endif",
          "else\n" },
        { "#!define X\n#!ifdef X\nrequest_route { say(\"x\"); }\n#!else\n???\n#!endif", "x\n" },
        { "#!ifndef X\nrequest_route { say(\"not\"); }\n#!endif", "not\n" },
        { "#!ifdef A\n#!ifdef B\n?\n#!else\n?\n#!endif\n?\n#!else\n#!ifndef B\n"
          "request_route { say(\"in\"); }\n#!endif\n#!endif",
          "in\n" },
        { "#!ifdef A\n#!define B\n#!endif\n#!ifdef B\n?\n#!endif\nrequest_route { say(\"-\"); }",
          "-\n" },
        { "request_route {\n#!ifdef MOD_fake\nsay(\"fake\");\n#!endif\n#!ifdef MOD_other\n"
          "say(\"other\");\n#!endif\n#!ifdef KAMAILIO_6\nsay(\"6\");\n#!endif\n}",
          "fake\n6\n" },
        { "#!define N 3\nrequest_route {\n#!ifexp N > 2 && NONE == 0\nsay(\"y\");\n#!endif\n"
          "#!ifexp N == 4\nsay(\"n\");\n#!endif\n#!ifexp OS_NAME == \"linux\"\nsay(\"l\");\n"
          "#!endif\n}",
          "y\nl\n" },
        { "#!define F\nrequest_route {\n#!ifexp F and not G\nsay(\"y\");\n#!endif\n}", "y\n" },
        { "#!defexp A 3 * 4\n#!defexps B A + 1\nrequest_route { show(A); show(B); }",
          "int 12\nstr 13\n" },
        { "#!ifdef A\n#!else\n#!else\n#!endif", "4:1 a second #!else\n" },
    };

    (void)state;
    ALL(cases);
}

static void changes_strings(void **state)
{
    static const struct expected cases[] = {
        { "#!subst \"/cat/dog/\"\nrequest_route { say(\"a cat cat\"); }", "a dog cat\n" },
        { "#!subst \"/cat/dog/g\"\nrequest_route { say(\"a cat cat\"); }", "a dog dog\n" },
        { "#!subst \"!CAT!dog!ig\"\nrequest_route { say(\"a cat\"); }", "a dog\n" },
        { "#!subst \"/(a)(b)/\\2\\1/\"\nrequest_route { say(\"xaby\"); }", "xbay\n" },
        { "#!substdef \"/PORT/5060/\"\nrequest_route { say(\"p PORT\"); show(PORT); }",
          "p 5060\nint 5060\n" },
        { "#!define P 5060\n#!substdef \"!ADDR!a:$def(P)$def(NONE)!g\"\n"
          "request_route { say(\"x ADDR\"); }",
          "x a:5060\n" },
        { "#!define P 5\n#!substdef \"!PORT!$defn(P)!g\"\nrequest_route { show(PORT + 1); }",
          "int 6\n" },
        { "#!subst \"/A/$def(P)/\"\n#!define P 7\nrequest_route { say(\"A\"); }", "7\n" },
        /* variables of modules, read once */
        { "#!substdef \"!N!$ro!g\"\nrequest_route { say(\"x N$$\"); show(N + 1); }",
          "x 42$\nint 43\n" },
        { "#!subst \"!N!$(ro{s.len}).$(def(P))$null!\"\nrequest_route { say(\"N\"); }", "2.\n" },
        { "#!subst \"!N!$env(TANDEM_DOLLAR)$(env(TANDEM_DOLLAR)).!\"\n"
          "request_route { $var(x) = \"N\"; show($var(x)); }",
          "str $ro$ro.\n" },
        { "#!subst \"!N!^a$!\"\nrequest_route { $var(x) = \"N\"; show($var(x)); }", "str ^a$\n" },
        { "#!substdef \"!N!$ro1!g\"", "2:1 unknown variable $ro1\n" },
        { "#!substdefs \"/HOST/h.org/\"\nrequest_route { say(HOST); }", "h.org\n" },
        { "#!subst \"/NAME/kept9/\"\nrequest_route { $var(NAME) = 1; show($var(kept9)); }",
          "int 1\n" },
    };

    (void)state;
    setenv("TANDEM_DOLLAR", "$ro", 1);
    ALL(cases);
}

static void passes_over_comments(void **state)
{
    static const struct expected cases[] = {
        { "# one\n// two\n/* three /* four */ five */ request_route { say(\"# // /*\"); }",
          "# // /*\n" },
        { "#!KAMAILIO\n#!SER\n#!/usr/sbin/kamailio\nrequest_route { say(\"ok\"); } # end", "ok\n" },
        { "request_route { say(\"a\" /* join */ # too\n \"b\"); say('c'); }", "ab\nc\n" },
        { "request_route { show(10 /2); show(8 // 2\n); }", "int 5\nint 8\n" },
    };

    (void)state;
    ALL(cases);
}

static void takes_defines_of_the_command_line(void **state)
{
    const struct load_define defines[] = { { STR_INIT("WITH_X"), STR_INIT("") },
                                           { STR_INIT("URL"), STR_INIT("\"u\"") } };
    const struct str substs[] = { STR_INIT("/cat/dog/") };
    const char *const kinds[] = { "subst" };
    const struct load_options o = {
        .defines = defines, .n_defines = 2, .substs = substs, .subst_kinds = kinds, .n_substs = 1
    };

    (void)state;
    assert_text(
        run_text("request_route {\n#!ifdef WITH_X\nsay(URL); say(\"cat\");\n#!endif\n}", &o),
        "u\ndog\n");
    setenv("TANDEM_TEST_VALUE", "v1", 1);
    assert_text(run_text("#!defenvs TANDEM_TEST_VALUE\n#!defenvs E=TANDEM_TEST_VALUE\n"
                         "#!trydefenv NOT_THERE\nrequest_route { say(TANDEM_TEST_VALUE); say(E); "
                         "say(\"$env(TANDEM_TEST_VALUE)\"); }",
                         NULL),
                "v1\nv1\nv1\n");
}

static char folder[] = "/tmp/tandem-lex-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void remove_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

/* Loads main.cfg of the folder; says the first fault, or runs it. */
static struct str run_files(struct diagnostics *d)
{
    char path[128];
    struct load_options o = { 0 };
    struct generation *g = generation_new();

    snprintf(path, sizeof path, "%s/main.cfg", folder);
    o.file = str_of(path);
    said_begin();
    if (program_load(&o, g, d) == ERR_OK)
        run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    obj_drop(g);
    return buf_str(&said_buf);
}

static void includes_files(void **state)
{
    struct diagnostics *d = diagnostics_new();
    const struct diagnostic *it;

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file("main.cfg", "loadmodule \"fake\"\ninclude_file \"part.cfg\"\n"
                           "#!import_file \"missing.cfg\"\nimport_file \"missing.cfg\"\n"
                           "request_route { PART; }\n");
    write_file("part.cfg", "#!define PART say(\"part\")\n");
    assert_text(run_files(d), "part\n");
    assert_int_equal(diagnostics_faults(d), 0);

    write_file("part.cfg", "debug=3\nmodparam(\"fake\", \"numbr\", 1)\n");
    run_files(d);
    it = diagnostics_at(d, 0);
    assert_int_equal(it->line, 2);
    assert_true(str_ends(it->file, STR("/part.cfg")));
    assert_true(str_starts(it->trace, STR("included from ")));
    assert_true(str_ends(it->trace, STR("/main.cfg:2\n")));
    diagnostics_free(d);

    d = diagnostics_new();
    write_file("part.cfg", "include_file \"main.cfg\"\n");
    run_files(d);
    assert_int_equal(diagnostics_faults(d), 1 + 1); /* and PART is unknown */
    assert_true(str_ends(diagnostics_at(d, 0)->message, STR("includes itself")));
    diagnostics_free(d);

    d = diagnostics_new();
    for (int i = 0; i < 14; i++) {
        char name[32], text[64];

        snprintf(name, sizeof name, i ? "d%d.cfg" : "main.cfg", i);
        snprintf(text, sizeof text, "include_file \"d%d.cfg\"\n", i + 1);
        write_file(name, text);
    }
    write_file("d14.cfg", "");
    run_files(d);
    assert_int_equal(diagnostics_faults(d), 1);
    assert_true(str_starts(diagnostics_at(d, 0)->message, STR("files are included more than 10")));
    diagnostics_free(d);

    for (int i = 0; i <= 14; i++) {
        char name[32];

        snprintf(name, sizeof name, i ? "d%d.cfg" : "main.cfg", i);
        remove_file(name);
    }
    remove_file("part.cfg");
    rmdir(folder);
}

static void reads_listen_lines(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        enum proto proto;
        const char *host;
        unsigned port, port_end;
        const char *adv;
        unsigned adv_port;
        const char *name;
    } cases[] = {
        { "listen=udp:10.0.0.10:5060", 1, PROTO_UDP, "10.0.0.10", 5060, 0, NULL, 0, NULL },
        { "listen=10.0.0.10", 1, PROTO_NONE, "10.0.0.10", 0, 0, NULL, 0, NULL },
        { "listen=tcp:eth0:5061 advertise sip.example.org:5080", 1, PROTO_TCP, "eth0", 5061, 0,
          "sip.example.org", 5080, NULL },
        { "listen=tls:[::1]:5061 name \"in\"", 1, PROTO_TLS, "[::1]", 5061, 0, NULL, 0, "in" },
        { "listen=\"udp:10.0.0.10:5070\"", 1, PROTO_UDP, "10.0.0.10", 5070, 0, NULL, 0, NULL },
        { "listen=udp:10.0.0.1:5060-5070", 1, PROTO_UDP, "10.0.0.1", 5060, 5070, NULL, 0, NULL },
        { "listen=udp:10.0.0.1:5060 tcp:10.0.0.1:5060\n\tudp:10.0.0.2:5060", 3, PROTO_UDP,
          "10.0.0.1", 5060, 0, NULL, 0, NULL },
        { "#!define IP 10.1.2.3\nlisten=udp:IP:5060 advertise 1.2.3.4:5062 name \"x\"\ndebug=3", 1,
          PROTO_UDP, "10.1.2.3", 5060, 0, "1.2.3.4", 5062, "x" },
        { "#!define L udp:10.1.2.3:5062\nlisten=L\nalias=\"a.org\"", 1, PROTO_UDP, "10.1.2.3", 5062,
          0, NULL, 0, NULL },
        { "listen=udp:(10.0.0.1, 10.0.0.2):5060", 2, PROTO_UDP, "10.0.0.1", 5060, 0, NULL, 0,
          NULL },
        { "listen=udp:*:5060", 1, PROTO_UDP, "*", 5060, 0, NULL, 0, NULL },
        { "socket = { bind = udp:10.0.0.1:5060; advertise = a.org:5080; name = \"s\"; workers = 2 "
          "}",
          1, PROTO_UDP, "10.0.0.1", 5060, 0, "a.org", 5080, "s" },
        { "listen=udp:my-host.example.org:5060", 1, PROTO_UDP, "my-host.example.org", 5060, 0, NULL,
          0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf why;
        struct generation *g;
        const struct program_info *info;
        const struct listen_item *l;

        buf_init(&why, MEM_OTHER);
        g = load_text(cases[i].text, &why);
        if (!g)
            print_error("%s\n" STR_FMT, cases[i].text, STR_ARG(buf_str(&why)));
        assert_non_null(g);
        info = program_info(g->program);
        l = info->listens;
        assert_int_equal(info->n_listens, cases[i].n);
        assert_int_equal(l->proto, cases[i].proto);
        assert_str(l->host, str_of(cases[i].host));
        assert_int_equal(l->port, cases[i].port);
        assert_int_equal(l->port_end, cases[i].port_end);
        assert_str(l->advertise_host, str_of(cases[i].adv));
        assert_int_equal(l->advertise_port, cases[i].adv_port);
        assert_str(l->name, str_of(cases[i].name));
        obj_drop(g);
        buf_free(&why);
    }
}

static void reads_the_top_of_a_configuration(void **state)
{
    struct buf why;
    struct generation *g;
    const struct fake_conf *conf;
    const struct program_info *info;

    (void)state;
    buf_init(&why, MEM_OTHER);
    g = load_text("loadmodule \"fake.so\"\nloadmodule \"/path/other.so\"\n"
                  "debug=2\nlog_facility=LOG_LOCAL3\nlog_prefix=\"{$rm} \"\nchildren=4;\n"
                  "memlog=5 memdbg=5\nuser=\"sip\"\nenable_sctp=no\n"
                  "alias=a.org \"b.org\" udp:c.org:5080\nalias=d.org\n"
                  "modparam(\"FAKE|other\", \"number\", 9)\nmodparam(\"fake\", \"num\", -1 + 11)\n"
                  "modparam(\"fake\", \"lines\", \"one\")\nmodparam(\"fake\", \"lines\", \"two\")\n"
                  "modparam(\"fake\", \"flag\", yes)\nmodparam(\"fake\", \"var\", \"$avp(x)\")\n"
                  "a.b = 1 desc \"number\"\na.c = \"text\" descr \"a \" \"text\"\n"
                  "request_route { say(\"a\"); }\nrequest_route { say(\"b\"); ready(); }\n",
                  &why);
    if (!g)
        print_error(STR_FMT, STR_ARG(buf_str(&why)));
    assert_non_null(g);
    info = program_info(g->program);
    conf = g->confs[fake_slot.index];
    assert_int_equal(g->core->debug, 2);
    assert_text(g->core->log_facility, "LOG_LOCAL3");
    assert_int_equal(g->core->workers, 4);
    assert_int_equal(g->n_modules, 2);
    assert_int_equal(conf->number, 10);
    assert_int_equal(((const struct other_conf *)g->confs[other_slot.index])->number, 9);
    assert_int_equal(conf->lines.n, 2);
    assert_text(conf->lines.items[1], "two");
    assert_true(conf->flag);
    assert_text(conf->text, "abc");
    assert_text(var_text(conf->var), "$avp(x)");
    assert_int_equal(info->n_aliases, 4);
    assert_text(info->aliases[2].host, "c.org");
    assert_int_equal(info->n_cfgs, 2);
    assert_text(info->cfgs[1].doc, "a text");
    said_begin();
    run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    assert_text(buf_str(&said_buf), "a\nb\nother\n"); /* the module loaded last wins */
    obj_drop(g);
    buf_free(&why);
}

int main(void)
{
    registry_init(fake_modules);
    log_set_level(LOG_NONE);
    TEST_RUN(replaces_defines, takes_one_part_of_a_condition, changes_strings, passes_over_comments,
             takes_defines_of_the_command_line, includes_files, reads_listen_lines,
             reads_the_top_of_a_configuration);
}
