# SPDX-License-Identifier: BSD-2-Clause
"""The same scripts over the same messages through the packaged server and through Tandem: what they
log and forward is the same, but for what differences.tsv lists.

By hand: `python3 test_differential.py [table [part of a case's name]]` prints what differs;
`test_differential.py --seed=N [--cases=M]` makes new cases and prints those that differ."""
import argparse
import fnmatch
import pathlib

import cases
import generate
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


def compare(source):
    """(case, packaged, tandem) of each case of a table."""
    table, ends = cases.Table(source), servers.Ends()
    try:
        results = [table.run(kind, ends) for kind in ("packaged", "tandem")]
    finally:
        ends.close()
    return list(zip((c.name for c in table.cases), *results))


def name_matches(name, pattern):
    return name == pattern or fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def judge(source):
    """All cases, the differences that nobody listed, and the listed ones that are none."""
    listed = intended(source[0] if isinstance(source, tuple) else source.stem)
    seen, wrong = set(), []
    compared = compare(source)
    for name, theirs, ours in compared:
        matching = [p for p, _ in listed if name_matches(name, p)]
        # What was made at random may be refused by the packaged server, and have a meaning here.
        if theirs == ours or (isinstance(source, tuple) and theirs == "(refused)"):
            continue
        seen.update(matching)
        if not matching:
            wrong.append((name, theirs, ours))
    return compared, wrong, [p for p, _ in listed if p not in seen]


if pytest:
    def check(source):
        assert servers.PACKAGED, "the packaged server is not installed"
        assert servers.TANDEM.exists(), f"{servers.TANDEM} is not built"
        compared, wrong, stale = judge(source)
        told = "\n".join(f"{n}\n  packaged: {a!r}\n  tandem:   {b!r}" for n, a, b in wrong)
        assert compared
        assert not wrong, f"{len(wrong)} of {len(compared)} cases differ:\n{told}"
        assert not stale, f"listed in differences.tsv, but the same: {stale}"

    @pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
    def test_differs_only_where_intended(path):
        check(path)

    def test_every_operator_on_every_pair_of_kinds():
        check(("pairs", generate.pairs()))

    def test_generated_cases():
        check(("generated", generate.Maker(1).rows(300)))
        check(("generated edits", generate.Maker(1).edit_rows(40)))


def show(name, part, compared, wrong, stale):
    for case, theirs, ours in wrong:
        if part in case:
            print(f"{case}\n  packaged: {theirs!r}\n  tandem:   {ours!r}")
    print(f"{name}: {len(compared)} cases, {len(wrong)} differ, stale: {stale}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table", nargs="?")
    parser.add_argument("part", nargs="?", default="")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    sources = {"pairs": ("pairs", generate.pairs())} | {p.stem: p for p in TABLES}
    if options.seed is not None:
        maker = generate.Maker(options.seed)
        sources = {"generated": ("generated", maker.rows(options.cases)),
                   "generated edits": ("generated edits", maker.edit_rows(options.cases // 10))}
    for name, source in sources.items():
        if options.table in (None, name):
            show(name, options.part, *judge(source))


if __name__ == "__main__":
    main()
