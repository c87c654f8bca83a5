# SPDX-License-Identifier: BSD-2-Clause
"""REGISTER and lookup as a client sees them, and locations that outlive the server."""
import sqlite3

import phone
import postgres
import pytest
import tandem

CONFIG = """
debug=0
auto_aliases=no
loadmodule "db_sqlite.so"
DRIVER
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "counters.so"
loadmodule "kex.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "min_expires", 1)
PARAMETERS

request_route {
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	if (is_method("MESSAGE")) {
		$var(code) = lookup("location");
		$var(n) = $branch(count);
		sl_send_reply("480", "$var(code) $var(n) $ru $du");
		exit;
	}
	if (is_method("INFO")) {
		if (unregister("location", "sip:alice@127.0.0.1")) sl_send_reply("200", "OK");
		else sl_send_reply("404", "None");
		exit;
	}
	if (reg_fetch_contacts("location", "sip:alice@127.0.0.1", "c"))
		sl_send_reply("200", "$ulc(c=>count) $(ulc(c=>addr)[0]) $(ulc(c=>callid)[0])");
	else sl_send_reply("404", "None");
}
event_route[usrloc:contact-expired] {
	xlog("L_ERR", "gone: $ulc(exp=>aor) $ulc(exp=>addr)\\n");
}
"""


def config(parameters="", driver=""):
    return CONFIG.replace("PARAMETERS", parameters).replace("DRIVER", driver)


@pytest.fixture
def serve(tmp_path):
    """Starts servers with the configuration above; all are stopped at the end."""
    started = []

    def start(parameters="", driver=""):
        server = tandem.Server(tmp_path, config(parameters, driver))
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


def test_adds_refreshes_lists_and_removes(serve):
    alice = phone.Phone(serve().port)
    first = alice.register(f"<{alice.contact}>;expires=600;q=0.5")
    assert first.status == 200
    assert first.contacts() == {alice.contact: {"q": "0.5", "expires": "600"}}
    again = alice.register(f"<{alice.contact}>;expires=300")
    assert again.contacts() == {alice.contact: {"expires": "300"}}
    other = alice.register("<sip:alice@192.0.2.1>", headers=["Expires: 100"], call_id="other")
    assert set(other.contacts()) == {alice.contact, "sip:alice@192.0.2.1"}
    assert other.contacts()["sip:alice@192.0.2.1"]["expires"] == "100"
    assert set(alice.register().contacts()) == {alice.contact, "sip:alice@192.0.2.1"}
    assert set(alice.register("<sip:alice@192.0.2.1>;expires=0",
                              call_id="third").contacts()) == {alice.contact}
    assert alice.register("*", headers=["Expires: 0"]).contacts() == {}


def test_keeps_the_order_within_a_call_id(serve):
    alice = phone.Phone(serve('modparam("usrloc", "cseq_delay", 0)').port)
    assert alice.register(f"<{alice.contact}>;expires=600", cseq=5).status == 200
    assert alice.register(f"<{alice.contact}>;expires=60", cseq=4).status == 400
    assert alice.register(f"<{alice.contact}>;expires=0", cseq=5).status == 400
    assert alice.register("*", headers=["Expires: 0"], cseq=4).status == 400
    assert alice.register(cseq=6).contacts()[alice.contact]["expires"] >= "598"
    assert alice.register(f"<{alice.contact}>;expires=60", cseq=1, call_id="new").status == 200


def test_answers_a_retransmission_like_the_request(serve):
    alice = phone.Phone(serve().port)
    one = alice.register(f"<{alice.contact}>;expires=600", cseq=1)
    two = alice.register(f"<{alice.contact}>;expires=600", cseq=1)
    assert one.contacts() == two.contacts()


@pytest.mark.parametrize("lines", [
    ["Contact: *"],
    ["Contact: *", "Expires: 5"],
    ["Contact: *, <sip:a@192.0.2.1>", "Expires: 0"],
    ["Contact: <sip:broken"],
    ["Contact: <sip:a@192.0.2.1>;q=2"],
    [f"Contact: <sip:{'a' * 600}@192.0.2.1>"],
])
def test_refuses_and_changes_nothing(serve, lines):
    alice = phone.Phone(serve().port)
    alice.register(f"<{alice.contact}>")
    assert alice.request("REGISTER", headers=lines).status == 400
    assert set(alice.register().contacts()) == {alice.contact}


