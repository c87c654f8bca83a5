# SPDX-License-Identifier: BSD-2-Clause
"""A reload whose parameters name another table: domains and addresses are read from it."""
import sqlite3

import sip
import tandem

CONFIG = """#!KAMAILIO
debug=1
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "db_sqlite.so"
loadmodule "domain.so"
loadmodule "permissions.so"
modparam("domain", "db_url", "sqlite://PATH")
modparam("domain", "domain_table", "DOMAINS")
modparam("permissions", "db_url", "sqlite://PATH")
modparam("permissions", "address_table", "ADDRESSES")
request_route {
	$var(r) = "";
	if (is_domain_local("one.example")) $var(r) = $var(r) + "d1";
	if (is_domain_local("two.example")) $var(r) = $var(r) + "d2";
	if (allow_address("1", "192.0.2.1", "0")) $var(r) = $var(r) + "a1";
	if (allow_address("1", "192.0.2.2", "0")) $var(r) = $var(r) + "a2";
	sl_send_reply("200", "$var(r)");
}
"""


def test_other_tables_are_read_by_a_reload(start, folder):
    path = tandem.make_database(folder / "t.db")
    with sqlite3.connect(path) as db:
        for table, names in (("domain", "domains2"), ("address", "addresses2")):
            db.execute(f"CREATE TABLE {names} AS SELECT * FROM {table}")
            db.execute(f"INSERT INTO version (table_name, table_version) SELECT '{names}', table_version FROM version "
                       f"WHERE table_name = '{table}'")
        for table, n, word in (("domain", 1, "one"), ("domains2", 2, "two")):
            db.execute(f"INSERT INTO {table} (id, domain, did) VALUES ({n}, '{word}.example', 'x')")
        for table, n in (("address", 1), ("addresses2", 2)):
            db.execute(f"INSERT INTO {table} (id, grp, ip_addr, mask, port) "
                       f"VALUES ({n}, 1, '192.0.2.{n}', 32, 0)")

    def text(domains, addresses):
        return CONFIG.replace("PATH", str(path)).replace("DOMAINS", domains).replace(
            "ADDRESSES", addresses)

    server = start(text("domain", "address"))
    with sip.Udp(server.port) as phone:
        def told():
            got = phone.ask(sip.request("OPTIONS", "sip:a@127.0.0.1", port=phone.port))
            return got.split(b"\r\n")[0].decode().split(" ", 2)[2]
        assert told() == "d1a1"
        server.config.write_text(text("domains2", "addresses2"))
        server.rpc("config.reload")
        tandem.until(lambda: told() == "d2a2", 5, "the other tables")
