# SPDX-License-Identifier: BSD-2-Clause
"""Names against a real name server (RFC 3263): BIND with a zone of its own, and SIP peers at the
places it names."""
import collections
import contextlib
import pathlib
import threading
import time

import nameserver
import namespaces
import pytest
import sip
import tandem
from answerer import Answerer

CONFIG = """
dns_servers = "127.0.0.1:{port}"
dns_use_search_list = no
{core}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "cfg_rpc.so"
loadmodule "kex.so"
modparam("tm", "fr_timer", 600)
request_route {{
    if ($rU == "local") {{ sl_send_reply("200", "Here"); exit; }}
    t_relay();
}}
"""


@pytest.fixture(scope="module")
def world():
    """BIND, and two peers that every test may use."""
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(Answerer("127.0.0.3"))
        two = stack.enter_context(Answerer("127.0.0.4"))
        six = stack.enter_context(Answerer("::1"))
        silent = stack.enter_context(Answerer("127.0.0.5", code=None))
        busy = stack.enter_context(Answerer("127.0.0.6", code=503))
        deaf = stack.enter_context(Answerer("127.0.0.7", tcp=False))
        records = f"""
one IN A 127.0.0.3
two IN A 127.0.0.4
six IN AAAA ::1
silent IN A 127.0.0.5
busy IN A 127.0.0.6
deaf IN A 127.0.0.7
both IN A 127.0.0.3
both IN AAAA ::1
alias IN CNAME one
_sip._udp.srv IN SRV 10 0 {two.port} two
_sip._udp.srv IN SRV 5 0 {one.port} one
_sip._tcp.srv IN SRV 5 0 {two.port} two
_sip._udp.weights IN SRV 1 30 {one.port} one
_sip._udp.weights IN SRV 1 10 {two.port} two
naptrtcp IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.srv
naptrtcp IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.srv
naptrudp IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.srv
naptrudp IN NAPTR 20 10 "s" "SIP+D2T" "" _sip._tcp.srv
_sip._udp.six IN SRV 1 0 {six.port} six
_sip._udp.viaalias IN SRV 1 0 {one.port} alias
_sip._udp.over IN SRV 1 0 {silent.port} silent
_sip._udp.over IN SRV 2 0 {busy.port} busy
_sip._udp.over IN SRV 3 0 {one.port} one
_sip._tcp.refused IN SRV 1 0 {deaf.port} deaf
_sip._udp.refused IN SRV 1 0 {two.port} two
refused IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.refused
refused IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.refused
_sip._udp.large IN SRV 1 0 {one.port} one
brief 1 IN A 127.0.0.3
""" + "".join(f"_sip._udp.large IN SRV {i + 2} 0 5060 a-rather-long-name-of-a-host-{i}\n"
              f"a-rather-long-name-of-a-host-{i} IN A 127.0.0.99\n" for i in range(20))
        bind = stack.enter_context(nameserver.Bind(records))
        yield collections.namedtuple("World", "bind one two six silent busy deaf records")(
            bind, one, two, six, silent, busy, deaf, records)


@pytest.fixture
def serve(start, world):
    """serve("core parameters"): a server that asks BIND, and a phone at it."""
    with contextlib.ExitStack() as stack:
        for peer in world[1:-1]:
            peer.seen.clear()

        def begin(core="", port=None, **options):
            server = start(CONFIG.format(port=port or world.bind.port, core=core), **options)
            return server, stack.enter_context(sip.Udp(server.port))

        yield begin


def ask(phone, uri, method="OPTIONS", seconds=5):
    """The status of the final reply, and how long it took."""
    begin = time.monotonic()
    got = phone.ask(sip.request(method, uri, port=phone.port), seconds)
    return sip.status(got), time.monotonic() - begin