def test_does_all_of_a_request_or_nothing(serve):
    alice = phone.Phone(serve('modparam("registrar", "max_contacts", 2)').port)
    alice.register("<sip:a@192.0.2.1>")
    too_many = alice.register("<sip:b@192.0.2.1>", "<sip:c@192.0.2.1>", call_id="x")
    assert too_many.status == 503
    assert set(alice.register().contacts()) == {"sip:a@192.0.2.1"}
    assert alice.register("<sip:b@192.0.2.1>", call_id="x").status == 200


def test_limits_expiry(serve):
    server = serve('modparam("registrar", "max_expires", 100)\n'
                   'modparam("registrar", "min_expires_mode", 1)\n'
                   'modparam("registrar", "min_expires", 30)')
    alice = phone.Phone(server.port)
    assert alice.register("<sip:a@192.0.2.1>;expires=1000").contacts()["sip:a@192.0.2.1"][
        "expires"] == "100"
    brief = alice.register("<sip:a@192.0.2.1>;expires=5")
    assert brief.status == 423
    assert brief.header("Min-Expires") == "30"


def test_keeps_path_and_gruu(serve):
    server = serve('modparam("registrar", "use_path", 1)\nmodparam("registrar", "path_mode", 1)\n'
                   'modparam("registrar", "outbound_mode", 1)')
    alice = phone.Phone(server.port)
    answer = alice.register(
        '<sip:alice@192.0.2.1>;+sip.instance="<urn:uuid:1-2>";reg-id=1',
        headers=["Supported: path, gruu, outbound", "Path: <sip:192.0.2.9;lr>",
                 "Path: <sip:192.0.2.8;lr>"])
    assert answer.status == 200
    assert answer.header("Path") == "<sip:192.0.2.9;lr>, <sip:192.0.2.8;lr>"
    assert answer.header("Require") == "outbound"
    contact = answer.header("Contact")
    assert 'pub-gruu="sip:alice@127.0.0.1;gr=urn:uuid:1-2"' in contact
    temporary = contact.split('temp-gruu="')[1].split('"')[0]
    # A flow is replaced by the same instance and reg-id, whatever its URI is.
    moved = alice.register('<sip:alice@192.0.2.2>;+sip.instance="<urn:uuid:1-2>";reg-id=1',
                           headers=["Supported: outbound", "Path: <sip:192.0.2.9;lr>"],
                           call_id="moved")
    assert set(moved.contacts()) == {"sip:alice@192.0.2.2"}
    for uri in ("sip:alice@127.0.0.1;gr=urn:uuid:1-2", temporary):
        found = alice.request("MESSAGE", uri)
        assert found.reason == "1 0 sip:alice@192.0.2.2 sip:192.0.2.9;lr", uri
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1;gr=urn:uuid:9").reason.startswith("-1")


def test_finds_contacts_best_first(serve):
    alice = phone.Phone(serve().port)
    alice.register("<sip:low@192.0.2.1>;q=0.1", "<sip:high@192.0.2.1>;q=0.9", "<sip:none@192.0.2.1>")
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1").reason.strip() == \
        "1 2 sip:high@192.0.2.1 <null>"
    assert alice.request("MESSAGE", "sip:bob@127.0.0.1").reason.startswith("-1 0 ")
    assert alice.request("OPTIONS").reason.startswith("3 sip:high@192.0.2.1 ")
    assert alice.request("INFO").status == 200
    assert alice.request("INFO").status == 404


def test_filters_by_method(serve):
    alice = phone.Phone(serve('modparam("registrar", "method_filtering", 1)').port)
    alice.register("<sip:a@192.0.2.1>", headers=["Allow: INVITE, ACK, BYE"])
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1").reason.startswith("-2")
    alice.register("<sip:a@192.0.2.1>", headers=["Allow: INVITE, ACK, BYE, MESSAGE"])
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1").reason.startswith("1 ")


def test_forgets_what_ran_out(serve):
    server = serve()
    alice = phone.Phone(server.port)
    alice.register("<sip:a@192.0.2.1>;expires=1")
    assert server.statistics()["usrloc.location_contacts"] == 1
    tandem.until(lambda: "gone: alice sip:a@192.0.2.1" in server.log_text(), 15, "the event")
    assert server.statistics()["usrloc.location_contacts"] == 0
    assert server.statistics()["usrloc.location_expires"] == 1
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1").reason.startswith("-1")


