# SPDX-License-Identifier: BSD-2-Clause
"""Transactions seen and steered from outside: the control requests of tm."""
import sip
import tandem

CONFIG = """
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "pv.so"
loadmodule "xlog.so"
request_route {
    if ($rm == "INVITE") { t_newtran(); t_reply("180", "Ringing"); xerr("ID=$T(id_index):$T(id_label)=\\n"); }
}
"""


def invite(phone, call):
    phone.send(sip.request("INVITE", "sip:bob@127.0.0.1", port=phone.port, call_id=call, cseq=1))
    assert sip.status(phone.receive()) == 180


def test_answers_an_invite_by_control_requests(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as phone:
        invite(phone, "first")
        tandem.until(lambda: "ID=" in server.log_text())
        ident = server.log_text().rsplit("ID=", 1)[1].split("=")[0]
        server.rpc("tm.reply", 183, "Hello", ident, "tagtag", "X-A: 1\r\nContent-Type: text/plain",
                   "abc")
        reply = phone.receive()
        assert sip.status(reply) == 183 and b"X-A: 1" in reply and b"tagtag" in reply, reply
        assert b"Content-Type: text/plain" in reply and reply.endswith(b"abc"), reply
        server.rpc("tm.retransmit_reply", ident)
        assert phone.receive() == reply
        server.rpc("tm.reply_callid", 486, "Busy", "first", 1, ".", ".")
        assert sip.status(phone.receive()) == 486
        assert sum(row["current"] for row in server.rpc("tm.hash_stats")) == 1
        server.rpc("tm.clean")


def test_sends_requests_in_hexadecimal(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as phone:
        target = f"sip:x@{sip.HOST}:{phone.port}"
        headers = f"From: <sip:f@x>\r\nTo: <{target}>\r\nX-Hex: yes\r\n".encode().hex()
        server.rpc("tm.t_uac_start_hex", "NOTIFY", target, ".", ".", headers, b"abc".hex())
        request = phone.receive()
        assert request.startswith(b"NOTIFY") and b"X-Hex: yes" in request, request
        assert request.endswith(b"abc"), request
