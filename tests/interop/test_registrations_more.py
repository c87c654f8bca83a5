# SPDX-License-Identifier: BSD-2-Clause
"""Registrations of ours, steered by control requests and by scripts."""
import sqlite3
import threading

import pytest
import sip
import tandem

CONFIG = """
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "kex.so"
loadmodule "counters.so"
loadmodule "textops.so"
loadmodule "db_sqlite.so"
loadmodule "uac.so"
modparam("uac", "reg_db_url", "sqlite:///{database}")
modparam("uac", "reg_contact_addr", "192.0.2.1:5080")
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "auth_username_avp", "$avp(auser)")
modparam("uac", "auth_password_avp", "$avp(apass)")
modparam("uac", "auth_realm_avp", "$avp(arealm)")
request_route {{
    $var(seen) = "";
    if ($rU == "lookup") {{
        if (uac_reg_lookup("$hdr(X-Key)", "$var(uri)")) $var(seen) = $var(uri);
    }} else if ($rU == "lookup_uri") {{
        if (uac_reg_lookup_uri("$hdr(X-Key)", "$var(uri)")) $var(seen) = $var(uri);
    }} else if ($rU == "status") {{
        $var(r) = uac_reg_status("$hdr(X-Key)");
        $var(seen) = "" + $var(r);
    }} else if ($rU == "enable") {{
        if (uac_reg_enable("l_uuid", "$hdr(X-Key)")) $var(seen) = "on";
    }} else if ($rU == "disable") {{
        if (uac_reg_disable("l_uuid", "$hdr(X-Key)")) $var(seen) = "off";
    }} else if ($rU == "send") {{
        if (uac_reg_send_register("l_uuid", "$hdr(X-Key)")) $var(seen) = "sent";
    }} else if ($rU == "end") {{
        if (uac_reg_send_unregister("l_uuid", "$hdr(X-Key)")) $var(seen) = "ended";
    }} else if ($rU == "direct") {{
        if (uac_reg_request_to("$hdr(X-Key)", 0)) $var(seen) = $ru + " " + $avp(auser) + $avp(apass);
    }}
    append_to_reply("X-Seen: [$var(seen)]\\r\\n");
    sl_send_reply("200", "OK");
}}
"""


class Registrar(threading.Thread):
    """Answers every REGISTER with 200 and keeps them."""
    def __init__(self):
        super().__init__(daemon=True)
        self.peer, self.got, self.over = sip.Udp(0), [], False

    def run(self):
        while not self.over:
            text = self.peer.receive(0.1)
            if text and text.startswith(b"REGISTER"):
                self.got.append(text)
                self.peer.send(sip.answer(text, 200, "OK", [
                    f"Contact: {sip.header(text, 'Contact')};expires={sip.header(text, 'Expires')}"
                ]))


@pytest.fixture
def scene(start, tmp_path):
    registrar = Registrar()
    path = tandem.make_database(tmp_path / "uac.db", "uacreg")
    at = f"{sip.HOST}:{registrar.peer.port}"
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO uacreg (l_uuid, l_username, l_domain, r_username, r_domain,"
                         " realm, auth_username, auth_password, auth_proxy, expires)"
                         " VALUES ('one', 'ann', 'local', 'far', ?, 'example.org', 'joe',"
                         " 'secret', ?, 60)", (at, f"sip:{at}"))
    server = start(CONFIG.format(database=path))
    registrar.peer.server = ("127.0.0.1", server.port)
    registrar.start()
    tandem.until(lambda: flags(server, "one") & 4, what="the first registration")
    yield server, registrar, path, at
    registrar.over = True
    registrar.join()
    registrar.peer.socket.close()


def flags(server, uuid):
    return server.rpc("uac.reg_info", "l_uuid", uuid)["flags"]


def numbers(server):
    stats = server.statistics()
    return tuple(stats[f"uac.{n}"] for n in ("regtotal", "regactive", "regdisabled"))


def script(server, route, key):
    with sip.Udp(server.port) as phone:
        reply = phone.ask(sip.request("OPTIONS", f"sip:{route}@127.0.0.1", (f"X-Key: {key}",),
                                      port=phone.port))
        return sip.header(reply, "X-Seen")[1:-1]


def test_control_requests_change_the_table(scene):
    server, registrar, path, at = scene
    assert [r["l_uuid"] for r in server.rpc("uac.reg_dump")] == ["one"]
    assert numbers(server) == (1, 1, 0)
    server.rpc("uac.reg_add", "two", "bea", "local", "near", at, "example.org", "kim", "pw", ".",
               f"sip:{at}", 90, 0, 0, ".", "192.0.2.9:5090")
    tandem.until(lambda: flags(server, "two") & 4, what="the second registration")
    assert any(b"Contact: <sip:two@192.0.2.9:5090>" in m for m in registrar.got)
    assert numbers(server) == (2, 2, 0)
    server.rpc("uac.reg_disable", "l_uuid", "two")
    tandem.until(lambda: flags(server, "two") & 1, what="the end of the second")
    tandem.until(lambda: numbers(server) == (2, 1, 1), what="the numbers")
    server.rpc("uac.reg_enable", "l_uuid", "two")
    tandem.until(lambda: flags(server, "two") & 4, what="the second again")
    before = len(registrar.got)
    server.rpc("uac.reg_register", "l_uuid", "two")
    tandem.until(lambda: len(registrar.got) > before, what="one more REGISTER")
    server.rpc("uac.reg_remove", "two")
    with pytest.raises(tandem.RpcError):
        server.rpc("uac.reg_info", "l_uuid", "two")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE uacreg SET expires = 77 WHERE l_uuid = 'one'")
        database.execute("INSERT INTO uacreg (l_uuid, l_username, l_domain, r_username, r_domain,"
                         " realm, auth_username, auth_password, auth_proxy, expires)"
                         " VALUES ('three', 'cy', 'local', 'wide', ?, 'example.org', 'joe',"
                         " 'secret', ?, 60)", (at, f"sip:{at}"))
    server.rpc("uac.reg_refresh", "one")
    assert server.rpc("uac.reg_info", "l_uuid", "one")["expires"] == 77
    server.rpc("uac.reg_reload")
    tandem.until(lambda: any(r["l_uuid"] == "three" for r in server.rpc("uac.reg_dump")),
                 what="the third")
    server.rpc("uac.reg_active", 0)
    count = len(registrar.got)
    with pytest.raises(tandem.RpcError):
        server.rpc("uac.reg_info", "l_uuid", "nobody")
    server.rpc("uac.reg_active", 1)
    tandem.until(lambda: flags(server, "three") & 4, what="the third registration")
    assert len(registrar.got) > count


def test_scripts_ask_and_steer(scene):
    server, registrar, _, at = scene
    assert script(server, "lookup", "one") == "sip:ann@local"
    assert script(server, "lookup", "none") == ""
    assert script(server, "lookup_uri", f"sip:far@{at}") == "sip:ann@local"
    assert int(script(server, "status", "one")) > 0
    assert script(server, "direct", "one") == f"sip:far@{at} joesecret"
    count = len(registrar.got)
    assert script(server, "send", "one") == "sent"
    tandem.until(lambda: len(registrar.got) > count, what="a REGISTER")
    assert script(server, "end", "one") == "ended"
    tandem.until(lambda: b"Expires: 0" in registrar.got[-1], what="the end")
    assert script(server, "disable", "one") == "off"
    tandem.until(lambda: flags(server, "one") & 1, what="one switched off")
    assert script(server, "enable", "one") == "on"
    tandem.until(lambda: flags(server, "one") & 4, what="one again")
    assert script(server, "enable", "nobody") == ""
