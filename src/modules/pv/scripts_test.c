/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts see of variables, and of functions that go with them. */
#include "base/log.h"
#include "modules/script_test.h"

static void reads_and_changes_bytes_of_the_message(void **state)
{
    static const struct script_row rows[] = {
        { "", "$msgbuf(0)$msgbuf(7)$msgbuf(8) $msgbuf(99999) $msgbuf(x)", "Isi <null> <null>" },
        { "$msgbuf(11) = \"rest\"", "$ru", "sip:rob@example.org;x=1" },
        { "append_hf(\"X-New: 1\\r\\n\"); $msgbuf(11) = \"r\"; msg_apply_changes()",
          "$ru $hdr(X-New)", "sip:rob@example.org;x=1 1" },
        { "$msgbuf(99999) = \"r\"; $msgbuf(11) = \"\"", "$ru", "sip:bob@example.org;x=1" },
        { "", "$(msgbuf{s.substr,0,6})", "INVITE" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"textops.so\"\nloadmodule \"textopsx.so\"", rows);
}

static void reads_and_changes_values_of_the_configuration(void **state)
{
    static const struct script_row rows[] = {
        { "", "$ksr(ver)", TANDEM_VERSION },
        { "$ccp(core.debug) = 2", "$ccp(core.debug)", "2" },
        { "$ccp(core.debug) = 0", "$ccp(core.debug)", "0" },
        { "$ccp(core.debug) = \"much\"", "$ccp(core.debug)", "0" },
        { "$ccp(core.none) = 1", "$ccp(core.none) $ccp(nothing)", "<null> <null>" },
    };
    enum log_level level = log_get_level();

    (void)state;
    SCRIPT_CHECK("", rows);
    log_set_level(level);
}

static void runs_a_route_over_the_changed_message(void **state)
{
    static const struct script_row rows[] = {
        { "append_hf(\"X-New: 1\\r\\n\"); $ru = \"sip:carol@c.org\"; msg_changed_route(\"SEE\")",
          "$rc $var(new) $var(uri) $hdr(X-New) $hdr(X-In) $ru",
          "3 1 carol <null> <null> "
          "sip:carol@c.org" },
        { "append_hf(\"X-New: 1\\r\\n\"); msg_changed_route(\"SEE\"); msg_apply_changes()",
          "$hdr(X-New) $hdr(X-In)", "1 <null>" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"textops.so\"\nloadmodule \"textopsx.so\"\n"
                 "route[SEE] { $var(new) = $hdr(X-New); $var(uri) = $rU; "
                 "append_hf(\"X-In: 1\\r\\n\"); return 3; }\n",
                 rows);
}

static void makes_sip_uris_of_numbers(void **state)
{
    static const struct script_row rows[] = {
        { "tel2sip2(\"tel:+12-(34)-56-78;Ext=200;ISUB=+1\", \"foo.com\", \"$var(o)\")",
          "$rc $var(o)", "1 sip:+12345678@foo.com;ext=200;isub=+1;user=phone" },
        { "tel2sip2(\"tel:+34\", \"foo.com\", \"$var(o)\")", "$rc $var(o)",
          "1 sip:+34@foo.com;user=phone" },
        { "$var(o) = 0; tel2sip2(\"sip:a@b\", \"foo.com\", \"$var(o)\")", "$rc $var(o)", "2 0" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"siputils.so\"", rows);
}

int main(void)
{
    TEST_RUN(reads_and_changes_bytes_of_the_message, reads_and_changes_values_of_the_configuration,
             runs_a_route_over_the_changed_message, makes_sip_uris_of_numbers);
}
