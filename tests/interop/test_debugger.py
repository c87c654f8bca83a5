# SPDX-License-Identifier: BSD-2-Clause
"""Scripts followed and led step by step, by kamcmd; levels, facilities and looks at a message."""
import re
import subprocess

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=2
#!define MINE 7
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "ctl.so"
loadmodule "cfg_rpc.so"
loadmodule "debugger.so"
modparam("ctl", "binrpc", "unixs:kamailio_ctl")
modparam("debugger", "log_assign", 1)
modparam("debugger", "log_level_name", "exec")
modparam("debugger", "mod_hash_size", 5)
modparam("debugger", "mod_level_mode", 1)
modparam("debugger", "mod_level", "debugger=3")
modparam("debugger", "mod_facility_mode", 1)
modparam("debugger", "mod_facility", "core=LOG_LOCAL0")
modparam("debugger", "reset_msgid", 1)
request_route {
	$var(n) = 1;
	if (is_method("OPTIONS") && isflagset(1)) {
		exit;
	}
	while ($var(n) < 2) {
		$var(n) = $var(n) + 1;
	}
	if ($rU == "dump") {
		$avp(a) = 5;
		$avp(b) = "x";
		$avp(a) = 7;
		$xavp(x=>more) = "bye";
		$xavp(x[0]=>more) = "hi";
		append_hf("P-Hint: mine\\r\\n");
		remove_hf("Contact");
		dbg_pv_dump(30, "L_ERR");
		dbg_sip_msg("L_ERR", "LOG_LOCAL3");
	}
	dbg_breakpoint("1");
	route(END);
}
route[END] {
	sl_send_reply("200", "number $mi");
	exit;
}
"""


class Debugger:
    def __init__(self, server):
        self.server = server

    def __call__(self, *args):
        done = subprocess.run([tandem.program("kamcmd"), "-s",
                               f"unixs:{self.server.rundir / 'kamailio_ctl'}", *map(str, args)],
                              capture_output=True, text=True, timeout=20, check=False)
        return (done.stdout + done.stderr).strip()

    def seats(self):
        return [{k: int(v) for k, v in re.findall(r"(\S+): (\d+)", part)}
                for part in self("dbg.ls").split("}") if "pid" in part]

    def stopped(self):
        def look():
            return [s["pid"] for s in self.seats() if s["state"]]
        return tandem.until(look, 10, "a call at a breakpoint")[0]


def ask(phone, server, user, call=None):
    return phone.ask(sip.request("OPTIONS", f"sip:{user}@127.0.0.1:{server.port}",
                                 ["Contact: <sip:a@127.0.0.2>"], port=phone.port, call_id=call))


def test_tells_each_action(start):
    server = start(CONFIG)
    dbg = Debugger(server)
    assert dbg("dbg.trace") == "error: 500 - Config trace command missing"
    assert dbg("dbg.trace", "on", 1) == "error: 500 - No such pid"
    assert dbg("dbg.trace", "on") == "200 ok"
    with sip.Udp(server.port) as phone:
        assert sip.status(ask(phone, server, "bob")) == 200
        lines = re.findall(r"^exec: \*\*\* cfgtrace: (.*)$", server.log_text(), re.M)
        assert [re.sub(r" c=\[[^]]*\]", "", line) for line in lines] == [
            "request_route=[DEFAULT_ROUTE] l=22 a=63 n=assign",
            "request_route=[DEFAULT_ROUTE] l=23 a=16 n=if",
            "request_route=[DEFAULT_ROUTE] l=23 a=25 n=is_method",
            "request_route=[DEFAULT_ROUTE] l=23 a=41 n=isflagset",
            "request_route=[DEFAULT_ROUTE] l=26 a=23 n=while",
            "request_route=[DEFAULT_ROUTE] l=27 a=63 n=assign",
            "request_route=[DEFAULT_ROUTE] l=29 a=16 n=if",
            "request_route=[DEFAULT_ROUTE] l=40 a=25 n=dbg_breakpoint",
            "request_route=[DEFAULT_ROUTE] l=41 a=5 n=route",
            "request_route=[END] l=44 a=26 n=sl_send_reply",
            "request_route=[END] l=45 a=2 n=exit",
        ]
        assert f"c=[{server.config}]" in lines[0]
        assert "DEBUG: debugger: $var(n):2" in server.log_text()
        assert dbg("dbg.trace", "off") == "200 ok"
        ask(phone, server, "bob")
        assert len(re.findall(r"cfgtrace", server.log_text())) == len(lines)


def test_only_the_call_that_stops_waits(start):
    server = start(CONFIG, workers=1)
    dbg = Debugger(server)
    pid = dbg.seats()[0]["pid"]
    assert dbg("dbg.bp", "show", pid) == "error: 500 - No call waits at a breakpoint there"
    assert dbg("dbg.bp", "anchors") == "200 ok"
    with sip.Udp(server.port) as first, sip.Udp(server.port) as second:
        first.send(sip.request("OPTIONS", f"sip:one@127.0.0.1:{server.port}", port=first.port))
        assert dbg.stopped() == pid
        assert "n=dbg_breakpoint" in dbg("dbg.bp", "show", pid)
        assert dbg("dbg.bp", "eval", pid, "$rU") == "$rU : t=str v=one"
        assert dbg("dbg.bp", "eval", pid, "$var(n)") == "$var(n) : t=int v=2"
        assert dbg("dbg.bp", "eval", pid, "$nothing_such").startswith("error: 500")
        assert dbg("dbg.bp", "log", pid, "$rm") == "200 ok"
        assert "$rm : t=str v=OPTIONS" in server.log_text()
        # one worker: it answers others while this call waits
        assert dbg("dbg.bp", "off") == "200 ok"
        assert sip.status(first.final()) == 200
        assert dbg("dbg.bp", "on", pid) == "200 ok"
        first.send(sip.request("OPTIONS", f"sip:two@127.0.0.1:{server.port}", port=first.port))
        assert dbg.stopped() == pid
        for line, name in ((22, "assign"), (23, "if"), (23, "is_method")):
            assert dbg("dbg.bp", "show", pid).endswith(f":{line}] a={dict(assign=63, is_method=25).get(name, 16)} n={name}")
            assert f":{line}]" in dbg("dbg.bp", "next", pid)
            tandem.until(lambda: dbg.seats()[0]["state"], 10, "the next stop")
        second.send(sip.request("OPTIONS", f"sip:three@127.0.0.1:{server.port}", port=second.port))
        tandem.until(lambda: dbg.seats()[0]["waiting"] == 2, 10, "two calls that wait")
        assert dbg("dbg.bp", "eval", pid, "$rU") == "$rU : t=str v=two"
        assert dbg("dbg.bp", "move", pid) == "200 ok"
        assert sip.status(first.final()) == 200
        assert sip.status(second.final()) == 200
        assert dbg.seats()[0]["set"] == 0


def test_a_stopped_call_does_not_hold_its_worker(start):
    server = start(CONFIG, workers=1)
    dbg = Debugger(server)
    dbg("dbg.bp", "on")
    with sip.Udp(server.port) as first, sip.Udp(server.port) as second:
        first.send(sip.request("OPTIONS", f"sip:one@127.0.0.1:{server.port}", port=first.port))
        pid = dbg.stopped()
        assert dbg("dbg.bp", "release", pid) == "200 ok"  # somebody waits there: nothing changes
        assert dbg.seats()[0]["set"] == 2
        assert dbg("dbg.bp", "next", pid).startswith("exec [")
        tandem.until(lambda: dbg.seats()[0]["state"], 10, "the next stop")
        # breakpoints are off for calls that come now, this one stays where it is
        server.rpc("dbg.bp", "anchors")
        second.send(sip.request("OPTIONS", f"sip:two@127.0.0.1:{server.port}", port=second.port))
        tandem.until(lambda: dbg.seats()[0]["waiting"] == 2, 10, "the second at its anchor")
        dbg("dbg.bp", "off")
        assert {sip.status(first.final()), sip.status(second.final())} == {200}


def test_looks_at_variables_and_messages(start):
    server = start(CONFIG)
    dbg = Debugger(server)
    with sip.Udp(server.port) as phone:
        ask(phone, server, "dump")
        log = server.log_text()
        dump = re.search(r"ERROR: debugger: (\{.*\})$", log, re.M).group(1)
        for part in ('"$avp(a)":[7,5]', '"$avp(b)":["x"]', '"$var(n)":2', '"$rU":"dump"',
                     '"$xavp(x)":[{"more":["hi","bye"]}]'):
            assert part in dump
        text = re.search(r"ERROR: debugger: CONFIG LINE 38(.*)$", log, re.M).group(1)
        assert "P-Hint: mine" in text.split("changes of headers")[0]
        assert "- Contact: <sip:a@127.0.0.2>" in text.split("changes of headers")[1]
        # numbers of messages begin anew in every worker
        assert dbg("dbg.reset_msgid") == "200 ok"
        assert b"number 1\r\n" in ask(phone, server, "bob", "fixed")


def test_levels_facilities_and_definitions(start):
    server = start(CONFIG)
    dbg = Debugger(server)
    assert dbg("dbg.get_mod_level", "debugger") == "3"
    assert dbg("dbg.set_mod_level", "tm", 1) == "200 ok"
    assert dbg("dbg.get_mod_level", "tm") == "1"
    assert dbg("dbg.get_mod_facility", "core") == "LOG_LOCAL0"
    assert dbg("dbg.get_mod_facility", "tm") == "LOG_DAEMON"
    assert dbg("dbg.set_mod_facility", "tm", "LOG_LOCAL1") == "200 ok"
    assert dbg("dbg.get_mod_facility", "tm") == "LOG_LOCAL1"
    assert dbg("dbg.set_mod_facility", "tm", "BOGUS") == "error: 500 - facility not found"
    assert dbg("cfg.set_now_int", "dbg", "mod_level_mode", 0) == ""
    with sip.Udp(server.port) as phone:
        ask(phone, server, "bob")
        assert "DEBUG: debugger: $var(n)" not in server.log_text()
        dbg("cfg.set_now_int", "dbg", "mod_level_mode", 1)
        ask(phone, server, "bob")
        assert "DEBUG: debugger: $var(n)" in server.log_text()
    assert {"MINE", "MOD_debugger", "KAMAILIO_5"} <= set(dbg("core.ppdefines").split())
    assert re.search(r"name: MINE\s+type: \d+\s+value: 7", dbg("core.ppdefines_full"))
