# SPDX-License-Identifier: BSD-2-Clause
"""What a stateful proxy does with messages that mean harm: a defined reaction each, and never more
than one message, nor a longer one, toward an address that only the message names."""
import socket
import time

import pytest
import sip
import tandem

CONFIG = """
auto_aliases=no
check_via=yes
""" + "".join(f'loadmodule "{m}.so"\n' for m in (
    "tm", "tmx", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "uac_redirect", "corex",
    "xlog", "kex", "counters")) + """
modparam("tm", "fr_timer", 1500)
modparam("tm", "wt_timer", 500)
modparam("tm", "contacts_avp", "ct")
modparam("uac_redirect", "acc_function", "")
max_branches=12
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if ($rm == "CANCEL") { if (t_check_trans()) t_relay(); exit; }
    if ($rm == "ACK" && !has_totag()) exit;
    if (has_totag()) {
        if (loose_route()) { t_relay(); exit; }
        if ($rm == "ACK") { t_check_trans(); exit; }
        sl_send_reply("404", "Not here");
        exit;
    }
    if ($rU == "many") {
        $var(i) = 0;
        while ($var(i) < 200) {
            if (append_branch("sip:x$var(i)@$rd:$rp", "$hdr(X-Q)")) $var(n) = $var(n) + 1;
            $var(i) = $var(i) + 1;
        }
        t_load_contacts();
        t_next_contacts();
        sl_send_reply("480", "n=$var(n)");
        $var(n) = 0;
        exit;
    }
    if ($rU == "follow") t_on_failure("FOLLOW");
    t_relay();
}
failure_route[FOLLOW] { if (get_redirects("*")) t_relay(); }
"""


class Victim:
    """An address that never asked for anything."""
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.3", 0))
        self.port = self.socket.getsockname()[1]
        self.socket.setblocking(False)

    def got(self):
        found = []
        try:
            while True:
                found.append(self.socket.recv(65536))
        except BlockingIOError:
            return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    server = tandem.Server(tmp_path_factory.mktemp("bad"), CONFIG)
    server.start()
    phone, victim = sip.Udp(server.port), Victim()
    yield server, phone, victim
    phone.socket.close()
    victim.socket.close()
    server.stop()


def all_of(phone, seconds):
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        got = phone.receive(max(end - time.monotonic(), 0.001))
        if got:
            found.append(got)
    return found


def lives(server):
    with sip.Udp(server.port) as other:
        assert sip.status(other.ask(sip.request("OPTIONS", "sip:x@127.0.0.1", ("Max-Forwards: 0",),
                                                port=other.port).replace(
            b"Max-Forwards: 70\r\n", b"", 1))) == 483


def reply_text(server, phone, branch, second):
    return "\r\n".join([
        "SIP/2.0 200 OK", f"Via: SIP/2.0/UDP 127.0.0.1:{server.port};branch={branch}", *second,
        "From: <sip:a@a>;tag=a", "To: <sip:b@b>;tag=b", "Call-ID: stray", "CSeq: 1 INVITE",
        "X-Fill: " + "x" * 400, "Content-Length: 0", "", ""]).encode()


BRANCHES = ("z9hG4bK", "z9hG4bK1.2", "z9hG4bK1.2.3", "z9hG4bKffffffff.ffffffff.ffffffff",
            "z9hG4bKfffffffff.1.1", "z9hG4bK1.1.1.1", "z9hG4bK-1.0.0", "z9hG4bK0.0.99999999",
            "0", "z9hG4bK" + "a" * 900, "z9hG4bK..", "%00%ff")


@pytest.mark.parametrize("branch", BRANCHES, ids=range(len(BRANCHES)))
def test_a_reply_with_a_bogus_branch_goes_one_step_on_or_nowhere(scene, branch):
    server, phone, victim = scene
    victim.got()
    phone.send(reply_text(server, phone, branch, ()))
    text = reply_text(server, phone, branch,
                      (f"Via: SIP/2.0/UDP 127.0.0.3:{victim.port};branch=z9hG4bKv",))
    phone.send(text)
    assert all_of(phone, 0.1) == []
    got = victim.got()
    assert len(got) <= 1 and sum(map(len, got)) <= len(text), "no amplification"
    lives(server)


