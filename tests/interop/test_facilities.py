# SPDX-License-Identifier: BSD-2-Clause
"""Which facility of the system log messages get: the server's, a module's, a script's."""
import re
import subprocess

import sip
import tandem

# What would go to syslog(3), as lines of "facility text".
CATCHER = r"""
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
static void put(int priority, const char *format, va_list ap)
{
    char line[4096];
    FILE *f = fopen(getenv("CATCHER_FILE"), "a");
    vsnprintf(line, sizeof line, format, ap);
    fprintf(f, "%d %s\n", priority >> 3, line);
    fclose(f);
}
void syslog(int priority, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put(priority, format, ap);
    va_end(ap);
}
void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list ap;
    (void)flag;
    va_start(ap, format);
    put(priority, format, ap);
    va_end(ap);
}
"""
CONFIG = """#!KAMAILIO
debug=2
log_facility=LOG_LOCAL0
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "debugger.so"
modparam("xlog", "log_facility", "LOG_LOCAL1")
modparam("debugger", "log_facility", "LOG_LOCAL4")
modparam("debugger", "mod_facility_mode", 1)
modparam("debugger", "mod_facility", "debugger=LOG_LOCAL2")
modparam("debugger", "cfgtrace", 1)
request_route {
	xlog("L_ERR", "by the module's parameter\\n");
	xlog("LOG_LOCAL3", "L_ERR", "by its argument\\n");
	dbg_pv_dump(31, "L_ERR");
	sl_send_reply("200", "OK");
}
"""
LOCAL0 = 16


def test_facilities(folder, monkeypatch):
    (folder / "catcher.c").write_text(CATCHER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "catcher.so", folder / "catcher.c"],
                   check=True, timeout=60)
    caught = folder / "caught"
    caught.touch()
    monkeypatch.setenv("LD_PRELOAD", str(folder / "catcher.so"))
    monkeypatch.setenv("CATCHER_FILE", str(caught))
    server = tandem.Server(folder, CONFIG)
    server.command.remove("-E")
    server.start()
    try:
        with sip.Udp(server.port) as phone:
            assert sip.status(phone.ask(sip.request("OPTIONS", "sip:a@127.0.0.1",
                                                    port=phone.port))) == 200
    finally:
        server.stop()

    def facility(pattern):
        return [int(n) for n in re.findall(rf"(?m)^(\d+) .*{pattern}", caught.read_text())]
    assert facility("by the module's parameter") == [LOCAL0 + 1]
    assert facility("by its argument") == [LOCAL0 + 3]
    assert set(facility("cfgtrace: request_route")) == {LOCAL0 + 4}
    assert facility(r"debugger: \{") == [LOCAL0 + 2]
