#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Twice the load that a server can carry: how many calls it still completes, and what becomes of the
rest. One worker on processor 0, which --spin busy loops share so that the caller on processor 1 has
time to spare. Both run the same stateful proxy; prints a table."""
import argparse
import pathlib
import subprocess
import tempfile

from compare import Server, call, cpu_seconds, free_ports

ON_SERVER, ON_CALLER = ("taskset", "-c", "0"), ("taskset", "-c", "1")


class Spinners:
    """Busy loops beside the server."""

    def __init__(self, n):
        self.processes = [subprocess.Popen([*ON_SERVER, "sh", "-c", "while :; do :; done"])
                          for _ in range(n)]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def run(kind, rate, options, folder):
    """Calls completed a second while `rate` were offered, and the caller's sums."""
    ports = free_ports(1)
    server = Server(kind, "proxy.cfg", ports, folder, 1, ON_SERVER)
    spinners = Spinners(options.spin)
    try:
        before = cpu_seconds(server.process.pid)
        sums = call(server.port, ports, "--rate", rate, "--seconds", options.seconds,
                    prefix=ON_CALLER)
        sums["cpu"] = cpu_seconds(server.process.pid) - before
    finally:
        spinners.stop()
        server.stop()
    return sums["completed"] / options.seconds, sums


def best(kind, options, folder):
    """The rate at which most calls complete, none of them refused or lost and nearly none
    repeated."""
    rate, found = options.start, 0
    while True:
        completed, sums = run(kind, rate, options, folder)
        if sums["completed"] < 0.99 * sums["offered"] or \
           sums["retransmissions"] > 0.05 * sums["offered"]:
            return max(found, 1)
        found = completed
        rate = int(rate * 1.25)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spin", type=int, default=3)
    parser.add_argument("--start", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", action="append", choices=["kamailio", "tandem"])
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-overload-"))
    print("| server | best, calls/s | offered | completed, of the best | refused with 503 and "
          "Retry-After | lost | set-up ms, median | 99 % |\n|---|---|---|---|---|---|---|---|")
    for kind in options.server or ["kamailio", "tandem"]:
        for _ in range(options.rounds):
            most = best(kind, options, folder)
            completed, sums = run(kind, int(most * 2), options, folder)
            with_header = sums["refused"] - sums["without_retry_after"]
            print(f"| {kind} | {most:.0f} | {most * 2:.0f} | {completed / most:.2f} | "
                  f"{with_header / options.seconds:.0f} | {sums['lost']} | {sums['setup_ms_p50']} | "
                  f"{sums['setup_ms_p99']} |", flush=True)


if __name__ == "__main__":
    main()
