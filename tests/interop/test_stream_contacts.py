# SPDX-License-Identifier: BSD-2-Clause
"""Contacts that registered over a connection: reached through it, gone with it; what the group of
statistics `tcp` counts."""
import re
import socket
import struct

import pytest

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=1
tcp_max_connections=3
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "handle_lost_tcp", 1)
request_route {
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	if (!lookup("location")) {
		sl_send_reply("404", "Not here");
		exit;
	}
	if ($rU == "elsewhere") $ru = "sip:nobody@127.0.0.2:9;transport=tcp";
	t_relay();
}
event_route[usrloc:contact-expired] {
	xlog("L_WARN", "gone: $ulc(exp=>aor)\\n");
}
"""


@pytest.fixture
def server(start):
    return start(CONFIG.replace('loadmodule "kex', 'loadmodule "textops.so"\nloadmodule "kex'))


def register(phone, server, user, contact):
    phone.send(sip.request("REGISTER", f"sip:127.0.0.1:{server.port}",
                           [f"Contact: <{contact}>;expires=600"], user=user, domain="127.0.0.1",
                           to=f"sip:{user}@127.0.0.1", port=phone.port, transport="TCP"))
    assert sip.status(phone.final()) == 200


def test_is_reached_through_its_connection(server):
    # nobody listens at the address that the contact tells
    with sip.Tcp(server.port) as bob, sip.Udp(server.port) as alice:
        register(bob, server, "bob", "sip:bob@127.0.0.2:9;transport=tcp")
        for n in range(4):  # calls of either worker
            alice.send(sip.request("OPTIONS", "sip:bob@127.0.0.1", port=alice.port,
                                   call_id=f"call-{n}"))
            got = bob.receive()
            assert got.startswith(b"OPTIONS sip:bob@127.0.0.2:9;transport=tcp SIP/2.0\r\n")
            bob.send(sip.answer(got, 200, "OK"))
            assert sip.status(alice.final()) == 200


def test_is_gone_with_its_connection(server):
    with sip.Tcp(server.port) as bob, sip.Udp(server.port) as alice:
        register(bob, server, "bob", "sip:bob@127.0.0.2:9;transport=tcp")
        register(bob, server, "carol", "sip:carol@127.0.0.2:9;transport=tcp")
        assert len(server.rpc("ul.dump")["Domains"][0]["Domain"]["AoRs"]) == 2
        bob.socket.close()
        tandem.until(lambda: server.statistics()["usrloc.location_contacts"] == 0, 3, "none left")
        alice.send(sip.request("OPTIONS", "sip:bob@127.0.0.1", port=alice.port))
        assert sip.status(alice.final()) == 404


def test_statistics_of_connections(server):
    def tcp():
        return {name[4:]: n for name, n in server.statistics().items() if name.startswith("tcp.")}
    assert set(tcp()) == {
        "con_reset", "con_timeout", "connect_failed", "connect_success",
        "current_opened_connections", "current_write_queue_size", "established", "local_reject",
        "passive_open", "send_timeout", "sendq_full"}
    phones = [sip.Tcp(server.port) for _ in range(3)]
    register(phones[0], server, "bob", "sip:bob@127.0.0.2:9;transport=tcp")
    tandem.until(lambda: tcp()["current_opened_connections"] == 3, 3, "three connections")
    assert tcp()["passive_open"] == tcp()["established"] == 3
    extra = sip.Tcp(server.port)
    tandem.until(lambda: tcp()["local_reject"] == 1, 3, "the fourth refused")
    extra.socket.close()
    phones[1].socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    phones[1].socket.close()
    tandem.until(lambda: tcp()["con_reset"] == 1, 3, "one reset")
    phones[2].socket.close()
    tandem.until(lambda: tcp()["current_opened_connections"] == 1, 3, "one left")
    with socket.socket() as listener, sip.Udp(server.port) as alice:
        listener.bind((sip.HOST, 0))
        listener.listen()
        at = listener.getsockname()[1]
        for port, name in ((at, "connect_success"), (9, "connect_failed")):
            server.rpc("ul.add", "location", "dave", f"sip:dave@{sip.HOST}:{port};transport=tcp",
                       60, 1.0, ".", 0, 0, 32767)
            alice.send(sip.request("OPTIONS", "sip:dave@127.0.0.1", port=alice.port))
            tandem.until(lambda: tcp()[name] == 1, 3, name)  # pylint: disable=cell-var-from-loop
            server.rpc("ul.rm", "location", "dave")
    assert tcp()["established"] == 4
    assert re.search(r"passive_open = 3", "\n".join(server.rpc("stats.get_statistics", "tcp:")))
    phones[0].socket.close()
