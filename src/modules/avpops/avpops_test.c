/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packaged server answers to the same, where each row begins with no AVPs. */
#include "modules/script_test.h"

static void works_on_avps(void **state)
{
    static const struct script_row rows[] = {
        { "$avp(x)=\"a\"; avp_subst(\"$avp(x)\",\"/a/b/\")", "$rc $avp(x)", "1 b" },
        { "$avp(x)=\"sip:bob@h\"; avp_subst(\"$avp(x)/$avp(y)\",\"/sip:(.*)@.*/\\1/\")",
          "$rc $avp(x) $avp(y)", "1 sip:bob@h bob" },
        { "$avp(x)=\"zz\"; avp_subst(\"$avp(x)\",\"/a/b/\")", "$rc $avp(x)", "-1 zz" },
        { "avp_subst(\"$avp(nn)\",\"/a/b/\")", "$rc", "-1" },
        { "$avp(d)=1; avp_delete(\"$avp(d)\")", "$rc $avp(d)", "1 <null>" },
        { "$avp(d)=1; $avp(d)=2; avp_delete(\"$avp(d)\")", "$rc $avp(d)", "1 1" },
        { "$avp(d)=1; $avp(d)=2; avp_delete(\"$avp(d)/g\")", "$rc $avp(d)", "1 <null>" },
        { "avp_delete(\"$avp(nn)\")", "$rc", "-1" },
        { "$avp(d)=1; is_avp_set(\"$avp(d)\")", "$rc", "1" },
        { "$avp(d)=1; is_avp_set(\"$avp(d)/n\")", "$rc", "1" },
        { "$avp(e)=\"s\"; is_avp_set(\"$avp(e)/n\")", "$rc", "-1" },
        { "$avp(e)=\"s\"; is_avp_set(\"$avp(e)/s\")", "$rc", "1" },
        { "$avp(e)=\"\"; is_avp_set(\"$avp(e)/e\")", "$rc", "1" },
        { "is_avp_set(\"$avp(nn)\")", "$rc", "-1" },
        { "$avp(a1)=1; avp_copy(\"$avp(a1)\",\"$avp(b1)\")", "$rc $avp(b1) $avp(a1)", "1 1 1" },
        { "$avp(a3)=\"5\"; avp_copy(\"$avp(a3)\",\"$avp(b3)/n\")", "$rc $avp(b3)", "1 5" },
        { "$avp(a3)=\"5x\"; avp_copy(\"$avp(a3)\",\"$avp(b4)/n\")", "$rc $avp(b4)", "-1 <null>" },
        { "$avp(a4)=5; avp_copy(\"$avp(a4)\",\"$avp(b5)/s\")", "$rc $avp(b5)", "1 5" },
        { "avp_copy(\"$avp(nn)\",\"$avp(b6)\")", "$rc", "-1" },
        { "$avp(n)=5; avp_op(\"$avp(n)\",\"add/i:7\")", "$rc $avp(n)", "1 12" },
        { "$avp(n)=5; avp_op(\"$avp(n)/$avp(m)\",\"mul/i:7\")", "$rc $avp(n) $avp(m)", "1 5 35" },
        { "$avp(n)=5; avp_op(\"$avp(n)\",\"sub/i:7\")", "$rc $avp(n)", "1 -2" },
        { "$avp(n)=8; avp_op(\"$avp(n)\",\"not/i:9\")", "$rc $avp(n)", "1 -10" },
        { "$avp(s)=\"x\"; avp_op(\"$avp(s)\",\"add/i:1\")", "$rc $avp(s)", "-1 x" },
        { "$avp(n)=8; avp_op(\"$avp(n)\",\"div/i:0\")", "$rc $avp(n)", "1 0" },
        { "$avp(p)=\"sip:q@h\"; avp_pushto(\"$ru\",\"$avp(p)\")", "$rc $ru", "1 sip:q@h" },
        { "$avp(p)=\"sip:q@h\"; avp_pushto(\"$du\",\"$avp(p)\")", "$rc $du", "1 sip:q@h" },
        { "$avp(p)=\"zed\"; avp_pushto(\"$ru/username\",\"$avp(p)\")", "$rc $ru",
          "1 sip:zed@example.org;x=1" },
        { "$avp(p)=\"dom\"; avp_pushto(\"$ru/domain\",\"$avp(p)\")", "$rc $ru",
          "1 sip:bob@dom;x=1" },
        { "avp_pushto(\"$ru\",\"$avp(nn)\")", "$rc", "-1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"eq/abc\")", "$rc", "1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"eq/ABC/i\")", "$rc", "1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"eq/ABC\")", "$rc", "-1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"ne/abc\")", "$rc", "-1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"fm/a*c\")", "$rc", "1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"re/^a.c\")", "$rc", "1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"lt/abd\")", "$rc", "1" },
        { "$avp(c)=\"abc\"; avp_check(\"$avp(c)\",\"lt/i:5\")", "$rc", "-1" },
        { "$avp(c)=4; avp_check(\"$avp(c)\",\"lt/i:5\")", "$rc", "1" },
        { "$avp(c)=5; avp_check(\"$avp(c)\",\"le/i:5\")", "$rc", "1" },
        { "$avp(c)=6; avp_check(\"$avp(c)\",\"gt/i:5\")", "$rc", "1" },
        { "$avp(c)=5; avp_check(\"$avp(c)\",\"ge/i:5\")", "$rc", "1" },
        { "$avp(c)=5; avp_check(\"$avp(c)\",\"eq/i:5\")", "$rc", "1" },
        { "$avp(c)=5; avp_check(\"$avp(c)\",\"eq/5\")", "$rc", "-1" },
        { "$avp(c)=1;$avp(c)=2; avp_check(\"$avp(c)\",\"eq/i:1\")", "$rc", "-1" },
        { "$avp(c)=1;$avp(c)=2; avp_check(\"$avp(c)\",\"eq/i:1/g\")", "$rc", "1" },
        { "$avp(c)=\"x\"; $avp(w)=\"x\"; avp_check(\"$avp(c)\",\"eq/$avp(w)\")", "$rc", "1" },
        { "avp_check(\"$avp(nn)\",\"eq/x\")", "$rc", "-1" },
        { "$avp(c)=\"Alice\"; avp_check(\"$avp(c)\",\"eq/$fU\")", "$rc", "1" },
        { "$avp(x)=\"a1\"; avp_subst_pv(\"$avp(x)\",\"/a/b/\")", "$rc $avp(x)", "1 b1" },
        { "avp_print()", "$rc", "1" },
        { "$avp(n) = 15; avp_op(\"$avp(n)\", \"div/i:7\")", "$rc $avp(n)", "1 2" },
        { "$avp(n) = 15; avp_op(\"$avp(n)\", \"mod/i:0\")", "$rc $avp(n)", "1 0" },
        { "$avp(n) = 8; $avp(k) = 2; avp_op(\"$avp(n)\", \"add/$avp(k)\")", "$rc $avp(n)", "1 10" },
        { "$avp(a) = 1; $avp(a) = 2; avp_copy(\"$avp(a)\", \"$avp(b)/gd\")",
          "$(avp(b)[0]) $(avp(b)[1]) $avp(a)", "1 2 <null>" },
        { "$avp(x) = \"v1\"; $avp(x) = \"v2\"; avp_subst(\"$avp(x)/$avp(y)/g\", \"/v/w/\")",
          "$(avp(y)[0]) $(avp(y)[1]) $(avp(x)[0])", "w1 w2 v2" },
        { "$avp(x) = \"aaa\"; avp_subst(\"$avp(x)\", \"/a/b/g\")", "$avp(x)", "bbb" },
        { "$avp(x) = \"a-b\"; avp_subst(\"$avp(x)\", \"#(a)-(b)#\\2$rU\\1#\")", "$avp(x)",
          "bboba" },
        { "$avp(p) = \"sip:1@h\"; $avp(p) = \"sip:2@h\"; avp_pushto(\"$br\", \"$avp(p)/g\")",
          "$rc $(branch(uri)[0]) $(branch(uri)[1])", "1 sip:2@h sip:1@h" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"avpops.so\"", rows);
}

int main(void)
{
    TEST_RUN(works_on_avps);
}
