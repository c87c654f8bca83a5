# SPDX-License-Identifier: BSD-2-Clause
"""Parameters of tm, rr and uac that show in addresses: where an ACK goes, which socket sends, what a
Route remembers; and those of registrations with other servers."""
import contextlib
import sqlite3

import pytest
import sip
import tandem

MODULES = """
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
"""


@pytest.fixture
def peers():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(sip.Udp(0)) for _ in range(3)]


def uri(peer):
    return f"sip:callee@{sip.HOST}:{peer.port}"


@pytest.mark.parametrize("mode", (0, 1, 2))
def test_the_ack_of_an_invite_of_ours(start, peers, mode):
    server = start(MODULES + f'modparam("tm", "local_ack_mode", {mode})\nrequest_route {{ exit; }}')
    contact, asked, answering = peers
    answering.server = ("127.0.0.1", server.port)
    server.rpc("tm.t_uac_start", "INVITE", uri(asked), ".", ".",
               "From: <sip:us@example.org>;tag=u\r\nTo: <sip:callee@example.org>\r\n"
               "Contact: <sip:us@127.0.0.1>\r\n", "")
    invite = asked.receive()
    answering.send(sip.answer(invite, 200, "OK", [f"Contact: <{uri(contact)}>"]))
    ack = peers[mode].receive()
    assert ack.startswith(f"ACK {uri(contact)} SIP/2.0".encode())
    assert all(p.receive(0.1) is None for p in peers if p is not peers[mode])


def two_sockets():
    one, two = tandem.free_port(), tandem.free_port()
    return one, two, (f'listen=udp:127.0.0.1:{one} name "one"\n'
                      f'listen=udp:127.0.0.1:{two} name "two"\n')


def source(peer):
    peer.socket.settimeout(3)
    text, at = peer.socket.recvfrom(65536)
    return text, at[1]


def test_default_socket_sends_requests_of_ours(start, peers):
    one, two, listen = two_sockets()
    start(listen + MODULES + 'loadmodule "uac.so"\n'
          f'modparam("uac", "default_socket", "udp:127.0.0.1:{two}")\n'
          'request_route { $uac_req(method) = "OPTIONS"; $uac_req(furi) = "sip:us@example.org";\n'
          f'$uac_req(ruri) = "{uri(peers[0])}"; uac_req_send(); sl_send_reply("200", "OK"); }}',
          listen=[])
    peers[1].server = ("127.0.0.1", one)
    assert sip.status(peers[1].ask(sip.request("INFO", "sip:x@127.0.0.1", port=peers[1].port))) == 200
    text, port = source(peers[0])
    assert text.startswith(b"OPTIONS") and port == two


def test_sockname_mode(start, peers):
    one, two, listen = two_sockets()
    start(listen + MODULES + 'modparam("rr", "sockname_mode", 1)\n'
          'request_route { if (has_totag()) loose_route(); else {\n'
          f'$fs = "udp:127.0.0.1:{two}"; record_route(); }}\n'
          f'$du = "{uri(peers[0])}"; t_relay(); }}', listen=[])
    peers[1].server = ("127.0.0.1", one)
    peers[1].send(sip.request("MESSAGE", "sip:x@example.org", port=peers[1].port))
    text, port = source(peers[0])
    assert port == two
    routes = [line for line in text.decode().split("\r\n") if line.startswith("Record-Route")]
    assert [";sn=two;r2=on" in routes[0], ";sn=one;r2=on" in routes[1]] == [True, True]
    route = [f"Route: <sip:127.0.0.1:{one};lr;sn=one;r2=on>",
             f"Route: <sip:127.0.0.1:{one};lr;sn=two;r2=on>"]  # the name counts
    peers[1].send(sip.request("INFO", "sip:x@example.org", route, port=peers[1].port, to_tag="t"))
    text, port = source(peers[0])
    assert text.startswith(b"INFO") and b"Route:" not in text and port == two


def replacing(start, callee, password):
    return start(MODULES + 'loadmodule "uac.so"\n'
                 f'modparam("uac", "restore_passwd", "{password}")\n'
                 'request_route { if (has_totag()) loose_route(); else {\n'
                 'record_route(); uac_replace_from("sip:anon@example.org"); }\n'
                 f'$du = "{uri(callee)}"; t_relay(); }}')


