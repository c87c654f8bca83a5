/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts do: each line of the language's rules is a line here. */
#include "script/test.h"

/* Loads a request_route with this body and says what it said. */
static struct str run_body(const char *body, const char *more)
{
    char text[8192];
    struct generation *g;
    struct buf why;

    snprintf(text, sizeof text, "loadmodule \"fake.so\"\n%s\nrequest_route {\n%s\n}\n",
             more ? more : "", body);
    said_begin();
    buf_init(&why, MEM_OTHER);
    g = load_text(text, &why);
    if (!g) {
        print_error(STR_FMT "\n", STR_ARG(buf_str(&why)));
        buf_addz(&said_buf, "does not load\n");
    } else {
        run_route_of(g, ROUTE_REQUEST, NULL, NULL);
        obj_drop(g);
    }
    buf_free(&why);
    return buf_str(&said_buf);
}

struct expected {
    const char *body, *said;
};

static void check_all(const struct expected *all, size_t n, const char *before, const char *more)
{
    for (size_t i = 0; i < n; i++) {
        char body[4096];
        struct str got;

        snprintf(body, sizeof body, "%s %s", before, all[i].body);
        got = run_body(body, more);
        if (!str_eq(got, str_of(all[i].said)))
            print_error("%s\n", all[i].body);
        assert_str(got, str_of(all[i].said));
    }
}
#define ALL(cases, before, more) check_all(cases, sizeof(cases) / sizeof *(cases), before, more)

/* An expression assigned to $var(r), and shown. */
static void check_values(const struct expected *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char body[4096], want[256];
        struct str got;

        snprintf(body, sizeof body,
                 "$var(m) = -1; $var(s) = \"abc\"; $var(i) = 5; $var(z) = 0; $var(one) = 1;"
                 "$var(r) = %s; show($var(r));",
                 all[i].body);
        snprintf(want, sizeof want, "%s\n", all[i].said);
        got = run_body(body, NULL);
        if (!str_eq(got, str_of(want)))
            print_error("%s\n", all[i].body);
        assert_str(got, str_of(want));
    }
}

