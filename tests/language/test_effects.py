# SPDX-License-Identifier: BSD-2-Clause
"""What core parameters do, seen from outside: one server each, one message, its reply and its log."""
import re
import socket

import sip
import tandem

HEAD = """#!KAMAILIO
debug=0
children=1
disable_tcp=yes
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "uac.so"
loadmodule "cfgutils.so"
loadmodule "corex.so"
"""


def ask(server, uri="sip:bob@127.0.0.1", headers=()):
    phone = sip.Udp(server.port)
    phone.send(sip.request("OPTIONS", uri, headers, port=phone.port))
    return phone.receive()


def reply_of(start, params, route='sl_send_reply("200", "OK");', **more):
    server = start(HEAD + params + "\nrequest_route {\n" + route + "\n}\n", workers=1,
                   **{"listen": None, **more})
    return server, ask(server)


def test_log_prefix_stands_before_the_lines_of_a_message(start):
    server, _ = reply_of(start, 'log_prefix="{$rm $ci $var(n)} "\n',
                         '$var(n) = 7; xlog("L_ERR", "one\\n"); sl_send_reply("200", "OK");')
    line = tandem.until(lambda: re.search(r"ERROR: <script>: (.*)one", server.log_text()))
    assert re.fullmatch(r"\{OPTIONS \S+ 0\} ", line[1]), line[1]


def test_log_prefix_mode_1_evaluates_it_at_each_line(start):
    server, _ = reply_of(start, 'log_prefix="<$var(n)> "\nlog_prefix_mode=1\n',
                         '$var(n) = 7; xlog("L_ERR", "one\\n"); $var(n) = 8; xlog("L_ERR", "two\\n");'
                         ' sl_send_reply("200", "OK");')
    tandem.until(lambda: "<8> two" in server.log_text())
    assert "<7> one" in server.log_text()


def test_log_prefix_of_a_message_that_waits_is_not_that_of_another(start):
    server = start(HEAD + """log_prefix="<$hdr(X-Who)> "
request_route {
    if ($hdr(X-Who) == "slow")
        usleep("300000");
    xlog("L_ERR", "is $hdr(X-Who)\\n");
    sl_send_reply("200", "OK");
}
""", workers=1)
    slow, quick = sip.Udp(server.port), sip.Udp(server.port)
    for phone, who in ((slow, "slow"), (quick, "quick")):
        phone.send(sip.request("OPTIONS", "sip:a@127.0.0.1", [f"X-Who: {who}"], port=phone.port))
    assert quick.receive() and slow.receive()
    said = [line for line in server.log_text().splitlines() if " is " in line]
    assert said == ["ERROR: <script>: <quick> is quick",
                    "ERROR: <script>: <slow> is slow"]


def test_sip_warning_tells_of_the_request(start):
    server, reply = reply_of(start, "sip_warning=1\n", '$rU = "carol"; sl_send_reply("404", "No");')
    found = sip.header(reply, "Warning")
    assert found.startswith(f"392 127.0.0.1:{server.port} \"pid={server.process.pid} "), found
    assert f"req_src_ip={sip.HOST} " in found and "in_uri=sip:bob@" in found
    assert "out_uri=sip:carol@" in found and "via_cnt=1" in found


def test_signatures(start):
    _, reply = reply_of(start, 'server_header="Server: A Name"\n')
    assert sip.header(reply, "Server") == "A Name"
    _, reply = reply_of(start, "server_signature=no\n")
    assert sip.header(reply, "Server") is None


def request_made_here(start, params, headers=""):
    sink = sip.Udp(0)
    reply_of(start, params, f'$uac_req(method) = "MESSAGE"; $uac_req(ruri) = "sip:{sip.HOST}:{sink.port}"; '
             f'$uac_req(turi) = "sip:{sip.HOST}:{sink.port}"; $uac_req(furi) = "sip:a@b"; {headers} '
             '$uac_req(callid) = "here"; uac_req_send(); sl_send_reply("200", "OK");')
    return sink.receive()


def test_user_agent_header_of_requests_made_here(start):
    assert sip.header(request_made_here(start, ""), "User-Agent") == "Tandem"
    own = request_made_here(start, 'user_agent_header="User-Agent: A Name"\n')
    assert sip.header(own, "User-Agent") == "A Name"
    assert sip.header(request_made_here(start, "server_signature=no\n"), "User-Agent") is None
    given = request_made_here(start, "", '$uac_req(hdrs) = "User-Agent: Mine\\r\\n";')
    assert given.count(b"User-Agent") == 1 and sip.header(given, "User-Agent") == "Mine"


