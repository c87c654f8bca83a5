# SPDX-License-Identifier: BSD-2-Clause
"""A private BIND for tests, with a zone and a port of its own, and a slow road to it."""
import contextlib
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import tandem

ZONE = "tandem.test"
HEAD = """$TTL {ttl}
@ IN SOA ns hostmaster {serial} 3600 600 86400 {absent}
@ IN NS ns
ns IN A 127.0.0.1
"""
CONF = """options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    allow-query {{ any; }};
    allow-transfer {{ none; }};
    notify no;
    dnssec-validation no;
    minimal-responses yes;
}};
controls {{ }};
zone "{zone}" {{ type primary; file "{zone}.zone"; }};
zone "broken.test" {{ type primary; file "missing.zone"; }};
"""


def question(name, kind=1):
    """A query as bytes."""
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(
        ">HH", kind, 1)


class Bind:
    """Serves `records`, lines of a zone file. `broken.test` is a zone that fails (SERVFAIL)."""

    def __init__(self, records, ttl=60, absent=2, port=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-dns-", dir="/tmp"))
        self.port = port or tandem.free_port()
        self.serial = 0
        self.ttl, self.absent = ttl, absent
        self._write(records)
        (self.folder / "named.conf").write_text(
            CONF.format(folder=self.folder, port=self.port, zone=ZONE))
        self.process = None

    def _write(self, records):
        self.serial += 1
        head = HEAD.format(ttl=self.ttl, serial=self.serial, absent=self.absent)
        (self.folder / f"{ZONE}.zone").write_text(head + records + "\n")

    def start(self):
        with (self.folder / "named.log").open("ab") as log:
            self.process = subprocess.Popen(
                [tandem.program("named"), "-g", "-n", "1", "-c", self.folder / "named.conf"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        tandem.until(self._serves, 20, f"start of named, see {self.folder}/named.log")

    def _serves(self):
        log = (self.folder / "named.log").read_text(errors="replace")
        assert self.process.poll() is None, log
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            with contextlib.suppress(OSError):
                s.sendto(question(f"ns.{ZONE}"), ("127.0.0.1", self.port))
                return s.recv(512)[3] & 15 == 0
        return False

    def change(self, records):
        """Another zone; returns when it is served."""
        self._write(records + f"\nserial{self.serial + 1} IN A 127.0.0.1")
        self.process.send_signal(signal.SIGHUP)
        name = f"serial{self.serial}.{ZONE}"

        def there():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(0.5)
                s.sendto(question(name), ("127.0.0.1", self.port))
                return s.recv(512)[3] & 15 == 0

        tandem.until(there, 10, "the changed zone")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Road:
    """Passes UDP questions on to a server after `delay` seconds; with delay None, never. Counts
    them by name."""

    def __init__(self, to, delay=0.0):
        self.to, self.delay = to, delay
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        self.socket.settimeout(0.1)
        while not self.ended:
            try:
                data, peer = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.asked.append(self._name(data))
            if self.delay is not None:
                threading.Thread(target=self._pass, args=(data, peer), daemon=True).start()

    @staticmethod
    def _name(data):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode())
            at += 1 + data[at]
        return ".".join(labels).lower()

    def _pass(self, data, peer):
        if self.delay:
            time.sleep(self.delay)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, contextlib.suppress(OSError):
            s.settimeout(2)
            s.sendto(data, ("127.0.0.1", self.to))
            self.socket.sendto(s.recv(4096), peer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()
        self.socket.close()