def test_a_reply_for_another_host_is_dropped(scene):
    server, phone, victim = scene
    victim.got()
    phone.send(reply_text(server, phone, "z9hG4bKx", (
        f"Via: SIP/2.0/UDP 127.0.0.3:{victim.port};branch=z9hG4bKv",)).replace(
            f"127.0.0.1:{server.port}".encode(), b"192.0.2.200:5060", 1))
    time.sleep(0.1)
    assert victim.got() == []
    lives(server)


@pytest.mark.parametrize("via", (
    "127.0.0.3:{v}", "127.0.0.3:{v};received=127.0.0.3", "127.0.0.3:{v};rport={v}",
    "127.0.0.3:{v};received=127.0.0.3;rport={v}"))
def test_a_forged_via_does_not_lead_the_reply_astray(scene, via):
    server, phone, victim = scene
    victim.got()
    phone.send(sip.request("OPTIONS", "sip:x@127.0.0.1", port=phone.port).replace(
        f"{sip.HOST}:{phone.port}".encode(), via.format(v=victim.port).encode(), 1).replace(
            b"Max-Forwards: 70", b"Max-Forwards: 0"))
    time.sleep(0.1)
    assert victim.got() == []
    all_of(phone, 0.05)
    lives(server)


def request(phone, method="MESSAGE", uri=None, headers=(), body="", **more):
    return sip.request(method, uri or f"sip:bob@{sip.HOST}:{phone.port}", headers, body,
                       port=phone.port, **more)


def test_each_bad_request_gets_one_short_answer(scene):
    server, phone, _ = scene
    routes = "".join(f"Route: <sip:127.0.0.1:{server.port};lr>\r\n" for _ in range(100))
    base = request(phone)
    cases = {
        "no hops left": (base.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), 483),
        "hops that are no number": (base.replace(b"Max-Forwards: 70", b"Max-Forwards: -1"), None),
        "CSeq beyond 32 bits": (request(phone, cseq=4294967296), 400),
        "CSeq far beyond": (request(phone, cseq=10 ** 40), 400),
        "a header of 60 KB": (request(phone, headers=("X-Long: " + "y" * 60000,)), None),
        "a thousand headers": (request(phone, headers=["X-Many: z"] * 1000), 513),
        "two thousand parameters": (request(phone, uri="sip:b@127.0.0.1" + ";p" * 2000), None),
        "a malformed Request-URI": (base.replace(b"sip:bob@", b"sip:bob@[", 1), 400),
        "a hundred Route headers": (base.replace(b"Max-Forwards", routes.encode() +
                                                 b"Max-Forwards", 1), None),
    }
    for name, (text, status) in cases.items():
        phone.send(text)
        answers = [m for m in all_of(phone, 0.15) if m.startswith(b"SIP/2.0")]
        assert len(answers) <= 1, name
        if status:
            assert answers and sip.status(answers[0]) == status, (name, answers)
        if answers:
            assert len(answers[0]) <= max(len(text), 600), name
    lives(server)


@pytest.mark.parametrize("q", ("0.5", "1e9", "99999999999999999999", "-5", "0.123456789", "x", ""))
def test_two_hundred_branches_are_too_many(scene, q):
    server, phone, _ = scene
    answer = phone.ask(request(phone, uri="sip:many@127.0.0.1:9", headers=(f"X-Q: {q}",)))
    assert sip.status(answer) == 480
    taken = int(answer.split(b"n=")[1].split(b"\r")[0])
    assert taken == (11 if q in ("0.5", "0.123456789", "") else taken) and taken <= 11
    lives(server)


def test_a_redirection_with_strange_contacts_is_followed_where_it_can_be(scene):
    server, phone, _ = scene
    phone.send(request(phone, "INVITE", uri=f"sip:follow@{sip.HOST}:{phone.port}"))
    seen = []
    invite = next(m for m in iter(lambda: phone.receive(), None) if m.startswith(b"INVITE"))
    good = f"<sip:good@{sip.HOST}:{phone.port}>"
    phone.send(sip.answer(invite, 302, "Away", (
        f"Contact: {good};q=99999999999, <sip:>;q=1, {good};q=1e400",
        "Contact: " + ", ".join([f"<sip:n{i}@127.0.0.1:9>;q=0.000001" for i in range(300)]))))
    seen = all_of(phone, 0.3)
    invites = [m for m in seen if m.startswith(b"INVITE sip:good")]
    assert len(invites) <= 2
    for m in invites:
        phone.send(sip.answer(m, 486, "Busy"))
    final = [m for m in all_of(phone, 2.2) if (sip.status(m) or 0) >= 200]
    assert final, "the caller is told"
    phone.send(sip.request("ACK", f"sip:follow@{sip.HOST}:{phone.port}", port=phone.port,
                           branch=sip.header(invite, "Via") and
                           invite.split(b"branch=z9hG4bKt")[1].split(b";")[0].decode().join(
                               ("z9hG4bKt", "")),
                           call_id=sip.header(invite, "Call-ID"), cseq=1))
    lives(server)


