#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sends each torture message to Tandem and to the packaged server under the same proxy
configuration, and prints docs/torture.md: what came back and what went on.

    tests/torture/compare.py > docs/torture.md

Not part of the checks: it needs the packaged server, and takes a minute."""
import csv
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import tandem  # noqa: E402

QUIET_S = 0.3  # how long the answer to one message is awaited
CONFIG = """
debug=0
log_stderror=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "maxfwd.so"
loadmodule "sanity.so"
loadmodule "pv.so"
modparam("tm", "fr_timer", 300000)
modparam("tm", "max_inv_lifetime", 300000)
modparam("tm", "max_noninv_lifetime", 300000)
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (!sanity_check()) exit;
    if ($rm == "CANCEL" || $rm == "ACK") {{ t_relay(); exit; }}
    $du = "sip:127.0.0.1:{next_hop}";
    if (!t_relay()) sl_reply_error();
    exit;
}}
"""


class Packaged:
    """The packaged server on a port of its own."""

    def __init__(self, folder, config):
        self.port = tandem.free_port()
        file = folder / "packaged.cfg"
        file.write_text(f"fork=yes\nchildren=1\nlisten=udp:127.0.0.1:{self.port}\n{config}")
        self.log = (folder / "packaged.log").open("wb")
        self.process = subprocess.Popen(
            [tandem.program("kamailio"), "-f", str(file), "-DD", "-E", "-m", "32", "-Y",
             str(folder)], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        time.sleep(4)

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def first_line(data):
    return data.split(b"\n", 1)[0].strip().decode(errors="replace")


def react(port, data, client, next_hop, known):
    """What one message causes: (statuses that come back, methods that go on). `known` holds all that
    came before: earlier messages are still being repeated."""
    client.sendto(data, ("127.0.0.1", port))
    back, on = [], []
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        for s, seen in ((client, back), (next_hop, on)):
            try:
                got = s.recv(65536)
            except (BlockingIOError, ConnectionError):
                continue
            if got not in known:
                known.add(got)
                seen.append(got)
        time.sleep(0.005)
    statuses = [first_line(b).split(" ")[1] for b in back if b.startswith(b"SIP/2.0 ")]
    methods = [first_line(b).split(" ")[0] if not b.startswith(b"SIP/2.0") else "reply" for b in on]
    return (list(dict.fromkeys(x for x in statuses if x != "100")),
            list(dict.fromkeys(methods)))


def of_its_own(data, name, branches):
    """The message with a branch that no message before it had: some of the RFCs' share one, and would
    be taken for retransmissions."""
    found = re.search(rb"branch=(z9hG4bK[\w.-]+)", data)
    if found and found.group(1) in branches:
        data = data[:found.end()] + b"-" + name.encode() + data[found.end():]
    elif found:
        branches.add(found.group(1))
    return data


def words(reaction):
    back, on = reaction
    parts = [f"goes on ({', '.join(on)})"] if on else []
    parts += [f"answered {', '.join(back)}"] if back else []
    return "; ".join(parts) or "nothing"


def main():
    rows = list(csv.DictReader((HERE / "expect.tsv").open(), delimiter="\t"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-torture-", dir="/tmp"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as next_hop:
        client.bind(("127.0.0.77", 5060))  # where replies to most of the Via lines go
        next_hop.bind(("127.0.0.1", 0))
        client.setblocking(False)
        next_hop.setblocking(False)
        # Replies go back to where the request came from, whatever its Via says.
        config = CONFIG.format(next_hop=next_hop.getsockname()[1]).replace(
            "request_route {", "request_route {\n    force_rport();", 1)
        ours = tandem.Server(folder, config)
        theirs = Packaged(folder, config)
        ours.start()
        try:
            table, known, branches = [], set(), set()
            for row in rows:
                data = of_its_own((HERE / f"{row['name']}.dat").read_bytes(), row["name"], branches)
                mine = words(react(ours.port, data, client, next_hop, known))
                other = words(react(theirs.port, data, client, next_hop, known))
                table.append((row, mine, other))
            assert ours.alive(), ours.log_text()
            ended = "" if theirs.alive() else " The packaged server had ended by then."
        finally:
            ours.stop()
            theirs.stop()
    shutil.rmtree(folder, ignore_errors=True)
    same = sum(mine == other for _, mine, other in table)
    print("# Torture messages\n")
    print("What a proxy makes of the messages of RFC 4475 and RFC 5118: Tandem, and the packaged "
          "server 5.6.3, under the same configuration (maxfwd, sanity_check() with its defaults, "
          "t_relay() to a fixed next hop). Generated by `tests/torture/compare.py`. "
          f"{same} of {len(table)} reactions are the same.{ended}\n")
    print("\"Goes on\" names the method that reached the next hop; 100 is left out. \"Refused\" is "
          "the status with which our own reader refuses the message, 0 where it is fine. Where two "
          "messages share a branch, the second is sent with one of its own.\n")
    print("| message | section | what is special | refused | Tandem | packaged |")
    print("|---|---|---|---|---|---|")
    for row, mine, other in table:
        print(f"| {row['name']} | {row['section']} | {row['title']} | {row['status']} | {mine} | "
              f"{other} |")


if __name__ == "__main__":
    main()
