# SPDX-License-Identifier: BSD-2-Clause
"""What depends on the machine: /etc/resolv.conf, /etc/hosts, and an interface with an ordinary MTU.
Run by test_dns.py in namespaces of its own; alone it would change the machine it runs on."""
import os
import pathlib
import subprocess

import nameserver
import pytest
import sip
from answerer import Answerer

assert os.environ.get("TANDEM_NAMESPACE"), "runs in namespaces only, see test_dns.py"

CONFIG = """
dns_retr_time = 1
dns_retr_no = 1
{core}
loadmodule "tm.so"
loadmodule "cfg_rpc.so"
modparam("tm", "fr_timer", 600)
request_route {{
    t_relay();
}}
"""


@pytest.fixture(scope="module", autouse=True)
def interface():
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1500", "up"], check=True)


@pytest.fixture
def machine(folder):
    """machine(resolv.conf, hosts): sets what the machine says; again: changes it in place."""
    mounted = []

    def say(resolv, hosts=""):
        for name, text in (("resolv.conf", resolv), ("hosts", hosts)):
            path = folder / name
            path.write_text(text)
            if name not in mounted:
                subprocess.run(["mount", "--bind", path, f"/etc/{name}"], check=True)
                mounted.append(name)

    yield say
    for name in mounted:
        subprocess.run(["umount", f"/etc/{name}"], check=True)


@pytest.fixture(scope="module")
def world(interface):
    with Answerer("127.0.0.3") as one, nameserver.Bind(
            "one IN A 127.0.0.3\ntwo IN A 127.0.0.3\nthree IN A 127.0.0.3\nfour IN A 127.0.0.3\n",
            port=53):
        yield one


def ask(phone, uri, method="OPTIONS", **more):
    return sip.status(phone.ask(sip.request(method, uri, port=phone.port, **more), 6))


def test_honours_what_the_machine_says(start, machine, world):
    machine("nameserver 127.0.0.1\nsearch tandem.test\n", "127.0.0.3 by.file\n")
    server = start(CONFIG.format(core=""))
    with sip.Udp(server.port) as phone:
        assert ask(phone, f"sip:x@by.file:{world.port}") == 200
        assert ask(phone, f"sip:x@one:{world.port}") == 200
        server.rpc("cfg.set", "core", "dns_use_search_list", 0)
        assert ask(phone, f"sip:x@two:{world.port}") != 200
        server.rpc("cfg.set", "core", "dns_use_search_list", 1)
        assert ask(phone, f"sip:x@three:{world.port}") == 200


def test_goes_on_to_the_next_name_server(start, machine, world):
    machine("nameserver 127.0.0.9\nnameserver 127.0.0.1\n")
    server = start(CONFIG.format(core="dns_retr_no = 2"))
    with sip.Udp(server.port) as phone:
        assert ask(phone, f"sip:x@one.tandem.test:{world.port}") == 200
        server.rpc("cfg.set", "core", "dns_servers_no", 1)
        assert ask(phone, f"sip:x@two.tandem.test:{world.port}") == 504
        machine("nameserver 127.0.0.1\n")
        server.rpc("cfg.set", "core", "dns_reinit", 1)
        assert ask(phone, f"sip:x@three.tandem.test:{world.port}") == 200


def fragments():
    """What the interface has cut and put together: (FragCreates, ReasmOKs)."""
    names, numbers = (line.split() for line in pathlib.Path("/proc/net/snmp").read_text().split("\n")
                      if line.startswith("Ip:"))
    found = dict(zip(names, numbers))
    return int(found["FragCreates"]), int(found["ReasmOKs"])


def test_takes_and_sends_fragments(start, machine, world):
    machine("nameserver 127.0.0.1\n")
    server = start(CONFIG.format(core=""))
    body = "".join(f"{i:04}" for i in range(5000))
    before = fragments()
    world.seen.clear()
    with sip.Udp(server.port) as phone:
        assert ask(phone, f"sip:x@127.0.0.3:{world.port}", "MESSAGE", body=body,
                   headers=["Content-Type: text/plain"]) == 200
    transport, message = world.seen[0]
    assert transport == "UDP" and message.endswith(b"\r\n\r\n" + body.encode())
    assert sip.header(message, "Content-Length") == "20000"
    cut, joined = (now - then for now, then in zip(fragments(), before))
    assert cut >= 28 and joined >= 2, (cut, joined)  # to us and from us, 14 pieces each


def test_a_piece_of_a_datagram_is_no_message(start, machine, world):
    """The rest of it never comes: nothing is answered, and the server goes on."""
    machine("nameserver 127.0.0.1\n")
    server = start(CONFIG.format(core=""))
    data = sip.request("MESSAGE", f"sip:x@127.0.0.3:{world.port}", body="x" * 3000)
    with sip.Udp(server.port) as phone:
        phone.send(data[:1400])
        got = phone.receive(1)
        assert got is None or sip.status(got) == 400, got
        assert ask(phone, f"sip:x@127.0.0.3:{world.port}") == 200
