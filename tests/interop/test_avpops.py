# SPDX-License-Identifier: BSD-2-Clause
"""AVPs in databases: avpops over SQLite and over PostgreSQL."""
import pathlib

import phone
import postgres
import pytest
import tandem

SCHEMA = pathlib.Path(__file__).parents[2] / "share" / "schema" / "postgres"

CONFIG = """
debug=0
auto_aliases=no
loadmodule "DRIVER.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "avpops.so"
modparam("avpops", "db_url", "URL")
modparam("avpops", "avp_table", "usr_preferences")
modparam("avpops", "use_domain", DOMAIN)
modparam("avpops", "db_scheme", "quota:table=subscriber;username_col=username;domain_col=domain;value_col=id;value_type=integer")

request_route {
	route($hdr(X-Do));
	append_to_reply("X-Code: $rc\\r\\n");
	append_to_reply("X-Got: $(avp(color)[0])|$(avp(color)[1])|$(avp(color)[2])|$avp(age)|$avp(i:12)\\r\\n");
	sl_send_reply("200", "OK");
}
route[store] {
	$avp(s:color) = "red"; $avp(s:color) = "blue";
	avp_db_store("$fu", "$avp(s:color)");
}
route[store_all] {
	$avp(age) = 42; $avp(i:12) = "twelve"; $avp(color) = "green";
	avp_db_store("$hdr(X-Uuid)", "a");
}
route[store_none] { avp_db_store("$fu", "$avp(s:color)"); }
route[load] { avp_db_load("$fu", "$avp(s:color)"); }
route[load_user] { avp_db_load("$fu/username", "$avp(s:color)"); }
route[load_uuid] { avp_db_load("$hdr(X-Uuid)", "a"); }
route[load_texts] { avp_db_load("$hdr(X-Uuid)/uuid", "s"); }
route[load_numbers] { avp_db_load("$hdr(X-Uuid)/uuid", "i"); }
route[load_scheme] { avp_db_load("$fu", "$avp(s:age)/$quota"); }
route[load_elsewhere] { avp_db_load("$fu", "$avp(s:color)/no_table"); }
route[delete] { avp_db_delete("$fu", "$avp(s:color)"); }
route[delete_numbers] { avp_db_delete("$hdr(X-Uuid)", "i"); }
route[query] { avp_db_query("select attribute, type from usr_preferences where uuid='$hdr(X-Uuid)' order by attribute desc", "$avp(color);$avp(age)"); }
route[query_first] { avp_db_query("select 'one', 2"); $avp(color) = $avp(i:1); $avp(age) = $avp(i:2); return $avp(i:2) - 1; }
route[query_none] { avp_db_query("select attribute from usr_preferences where uuid='nobody'", "$avp(color)"); }
route[query_wrong] { avp_db_query("select nonsense from nowhere"); }
"""

NOTHING = "<null>|<null>|<null>|<null>|<null>"
STEPS = [  # route, user, uuid, $rc, what the AVPs are then
    ("load", "alice", "-", "-1", NOTHING),
    ("store_none", "alice", "-", "-1", NOTHING),
    ("store", "alice", "-", "1", "blue|red|<null>|<null>|<null>"),
    ("load", "alice", "-", "1", "red|blue|<null>|<null>|<null>"),
    ("load", "bob", "-", "-1", NOTHING),
    ("load_user", "alice", "-", "1", "red|blue|<null>|<null>|<null>"),
    ("store_all", "alice", "u1", "1", "green|<null>|<null>|42|twelve"),
    ("load_uuid", "bob", "u1", "1", "green|<null>|<null>|42|twelve"),
    ("load_texts", "bob", "u1", "1", "green|<null>|<null>|42|<null>"),
    ("load_numbers", "bob", "u1", "1", "<null>|<null>|<null>|<null>|twelve"),
    ("query", "bob", "u1", "1", "color|age|12|0|<null>"),
    ("query_none", "bob", "u1", "-2", NOTHING),
    ("query_first", "bob", "u1", "1", "one|<null>|<null>|2|<null>"),
    ("query_wrong", "bob", "u1", "-1", NOTHING),
    ("delete_numbers", "bob", "u1", "1", NOTHING),
    ("load_uuid", "bob", "u1", "1", "green|<null>|<null>|42|<null>"),
    ("load_scheme", "carol", "-", "1", "<null>|<null>|<null>|7|<null>"),
    ("load_scheme", "bob", "-", "-1", NOTHING),
    ("load_elsewhere", "alice", "-", "-1", NOTHING),
    ("delete", "alice", "-", "1", NOTHING),
    ("load", "alice", "-", "-1", NOTHING),
    ("load_uuid", "bob", "u1", "1", "green|<null>|<null>|42|<null>"),
]


