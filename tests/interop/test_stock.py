# SPDX-License-Identifier: BSD-2-Clause
"""The configuration that Debian's kamailio package installs, unmodified."""
import hashlib
import pathlib
import re
import shutil
import sqlite3
import urllib.request

import pytest
import sip
import tandem

STOCK = pathlib.Path("/etc/kamailio/kamailio.cfg")
TABLES = ("dbaliases", "speed_dial", "domain", "domain_attrs", "address", "trusted", "location",
          "location_attrs", "subscriber", "acc", "missed_calls")
DEFINES = [(), ("WITH_DEBUG",), ("WITH_AUTH",), ("WITH_USRLOCDB",), ("WITH_ANTIFLOOD",),
           ("WITH_PSTN",), ("WITH_VOICEMAIL",), ("WITH_BLOCK3XX",), ("WITH_BLOCK401407",),
           ("WITH_MULTIDOMAIN",), ("WITH_ALIASDB",), ("WITH_SPEEDDIAL",),
           ("WITH_AUTH", "WITH_IPAUTH"), ("WITH_IPAUTH",), ("WITH_JSONRPC",),
           ("WITH_AUTH", "WITH_USRLOCDB", "WITH_ANTIFLOOD", "WITH_MULTIDOMAIN", "WITH_ALIASDB",
            "WITH_SPEEDDIAL", "WITH_IPAUTH", "WITH_JSONRPC", "WITH_VOICEMAIL", "WITH_PSTN",
            "WITH_BLOCK3XX", "WITH_BLOCK401407", "WITH_DEBUG")]


def named(defines):
    return "+".join(defines) or "plain"


@pytest.fixture(scope="session")
def stock_database(tmp_path_factory):
    path = tandem.make_database(tmp_path_factory.mktemp("stock") / "stock.sqlite", *TABLES)
    with sqlite3.connect(path) as db:
        for user in ("alice", "bob"):
            db.execute("INSERT INTO subscriber (username, domain, password, ha1, ha1b) "
                       "VALUES (?, '127.0.0.1', 'secret', '', '')", (user,))
        db.execute("INSERT INTO domain (domain, did, last_modified) VALUES "
                   "('127.0.0.1', '127.0.0.1', '2024-01-01 00:00:00')")
        db.execute("INSERT INTO dbaliases (alias_username, alias_domain, username, domain) VALUES "
                   "('robert', '127.0.0.1', 'bob', '127.0.0.1')")
        db.execute("INSERT INTO speed_dial (username, domain, sd_username, sd_domain, "
                   "new_uri) VALUES ('alice', '127.0.0.1', '22', '127.0.0.1', "
                   "'sip:bob@127.0.0.1')")
    db.close()
    return path


@pytest.fixture
def database(folder, stock_database):
    return shutil.copy(stock_database, folder / "stock.sqlite")


def options_of(defines, database):
    out = []
    for name in defines:
        out += ["-A", name]
    return out + ["--loadmodule", "db_sqlite", "-A", f'DBURL="sqlite://{database}"']


@pytest.mark.parametrize("defines", DEFINES, ids=named)
def test_is_accepted(defines, database):
    code, said = tandem.check(STOCK, *options_of(defines, database))
    assert code == 0, said
    assert "error" not in said.lower() and "warning" not in said.lower(), said


def authorised(text, reply):
    """The same request with credentials, as the challenge asks."""
    field = "Authorization" if sip.status(reply) == 401 else "Proxy-Authorization"
    challenge = dict(re.findall(r'(\w+)="?([^",]*)"?', sip.header(
        reply, "WWW-Authenticate" if sip.status(reply) == 401 else "Proxy-Authenticate")))
    method, uri = text.decode().split(" ", 2)[:2]
    user = re.search(r"From: <sip:(\w+)@", text.decode()).group(1)

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    digest = md5(md5(user, challenge["realm"], "secret"), challenge["nonce"], md5(method, uri))
    line = (f'{field}: Digest username="{user}", realm="{challenge["realm"]}", '
            f'nonce="{challenge["nonce"]}", uri="{uri}", response="{digest}"\r\nContent-Length')
    number = int(re.search(r"CSeq: (\d+)", text.decode()).group(1))
    return (text.decode().replace("Content-Length", line, 1)
            .replace(f"CSeq: {number}", f"CSeq: {number + 1}")
            .replace("branch=z9hG4bK", "branch=z9hG4bKauth").encode())


def ask(phone, text):
    """Sends, authenticates when asked, and returns the first final reply."""
    reply = phone.ask(text)
    if sip.status(reply) in (401, 407):
        if text.startswith(b"INVITE"):
            acknowledge(phone, text, reply)
        reply = phone.ask(authorised(text, reply))
    return reply


def acknowledge(phone, text, reply):
    start = text.decode().split("\r\n")[0].replace("INVITE", "ACK")
    keep = [line for line in text.decode().split("\r\n")[1:]
            if line.startswith(("Via", "From", "Call-ID", "Max-"))]
    number = re.search(r"CSeq: (\d+)", text.decode()).group(1)
    phone.send("\r\n".join([start, *keep, f"To: {sip.header(reply, 'To')}", f"CSeq: {number} ACK",
                            "Content-Length: 0", "", ""]).encode())


def domain_of(server):
    return f"127.0.0.1:{server.port}"


