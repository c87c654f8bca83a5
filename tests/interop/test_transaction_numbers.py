# SPDX-License-Identifier: BSD-2-Clause
"""Statistics and control requests of tm, tmx, sl and uac: they tell what has happened."""
import threading

import sip
import tandem

CONFIG = "".join(f'loadmodule "{m}.so"\n' for m in (
    "tm", "tmx", "sl", "pv", "textops", "kex", "counters")) + """
modparam("tm", "wt_timer", 400)
modparam("tm", "fr_timer", 2000)
request_route {
    if ($rm == "ACK") { t_relay(); exit; }
    if ($rU == "sl") { sl_send_reply("$hdr(X-Code)", "By sl"); exit; }
    if ($rU == "fail") { $du = "sip:no-such-name.invalid"; forward(); sl_reply_error(); exit; }
    t_relay();
}
"""
OWN = (200, 202, 300, 301, 302, 400, 401, 403, 404, 407, 408, 483, 500)


def invite(phone, bob, call, branch=None):
    phone.send(sip.request("INVITE", f"sip:bob@{sip.HOST}:{bob.port}", port=phone.port,
                           call_id=call, cseq=1, branch=branch))
    assert sip.status(phone.receive()) == 100
    return bob.receive()


def group(server, name):
    return {k.split(".", 1)[1]: v for k, v in server.statistics().items()
            if k.startswith(name + ".")}


def test_sl_counts_its_replies(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as phone:
        for code in (*OWN, 180, 299, 305, 486, 503, 603, 603):
            phone.send(sip.request("MESSAGE", "sip:sl@127.0.0.1", (f"X-Code: {code}",),
                                   port=phone.port))
            assert sip.status(phone.receive()) == code
        wanted = {f"{code}_replies": 1 for code in OWN}
        wanted |= {"1xx_replies": 1, "2xx_replies": 1, "3xx_replies": 1, "4xx_replies": 1,
                   "5xx_replies": 1, "6xx_replies": 2, "sent_replies": len(OWN) + 7, "failures": 0}
        got = group(server, "sl")
        assert {k: got[k] for k in wanted} == wanted
        stats = server.rpc("sl.stats")
        assert stats["200"] == 1 and stats["6xx"] == 2, stats
        assert sip.status(phone.ask(sip.request("MESSAGE", "sip:fail@127.0.0.1",
                                                port=phone.port))) >= 400
        assert group(server, "sl")["sent_err_replies"] == 1
        text = sip.request("INVITE", "sip:sl@127.0.0.1", ("X-Code: 404",), port=phone.port)
        reply = phone.ask(text)
        phone.send(text.replace(b"INVITE", b"ACK").replace(
            f"To: {sip.header(text, 'To')}".encode(), f"To: {sip.header(reply, 'To')}".encode()))
        tandem.until(lambda: group(server, "sl")["received_ACKs"] == 1)


def test_tmx_counts_transactions_and_replies(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as phone, sip.Udp(server.port) as bob:
        for code in (200, 302, 404, 500, 603):
            phone.send(sip.request("MESSAGE", f"sip:bob@{sip.HOST}:{bob.port}", port=phone.port))
            bob.send(sip.answer(bob.receive(), code, "Reason"))
            assert sip.status(phone.final()) == code
        server.rpc("tm.t_uac_start", "OPTIONS", f"sip:x@{sip.HOST}:{bob.port}", ".", ".",
                   "From: <sip:f@x>\r\nTo: <sip:t@x>\r\n")
        bob.send(sip.answer(bob.receive(), 200, "OK"))
        pending = invite(phone, bob, "pending", "z9hG4bKpending")
        got = tandem.until(lambda: (lambda g: g["rpl_received"] == 6 and g)(group(server, "tmx")))
        wanted = {"UAS_transactions": 6, "UAC_transactions": 1, "2xx_transactions": 2,
                  "3xx_transactions": 1, "4xx_transactions": 1, "5xx_transactions": 1,
                  "6xx_transactions": 1, "active_transactions": 1, "rpl_relayed": 5,
                  "rpl_generated": 1, "rpl_sent": 6}
        assert {k: got[k] for k in wanted} == wanted, got
        tandem.until(lambda: group(server, "tmx")["inuse_transactions"] == 1)
        row = server.rpc("tm.list")[0]
        assert row["method"] == "INVITE" and row["callid"] == "pending" and row["outgoings"] == 1
        stats = server.rpc("tm.stats")
        assert stats["current"] == 1 and stats["total"] == 7 and stats["total_local"] == 1
        bob.send(sip.answer(pending, 180, "Ringing"))
        ringing = phone.receive()
        server.rpc("tm.retransmit_reply_callid", "pending", 1)
        assert phone.receive() == ringing
        server.rpc("tm.cancel", "pending", 1)
        cancel = next(m for m in iter(bob.receive, None) if m.startswith(b"CANCEL"))
        bob.send(sip.answer(cancel, 200, "OK"))
        bob.send(sip.answer(pending, 487, "Terminated"))
        assert sip.status(phone.final()) == 487
        phone.send(sip.request("ACK", f"sip:bob@{sip.HOST}:{bob.port}", port=phone.port,
                               call_id="pending", cseq=1, branch="z9hG4bKpending"))
        tandem.until(lambda: group(server, "tmx")["inuse_transactions"] == 0)


def test_waits_for_the_answer_to_a_request_of_its_own(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as bob:
        target, lines = f"sip:x@{sip.HOST}:{bob.port}", "From: <sip:f@x>\r\nTo: <sip:t@x>\r\n"
        for form in ("wait", "wait_block", "wait_noack", "wait_block_noack", "wait_hex",
                     "wait_block_hex", "wait_noack_hex", "wait_block_noack_hex"):
            text = lines.encode().hex() if "hex" in form else lines
            method = "INVITE" if "noack" in form else "OPTIONS"
            answers = []
            asking = threading.Thread(target=lambda f=form, m=method, t=text: answers.append(
                server.rpc(f"tm.t_uac_{f}", m, target, ".", ".", t)))
            asking.start()
            request = bob.receive()
            while not request.startswith(method.encode()):
                request = bob.receive()
            bob.send(sip.answer(request, 200, f"From {form}", (f"Contact: <{target}>",)))
            asking.join(5)
            assert f"200 From {form}" in str(answers[0]), answers
            if method == "INVITE":
                assert bob.receive(0.1) is None, "the ACK is left to others"
