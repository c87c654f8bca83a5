# SPDX-License-Identifier: BSD-2-Clause
"""Module corex: raw messages and outgoing replies in scripts, what our Via tells, files, flags,
sockets, names."""
import re

import pytest

import sip
import tandem

HEAD = """#!KAMAILIO
debug=2
server_id=5
xavp_via_params="xvia"
xavp_via_fields="mvia"
xavp_via_reply_params="rvia"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "cfgutils.so"
loadmodule "kex.so"
loadmodule "corex.so"
modparam("corex", "alias_subdomains", "example.org")
modparam("corex", "alias_subdomains", "tcp:only.example.net:5070")
"""

ROUTES = """
request_route {
	if ($rU == "via") {
		$xavp(xvia=>myval) = "xyz";
		$xavp(mvia=>address) = "10.10.10.10";
		$xavp(mvia[0]=>port) = "5099";
		if ($hdr(X) == "all") {
			via_add_xavp_params("1");
			via_use_xavp_fields("1");
			via_add_srvid("1");
		}
		$du = $hdr(To-Next);
		t_relay();
		exit;
	}
	if ($rU == "reply") {
		$xavp(rvia=>mark) = "m1";
		via_reply_add_xavp_params("1");
		sl_send_reply("200", "OK");
		exit;
	}
	if ($rU == "tm") {
		t_newtran();
		t_reply("480", "From tm");
		exit;
	}
	if ($rU == "flags") {
		setxflag(63);
		msg_iflag_set("UAC_AUTH");
		$var(r) = "";
		if (isxflagset("63")) $var(r) = $var(r) + "x";
		resetxflag("63");
		if (!isxflagset("63")) $var(r) = $var(r) + "y";
		if (msg_iflag_is_set("UAC_AUTH")) $var(r) = $var(r) + "i";
		msg_iflag_reset("UAC_AUTH");
		if (!msg_iflag_is_set("UAC_AUTH")) $var(r) = $var(r) + "j";
		if (!is_faked_msg()) $var(r) = $var(r) + "f";
		if (is_socket_name("one")) $var(r) = $var(r) + "s";
		if (!is_socket_name("two")) $var(r) = $var(r) + "t";
		if (is_incoming()) $var(r) = $var(r) + "n";
		sl_send_reply("200", "$var(r)");
		exit;
	}
	if ($rU == "files") {
		file_write("FOLDER/text", "one $rm");
		file_read("FOLDER/text", "$var(text)");
		if (!file_read("FOLDER/none", "$var(none)")) $var(text) = $var(text) + "!";
		sl_send_reply("200", "$var(text)");
		exit;
	}
	if ($rU == "myself") {
		$var(r) = "";
		if (is_myself("sip:a.b.example.org")) $var(r) = $var(r) + "1";
		if (!is_myself("sip:xexample.org")) $var(r) = $var(r) + "2";
		if (is_myself("sip:x.only.example.net:5070;transport=tcp")) $var(r) = $var(r) + "3";
		if (!is_myself("sip:x.only.example.net:5071;transport=tcp")) $var(r) = $var(r) + "4";
		sl_send_reply("200", "$var(r)");
		exit;
	}
	if ($rU == "source") {
		set_source_address("udp:192.0.2.7:5077");
		$var(r) = $si + ":" + $sp;
		set_recv_socket_name("one");
		$var(r) = $var(r) + " " + $RAu;
		set_source_address("udp:" + $hdr(Me));
		sl_send_reply("200", "$var(r)");
		exit;
	}
	if ($rU == "send") {
		send_data("sip:" + $hdr(Me), "any text");
		sendx("sip:" + $hdr(Me), "udp:127.0.0.1:PORT", "more text");
		send_udp("$hdr(Me)");
		exit;
	}
	if ($rU == "branches") {
		append_branch("sip:b@192.0.2.1", "0.5");
		append_branch();
		sl_send_reply("302", "$(branch(uri)[0]) $(branch(q)[0])");
		exit;
	}
	sl_send_reply("200", "OK");
}
event_route[corex:reply-out] {
	xlog("L_WARN", "leaving $rs $rr $ci\\n");
}
"""

