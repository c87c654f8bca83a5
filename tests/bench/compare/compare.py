#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tandem and the packaged Kamailio side by side: processor time per call, memory per item.

Both run the same configuration with two workers, in turn, on loopback; SIPp is the load. A round is
one server's run of one scenario; figures are medians over the rounds. Prints a table, and writes
JSON with every round. The floor moves the same packets with nothing but system calls.
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
CALLER = "caller"  # tests/bench/caller.c is the load, with four answering sides
SCENARIOS = {  # name: configuration, load, answering side, limit of the ratio
    "stateful proxy": ("proxy.cfg", "call.xml", "answer.xml", 0.5),
    "parallel fork to 4": ("fork.cfg", CALLER, None, 0.5),
    "stateless forward": ("forward.cfg", "message.xml", "message_answer.xml", 0.6),
    "REGISTER in memory": ("register.cfg", "register.xml", None, 0.6),
    "stateless reply": ("reply.cfg", "message.xml", None, 0.7),
    "script of 200 statements": ("script.cfg", "message.xml", None, 0.4),
}


def free_ports(n):
    """UDP ports nobody has; they may be taken again, which the server's start then tells."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def free_port():
    return free_ports(1)[0]


def tree(pid):
    """The process and all its descendants."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        at = queue.pop()
        found.append(at)
        queue += parents.get(at, [])
    return found


def cpu_seconds(pid):
    total = 0
    for at in tree(pid):
        try:
            fields = pathlib.Path(f"/proc/{at}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_bytes(pid):
    """Private memory of the whole tree, shared pages once (PSS)."""
    total = 0
    for at in tree(pid):
        try:
            for line in pathlib.Path(f"/proc/{at}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


class Server:
    """One of the two, or the reflector, on a port of its own. `answer` is the port of the answering
    side, or a list; UAS_PORT and UAS_PORT_2 and so on stand for them in the configuration, as do `words`."""

    def __init__(self, kind, config, answer, folder, workers, prefix=(), words=()):
        self.kind, self.port = kind, free_port()
        ports = answer if isinstance(answer, list) else [answer]
        self.log = open(folder / f"{kind}.log", "ab")
        if kind == "floor":
            command = [str(ROOT / "build/bin/bench_reflector"), "127.0.0.1", str(self.port),
                       "127.0.0.1", str(ports[0]), str(workers)]
        else:
            text = (HERE / config).read_text()
            for number, port in reversed(list(enumerate(ports, 1))):
                text = text.replace(f"UAS_PORT_{number}" if number > 1 else "UAS_PORT", str(port))
            for word, meaning in words:
                text = text.replace(word, str(meaning))
            path = folder / f"{kind}.cfg"
            path.write_text(text)
            run = folder / f"{kind}.run"
            run.mkdir(exist_ok=True)
            program = str(ROOT / "build/bin/tandem") if kind == "tandem" else "/usr/sbin/kamailio"
            command = [program, "-f", str(path), "-l", f"udp:127.0.0.1:{self.port}", "-DD", "-E",
                       "-m", "2048", "-M", "16", "-Y", str(run)]
            command += ["-n", str(workers)] if kind == "tandem" else []
        self.process = subprocess.Popen([*prefix, *command], stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        time.sleep(2.0)
        if self.process.poll() is not None:
            sys.exit(f"{kind} did not start; see {self.log.name}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


def sipp(scenario, port, target, calls, rate, folder, background=False):
    command = ["sipp", "-sf", str(HERE / scenario), "-i", "127.0.0.1", "-p", str(port), "-m",
               str(calls), "-nostdin", "-trace_err", "-error_file", str(folder / "sipp.err"),
               "-timeout", "120", "-recv_timeout", "20000"]
    if target:
        command += [f"127.0.0.1:{target}", "-r", str(rate), "-trace_stat", "-stf",
                    str(folder / f"sipp{port}.csv"), "-fd", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               cwd=folder)
    return process if background else process.wait()


def call(target, answer, *options, prefix=()):
    """Runs tests/bench/caller.c to its end; its sums."""
    command = [*prefix, str(ROOT / "build/bin/bench_caller"), "--server", f"127.0.0.1:{target}",
               "--answer", ",".join(map(str, answer)), *map(str, options)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read_stat(folder, port):
    lines = (folder / f"sipp{port}.csv").read_text().splitlines()
    return dict(zip(lines[0].split(";"), lines[-1].split(";")))


def load_with_sipp(server, load, answer, uas, options, folder):
    uac = free_port()
    other = sipp(answer, uas, None, options.calls * 2, 0, folder, True) if answer else None
    try:
        time.sleep(0.3)
        code = sipp(load, uac, server.port, options.calls, options.rate, folder)
    finally:
        if other:
            other.terminate()
            other.wait()
    stat = read_stat(folder, uac)
    return {"failed": int(stat["FailedCall(C)"]),
            "retransmissions": int(stat["Retransmissions(C)"]), "exit": code}


def load_with_caller(server, ports, options):
    sums = call(server.port, ports, "--rate", options.rate, "--ring", 20, "--seconds",
                max(1, options.calls // options.rate))
    return {"failed": sums["offered"] - sums["completed"],
            "retransmissions": sums["retransmissions"], "exit": 0}


def one_round(kind, name, options, folder):
    config, load, answer, _ = SCENARIOS[name]
    ports = free_ports(4)
    server = Server(kind, config, ports, folder, options.workers)
    try:
        time.sleep(0.3)
        before = cpu_seconds(server.process.pid)
        result = (load_with_caller(server, ports, options) if load == CALLER
                  else load_with_sipp(server, load, answer, ports[0], options, folder))
        time.sleep(0.2)
        used = cpu_seconds(server.process.pid) - before
    finally:
        server.stop()
    return {"server": kind, "scenario": name, "us_per_call": used / options.calls * 1e6, **result}


def run(options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-bench-"))
    rounds = []
    for name in options.scenario or SCENARIOS:
        kinds = ["kamailio", "tandem"] + (["floor"] if SCENARIOS[name][2] else [])
        for number in range(options.rounds):
            for kind in kinds:
                result = one_round(kind, name, options, folder)
                result["round"] = number
                rounds.append(result)
                print(f"# {name}, {kind}: {result['us_per_call']:.0f} us per call, "
                      f"{result['failed']} failed, {result['retransmissions']} retransmissions",
                      file=sys.stderr)
    return rounds


def table(rounds):
    out = ["| scenario | Kamailio, us per call | Tandem | ratio | at most | floor |",
           "|---|---|---|---|---|---|"]
    for name, (_, _, _, limit) in SCENARIOS.items():
        def median(kind):
            values = [r["us_per_call"] for r in rounds if r["scenario"] == name and r["server"] == kind]
            return statistics.median(values) if values else None
        k, t, f = median("kamailio"), median("tandem"), median("floor")
        if k and t:
            out.append(f"| {name} | {k:.0f} | {t:.0f} | {t / k:.2f} | {limit} | "
                       f"{f'{f:.0f}' if f else '-'} |")
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    parser.add_argument("--json", default="build/bench.json")
    options = parser.parse_args()
    rounds = run(options)
    pathlib.Path(options.json).write_text(json.dumps({"options": vars(options), "rounds": rounds},
                                                     indent=1))
    print(table(rounds))


if __name__ == "__main__":
    main()
