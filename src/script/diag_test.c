/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told about mistakes: the place, the sentence and the nearest right name. */
#include "script/test.h"

struct fault {
    const char *text; /* lines behind `loadmodule "fake.so"`, which is line 1 */
    unsigned line, col;
    const char *message, *hint;
};

/* A body of request_route on line 2, from column 1. */
#define BODY(body) "request_route {\n" body "\n}"

static const struct fault faults[] = {
    /* functions */
    { BODY("sai(\"x\");"), 3, 1, "unknown function sai", "did you mean \"say\"?" },
    { BODY("  other_only();"), 3, 3, "unknown function other_only",
      "needs loadmodule \"other.so\"" },
    { BODY("say(\"a\", \"b\");"), 3, 1, "say takes 1 argument, not 2", "usage: say(text)" },
    { BODY("say();"), 3, 1, "say takes 1 argument, not 0", NULL },
    { BODY("two();"), 3, 1, "two takes 1 to 2 arguments, not 0", "text (optional)" },
    { BODY("give(\"abc\");"), 3, 6, "code of give: expected an integer, got \"abc\"", NULL },
    { BODY("give(1000);"), 3, 6, "the number must be from -100 to 100", NULL },
    { BODY("pick(\"reed\");"), 3, 6, "one of red, green, blue", NULL },
    { BODY("pick(\"red\", \"perhaps\");"), 3, 13, "expected yes or no", NULL },
    { BODY("pick(\"red\", 1, \"soon\");"), 3, 16, "expected a time", NULL },
    { BODY("search(\"a(b\");"), 3, 8, "pattern of search", NULL },
    { BODY("put(\"x\", \"y\");"), 3, 6, "expected a variable, such as $var(x)", NULL },
    { BODY("put($var(a) + 1, \"y\");"), 3, 5, "expected a variable", NULL },
    { BODY("put(5, \"y\");"), 3, 5, "expected a variable", NULL },
    { BODY("fixed($rm);"), 3, 7, "text of fixed must be a constant", NULL },
    { BODY("even(3);"), 3, 6, "expected an even number", NULL },
    { BODY("only_failure();"), 3, 1, "only_failure cannot be used in request_route",
      "it may stand in failure_route" },
    { "failure_route[A] {\nonly_request();\n}", 3, 1, "cannot be used in failure_route", NULL },
    { BODY("give(red);"), 3, 6, "\"red\" has no meaning here", "a text stands in quotes" },
    { BODY("setflag(32);"), 3, 9, "from 0 to 31", NULL },
    { BODY("strip(\"x\");"), 3, 7, "number of strip: expected an integer", NULL },
    /* routes */
    { BODY("route(RELAI);") "\nroute[RELAY] { ready(); }", 3, 7, "there is no route[RELAI]",
      "did you mean \"RELAY\"?" },
    { BODY("route(\"X Y\");"), 3, 7, "there is no route[X Y]", NULL },
    { BODY("route();"), 3, 1, "route takes 1 argument, not 0", NULL },
    { BODY("arm(\"MANAGE\");") "\nfailure_route[MANAGED] { ready(); }", 3, 6,
      "there is no failure_route[MANAGE]", "did you mean \"MANAGED\"?" },
    { "route[A] { ready(); }\nroute[A] { ready(); }", 3, 7, "a second route[A]",
      "the first is at test.cfg:2" },
    { "route[] { ready(); }", 2, 7, "expected the name of the route", NULL },
    { "rout[A] { ready(); }\nrequest_route { route(B); } route[B] { ready(); }", 2, 1,
      "\"rout\" begins nothing known here", "did you mean \"route\"?" },
    /* variables */
    { BODY("$vra(x) = 1;"), 3, 1, "unknown variable $vra", "did you mean $var?" },
    { BODY("$var(x) = $other;"), 3, 11, "unknown variable $other",
      "needs loadmodule \"other.so\"" },
    { BODY("$ro = 1;"), 3, 1, "$ro is read-only", NULL },
    { BODY("$rm(x) = 1;"), 3, 4, "$rm takes no name in parentheses", NULL },
    { BODY("$var = 1;"), 3, 1, "$var needs a name in parentheses", NULL },
    { BODY("$var(x) = $(rm[1]);"), 3, 15, "$rm takes no index", NULL },
    { BODY("$var(x) = $(avp(x)[y]);"), 3, 20, "expected a number, a variable or *", NULL },
    { BODY("$(var(x){s.len}) = 1;"), 3, 1, "a transformed variable cannot be assigned to", NULL },
    { BODY("$var(x) = $(rm{s.lne});"), 3, 16, "unknown transformation {s.lne}",
      "did you mean {s.len}?" },
    { BODY("$var(x) = $(rm{s.len,3});"), 3, 22, "{s.len} takes no argument", NULL },
    { BODY("$var(x) = $(rm{s.select});"), 3, 16, "needs the argument index", NULL },
    { BODY("$var(x) = $(rm{s.select,one});"), 3, 25, "expected an integer", NULL },
    { BODY("$var(x) = $(rm;"), 3, 11, "this variable has no closing ')'", NULL },
    { BODY("$var(x) = $strict(bad);"), 3, 11, "expected $strict(good)", NULL },
    { BODY("$null = 1;"), 3, 1, "$null cannot be assigned to", NULL },
    { BODY("$var(x) = @metod;"), 3, 11, "unknown select @metod", "did you mean \"method\"?" },
    /* in strings */
    { BODY("say(\"a $mr b\");"), 3, 8, "unknown variable $mr", "did you mean $rm?" },
    { BODY("say(\"a\\tb $rrm\");"), 3, 11, "unknown variable $rrm", NULL },
    { BODY("say(\"5 $ 6\");"), 3, 8, "expected the name of a variable behind '$'",
      "write $$ for a dollar sign" },
    { BODY("say(\"one\"\n  \" two $nope\");"), 4, 9, "unknown variable $nope", NULL },
    { BODY("say(\"x $(rm{s.nel})\");"), 3, 13, "unknown transformation {s.nel}", NULL },
    { BODY("say(\"$hdr($nope)\");"), 3, 11, "unknown variable $nope", NULL },
    /* expressions */
    { BODY("if (0 == \"abc\") ready();"), 3, 10, "a number is compared with a string", NULL },
    { BODY("$var(x) = \"a\" < 5;"), 3, 11, "expected a number beside '<', got a string", NULL },
    { BODY("$var(x) = 5 * \"a\";"), 3, 15, "expected a number beside '*', got a string", NULL },
    { BODY("$var(x) = 5 + \"a\";"), 3, 15, "expected a number behind '+'", NULL },
    { BODY("if ($rm =~ \"a(\") ready();"), 3, 12, "malformed regular expression", NULL },
    { BODY("if (5 =~ \"5\") ready();"), 3, 5, "expected a string before '=~'", NULL },
    { BODY("if ($rm == ) ready();"), 3, 12, "expected a value before ')'", NULL },
    { BODY("if ($rm = = 1) ready();"), 3, 11, "expected a value before '='", NULL },
    { BODY("if (myself) ready();"), 3, 5, "\"myself\" can only be compared", NULL },
    { BODY("if (uri > myself) ready();"), 3, 9, "with == and != only", NULL },
    { BODY("if (proto == upd) ready();"), 3, 14, "expected a protocol", NULL },
    { BODY("if (src_ip == 10.0.0.0/99) ready();"), 3, 15, "is no IP address or network", NULL },
    { BODY("if (methd == \"INVITE\") ready();"), 3, 5, "\"methd\" has no meaning here",
      "did you mean \"method\"?" },
    { BODY("$var(x) = strlen(5);"), 3, 18, "expected a string as argument of strlen", NULL },
    { BODY("$rm == \"x\";"), 3, 1, "this does nothing", NULL },
    { BODY("5 = $var(x);"), 3, 1, "expected a variable before '='", NULL },
    /* statements */
    { BODY("ready()\nready();"), 3, 8, "expected ';' to end this statement", NULL },
    { BODY("$var(x) = 1\nready();"), 3, 12, "expected ';' to end this statement", NULL },
    { BODY("if (1) { ready() }"), 3, 17, "expected ';' to end this statement", NULL },
    { BODY("if (1 { ready(); }"), 3, 7, "expected ')' to close this expression before '{'", NULL },
    { BODY("say(\"x\";"), 3, 8, "expected ')' or ',' after this argument before ';'", NULL },
    { BODY("else ready();"), 3, 1, "expected \"if\" and its statement", NULL },
    { BODY("switch (1) { ready(); }"), 3, 14, "expected \"case\" or \"default\"", NULL },
    { BODY("switch (1) { case 1 ready(); }"), 3, 21, "expected ':' after this label", NULL },
    { BODY("switch (1) { case 1: ready(); case \"a\": ready(); }"), 3, 36,
      "expected a number as label", NULL },
    { BODY("switch ($rm) { case /\"a(\": ready(); }"), 3, 22, "malformed regular expression",
      NULL },
    { BODY("switch (1) { case $rm: ready(); }"), 3, 19, "expected a constant", NULL },
    { BODY("return 1 2;"), 3, 10, "expected ';' before \"2\"", NULL },
    { "request_route {\nif (1) {\nready();\n}\n", 2, 15, "this '{' is not closed: expected '}'",
      "the file ends before" },
    { "request_route {\nif (1) {\nready();\n}\nroute[B] { ready(); }", 2, 15,
      "this '{' is not closed", "at line 6 the next block begins" },
    { "request_route {\n  if (1) {\n    ready();\n}\nroute[B] { ready(); }", 3, 10,
      "this '{' is not closed", "at line 6 the next block begins" },
    { BODY("if (1) {\n ready();\nelse\n ready();"), 3, 8, "this '{' is not closed",
      "at line 5 else begins" },
    { BODY("say(\"a);\nsay(\"b\");"), 3, 5, "this string has no closing \"", NULL },
    { BODY("say(\"1, \"a\");\nready();"), 3, 5, "this string has no closing \"", NULL },
    { BODY("if ready()) { ready(); }"), 3, 4, "expected '(' before the condition", NULL },
    { "request_route { ready(); }\n}\n", 3, 1, "this '}' closes nothing", NULL },
    { "request_route ready(); }", 2, 15, "expected '{' to begin the block before \"ready\"", NULL },
    /* the top */
    { "debgu=3", 2, 1, "unknown core parameter debgu", "did you mean \"debug\"?" },
    { "debug=\"high\"", 2, 7, "debug: expected a number, got a string", NULL },
    { "debug=", 2, 7, "expected a value, but the file ends here", NULL },
    { "loadmodule \"fak\"", 2, 12, "there is no module \"fak\"", "did you mean \"fake\"?" },
    { "loadmodule fake", 2, 12, "expected the name of a module in quotes", NULL },
    { "modparam(\"fake\", \"numbr\", 1)", 2, 18, "module fake has no parameter numbr",
      "did you mean \"number\"?" },
    { "modparam(\"fake\", \"number\", \"1\")", 2, 28,
      "fake: number: expected a number, got a string", NULL },
    { "modparam(\"fake\", \"number\", 101)", 2, 28, "from 0 to 100", NULL },
    { "modparam(\"fake\", \"text\", 1)", 2, 26, "expected a string, got a number", NULL },
    { "modparam(\"fake\", \"format\", \"a $nope\")", 2, 31, "unknown variable $nope", NULL },
    { "modparam(\"fake\", \"var\", \"x\")", 2, 26, "expected a variable", NULL },
    { "modparam(\"fake\", \"even\", 3)", 2, 26, "fake: even: expected an even number", NULL },
    { "modparam(\"fak\", \"number\", 1)", 2, 10, "no loaded module is named \"fak\"",
      "did you mean \"fake\"?" },
    { "modparam(\"fake\" \"number\", 1)", 2, 27, "expected the name of a parameter", NULL },
    { "modparam(\"fake\", number, 1)", 2, 18, "expected the name of a parameter in quotes", NULL },
    { "listen=udp:127.0.0.1:99999", 2, 8, "port 99999 is out of range", NULL },
    { "listen=udp:127.0.0.1:sip", 2, 22, "expected a port number", NULL },
    { "request_rout { ready(); }", 2, 1, "begins nothing known here",
      "did you mean \"request_route\"?" },
    /* the lexer and the preprocessor */
    { "debug=3 \"", 2, 9, "this string has no closing \"", NULL },
    { "/* no end", 2, 1, "this comment has no closing */", NULL },
    { "debug=99999999999999999999", 2, 7, "does not fit in 64 bits", NULL },
    { "debug=3 ?", 2, 9, "'?' has no meaning here", NULL },
    { "#!ifdef A\ndebug=3", 2, 1, "this has no #!endif", NULL },
    { "#!endif", 2, 1, "#!endif without #!ifdef", NULL },
    { "#!define A 1\n#!define A 2", 3, 1, "A is defined already", "first at test.cfg:2" },
    { "#!undef A", 2, 1, "A is not defined", NULL },
    { "#!define", 2, 9, "expected a name behind #!define", NULL },
    { "include_file \"/nonexistent/x.cfg\"", 2, 14, "there is no such file", NULL },
    { "#!subst \"/a/b\"", 2, 1, "expected three '/'", NULL },
    { "#!subst \"/a/$other/\"", 2, 1, "unknown variable $other", "needs loadmodule \"other.so\"" },
    { "#!ifexp 1 +\n#!endif", 2, 9, "expected a value", NULL },
    { "#!defenv TANDEM_NO_SUCH_VARIABLE", 2, 1, "the environment has no variable", NULL },
};

