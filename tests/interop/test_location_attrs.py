# SPDX-License-Identifier: BSD-2-Clause
"""Attributes of contacts: saved with them, there again when they are looked up, kept in a database."""
import sqlite3

import pytest

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=1
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "db_sqlite.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "xavp_contact", "ulattrs")
PARAMETERS
request_route {
	if ($rm == "REGISTER") {
		if ($fU != "plain") {
			$xavp(ulattrs=>color) = "blue: 3";
			$xavp(ulattrs[0]=>port) = 5;
		}
		save("location");
		exit;
	}
	lookup("location");
	sl_send_reply("200", "$xavp(ulattrs=>color) $xavp(ulattrs=>port)");
}
"""


def told(phone, user):
    got = phone.ask(sip.request("OPTIONS", f"sip:{user}@127.0.0.1", port=phone.port))
    return got.split(b"\r\n")[0].decode().split(" ", 2)[2]


def register(phone, user, expires):
    phone.send(sip.request("REGISTER", "sip:127.0.0.1",
                           [f"Contact: <sip:{user}@{sip.HOST}:9>;expires={expires}"],
                           user=user, domain="127.0.0.1", to=f"sip:{user}@127.0.0.1",
                           port=phone.port))
    assert sip.status(phone.final()) == 200


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_attributes_come_back_with_the_contact(start, folder, mode):
    path = tandem.make_database(folder / "t.db")
    text = CONFIG.replace("PARAMETERS", f"""modparam("usrloc", "db_mode", {mode})
modparam("usrloc", "db_url", "sqlite://{path}")""")
    server = start(text)
    with sip.Udp(server.port) as phone:
        register(phone, "bob", 600)
        register(phone, "plain", 600)
        assert told(phone, "bob") == "blue: 3 5"
        assert told(phone, "plain") == "<null> <null>"
    if mode == 0:
        return
    server.stop()
    server.process = None
    with sqlite3.connect(path) as db:
        assert sorted(db.execute("SELECT username, aname, atype, avalue FROM location_attrs")) == [
            ("bob", "color", 2, "blue: 3"), ("bob", "port", 1, "5")]
    server = start(text)
    with sip.Udp(server.port) as phone:
        assert told(phone, "bob") == "blue: 3 5"
        assert told(phone, "plain") == "<null> <null>"
        register(phone, "bob", 0)
        if mode == 2:
            server.rpc("ul.flush")
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT COUNT(*) FROM location_attrs").fetchone() == (0,)


def test_expired_rows_of_others_are_deleted(start, folder):
    path = tandem.make_database(folder / "t.db")
    with sqlite3.connect(path) as db:
        for n, expires in (("old", "2001-02-03 04:05:06"), ("new", "2099-02-03 04:05:06"),
                           ("never", "1970-01-01 00:00:00")):
            db.execute("INSERT INTO location (ruid, username, contact, expires, callid, user_agent) "
                       "VALUES (?, ?, 'sip:x@192.0.2.1', julianday(?), 'c', 'u')", (n, n, expires))
    start(CONFIG.replace("PARAMETERS", f"""modparam("usrloc", "db_mode", 1)
modparam("usrloc", "db_timer_clean", 1)
modparam("usrloc", "timer_interval", 1)
modparam("usrloc", "preload", "location")
modparam("usrloc", "db_url", "sqlite://{path}")"""))

    def rows():
        with sqlite3.connect(path) as db:
            return {r[0] for r in db.execute("SELECT ruid FROM location")}
    tandem.until(lambda: rows() == {"new", "never"}, 6, "the old row deleted")
