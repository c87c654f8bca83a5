# SPDX-License-Identifier: BSD-2-Clause
"""At the cap of -m new requests get 503, what belongs to calls passes, and it recovers."""
import sip
import tandem

CONFIG = """
debug=0
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "kex.so"
loadmodule "counters.so"
modparam("tm", "fr_timer", 4000)

request_route {
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (has_totag()) {
		if (!loose_route()) {
			sl_send_reply("404", "Not here");
			exit;
		}
		t_relay();
		exit;
	}
	t_check_trans();
	if (is_method("INVITE")) record_route();
	$du = "sip:HOST:CALLEE";
	if (!t_relay()) sl_reply_error();
	exit;
}
"""
CAP = 8 << 20


def call_of(server, caller, callee):
    """A call that stands: (route, Call-ID, number for the next request)."""
    contact = [f"Contact: <sip:a@{sip.HOST}:{caller.port}>"]
    caller.send(sip.request("INVITE", "sip:bob@example.org", contact, port=caller.port, cseq=1))
    got = callee.receive()
    callee.send(sip.answer(got, 200, "OK", [f"Contact: <sip:b@{sip.HOST}:{callee.port}>"]))
    reply = caller.final()
    assert sip.status(reply) == 200, reply
    dialog = {"headers": [f"Route: {sip.header(reply, 'Record-Route')}"], "port": caller.port,
              "call_id": sip.header(reply, "Call-ID"), "to": "sip:bob@example.org",
              "to_tag": "a1"}
    target = f"sip:b@{sip.HOST}:{callee.port}"
    caller.send(sip.request("ACK", target, cseq=1, **dialog))
    assert callee.receive().startswith(b"ACK ")
    return target, dialog


def fill(server, body):
    """Calls that nobody answers, until one is refused; the refusal, and a call that waits."""
    with sip.Udp(server.port) as flooder:
        waiting = None
        for number in range(6000):
            text = sip.request("INVITE", "sip:nobody@example.org", body=body, port=flooder.port)
            flooder.send(text)
            waiting = waiting or text
            while True:
                reply = flooder.receive(0.001 if number % 20 else 0.02)
                if reply is None:
                    break
                if sip.status(reply) == 503:
                    return number, reply
    raise AssertionError("6000 calls are waiting and none was refused")


def test_refuses_new_work_only_and_recovers(start):
    with sip.Udp(1) as callee, sip.Udp(1) as caller, sip.Udp(1) as other:
        server = start(CONFIG.replace("CALLEE", str(callee.port)).replace("HOST", sip.HOST),
                       "-m", CAP >> 20)
        for phone in (callee, caller, other):
            phone.server = ("127.0.0.1", server.port)
        target, dialog = call_of(server, caller, callee)
        # A call that still rings.
        ringing = sip.request("INVITE", "sip:ring@example.org", port=other.port,
                              branch="z9hG4bKring", cseq=7)
        other.send(ringing)
        got = callee.receive()
        callee.send(sip.answer(got, 180, "Ringing"))

        taken, refusal = fill(server, "v=0\r\n" + "a=x\r\n" * 400)
        assert 5 <= int(sip.header(refusal, "Retry-After")) <= 10, refusal
        print(f"{taken} calls waited when the first was refused; "
              f"resident {server.rss() / 2**20:.1f} MB")
        assert server.rpc("core.shmmem")["used"] < CAP + (4 << 20)

        def expect(method):
            # The callee's buffer is full of the flood.
            return tandem.until(lambda: (lambda m: m and m.startswith(method) and m)(
                callee.receive(0.5)), 20, method.decode())

        caller.send(sip.request("BYE", target, cseq=2, **dialog))
        callee.send(sip.answer(expect(b"BYE "), 200, "OK"))
        assert sip.status(caller.final()) == 200
        cancel = ringing.replace(b"INVITE", b"CANCEL")
        other.send(cancel)
        callee.send(sip.answer(expect(b"CANCEL "), 200, "OK"))
        assert server.statistics()["core.cap_requests"] >= 1

        def takes_calls():
            with sip.Udp(server.port) as phone:
                phone.send(sip.request("INVITE", "sip:again@example.org", port=phone.port))
                return sip.status(phone.receive(0.5)) == 100

        tandem.until(takes_calls, 40, "recovery")
