# SPDX-License-Identifier: BSD-2-Clause
"""One server process at a time on a fixed port: gets messages, gives back what its script logged and
what it forwarded."""
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("TANDEM_BUILD", ROOT / "build")).resolve()
TANDEM = BUILD / "bin" / "tandem"
PACKAGED = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/usr/local/sbin") or ""

MARK = re.compile(rb"@@\[([^|]*)\|((?:(?!@@\[).)*?)\]@@\n", re.DOTALL)


def _udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind(("127.0.0.1", 0))
    return s


class Ends:
    """The sockets around the server: who sends to it, and where it forwards to. The same for both
    servers, so that nothing they say differs by a port."""

    def __init__(self):
        self.client, self.sink = _udp(), _udp()
        with _udp() as free:
            self.server = free.getsockname()[1]
        self.ports = {"client": self.client.getsockname()[1], "sink": self.sink.getsockname()[1],
                      "server": self.server}

    def close(self):
        self.client.close()
        self.sink.close()

    def forwarded(self):
        """What arrived at the sink since the last call; the last packet may still be on its way."""
        found = []
        select.select([self.sink], [], [], 0.1)
        self.sink.setblocking(False)
        try:
            while True:
                found.append(self.sink.recv(65536))
        except BlockingIOError:
            return found


class Refused(Exception):
    """The server does not start with this configuration; `lines` are those it complains about."""

    def __init__(self, kind, said):
        super().__init__(f"{kind} did not start:\n{said[-6000:]}")
        faults = "\n".join(line for line in said.split("\n") if "warning" not in line.lower())
        self.lines = {int(n) for n in re.findall(r"server\.cfg(?::|, line )(\d+)", faults)}


class Crash(Exception):
    """The server is gone, or no longer answers."""


class Server:
    def __init__(self, kind, config, ends):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"differential-{kind}-"))
        self.ends, self.kind, self.fences = ends, kind, 0
        path = self.folder / "server.cfg"
        path.write_text(config)
        command = [str(TANDEM)] if kind == "tandem" else [PACKAGED, "-m", "64", "-M", "256"]
        command += ["-f", str(path), "-l", f"udp:127.0.0.1:{ends.server}", "-DD", "-E", "-Y",
                    str(self.folder)]
        self.command = command
        try:
            self.start()
        except Refused:
            self.stop()
            raise

    def start(self):
        self.output = bytearray()
        self.changed = threading.Condition()
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()
        for _ in range(50):
            if self.process.poll() is not None:
                time.sleep(0.1)
                raise Refused(self.kind, self.text())
            try:
                self.fence(0.2)
                self.output.clear()
                return
            except Crash:
                pass
        raise RuntimeError(f"{self.kind} does not answer:\n" + self.text()[-6000:])

    def text(self):
        return self.output.decode("utf-8", "replace")

    def _read(self):
        stream, changed, output = self.process.stderr, self.changed, self.output
        while chunk := os.read(stream.fileno(), 65536):
            with changed:
                output += chunk
                changed.notify_all()
        with changed:
            changed.notify_all()

    def send(self, message):
        self.ends.client.sendto(message, ("127.0.0.1", self.ends.server))

    def fence(self, seconds=3.0):
        """Waits until all that was sent before has been worked on."""
        self.fences += 1
        self.send(
            f"OPTIONS sip:fence SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.ends.ports['client']};"
            f"branch=z9hG4bKf{self.fences}\r\nFrom: <sip:f@f>;tag=f\r\nTo: <sip:f@f>\r\n"
            f"Call-ID: fence\r\nCSeq: 1 OPTIONS\r\nX-Case: fence\r\nX-Input: {self.fences}\r\n"
            f"Content-Length: 0\r\n\r\n".encode())
        wanted = f"@@[fence|{self.fences}]@@".encode()
        end = time.monotonic() + seconds
        with self.changed:
            while wanted not in self.output:
                left = end - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise Crash()
                self.changed.wait(min(left, 0.2))

    def logged(self):
        """(case, value) of each line marked by the script since the last call."""
        with self.changed:
            found = MARK.findall(bytes(self.output))
            self.output.clear()
        return [(case.decode(), value) for case, value in found if case != b"fence"]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.start()
