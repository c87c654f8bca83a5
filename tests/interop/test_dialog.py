# SPDX-License-Identifier: BSD-2-Clause
"""Dialogs by their control methods, in databases over a restart, and beside the packaged server."""
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time

import pytest

import postgres
import sip
import tandem
from sipp import Sipp

CONFIG = """
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "ctl.so"
loadmodule "kex.so"
EXTRA
loadmodule "dialog.so"
modparam("ctl", "binrpc", "unix:CTL")
modparam("dialog", "profiles_with_value", "caller")
modparam("dialog", "profiles_no_value", "all")
modparam("dialog", "default_timeout", 100)
PARAMS
request_route {
    if (is_method("CANCEL")) { t_relay(); exit; }
    if (has_totag()) {
        loose_route();
        t_relay();
        exit;
    }
    record_route();
    $dlg_ctx(timeout_bye) = 1;
    dlg_manage();
    $dlg_var(v) = "hello";
    set_dlg_profile("all");
    set_dlg_profile("caller", "$fu");
    dlg_setflag("3");
    t_relay();
}
"""


def config(folder, extra="", params=""):
    return (CONFIG.replace("CTL", str(folder / "ctl.sock")).replace("EXTRA", extra)
            .replace("PARAMS", params))


class Call:
    """One call by hand, between two sockets."""

    def __init__(self, port, number=1):
        self.caller, self.callee = sip.Udp(port), sip.Udp(port)
        self.call_id, self.port = f"dialog{number}-{time.time_ns()}@test", port
        self.uri = f"sip:bob@{sip.HOST}:{self.callee.port}"
        self.route = ()

    def close(self):
        self.caller.socket.close()
        self.callee.socket.close()

    def _caller_request(self, method, cseq, to_tag=None):
        text = sip.request(method, self.uri, (*self.route, f"Contact: <sip:alice@{sip.HOST}:"
                                              f"{self.caller.port}>"),
                           port=self.caller.port, call_id=self.call_id, cseq=cseq, to_tag=to_tag,
                           to="sip:bob@example.org", domain="example.org")
        return re.sub(rb"(From: [^;]*;tag=)\w+", rb"\1A", text)

    def _answer(self, socket, message, code, tag="B"):
        contact = f"Contact: <sip:bob@{sip.HOST}:{self.callee.port}>"
        socket.send(sip.answer(message, code, "OK", (contact,), tag))

    def begin(self):
        self.caller.send(self._caller_request("INVITE", 1))
        invite = self.next_of(self.callee, b"INVITE ")
        self._answer(self.callee, invite, 200)
        ok = self.next_of(self.caller, b"SIP/2.0 200")
        self.route = (f"Route: {sip.header(ok, 'Record-Route')}",)
        self.caller.send(self._caller_request("ACK", 1, "B"))
        self.next_of(self.callee, b"ACK ")
        return self

    @staticmethod
    def next_of(socket, start):
        end = time.monotonic() + 5
        while time.monotonic() < end:
            message = socket.receive(5)
            assert message, f"no {start}"
            if message.startswith(start):
                return message
        raise AssertionError(f"no {start}")

    def hang_up(self):
        """BYE of the caller."""
        self.caller.send(self._caller_request("BYE", 2, "B"))
        self._answer(self.callee, self.next_of(self.callee, b"BYE "), 200)
        self.next_of(self.caller, b"SIP/2.0 200")

    def take_byes(self):
        """BYEs of the server to both sides: their texts."""
        texts = []
        for socket in (self.callee, self.caller):
            bye = self.next_of(socket, b"BYE ")
            self._answer(socket, bye, 200)
            texts.append(bye.decode())
        return texts


@contextlib.contextmanager
def call(port, number=1):
    c = Call(port, number)
    try:
        yield c.begin()
    finally:
        c.close()


