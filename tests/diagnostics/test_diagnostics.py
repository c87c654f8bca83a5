# SPDX-License-Identifier: BSD-2-Clause
"""How well mistakes are told: the place, the suggestion, and nothing besides.

TANDEM_SEED=N     other mistakes than those of the fixed seed
TANDEM_SHOW=1     print each that is told badly"""
import bisect
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess

import mutate
import tandem

ROOT = tandem.ROOT
FILES = ("etc/tandem.cfg", "/etc/kamailio/kamailio.cfg", "tests/bench/compare/proxy.cfg",
         "tests/bench/compare/register.cfg", "tests/diagnostics/features.cfg")
PER_KIND = 30
FAULT = re.compile(r"^(?:.*?):(?:(\d+):(\d+):)? error: (.*)$")


def messages(output):
    """(line, column, text with hints) of each fault."""
    out = []
    for line in output.splitlines():
        m = FAULT.match(line)
        if m:
            out.append([int(m[1] or 0), int(m[2] or 0), m[3]])
        elif out and line.startswith("    "):
            out[-1][2] += "\n" + line.strip()
    return out


def offset(text, line, col):
    starts = [0] + [m.end() for m in re.finditer("\n", text)]
    return starts[line - 1] + col - 1 if 0 < line <= len(starts) else -1


def place(text, at):
    starts = [0] + [m.end() for m in re.finditer("\n", text)]
    line = bisect.bisect_right(starts, at)
    return f"{line}:{at - starts[line - 1] + 1}"


def judge(mutant, folder, number):
    file = pathlib.Path(folder) / f"{number}.cfg"
    file.write_text(mutant.text)
    done = subprocess.run([tandem.TANDEM, "-c", "-f", file], capture_output=True, text=True,
                          timeout=20, check=False)
    file.unlink()
    told = messages(done.stderr)
    at = [offset(mutant.text, line, col) for line, col, _ in told]
    return {"mutant": mutant, "told": told, "refused": done.returncode == 1,
            "placed": any(mutant.first <= a <= mutant.last for a in at[:1]),
            "suggested": any(mutant.suggests in text for _, _, text in told),
            "few": len(told) <= 2}


def show(results):
    kinds = collections.defaultdict(list)
    for r in results:
        kinds[r["mutant"].kind].append(r)
    for kind, rs in kinds.items():
        print(f"{kind:22} {len(rs):3}", *(f"{what} {sum(r[what] for r in rs):3}" for what in
                                         ("refused", "placed", "suggested", "few")))
    if not os.environ.get("TANDEM_SHOW"):
        return
    for r in results:
        m = r["mutant"]
        if not (r["refused"] and r["placed"] and r["suggested"] and r["few"]):
            print(f"\n{m.kind} in {m.source}, expected {place(m.text, m.first)}-"
                  f"{place(m.text, m.last)} {m.suggests!r}: "
                  f"{m.text[max(m.first, 0):m.last + 1][:60]!r}")
            for line, col, text in r["told"][:4]:
                print(f"    {line}:{col}: {text}")


def test_mistakes_are_told_at_their_place_with_what_is_right(folder):
    sources = {f: (ROOT / f).read_text() for f in FILES if (ROOT / f).exists()}
    made = list(mutate.mutants(sources, int(os.environ.get("TANDEM_SEED", 1)), PER_KIND))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda nm: judge(nm[1], folder, nm[0]), enumerate(made)))
    faults = [r for r in results if r["refused"]]
    show(results)
    assert len(faults) >= 300
    # A mistake that leaves a right configuration behind (a quote dropped between two texts) is none.
    assert len(faults) >= 0.98 * len(results)
    assert sum(r["placed"] for r in faults) >= 0.95 * len(faults)
    assert sum(r["suggested"] for r in faults) >= 0.80 * len(faults)
    assert all(r["few"] for r in faults)