def test_latency_limits_tell_what_took_long(start):
    server, _ = reply_of(start, "latency_limit_action=50000\nlatency_limit_cfg=60000\n",
                         'usleep("1000"); usleep("80000"); sl_send_reply("200", "OK");')
    said = server.log_text()
    assert len(re.findall(r"ERROR: script: \S+:\d+: usleep\(\) took 8\d{4} microseconds", said)) == 1
    assert re.search(r"ERROR: script: route took 8\d{4} microseconds", said)


def test_ipv6_hex_style(start):
    for style, shown in (("c", "::1"), ("a", "0:0:0:0:0:0:0:1"), ("A", "0:0:0:0:0:0:0:1")):
        port = tandem.free_port()
        server = start(HEAD + f'ipv6_hex_style="{style}"\nrequest_route {{ '
                       'xlog("L_ERR", "from $si\\n"); }\n', workers=1, listen=[f"udp:[::1]:{port}"])
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.sendto(sip.request("OPTIONS", "sip:a@b"), ("::1", port))
            tandem.until(lambda log=server.log_text: "from " in log())
        assert f"from {shown}\n" in server.log_text()


def forwarded(start, params, route):
    sink = sip.Udp(0)
    server = start(HEAD + params + "\nrequest_route {\n" + route +
                   f'\n$du = "sip:{sip.HOST}:{sink.port}"; forward();\n}}\n', workers=1)
    phone = sip.Udp(server.port)
    phone.send(sip.request("OPTIONS", "sip:bob@127.0.0.1", port=phone.port))
    return sink.receive()


def test_via_shows_the_fields_and_parameters_of_xavps(start):
    got = forwarded(start, 'xavp_via_params="p"\nxavp_via_fields="f"\n',
                          'via_add_xavp_params("1"); via_use_xavp_fields("1"); $xavp(p=>x) = "1"; $xavp(f=>address) = "via.example"; $xavp(f[0]=>port) = "5099";')
    via = sip.header(got, "Via")
    assert via.startswith("SIP/2.0/UDP via.example:5099;branch=") and ";x=1" in via
    _, reply = reply_of(start, 'xavp_via_reply_params="p"\n',
                        '$xavp(p=>seen) = "yes"; via_reply_add_xavp_params("1"); sl_send_reply("200", "OK");')
    assert ";seen=yes" in sip.header(reply, "Via")


def test_local_rport_and_advertised_address(start):
    got = forwarded(start, "local_rport=yes\nadvertised_address=adv.example\nadvertised_port=5099\n",
                          "")
    assert re.match(r"SIP/2.0/UDP adv.example:5099;branch=[^;]*;rport", sip.header(got, "Via"))
    got = forwarded(start, "", 'set_advertised_address("own.example"); set_advertised_port(5098);')
    assert sip.header(got, "Via").startswith("SIP/2.0/UDP own.example:5098;branch=")


def test_force_rport_answers_the_port_a_request_came_from(start):
    server, _ = reply_of(start, "force_rport=yes\n")
    phone = sip.Udp(server.port)
    phone.send(sip.request("OPTIONS", "sip:a@127.0.0.1", port=9).replace(b";rport", b""))
    assert f";rport={phone.port}" in sip.header(phone.receive(), "Via")


def test_reply_to_via_answers_the_address_of_via(start):
    server, _ = reply_of(start, "reply_to_via=yes\n")
    other, phone = sip.Udp(server.port), sip.Udp(server.port)
    phone.send(sip.request("OPTIONS", "sip:a@127.0.0.1", port=other.port).replace(b";rport", b""))
    assert sip.status(other.receive()) == 200


def test_max_while_loops_ends_a_loop(start):
    _, reply = reply_of(start, "max_while_loops=7\n",
                        'while (1) $var(i) = $var(i) + 1; sl_send_reply("299", "$var(i)");')
    assert reply.startswith(b"SIP/2.0 299 7\r\n")


def test_max_recursive_level_ends_routes_in_each_other(start):
    _, reply = reply_of(start, "max_recursive_level=9\n", "route(AGAIN); "
                        'sl_send_reply("299", "$var(i)");\n}\nroute[AGAIN] { $var(i) = $var(i) + 1; '
                        "route(AGAIN);")
    assert reply.startswith(b"SIP/2.0 299 9\r\n")