def test_follows_the_records_to_the_socket(serve, world):
    server, phone = serve("dns_try_naptr = yes\ndns_naptr_ignore_rfc = no\n",
                          listen=None)
    assert ask(phone, f"sip:x@one.tandem.test:{world.one.port}")[0] == 200
    assert ask(phone, f"sip:x@one.tandem.test:{world.one.port};transport=tcp")[0] == 200
    assert ask(phone, f"sip:x@alias.tandem.test:{world.one.port}")[0] == 200
    assert ask(phone, "sip:x@viaalias.tandem.test")[0] == 200
    assert ask(phone, "sip:x@srv.tandem.test")[0] == 200
    assert world.one.methods() == [("UDP", "OPTIONS"), ("TCP", "OPTIONS"), ("UDP", "OPTIONS"),
                                   ("UDP", "OPTIONS"), ("UDP", "OPTIONS")]
    assert not world.two.seen
    assert ask(phone, "sip:x@srv.tandem.test;transport=tcp")[0] == 200
    assert ask(phone, "sip:x@naptrtcp.tandem.test")[0] == 200
    assert world.two.methods() == [("TCP", "OPTIONS"), ("TCP", "OPTIONS")]
    for transport, message in world.two.seen:
        assert b"\r\nVia: SIP/2.0/TCP 127.0.0.1:" in message, (transport, message)
    assert ask(phone, "sip:x@naptrudp.tandem.test")[0] == 200
    assert len(world.one.seen) == 6 and world.one.seen[-1][0] == "UDP"
    server.rpc("cfg.set", "core", "dns_naptr_ignore_rfc", 1)  # now our preference of UDP counts
    assert ask(phone, "sip:x@naptrtcp.tandem.test")[0] == 200
    assert len(world.one.seen) == 7 and world.one.seen[-1][0] == "UDP"
    server.rpc("cfg.set", "core", "dns_udp_pref", -1)
    assert ask(phone, "sip:x@naptrudp.tandem.test")[0] == 200
    assert len(world.two.seen) == 3 and world.two.seen[-1][0] == "TCP"


def test_reads_answers_too_long_for_a_datagram(serve, world):
    _, phone = serve()
    assert ask(phone, "sip:x@large.tandem.test")[0] == 200
    assert world.one.methods() == [("UDP", "OPTIONS")]


def test_distributes_by_weight(serve, world):
    _, phone = serve("dns_srv_lb = yes\n")
    for _ in range(120):
        assert ask(phone, "sip:x@weights.tandem.test")[0] == 200
    assert len(world.one.seen) + len(world.two.seen) == 120
    assert 70 <= len(world.one.seen) <= 108, len(world.one.seen)  # 90 are due; 4 deviations


def test_reaches_ipv6(serve, world):
    port = tandem.free_port()
    server, phone = serve(listen=[f"udp:127.0.0.1:{port}", f"udp:[::1]:{port}"])
    phone.server = ("127.0.0.1", port)
    assert ask(phone, "sip:x@six.tandem.test")[0] == 200
    assert world.six.methods() == [("UDP", "OPTIONS")]
    assert ask(phone, f"sip:x@both.tandem.test:{world.six.port}")[0] == 408  # IPv4 first
    server.rpc("cfg.set", "core", "dns_cache_flags", 4)
    assert ask(phone, f"sip:x@both.tandem.test:{world.six.port}")[0] == 200
    server.rpc("cfg.set", "core", "dns_try_ipv6", 0)
    assert ask(phone, f"sip:x@both.tandem.test:{world.one.port}")[0] == 200
    assert len(world.six.seen) == 2 and len(world.one.seen) == 1


def test_tells_absent_names_from_broken_ones(serve):
    server, phone = serve("dns_retr_time = 1\ndns_retr_no = 1\n")
    status, took = ask(phone, "sip:x@nobody.tandem.test")
    assert status == 478 and took < 1
    status, took = ask(phone, "sip:x@any.broken.test")
    assert status == 504 and took < 3, (status, took)
    assert server.statistics()["dns.failed_dns_request"] >= 2
    with pytest.raises(tandem.RpcError):
        server.rpc("dns.lookup", "A", "nobody.tandem.test")


def test_goes_on_to_other_servers_and_protocols(serve, world):
    _, phone = serve("use_dns_failover = yes\ndns_try_naptr = yes\ndns_naptr_ignore_rfc = no\n")
    status, took = ask(phone, "sip:x@over.tandem.test")
    assert status == 200 and 0.5 < took < 3, took
    assert world.silent.seen and len(world.busy.seen) == 1 and len(world.one.seen) == 1
    branches = {sip.header(m, "Via").split("branch=")[1].split(";")[0]
                for peer in (world.silent, world.busy, world.one) for _, m in peer.seen}
    assert len(branches) == 3, branches
    status, took = ask(phone, "sip:x@refused.tandem.test", "INVITE")
    assert status == 200 and took < 1, (status, took)
    transport, message = world.two.seen[0]
    assert transport == "UDP" and b"\r\nVia: SIP/2.0/UDP 127.0.0.1:" in message, message
    assert not world.deaf.seen


def test_stays_with_the_first_server_unless_told(serve, world):
    _, phone = serve()
    status, took = ask(phone, "sip:x@over.tandem.test")
    assert status == 408 and took < 2
    assert world.silent.seen and not world.busy.seen and not world.one.seen