static struct diagnostics *diagnose(const char *text)
{
    struct generation *g = generation_new();
    struct load_options o = { .file = STR("test.cfg"), .text = str_of(text) };
    struct diagnostics *d = diagnostics_new();
    err_t e = program_load(&o, g, d);

    assert_int_equal(e != ERR_OK, diagnostics_faults(d) > 0);
    obj_drop(g);
    return d;
}

static bool contains(struct str text, const char *part)
{
    return !part || str_search(text, str_of(part)) < text.n || !*part;
}

static bool as_expected(const struct fault *f, const struct diagnostics *d)
{
    const struct diagnostic *it = diagnostics_at(d, 0);

    return diagnostics_faults(d) == 1 && it && it->fault && it->line == f->line &&
           it->col == f->col && contains(it->message, f->message) && contains(it->hint, f->hint);
}

static void print(const struct diagnostics *d)
{
    struct buf b;

    buf_init(&b, MEM_OTHER);
    diagnostics_print(d, &b, false);
    print_error(STR_FMT "\n", STR_ARG(buf_str(&b)));
    buf_free(&b);
}

static void tells_each_fault_once_at_its_place(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[1024];
        struct diagnostics *d;

        snprintf(text, sizeof text, "loadmodule \"fake.so\"\n%s", faults[i].text);
        d = diagnose(text);
        if (!as_expected(&faults[i], d)) {
            print_error("%s\nwants %u:%u %s (%s), got\n", faults[i].text, faults[i].line,
                        faults[i].col, faults[i].message, faults[i].hint ? faults[i].hint : "");
            print(d);
            wrong++;
        }
        diagnostics_free(d);
    }
    assert_int_equal(wrong, 0);
}