def test_return_mode(start):
    route = ('if (route(ZERO)) sl_send_reply("201", "true"); else sl_send_reply("202", "false");\n}\n'
             "route[ZERO] { return 0;")
    _, reply = reply_of(start, "return_mode=1\n", route)
    assert sip.status(reply) == 202
    _, reply = reply_of(start, "", 'sl_send_reply("100", "Trying"); ' + route)
    assert sip.status(reply) == 100


def test_server_id_iuid_and_custom_values(start):
    _, reply = reply_of(start, 'server_id=42\ncoreparam[iuid] = "me"\nmine.limit = 17 desc "a limit"\n'
                        'mine.word = "w" desc "a word"\n',
                        'sl_send_reply("299", "$sid $iuid $sel(cfg_get.mine.limit) '
                        '$sel(cfg_get.mine.word)");')
    assert reply.startswith(b"SIP/2.0 299 42 me 17 w\r\n")


def test_limits_of_the_process(start):
    server, _ = reply_of(start, "disable_core_dump=yes\nopen_files_limit=2000\n")
    limits = open(f"/proc/{server.process.pid}/limits", encoding="ascii").read()
    assert re.search(r"Max core file size\s+0 ", limits)
    assert re.search(r"Max open files\s+2000 ", limits)


def test_onsend_route_of_replies(start):
    config = HEAD + ("onsend_route_reply=%d\nrequest_route { sl_send_reply(\"200\", \"OK\"); }\n"
                     'onsend_route { xlog("L_ERR", "sending to $sndto(ip)\\n"); }\n')
    for wanted in (1, 0):
        server = start(config % wanted, workers=1)
        assert sip.status(ask(server)) == 200
        assert (f"sending to {sip.HOST}" in server.log_text()) == bool(wanted)


def test_received_route_mode(start):
    config = HEAD + ("received_route_mode=%d\nrequest_route { sl_send_reply(\"200\", \"OK\"); }\n"
                     'event_route[core:msg-received] { xlog("L_ERR", "came $rcv(len)\\n"); }\n')
    for wanted in (1, 0):
        server = start(config % wanted, workers=1)
        assert sip.status(ask(server)) == 200
        assert ("came " in server.log_text()) == bool(wanted)


def test_phone2tel_shows_telephone_numbers_as_such(start):
    for params, wanted in (("", "tel"), ("phone2tel=0\n", "sip")):
        server = start(HEAD + params + 'request_route { sl_send_reply("299", "$rz"); }\n',
                       workers=1)
        assert ask(server, "sip:+1555@127.0.0.1;user=phone").startswith(f"SIP/2.0 299 {wanted}\r"
                                                                        .encode())
        assert ask(server, "sip:+1555@127.0.0.1").startswith(b"SIP/2.0 299 sip\r")


def test_extra_characters_of_hosts_and_names_of_headers(start):
    params = 'uri_host_extra_chars="*~"\nhdr_name_extra_chars="()"\n'
    route = 'sl_send_reply("299", "$rd $hdr(X(y))");'
    server = start(HEAD + params + "request_route { " + route + " }\n", workers=1)
    assert ask(server, "sip:a@ho*~st", ["X(y): 2"]).startswith(b"SIP/2.0 299 ho*~st 2\r")
    server = start(HEAD + "request_route { " + route + " }\n", workers=1)
    assert sip.status(ask(server, "sip:a@ho*st")) == 400
    assert sip.status(ask(server, "sip:a@b", ["X(y): 2"])) == 400


def test_extra_characters_that_end_a_text_are_refused(tmp_path):
    for line, wanted in (('uri_host_extra_chars=";"', "a character that ends hosts"),
                         ('hdr_name_extra_chars=":"', "a character that ends names")):
        path = tmp_path / "bad.cfg"
        path.write_text(HEAD + line + "\nrequest_route { drop; }\n")
        code, told = tandem.check(path)
        assert code != 0 and wanted in told, told


def test_corelog_is_the_level_of_what_tells_of_malformed_messages(start):
    for params, seen in (("", True), ("corelog=2\n", False), ("debug=2\ncorelog=2\n", True)):
        server = start(HEAD + params + 'request_route { sl_send_reply("200", "OK"); }\n', workers=1)
        assert sip.status(ask(server, headers=["X y: 2"])) == 400
        assert ("malformed message from" in server.log_text()) == seen