def sql_of_carol():
    return ("INSERT INTO subscriber (id, username, domain, password) "
            "VALUES (7, 'carol', 'example.org', 'x');")


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def database(request, tmp_path_factory):
    """(driver, URL) of a database with the tables."""
    folder = tmp_path_factory.mktemp("avpops")
    (folder / "carol.sql").write_text(sql_of_carol())
    if request.param == "sqlite":
        import sqlite3  # pylint: disable=import-outside-toplevel
        path = tandem.make_database(folder / "avpops.db", "usr_preferences")
        with sqlite3.connect(path) as db:
            db.execute(sql_of_carol())
        yield "db_sqlite", f"sqlite://{path}"
        return
    with postgres.server() as (port, _):
        folder.chmod(0o755)
        for path in (SCHEMA / "standard.sql", SCHEMA / "usr_preferences.sql", folder / "carol.sql"):
            postgres.load(port, path)
        yield "db_postgres", f"postgres://tandem@127.0.0.1:{port}/tandem"


@pytest.mark.parametrize("domain", [1, 0])
def test_loads_stores_and_deletes(database, domain, tmp_path):
    driver, url = database
    text = CONFIG.replace("DRIVER", driver).replace("URL", url).replace("DOMAIN", str(domain))
    server = tandem.Server(tmp_path, text)
    server.start()
    wrong = []
    try:
        for step, user, uuid, code, got in STEPS:
            client = phone.Phone(server.port, user=user, domain="example.org")
            answer = client.request("OPTIONS", headers=[f"X-Do: {step}", f"X-Uuid: {uuid}{domain}"])
            client.close()
            if (answer.header("X-Code"), answer.header("X-Got")) != (code, got):
                wrong.append((step, answer.header("X-Code"), answer.header("X-Got"), code, got))
        assert not wrong, server.log_text()[-2000:]
    finally:
        server.stop()


def test_says_what_is_wrong_with_a_configuration(tmp_path):
    for number, (line, words) in enumerate([
            ('avp_db_load("$fu/nobody", "$avp(x)");', "/username"),
            ('avp_db_load("sip:a@b/nobody", "$avp(x)");', "/username"),
            ('avp_db_load("$fu", "x");', "$avp(name)"),
            ('avp_db_load("$fu", "s/$quota");', "one AVP"),
            ('avp_db_store("$fu", "$avp(x)/$quota");', "only be loaded"),
            ('avp_db_delete("$fu", "$avp(x)/$quota");', "only be loaded"),
            ('avp_db_query("select 1", "$var(x)");', "$avp(name)")]):
        path = tmp_path / f"{number}.cfg"
        path.write_text('loadmodule "pv.so"\nloadmodule "avpops.so"\n'
                        f"request_route {{\n\t{line}\n}}\n")
        code, said = tandem.check(path)
        assert code != 0 and ":4:" in said and words in said, said
    path = tmp_path / "scheme.cfg"
    path.write_text('loadmodule "avpops.so"\nmodparam("avpops", "db_scheme", "x:table=y")\n'
                    "request_route { exit; }\n")
    code, said = tandem.check(path)
    assert code != 0 and "db_scheme" in said, said
