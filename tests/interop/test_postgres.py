# SPDX-License-Identifier: BSD-2-Clause
"""db_postgres against a real server: over TCP, and over its unix socket."""
import os
import pathlib
import subprocess
import time

import phone
import postgres
import pytest
import tandem

BUILD = pathlib.Path(os.environ.get("TANDEM_BUILD",
                                    pathlib.Path(__file__).parents[2] / "build")).resolve()
PROGRAM = BUILD / "tests" / "test_modules_db_postgres_db_postgres"


@pytest.fixture(scope="module")
def server():
    with postgres.server() as running:
        yield running


def run(url):
    result = subprocess.run([PROGRAM], env={**os.environ, "TANDEM_TEST_POSTGRES": url},
                            capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "not tested" not in result.stdout


def test_works_over_tcp(server):
    run(f"postgres://tandem:secret@127.0.0.1:{server[0]}/tandem")


def test_works_with_a_name(server):
    run(f"postgres://tandem@localhost:{server[0]}/tandem")


def test_works_over_a_unix_socket(server):
    run(f"postgres:///tandem?host={server[1]}&port={server[0]}&user=tandem")


SLOW = """
debug=0
auto_aliases=no
loadmodule "db_postgres.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "sqlops.so"
modparam("sqlops", "sqlcon", "pg=>postgres://tandem@127.0.0.1:PORT/tandem")

request_route {
	if (is_method("MESSAGE")) sql_query("pg", "SELECT pg_sleep(1)", "r");
	sl_send_reply("200", "OK");
}
"""
QUERIES, OTHERS = 60, 300


def test_a_slow_query_holds_up_nobody_else(server, tmp_path):
    """Sixty queries of a second at once; the time of other requests meanwhile, worst included."""
    proxy = tandem.Server(tmp_path, SLOW.replace("PORT", str(server[0])))
    proxy.start()
    try:
        slow, quick = phone.Phone(proxy.port), phone.Phone(proxy.port)
        begin = time.monotonic()
        for i in range(QUERIES):
            slow.send("MESSAGE", call_id=f"slow{i}")
        times = []
        for i in range(OTHERS):
            start = time.monotonic()
            assert quick.request("OPTIONS", call_id=f"quick{i}").status == 200
            times.append(time.monotonic() - start)
        assert time.monotonic() - begin < 1, "the others were not done before the queries"
        assert all(phone.Answer(slow.socket.recv(65535).decode()).status == 200
                   for _ in range(QUERIES))
        assert time.monotonic() - begin < 5
    finally:
        proxy.stop()
    assert sorted(times)[int(OTHERS * 0.99)] < 0.05