def invite_of(phone, **more):
    text = request(phone, "INVITE", cseq=1, **more)
    phone.send(text)
    got = all_of(phone, 0.15)
    assert any(m.startswith(b"INVITE") for m in got), got
    return text, next(m for m in got if m.startswith(b"INVITE"))


def changed(text, method, *pairs):
    out = text.replace(b"INVITE ", method + b" ", 1).replace(b" INVITE\r\n", b" " + method + b"\r\n")
    for old, new in pairs:
        assert old in out, old
        out = out.replace(old, new, 1)
    return out


def test_malformed_cancels_and_acks_hit_nothing(scene):
    server, phone, _ = scene
    text, forwarded = invite_of(phone)
    phone.send(sip.answer(forwarded, 180, "Ringing"))
    assert sip.status(phone.receive()) == 180
    branch = text.split(b"branch=")[1].split(b";")[0]
    for bad in (changed(text, b"CANCEL", (b";branch=" + branch, b"")),
                changed(text, b"CANCEL", (branch, branch + b"x")),
                changed(text, b"CANCEL", (b"Via: SIP/2.0/UDP " + sip.HOST.encode(),
                                          b"Via: SIP/2.0/UDP 192.0.2.1")),
                changed(text, b"CANCEL", (b"CSeq: 1 ", b"CSeq: x ")),
                changed(text, b"ACK", (b"CSeq: 1 ", b"CSeq: 2 ")),
                changed(text, b"ACK", (branch, b"z9hG4bKother")),
                changed(text, b"ACK"),
                changed(text, b"ACK", (b"Call-ID: ", b"X-Call: "))):
        phone.send(bad)
        got = all_of(phone, 0.08)
        assert not any(m.startswith((b"CANCEL", b"ACK", b"SIP/2.0 487")) for m in got), (bad, got)
    phone.send(changed(text, b"CANCEL"))
    got = all_of(phone, 0.15)
    assert any(m.startswith(b"CANCEL") for m in got) and any(sip.status(m) == 200 for m in got)
    cancel = next(m for m in got if m.startswith(b"CANCEL"))
    phone.send(sip.answer(cancel, 200, "OK"))
    phone.send(sip.answer(forwarded, 487, "Terminated"))
    got = all_of(phone, 0.15)
    assert any(m.startswith(b"ACK") for m in got)
    final = next(m for m in got if sip.status(m) == 487)
    phone.send(changed(text, b"ACK", (b"To: ", b"To: ")).replace(
        b"To: " + sip.header(text, "To").encode(), b"To: " + sip.header(final, "To").encode()))
    assert not [m for m in all_of(phone, 0.8) if sip.status(m) == 487], "the ACK was taken"
    lives(server)


def test_a_message_of_commas_is_not_split_without_end(start):
    server = start("""
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "pv_headers.so"
modparam("pv_headers", "split_headers", "X-List")
request_route { t_on_branch("BR"); t_relay(); }
branch_route[BR] { $x_hdr(X-Branch) = "b"; }
""")
    with sip.Udp(server.port) as phone, sip.Udp(server.port) as peer:
        line = "X-List: " + "a," * 7999 + "a"
        uri = f"sip:bob@{sip.HOST}:{peer.port}"
        phone.send(sip.request("OPTIONS", uri, [line, line, line], port=phone.port))
        got = peer.receive(10)
        assert got.count(b"X-List: ") == 3 and got.count(b"a,") == 3 * 7999
        assert sip.header(got, "X-Branch") == "b"
        phone.send(sip.request("OPTIONS", uri, ["X-List: a,b"], port=phone.port))
        while b"X-List: a\r\nX-List: b\r\n" not in got:
            got = peer.receive(10)