def test_restore_passwd_hides_and_restores(start, peers):
    callee, caller, _ = peers
    codes = []
    for password in ("", "a secret", "another"):
        server = replacing(start, callee, password)
        caller.server = callee.server = ("127.0.0.1", server.port)
        caller.send(sip.request("MESSAGE", "sip:b@example.org", port=caller.port))
        got = callee.receive()
        assert "sip:anon@example.org" in sip.header(got, "From")
        record = sip.header(got, "Record-Route")
        codes.append(record.split("vsf=")[1])
        callee.send(sip.answer(got, 200, "OK"))
        answer = caller.final()
        assert "sip:alice@" in sip.header(answer, "From")
        tag = record.split("ftag=")[1].split(";")[0]
        again = sip.request("BYE", "sip:b@example.org", [f"Route: {record}"], to_tag="a1",
                            port=caller.port)
        mine = sip.header(again, "From").split("tag=")[1].encode()
        caller.send(again.replace(b"tag=" + mine, b"tag=" + tag.encode()))
        later = callee.receive()
        assert "sip:anon@example.org" in sip.header(later, "From")
        callee.send(sip.answer(later, 200, "OK"))
        caller.final()
    assert len(set(codes)) == 3


REGISTERING = MODULES + """
loadmodule "db_sqlite.so"
loadmodule "textops.so"
loadmodule "uac.so"
modparam("uac", "reg_db_url", "sqlite:///{database}")
modparam("uac", "reg_contact_addr", "192.0.2.1:5080")
modparam("uac", "reg_timer_interval", 1)
{more}
request_route {{
    $var(uri) = "none";
    uac_reg_lookup_uri("$hdr(X-Key)", "$var(uri)");
    append_to_reply("X-Seen: $var(uri)\\r\\n");
    sl_send_reply("200", "OK");
}}
"""


def registering(start, peer, path, more=""):
    tandem.make_database(path, "uacreg")
    at = f"{sip.HOST}:{peer.port}"
    with sqlite3.connect(path) as database:
        for uuid, user, domain in (("one", "ann", "here.example"), ("two", "bea", "elsewhere.example")):
            database.execute("INSERT INTO uacreg (l_uuid, l_username, l_domain, r_username,"
                             " r_domain, realm, auth_username, auth_password, auth_proxy, expires)"
                             " VALUES (?, ?, 'local', 'far', ?, 'r', 'joe', 's', ?, 60)",
                             (uuid, user, domain, f"sip:{at}"))
    server = start(REGISTERING.format(database=path, more=more))
    peer.server = ("127.0.0.1", server.port)
    return server


def one_registered(peer):
    """The next REGISTER of the record "one", answered; others are answered too."""
    while True:
        got = peer.receive(5)
        assert got, "no REGISTER came"
        peer.send(sip.answer(got, 200, "OK", [f"Contact: {sip.header(got, 'Contact')};expires=60"]))
        if b"sip:one@" in got:
            return got


@pytest.mark.parametrize("keep", (0, 1))
def test_reg_keep_callid(start, peers, tmp_path, keep):
    server = registering(start, peers[0], tmp_path / "uac.db",
                         f'modparam("uac", "reg_keep_callid", {keep})')
    first = one_registered(peers[0])
    tandem.until(lambda: server.rpc("uac.reg_info", "l_uuid", "one")["flags"] & 4, what="it")
    server.rpc("uac.reg_register", "l_uuid", "one")
    second = one_registered(peers[0])
    same = sip.header(first, "Call-ID") == sip.header(second, "Call-ID")
    numbers = [int(sip.header(m, "CSeq").split()[0]) for m in (first, second)]
    assert same == bool(keep) and (numbers[1] > numbers[0]) == bool(keep)


def test_reg_random_delay(start, peers, tmp_path):
    server = registering(start, peers[0], tmp_path / "uac.db",
                         'modparam("uac", "reg_random_delay", 100000000)')
    delays = [r["reg_delay"] for r in server.rpc("uac.reg_dump")]
    assert all(0 <= d < 100000000 for d in delays) and sum(delays) > 100
    assert peers[0].receive(1.5) is None


@pytest.mark.parametrize("interval, again", ((0, True), (150, False)))
def test_reg_gc_interval(start, peers, tmp_path, interval, again):
    server = registering(start, peers[0], tmp_path / "uac.db",
                         f'modparam("uac", "reg_gc_interval", {interval})')
    server.rpc("uac.reg_reload")
    with contextlib.nullcontext() if again else pytest.raises(tandem.RpcError):
        server.rpc("uac.reg_reload")


@pytest.mark.parametrize("domain", (0, 1))
def test_reg_use_domain(start, peers, tmp_path, domain):
    server = registering(start, peers[0], tmp_path / "uac.db",
                         f'modparam("uac", "reg_use_domain", {domain})')
    with sip.Udp(server.port) as phone:
        def found(key):
            return sip.header(phone.ask(sip.request("OPTIONS", "sip:x@127.0.0.1", [f"X-Key: {key}"],
                                                    port=phone.port)), "X-Seen")

        assert found("sip:far@elsewhere.example") == "sip:bea@local"
        assert found("sip:far@here.example") == ("sip:ann@local" if domain else "sip:bea@local")
        assert found("sip:far@nowhere.example") == ("none" if domain else "sip:bea@local")
