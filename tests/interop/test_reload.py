# SPDX-License-Identifier: BSD-2-Clause
"""New configurations while calls go on."""
import signal
import time

import pytest
import sip
import tandem
from sipp import Sipp

MODULES = """
debug=1
auto_aliases=no
children=2
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "htable.so"
loadmodule "kex.so"
loadmodule "counters.so"
modparam("htable", "htable", "t=>size=4;")
modparam("registrar", "max_expires", MAX_EXPIRES)
LISTEN
"""
ROUTES = """
request_route {
	if (is_method("OPTIONS")) {
		sl_send_reply("200", "NAME");
		exit;
	}
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
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
	$sht(t=>$ci) = "NAME";
	$sht(t=>$ci) = $null;
	t_on_failure("F");
	t_on_reply("R");
	route(RELAY);
}

route[RELAY] {
	$du = "sip:127.0.0.1:UAS_PORT";
	if (!t_relay()) sl_reply_error();
	exit;
}

onreply_route[R] {
	append_hf("X-Generation: NAME\\r\\n");
}

failure_route[F] {
	t_reply("480", "NAME");
}
"""
BROKEN = "\nroute[BROKEN] {\n\tno_such_function();\n}\n"


def text(name, uas_port=9, max_expires=600, listen=()):
    whole = (MODULES + ROUTES).replace("NAME", name).replace("UAS_PORT", str(uas_port))
    return (whole.replace("MAX_EXPIRES", str(max_expires))
            .replace("LISTEN", "\n".join(f"listen={address}" for address in listen)))


def reason(port):
    """What a generation calls itself."""
    with sip.Udp(port) as phone:
        reply = phone.ask(sip.request("OPTIONS", "sip:127.0.0.1", port=phone.port), 1)
        return reply.split(b"\r\n")[0].decode().split(" ", 2)[2] if reply else None


def reload(server):
    code, said = server.ctl("config.reload")
    assert code == 0, said


