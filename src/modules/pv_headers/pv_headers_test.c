/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/pv_headers/pv_headers.h"
#include "modules/script_test.h"

#define HEAD                                                                                       \
    "loadmodule \"tm.so\"\nloadmodule \"uac.so\"\nmodparam(\"uac\", \"restore_mode\", \"none\")\n" \
    "loadmodule \"kex.so\"\nloadmodule \"textopsx.so\"\nloadmodule \"pv_headers.so\"\n"            \
    "modparam(\"pv_headers\", \"auto_msg\", 0)\n"
#define C    "pvh_collect_headers(); "
#define SEND "; pvh_apply_headers(); msg_apply_changes()"

static void reads_and_writes_the_list(void **state)
{
    static const struct script_row rows[] = {
        { C, "$rc $x_hdr(X-Foo) $(x_hdr(x-foo)[1]) $(x_hdr(X-Foo)[-2]) $(x_hdr(X-Foo)[2])",
          "1 first second first <null>" },
        { C "pvh_collect_headers()", "$rc", "-1" },
        { "pvh_collect_headers(); pvh_reset_headers(); pvh_collect_headers()", "$rc", "1" },
        { "pvh_collect_headers(); pvh_reset_headers()", "$x_hdr(X-Foo)", "<null>" },
        { C, "$xavi(headers=>Subject) $xavi(headers=>x-foo[1])", "one,two,three second" },
        { C "$x_hdr(X-Foo) = \"third\"", "$x_hdr(X-Foo) $(x_hdr(X-Foo)[2])", "first third" },
        { C "$(x_hdr(X-Foo)[1]) = 7", "$x_hdr(X-Foo) $(x_hdr(X-Foo)[1])", "first 7" },
        { C "$(x_hdr(X-Foo)[*]) = \"all\"", "$x_hdr(X-Foo) $(x_hdr(X-Foo)[1])", "all <null>" },
        { C "$x_hdr(X-Foo) = $null", "$x_hdr(X-Foo) $(x_hdr(X-Foo)[1])", "<null> second" },
        { C "$(x_hdr(X-Foo)[9]) = \"x\"", "$(x_hdr(X-Foo)[2])", "<null>" },
        { C "$(x_hdr(X-New)[3]) = \"x\"", "$x_hdr(X-New)", "x" },
        { C "$x_hdr(X-Foo) = \"a\\r\\nEvil: 1\"", "$(x_hdr(X-Foo)[2])", "<null>" },
        { "$x_hdr(X-Foo) = \"x\"", "$x_hdr(X-Foo)", "<null>" },
        { C, "$x_fu $x_fU $x_fd $x_fn $x_ft $x_tu $x_tU $x_td $x_tn $x_tt",
          "sip:Alice@a.org Alice a.org \"Alice\" 1 sip:bob@b.org bob b.org <null> <null>" },
        { C "$x_fU = \"carol\"; $x_fd = \"c.org:5070\"; $x_fn = \"\"", "$x_hdr(From)",
          "<sip:carol@c.org:5070>;tag=1" },
        { C "$x_tu = \"sip:d.org\"; $x_tU = \"dave\"; $x_tn = \"Dave\"", "$x_hdr(To)",
          "Dave <sip:dave@d.org>" },
        { C "$x_fu = \"garbage\"; $x_fU = $null; $x_fn = \"a\\r\\nb\"", "$x_hdr(From)",
          "\"Alice\" <sip:Alice@a.org>;tag=1" },
        { C "$x_rs = 200; $x_rr = \"x\"", "$x_rs $x_rr", "<null> <null>" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void has_functions_for_headers(void **state)
{
    static const struct script_row rows[] = {
        { C "pvh_check_header(\"x-foo\")", "$rc", "1" },
        { C "pvh_check_header(\"X-None\")", "$rc", "-1" },
        { "pvh_check_header(\"X-Foo\")", "$rc", "-1" },
        { "pvh_append_header(\"X-A\", \"a\")", "$rc $x_hdr(X-A)", "1 a" },
        { C "pvh_modify_header(\"X-Foo\", \"m\")", "$rc $x_hdr(X-Foo) $(x_hdr(X-Foo)[1])",
          "1 m second" },
        { C "pvh_modify_header(\"X-Foo\", \"m\", 1)", "$rc $(x_hdr(X-Foo)[1])", "1 m" },
        { C "pvh_modify_header(\"X-Foo\", \"m\", 2)", "$rc $(x_hdr(X-Foo)[2])", "-1 <null>" },
        { C "pvh_modify_header(\"X-New\", \"m\")", "$rc $x_hdr(X-New)", "1 m" },
        { C "pvh_remove_header(\"X-Foo\", 0)", "$rc $x_hdr(X-Foo)", "1 second" },
        { C "pvh_remove_header(\"X-Foo\", \"5\")", "$rc $x_hdr(X-Foo)", "-1 first" },
        { C "pvh_remove_header(\"X-Foo\"); pvh_check_header(\"X-Foo\")", "$rc", "-1" },
        { C "pvh_header_param_exists(\"Subject\", \"two\")", "$rc", "1" },
        { C "pvh_header_param_exists(\"X-Bar\", \"p\")", "$rc", "1" },
        { C "pvh_header_param_exists(\"X-Bar\", \"P=1\")", "$rc", "1" },
        { C "pvh_header_param_exists(\"Subject\", \"tw\")", "$rc", "-1" },
        { C "pvh_header_param_exists(\"Subject\", \"\")", "$rc", "-1" },
        { C "pvh_remove_header_param(\"Subject\", \"two\")", "$x_hdr(Subject)", "one, three" },
        { C "pvh_remove_header_param(\"X-Bar\", \"p\")", "$x_hdr(X-Bar)", "bar" },
        { C "pvh_remove_header_param(\"X-Bar\", \"bar\")", "$x_hdr(X-Bar)", "bar;p=1" },
        { C "$x_hdr(X-P) = \"one\"; pvh_remove_header_param(\"X-P\", \"one\")", "$rc $x_hdr(X-P)",
          "1 <null>" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void changes_the_message(void **state)
{
    static const struct script_row rows[] = {
        { "pvh_apply_headers()", "$rc", "-1" },
        { C "pvh_apply_headers(); pvh_apply_headers()", "$rc", "-1" },
        { C "$x_hdr(X-Foo) = \"third\"; $x_hdr(X-New) = \"new\"" SEND,
          "$(hdr(X-Foo)[0]) $(hdr(X-Foo)[1]) $(hdr(X-Foo)[2]) $hdr(X-New) $(hdr(X-Bar)[0])",
          "first second third new bar;p=1" },
        { C "pvh_remove_header(\"X-Foo\"); $x_hdr(Via) = \"x\"; $x_hdr(X-Nul) = $null" SEND,
          "$hdr(X-Foo) $(hdr(Via)[1]) $hdr(X-Nul) $hdr(Via)",
          "<null> <null> <null> SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1" },
        { C "$x_fu = \"sip:carol@c.org\"; $x_tn = \"Bob\"" SEND, "$hdr(From) $hdr(To)",
          "\"Alice\" <sip:carol@c.org>;tag=1 Bob <sip:bob@b.org>" },
        { C "pvh_remove_header(\"From\")" SEND, "$hdr(From)", "\"Alice\" <sip:Alice@a.org>;tag=1" },
        { C "pvh_remove_all_headers()" SEND,
          "$hdr(X-Foo) $hdr(X-Bar) $hdr(Subject) $hdr(Contact) $ci $(rb{s.len})",
          "<null> <null> <null> <sip:alice@127.0.0.1:5099> abc 13" },
        { C "$x_hdr(s) = \"short\"" SEND, "$(hdr(Subject)[0]) $(hdr(Subject)[1])",
          "one,two,three short" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void takes_other_settings(void **state)
{
    static const struct script_row rows[] = {
        { C, "$x_hdr(Subject) $(x_hdr(Subject)[2]) $xavi(list=>X-Bar)", "one three bar;p=1" },
        { C "$(x_hdr(Subject)[1]) = \"2\"" SEND,
          "$(hdr(Subject)[0]) $(hdr(Subject)[1]) $(hdr(Subject)[2])", "one 2 three" },
        { C "$(x_hdr(X-Bar)[0]) = \"2\"" SEND, "$hdr(X-Bar)", "bar;p=1" },
        { C, "$bf", "8" },
        { C "pvh_apply_headers()", "$bf", "24" },
        { C "resetbflag(3); pvh_collect_headers()", "$rc", "1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD "modparam(\"pv_headers\", \"split_headers\", \"X-Any, subject\")\n"
                      "modparam(\"pv_headers\", \"skip_headers\", \"Via,X-Bar\")\n"
                      "modparam(\"pv_headers\", \"xavi_name\", \"list\")\n"
                      "modparam(\"pv_headers\", \"header_collect_flag\", 3)\n"
                      "modparam(\"pv_headers\", \"header_apply_flag\", 4)\n",
                 rows);
}

static void knows_folded_lines(void **state)
{
    (void)state;
    assert_true(pvh_is_clean(STR("")));
    assert_true(pvh_is_clean(STR("a\r\n b\n\tc")));
    assert_false(pvh_is_clean(STR("a\r\nb")));
    assert_false(pvh_is_clean(STR("a\n")));
    assert_false(pvh_is_clean(STR("a\r")));
    assert_false(pvh_is_clean(STR("a\rb")));
}

int main(void)
{
    TEST_RUN(reads_and_writes_the_list, has_functions_for_headers, changes_the_message,
             takes_other_settings, knows_folded_lines);
}
