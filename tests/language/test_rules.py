# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the language that a guess would get wrong: each has a proof. What a script computes
is compared with the packaged server (the differential table `language`, whose cases begin with the
rule's number); rules.tsv tells what loads and what does not, in both servers, and which other test
holds the rest."""
import csv
import re

import peer
import pytest
import sip
import tandem

RULES = {"T": 33, "V": 32, "S": 13, "P": 26}  # truth and flow, values, texts, preprocessor


def rules():
    with open(peer.HERE / "rules.tsv", newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def loads():
    return [r for r in rules() if re.match("accept|refuse", r["proof"])]


def written(folder, rule):
    path = folder / f"{rule['id']}.cfg"
    text = rule["text"].replace("⏎", "\n")
    path.write_text(f'#!KAMAILIO\nloadmodule "pv.so"\n{text}\n')
    return path


def test_every_rule_has_a_proof():
    table = (tandem.ROOT / "tests/differential/tables/language.tsv").read_text()
    proven = set(re.findall(r"(?m)^([TVSP]\d+)\w? ", table))
    for rule in rules():
        kind, _, where = rule["proof"].partition(":")
        if kind == "scenario":
            assert (tandem.ROOT / f"tests/scenario/{where}.scn").exists(), rule
        elif kind in ("unit", "pytest"):
            file, _, name = where.partition(":")
            assert name in (tandem.ROOT / file).read_text(), rule
        else:
            assert rule in loads(), rule
        proven.add(re.match(r"[TVSP]\d+", rule["id"])[0])
    assert proven == {f"{part}{n}" for part, count in RULES.items() for n in range(1, count + 1)}


@pytest.mark.parametrize("rule", loads(), ids=lambda r: r["id"])
def test_what_loads(rule, folder):
    ours, _, theirs = rule["proof"].partition("|")
    path = written(folder, rule)
    code, said = tandem.check(path)
    assert (code == 0) == (ours == "accept"), said
    fine, said = peer.packaged_reads(path)
    assert fine == ((theirs or ours) == "accept"), said[-1500:]


HEAD = """#!KAMAILIO
debug=0
disable_tcp=yes
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
"""


def ask(start, text):
    server = start(HEAD + text, workers=1)
    phone = sip.Udp(server.port)
    return server, phone.ask(sip.request("OPTIONS", "sip:bob@127.0.0.1", port=phone.port))


def test_onreply_route_0_is_the_main_one(start):
    callee = sip.Udp(0)
    server = start(HEAD + f'request_route {{ $du = "sip:{sip.HOST}:{callee.port}"; t_relay(); }}\n'
                   'onreply_route[0] { xlog("L_ERR", "reply $rs\\n"); }\n', workers=1)
    phone = sip.Udp(server.port)
    phone.send(sip.request("OPTIONS", "sip:bob@127.0.0.1", port=phone.port))
    callee.server = ("127.0.0.1", server.port)
    callee.send(sip.answer(callee.receive(), 204, "Fine"))
    assert sip.status(phone.final()) == 204
    assert "reply 204" in server.log_text()


def relayed(start, text, *codes):
    """What the caller gets when the callee answers with these codes."""
    callee = sip.Udp(0)
    server = start(HEAD + text.replace("CALLEE", f"sip:{sip.HOST}:{callee.port}"), workers=1)
    phone = sip.Udp(server.port)
    phone.send(sip.request("MESSAGE", "sip:bob@127.0.0.1", port=phone.port))
    callee.server = ("127.0.0.1", server.port)
    request = callee.receive(0.5)
    for code in codes:
        callee.send(sip.answer(request, code, "So"))
    got = []
    while message := phone.receive(0.4):
        got.append(sip.status(message))
    return got


RELAY = 'request_route { $du = "CALLEE"; t_on_reply("R"); t_on_failure("F"); t_relay(); }\n'


def test_what_reply_route_discards(start):
    forward = 'request_route { $du = "CALLEE"; forward(); }\n'
    for end, passes in (("return 1;", True), ("drop;", False), ("return 0;", False),
                        ("return -1;", False), ("exit;", True)):
        assert relayed(start, forward + f"reply_route {{ {end} }}\n", 200) == [200] * passes


def test_an_onreply_route_drops_provisional_replies_only(start):
    text = RELAY + "onreply_route[R] { drop; }\nfailure_route[F] { exit; }\n"
    assert relayed(start, text, 183, 200) == [200]


def test_failure_route_takes_no_notice_of_drop(start):
    text = RELAY + "onreply_route[R] { return; }\nfailure_route[F] { drop; }\n"
    assert relayed(start, text, 486) == [486]


def test_onsend_route_keeps_a_request_back(start):
    text = 'request_route { $du = "CALLEE"; forward(); sl_send_reply("202", "Done"); }\n'
    assert relayed(start, text + "onsend_route { drop; }\n") == [202]


def test_values_of_arguments_are_not_expanded_again(start):
    _, reply = ask(start, 'request_route { $var(x) = "$" + "rm $ru"; '
                   'sl_send_reply(200 + 99, $var(x) + "!"); }\n')
    assert reply.startswith(b"SIP/2.0 299 $rm $ru!\r\n")


def test_an_unknown_event_is_warned_of(folder):
    path = folder / "event.cfg"
    path.write_text('#!KAMAILIO\nloadmodule "tm.so"\nrequest_route { exit; }\n'
                    "event_route[tm:local-reqest] { exit; }\n")
    code, said = tandem.check(path)
    assert code == 0 and "[W-unknown-event]" in said and "tm:local-request" in said


def test_includes_nest_10_deep(folder):
    for depth, fine in ((10, True), (11, False)):
        for n in range(1, depth + 1):
            (folder / f"i{n}.cfg").write_text(f'include_file "i{n + 1}.cfg"\n' if n < depth else "")
        main = folder / "main.cfg"
        main.write_text('#!KAMAILIO\ninclude_file "i1.cfg"\nrequest_route { exit; }\n')
        code, said = tandem.check(main)
        assert (code == 0) == fine, said
        assert peer.packaged_reads(main)[0] == fine


def test_includes_are_found_beside_their_file(folder):
    (folder / "sub").mkdir()
    (folder / "sub/a.cfg").write_text('include_file "b.cfg"\n')
    (folder / "sub/b.cfg").write_text("route[B] { exit; }\n")
    main = folder / "main.cfg"
    main.write_text('#!KAMAILIO\ninclude_file "sub/a.cfg"\nrequest_route { route(B); }\n')
    assert tandem.check(main)[0] == 0
    assert peer.packaged_reads(main)[0]
