# SPDX-License-Identifier: BSD-2-Clause
"""Every option of the peer's command line is taken, with its argument; and listen lines in all their
forms open the sockets they name."""
import csv
import re
import subprocess

import peer
import sip
import tandem

PRINTS = ("-I", "-v", "-V", "-h", "--help", "--version")


def test_each_option_is_taken(folder):
    path = folder / "good.cfg"
    path.write_text('#!KAMAILIO\nloadmodule "pv.so"\nrequest_route { exit; }\n')
    with open(peer.HERE / "options.tsv", newline="", encoding="utf-8") as f:
        options = list(csv.DictReader(f, delimiter="\t"))
    assert len(options) > 45
    for row in options:
        option, argument = row["option"], row["argument"]
        given = [f"{option}={argument}"] if argument and option.startswith("--") else \
            [option] + [argument] * bool(argument)
        done = subprocess.run([tandem.TANDEM, *given, "-c", "-f", path], capture_output=True,
                              text=True, timeout=20, check=False)
        assert done.returncode == 0, (given, done.stderr)
        assert option not in PRINTS or done.stdout, option


HEAD = """#!KAMAILIO
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
"""


def answers(port, host="127.0.0.1"):
    phone = sip.Udp(port)
    phone.server = (host, port)
    got = phone.ask(sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port), 3)
    return got and re.match(rb"SIP/2.0 299 (.*)\r\n", got)[1].decode()


def run(start, lines):
    server = start(HEAD + lines + '\nrequest_route { sl_send_reply("299", "$Ri:$Rp $RAi:$RAp $Rn"); }\n',
                   workers=1, listen=[])
    return server


def test_listen_lines_in_all_forms(start):
    a, b, c, d, e, f = sorted(tandem.free_port() for _ in range(6))
    run(start, f"""listen = udp:127.0.0.1:{a}
listen = 127.0.0.1:{b} udp:127.0.0.2:{b}
listen = udp:127.0.0.1:{c} advertise 192.0.2.1:5099 name "outer"
listen = "udp:lo:{d}"
socket = {{ bind = udp:127.0.0.1:{e}; advertise = 192.0.2.2:5098; name = "block"; }}
listen = udp:198.51.100.77:{f} virtual
""")
    assert answers(a) == f"127.0.0.1:{a} 127.0.0.1:{a} <null>"
    assert answers(b) == f"127.0.0.1:{b} 127.0.0.1:{b} <null>"
    assert answers(b, "127.0.0.2").startswith(f"127.0.0.2:{b} ")
    assert answers(c) == f"127.0.0.1:{c} 192.0.2.1:5099 outer"
    assert answers(d).startswith(f"127.0.0.1:{d} ")
    assert answers(e) == f"127.0.0.1:{e} 192.0.2.2:5098 block"


def test_a_range_of_ports(start):
    for _ in range(20):
        first = tandem.free_port()
        try:
            run(start, f"listen = udp:127.0.0.1:{first}-{first + 3}\n")
            break
        except AssertionError:  # one of them was taken
            continue
    for port in range(first, first + 4):
        assert answers(port).startswith(f"127.0.0.1:{port} ")


def test_several_workers_take_a_multicast_message_once(start):
    """The group is joined on one interface, by one socket of several."""
    port = tandem.free_port()
    server = start(HEAD + f'listen = udp:239.255.77.7:{port}\nlisten = udp:127.0.0.1:{port}\n'
                   'mcast = "lo"\nmcast_loopback = yes\nmcast_ttl = 1\n'
                   'request_route { xlog("L_ERR", "came $ci\\n"); }\n', workers=2, listen=[])
    phone = sip.Udp(port)
    phone.socket.setsockopt(0, 32, bytes([127, 0, 0, 1]))  # IPPROTO_IP, IP_MULTICAST_IF
    phone.server = ("239.255.77.7", port)
    for n in range(3):
        phone.send(sip.request("OPTIONS", "sip:a@b", call_id=f"group{n}"))
    tandem.until(lambda: "came group2" in server.log_text())
    assert [server.log_text().count(f"came group{n}") for n in range(3)] == [1, 1, 1]
