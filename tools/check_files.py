#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What every file of ours must hold to: it names its licence, has one subject (at most 900 lines),
and is finished."""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 900
SOURCES = {".c", ".h", ".S", ".py", ".sh", ".cmake"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def faults(path):
    text = path.read_text(errors="replace")
    lines = text.splitlines()
    if not any("SPDX-License-Identifier: BSD-2-Clause" in line for line in lines[:2]):
        yield 1, "the licence line is missing (SPDX-License-Identifier: BSD-2-Clause)"
    if len(lines) > LINES_MAX:
        yield len(lines), f"more than {LINES_MAX} lines: split it by subject"
    if text and not text.endswith("\n"):
        yield len(lines), "no line end at the end"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line) and "UNFINISHED" not in line:
            yield number, "unfinished"


def main():
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    bad = 0
    for path in map(pathlib.Path, names.stdout.splitlines()):
        if path.suffix not in SOURCES or not path.exists():
            continue
        for number, fault in faults(path):
            bad += 1
            print(f"{path}:{number}: {fault}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