static void calculates_as_the_language_does(void **state)
{
    static const struct expected cases[] = {
        { "$var(m) && 1", "int -1" },
        { "1 && $var(m)", "int -1" },
        { "$var(m) || 0", "int -1" },
        { "0 || $var(m)", "int -1" },
        { "$var(m) || $var(z)", "int 1" },
        { "$var(z) || $var(m)", "int 1" },
        { "$var(m) && $var(i)", "int 1" },
        { "-1 && 1", "int 1" },
        { "$var(s) + 0", "str abc0" },
        { "$var(s) + 1", "str abc1" },
        { "$var(i) + \"\"", "int 5" },
        { "$var(i) + \"3\"", "int 8" },
        { "0 + $var(s)", "int 0" },
        { "\"\" + $var(i)", "str 5" },
        { "$var(s) * 1", "int 0" },
        { "1 * $var(s)", "int 0" },
        { "$var(s) - 0", "int 0" },
        { "$var(s) | 0", "int 0" },
        { "$var(i) / 1", "int 5" },
        { "$var(i) * 0", "int 0" },
        { "$var(s) << 0", "int 0" },
        { "$avp(none) == 0", "int 1" },
        { "$avp(none) == \"\"", "int 1" },
        { "$avp(none) == $avp(none2)", "int 1" },
        { "\"\" == $avp(none)", "int 1" },
        { "0 == $avp(none)", "int 1" },
        { "$avp(none) =~ \"^$\"", "int 1" },
        { "$avp(none) < 5", "int 1" },
        { "0 == $var(s)", "int 1" },
        { "$null == $var(z)", "int 1" },
        { "$var(z) == $null", "int 0" },
        { "$var(z) != $null", "int 1" },
        { "$avp(none) == $null", "int 1" },
        { "$avp(none) != $null", "int 0" },
        { "\"5\" == 5", "int 1" },
        { "\"05\" == 5", "int 0" },
        { "1 << 2 == 4", "int 1" },
        { "2 | 1 == 1", "int 3" },
        { "6 ^ 2 & 3", "int 0" },
        { "!1 == 0", "int 1" },
        { "~5", "int -6" },
        { "-5 / 2", "int -2" },
        { "$var(m) mod 3", "int -1" },
        { "2 - 3 - 4", "int -5" },
        { "7 mod 4", "int 3" },
        { "\"a\" + 1 + 2", "str a12" },
        { "$rm + 1", "str OPTIONS1" },
        { "0x10 + 010 + 101b", "int 29" },
        { "(int)\"12abc\"", "int 0" },
        { "(int)\"0x10\"", "int 16" },
        { "(str)12 + 1", "str 121" },
        { "defined $avp(x)", "int 0" },
        { "strlen($rm)", "int 7" },
        { "strempty($avp(x))", "int 1" },
        { "$null", "int 0" },
        { "\"a$rm\\$x\\q\\x41\\101\"", "str a$rm\\$x\\qAA" },
        { "'a$rm\\n'", "str a$rm\\n" },
        { "yes + 1", "int 2" },
        { "$var(s) == \"ABC\"", "int 0" },
        { "$var(s) =~ \"A.C\"", "int 1" },
        { "$var(s) =~ $var(s)", "int 1" },
        { "$var(one) =~ \"1\"", "int 1" },
        { "$var(s) && $var(one)", "int 0" },
        { "$avp(n) + \"a\" + $avp(n) + 3", "str a3" },
        { "$avp(n) - 3", "int -3" },
        { "3 + $avp(n)", "int 3" },
        { "$avp(n) + 1", "str 1" },
        { "2147483647 + $var(one)", "int 2147483648" },
        { "9223372036854775807 + $var(one)", "int -9223372036854775808" },
        { "selval($var(one), \"a\", \"b\")", "str a" },
        { "selval($var(z), \"a\", \"b\")", "str b" },
        { "$var(s) eq \"abc\"", "int 1" },
        { "$var(s) ne \"abc\"", "int 0" },
        { "$var(i) ieq 5", "int 1" },
        { "$var(i) ine 5", "int 0" },
        { "not $var(z) and $var(one)", "int 1" },
        { "$var(i) >= 5 && $var(i) <= 5", "int 1" },
        { "$ro", "int 42" },
        { "$(ru{s.len})", "int 23" },
        { "$(hdr(Subject){s.select,1})", "str two" },
        { "$(hdr(Subject){s.select,1,,}{s.len})", "int 3" },
        { "@method", "str OPTIONS" },
    };
    (void)state;
    check_values(cases, sizeof cases / sizeof *cases);
}

static void reads_numbers_in_text(void **state)
{
    static const struct expected cases[] = {
        { "$var(t) = \"5x\"; show(1 + $var(t));", "int 1\n" },
        { "$var(t) = \" 5 \"; show(1 + $var(t));", "int 1\n" },
        { "$var(t) = \"0x10\"; show(1 + $var(t));", "int 17\n" },
        { "$var(t) = \"010\"; show(1 + $var(t));", "int 11\n" },
        { "$var(t) = \"-7\"; show(1 + $var(t));", "int -6\n" },
        { "$var(t) = \"+7\"; show(1 + $var(t));", "int 8\n" },
        { "$var(t) = \"\"; show(1 + $var(t));", "int 1\n" },
        { "$var(t) = \"--7\"; show(1 + $var(t));", "int 1\n" },
        { "$avp(c) = $avp(c) + 1; $avp(c) = $avp(c) + 1; say(\"$avp(c)\");", "11\n" },
    };
    (void)state;
    ALL(cases, "", NULL);
}

