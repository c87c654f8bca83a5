#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How long a large configuration takes to load: 10,000 lines of routes with variables,
transformations, regular expressions, functions and calls of each other, checked (`-c`) by both
servers. What Tandem checks, a start checks; the packaged server's -c leaves out arguments."""
import argparse
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HEAD = """debug=0
log_stderror=yes
auto_aliases=no
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
#!define LIMIT 64
request_route {
    route(R0);
}
"""
ROUTE = """# number {n}
route[R{n}] {{
    $var(user{n}) = $(ru{{uri.user}});
    $avp(who{n}) = $fU + "@" + $fd;
    if ($(avp(who{n}){{s.len}}) > LIMIT || $rU =~ "^[0-9]{{4,}}{n}$") {{
        xlog("L_INFO", "route {n}: $rm from $si:$sp for $ru, $(ci{{s.md5}})\\n");
        append_hf("X-Route: {n} $var(user{n})\\r\\n");
        return -1;
    }}
    switch ($rm) {{
    case "INVITE":
        $xavp(call=>n) = {n};
        break;
    default:
        $var(n) = $var(n) * 2 + {n};
    }}
    if (is_method("CANCEL|BYE") && !has_totag())
        sl_send_reply("481", "Call does not exist");
    route(R{next});
}}
"""
LIMIT_MS = 100


def configuration(lines):
    routes = (lines - HEAD.count("\n")) // ROUTE.count("\n")
    return HEAD + "".join(ROUTE.format(n=n, next=(n + 1) % routes) for n in range(routes))


def best_ms(command, rounds):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    text = configuration(options.lines)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        path = pathlib.Path(folder) / "large.cfg"
        path.write_text(text)
        tandem = os.environ.get("TANDEM", str(ROOT / "build/bin/tandem"))
        ours = best_ms([tandem, "-c", "-f", path], options.rounds)
        theirs = best_ms(["/usr/sbin/kamailio", "-M", "256", "-c", "-f", path], options.rounds)
    print("| lines | Kamailio -c, ms | Tandem -c, ms | at most |\n|---|---|---|---|")
    print(f"| {text.count(chr(10))} | {theirs:.0f} | {ours:.0f} | {LIMIT_MS} |")


if __name__ == "__main__":
    main()
