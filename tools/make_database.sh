#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Creates the embedded database with the standard tables, unless it is there already.
#   make_database.sh PATH [TABLE...]   further tables of share/schema/sqlite by name
set -eu
[ $# -ge 1 ] || { echo "usage: make_database.sh PATH [TABLE...]" >&2; exit 2; }
schema="$(dirname "$0")/../share/schema/sqlite"
[ -d "$schema" ] || schema="$(dirname "$0")/../share/tandem/schema/sqlite"
exec python3 - "$schema" "$@" <<'END'
import pathlib
import sqlite3
import sys

schema, path, tables = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
path.parent.mkdir(parents=True, exist_ok=True)
with sqlite3.connect(path) as db:
    db.execute("PRAGMA journal_mode=WAL")
    for name in ["standard", *tables]:
        there = db.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?",
                           ("version" if name == "standard" else name,)).fetchone()
        if not there:
            db.executescript((schema / f"{name}.sql").read_text())
            print(f"{path}: created {name}")
END
