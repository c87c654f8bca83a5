# SPDX-License-Identifier: BSD-2-Clause
"""Transactions and the world: programs that hear of requests, requests made with attributes, calls
that wait for a registration."""
import os
import socket
import threading

import pytest
import sip
import tandem

MODULES = "".join(f'loadmodule "{m}.so"\n' for m in ("tm", "tmx", "sl", "pv", "xlog", "corex"))
WRITES = MODULES + """
modparam("tm", "tw_append", "mine:Foo=hdr[X-Foo];hdr[Subject];who=avp[a];msg[body]")
modparam("tm", "unix_tx_timeout", 100)
request_route {
    $avp(a) = "me";
    t_newtran();
    if ($rU == "fifo") $var(r) = t_write_req("%(folder)s/fifo", "vm.start/mine");
    else if ($rU == "unix") $var(r) = t_write_unix("%(folder)s/socket", "vm.start/mine");
    else if ($rU == "plain") $var(r) = t_write_unix("%(folder)s/socket", "vm.start");
    else $var(r) = t_write_unix("%(folder)s/nowhere", "vm.start/none");
    if ($var(r) < 0) t_reply("500", "not written");
}
"""
HEADERS = ("X-Foo: a b", "Content-Type: text/plain", "Record-Route: <sip:192.0.2.9;lr>",
           "Contact: <sip:alice@192.0.2.8>")


def send(phone, user):
    phone.send(sip.request("MESSAGE", f"sip:{user}@127.0.0.1", HEADERS, "hello", port=phone.port,
                           call_id="the-call", cseq=7, to="sip:bob@there"))


def check_text(server, phone, text):
    lines = text.split("\n")
    assert lines[:3] == ["0.3", "sip_request.vm.start", "MESSAGE"], text
    assert lines[4:7] == ["127.0.0.1", "127.0.0.1", str(server.port)], text
    assert lines[8:14] == ["sip:alice@192.0.2.8", f"<sip:alice@{sip.HOST}>", "<sip:bob@there>",
                           "the-call", lines[12], ""], text
    assert lines[14] == "7" and lines[16:18] == ["<sip:192.0.2.9;lr>", "sip:192.0.2.9;lr"], text
    server.rpc("tm.reply", 202, "Taken", lines[15], ".", ".")
    assert sip.status(phone.receive()) == 202
    return lines[18:]


