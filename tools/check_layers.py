#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every #include must point down: tools/layers.txt says which folder may use which. A module may
include another one's public header (modules/x/x.h) when its `needs` names it, or when it asks with
load_has_module whether it is there."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([a-z_]+)/([^"]+)"')


def read_layers(path):
    allowed = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            folder, _, rest = line.partition(":")
            allowed[folder.strip()] = set(rest.split())
    return allowed


def other_module_is_needed(path, included):
    """`included` is what stands behind modules/."""
    other, _, header = included.partition("/")
    for_tests = included in ("test.h", "script_test.h") and path.name.endswith("_test.c")
    if other == path.parts[2] or for_tests:
        return True
    sources = "".join(p.read_text() for p in path.parent.glob("*.c"))
    known = rf'needs.*"{other}"|"{other}".*NULL|load_has_module\(\w+, "{other}"\)'
    return header == other + ".h" and re.search(known, sources)


def main():
    allowed = read_layers(pathlib.Path("tools/layers.txt"))
    bad = 0
    for path in sorted(pathlib.Path("src").rglob("*.[ch]")):
        here = path.parts[1]
        if here not in allowed:
            bad += 1
            print(f"{path}: folder {here} is not in tools/layers.txt")
            continue
        for number, text in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(text)
            if not match:
                continue
            folder, header = match.groups()
            if here == "modules" and folder == "modules":
                good = other_module_is_needed(path, header)
            else:
                # What only tests include may use every floor that tests are linked with.
                good = folder == here or allowed[here] & {folder, f"{folder}/{header}"} or (
                    path.name == "script_test.h" and folder == "script")
            if not good:
                bad += 1
                print(f"{path}:{number}: {here} may not include {folder}/{header}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
