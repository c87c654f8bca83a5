# SPDX-License-Identifier: BSD-2-Clause
"""Hostile bytes over UDP and TCP: answered or dropped, counted, and calls go on."""
import random
import threading

import pytest
import sip
import tandem
from sipp import Sipp

CONFIG = """
debug=-1
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "kex.so"
loadmodule "counters.so"

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (!sanity_check()) exit;
	if (is_method("OPTIONS")) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	if (is_method("INVITE")) record_route();
	$du = "sip:127.0.0.1:UAS_PORT";
	t_relay();
}
"""
GOOD = sip.request("OPTIONS", "sip:127.0.0.1")


@pytest.fixture
def answerer(folder):
    return Sipp(folder, "answer.xml", calls=20, seconds=60)


@pytest.fixture
def server(start, answerer):
    return start(CONFIG.replace("UAS_PORT", str(answerer.port)))


def options(**more):
    return sip.request("OPTIONS", "sip:127.0.0.1", **more)


def edited(old, new, **more):
    text = options(**more)
    assert old in text, old
    return text.replace(old, new, 1)


def hostile():
    """(name, bytes, statuses that are right; None: no answer). What no function looks at may be
    wrong without harm."""
    good = options()
    blank = b"\r\n\r\n"
    yield "empty start line", b"\r\n" + b"\r\n" * 30, (None,)
    yield "only zeros", bytes(500), (None,)
    yield "no header", b"OPTIONS sip:127.0.0.1 SIP/2.0\r\n\r\n", (None,)
    yield "no version", edited(b" SIP/2.0\r\n", b"\r\n"), (None, 400)
    yield "another version", edited(b" SIP/2.0\r\n", b" SIP/7.0\r\n"), (505, 400, None)
    yield "no Call-ID", edited(b"Call-ID:", b"X-Call:"), (400, None)
    yield "no CSeq", edited(b"CSeq:", b"X-CSeq:"), (400, None)
    yield "no From", edited(b"From:", b"X-From:"), (400, None)
    yield "no To", edited(b"To:", b"X-To:"), (400, None)
    yield "no Via", edited(b"Via:", b"X-Via:"), (None,)
    yield "bad CSeq number", edited(b"CSeq: ", b"CSeq: 99999999999999"), (400,)
    yield "CSeq of another method", edited(b" OPTIONS\r\nMax", b" INVITE\r\nMax"), (400,)
    yield "bad Max-Forwards", edited(b"Max-Forwards: 70", b"Max-Forwards: 7x"), (400, 483)
    yield "bad Content-Length", edited(b"Content-Length: 0", b"Content-Length: -1"), (400,)
    yield "huge Content-Length", edited(b"Content-Length: 0", b"Content-Length: 9999999999999"), \
        (400, 413, 513)
    yield "body cut short", edited(b"Content-Length: 0", b"Content-Length: 100"), (400,)
    yield "bad request URI", edited(b"OPTIONS sip:127.0.0.1", b"OPTIONS sip:@@@:::"), (400, 416, None)
    yield "bad From", edited(b"From: <sip:", b"From: <<<\"sip"), (200, 400, None)
    yield "header without colon", edited(b"Max-Forwards: 70", b"Max-Forwards 70"), (200, 400, None)
    yield "binary in a header", edited(b"Max-Forwards: 70", b"X: \0\1\2\xff\r\nMax-Forwards: 70"), \
        (200, 400)
    yield "2000 headers", edited(b"Max-Forwards", b"X-A: b\r\n" * 2000 + b"Max-Forwards"), \
        (200, 400, 513)
    yield "40 KB header", edited(b"Max-Forwards", b"X-A: " + b"b" * 40000 + b"\r\nMax-Forwards"), \
        (200, 400, 513)
    yield "oversized", edited(b"Max-Forwards", b"X-A: " + b"b" * 60000 + b"\r\nMax-Forwards"), \
        (200, 400, 513)
    yield "500 Vias", edited(b"From:", b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" * 500 +
                             b"From:"), (200, 400, 513)
    yield "endless folding", edited(b"Max-Forwards", b"X: a" + b"\r\n b" * 5000 +
                                    b"\r\nMax-Forwards"), (200, 400, 513)
    yield "nested quotes", edited(b"From: ", b'From: "' + b"\\" * 3001 + b'" '), (200, 400, None)
    yield "format directives", edited(b"Max-Forwards", b"User-Agent: %n%n%s%s%x\r\nMax-Forwards"), \
        (200,)
    yield "lone line feeds", good.replace(b"\r\n", b"\n"), (200, 400, None)
    yield "a reply from nowhere", (b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx"
                                   b"\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
                                   b"Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0" + blank), \
        (None,)
    yield "a reply with a status of 5 digits", b"SIP/2.0 20000 OK\r\n\r\n", (None,)


