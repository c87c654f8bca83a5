# SPDX-License-Identifier: BSD-2-Clause
"""Clients behind load balancers: the PROXY protocol, over TCP and UDP."""
import socket
import struct

import pytest

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=0
children=1
loadmodule "sl.so"
loadmodule "pv.so"
PARAMS
request_route { sl_send_reply("299", "$si $sp $proto"); }
"""
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TEXT4 = b"PROXY TCP4 192.0.2.7 198.51.100.1 42300 5060\r\n"
TEXT6 = b"PROXY TCP6 2001:db8::7 2001:db8::1 42300 5060\r\n"
ADDRESSES4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1") + \
    struct.pack("!HH", 42300, 5060)
EXTENSION = b"\x04\0\x03abc"
BINARY4 = SIGNATURE + b"\x21\x11" + struct.pack("!H", len(ADDRESSES4 + EXTENSION)) + \
    ADDRESSES4 + EXTENSION
LOCAL = SIGNATURE + b"\x20\0\0\0"
MAPPED = b"\0" * 10 + b"\xff\xff"
SIMPLE = b"\x56\xec" + MAPPED + socket.inet_aton("192.0.2.9") + MAPPED + \
    socket.inet_aton("198.51.100.1") + struct.pack("!HH", 42301, 5060)


def talk(port, *pieces):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            s.sendall(piece)
        return s.recv(4096)


def shown(reply):
    return reply.split(b"\r\n")[0].decode().split(" ", 2)[2] if reply else None


def options():
    return sip.request("OPTIONS", "sip:a@b", transport="TCP")


def test_streams_come_from_the_client_told(start):
    server = start(CONFIG.replace("PARAMS", "tcp_accept_haproxy=yes"), workers=1)
    assert shown(talk(server.port, TEXT4 + options())) == "192.0.2.7 42300 tcp"
    assert shown(talk(server.port, TEXT6 + options())) == "2001:db8::7 42300 tcp"
    assert shown(talk(server.port, BINARY4 + options())) == "192.0.2.7 42300 tcp"
    assert shown(talk(server.port, b"PROXY UNKNOWN\r\n" + options())).startswith("127.0.0.1 ")
    assert shown(talk(server.port, LOCAL + options())).startswith("127.0.0.1 ")


def test_a_header_may_come_in_pieces(start):
    server = start(CONFIG.replace("PARAMS", "tcp_accept_haproxy=yes"), workers=1)
    for header in (TEXT4, BINARY4):
        whole = header + options()
        pieces = [whole[i:i + 1] for i in range(len(header) + 4)] + [whole[len(header) + 4:]]
        assert shown(talk(server.port, *pieces)) == "192.0.2.7 42300 tcp"


@pytest.mark.parametrize("bad, why", [
    (b"", "begins with no PROXY header"),
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 99999 5060\r\n", "expected two ports"),
    (b"PROXY TCP4 2001:db8::7 198.51.100.1 9 5060\r\n", "expected two addresses"),
    (b"PROXY " + b"x" * 200, "no end within 107 bytes"),
    (SIGNATURE + b"\x31\x11\0\x0c" + ADDRESSES4, "expected version 2"),
    (SIGNATURE + b"\x21\x11\0\x04" + ADDRESSES4, "too short for the addresses"),
    (SIGNATURE + b"\x21\x11\xff\xff" + ADDRESSES4, "longer than 4096 bytes"),
])
def test_a_stream_without_a_good_header_is_closed(start, bad, why):
    server = start(CONFIG.replace("PARAMS", "tcp_accept_haproxy=yes"), workers=1)
    try:
        assert talk(server.port, bad + options()) == b""
    except ConnectionResetError:
        pass
    tandem.until(lambda: why in server.log_text())


def test_datagrams_come_from_the_client_told_and_replies_go_to_the_balancer(start):
    server = start(CONFIG.replace("PARAMS", "udp_accept_proxy=3"), workers=1)
    balancer, plain, broken = (sip.Udp(server.port) for _ in range(3))
    message = sip.request("OPTIONS", "sip:a@b", port=balancer.port)
    balancer.send(BINARY4 + message)
    assert shown(balancer.receive()) == "192.0.2.7 42300 udp"
    balancer.send(sip.request("OPTIONS", "sip:a@b"))  # the first datagram told it
    assert shown(balancer.receive()) == "192.0.2.7 42300 udp"
    balancer.send(TEXT4.replace(b"192.0.2.7", b"192.0.2.8") + sip.request("OPTIONS", "sip:a@b"))
    assert shown(balancer.receive()) == "192.0.2.8 42300 udp"
    plain.send(SIMPLE + sip.request("OPTIONS", "sip:a@b"))
    assert shown(plain.receive()) == "192.0.2.9 42301 udp"
    broken.send(SIGNATURE + b"\x21\x11\0\x04" + ADDRESSES4)
    broken.send(SIMPLE[:20])
    tandem.until(lambda: "too short for the addresses" in server.log_text()
                 and "it ends within the header" in server.log_text())
    known = server.rpc("udp.proxy.dump")
    assert sorted((k["client"], k["proxy"]) for k in known) == [
        ("192.0.2.8:42300", f"{sip.HOST}:{balancer.port}"),
        ("192.0.2.9:42301", f"{sip.HOST}:{plain.port}")]
    assert server.rpc("udp.proxy.stats") == {"entries": 2, "max": 65536}
    assert server.rpc("udp.proxy.clean") == {"removed": 0}
    assert server.rpc("udp.proxy.flush") == {"removed": 2}
    balancer.send(sip.request("OPTIONS", "sip:a@b"))
    assert shown(balancer.receive()).startswith(sip.HOST)


def test_datagrams_are_taken_as_they_are_without_the_parameter(start):
    server = start(CONFIG.replace("PARAMS", "udp_accept_proxy=2"), workers=1)
    phone = sip.Udp(server.port)
    phone.send(BINARY4 + sip.request("OPTIONS", "sip:a@b"))
    phone.send(sip.request("OPTIONS", "sip:a@b"))
    assert shown(phone.receive()).startswith(sip.HOST)
    assert server.rpc("udp.proxy.stats")["entries"] == 0
