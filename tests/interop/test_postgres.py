# SPDX-License-Identifier: BSD-2-Clause
"""db_postgres against a real server: over TCP, and over its unix socket."""
import os
import pathlib
import subprocess

import postgres
import pytest

BUILD = pathlib.Path(os.environ.get("TANDEM_BUILD",
                                    pathlib.Path(__file__).parents[2] / "build")).resolve()
PROGRAM = BUILD / "tests" / "test_modules_db_postgres_db_postgres"

pytestmark = [
    pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed"),
    pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built"),
]


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