def still_serves(server):
    """Asks again, as a phone does, for a flood may fill the socket's buffer."""
    with sip.Udp(server.port) as phone:
        question = options(port=phone.port)
        tandem.until(lambda: sip.status(phone.ask(question, 0.5)) == 200, 10, "an answer")


def carries_calls(server, answerer, folder):
    with answerer, Sipp(folder, "call.xml", calls=20, rate=50, target=server.port,
                        seconds=30) as caller:
        caller.succeeds(5)


def malformed(server):
    s = server.statistics()
    return s["core.malformed_requests"] + s["core.malformed_messages"]


def test_udp_answers_or_drops(server, answerer, folder):
    wrong = []
    for name, data, right in hostile():
        with sip.Udp(server.port) as phone:
            phone.send(data)
            # What comes behind it is answered, so the answer before that belongs to it.
            end = options(port=phone.port, call_id=f"end{phone.port}")
            phone.send(end)
            got = []
            while True:
                reply = phone.final(5)
                assert reply is not None, f"{name}: nothing is answered behind it"
                if sip.header(reply, "Call-ID") == f"end{phone.port}":
                    # Another worker may be slower.
                    late = None if got else phone.receive(0.05)
                    got += [late] if late else []
                    break
                got.append(reply)
            code = sip.status(got[0]) if got else None
            if code not in right:
                wrong.append((name, code, right))
    assert not wrong, wrong
    assert malformed(server) >= 10
    assert server.alive()
    carries_calls(server, answerer, folder)


def test_tcp_answers_or_closes(server, answerer, folder):
    for name, data, _ in hostile():
        with sip.Tcp(server.port) as phone:
            phone.send(data)
            try:
                phone.socket.shutdown(1)
            except OSError:
                pass
            while phone.receive(5):
                pass
        assert server.alive(), name
    still_serves(server)
    carries_calls(server, answerer, folder)


def test_survives_truncation_at_every_byte(server):
    with sip.Udp(server.port) as phone:
        good = options(port=phone.port)
        for n in range(len(good)):
            phone.send(good[:n])
    still_serves(server)


def test_survives_random_bytes(server):
    """Random bytes, and good messages with random bytes in random places."""
    rng = random.Random(2)
    with sip.Udp(server.port) as phone:
        for _ in range(2000 if not tandem.FULL else 100000):
            data = bytearray(options(port=phone.port))
            for _ in range(rng.randrange(1, 12)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            phone.send(bytes(data))
        for _ in range(300):
            phone.send(rng.randbytes(rng.randrange(1, 1400)))
    still_serves(server)
    with sip.Tcp(server.port) as phone:
        try:
            phone.send(rng.randbytes(200000))
        except OSError:
            pass
    still_serves(server)


def test_tcp_is_cut_anywhere(server):
    """A stream of three requests with bodies: byte by byte, then cut in two at every place."""
    def stream(port):
        return b"".join(sip.request("OPTIONS", "sip:127.0.0.1", ["Content-Type: text/plain"],
                                    "body\r\n\r\nSIP/2.0" * n, port=port, transport="TCP")
                        for n in range(3))

    def answered(phone):
        for n in range(3):
            reply = phone.final(5)
            assert sip.status(reply) == 200, (n, reply)

    with sip.Tcp(server.port) as phone:
        for byte in stream(phone.port):
            phone.send(bytes([byte]))
        answered(phone)
    with sip.Tcp(server.port) as phone:
        size = len(stream(phone.port))
        step = 1 if tandem.FULL else 7
        for n in range(1, size, step):
            data = stream(phone.port)
            phone.send(data[:n])
            phone.send(data[n:])
            answered(phone)
    with sip.Tcp(server.port) as phone:  # many at once
        phone.send(stream(phone.port) * 20)
        for _ in range(20):
            answered(phone)


def test_idle_and_slow_connections_stall_nobody(server):
    """A hundred connections that stop in the middle of a message."""
    held = [sip.Tcp(server.port) for _ in range(100)]
    try:
        for phone in held:
            phone.send(options(port=phone.port, transport="TCP")[:150])
        still_serves(server)
        with sip.Tcp(server.port) as phone:
            assert sip.status(phone.ask(options(port=phone.port, transport="TCP"))) == 200
    finally:
        for phone in held:
            phone.socket.close()
    still_serves(server)


def test_a_flood_of_malformed_messages_does_not_leak(server):
    def flood(rounds):
        samples = [data for name, data, _ in hostile() if len(data) < 9000]
        with sip.Udp(server.port) as phone:
            for _ in range(rounds):
                for data in samples:
                    phone.send(data)
        still_serves(server)

    flood(100)
    before = server.rss()
    threads = [threading.Thread(target=flood, args=(200,)) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    grown = server.rss() - before
    assert grown < 8 << 20, f"{grown >> 10} KB more after the flood"