def kamcmd(folder, *arguments):
    done = subprocess.run([tandem.program("kamcmd"), "-s", f"unix:{folder}/ctl.sock", *arguments],
                          capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


@pytest.fixture(name="running")
def _running(tmp_path):
    server = tandem.Server(tmp_path, config(tmp_path))
    server.start()
    try:
        yield server, tmp_path
    finally:
        server.stop()


def test_control_methods(running):
    server, folder = running
    with call(server.port) as c:
        tandem.until(lambda: server.rpc("dlg.list")[0]["state"] == 4, what="ACK")
        (shown,) = server.rpc("dlg.list")
        assert shown["call-id"] == c.call_id
        assert shown["from_uri"] == "sip:alice@example.org" and shown["sflags"] == 8
        assert shown["caller"]["tag"] == "A" and shown["callee"]["tag"] == "B"
        assert shown["callee"]["contact"] == c.uri
        assert shown["variables"] == [{"v": "hello"}]
        assert shown["caller"]["route_set"] == "" == shown["callee"]["route_set"]
        assert 90 <= shown["timeout"] - time.time() <= 101 and shown["lifetime"] == 100
        assert kamcmd(folder, "dlg.is_alive", c.call_id, "A", "B").strip() == "Alive"
        assert "404" in kamcmd(folder, "dlg.is_alive", c.call_id, "A", "C")
        assert kamcmd(folder, "dlg.profile_get_size", "caller").strip() == "1"
        assert kamcmd(folder, "dlg.profile_get_size", "caller", "sip:nobody@x").strip() == "0"
        assert "Profile not found" in kamcmd(folder, "dlg.profile_get_size", "nope")
        (listed,) = server.rpc("dlg.profile_list", "caller", "sip:alice@example.org")
        assert listed["h_id"] == shown["h_id"]
        assert server.rpc("dlg.list_match", "furi", "sw", "sip:al")
        assert server.rpc("dlg.list_match", "furi", "re", "^sip:b") == []
        assert server.rpc("dlg.list_match", "start_ts", "gt", 1000)
        assert server.rpc("dlg.stats_active")["ongoing"] == 1
        assert server.rpc("dlg.briefing", "ftcs")[0]["state"] == 4
        server.rpc("dlg.dump_file", str(folder / "dump.json"))
        assert json.loads((folder / "dump.json").read_text())["call_id"] == c.call_id
        assert server.statistics()["dialog.active_dialogs"] == 1
        assert "404" in kamcmd(folder, "dlg.end_dlg", "1", "2")
        kamcmd(folder, "dlg.end_dlg", str(shown["h_entry"]), str(shown["h_id"]), "X-A: b")
        byes = c.take_byes()
        assert all("X-A: b" in b and f"Call-ID: {c.call_id}" in b for b in byes)
        assert "CSeq: 2 BYE" in byes[0] and "CSeq: 1 BYE" in byes[1]
        tandem.until(lambda: server.rpc("dlg.list") == [], what="end of the dialog")
        assert server.statistics()["dialog.active_dialogs"] == 0
        assert kamcmd(folder, "dlg.profile_get_size", "all").strip() == "0"


def test_byes_pass_the_server_where_they_are_to(tmp_path):
    server = tandem.Server(tmp_path, config(tmp_path, "",
                                            'modparam("dialog", "keep_proxy_rr", 3)'))
    server.start()
    with call(server.port) as c:
        shown = server.rpc("dlg.dlg_list", c.call_id)
        assert f"127.0.0.1:{server.port}" in shown["caller"]["route_set"]
        assert f"127.0.0.1:{server.port}" in shown["callee"]["route_set"]
        server.rpc("dlg.terminate_dlg", c.call_id, "A", "B")
        for bye in c.take_byes():
            assert bye.count("Via:") == 2 and "Route:" not in bye
        tandem.until(lambda: server.rpc("dlg.list") == [], what="end of the dialog")
    server.stop()


def test_dialogs_are_small(running):
    server, _ = running
    with contextlib.ExitStack() as calls:
        calls.enter_context(call(server.port))
        before = memory(server)
        for n in range(100):
            calls.enter_context(call(server.port, n))
        each = (memory(server) - before) / 100
        assert 200 < each < 2048, each


def memory(server):
    """Bytes that dialogs have."""
    return server.rpc("mem.usage")["subsystems"]["dialog"]


def test_bridge(running):
    server, _ = running
    with sip.Udp(server.port) as phone:
        uri = f"sip:bob@{sip.HOST}:{phone.port}"
        server.rpc("dlg.bridge_dlg", uri, "sip:carol@example.org")
        seen = []
        for method, code in (("INVITE", 200), ("ACK", 0), ("REFER", 202), ("BYE", 200)):
            message = Call.next_of(phone, method.encode() + b" ")
            seen.append(message.decode())
            if code:
                phone.send(sip.answer(message, code, "OK", (f"Contact: <{uri}>",), "B"))
        assert "m=audio" in seen[0] and "a=inactive" in seen[0]
        assert "Refer-To: <sip:carol@example.org>" in seen[2] and "CSeq: 2 REFER" in seen[2]
        assert len({sip.header(m.encode(), "Call-ID") for m in seen}) == 1


def test_stays_over_a_reload(running):
    server, _ = running
    with call(server.port) as c:
        server.rpc("config.reload")
        assert server.rpc("dlg.dlg_list", c.call_id)["callee"]["tag"] == "B"
        c.hang_up()
        tandem.until(lambda: server.rpc("dlg.stats_active")["all"] == 0, what="end by BYE")


def restart_keeps_dialogs(folder, extra, url, mode, kill):
    """A dialog outlives the server, and its BYE is understood by the next one."""
    params = f'modparam("dialog", "db_url", "{url}")\nmodparam("dialog", "db_mode", {mode})\n' \
             'modparam("dialog", "db_update_period", 1)'
    server = tandem.Server(folder, config(folder, extra, params))
    server.start()
    with call(server.port) as c:
        before = server.rpc("dlg.dlg_list", c.call_id)
        tandem.until(lambda: server.rpc("dlg.is_alive", c.call_id, "A", "B"), what="ACK")
        if kill:
            time.sleep(2.5 if mode == 2 else 0.5)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait(10)
            (folder / "ctl.sock").unlink(missing_ok=True)
        else:
            server.stop()
        again = server
        again.start()
        after = again.rpc("dlg.dlg_list", c.call_id)
        for name in ("h_entry", "h_id", "from_uri", "to_uri", "sflags", "iflags", "caller",
                     "callee", "profiles", "variables", "lifetime"):
            assert after[name] == before[name], name
        assert after["state"] == 4
        assert again.rpc("dlg.profile_get_size", "caller", "sip:alice@example.org") == 1
        c.hang_up()
        tandem.until(lambda: again.rpc("dlg.stats_active")["all"] == 0, what="end by BYE")
        again.stop()
    server.start()
    assert server.rpc("dlg.list") == []
    server.stop()


@pytest.mark.parametrize("mode,kill", [(1, True), (2, True), (2, False), (3, False)])
def test_sqlite_keeps_dialogs(tmp_path, mode, kill):
    database = tandem.make_database(tmp_path / "t.db", "dialog", "dialog_vars")
    restart_keeps_dialogs(tmp_path, 'loadmodule "db_sqlite.so"', f"sqlite://{database}", mode, kill)


def test_postgres_keeps_dialogs(tmp_path):
    with postgres.server() as (port, _):
        for name in ("version", "dialog", "dialog_vars"):
            postgres.load(port, tandem.ROOT / f"share/schema/postgres/{name}.sql")
        restart_keeps_dialogs(tmp_path, 'loadmodule "db_postgres.so"',
                              f"postgres://tandem@127.0.0.1:{port}/tandem", 1, True)


def names(text):
    """Names of fields with their depth, in order, of what kamcmd shows."""
    depth, out = 0, []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("}"):
            depth -= 1
        elif found := re.match(r"([\w-]+):", line):
            out.append((depth, found.group(1)))
        if line.endswith("{"):
            depth += 1
    return out


@contextlib.contextmanager
def packaged(folder, extra="", params="", port=None):
    """The packaged server with the same configuration."""
    port = port or tandem.free_port()
    path = folder / "packaged.cfg"
    path.write_text(f"listen=udp:127.0.0.1:{port}\nchildren=1\n" + config(folder, extra, params))
    process = subprocess.Popen([tandem.program("kamailio"), "-f", path, "-DD", "-E", "-m", "32",
                                "-Y", folder], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        tandem.until(lambda: "error" not in kamcmd(folder, "core.uptime").lower(), 15, "its start")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            pass  # it hangs at its end at times; that is not what is tested
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def seen(folder, port):
    with call(port) as c:
        tandem.until(lambda: "Alive" in kamcmd(folder, "dlg.is_alive", c.call_id, "A", "B"),
                     what="ACK")
        texts = {m: names(kamcmd(folder, m)) for m in ("dlg.list", "dlg.briefing",
                                                       "dlg.stats_active")}
        entry = re.search(r"h_entry: (\d+)", kamcmd(folder, "dlg.list")).group(1)
        return texts, c.call_id, entry


def test_lists_look_like_the_packaged_servers(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    server = tandem.Server(ours, config(ours))
    server.start()
    try:
        got, _, _ = seen(ours, server.port)
    finally:
        server.stop()
    with packaged(theirs) as port:
        want, _, _ = seen(theirs, port)
    assert got == want


def test_takes_over_the_packaged_servers_rows(tmp_path):
    """A call begun with the packaged server goes on with ours, from its tables."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    database = tandem.make_database(tmp_path / "t.db", "standard", "dialog", "dialog_vars")
    params = f'''modparam("dialog", "db_url", "sqlite://{database}")
modparam("dialog", "db_mode", 1)'''
    server = tandem.Server(tmp_path, config(tmp_path, 'loadmodule "db_sqlite.so"', params))
    with packaged(theirs, 'loadmodule "db_sqlite.so"', params, server.port):
        c = Call(server.port).begin()
        tandem.until(lambda: "Alive" in kamcmd(theirs, "dlg.is_alive", c.call_id, "A", "B"),
                     what="ACK")
        with sqlite3.connect(database) as db:
            tandem.until(lambda: db.execute("SELECT state FROM dialog").fetchone() == (4,),
                         what="its row")
    server.start()
    try:
        (shown,) = server.rpc("dlg.list")
        assert shown["call-id"] == c.call_id and shown["callee"]["contact"] == c.uri
        assert shown["caller"]["socket"] == f"udp:127.0.0.1:{server.port}"
        assert {"v": "hello"} in shown["variables"]
        assert server.rpc("dlg.profile_get_size", "caller", "sip:alice@example.org") == 1
        c.hang_up()
        tandem.until(lambda: server.rpc("dlg.stats_active")["all"] == 0, what="end by BYE")
    finally:
        server.stop()
        c.close()


def test_reads_a_dialog_when_it_is_asked_for(tmp_path):
    database = tandem.make_database(tmp_path / "t.db", "dialog", "dialog_vars")
    params = f'''modparam("dialog", "db_url", "sqlite://{database}")
modparam("dialog", "db_mode", 1)
modparam("dialog", "db_skip_load", 1)'''
    text = config(tmp_path, 'loadmodule "db_sqlite.so"', params)
    text = text.replace("        loose_route();", """        loose_route();
        if (!is_known_dlg()) { dlg_db_load_callid("$ci"); dlg_manage(); }""")
    server = tandem.Server(tmp_path, text)
    server.start()
    with call(server.port) as c:
        with sqlite3.connect(database) as db:
            tandem.until(lambda: db.execute("SELECT state FROM dialog").fetchone() == (4,),
                         what="its row")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
        (tmp_path / "ctl.sock").unlink(missing_ok=True)
        server.start()
        assert server.rpc("dlg.list") == []
        c.hang_up()
        tandem.until(lambda: server.statistics()["dialog.active_dialogs"] == 0, what="its end")
        with sqlite3.connect(database) as db:
            tandem.until(lambda: not db.execute("SELECT * FROM dialog").fetchall(), what="no row")
            tandem.until(lambda: not db.execute("SELECT * FROM dialog_vars").fetchall(),
                         what="no row of its variables")
    server.stop()


def test_records_calls_in_a_table(tmp_path):
    database = tandem.make_database(tmp_path / "t.db", "standard", "acc", "acc_cdrs")
    with sqlite3.connect(database) as db:
        db.execute("ALTER TABLE acc_cdrs ADD COLUMN v TEXT")
        db.execute("ALTER TABLE acc_cdrs ADD COLUMN none TEXT")
    params = f'''loadmodule "acc.so"
modparam("acc", "db_url", "sqlite://{database}")
modparam("acc", "cdr_enable", 1)
modparam("acc", "cdrs_table", "acc_cdrs")
modparam("acc", "cdr_extra_nullable", 1)
modparam("acc", "cdr_extra", "v=$dlg_var(v);none=$dlg_var(none)")'''
    server = tandem.Server(tmp_path, config(tmp_path, 'loadmodule "db_sqlite.so"', params))
    server.start()
    with call(server.port) as c:
        time.sleep(0.2)
        c.hang_up()
        with sqlite3.connect(database) as db:
            query = "SELECT duration, v, none, start_time <= end_time FROM acc_cdrs"
            tandem.until(lambda: db.execute(query).fetchone(), what="the record")
            duration, v, none, in_order = db.execute(query).fetchone()
    server.stop()
    assert 0.2 <= duration < 5 and v == "hello" and none is None and in_order


def test_follows_every_call_of_sipp(tmp_path):
    uas = Sipp(tmp_path, "answer.xml", calls=300)
    text = config(tmp_path).replace("    t_relay();\n}", f'    $du = "sip:127.0.0.1:{uas.port}";\n'
                                    "    t_relay();\n}")
    server = tandem.Server(tmp_path, text)
    server.start()
    with uas, Sipp(tmp_path, "call.xml", calls=300, rate=150, target=server.port) as uac:
        uac.succeeds(20)
        uas.succeeds(20)
        assert server.statistics()["dialog.processed_dialogs"] == 300
        tandem.until(lambda: server.statistics()["dialog.active_dialogs"] == 0, what="their end")
        assert server.statistics()["dialog.failed_dialogs"] == 0
        assert server.rpc("dlg.profile_get_size", "all") == 0
    server.stop()
