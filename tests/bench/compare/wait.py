#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What transactions cost that only wait for late messages: processor time per message beside none and
beside many of them, and whether their memory comes back when they end. Prints a table."""
import argparse
import pathlib
import re
import subprocess
import tempfile
import time

from compare import Server, call, cpu_seconds, free_ports, memory_bytes

FILL_RATE = 8000


def live(control):
    """Transactions in memory."""
    out = subprocess.run(["kamcmd", "-s", f"unix:{control}", "tm.stats"], check=True,
                         capture_output=True, text=True).stdout
    return int(re.search(r"current: (\d+)", out).group(1))


def cost(server, ports, options):
    """Microseconds of processor time per MESSAGE."""
    before = cpu_seconds(server.process.pid)
    sums = call(server.port, ports, "--message", "--rate", options.rate, "--seconds",
                options.seconds)
    return (cpu_seconds(server.process.pid) - before) / sums["completed"] * 1e6


def measure(kind, options, folder):
    ports, control = free_ports(1), folder / f"{kind}.ctl"
    wait = options.wait or int(options.transactions / FILL_RATE) * 2 + 30
    server = Server(kind, "wait.cfg", ports, folder, 2,
                    words=[("WAIT_MS", wait * 1000), ("CONTROL", control)])
    try:
        empty, at_first = cost(server, ports, options), memory_bytes(server.process.pid)
        filled = time.time()
        call(server.port, ports, "--message", "--rate", FILL_RATE, "--seconds",
             -(-options.transactions // FILL_RATE))
        waiting = live(control)
        full, at_most = cost(server, ports, options), memory_bytes(server.process.pid)
        still = live(control)
        time.sleep(max(0, filled + 2 * wait + 10 - time.time()))
        left, at_last = live(control), memory_bytes(server.process.pid)
    finally:
        server.stop()
    return (f"| {kind} | {waiting} to {still} | {empty:.1f} | {full:.1f} | {full / empty:.2f} | "
            f"{at_first >> 20} | {at_most >> 20} | {at_last >> 20} | {left} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transactions", type=int, default=200000)
    parser.add_argument("--rate", type=int, default=1500)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--wait", type=int, default=0, help="seconds; 0: as long as it takes")
    parser.add_argument("--server", action="append", choices=["kamailio", "tandem"])
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-wait-"))
    print("| server | waiting | us per message, none waiting | all waiting | ratio | MB before | "
          "at most | after | left |\n|---|---|---|---|---|---|---|---|---|")
    for kind in options.server or ["kamailio", "tandem"]:
        print(measure(kind, options, folder), flush=True)


if __name__ == "__main__":
    main()
