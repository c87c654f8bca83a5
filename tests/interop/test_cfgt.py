# SPDX-License-Identifier: BSD-2-Clause
"""cfgt: a report of each message of a scenario."""
import json

import phone
import tandem

CONFIG = """
debug=0
auto_aliases=no
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "cfgt.so"
loadmodule "debugger.so"
modparam("cfgt", "basedir", "FOLDER")
modparam("cfgt", "callid_prefix", "TEST%")
modparam("cfgt", "skip_unknown", SKIP)
modparam("debugger", "cfgtest", @ON@)

request_route {
	$var(x) = "one";
	$avp(y) = 2;
	route(SECOND);
	$var(x) = "three";
	if ($rm == "MESSAGE") {
		drop;
	}
	sl_send_reply("200", "OK");
	exit;
}
route[SECOND] {
	$var(x) = "two";
	route(THIRD);
	return;
}
route[THIRD] {
	$var(z) = "deep";
}
"""


def ask(server, call_id, method="OPTIONS"):
    client = phone.Phone(server.port)
    if method == "MESSAGE":
        client.send(method, call_id=call_id)
    else:
        client.request(method, call_id=call_id)
    client.close()


def read(path):
    tandem.until(path.exists, what=str(path))
    tandem.until(lambda: path.read_text().endswith("\n"), what=str(path))
    return json.loads(path.read_text())


def names(report):
    return [next(iter(step)) for step in report["flow"]]


def run(tmp_path, on=1, skip=0):
    folder = tmp_path / "reports"
    folder.mkdir()
    server = tandem.Server(tmp_path, CONFIG.replace("FOLDER", str(folder)).replace("@ON@", str(on))
                           .replace("SKIP", str(skip)))
    server.start()
    return server, folder


def test_reports_what_happened(tmp_path):
    server, folder = run(tmp_path)
    try:
        ask(server, "TEST%first%1")
        ask(server, "TEST%first%2", "MESSAGE")
        ask(server, "TEST%../up%3")
        ask(server, "other")
        report = read(folder / "first" / "1.json")
        assert names(report) == ["start|DEFAULT_ROUTE", "start|SECOND", "start|THIRD",
                                 "return|THIRD", "return|SECOND", "exit|DEFAULT_ROUTE"]
        steps = [next(iter(step.values())) for step in report["flow"]]
        assert steps[1]["$var(x)"] == "one" and steps[1]["$avp(y)"] == [2]
        assert steps[2]["$var(x)"] == "two"
        assert steps[5]["$var(x)"] == "three" and steps[5]["$var(z)"] == "deep"
        assert report["sip_in"][0].startswith("OPTIONS ")
        assert len(report["sip_out"]) == 1 and report["sip_out"][0].startswith("SIP/2.0 200 OK\r\n")
        assert names(read(folder / "first" / "2.json"))[-1] == "drop|DEFAULT_ROUTE"
        read(folder / "___up" / "1.json")
        read(folder / "unknown" / "1.json")
        assert sorted((r["uuid"], r["msgid"]) for r in server.rpc("cfgt.list")) == [
            ("___up", 1), ("first", 2), ("unknown", 1)]

        server.rpc("cfgt.mask", 2)
        ask(server, "TEST%second%1")
        steps = [next(iter(s.values())) for s in read(folder / "second" / "1.json")["flow"]]
        assert steps[1] == {"$avp(y)": [2]}

        server.rpc("cfgt.clean", "first")
        assert not (folder / "first").exists() and (folder / "second").exists()
        server.rpc("cfgt.clean", "all")
        assert not list(folder.iterdir())
        code, said = server.ctl("cfgt.clean", "first")
        assert code != 0 and "No such report" in said
    finally:
        server.stop()


def test_is_silent_unless_told(tmp_path):
    server, folder = run(tmp_path, on=0)
    try:
        ask(server, "TEST%first%1")
        assert server.rpc("cfgt.list") == []
    finally:
        server.stop()
    assert not list(folder.iterdir())


def test_leaves_out_the_unknown(tmp_path):
    server, folder = run(tmp_path, skip=1)
    try:
        ask(server, "other")
        ask(server, "TEST%first%1")
        read(folder / "first" / "1.json")
        assert [r["uuid"] for r in server.rpc("cfgt.list")] == ["first"]
    finally:
        server.stop()
