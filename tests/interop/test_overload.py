# SPDX-License-Identifier: BSD-2-Clause
"""More calls than the script has time for: the rest gets 503 with Retry-After, and what belongs to
a dialog passes. docs/adr/0013."""
import socket
import time

import sip
import tandem

# Some milliseconds of work for an INVITE.
CONFIG = """
debug=0
auto_aliases=no
max_while_loops=1000000
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "kex.so"
loadmodule "counters.so"

request_route {
	if (is_method("INVITE") && !has_totag()) {
		$var(i) = 0;
		while ($var(i) < 20000) { $var(i) = $var(i) + 1; }
	}
	sl_send_reply("200", "OK");
	exit;
}
"""


def replies(phone, seconds):
    """Statuses received within a time, and those of 503 without Retry-After."""
    phone.socket.settimeout(0.02)
    end, found, bare = time.monotonic() + seconds, [], 0
    while time.monotonic() < end:
        try:
            message = phone.socket.recv(65535)
        except socket.timeout:
            continue
        found.append(sip.status(message))
        bare += found[-1] == 503 and not sip.header(message, "Retry-After")
    return found, bare


def test_refuses_what_it_has_no_time_for(start):
    server = start(CONFIG, workers=1)
    with sip.Udp(server.port) as flooder, sip.Udp(server.port) as phone:
        flooder.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        flooder.send(sip.request("INVITE", "sip:a@example.org", port=flooder.port))
        assert sip.status(flooder.receive(5)) == 200  # nothing is refused before

        def refuses():
            for _ in range(200):
                flooder.send(sip.request("INVITE", "sip:a@example.org", port=flooder.port))
            return server.statistics()["core.overload_requests"] > 20

        tandem.until(refuses, 60, "refusals")
        # In the midst of it, a request within a dialog passes, though it may have to be repeated.
        inside = sip.request("INFO", "sip:a@example.org", port=phone.port, to_tag="x", cseq=2)

        def passes():
            refuses()
            phone.send(inside)
            found, _ = replies(phone, 0.2)
            assert set(found) <= {200}
            return found

        tandem.until(passes, 60, "a reply within a dialog")
        found, bare = replies(flooder, 0.5)
        assert found.count(503) > 0 and bare == 0
        assert set(found) <= {200, 503}

        # It ends with the load.
        def takes_all():
            before = server.statistics()["core.overload_requests"]
            for _ in range(60):
                flooder.send(sip.request("INVITE", "sip:a@example.org", port=flooder.port))
                time.sleep(0.02)
            return server.statistics()["core.overload_requests"] == before

        tandem.until(takes_all, 60, "the end of the overload")
    assert "overload" in server.log_text()