static void tells_all_independent_faults_without_cascades(void **state)
{
    static const char text[] = "loadmodule \"fake.so\"\n"           /* 1 */
                               "debgu=3\n"                          /* 2: parameter */
                               "modparam(\"fake\", \"numbr\", 1)\n" /* 3: modparam */
                               "request_route {\n"
                               "  sai(\"x\");\n"       /* 5: function */
                               "  if ($rm == ) {\n"    /* 6: expression */
                               "    say(\"$nope\");\n" /* 7: variable */
                               "  }\n"
                               "  route(NOWHERE)\n"       /* 9: route and ';' */
                               "  $var(x) = 5 * \"a\";\n" /* 10: types */
                               "}\n"
                               "route[A] {\n"
                               "  give(\"x\") ready();\n" /* 13: ';' and argument */
                               "  say(1, 2);\n"           /* 14: arity */
                               "}\n"
                               "route[A] { ready(); }\n"; /* 16: a second */
    static const unsigned lines[] = { 2, 3, 5, 6, 7, 9, 9, 10, 13, 13, 14, 16 };
    struct diagnostics *d = diagnose(text);
    bool wrong = diagnostics_faults(d) != sizeof lines / sizeof *lines;

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t told = 0, want = 0;

        for (size_t k = 0; k < diagnostics_faults(d); k++)
            told += diagnostics_at(d, k)->line == lines[i];
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
            want += lines[k] == lines[i];
        wrong |= told != want;
    }
    if (wrong)
        print(d);
    assert_false(wrong);
    diagnostics_free(d);
}

