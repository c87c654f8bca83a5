# SPDX-License-Identifier: BSD-2-Clause
"""Stopping while scripts wait, and what a new configuration leaves out."""
import contextlib
import sqlite3
import time

import sip
import tandem

WAITING = """
debug=1
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "cfgutils.so"

request_route {
	if ($rU == "first") sleep("20");
	t_on_failure("F");
	t_on_reply("R");
	$du = "sip:127.0.0.1:UAS_PORT";
	t_relay();
}

onreply_route[R] {
	if ($rs == 183) sleep("20");
}

failure_route[F] {
	sleep("20");
	t_reply("480", "Later");
}
"""


def test_stops_while_routes_wait(start):
    """Scripts that are woken by the stop still find their transactions."""
    with sip.Udp(9) as uas:
        server = start(WAITING.replace("127.0.0.1:UAS_PORT", f"{sip.HOST}:{uas.port}"))
        uas.server = ("127.0.0.1", server.port)
        with sip.Udp(server.port) as phone:
            for user, code in (("failure", 486), ("reply", 183), ("both", 183), ("first", None)):
                invite = sip.request("INVITE", f"sip:{user}@example.org", port=phone.port)
                phone.send(invite)
                if code:
                    relayed = uas.receive()
                    uas.send(sip.answer(relayed, code, "So"))
                    if user == "both":
                        uas.send(sip.answer(relayed, 486, "So"))
            time.sleep(0.3)
            server.stop()  # insists on a clean end
            server.process = None


MODULES = """
debug=1
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
"""
MORE = """
loadmodule "pv.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "pike.so"
loadmodule "htable.so"
loadmodule "acc.so"
loadmodule "ctl.so"
loadmodule "jsonrpcs.so"
loadmodule "permissions.so"
loadmodule "cfgutils.so"
loadmodule "async.so"
modparam("nathelper", "natping_interval", 1)
modparam("htable", "htable", "t=>size=4;autoexpire=1;")
modparam("htable", "timer_interval", 1)
modparam("pike", "remove_latency", 1)
modparam("usrloc", "timer_interval", 1)
"""
WITH_SAVE = """
request_route {
	if (is_method("REGISTER")) {
		sleep("1");
		save("location");
		exit;
	}
	sl_send_reply("200", "OK");
}
"""
WITHOUT = """
request_route {
	sl_send_reply("200", "OK");
}
"""


def test_goes_on_without_modules_left_out(start):
    """Their timers still run, and a call that began before still uses them."""
    server = start(MODULES + MORE + WITH_SAVE)
    with sip.Udp(server.port) as phone:
        register = sip.request("REGISTER", "sip:127.0.0.1", [f"Contact: <sip:a@{sip.HOST}>"],
                               to="sip:alice@127.0.0.1", port=phone.port)
        phone.send(register)
        for _ in range(2):
            server.config.write_text(MODULES + WITHOUT)
            server.rpc("config.reload")
        assert sip.status(phone.final(5)) == 200
        time.sleep(2.5)  # every timer comes round
        assert server.alive(), server.log_text()
        options = sip.request("OPTIONS", "sip:127.0.0.1", port=phone.port)
        assert sip.status(phone.ask(options)) == 200
    server.config.write_text(MODULES + MORE + WITH_SAVE)
    server.rpc("config.reload")
    tandem.until(lambda: server.rpc("config.status")["alive"] == 1, 10, "the generations to end")


TABLES = """
debug=1
auto_aliases=no
loadmodule "db_sqlite.so"
loadmodule "htable.so"
modparam("htable", "db_url", "sqlite://DATABASE")
modparam("htable", "htable", "other=>size=4;")
"""
TABLE = 'modparam("htable", "htable", "t=>size=4;dbtable=htable;")\n'


def test_reads_a_table_anew_that_comes_back(start, folder):
    path = tandem.make_database(folder / "tables.sqlite", "htable")
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO htable (key_name, key_type, value_type, key_value, expires) "
                         "VALUES ('k', 0, 0, 'v', 0)")
    without = TABLES.replace("DATABASE", str(path))
    route = "request_route { exit; }\n"
    server = start(without + TABLE + route)
    assert server.rpc("htable.get", "t", "k")["item"]["value"] == "v"
    server.config.write_text(without + route)
    server.rpc("config.reload")
    server.config.write_text(without + TABLE + route)
    server.rpc("config.reload")
    tandem.until(lambda: server.rpc("htable.dump", "t"), 5, "the table to be read")