def test_forgets_when_the_time_is_over(serve, world):
    with nameserver.Road(world.bind.port) as road:
        server, phone = serve(port=road.port)

        def count(name):
            return road.asked.count(name)

        for _ in range(3):
            assert ask(phone, f"sip:x@brief.tandem.test:{world.one.port}")[0] == 200
            assert ask(phone, "sip:x@absent.tandem.test:5060")[0] == 478
        assert count("brief.tandem.test") == 1 and count("absent.tandem.test") == 1, road.asked
        time.sleep(1.1)
        assert ask(phone, f"sip:x@brief.tandem.test:{world.one.port}")[0] == 200
        assert ask(phone, "sip:x@absent.tandem.test:5060")[0] == 478
        assert count("brief.tandem.test") == 2 and count("absent.tandem.test") == 1, road.asked
        time.sleep(1.1)  # the SOA says 2 s
        assert ask(phone, "sip:x@absent.tandem.test:5060")[0] == 478
        assert count("absent.tandem.test") == 2, road.asked
        server.rpc("cfg.set", "core", "use_dns_cache", 0)
        ask(phone, "sip:x@absent.tandem.test:5060")
        assert count("absent.tandem.test") == 3, road.asked


def test_lives_on_when_the_server_dies(serve, world):
    with nameserver.Road(world.bind.port) as road:
        server, phone = serve("dns_retr_time = 1\ndns_retr_no = 1\n", port=road.port)
        uri = f"sip:x@brief.tandem.test:{world.one.port}"
        assert ask(phone, uri)[0] == 200
        road.delay = None
        time.sleep(1.1)
        status, took = ask(phone, uri)  # its time is over, and nobody answers: the old address
        assert status == 200 and 0.8 < took < 3, took
        status, took = ask(phone, uri)
        assert status == 200 and took < 0.5, took
        assert server.statistics()["dns.cache_stale_hits"] == 1
        status, took = ask(phone, f"sip:x@two.tandem.test:{world.two.port}")
        assert status == 504 and took < 3, (status, took)


def test_a_slow_server_delays_only_who_asks(serve, world):
    with nameserver.Road(world.bind.port, delay=1.5) as road:
        server, phone = serve("dns_slow_query_ms = 500\n", port=road.port, workers=2)
        took = []

        def slow(name):
            with sip.Udp(server.port) as other:
                took.append(ask(other, f"sip:x@{name}.tandem.test:{world.one.port}"))

        threads = [threading.Thread(target=slow, args=(name,)) for name in ("one", "both", "alias")]
        for thread in threads:
            thread.start()
        tandem.until(lambda: len(set(road.asked)) == 3, 5, "three questions on their way")
        quick = [ask(phone, uri) for _ in range(40)
                 for uri in ("sip:local@x", f"sip:x@127.0.0.4:{world.two.port}")]
        for thread in threads:
            thread.join()
        assert all(status == 200 for status, _ in quick + took), (quick, took)
        assert max(seconds for _, seconds in quick) < 0.5, quick
        assert min(seconds for _, seconds in took) > 1.3, took
        assert server.statistics()["dns.slow_dns_request"] >= 3
        assert "one.tandem.test took" in server.log_text()


def test_takes_other_servers_at_a_reload(serve, world):
    dead = tandem.free_port()
    server, phone = serve("dns_retr_time = 1\ndns_retr_no = 1\n", port=dead)
    status, _ = ask(phone, f"sip:x@one.tandem.test:{world.one.port}")
    assert status == 504
    server.config.write_text(CONFIG.format(port=world.bind.port, core="dns_cache_negative_ttl = 0"))
    server.rpc("config.reload")
    server.rpc("dns.delete_all")
    assert ask(phone, f"sip:x@one.tandem.test:{world.one.port}")[0] == 200
    server.config.write_text(CONFIG.format(port="x", core=""))
    code, said = tandem.check(server.config)
    assert code != 0 and "dns_servers" in said, said