def test_calls_go_on(start, folder):
    """Reloads as fast as they go, a third with a broken file; no call fails, memory stays flat."""
    rounds = 300 if tandem.FULL else 45
    seconds = 60 if tandem.FULL else 8
    calls = 200 * seconds
    uas = Sipp(folder, "answer.xml", calls=calls, seconds=seconds + 40)
    server = start(text("gen0", uas.port))
    before = in_use(server)
    good = refused = number = 0
    with uas, Sipp(folder, "call.xml", calls=calls, rate=200, target=server.port,
                   seconds=seconds + 40) as uac:
        began = time.monotonic()
        memory = []
        for number in range(1, rounds + 1):
            broken = number % 3 == 0
            server.config.write_text(text(f"gen{number}", uas.port) + (BROKEN if broken else ""))
            try:
                server.rpc("config.reload")
                assert not broken, "a broken file was taken"
                good += 1
            except tandem.RpcError as e:
                assert broken, e
                assert "no_such_function" in str(e) and str(server.config) in str(e), e
                refused += 1
            expected = f"gen{number - 1 if broken else number}"
            assert reason(server.port) == expected
            memory.append(server.rss())
            left = began + number * (seconds - 2) / rounds - time.monotonic()
            if left > 0:
                time.sleep(left)  # so that the reloads cover the time of the calls
        caller = uac.succeeds(0 if tandem.FULL else calls // 200)
        uas.succeeds(0 if tandem.FULL else calls // 200)
    # The first third warms up: transactions stay for some seconds, and their generations with them.
    early, late = max(memory[rounds // 6:rounds // 3]), max(memory[-rounds // 6:])
    tandem.until(lambda: server.rpc("config.status")["alive"] == 1, 60, "old generations to end")
    left = in_use(server) - before
    print(f"{good} reloads, {refused} refused, {caller['SuccessfulCall']} calls; resident "
          f"{early / 2**20:.1f} MB early, {late / 2**20:.1f} MB late; "
          f"{left / 2**10:.0f} KB more in use at the end")
    assert left < 8 << 20  # kept stacks and arenas; 45 generations would be more
    if tandem.FULL:
        assert late - early < 4 << 20, f"{(late - early) >> 10} KB more"


def in_use(server):
    return server.rpc("core.shmmem")["used"]


def test_a_broken_file_is_refused_whole(start):
    server = start(text("first"))
    server.config.write_text(text("second", max_expires=60) + BROKEN)
    code, said = server.ctl("config.reload")
    assert code == 1, said
    line = server.config.read_text().splitlines().index("\tno_such_function();") + 1
    assert f"{server.config}:{line}:2: error" in said and "no_such_function" in said, said
    assert reason(server.port) == "first"
    assert expires(server) == 600
    code, said = server.ctl("check")
    assert code == 1 and "no_such_function" in said, said


def expires(server):
    with sip.Udp(server.port) as phone:
        reply = phone.ask(sip.request("REGISTER", f"sip:127.0.0.1:{server.port}",
                                      [f"Contact: <sip:x@{sip.HOST}:{phone.port}>",
                                       "Expires: 3600"], port=phone.port,
                                      to=f"sip:x@127.0.0.1:{server.port}"))
        assert sip.status(reply) == 200, reply
        contact = next(part for part in sip.header(reply, "Contact").split(",")
                       if f":{phone.port}>" in part)
        return int(contact.split("expires=")[1].split(";")[0])


def test_routes_and_modparams_change(start):
    server = start(text("first"))
    assert reason(server.port) == "first" and expires(server) == 600
    server.config.write_text(text("second", max_expires=90))
    reload(server)
    assert reason(server.port) == "second" and expires(server) == 90


def test_hangup_signal_reloads(start):
    server = start(text("first"))
    server.config.write_text(text("second"))
    server.process.send_signal(signal.SIGHUP)
    tandem.until(lambda: reason(server.port) == "second", 10, "the new configuration")
    server.config.write_text(text("third") + BROKEN)
    server.process.send_signal(signal.SIGHUP)
    tandem.until(lambda: "no_such_function" in server.log_text(), 10, "a diagnostic in the log")
    assert reason(server.port) == "second"


def test_listen_addresses_change(start):
    one, two = tandem.free_port(), tandem.free_port()
    server = start(text("first", listen=[f"udp:127.0.0.1:{one}"]), listen=[])
    assert reason(one) == "first" and reason(two) is None
    server.config.write_text(text("second", listen=[f"udp:127.0.0.1:{one}",
                                                    f"udp:127.0.0.1:{two}",
                                                    f"tcp:127.0.0.1:{two}"]))
    reload(server)
    assert reason(one) == "second" and reason(two) == "second"
    with sip.Tcp(two) as phone:
        assert sip.status(phone.ask(sip.request("OPTIONS", "sip:127.0.0.1", port=phone.port,
                                                transport="TCP"))) == 200
    server.config.write_text(text("third", listen=[f"udp:127.0.0.1:{two}"]))
    reload(server)
    assert reason(two) == "third"
    tandem.until(lambda: reason(one) is None, 5, "the address to close")
    with pytest.raises(OSError):
        sip.Tcp(two)


def test_an_address_in_use_refuses_the_reload(start):
    one = tandem.free_port()
    server = start(text("first", listen=[f"udp:127.0.0.1:{one}"]), listen=[])
    with sip.Udp(one) as taken:
        taken_address = f"udp:{sip.HOST}:{taken.port}"
        server.config.write_text(text("second", listen=[f"udp:127.0.0.1:{one}", taken_address]))
        code, said = server.ctl("config.reload")
    assert code == 1 and str(taken.port) in said, said
    assert reason(one) == "first"


@pytest.mark.parametrize("status, answered", [(486, b"SIP/2.0 480 first"), (200, b"SIP/2.0 200 OK")])
def test_a_call_keeps_the_routes_it_began_with(start, status, answered):
    with sip.Udp(1) as callee:
        callee_port = callee.port
        server = start(text("first", 9).replace("127.0.0.1:9", f"{sip.HOST}:{callee_port}"))
        with sip.Udp(server.port) as caller:
            caller.send(sip.request("INVITE", "sip:bob@example.org",
                                    [f"Contact: <sip:a@{sip.HOST}:{caller.port}>"],
                                    port=caller.port))
            got = callee.receive()
            assert got.startswith(b"INVITE "), got
            # The new configuration does not even have these routes.
            server.config.write_text(
                MODULES.replace("MAX_EXPIRES", "60").replace("LISTEN", "") +
                'request_route {\n\tsl_send_reply("200", "second");\n}\n')
            reload(server)
            assert reason(server.port) == "second"
            assert server.rpc("config.status")["alive"] == 2
            callee.server = ("127.0.0.1", server.port)
            callee.send(sip.answer(got, status, "OK", [f"Contact: <sip:b@{sip.HOST}>"]))
            reply = caller.final()
            assert reply.startswith(answered), reply
            if status == 200:
                assert sip.header(reply, "X-Generation") == "first"
