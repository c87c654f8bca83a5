# SPDX-License-Identifier: BSD-2-Clause
"""Instances of groups of values: made, changed and forgotten from outside, chosen by scripts."""
import pytest

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=1
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "cfg_rpc.so"
my.val = 5 desc "v"
my.text = "abc" desc "t"
request_route {
	if (!cfg_select("my", 7)) {
		sl_send_reply("200", "none");
		exit;
	}
	$var(chosen) = $sel(cfg_get.my.val) + $sel(cfg_get.my.text);
	cfg_reset("my");
	sl_send_reply("200", "$var(chosen) $sel(cfg_get.my.val)");
}
"""


def test_instances(start):
    server = start(CONFIG)

    def refused(*call):
        with pytest.raises(tandem.RpcError):
            server.rpc(*call)

    def told():
        with sip.Udp(server.port) as phone:
            got = phone.ask(sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port))
            return got.split(b"\r\n")[0].decode().split(" ", 2)[2]

    assert told() == "none"
    refused("cfg.add_group_inst", "my")
    refused("cfg.add_group_inst", "nosuch[1]")
    refused("cfg.set_now_int", "my[7]", "val", 9)
    server.rpc("cfg.add_group_inst", "my[7]")
    server.rpc("cfg.add_group_inst", "my[7]")
    assert told() == "5abc 5"
    server.rpc("cfg.set_now_int", "my[7]", "val", 9)
    refused("cfg.set_now_int", "my[7]", "nosuch", 9)
    refused("cfg.set_now_string", "my[7]", "val", "x")
    assert told() == "9abc 5"
    assert server.rpc("cfg.get", "my[7]", "text") == "abc"
    assert server.rpc("cfg.list", "my") == ["my: val", "my: text"]
    server.rpc("cfg.set_now_string", "my", "text", "new")
    assert told() == "9new 5"
    server.rpc("config.reload")
    assert server.rpc("cfg.get", "my[7]", "val") == 9
    server.rpc("cfg.del_delayed", "my[7]", "val")
    assert server.rpc("cfg.get", "my[7]", "val") == 9
    server.rpc("cfg.commit")
    assert server.rpc("cfg.get", "my[7]", "val") == 5
    server.rpc("cfg.set_now_int", "my[7]", "val", 9)
    server.rpc("cfg.del_group_inst", "my[7]")
    refused("cfg.del_group_inst", "my[7]")
    refused("cfg.get", "my[7]", "val")
    assert told() == "none"
    # of groups that the configuration did not declare, too
    server.rpc("cfg.add_group_inst", "core[1]")
    server.rpc("cfg.set_now_int", "core[1]", "debug", 2)
    assert server.rpc("cfg.get", "core[1]", "debug") == 2
    assert server.rpc("cfg.get", "core", "debug") == 1
