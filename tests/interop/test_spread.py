# SPDX-License-Identifier: BSD-2-Clause
"""One source address loads all workers; what belongs to a call stays in order."""
import sip

CONFIG = """
debug=0
auto_aliases=no
children=2
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "cfgutils.so"
loadmodule "textops.so"
loadmodule "kex.so"
loadmodule "counters.so"

request_route {
	if ($rU == "slow" && $hdr(X-Number) == "1") usleep("200000");
	sl_send_reply("200", "$hdr(X-Number)");
	exit;
}
"""


def number_of(reply):
    return int(reply.split(b"\r\n")[0].split(b" ", 2)[2])


def turns(server):
    return [worker["turns"] for worker in server.rpc("core.workers")]


def test_one_address_is_spread_over_the_workers(start):
    """A message that arrives alone costs a turn of its home; the other worker sleeps on."""
    server = start(CONFIG)
    before = turns(server)
    with sip.Udp(server.port) as phone:
        for _ in range(400):
            assert sip.status(phone.ask(sip.request("MESSAGE", "sip:fast@example.org",
                                                    ["X-Number: 0"], port=phone.port))) == 200
    more = [now - then for now, then in zip(turns(server), before)]
    print(f"turns of the workers for 400 messages: {more}, handed over: "
          f"{server.statistics()['net.handed_over']}")
    assert len(more) == 2 and min(more) > 120, more


def test_messages_of_a_call_do_not_overtake_each_other(start):
    """The first of each call waits in its script; the ones behind it wait too, others do not."""
    server = start(CONFIG)
    for kind in (sip.Udp, sip.Tcp):
        with kind(server.port) as phone:
            calls = [f"c{n}.{phone.port}" for n in range(20)]
            for number in range(1, 6):
                for call in calls:
                    phone.send(sip.request("MESSAGE", "sip:slow@example.org",
                                           [f"X-Number: {number}"], port=phone.port, call_id=call,
                                           cseq=number, transport="TCP" if kind is sip.Tcp
                                           else "UDP"))
            phone.send(sip.request("MESSAGE", "sip:fast@example.org", ["X-Number: 0"],
                                   port=phone.port, call_id="free",
                                   transport="TCP" if kind is sip.Tcp else "UDP"))
            order = {}
            for _ in range(len(calls) * 5 + 1):
                reply = phone.final(5)
                assert reply, f"{sum(map(len, order.values()))} replies only"
                order.setdefault(sip.header(reply, "Call-ID"), []).append(number_of(reply))
        assert list(order)[0] == "free", "a call waited for another one"
        assert all(order[call] == [1, 2, 3, 4, 5] for call in calls), order
