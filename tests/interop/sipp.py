# SPDX-License-Identifier: BSD-2-Clause
"""SIPp as caller and as the side that answers."""
import contextlib
import csv
import pathlib
import socket
import subprocess

import tandem

HERE = pathlib.Path(__file__).resolve().parent
SCENARIOS = HERE / "sipp"


class Sipp:
    """One SIPp process. `options` are more of its own options."""

    def __init__(self, folder, scenario, *options, calls=1, target=None, rate=10, port=None,
                 transport="u1", seconds=60):
        self.port = port or tandem.free_port()
        self.stem = folder / f"sipp{self.port}"
        self.seconds = seconds
        self.calls = calls
        self.is_caller = target is not None
        command = [tandem.program("sipp"), "-sf", str(SCENARIOS / scenario), "-i", "127.0.0.1",
                   "-p", str(self.port), "-t", transport, "-nostdin", "-m", str(calls),
                   "-timeout", str(seconds), "-timeout_error", "-trace_err", "-error_file",
                   f"{self.stem}.err.log", "-trace_stat", "-stf", f"{self.stem}.csv", "-fd", "1",
                   "-max_socket", "4000", *map(str, options)]
        if target:
            command += [f"127.0.0.1:{target}", "-r", str(rate)]
        self.command = command
        self.process = None

    def __enter__(self):
        with open(f"{self.stem}.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=log,
                                            cwd=self.stem.parent)
        if not self.is_caller:
            tandem.until(self._is_bound, 10, f"SIPp on port {self.port}")
        return self

    def _is_bound(self):
        assert self.process.poll() is None, f"SIPp ended: {self.errors()}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if "u1" in self.command else
                           socket.SOCK_STREAM) as s:
            try:
                s.bind(("127.0.0.1", self.port))
            except OSError:
                return True
        return False

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait(self):
        return self.process.wait(self.seconds + 15)

    def errors(self):
        with contextlib.suppress(OSError):
            return pathlib.Path(f"{self.stem}.err.log").read_text(errors="replace")[-3000:]
        return ""

    def numbers(self):
        """The last line of SIPp's statistics, cumulative counters as integers."""
        with open(f"{self.stem}.csv", newline="") as f:
            rows = list(csv.reader(f, delimiter=";"))
        last = dict(zip(rows[0], rows[-1]))
        return {name[:-3]: int(value) for name, value in last.items()
                if name.endswith("(C)") and value.isdigit()}

    def succeeds(self, retransmissions=0):
        """Waits for the end: every call went well, with at most so many retransmissions."""
        code = self.wait()
        n = self.numbers()
        assert code == 0 and n["FailedCall"] == 0 and n["SuccessfulCall"] == self.calls, \
            f"SIPp ended with {code}, {n}\n{self.errors()}"
        assert n["Retransmissions"] <= retransmissions, n
        return n


def response_times(caller):
    """Milliseconds that SIPp wrote with -trace_rtt."""
    out = []
    for path in caller.stem.parent.glob(f"*_{caller.process.pid}_rtt.csv"):
        for line in path.read_text().splitlines()[1:]:
            out.append(float(line.split(";")[1]))
    return sorted(out)


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]