def register(phone, user, server, transport):
    text = sip.request("REGISTER", f"sip:{domain_of(server)}",
                       [f"Contact: <sip:{user}@{sip.HOST}:{phone.port};transport={transport}>",
                        "Expires: 300"],
                       user=user, to=f"sip:{user}@{domain_of(server)}", port=phone.port,
                       transport=transport.upper(), domain=domain_of(server))
    reply = ask(phone, text)
    assert sip.status(reply) == 200, reply
    assert str(phone.port) in (sip.header(reply, "Contact") or ""), reply


def invite(caller, server, called):
    return sip.request("INVITE", f"sip:{called}@{domain_of(server)}",
                       [f"Contact: <sip:alice@{sip.HOST}:{caller.port}>"], port=caller.port,
                       domain=domain_of(server))


def call(caller, called, server, name="bob"):
    """alice calls, the phone of bob answers 200, and BYE follows the recorded route."""
    text = invite(caller, server, name)
    caller.send(text)
    reply = caller.receive()
    if sip.status(reply) in (401, 407):
        acknowledge(caller, text, reply)
        text = authorised(text, reply)
        caller.send(text)
    got = called.receive()
    assert got and got.startswith(f"INVITE sip:bob@{sip.HOST}:{called.port}".encode()), (got, reply)
    called.send(sip.answer(got, 200, "OK", [f"Contact: <sip:bob@{sip.HOST}:{called.port}>"]))
    reply = caller.final()
    assert sip.status(reply) == 200, reply
    route = sip.header(reply, "Record-Route")
    assert route and str(server.port) in route, reply
    in_dialog = dict(user="alice", port=caller.port, domain=domain_of(server),
                     to=f"sip:bob@{domain_of(server)}", to_tag="a1",
                     call_id=sip.header(reply, "Call-ID"))
    target = f"sip:bob@{sip.HOST}:{called.port}"
    number = int(sip.header(reply, "CSeq").split()[0])
    caller.send(sip.request("ACK", target, [f"Route: {route}"], cseq=number, **in_dialog))
    assert called.receive().startswith(b"ACK "), "no ACK"
    caller.send(sip.request("BYE", target, [f"Route: {route}"], cseq=number + 1, **in_dialog))
    got = called.receive()
    assert got.startswith(b"BYE "), got
    called.send(sip.answer(got, 200, "OK"))
    assert sip.status(caller.final()) == 200


@pytest.mark.parametrize("defines", DEFINES, ids=named)
def test_carries_a_call(defines, database, start):
    server = start(STOCK, *options_of(defines, database))
    with sip.Udp(server.port) as alice, sip.Udp(server.port) as bob, sip.Tcp(server.port) as tcp:
        reply = alice.ask(sip.request("OPTIONS", f"sip:127.0.0.1:{server.port}",
                                      port=alice.port))
        assert sip.status(reply) == 200, reply
        reply = tcp.ask(sip.request("OPTIONS", f"sip:127.0.0.1:{server.port}", port=tcp.port,
                                    transport="TCP"))
        assert sip.status(reply) == 200, reply
        register(alice, "alice", server, "udp")
        register(bob, "bob", server, "udp")
        call(alice, bob, server)
        reply = ask(alice, invite(alice, server, "nobody"))
        assert sip.status(reply) == 404, reply
    said = [line for line in server.log_text().splitlines()
            if re.search("ERROR|CRITICAL|WARNING", line) and "gw_ip not defined" not in line
            and "IP not defined" not in line]
    assert not said, said


def test_with_auth_refuses_strangers_and_wrong_passwords(database, start):
    server = start(STOCK, *options_of(("WITH_AUTH",), database))
    with sip.Udp(server.port) as phone:
        text = sip.request("REGISTER", f"sip:{domain_of(server)}",
                           [f"Contact: <sip:alice@{sip.HOST}>"], port=phone.port,
                           to=f"sip:alice@{domain_of(server)}", domain=domain_of(server))
        challenge = phone.ask(text)
        assert sip.status(challenge) == 401, challenge
        wrong = authorised(text, challenge).replace(b'response="', b'response="0')
        assert sip.status(phone.ask(wrong)) == 401
        reply = phone.ask(sip.request("INVITE", "sip:x@192.0.2.1", user="stranger",
                                      port=phone.port, domain="192.0.2.9"))
        assert sip.status(reply) == 403, reply


def test_with_aliasdb_and_speeddial_finds_the_target(database, start):
    server = start(STOCK, *options_of(("WITH_ALIASDB", "WITH_SPEEDDIAL"), database),
                   "--alias", "127.0.0.1")
    with sip.Udp(server.port) as alice, sip.Udp(server.port) as bob:
        register(bob, "bob", server, "udp")
        call(alice, bob, server, "robert")
        call(alice, bob, server, "22")


def test_with_usrlocdb_keeps_registrations_over_a_restart(database, start):
    server = start(STOCK, *options_of(("WITH_USRLOCDB",), database))
    with sip.Udp(server.port) as alice, sip.Udp(server.port) as bob:
        register(bob, "bob", server, "udp")
        server.stop()
        server.start()
        call(alice, bob, server)


def test_with_jsonrpc_answers_over_http(database, start):
    server = start(STOCK, *options_of(("WITH_JSONRPC",), database))
    body = b'{"jsonrpc": "2.0", "method": "core.version", "id": 7}'
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/RPC", body, 10) as reply:
        text = reply.read().decode()
    assert '"id"' in text and "tandem" in text.lower(), text
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/x", None, 10) as reply:
        assert "Wrong URL" in reply.read().decode()