RAW = """
modparam("corex", "nio_intercept", 1)
modparam("corex", "nio_min_msg_len", 40)
modparam("corex", "nio_msg_avp", "$avp(msg)")
event_route[network:msg] {
	if (is_incoming()) {
		if ($mb =~ "^scrambled") {
			$avp(msg) = $(mb{s.substr,9,0}{s.replace,Caller-Id:,Call-ID:});
		} else if ($mb =~ "PAUSE") {
			usleep("20000");
			$avp(msg) = $mb;
		}
	} else if ($mb =~ "mask me") {
		$avp(msg) = $(mb{s.replace,mask me,masked});
	}
	if (!is_incoming()) send_data("sip:127.0.0.2:9", "the event's own messages leave as they are, all of them");
}
"""


@pytest.fixture
def server(start, folder):
    port = tandem.free_port()
    text = (HEAD + ROUTES).replace("FOLDER", str(folder)).replace("PORT", str(port))
    text = text.replace("loadmodule", f'listen=udp:127.0.0.1:{port} name "one"\nloadmodule', 1)
    running = start(text, listen=[])
    running.port = port
    return running


def ask(phone, port, user, *headers, call=None):
    return phone.ask(sip.request("OPTIONS", f"sip:{user}@127.0.0.1:{port}", headers,
                                 port=phone.port, call_id=call))


def reason(message):
    return message.split(b"\r\n")[0].decode().split(" ", 2)[2]


def test_what_our_via_tells(server):
    with sip.Udp(server.port) as phone, sip.Udp(server.port) as next_hop:
        for x, expected in (("none", rf"127\.0\.0\.1:{server.port};branch=[^;,]*(;i=\w+)?$"),
                            ("all", r"10\.10\.10\.10:5099;branch=.*;srvid=5;myval=xyz$")):
            phone.send(sip.request("OPTIONS", "sip:via@127.0.0.1", [
                f"X: {x}", f"To-Next: sip:{sip.HOST}:{next_hop.port}"], port=phone.port))
            got = next_hop.receive()
            assert re.search(rf"^Via: SIP/2.0/UDP {expected}", got.decode().replace("\r", ""), re.M)
            next_hop.send(sip.answer(got, 200, "OK"))
            assert sip.status(phone.final()) == 200
        assert sip.header(ask(phone, server.port, "reply"), "Via").endswith(";mark=m1")


def test_replies_on_their_way_out(server):
    with sip.Udp(server.port) as phone:
        ask(phone, server.port, "any", call="first-call")
        ask(phone, server.port, "tm", call="second-call")
        tandem.until(lambda: server.log_text().count("leaving") >= 2, 5, "two replies told")
        assert "leaving 200 OK first-call" in server.log_text()
        assert "leaving 480 From tm second-call" in server.log_text()


@pytest.mark.parametrize("user, expected", [
    ("flags", "xyijfstn"), ("files", "one OPTIONS!"), ("myself", "1234"),
    ("branches", "sip:b@192.0.2.1 500")])
def test_functions(server, user, expected):
    with sip.Udp(server.port) as phone:
        assert reason(ask(phone, server.port, user)) == expected


def test_sockets_and_raw_sending(server):
    with sip.Udp(server.port) as phone:
        me = f"{sip.HOST}:{phone.port}"
        assert reason(ask(phone, server.port, "source", f"Me: {me}")) == \
            f"192.0.2.7:5077 sip:127.0.0.1:{server.port}"
        request = sip.request("OPTIONS", "sip:send@127.0.0.1", [f"Me: {me}"], port=phone.port)
        phone.send(request)
        assert [phone.receive() for _ in range(3)] == [b"any text", b"more text", request]


def test_raw_messages_can_be_changed_on_their_way(start):
    server = start(HEAD + RAW + """
request_route {
	sl_send_reply("200", "$ci mask me");
}
""")
    with sip.Udp(server.port) as phone:
        plain = sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port, call_id="plain")
        assert b"200 plain masked\r\n" in phone.ask(plain)
        for n in range(8):  # of calls that are at home in either worker
            hidden = sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port, call_id=f"c{n}")
            got = phone.ask(b"scrambled" + hidden.replace(b"Call-ID:", b"Caller-Id:"))
            assert f"200 c{n} masked\r\n".encode() in got
        # the event may wait; what is not SIP at all does no harm
        phone.send(b"\x00\xff" * 400)
        paused = sip.request("OPTIONS", "sip:a@127.0.0.1", ["X: PAUSE"], port=phone.port)
        assert sip.status(phone.ask(paused)) == 200
    with sip.Tcp(server.port) as phone:
        request = sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port, transport="TCP",
                              call_id="stream")
        assert b"200 stream masked\r\n" in phone.ask(request)