static void tells_a_missing_module_and_not_its_functions(void **state)
{
    struct diagnostics *d = diagnose("loadmodule \"nothere.so\"\nmodparam(\"nothere\", \"x\", 1)\n"
                                     "request_route { unknown_one(); if ($unknown) exit;"
                                     "$var(x) = $(var(y){no.such}); }");

    (void)state;
    if (diagnostics_faults(d) != 1)
        print(d);
    assert_int_equal(diagnostics_faults(d), 1);
    assert_int_equal(diagnostics_at(d, 0)->line, 1);
    diagnostics_free(d);
}

static void tells_what_a_module_needs(void **state)
{
    struct diagnostics *d = diagnose("loadmodule \"other.so\"\n");

    (void)state;
    assert_int_equal(diagnostics_faults(d), 1);
    assert_text(diagnostics_at(d, 0)->message, "module other needs module fake before it");
    diagnostics_free(d);
}

static void prints_the_line_with_a_caret(void **state)
{
    struct diagnostics *d = diagnose("loadmodule \"fake\"\nroute[A] {\n\tsai(\"x\");\n}\n");
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    diagnostics_print(d, &b, false);
    assert_text(buf_str(&b), "test.cfg:3:2: error: unknown function sai\n"
                             "    \tsai(\"x\");\n"
                             "    \t^~~\n"
                             "    did you mean \"say\"?\n");
    buf_free(&b);
    diagnostics_free(d);
}

