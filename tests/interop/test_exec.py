# SPDX-License-Identifier: BSD-2-Clause
"""Commands of the shell hold up nobody but the message that runs them."""
import time

import sip

CONFIG = """#!KAMAILIO
debug=1
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "exec.so"
modparam("exec", "time_to_kill", 20)
request_route {
	if ($rU == "slow") {
		exec_avp("sleep 1; echo $$rU", "$avp(out)");
		sl_send_reply("200", "$avp(out)");
		exit;
	}
	sl_send_reply("200", "fast");
}
"""
COMMANDS = 100


def test_a_hundred_commands_at_a_time(start):
    server = start(CONFIG.replace("$$rU", "done"))
    with sip.Udp(server.port) as slow, sip.Udp(server.port) as fast:
        begun = time.monotonic()
        for n in range(COMMANDS):
            slow.send(sip.request("OPTIONS", "sip:slow@127.0.0.1", port=slow.port,
                                  call_id=f"slow-{n}"))
        waits = []
        while time.monotonic() - begun < 0.9:
            before = time.monotonic()
            assert b"200 fast" in fast.ask(sip.request("OPTIONS", "sip:a@127.0.0.1",
                                                       port=fast.port))
            waits.append(time.monotonic() - before)
        replies = [slow.receive(10) for _ in range(COMMANDS)]
        took = time.monotonic() - begun
    assert all(b"200 done" in r for r in replies)
    # one after the other they would take 100 s, by two workers 50
    assert 1 <= took < 6
    assert len(waits) >= 10 and sorted(waits)[len(waits) // 2] < 0.1
