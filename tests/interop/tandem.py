# SPDX-License-Identifier: BSD-2-Clause
"""The server under test, as a process of its own on ports of its own."""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TANDEM_BUILD", ROOT / "build")).resolve()
TANDEM = BUILD / "bin" / "tandem"
TANDEMCTL = BUILD / "bin" / "tandemctl"
FULL = os.environ.get("TANDEM_FULL", "0") not in ("", "0")

_given = set()
_serial = itertools.count()


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    assert path, f"{name} is not installed (tools/install_packages.sh test)"
    return path


def free_port():
    """A port that nobody has, neither for UDP nor for TCP, and that was not given before."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as u, socket.socket() as t:
            u.bind(("127.0.0.1", 0))
            port = u.getsockname()[1]
            try:
                t.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
    raise AssertionError("no free port")


def until(condition, seconds=10, what="a condition"):
    """Polls until `condition()` is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def check(path, *options):
    """`tandem -c`: (exit code, everything it said)."""
    done = subprocess.run([TANDEM, "-c", "-f", path, *options], capture_output=True, text=True,
                          timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


def make_database(path, *tables):
    subprocess.run([ROOT / "tools/make_database.sh", path, *tables], check=True,
                   capture_output=True, timeout=30)
    return path


class RpcError(Exception):
    pass


class Server:
    """`config` is the text of a configuration, or the path of one."""

    def __init__(self, folder, config, *options, workers=2, listen=None):
        self.name = f"tandem{next(_serial)}"
        self.folder = folder
        if isinstance(config, pathlib.Path):
            self.config = config
        else:
            self.config = folder / f"{self.name}.cfg"
            self.config.write_text(config)
        self.port = free_port()
        self.rundir = folder / f"{self.name}.run"
        self.rundir.mkdir()
        self.log = folder / f"{self.name}.log"
        if listen is None:
            listen = [f"udp:127.0.0.1:{self.port}", f"tcp:127.0.0.1:{self.port}"]
        self.command = [str(TANDEM), "-f", str(self.config), "-DD", "-E", "-Y", str(self.rundir),
                        "-n", str(workers), *map(str, options)]
        for address in listen:
            self.command += ["-l", address]
        self.process = None
        self.ends_well = True  # whether stop() insists on a clean end

    def start(self):
        assert TANDEM.exists(), f"{TANDEM} is not built"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        until(self._is_ready, 30, f"start of {' '.join(self.command)}")

    def _is_ready(self):
        assert self.alive(), f"did not start:\n{self.log_text()}"
        with contextlib.suppress(OSError):
            return self.rpc("core.uptime") is not None

    def alive(self):
        return self.process.poll() is None

    def log_text(self):
        return self.log.read_text(errors="replace")

    def rpc(self, method, *params, seconds=30):
        request = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 1}
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(seconds)
            s.connect(str(self.rundir / "tandem.sock"))
            s.sendall(json.dumps(request).encode() + b"\n")
            text = b""
            while not text.endswith(b"\n"):
                piece = s.recv(65536)
                if not piece:
                    raise OSError("the control socket was closed")
                text += piece
        answer = json.loads(text)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def ctl(self, *arguments, seconds=30):
        """tandemctl: (exit code, everything it said)."""
        done = subprocess.run([TANDEMCTL, "-s", self.rundir / "tandem.sock", *arguments],
                              capture_output=True, text=True, timeout=seconds, check=False)
        return done.returncode, done.stdout + done.stderr

    def statistics(self):
        """Every statistic as {"group.name": number}."""
        out = {}
        for line in self.rpc("stats.get_statistics", "all"):
            name, value = line.rsplit("=", 1)
            out[name.strip().replace(":", ".", 1)] = int(value)
        return out

    def rss(self):
        """Resident bytes of the process."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def stop(self):
        if not self.process:
            return
        died = self.process.poll()
        if died is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"{self.name} did not stop within 20 s") from None
        finally:
            self.process_ended = True
        assert died is None, f"{self.name} ended by itself with {died}:\n{self.log_text()[-4000:]}"
        if self.ends_well:
            assert code == 0, f"{self.name} ended with {code}:\n{self.log_text()[-4000:]}"
