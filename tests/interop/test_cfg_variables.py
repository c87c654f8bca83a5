# SPDX-License-Identifier: BSD-2-Clause
"""Every variable that the peer's modules let cfg.get read and cfg.set change (tests/language/
cfgvars.tsv): here too, and a text that was changed is the one that is sent."""
import csv

import pytest
import sip
import tandem

CONFIG = """
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "debugger.so"
loadmodule "xlog.so"
loadmodule "cfg_rpc.so"
request_route {
    if ($rm == "ACK") exit;
    t_newtran();
    if ($rm == "INVITE") {
        $du = "sip:127.0.0.1:9;transport=udp";
        t_relay();
        exit;
    }
    t_reply("1", "none");
}
"""


def table():
    with (tandem.ROOT / "tests/language/cfgvars.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def another(row, now):
    """A value that fits, but is not the one it has."""
    if row["type"] == "text":
        return "another text"
    low, high = int(row["min"]), int(row["max"])
    if high <= low:
        return now + 1 if now != 1 else 0
    return low if now != low else high


def test_each_is_read_and_changed(start):
    server = start(CONFIG)
    rows, wrong = table(), []
    assert len(rows) > 50
    for row in rows:
        at = row["group"], row["variable"]
        try:
            now = server.rpc("cfg.get", *at)
            new = another(row, now)
            try:
                server.rpc("cfg.set", *at, new)
                if "read only" in row["type"]:
                    wrong.append((*at, "was changed"))
                elif server.rpc("cfg.get", *at) != new:
                    wrong.append((*at, "is not what was set"))
                else:
                    server.rpc("cfg.set", *at, now)
            except tandem.RpcError as why:
                if "read only" not in row["type"]:
                    wrong.append((*at, why))
        except tandem.RpcError as why:
            wrong.append((*at, why))
    assert not wrong


def reason(message):
    return message.split(b"\r\n")[0].decode().split(" ", 2)[2]


def test_texts_that_were_changed_are_sent(start):
    server = start(CONFIG)
    with sip.Udp(server.port) as phone:
        def ask(method):
            phone.send(sip.request(method, "sip:a@127.0.0.1", port=phone.port))
            return reason(phone.receive())

        assert ask("OPTIONS") == "Server Internal Error"
        assert ask("INVITE").startswith("trying")
        for _ in range(50):  # each leaves a copy that still has its readers
            server.rpc("cfg.set", "tm", "default_reason", "Something Else")
        server.rpc("cfg.set", "tm", "auto_inv_100_reason", "Wait")
        server.rpc("cfg.set", "tm", "default_code", 555)
        phone.send(sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port))
        while not (got := phone.receive()).startswith(b"SIP/2.0 555"):
            pass
        assert reason(got) == "Something Else"
        server.rpc("config.reload")
        assert server.rpc("cfg.get", "tm", "default_reason") == "Server Internal Error"
        with pytest.raises(tandem.RpcError):
            server.rpc("cfg.set", "core", "server_header", "no")
        with pytest.raises(tandem.RpcError, match="is a text"):
            server.rpc("modparam.setn", "tm", "default_reason", 5)
