# SPDX-License-Identifier: BSD-2-Clause
"""Digest authentication against a table, and what scripts read from databases."""
import hashlib
import sqlite3

import phone
import pytest
import tandem

CONFIG = """
debug=0
auto_aliases=no
loadmodule "db_sqlite.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
loadmodule "alias_db.so"
loadmodule "speeddial.so"
loadmodule "domain.so"
loadmodule "permissions.so"
loadmodule "sqlops.so"
modparam("auth_db|alias_db|speeddial|domain|permissions", "db_url", "URL")
modparam("sqlops", "sqlcon", "ca=>URL")
modparam("auth_db", "load_credentials", "$avp(mail)=email")
modparam("permissions", "db_mode", 1)
modparam("permissions", "peer_tag_avp", "$avp(tag)")
PARAMETERS

request_route {
	if (is_method("OPTIONS")) {
		$var(code) = auth_check("$fd", "subscriber", "1");
		if ($var(code) < 0) {
			xlog("L_ERR", "code $var(code)\\n");
			auth_challenge("$fd", "1");
			exit;
		}
		if (consume_credentials()) sl_send_reply("200", "OK $au $avp(mail)");
		exit;
	}
	if (is_method("MESSAGE")) {
		if ($rU == "10") sd_lookup("speed_dial");
		else alias_db_lookup("dbaliases");
		if (is_domain_local("$rd")) $var(where) = "local";
		else $var(where) = "remote";
		sl_send_reply("480", "$ru $var(where)");
		exit;
	}
	if (is_method("INFO")) {
		allow_source_address("1");
		$var(a) = $rc;
		$var(g) = allow_address_group("10.1.2.3", "5060");
		allow_trusted();
		sl_send_reply("480", "$var(a) $var(g) $rc $avp(tag)");
		exit;
	}
	sql_query("ca", "SELECT username, email FROM subscriber ORDER BY id", "r");
	$var(rc) = $rc;
	sql_query("ca", "UPDATE subscriber SET email='y' WHERE username='bob'");
	$var(n) = $sqlrows(ca);
	$var(i) = 1;
	sql_pvquery("ca", "SELECT 'it''s', 7", "$var(x), $avp(y)");
	sl_send_reply("480", "$var(rc) $dbr(r=>rows) $dbr(r=>cols) $dbr(r=>colname[1]) $dbr(r=>[$var(i),0]) $var(n) $var(x) $avp(y) $(fU{sql.val})");
}
"""


@pytest.fixture
def serve(tmp_path):
    path = tandem.make_database(tmp_path / "t.db")
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE subscriber ADD COLUMN email VARCHAR(64)")
        for user in ("alice", "bob"):
            ha1 = phone.md5(f"{user}:127.0.0.1:secret")
            if user == "bob":
                ha1 = hashlib.sha256(f"{user}:127.0.0.1:secret".encode()).hexdigest()
            db.execute("INSERT INTO subscriber (username, domain, password, ha1, email) "
                       "VALUES (?, '127.0.0.1', 'secret', ?, 'x')", (user, ha1))
        db.execute("INSERT INTO dbaliases (alias_username, alias_domain, username, domain) "
                   "VALUES ('al', 'h', 'alice', 'local.example')")
        db.execute("INSERT INTO speed_dial (username, domain, sd_username, sd_domain, new_uri) "
                   "VALUES ('alice', 'd', '10', 'd', 'sip:bob@far.example')")
        db.execute("INSERT INTO domain (domain) VALUES ('local.example')")
        db.execute("INSERT INTO address (grp, ip_addr, mask) VALUES (1, '127.0.0.1', 32), "
                   "(7, '10.0.0.0', 8)")
        db.execute("INSERT INTO trusted (src_ip, proto, from_pattern, tag) "
                   "VALUES ('127.0.0.1', 'any', '^sip:alice@', 'known')")
    started = []

    def start(parameters=""):
        server = tandem.Server(tmp_path, CONFIG.replace("URL", f"sqlite://{path}").replace(
            "PARAMETERS", parameters))
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


def code_of(server):
    return server.log_text().split("code ")[-1].split()[0]


