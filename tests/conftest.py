# SPDX-License-Identifier: BSD-2-Clause
"""What the tests with real processes share. A missing program is a failure, never a skip.

TANDEM_BUILD   the build directory (default build/)
TANDEM_FULL=1  the load tests with the full figures instead of a short run"""
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop"))

import tandem  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.has_failed = True
        folder = item.funcargs.get("folder")
        for log in sorted(folder.glob("*.log")) if folder and folder.exists() else ():
            report.sections.append((log.name, log.read_text(errors="replace")[-6000:]))


@pytest.fixture
def folder(request):
    """A short path, for unix sockets are bound to 108 bytes; kept when the test fails."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="tandem-interop-", dir="/tmp"))
    yield path
    if getattr(request.node, "has_failed", False):
        print(f"kept: {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(folder):
    """start(configuration, *options): a running server that ends with the test."""
    running = []

    def begin(*args, **options):
        server = tandem.Server(folder, *args, **options)
        running.append(server)
        server.start()
        return server

    yield begin
    for server in reversed(running):
        server.stop()
