# SPDX-License-Identifier: BSD-2-Clause
"""Which requests and replies belong together, where branch and Call-ID do not agree."""
import pytest
import sip

CONFIG = """
loadmodule "tm.so"
loadmodule "pv.so"
modparam("tm", "callid_matching", {matching})
request_route {{
    $du = "sip:{host}:{port}";
    t_relay();
}}
"""


@pytest.fixture
def callee():
    with sip.Udp(0) as peer:
        yield peer


def begin(start, callee, matching):
    server = start(CONFIG.format(matching=matching, host=sip.HOST, port=callee.port), workers=1)
    callee.server = ("127.0.0.1", server.port)
    return sip.Udp(server.port)


@pytest.mark.parametrize("matching", (0, 1))
def test_one_branch_in_two_calls_is_two_requests(start, callee, matching):
    with begin(start, callee, matching) as phone:
        for call_id in ("one@phone", "two@phone"):
            phone.send(sip.request("MESSAGE", "sip:b@example.org", port=phone.port, cseq=1,
                                   branch="z9hG4bKsame", call_id=call_id))
            got = callee.receive()
            assert sip.header(got, "Call-ID") == call_id
            callee.send(sip.answer(got, 200, "OK"))
            assert sip.header(phone.final(), "Call-ID") == call_id


@pytest.mark.parametrize("matching, taken", ((0, True), (1, False)))
def test_a_reply_with_another_call_id(start, callee, matching, taken):
    with begin(start, callee, matching) as phone:
        phone.send(sip.request("MESSAGE", "sip:b@example.org", port=phone.port, call_id="one@phone"))
        got = callee.receive()
        reply = sip.answer(got, 404, "Not Found")
        callee.send(reply.replace(b"one@phone", b"two@phone"))
        callee.send(sip.answer(got, 200, "OK"))
        assert sip.status(phone.final()) == 404  # without a transaction it goes by its Via
        assert sip.status(phone.final(0.5 if taken else 3)) == (None if taken else 200)
