# SPDX-License-Identifier: BSD-2-Clause
"""Keep-alives of usrloc: who gets them, what a reply tells, who goes that never replies."""
import re
import time

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=1
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "kex.so"
modparam("usrloc", "nat_bflag", 3)
modparam("usrloc", "ka_interval", 1)
modparam("usrloc", "ka_randomize", 0)
modparam("usrloc", "ka_method", "NOTIFY")
modparam("usrloc", "ka_from", "sip:keeper@example.org")
modparam("usrloc", "ka_domain", "users.example.org")
PARAMETERS
request_route {
	if ($fU == "natted") setbflag(3);
	save("location");
}
reply_route {
	drop;
}
"""


def register(phone, server, user):
    phone.send(sip.request("REGISTER", "sip:127.0.0.1",
                           [f"Contact: <sip:{user}@{sip.HOST}:{phone.port}>;expires=600"],
                           user=user, domain="127.0.0.1", to=f"sip:{user}@127.0.0.1",
                           port=phone.port))
    assert sip.status(phone.final()) == 200


def contact(server):
    return server.rpc("ul.dump")["Domains"][0]["Domain"]["AoRs"][0]["Info"]["Contacts"][0]["Contact"]


def test_tells_the_round_trip(start):
    server = start(CONFIG.replace("PARAMETERS", """modparam("usrloc", "ka_mode", 1)
modparam("usrloc", "ka_loglevel", -1)
modparam("usrloc", "ka_logmsg", " from [$si:$sp] $rs")
modparam("usrloc", "ka_reply_codes", "2, 404")"""))
    with sip.Udp(server.port) as phone:
        register(phone, server, "bob")
        got = phone.receive()
        assert got.startswith(f"NOTIFY sip:bob@{sip.HOST}:{phone.port} SIP/2.0\r\n".encode())
        assert sip.header(got, "From").startswith("<sip:keeper@example.org>;tag=")
        assert sip.header(got, "To") == "<sip:bob@users.example.org>"
        phone.send(sip.answer(got, 500, "Does not count"))
        got = phone.receive()
        assert "keepalive roundtrip" not in server.log_text()
        forged = b"Call-ID: zz-\xff."  # where the address-of-record is looked for
        phone.send(re.sub(rb"Call-ID: ", forged, sip.answer(got, 404, "Forged")))
        phone.send(sip.answer(got, 404, "Counts"))
        tandem.until(lambda: re.search(
            rf"keepalive roundtrip: 0\.\d{{6}} sec - ruid \[uloc-[^]]*\] from "
            rf"\[{sip.HOST}:{phone.port}\] 404", server.log_text()), 3, "the round trip told")
        assert 0 < contact(server)["KA-Roundtrip"] < 1000000


def test_only_contacts_behind_nat(start):
    server = start(CONFIG.replace("PARAMETERS", 'modparam("usrloc", "ka_mode", 6)'))
    with sip.Udp(server.port) as plain, sip.Udp(server.port) as natted:
        register(plain, server, "plain")
        register(natted, server, "natted")
        assert natted.receive().startswith(b"NOTIFY")
        assert plain.receive(0.3) is None


def test_who_never_replies_goes(start):
    server = start(CONFIG.replace("PARAMETERS", """modparam("usrloc", "ka_mode", 1)
modparam("usrloc", "ka_timeout", 1)"""))
    with sip.Udp(server.port) as silent, sip.Udp(server.port) as lively:
        register(silent, server, "silent")
        register(lively, server, "lively")
        end = time.monotonic() + 8
        while server.statistics()["usrloc.location_contacts"] > 1:
            assert time.monotonic() < end
            got = lively.receive(0.2)
            if got:
                lively.send(sip.answer(got, 200, "OK"))
        assert contact(server)["Address"].startswith("sip:lively@")
