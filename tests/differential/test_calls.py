# SPDX-License-Identifier: BSD-2-Clause
"""The same calls through the packaged server and through Tandem, with one configuration: every peer
receives the same, in the same order, but for what call_differences.tsv lists.

By hand: `python3 test_calls.py [--other] [part of a dialogue's name]` prints what differs."""
import fnmatch
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import cases
import dialogues
import peers
import servers

try:
    import pytest
except ImportError:  # by hand
    pytest = None

HERE = pathlib.Path(__file__).parent
AGAIN = 2
PROBE = ("OPTIONS sip:stateless@server.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch="
         "z9hG4bKp{n}\r\nFrom: <sip:p@p>;tag=p\r\nTo: <sip:p@p>\r\nCall-ID: p{n}\r\nCSeq: 1 OPTIONS"
         "\r\nX-Bob: 127.0.0.1\r\nMax-Forwards: 9\r\nContent-Length: 0\r\n\r\n")


class Server:
    def __init__(self, kind, port, other):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"differential-{kind}-"))
        command = [str(servers.TANDEM), "-n", "2"] if kind == "tandem" else \
            [servers.PACKAGED, "-m", "64", "-M", "16"]
        if other:
            command += ["-A", "OTHER"]
        self.log = (self.folder / "log").open("wb")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [*command, "-f", str(HERE / "calls.cfg"), "-l", f"udp:127.0.0.1:{port}", "-DD", "-E",
             "-Y", str(self.folder)], stderr=self.log, stdout=self.log, start_new_session=True)
        self.port = port

    def wait(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            s.settimeout(0.1)
            for n in range(100):
                s.sendto(PROBE.format(port=s.getsockname()[1], n=n).encode(),
                         ("127.0.0.1", self.port))
                try:
                    s.recv(4096)
                    return
                except (TimeoutError, ConnectionRefusedError):
                    assert self.process.poll() is None, self.text()
                    time.sleep(0.05)
        raise AssertionError(f"it does not answer:\n{self.text()}")

    def text(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stop(self):
        alive = self.process.poll() is None
        if alive:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        text = self.text()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert alive, f"the server died:\n{text}"


def play(chosen, other=False):
    """[(name, what the packaged server caused, what Tandem caused)]"""
    chosen = [peers.Dialogue(name, steps) for name, steps in dialogues.ALL if chosen(name)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    results = []
    for kind in ("packaged", "tandem"):
        server = Server(kind, port, other)
        try:
            server.wait()
            results.append(peers.run_all(chosen, port))
        finally:
            server.stop()
    return [(d.name, results[0][d.name], results[1][d.name]) for d in chosen]


def intended(other):
    """(dialogue, path, reason), both patterns; a path is peer/number:method/header. What differs
    only with the other parameters stands in a file of its own."""
    files = ["call_differences.tsv"] + ["call_differences_other.tsv"] * other
    return [tuple(row[:3]) for f in files for row in cases.rows(HERE / f)]


def differences(theirs, ours):
    """(path, theirs, ours) of all that differs."""
    for name in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(name), ours.get(name)
        if name == "problem" or a is None or b is None:
            if a != b:
                yield name, a, b
            continue
        lines = [[m[0] for m in x] for x in (a, b)]
        if lines[0] != lines[1]:
            yield name, *lines
            continue
        for i, (x, y) in enumerate(zip(a, b)):
            where = f"{name}/{i + 1}:{x[0].split(' ')[0]}"
            for header in sorted(set(x[1]) | set(y[1])):
                if x[1].get(header) != y[1].get(header):
                    yield f"{where}/{header}", x[1].get(header), y[1].get(header)
            if x[2] != y[2]:
                yield f"{where}/body", x[2], y[2]


def look(compared, listed):
    """{name: the differences that nobody listed}, and the rows that were of use."""
    seen, wrong = set(), {}
    for name, theirs, ours in compared:
        for path, a, b in differences(theirs, ours):
            reasons = [row for row in listed if fnmatch.fnmatchcase(name, row[0]) and
                       fnmatch.fnmatchcase(path, row[1])]
            seen.update(reasons)
            if not reasons:
                wrong.setdefault(name, []).append((path, a, b))
    return wrong, seen


def judge(part="", other=False):
    """All dialogues, the differences that nobody listed, and the listed ones that are none. What
    differs is played again: messages that follow each other closely may overtake each other in the
    processes of the packaged server, and only what always differs is a difference."""
    listed = intended(other)
    compared = play(lambda name: part in name, other)
    wrong, seen = look(compared, listed)
    for _ in range(AGAIN):
        if wrong:
            still, _ = look(play(wrong.__contains__, other), listed)
            wrong = {name: found for name, found in still.items() if name in wrong}
    told = [(name, *found) for name in wrong for found in wrong[name]]
    return compared, told, [row[:2] for row in listed if row not in seen]


if pytest:
    @pytest.mark.parametrize("other", (False, True), ids=("usual", "other"))
    def test_every_peer_receives_the_same(other):
        assert servers.PACKAGED, "the packaged server is missing"
        compared, wrong, stale = judge("", other)
        told = "\n".join(f"{n} {p}\n  packaged: {json.dumps(a)}\n  tandem:   {json.dumps(b)}"
                         for n, p, a, b in wrong)
        assert len(compared) >= 60
        assert not wrong, f"{len(wrong)} differences:\n{told}"
        assert not stale or other, f"listed in call_differences.tsv, but the same: {stale}"


def main():
    began = time.monotonic()
    other = "--other" in sys.argv
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    compared, wrong, stale = judge(names[0] if names else "", other)
    for name, path, a, b in wrong:
        print(f"{name} {path}\n  packaged: {json.dumps(a)}\n  tandem:   {json.dumps(b)}")
    print(f"{len(compared)} dialogues, {len(wrong)} differences, stale: {stale}, "
          f"{time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
