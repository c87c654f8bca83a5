# SPDX-License-Identifier: BSD-2-Clause
"""The same records and parameters through the packaged server and through ours: each request must
reach the same socket by the same protocol, and its sender must hear the same. Run by test_host_names.py in
namespaces of its own, where /etc/resolv.conf may be changed."""
import contextlib
import os
import subprocess

import nameserver
import pytest
import sip
import tandem
from answerer import Answerer

assert os.environ.get("TANDEM_NAMESPACE"), "runs in namespaces only, see test_host_names.py"

SCRIPT = """
{core}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
modparam("tm", "fr_timer", 250)
modparam("tm", "fr_inv_timer", 2000)
request_route {{
    if ($rU == "alive") {{ sl_send_reply("200", "Alive"); exit; }}
    t_relay();
}}
"""
PARAMETERS = {
    "plain": "",
    "naptr": "dns_try_naptr=yes\n",
    "by order": "dns_try_naptr=yes\ndns_naptr_ignore_rfc=no\ndns_udp_pref=1\ndns_tcp_pref=1\n"
                "dns_tls_pref=1\ndns_sctp_pref=1\n",
    "tcp first": "dns_try_naptr=yes\ndns_tcp_pref=40\n",
    "failover": "dns_try_naptr=yes\nuse_dns_failover=yes\n",
    "blocklist": "use_dns_failover=yes\nuse_dst_blocklist=yes\n",
}
URIS = ["sip:x@one.tandem.test:{one}", "sip:x@one.tandem.test:{one};transport=tcp",
        "sip:x@alias.tandem.test:{one}", "sip:x@srv.tandem.test", "sip:x@srv.tandem.test;transport=tcp",
        "sip:x@naptrtcp.tandem.test", "sip:x@naptrudp.tandem.test", "sip:x@nothing.tandem.test",
        "sip:x@prefers.tandem.test", "sip:x@over.tandem.test", "sip:x@over.tandem.test",
        "sip:x@silent.tandem.test:{silent}"]


@pytest.fixture(scope="module")
def world():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with contextlib.ExitStack() as stack:
        peers = {name: stack.enter_context(Answerer(f"127.0.0.{n}", **more)) for name, n, more in (
            ("one", 3, {}), ("two", 4, {}), ("silent", 5, {"code": None}), ("busy", 6, {"code": 503}))}
        records = "".join(f"{name} IN A {p.host}\n" for name, p in peers.items()) + f"""
alias IN CNAME one
_sip._udp.srv IN SRV 10 0 {peers['two'].port} two
_sip._udp.srv IN SRV 5 0 {peers['one'].port} one
_sip._tcp.srv IN SRV 5 0 {peers['two'].port} two
naptrtcp IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.srv
naptrtcp IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.srv
naptrudp IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.srv
naptrudp IN NAPTR 20 10 "s" "SIP+D2T" "" _sip._tcp.srv
prefers IN NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.late
prefers IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.srv
_sip._udp.late IN SRV 5 0 {peers['two'].port} two
_sip._udp.over IN SRV 1 0 {peers['silent'].port} silent
_sip._udp.over IN SRV 2 0 {peers['busy'].port} busy
_sip._udp.over IN SRV 3 0 {peers['one'].port} one
"""
        stack.enter_context(nameserver.Bind(records, port=53))
        yield peers


@pytest.fixture(autouse=True)
def resolver(folder):
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:3 attempts:2\n")
    subprocess.run(["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"], check=True)
    yield
    subprocess.run(["umount", "/etc/resolv.conf"], check=True)


@contextlib.contextmanager
def packaged(folder, script):
    port = tandem.free_port()
    path = folder / "packaged.cfg"
    path.write_text(f"listen=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\nchildren=1\n"
                    "tcp_children=1\nauto_aliases=no\nlog_stderror=yes\n" + script)
    with (folder / "packaged.log").open("wb") as log:
        process = subprocess.Popen([tandem.program("kamailio"), "-f", path, "-DD", "-E", "-m", "32",
                                    "-Y", folder], stdout=log, stderr=log, start_new_session=True)
    try:
        with sip.Udp(port) as phone:
            tandem.until(lambda: phone.ask(
                sip.request("OPTIONS", "sip:alive@x", port=phone.port), 0.2), 15, "its start")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def play(port, peers):
    """For each URI: whom the request reached, by what, and what its sender was told."""
    out = []
    with sip.Udp(port) as phone:
        for uri in URIS:
            for peer in peers.values():
                peer.seen.clear()
            phone.send(sip.request("INVITE", uri.format(**{n: p.port for n, p in peers.items()}),
                                   port=phone.port))
            got = phone.final(4)
            reached = {(name, how) for name, peer in peers.items()
                       for how, method in peer.methods() if method == "INVITE"}
            out.append((uri, sorted(reached), sip.status(got)))
            while phone.receive(0.01):
                pass
    return out


@pytest.mark.parametrize("what", PARAMETERS)
def test_reaches_the_same_sockets(what, folder, start, world):
    script = SCRIPT.format(core=PARAMETERS[what])
    with packaged(folder, script) as port:
        want = play(port, world)
    got = play(start("auto_aliases=no\n" + script).port, world)
    assert got == want