static void yields_codes_of_calls(void **state)
{
    static const struct expected cases[] = {
        { "give(-1)", "int -1" },          { "(give(-1))", "int -1" },
        { "give(-1) + 0", "int -1" },      { "give(-1) * 1", "int -1" },
        { "give(-1) && 1", "int -1" },     { "give(-1) || 0", "int -1" },
        { "!give(-1)", "int 1" },          { "-give(-1)", "int 0" },
        { "give(-1) == -1", "int 0" },     { "give(-1) + 1", "int 1" },
        { "(str)give(-1)", "str 0" },      { "\"x\" + give(-1)", "str x0" },
        { "give(7) && give(3)", "int 1" }, { "give(7) == 1", "int 1" },
    };
    (void)state;
    check_values(cases, sizeof cases / sizeof *cases);
}

static void takes_what_is_above_zero_for_true(void **state)
{
    static const struct expected cases[] = {
        { "$var(x) = -1; if ($var(x)) say(\"yes\"); else say(\"no\");", "no\n" },
        { "$var(x) = -1; if (!$var(x)) say(\"yes\"); else say(\"no\");", "no\n" },
        { "if (-1 && 1) say(\"yes\"); else say(\"no\");", "yes\n" },
        { "$var(x) = \"abc\"; if ($var(x)) say(\"yes\"); else say(\"no\");", "no\n" },
        { "if ($var(x) = 0) say(\"yes\"); else say(\"no\");", "yes\n" },
        { "if (give(-1)) say(\"yes\"); else say(\"no\");", "no\n" },
        { "if give(2) say(\"yes\");", "yes\n" },
        { "$var(z) = 0; if (1 / $var(z)) say(\"yes\"); else say(\"no\");", "no\n" },
        { "$var(x) = -1; $var(n) = 3;"
          "while ($var(x)) { $var(n) = $var(n) - 1; if ($var(n) < 1) break; } say(\"$var(n)\");",
          "0\n" },
    };
    (void)state;
    ALL(cases, "", NULL);
}

