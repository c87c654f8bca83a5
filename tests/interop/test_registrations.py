# SPDX-License-Identifier: BSD-2-Clause
"""Registrations of ours with another server (module uac): from a database, with a challenge."""
import sqlite3

import pytest
import sip
import tandem

CONFIG = """
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "db_sqlite.so"
loadmodule "uac.so"
modparam("uac", "reg_db_url", "sqlite:///{database}")
modparam("uac", "reg_contact_addr", "192.0.2.1:5080")
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "reg_retry_interval", 60)
request_route {{ exit; }}
"""
CHALLENGE = 'WWW-Authenticate: Digest realm="example.org", nonce="n", qop="auth"'


@pytest.fixture
def registrar():
    with sip.Udp(0) as peer:
        yield peer


@pytest.fixture
def server(start, registrar, tmp_path):
    path = tandem.make_database(tmp_path / "uac.db", "uacreg")
    at = f"{sip.HOST}:{registrar.port}"
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO uacreg (l_uuid, l_username, l_domain, r_username, r_domain,"
                         " realm, auth_username, auth_password, auth_proxy, expires)"
                         " VALUES ('one', 'ann', 'local', 'far', ?, 'example.org', 'joe',"
                         " 'secret', ?, 60)", (at, f"sip:{at}"))
    running = start(CONFIG.format(database=path))
    registrar.server = ("127.0.0.1", running.port)
    return running


def flags(server):
    return server.rpc("uac.reg_info", "l_uuid", "one")["flags"]


def test_registers_and_ends_it(server, registrar):
    first = registrar.receive(10)
    assert first.startswith(b"REGISTER sip:") and b"Authorization" not in first, first
    assert b"Contact: <sip:one@192.0.2.1:5080>" in first and b"Expires: 60" in first, first
    registrar.send(sip.answer(first, 401, "Unauthorized", [CHALLENGE]))
    second = registrar.receive()
    assert b'Authorization: Digest username="joe", realm="example.org"' in second, second
    assert sip.header(second, "Call-ID") == sip.header(first, "Call-ID")
    registrar.send(sip.answer(second, 200, "OK", ["Contact: <sip:one@192.0.2.1:5080>;expires=50"]))
    tandem.until(lambda: flags(server) & 4, what="the registration")
    assert server.rpc("uac.reg_info", "l_uuid", "one")["diff_expires"] <= 50
    server.rpc("uac.reg_unregister", "r_username", "far")
    last = registrar.receive()
    assert b"Expires: 0" in last, last
    registrar.send(sip.answer(last, 200, "OK"))
    tandem.until(lambda: flags(server) & 7 == 1, what="the end of the registration")


def test_gives_up_when_its_password_is_wrong(server, registrar):
    for _ in range(2):
        registrar.send(sip.answer(registrar.receive(10), 401, "Unauthorized", [CHALLENGE]))
    tandem.until(lambda: flags(server) == 16, what="the failure")
    assert registrar.receive(2) is None