def test_is_controlled(serve):
    server = serve()
    alice = phone.Phone(server.port)
    alice.register("<sip:a@192.0.2.1>")
    found = server.rpc("ul.lookup", "location", "alice")
    assert found["AoR"] == "alice"
    assert found["Contacts"][0]["Contact"]["Address"] == "sip:a@192.0.2.1"
    server.rpc("ul.add", "location", "bob", "sip:b@192.0.2.1", 0, "0.5", 0, 0, 0, 0)
    dump = server.rpc("ul.dump")["Domains"][0]["Domain"]
    assert {aor["Info"]["AoR"] for aor in dump["AoRs"]} == {"alice", "bob"}
    assert server.rpc("ul.lookup", "location", "bob")["Contacts"][0]["Contact"]["Expires"] == \
        "permanent"
    server.rpc("ul.rm_contact", "location", "bob", "sip:b@192.0.2.1")
    server.rpc("ul.rm", "location", "alice")
    with pytest.raises(tandem.RpcError):
        server.rpc("ul.lookup", "location", "alice")


def locations_survive(serve, folder, mode, url, driver=""):
    parameters = (f'modparam("usrloc", "db_mode", {mode})\n'
                  f'modparam("usrloc", "db_url", "{url}")')
    server = serve(parameters, driver)
    alice, bob = phone.Phone(server.port), phone.Phone(server.port, "bob")
    alice.register(f"<{alice.contact}>;q=0.5", headers=["Allow: INVITE, MESSAGE"])
    bob.register(f"<{bob.contact}>")
    assert bob.register(f"<{bob.contact}>;expires=0").contacts() == {}
    before = server.rpc("ul.lookup", "location", "alice")["Contacts"][0]["Contact"]
    assert alice.request("MESSAGE", "sip:alice@127.0.0.1").reason.startswith("1 ")
    server.stop()
    server.process = None

    server = serve(parameters, driver)
    after = server.rpc("ul.lookup", "location", "alice")["Contacts"][0]["Contact"]
    assert server.rpc("ul.db_contacts", "location") == 1
    assert server.rpc("ul.db_users", "location") == 1
    for name in ("Address", "Q", "Call-ID", "CSeq", "Methods", "Ruid", "Last-Modified"):
        assert after[name] == before[name], name
    with pytest.raises(tandem.RpcError):
        server.rpc("ul.lookup", "location", "bob")
    alice.server = ("127.0.0.1", server.port)
    assert alice.register("*", headers=["Expires: 0"]).status == 200
    if mode == 2:
        server.rpc("ul.flush")
    assert server.rpc("ul.db_contacts", "location") == 0


@pytest.mark.parametrize("mode", [1, 2, 3])
def test_locations_survive_a_restart(serve, tmp_path, mode):
    path = tandem.make_database(tmp_path / "t.db")
    locations_survive(serve, tmp_path, mode, f"sqlite://{path}")
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT COUNT(*) FROM location").fetchone() == (0,)


@pytest.mark.parametrize("mode", [1, 2, 3])
def test_locations_survive_in_postgresql(serve, tmp_path, mode):
    with postgres.server() as (port, _):
        postgres.load(port, tandem.ROOT / "share/schema/postgres/standard.sql")
        locations_survive(serve, tmp_path, mode, f"postgres://tandem@127.0.0.1:{port}/tandem",
                          'loadmodule "db_postgres.so"')


def test_write_back_is_written_by_the_timer(serve, tmp_path):
    path = tandem.make_database(tmp_path / "t.db")
    server = serve(f'modparam("usrloc", "db_mode", 2)\nmodparam("usrloc", "db_url", "sqlite://{path}")')
    alice = phone.Phone(server.port)
    alice.register(f"<{alice.contact}>")

    def stored():
        with sqlite3.connect(path) as db:
            return db.execute("SELECT contact FROM location").fetchall()

    tandem.until(lambda: stored() == [(alice.contact,)], 10, "the row")
    alice.register(f"<{alice.contact}>;expires=0")
    tandem.until(lambda: stored() == [], 10, "the row's end")


def test_state_outlives_a_reload(serve):
    server = serve()
    alice = phone.Phone(server.port)
    alice.register(f"<{alice.contact}>")
    server.config.write_text(config('modparam("registrar", "max_expires", 50)'))
    server.rpc("config.reload")
    assert set(alice.register().contacts()) == {alice.contact}
    assert alice.register(f"<{alice.contact}>").contacts()[alice.contact]["expires"] == "50"
