# SPDX-License-Identifier: BSD-2-Clause
"""The same scripts over the same messages through the packaged server and through Tandem: what they
log and forward is the same, but for what differences.tsv lists.

By hand: `python3 test_differential.py [table [part of a case's name]]` prints what differs."""
import fnmatch
import pathlib
import sys

import cases
import servers

try:
    import pytest
except ImportError:  # by hand
    pytest = None

HERE = pathlib.Path(__file__).parent
TABLES = sorted((HERE / "tables").glob("*.tsv"))


def intended(table):
    """(pattern of names, reason) of one table."""
    return [(row[1], row[2]) for row in cases.rows(HERE / "differences.tsv") if row[0] == table]


def compare(path):
    """(case, packaged, tandem) of each case of a table."""
    table, ends = cases.Table(path), servers.Ends()
    try:
        results = [table.run(kind, ends) for kind in ("packaged", "tandem")]
    finally:
        ends.close()
    return list(zip((c.name for c in table.cases), *results))


def name_matches(name, pattern):
    return name == pattern or fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def judge(path):
    """All cases, the differences that nobody listed, and the listed ones that are none."""
    listed, seen, wrong = intended(path.stem), set(), []
    compared = compare(path)
    for name, theirs, ours in compared:
        matching = [p for p, _ in listed if name_matches(name, p)]
        if theirs == ours:
            continue
        seen.update(matching)
        if not matching:
            wrong.append((name, theirs, ours))
    return compared, wrong, [p for p, _ in listed if p not in seen]


if pytest:
    pytestmark = [
        pytest.mark.skipif(not servers.PACKAGED, reason="the packaged server is not installed"),
        pytest.mark.skipif(not servers.TANDEM.exists(), reason=f"{servers.TANDEM} is not built"),
    ]

    @pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
    def test_differs_only_where_intended(path):
        compared, wrong, stale = judge(path)
        told = "\n".join(f"{n}\n  packaged: {a!r}\n  tandem:   {b!r}" for n, a, b in wrong)
        assert compared
        assert not wrong, f"{len(wrong)} of {len(compared)} cases differ:\n{told}"
        assert not stale, f"listed in differences.tsv, but the same: {stale}"


def main():
    for path in TABLES:
        if len(sys.argv) > 1 and path.stem != sys.argv[1]:
            continue
        compared, wrong, stale = judge(path)
        for name, theirs, ours in wrong:
            if len(sys.argv) < 3 or sys.argv[2] in name:
                print(f"{name}\n  packaged: {theirs!r}\n  tandem:   {ours!r}")
        print(f"{path.stem}: {len(compared)} cases, {len(wrong)} differ, stale: {stale}")


if __name__ == "__main__":
    main()