def test_shows_and_changes_its_cache(serve, world):
    server, phone = serve()
    found = server.rpc("dns.lookup", "SRV", "_sip._udp.srv.tandem.test")
    assert {(r["rr_priority"], r["rr_port"], r["rr_name"]) for r in found["records"]} == {
        (10, world.two.port, "two.tandem.test"), (5, world.one.port, "one.tandem.test")}
    found = server.rpc("dns.lookup", "NAPTR", "naptrudp.tandem.test")["records"][0]
    assert found["rr_flags"] == "s" and found["rr_service"].startswith("SIP+D2"), found
    found = server.rpc("dns.lookup", "CNAME", "alias.tandem.test")["records"]
    assert found[0]["rr_name"] == "one.tandem.test", found
    entry = next(e for e in server.rpc("dns.view") if e["type"] == "SRV")
    assert entry["name"] == "_sip._udp.srv.tandem.test" and entry["negative_entry"] == "no"
    assert 50 <= entry["expires"] <= 60 and len(entry["records"]) == 2
    assert {r["rr_port"] for r in entry["records"]} == {world.one.port, world.two.port}
    used, limit = server.rpc("dns.mem_info")
    assert 0 < used < limit == 500 * 1024
    server.rpc("dns.add_a", "made.up", 100, "127.0.0.3", 0)
    server.rpc("dns.add_a", "for.ever", 100, "127.0.0.3", 2)
    server.rpc("dns.add_aaaa", "made.up", 100, "::1", 0)
    server.rpc("dns.add_srv", "_sip._udp.by.hand", 100, 1, 1, world.one.port, "made.up", 0)
    server.rpc("dns.add_a", "one.tandem.test", 100, "", 1)
    assert ask(phone, f"sip:x@made.up:{world.one.port}")[0] == 200
    assert ask(phone, "sip:x@by.hand")[0] == 200
    assert ask(phone, f"sip:x@one.tandem.test:{world.one.port}")[0] == 478
    assert len(server.rpc("dns.debug")) % 7 == 0 and len(server.rpc("dns.debug_all")) % 11 == 0
    server.rpc("dns.delete_a", "one.tandem.test")
    with pytest.raises(tandem.RpcError):
        server.rpc("dns.delete_a", "one.tandem.test")
    assert ask(phone, f"sip:x@one.tandem.test:{world.one.port}")[0] == 200
    server.rpc("dns.set_server_state", 0)
    assert server.rpc("dns.get_server_state") == "offline"
    assert ask(phone, f"sip:x@two.tandem.test:{world.two.port}")[0] == 504
    server.rpc("dns.set_server_state", 1)
    assert ask(phone, f"sip:x@two.tandem.test:{world.two.port}")[0] == 200
    server.rpc("dns.delete_all")
    assert [e["name"] for e in server.rpc("dns.view")] == ["for.ever"]
    server.rpc("dns.delete_all_force")
    assert not server.rpc("dns.view")


def test_avoids_destinations_that_failed(serve, world):
    server, phone = serve("use_dst_blocklist = yes\nuse_dns_failover = yes\n"
                          "dst_blocklist_expire = 30\n")
    status, took = ask(phone, "sip:x@over.tandem.test", "INVITE")
    assert status == 200 and took > 0.5, (status, took)
    rows = server.rpc("dst_blocklist.view")
    assert [(r["protocol"], r["ip"], r["port"], r["flags"]) for r in rows] == [
        ("udp", "127.0.0.5", world.silent.port, 16)], rows
    assert 25 <= rows[0]["expires in (s)"] <= 30
    before = len(world.silent.seen)
    status, took = ask(phone, "sip:x@over.tandem.test", "INVITE")
    assert status == 200 and took < 0.5 and len(world.silent.seen) == before, (status, took)
    server.rpc("dst_blocklist.add", "127.0.0.3", 0, 0, 64)
    assert ask(phone, f"sip:x@127.0.0.3:{world.one.port}")[0] == 477
    assert len(server.rpc("dst_blocklist.debug")) == 10
    used, limit = server.rpc("dst_blocklist.mem_info")
    assert 0 < used < limit == 250 * 1024
    server.rpc("dst_blocklist.delete_all")
    assert ask(phone, f"sip:x@127.0.0.3:{world.one.port}")[0] == 200
    status, _ = ask(phone, f"sip:x@127.0.0.7:{world.deaf.port};transport=tcp")
    assert status in (408, 477)
    assert [r["flags"] for r in server.rpc("dst_blocklist.view")] == [4]


def test_long_requests_change_to_tcp_and_back(serve, world):
    server, phone = serve("udp_mtu = 1300\nudp_mtu_try_proto = TCP\n")
    body = "x" * 20000

    def send(peer):
        data = sip.request("MESSAGE", f"sip:x@{peer.host}:{peer.port}",
                           ["Content-Type: text/plain"], body, port=phone.port)
        assert len(data) > 20000  # in many fragments
        return sip.status(phone.ask(data, 5))

    assert send(world.one) == 200
    transport, message = world.one.seen[0]
    assert transport == "TCP" and b"\r\nVia: SIP/2.0/TCP 127.0.0.1:" in message
    assert sip.header(message, "Content-Length") == "20000" and message.endswith(body.encode())
    assert send(world.deaf) == 200  # refuses TCP
    transport, message = world.deaf.seen[0]
    assert transport == "UDP" and b"\r\nVia: SIP/2.0/UDP 127.0.0.1:" in message
    assert sip.header(message, "Content-Length") == "20000" and message.endswith(body.encode())
    server.rpc("cfg.set", "core", "udp_mtu", 60000)
    assert send(world.two) == 200
    assert world.two.methods() == [("UDP", "MESSAGE")]


def test_in_namespaces_of_its_own():
    """resolv.conf, hosts, and an interface that cuts datagrams: see namespace_dns.py."""
    namespaces.run(pathlib.Path(__file__).with_name("namespace_dns.py"))