static void says_what_it_was_expanded_from(void **state)
{
    struct diagnostics *d =
        diagnose("loadmodule \"fake.so\"\n#!define CALL sai(1)\nrequest_route {\n  CALL;\n}\n");
    const struct diagnostic *it = diagnostics_at(d, 0);

    (void)state;
    assert_int_equal(diagnostics_faults(d), 1);
    assert_int_equal(it->line, 4);
    assert_int_equal(it->col, 3);
    assert_text(it->trace, "expanded from CALL, defined at test.cfg:2\n");
    diagnostics_free(d);
}

static void warns_of_traps(void **state)
{
    static const struct {
        const char *text, *name;
        unsigned line, col;
    } warnings[] = {
        { "#!define X 5 # five\nloadmodule \"fake\"\n", "W-define-comment", 1, 14 },
        { "#!defin X 5\n", "W-unknown-directive", 1, 1 },
        { "loadmodule \"fake\"\nrequest_route { switch (1) { case 1: ready(); break;\n"
          "case 1: ready(); } }",
          "W-duplicate-case", 3, 1 },
        { "loadmodule \"fake\"\nrequest_route { if ($var(x) = 0) ready(); }", "W-assign-condition",
          2, 29 },
        { "loadmodule \"fake\"\nrequest_route { if (give(1) == -1) ready(); }", "W-call-compare", 2,
          21 },
        { "loadmodule \"fake\"\nrequest_route { if (give(1) || 1) ready(); }", "W-never-called", 2,
          21 },
        { "loadmodule \"fake\"\nrequest_route { if ($null == $rm) ready(); }", "W-null-left", 2,
          21 },
        { "loadmodule \"fake\"\nrequest_route { $var(x) = \"a $rm\"; }", "W-no-expansion", 2, 30 },
        { "loadmodule \"fake\"\n#!subst \"!A!$rm!\"\nrequest_route { ready(); }",
          "W-subst-variable", 2, 1 },
        { "loadmodule \"fake\"\nrequest_route { exit; ready(); }", "W-unreachable", 2, 23 },
        { "loadmodule \"fake\"\nrequest_route { if ($var(x)) exit; else { ready(); exit; }\n"
          " ready(); }",
          "W-unreachable", 3, 2 },
        { "route[A] { exit; }", "W-unused-route", 1, 7 },
        { "request_route { route(A); }\nroute[A] { return 0; }", "W-return-zero", 2, 12 },
        { "request_route { route(A); }\nroute[A] { break; }", "W-break-route", 2, 12 },
        { "loadmodule \"fake\"\nrequest_route { arm(\"F\"); }\nfailure_route[F] { drop; }",
          "W-drop-ignored", 3, 20 },
        { "loadmodule \"fake\"\nrequest_route { $avp(n) = $avp(n) + 1; }", "W-counter", 2, 35 },
        { "request_route { $var(x) = \"05\" == 5; }", "W-text-number", 1, 27 },
        { "request_route { $var(x) = $var(y) << 2 == 4; }", "W-precedence", 1, 35 },
        { "request_route { $var(x) = 010; }", "W-octal", 1, 27 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        struct diagnostics *d = diagnose(warnings[i].text);

        if (diagnostics_faults(d) || diagnostics_warnings(d) != 1)
            print_error("%s\n", warnings[i].text);
        assert_int_equal(diagnostics_faults(d), 0);
        assert_int_equal(diagnostics_warnings(d), 1);
        assert_string_equal(diagnostics_at(d, 0)->name, warnings[i].name);
        assert_int_equal(diagnostics_at(d, 0)->line, warnings[i].line);
        assert_int_equal(diagnostics_at(d, 0)->col, warnings[i].col);
        diagnostics_free(d);
    }
}

static void keeps_silent_where_it_is_asked_to(void **state)
{
    static const char *const texts[] = {
        "request_route { $var(x) = 010; } # tandem: allow W-octal",
        "request_route {\n# tandem: allow W-break-route W-octal\n$var(x) = 010; }",
    };
    static const struct str names[] = { STR_INIT("W-octal") };
    struct load_options o = { .file = STR_INIT("test.cfg"),
                              .text = STR_INIT("request_route { $var(x) = 010; }"),
                              .no_warn = names,
                              .n_no_warn = 1 };
    struct generation g = { 0 };
    struct diagnostics *d;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        d = diagnose(texts[i]);
        assert_int_equal(diagnostics_warnings(d), 0);
        diagnostics_free(d);
    }
    d = diagnose("request_route {\n$var(y) = 1; # tandem: allow W-octal\n$var(x) = 010; }");
    assert_int_equal(diagnostics_warnings(d), 1);
    diagnostics_free(d);
    d = diagnostics_new();
    arena_init(&g.arena, MEM_CONFIG, 4096);
    assert_err(program_load(&o, &g, d), ERR_OK);
    assert_int_equal(diagnostics_warnings(d), 0);
    arena_free(&g.arena);
    diagnostics_free(d);
}