def test_lets_in_who_knows_the_password(serve):
    server = serve()
    alice = phone.Phone(server.port)
    challenge = alice.request("OPTIONS")
    assert challenge.status == 407
    answer = alice.request("OPTIONS", headers=[alice.credentials(challenge, "OPTIONS", "secret")])
    assert (answer.status, answer.reason) == (200, "OK alice x")


@pytest.mark.parametrize("user, password, code", [
    ("alice", "wrong", "-2"), ("carol", "secret", "-3"), ("alice", None, "-5")])
def test_tells_why_not(serve, user, password, code):
    server = serve()
    alice = phone.Phone(server.port, user)
    answer = alice.request("OPTIONS")
    if password:
        answer = alice.request("OPTIONS",
                               headers=[alice.credentials(answer, "OPTIONS", password)])
    assert answer.status == 407
    assert code_of(server) == code


def test_does_not_take_one_user_for_another(serve):
    server = serve()
    bob = phone.Phone(server.port, "bob")
    challenge = bob.request("OPTIONS")
    header = bob.credentials(challenge, "OPTIONS", "secret", user="alice")
    assert bob.request("OPTIONS", headers=[header]).status == 407
    assert code_of(server) == "-8"


def test_says_stale_for_a_nonce_that_is_not_its_own(serve):
    server = serve()
    alice = phone.Phone(server.port)
    challenge = alice.request("OPTIONS")
    challenge.text = challenge.text.replace('nonce="', 'nonce="0')
    challenge.lines = challenge.text.split("\r\n")[1:]
    answer = alice.request("OPTIONS", headers=[alice.credentials(challenge, "OPTIONS", "secret")])
    assert "stale=true" in answer.header("Proxy-Authenticate")
    assert code_of(server) == "-4"


def test_counts_uses_of_a_nonce(serve):
    server = serve('modparam("auth", "nonce_count", 1)')
    alice = phone.Phone(server.port)
    challenge = alice.request("OPTIONS")

    def use(nc):
        return alice.request("OPTIONS", headers=[
            alice.credentials(challenge, "OPTIONS", "secret", nc=nc)]).status

    assert [use(nc) for nc in ("00000001", "00000001", "00000003", "00000002", "00000004")] == \
        [200, 407, 200, 407, 200]
    assert code_of(server) == "-6"


def test_lets_a_nonce_be_used_once(serve):
    server = serve('modparam("auth", "one_time_nonce", 1)')
    alice = phone.Phone(server.port)
    header = alice.credentials(alice.request("OPTIONS"), "OPTIONS", "secret")
    assert alice.request("OPTIONS", headers=[header]).status == 200
    assert alice.request("OPTIONS", headers=[header]).status == 407
    assert code_of(server) == "-6"


def test_speaks_sha_256(serve):
    server = serve('modparam("auth", "algorithm", "SHA-256")')
    bob = phone.Phone(server.port, "bob")
    challenge = bob.request("OPTIONS")
    assert "algorithm=SHA-256" in challenge.header("Proxy-Authenticate")
    assert bob.request("OPTIONS",
                       headers=[bob.credentials(challenge, "OPTIONS", "secret")]).status == 200


def test_finds_aliases_short_numbers_and_local_domains(serve):
    alice = phone.Phone(serve().port)
    assert alice.request("MESSAGE", "sip:al@h").reason == "sip:alice@local.example local"
    assert alice.request("MESSAGE", "sip:10@h").reason == "sip:bob@far.example remote"
    assert alice.request("MESSAGE", "sip:other@h").reason == "sip:other@h remote"


def test_knows_addresses_and_trusted_peers(serve):
    server = serve()
    assert phone.Phone(server.port).request("INFO").reason == "1 7 1 known"
    assert phone.Phone(server.port, "bob").request("INFO").reason == "1 7 -1 <null>"
    server.rpc("permissions.addressReload")
    assert server.rpc("permissions.subnetDump")[0]["item"]["ip"] == "10.0.0.0"


def test_asks_databases_from_scripts(serve):
    alice = phone.Phone(serve().port)
    assert alice.request("NOTIFY").reason == "1 2 2 email bob 1 it's 7 'alice'"
