# SPDX-License-Identifier: BSD-2-Clause
"""The packaged kamcmd over ctl, curl over HTTP, and tandemctl."""
import json
import pathlib
import subprocess

import pytest
import sip
import tandem

STOCK = pathlib.Path("/etc/kamailio/kamailio.cfg")


@pytest.fixture
def server(start):
    """The stock configuration with one contact registered."""
    running = start(STOCK, "-A", "WITH_JSONRPC")
    with sip.Udp(running.port) as phone:
        domain = f"127.0.0.1:{running.port}"
        reply = phone.ask(sip.request("REGISTER", f"sip:{domain}",
                                      [f"Contact: <sip:alice@{sip.HOST}:{phone.port}>"],
                                      to=f"sip:alice@{domain}", domain=domain, port=phone.port))
        assert sip.status(reply) == 200, reply
    return running


def kamcmd(server, *arguments):
    done = subprocess.run([tandem.program("kamcmd"), "-s",
                           f"unixs:{server.rundir / 'kamailio_ctl'}", *arguments],
                          capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments, expected", [
    (("core.version",), ["tandem"]),
    (("core.uptime",), ["now:", "up_since:", "uptime:"]),
    (("core.ps",), []),
    (("core.info",), ["version:"]),
    (("system.listMethods",), ["core.version", "ul.dump", "cfg.get", "stats.get_statistics"]),
    (("system.methodHelp", "core.version"), []),
    (("ul.dump",), ["alice", f"sip:alice@{sip.HOST}", "Domain", "location"]),
    (("stats.get_statistics", "all"), ["core:rcv_requests_register = 1", "usrloc:", "tmx:", "sl:"]),
    (("stats.get_statistics", "core:"), ["core:rcv_requests ="]),
    (("cfg.get", "core", "debug"), ["2"]),
    (("cfg.list",), ["core"]),
    (("tm.stats",), ["current", "total"]),
    (("ul.lookup", "location", "alice"), [f"sip:alice@{sip.HOST}"]),
], ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_answers_kamcmd(server, arguments, expected):
    code, out, err = kamcmd(server, *arguments)
    assert code == 0 and "error" not in err, (out, err)
    for fragment in expected:
        assert fragment in out, f"no {fragment!r} in:\n{out}"


def test_tells_kamcmd_of_an_unknown_method(server):
    _, out, err = kamcmd(server, "core.no_such")
    assert "error" in out + err, (out, err)


def curl(server, body, *options):
    done = subprocess.run([tandem.program("curl"), "-sS", "--max-time", "10", *options, "-d", body,
                           "-H", "Content-Type: application/json",
                           f"http://127.0.0.1:{server.port}/RPC"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_answers_curl_over_http(server):
    answer = curl(server, '{"jsonrpc":"2.0","method":"core.version","id":1}')
    assert "tandem" in answer["result"] and answer["id"] == 1, answer
    answer = curl(server, '{"jsonrpc":"2.0","method":"ul.dump","id":2}')
    assert f"sip:alice@{sip.HOST}" in json.dumps(answer), answer
    answer = curl(server, '{"jsonrpc":"2.0","method":"stats.get_statistics",'
                          '"params":["all"],"id":3}')
    assert any(line.startswith("core:rcv_requests_register = 1") for line in answer["result"])
    answer = curl(server, '{"jsonrpc":"2.0","method":"core.no_such","id":4}')
    assert answer["error"]["code"] == -32601 or answer["error"]["code"] == 500, answer


def test_answers_curl_over_http_1_0(server):
    answer = curl(server, '{"jsonrpc":"2.0","method":"core.uptime","id":1}', "--http1.0")
    assert answer["result"]["uptime"] >= 0, answer


def test_answers_tandemctl(server):
    for arguments in (("core.version",), ("ul.dump",), ("ps",), ("status",), ("metrics",),
                      ("stats.get_statistics", "all"), ("help", "core.version"), ("check",)):
        code, said = server.ctl(*arguments)
        assert code == 0 and said.strip(), (arguments, said)
    code, said = server.ctl("core.no_such")
    assert code == 1 and "no_such" in said, said