static void takes_common_habits_as_they_are(void **state)
{
    static const char *const texts[] = {
        "request_route { if ($var(x) == 1) break; exit; }",
        "request_route { exit; }\nfailure_route { break; }",
        "loadmodule \"fake\"\nmodparam(\"fake\", \"number\", 0060)\nrequest_route { exit; }",
        "request_route { if (!uri == myself && !src_ip == 10.0.0.0/8) exit; }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct diagnostics *d = diagnose(texts[i]);

        if (diagnostics_faults(d) || diagnostics_warnings(d))
            print_error("%s\n", texts[i]);
        assert_int_equal(diagnostics_faults(d), 0);
        assert_int_equal(diagnostics_warnings(d), 0);
        diagnostics_free(d);
    }
}

static void knows_each_warning_by_name(void **state)
{
    (void)state;
    for (const struct warning *w = script_warnings; w->name; w++) {
        assert_true(str_starts(str_of(w->name), STR("W-")));
        assert_ptr_equal(warning_find(str_of(w->name)), w);
    }
    assert_null(warning_find(STR("W-")));
}

int main(void)
{
    registry_init(fake_modules);
    log_set_level(LOG_NONE);
    TEST_RUN(tells_each_fault_once_at_its_place, tells_all_independent_faults_without_cascades,
             tells_a_missing_module_and_not_its_functions, tells_what_a_module_needs,
             prints_the_line_with_a_caret, says_what_it_was_expanded_from, warns_of_traps,
             keeps_silent_where_it_is_asked_to, takes_common_habits_as_they_are,
             knows_each_warning_by_name);
}
