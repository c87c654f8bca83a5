#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mutable statics, read from the object files of a build: at most one per source file, named `self`
(or `<module>_self`, where the files of a module share it). Thread-local: at most one per file.
Tables that a floor above fills in at start (`x_upcalls`, `x_host`) do not count.

check_statics.py [BUILD]"""
import pathlib
import re
import subprocess
import sys

# "0000000000000000 l     O .bss   0000000000000010 self"
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\.\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$")
UPCALLS = re.compile(r"\w+_(upcalls|host)$")
ROW = re.compile(r"/(lib)?(tandem|module)_(\w+)\.dir/src/(.+)\.o$")


def statics(objects):
    """Gives (source, name, is_thread_local) of everything that can change."""
    dump = subprocess.run(["objdump", "-t", *objects], capture_output=True, text=True, check=True)
    source = None
    for line in dump.stdout.splitlines():
        if ":     file format" in line:
            source = ROW.search(line.partition(":")[0]).group(4)
        match = SYMBOL.match(line)
        if not match or "O" not in match[1]:
            continue
        section = match[2]
        if re.match(r"\.(tbss|tdata)", section):
            yield source, match[3], True
        elif re.match(r"\.(bss|data)", section) and not section.startswith(".data.rel.ro"):
            yield source, match[3], False


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    objects = [str(p) for p in (build / "CMakeFiles").rglob("*.c.o") if ROW.search(str(p))]
    seen = {}
    bad = 0
    for source, name, thread_local in sorted(set(statics(objects))):
        parts = source.split("/")
        module = parts[1] if parts[0] == "modules" else None
        allowed = {"self", f"{module}_self"} if module else {"self"}
        if UPCALLS.match(name):
            continue
        if thread_local:
            owner = (source, "thread-local")
            allowed = {name}
        else:
            owner = source
        if name not in allowed or owner in seen:
            bad += 1
            print(f"src/{source}: {name}: a mutable static other than its one `self`")
        seen[owner] = name
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