@pytest.mark.parametrize("user", ("fifo", "unix", "plain"))
def test_a_program_hears_of_a_request_and_answers_it(start, folder, user):
    os.mkfifo(folder / "fifo")
    heard = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind(str(folder / "socket"))
        unix.settimeout(5)
        fifo = os.open(folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        server = start(WRITES % {"folder": folder})
        with sip.Udp(server.port) as phone:
            send(phone, user)
            if user == "fifo":
                tandem.until(lambda: heard.append(os.read(fifo, 65536)) or heard[-1])
                text = heard[-1].decode()
            else:
                text = unix.recv(65536).decode()
            rest = check_text(server, phone, text)
        os.close(fifo)
    if user == "plain":
        assert rest[1:] == [".", "", "", ""][:len(rest) - 1], rest
    else:
        assert rest[1:5] == ["Foo: a b", "who: me", ".", "hello"], rest


def test_nobody_listens_and_nothing_hangs(start, folder):
    os.mkfifo(folder / "fifo")
    server = start(WRITES % {"folder": folder})
    with sip.Udp(server.port) as phone:
        for user in ("fifo", "unix", "wrong"):
            send(phone, user)
            assert sip.status(phone.receive()) == 500, user


def test_a_full_socket_is_given_up_after_its_time_and_holds_up_nobody(start, folder):
    config = WRITES.replace('if ($rU == "fifo")', 'if ($rU == "quick") { t_reply("200", "OK"); exit; }'
                            '\n    if ($rU == "fifo")').replace("_timeout\", 100", "_timeout\", 400")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        unix.bind(str(folder / "socket"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)
            filler.connect(str(folder / "socket"))
            try:
                while True:
                    filler.send(b"x" * 1000)
            except BlockingIOError:
                pass
            server = start(config % {"folder": folder}, workers=1)
            with sip.Udp(server.port) as slow, sip.Udp(server.port) as quick:
                send(slow, "unix")
                quick.send(sip.request("MESSAGE", "sip:quick@127.0.0.1", port=quick.port))
                assert sip.status(quick.receive(0.3)) == 200
                assert sip.status(slow.receive(2)) == 500


def test_sends_requests_with_attributes(start):
    server = start(MODULES + "request_route { drop; }\n")
    with sip.Udp(server.port) as phone:
        target = f"sip:x@{sip.HOST}:{phone.port}"
        headers = f"From: <sip:f@x>\r\nTo: <{target}>\r\nX-A: yes\r\n"
        got = server.rpc("tm.t_uac_attrs", ".", "NOTIFY", target, ".", ".", headers, "abc")
        assert not got
        assert b"X-A: yes" in phone.receive()
        answer = []

        def ask():
            answer.append(server.rpc("tm.t_uac_attrs", "wait,hex", "OPTIONS", target, ".", ".",
                                     headers.encode().hex(), b"abc".hex()))
        asking = threading.Thread(target=ask)
        asking.start()
        request = phone.receive()
        while not request.startswith(b"OPTIONS"):
            request = phone.receive()
        assert request.endswith(b"abc")
        phone.send(sip.answer(request, 404, "Nobody"))
        asking.join(5)
        assert "404 Nobody" in str(answer[0])
        with pytest.raises(tandem.RpcError, match="wait, noack, hex"):
            server.rpc("tm.t_uac_attrs", "soon", "OPTIONS", target, ".", ".", headers)


def test_a_script_acknowledges_what_it_has_asked_for(start):
    server = start(MODULES + """
request_route {
    if (t_uac_ack_local("$hdr(X-Call)", "$hdr(X-Number)", "X-Mine: yes", "the body"))
        sl_send_reply("200", "OK");
    else sl_send_reply("404", "No");
}
""")
    with sip.Udp(server.port) as phone, sip.Udp(server.port) as other:
        def ask(call, number):
            return sip.status(other.ask(sip.request(
                "MESSAGE", "sip:ack@127.0.0.1", (f"X-Call: {call}", f"X-Number: {number}"),
                port=other.port)))
        target = f"sip:x@{sip.HOST}:{phone.port}"
        server.rpc("tm.t_uac_start_noack", "INVITE", target, ".", ".",
                   f"From: <sip:f@x>\r\nTo: <{target}>\r\nCall-ID: mine\r\nCSeq: 5 INVITE\r\n")
        invite = phone.receive()
        assert ask("mine", 5) == 404, "it was not answered yet"
        ok = sip.answer(invite, 200, "OK", (f"Contact: <{target};here>",))
        phone.send(ok)
        assert phone.receive(0.3) is None
        assert ask("mine", 6) == 404
        assert ask("mine", 5) == 200
        ack = phone.receive()
        assert ack.startswith(f"ACK {target};here ".encode()) and b"X-Mine: yes" in ack, ack
        assert ack.endswith(b"the body") and sip.header(ack, "CSeq") == "5 ACK"
        phone.send(ok)
        assert phone.receive().startswith(b"ACK "), "a repeated 2xx gets it again"


WAKE = MODULES + """
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "tsilo.so"
loadmodule "kex.so"
modparam("tm", "wt_timer", 500)
request_route {
    if ($rm == "REGISTER") {
        save("location");
        if ($rd == "to.example") ts_append_to("$shv(i)", "$shv(l)", "location", "sip:bob@x");
        else if ($rd == "own.example") {
            $ru = "sip:bob@" + $si + ":" + $sp;
            ts_append_branches("$tu");
        } else ts_append("location", "$tu");
        exit;
    }
    if ($rm != "INVITE") { t_relay(); exit; }
    t_newtran();
    $shv(i) = $T(id_index);
    $shv(l) = $T(id_label);
    ts_store();
    t_suspend();
}
"""


@pytest.mark.parametrize("domain", ("x", "to.example", "own.example"))
def test_a_registration_wakes_a_waiting_call(start, domain):
    server = start(WAKE, workers=4)
    with sip.Udp(server.port) as alice, sip.Udp(server.port) as bob:
        alice.send(sip.request("INVITE", "sip:bob@x", port=alice.port))
        assert sip.status(alice.receive()) == 100
        dump = tandem.until(lambda: [d for d in [server.rpc("ts.dump")] if d["R-URIs"]])[0]
        assert dump["Size"] == 2048 and dump["R-URIs"][0]["R-URI"] == "bob"
        assert dump["Stats"] == {"RURIs": 1, "Max-Slots": 1, "Transactions": 1}
        assert server.rpc("ts.lookup", "bob") == dump["R-URIs"][0]["Transactions"]
        assert server.rpc("ts.lookup", "sip:bob@x") == server.rpc("ts.lookup", "bob")
        with pytest.raises(tandem.RpcError, match="not found"):
            server.rpc("ts.lookup", "carol")
        bob.send(sip.request("REGISTER", f"sip:{domain}", port=bob.port, user="bob", to="sip:bob@x",
                             headers=(f"Contact: <sip:bob@{sip.HOST}:{bob.port}>",)))
        got = [bob.receive(), bob.receive()]
        invite = next(m for m in got if m.startswith(b"INVITE"))
        tandem.until(lambda: server.statistics()["tsilo.added_branches"] == 1)
        bob.send(sip.answer(invite, 200, "OK", (f"Contact: <sip:bob@{sip.HOST}:{bob.port}>",)))
        assert sip.status(alice.final()) == 200
        tandem.until(lambda: not server.rpc("ts.dump")["R-URIs"], 10)
        stats = server.statistics()
        assert stats["tsilo.stored_ruris"] == stats["tsilo.stored_transactions"] == 0
        assert stats["tsilo.total_ruris"] == stats["tsilo.total_transactions"] == 1
