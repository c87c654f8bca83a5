# SPDX-License-Identifier: BSD-2-Clause
"""crypto: datagrams that are encrypted as a whole between two servers; Call-IDs of its making."""
import re
import socket

import phone
import tandem

CONFIG = """
debug=0
auto_aliases=no
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "crypto.so"
modparam("crypto", "register_evcb", 1)
modparam("crypto", "netio_key", "KEY")
event_route[crypto:netio] {
	if (crypto_netio_in()) {
		if ($sp == @FROM@) crypto_netio_decrypt();
	} else if (crypto_netio_out()) {
		if ($sndto(port) == @TO@) crypto_netio_encrypt();
	}
}
request_route {
	@DO@
}
"""


def config(source, target, do, key="strong enough"):
    return (CONFIG.replace("@FROM@", str(source)).replace("@TO@", str(target))
            .replace("@DO@", do).replace("KEY", key))


def test_nobody_reads_what_goes_between(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.settimeout(10)
        port = wire.getsockname()[1]
        near = tandem.Server(tmp_path, "")
        far = tandem.Server(tmp_path, "")
        near.config.write_text(config(far.port, port, f'$du = "sip:127.0.0.1:{port}"; t_relay();'))
        far.config.write_text(config(port, near.port, 'sl_send_reply("200", "Understood");'))
        client = phone.Phone(near.port)
        near.start()
        far.start()
        try:
            client.send("OPTIONS")
            cipher = wire.recv(65536)
            assert b"OPTIONS" not in cipher and b"Via" not in cipher and len(cipher) % 16 == 0
            wire.sendto(b"x" * 64, ("127.0.0.1", far.port))  # read by nobody
            wire.sendto(cipher, ("127.0.0.1", far.port))
            answer = client.socket.recv(65536)
            assert answer.startswith(b"SIP/2.0 200 Understood\r\n")
            assert "not decrypted" in far.log_text()
        finally:
            client.close()
            near.stop()
            far.stop()


CALL_IDS = """
debug=0
auto_aliases=no
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "uac.so"
loadmodule "crypto.so"
modparam("uac", "restore_mode", "none")
modparam("crypto", "register_callid", 1)
request_route {
	$uac_req(method) = "OPTIONS";
	$uac_req(ruri) = "sip:127.0.0.1:@PORT@";
	$uac_req(furi) = "sip:tandem@example.org";
	uac_req_send();
	sl_send_reply("200", "OK");
}
"""


def test_call_ids_are_random_uuids(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(10)
        server = tandem.Server(tmp_path, CALL_IDS.replace("@PORT@", str(far.getsockname()[1])))
        client = phone.Phone(server.port)
        server.start()
        try:
            found = set()
            for _ in range(3):
                client.request("OPTIONS")
                found.add(re.search(rb"\r\nCall-ID: (.*?)\r\n", far.recv(65536)).group(1).decode())
            assert len(found) == 3
            for one in found:
                assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                                    one), one
        finally:
            client.close()
            server.stop()
