# SPDX-License-Identifier: BSD-2-Clause
"""A private PostgreSQL server for tests: own data, own port, gone afterwards."""
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

USER = "tandem"


def programs():
    """The folder of initdb and postgres."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if found:
        return pathlib.Path(found[-1]).parent
    path = shutil.which("initdb")
    assert path, "PostgreSQL is not installed (tools/install_packages.sh test)"
    return pathlib.Path(path).parent


def _as_user(command):
    """PostgreSQL refuses to run as root: then as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return command
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups",
                *command]
    raise RuntimeError("no user to run PostgreSQL as")


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def server(connections=100):
    """Yields (port, socket folder) of a running server with user and database `tandem`."""
    bin_folder = programs()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    port = _free_port()
    subprocess.run(_as_user([bin_folder / "initdb", "-D", data, "-U", USER, "-A", "trust",
                             "--no-sync", "-E", "UTF8", "--locale=C"]),
                   check=True, capture_output=True, cwd="/")
    process = subprocess.Popen(
        _as_user([bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder,
                  "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                  "-c", f"max_connections={connections}"]),
        stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"), cwd="/")
    try:
        for _ in range(100):
            if subprocess.run([bin_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)],
                              check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise RuntimeError((folder / "log").read_text())
        subprocess.run([bin_folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER,
                        USER], check=True, cwd="/")
        yield port, folder
    finally:
        process.send_signal(signal.SIGINT)  # does not wait for clients
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def load(port, path):
    """Runs a file of SQL in the server's database."""
    subprocess.run([programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                    str(port), "-U", USER, "-d", USER, "-f", path], check=True, cwd="/")