static void passes_on_the_code_of_the_last_action(void **state)
{
    static const struct expected cases[] = {
        { "if (1) { give(-1); }", "-1\n" },
        { "$var(k) = 2; while ($var(k) > 0) { $var(k) = $var(k) - 1; give(-1); }", "-1\n" },
        { "switch ($var(one)) { case 1: give(-1); break; }", "0\n" },
        { "give(-1); switch ($var(one)) { case 2: give(-1); break; }", "1\n" },
        { "give(-1); while (0) { give(-1); }", "1\n" },
        { "if (0) { give(2); } else { give(-1); }", "-1\n" },
        { "break;", "0\n" },
        { "return (5);", "5\n" },
        { "return -1;", "-1\n" },
        { "give(-1); return;", "1\n" },
        { "$var(z) = 0; $var(y) = 1 / $var(z);", "-1\n" },
        { "while (1) { give(-1); break; }", "0\n" },
        { "give(-1); setflag(1);", "1\n" },
        { "isflagset(9);", "-1\n" },
        { "give(-1); if (0) give(-1);", "1\n" },
        { "give(-1); $var(x) = 3;", "1\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char more[1024];
        struct str got;

        snprintf(more, sizeof more, "route[R] { $var(one) = 1; %s }", cases[i].body);
        got = run_body("route(R); say(\"$rc\");", more);
        if (!str_eq(got, str_of(cases[i].said)))
            print_error("%s\n", cases[i].body);
        assert_str(got, str_of(cases[i].said));
    }
}

static void keeps_rc_through_what_is_no_module_function(void **state)
{
    static const struct expected cases[] = {
        { "give(3); setflag(1); $var(x) = 1; isflagset(9); say(\"$rc $? $retcode\");", "3 3 3\n" },
        { "$var(x) = give(-1) && give(2); say(\"$rc\");", "-1\n" },
        { "$var(x) = route(FIVE); say(\"$var(x) $rc\");", "5 5\n" },
        { "if (route(FIVE) == 5) say(\"raw\"); else say(\"truth\");", "truth\n" },
        { "switch (route(FIVE)) { case 5: say(\"raw\"); break; case 1: say(\"truth\"); }",
          "truth\n" },
    };
    (void)state;
    ALL(cases, "", "route[FIVE] { return 5; }");
}

static void ends_the_script(void **state)
{
    static const struct expected cases[] = {
        { "route(A); say(\"after\");", "a\n" },
        { "if (route(A)) say(\"in\"); say(\"after\");", "a\n" },
        { "route(B); say(\"after\");", "b\n" },
        { "if (route(C)) say(\"in\"); say(\"after\");", "c\n" },
        { "route(D); say(\"after\");", "" },
        { "give(0); say(\"after\");", "" },
        { "if (!give(0)) say(\"in\"); say(\"after\");", "" },
        { "route(E); say(\"after\");", "after\n" },
        { "exit(3); say(\"after\");", "" },
        { "jump(\"F\"); say(\"after\");", "f\n" },
    };
    (void)state;
    ALL(cases, "",
        "route[A] { say(\"a\"); exit; } route[B] { say(\"b\"); return 0; }"
        "route[C] { say(\"c\"); return (give(-1)); } route[D] { drop; }"
        "route[E] { break; } failure_route[F] { say(\"f\"); exit; }");
}

static void tells_the_final_code_and_drop(void **state)
{
    static const struct {
        const char *body;
        int code;
        bool drop;
    } cases[] = {
        { "exit;", 1, false },       { "drop;", 0, true },     { "return 0;", 0, false },
        { "return -3;", -3, false }, { "give(0);", 0, false }, { "give(-2);", -2, false },
        { "break;", 0, false },      { ";", 1, false },        { "drop(1);", 1, true },
        { "exit(4);", 4, false },    { "drop();", 0, true },   { "exit();", 1, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        struct generation *g;
        struct buf why;
        bool drop;

        snprintf(text, sizeof text, "loadmodule \"fake\"\nreply_route { %s }", cases[i].body);
        buf_init(&why, MEM_OTHER);
        g = load_text(text, &why);
        assert_non_null(g);
        assert_int_equal(run_route_of(g, ROUTE_REPLY, NULL, &drop), cases[i].code);
        assert_int_equal(drop, cases[i].drop);
        obj_drop(g);
        buf_free(&why);
    }
}

static void chooses_cases(void **state)
{
    static const struct expected cases[] = {
        { "$var(s) = \"2\"; switch ($var(s)) { case 2: say(\"int\"); }", "int\n" },
        { "$var(s) = 2; switch ($var(s)) { case \"2\": say(\"str\"); }", "str\n" },
        { "$var(s) = \"junk\"; switch ($var(s)) { case 0: say(\"0\"); break; default: say(\"d\"); "
          "}",
          "0\n" },
        { "switch ($avp(none)) { case 0: say(\"0\"); break; default: say(\"d\"); }", "0\n" },
        { "switch (\"abc\") { case \"a\": say(\"a\"); case /\"B\": say(\"B\"); break;"
          "case /\"b\": say(\"b\"); case \"zz\": say(\"zz\"); break; case \"y\": say(\"y\"); }",
          "b\nzz\n" },
        { "switch (3) { case 1: say(\"1\"); default: say(\"d\"); case 2: say(\"2\"); }", "d\n2\n" },
        { "switch (3) { case 1: case 3: say(\"3\"); break; }", "3\n" },
        { "switch (-1) { case -1: say(\"minus\"); }", "minus\n" },
        { "$var(n) = 0; while ($var(n) < 3) { $var(n) = $var(n) + 1; switch ($var(n)) {"
          "case 2: break; default: say(\"$var(n)\"); } }",
          "1\n3\n" },
    };
    (void)state;
    ALL(cases, "", NULL);
}

static void bounds_loops_and_recursion(void **state)
{
    static const struct expected cases[] = {
        { "$var(c) = 0; while (1) { $var(c) = $var(c) + 1; } say(\"$var(c)\");", "100\n" },
        { "$var(c) = 0; route(DOWN); say(\"$var(c)\");", "256\n" },
        { "route($var(nope)); say(\"on\");", "on\n" },
        { "$var(n) = \"DOW\"; $var(c) = 250; route($var(n) + \"N\"); say(\"$var(c)\");", "506\n" },
    };
    (void)state;
    ALL(cases, "", "route[DOWN] { $var(c) = $var(c) + 1; route(DOWN); }");
}

static void knows_its_words(void **state)
{
    static const struct expected cases[] = {
        { "if (method == \"options\") say(\"y\");", "y\n" },
        { "if (method == OPTIONS) say(\"y\");", "y\n" },
        { "if ($rm == \"options\") say(\"y\"); else say(\"n\");", "n\n" },
        { "if (uri =~ \"BOB\") say(\"y\");", "y\n" },
        { "if (uri == \"SIP:bob@example.org;x=1\") say(\"y\");", "y\n" },
        { "if (from_uri == \"sip:alice@a.org\") say(\"y\");", "y\n" },
        { "if (to_uri != \"sip:alice@a.org\") say(\"y\");", "y\n" },
        { "if (src_ip == 127.0.0.0/8) say(\"y\");", "y\n" },
        { "if (src_ip == 127.0.0.1) say(\"y\");", "y\n" },
        { "if (src_ip != 10.0.0.0/8) say(\"y\");", "y\n" },
        { "if (src_ip == [::1]) say(\"y\"); else say(\"n\");", "n\n" },
        { "if (src_ip == ::1) say(\"y\"); else say(\"n\");", "n\n" },
        { "if (src_ip == \"127.0.0.1\") say(\"y\");", "y\n" },
        { "if (proto == udp && af == inet) say(\"y\");", "y\n" },
        { "if (proto == TCP) say(\"y\"); else say(\"n\");", "n\n" },
        { "if (msg:len > 10 && msg:len < max_len) say(\"y\");", "y\n" },
        { "if (src_port == 5099) say(\"y\");", "y\n" },
        { "if (uri == myself) say(\"y\"); else say(\"n\");", "n\n" },
        { "if (uri != myself) say(\"y\"); else say(\"n\");", "y\n" },
        { "if (src_ip != myself) say(\"y\");", "y\n" },
    };
    (void)state;
    ALL(cases, "", NULL);
}

static void binds_arguments(void **state)
{
    static const struct expected cases[] = {
        { "say(\"a $rm $$ $var(fresh)\");", "a OPTIONS $ 0\n" },
        { "say('a $rm');", "a OPTIONS\n" },
        { "say($rm);", "OPTIONS\n" },
        { "say(\"<\" + $rm + \">\");", "<OPTIONS>\n" },
        { "$var(x) = \"$rm\"; say($var(x));", "$rm\n" },
        { "$var(x) = \"$rm\"; sayf($var(x));", "$rm\n" },
        { "$var(x) = \"$rm\"; sayf($var(x) + \"!\");", "$rm!\n" },
        { "sayf(\"$rm-$(hdr(Subject){s.select,2})\");", "OPTIONS-three\n" },
        { "say(\"$avp(none)|\"); say($avp(none));", "<null>|\n\n" },
        { "sayf(\"$avp(none)|\");", "<null>|\n" },
        { "say(12);", "12\n" },
        { "two(\"7\"); two(8, \"x\"); two($ro, $rm); two(\"$ro\", \"$rm\");",
          "7 none\n8 x\n42 OPTIONS\n42 OPTIONS\n" },
        { "put(\"$var(x)\", \"q\"); put($avp(y), \"r\"); say(\"$var(x)$avp(y)\");", "qr\n" },
        { "many(\"a\", 2, $rm, \"$rU\");", "[a][2][OPTIONS][bob]\n" },
        { "many();", "\n" },
        { "pick(\"green\"); pick(2, yes, \"5s\"); $var(c) = \"blue\"; pick($var(c), 1);",
          "1 0 1000\n2 1 5000\n2 1 1000\n" },
        { "if (search(\"^OPTIONS\")) say(\"y\"); if (!search(\"^BYE$|x$\")) say(\"n\");",
          "y\nn\n" },
        { "$var(p) = \"^OPT\"; if (search($var(p))) say(\"y\");", "y\n" },
        { "arm(\"F\"); arm(\"0\"); $var(f) = \"F\"; arm($var(f)); arm(\"$var(f)\");",
          "armed F\narmed 0\narmed F\narmed F\n" },
        { "show(5); show(\"5\"); show($ro); show($rm); show(\"$ro\");",
          "int 5\nstr 5\nint 42\nstr OPTIONS\nstr 42\n" },
        { "fixed(\"a $rm\");", "a $rm\n" },
        { "give_code(1); say(\"$rc\");", "1\n" },
        { "$var(big) = 1000; $var(r) = give($var(big)); say(\"$var(r)\");", "-1\n" },
        { "$var(k) = \"Subject\"; say(\"$hdr($var(k))\");", "one,two,three\n" },
        { "$avp(a) = 1; $avp(a) = 2; $var(i) = 1; say(\"$avp(a) $(avp(a)[1]) "
          "$(avp(a)[$var(i)])\");",
          "2 1 1\n" },
        { "$avp(a) = 1; $avp(a) = 2; $avp(a) = $null; say(\"$avp(a)\");", "1\n" },
        { "say(\"to $rU.\");", "to bob.\n" },
        { "$vn(x) = 3; $vn(x) = $null; say(\"$vn(x)\");", "<null>\n" },
    };
    (void)state;
    ALL(cases, "", "failure_route[F] { ready(); }");
}

static void may_return_false_from_a_route(void **state)
{
    static const struct expected cases[] = {
        { "if (route(Z)) say(\"true\"); else say(\"false\"); say(\"goes on\");",
          "false\ngoes on\n" },
    };
    (void)state;
    ALL(cases, "", "return_mode = 1\nroute[Z] { return 0; }");
}

static void changes_the_request_uri(void **state)
{
    static const struct expected cases[] = {
        { "strip(1); say(\"$ru\");", "sip:ob@example.org;x=1\n" },
        { "strip(9); say(\"$ru\");", "sip:example.org;x=1\n" },
        { "strip_tail(1); say(\"$ru\");", "sip:bo@example.org;x=1\n" },
        { "prefix(\"+\"); say(\"$ru\");", "sip:+bob@example.org;x=1\n" },
        { "sethost(\"h\"); say(\"$ru\");", "sip:bob@h;x=1\n" },
        { "sethostport(\"h:99\"); setport(\"77\"); say(\"$ru\");", "sip:bob@h:77;x=1\n" },
        { "setuser(\"u\"); say(\"$ru\");", "sip:u@example.org;x=1\n" },
        { "setuserpass(\"u:p\"); say(\"$ru\");", "sip:u:p@example.org;x=1\n" },
        { "sethostporttrans(\"h:1;transport=tcp\"); say(\"$ru\");",
          "sip:bob@h:1;transport=tcp;x=1\n" },
        { "seturi(\"sip:a@b\"); say(\"$ru\"); revert_uri(); say(\"$ru\");",
          "sip:a@b\nsip:bob@example.org;x=1\n" },
        { "userphone(); say(\"$ru\");", "sip:bob@example.org;x=1;user=phone\n" },
        { "$ru = \"sip:\" + $rU + \"@\" + $sel(cfg_get.gw.ip) + \":\" + @cfg_get.gw.port;"
          "say(\"$ru\");",
          "sip:bob@192.0.2.1:5060\n" },
        { "if (strempty($sel(cfg_get.gw.none))) say(\"empty\");", "empty\n" },
        { "show($sel(cfg_get.gw.port) + 1);", "str 50601\n" },
        { "force_rport; add_rport(); set_reply_no_connect; if (isflagset(F2)) say(\"no\");"
          "setflag(F2); if (isflagset(5)) say(\"yes\");",
          "yes\n" },
        { "if (cfg_select(\"gw\", 2)) show(@cfg_get.gw.port); if (!cfg_select(\"gw\", 3))"
          "say(\"none\"); cfg_reset(\"gw\"); show(@cfg_get.gw.port);",
          "str 5070\nnone\nstr 5060\n" },
        { "$avp(x) = 1; setavpflag($avp(x), \"AF\"); if (isavpflagset(\"x\", AF)) say(\"set\");"
          "resetavpflag(\"s:x\", AF); if (!isavpflagset($avp(x), 31)) say(\"reset\");"
          "if (!setavpflag(\"none\", AF)) say(\"none\");",
          "set\nreset\nnone\n" },
        { "udp_mtu_try_proto(TCP); set_advertised_address(\"a.example\");"
          "set_advertised_port(5080); say(\"$iuid\");",
          "here\n" },
        { "$var(p) = \"^sip:B\"; $var(i) = 0; while ($var(i) < 3) { if ($ru =~ $var(p)) "
          "say(\"hit\"); $var(p) = \"^sip:c\"; $var(i) = $var(i) + 1; }",
          "hit\n" },
    };
    (void)state;
    ALL(cases, "",
        "avpflags AF;\ncoreparam[iuid] = \"here\"\ngw[2].port = 5070\n"
        "gw.ip = \"192.0.2.1\" desc \"a gateway\"\ngw.port = 5060\ngw.none = \"\"\nflags F2:5, "
        "F3;");
}

static void remembers_script_variables(void **state)
{
    struct generation *g;
    struct buf why;

    (void)state;
    buf_init(&why, MEM_OTHER);
    g = load_text("loadmodule \"fake\"\nrequest_route { $var(kept) = $var(kept) + 1;"
                  "$var(text) = $var(text) + \"x\"; say(\"$var(kept) $var(text)\"); }",
                  &why);
    assert_non_null(g);
    said_begin();
    for (int i = 0; i < 3; i++)
        run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    assert_text(buf_str(&said_buf), "1 0\n2 0\n3 0\n");
    obj_drop(g);
    said_begin();
    g = load_text("loadmodule \"fake\"\nrequest_route { say(\"$var(kept) $var(t2)\");"
                  "$var(t2) = \"a\" + $rm + $var(kept); }",
                  &why);
    run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    run_route_of(g, ROUTE_REQUEST, NULL, NULL);
    assert_text(buf_str(&said_buf), "3 0\n3 aOPTIONS3\n");
    obj_drop(g);
    buf_free(&why);
    program_worker_stop();
}

static void calls_the_function_of_the_module_loaded_last(void **state)
{
    (void)state;
    assert_text(run_body("ready(); say(\"$rc\");", "loadmodule \"other.so\""), "other\n1\n");
    assert_text(run_body("ready();", NULL), "");
}

int main(void)
{
    registry_init(fake_modules);
    log_set_level(LOG_NONE);
    TEST_RUN(calculates_as_the_language_does, reads_numbers_in_text, yields_codes_of_calls,
             takes_what_is_above_zero_for_true, passes_on_the_code_of_the_last_action,
             keeps_rc_through_what_is_no_module_function, ends_the_script,
             tells_the_final_code_and_drop, chooses_cases, bounds_loops_and_recursion,
             knows_its_words, binds_arguments, changes_the_request_uri,
             may_return_false_from_a_route, remembers_script_variables,
             calls_the_function_of_the_module_loaded_last);
}
