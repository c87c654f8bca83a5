#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes share/schema/<database>/*.sql from tables.txt: a file for each table, and standard.sql with
what a first installation needs. With --check it only tells whether they are up to date, and, given
the output of `tandem --describe=json`, whether every table that a module uses is there in its
version.   generate.py [--check [DESCRIPTION.json]]"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
SHARE = HERE.parents[1] / "share" / "schema"
NOTE = "-- SPDX-License-Identifier: BSD-2-Clause\n-- Made by tools/schema/generate.py.\n"

TYPES = {
    "sqlite": {"int": "INTEGER", "uint": "INTEGER", "int16": "SMALLINT", "uint16": "INTEGER",
               "uint8": "SMALLINT", "real": "NUMERIC", "time": "TIMESTAMP WITHOUT TIME ZONE",
               "text": "TEXT", "blob": "BLOB", "id": "INTEGER PRIMARY KEY NOT NULL"},
    "postgres": {"int": "INTEGER", "uint": "BIGINT", "int16": "SMALLINT", "uint16": "INTEGER",
                 "uint8": "SMALLINT", "real": "NUMERIC(13,6)",
                 "time": "TIMESTAMP WITHOUT TIME ZONE", "text": "TEXT", "blob": "BYTEA",
                 "id": "SERIAL PRIMARY KEY NOT NULL"},
}
NUMBERS = {"int", "uint", "int16", "uint16", "uint8", "real"}


def read_tables():
    tables = []
    for line in (HERE / "tables.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("table "):
            _, name, version, *options = line.split()
            tables.append({"name": name, "version": int(version), "options": options,
                           "columns": []})
            continue
        definition, _, default = line.strip().partition(" = ")
        name, kind, *null = definition.split()
        tables[-1]["columns"].append((name, kind, bool(null), default))
    return tables


def column_type(kind, types):
    size = re.fullmatch(r"str\((\d+)\)", kind)
    return f"VARCHAR({size[1]})" if size else types[kind]


def default_of(kind, null, default):
    if default:
        value = default if kind in NUMBERS else "'" + default.replace("'", "''") + "'"
        return f" DEFAULT {value}"
    if null:
        return " DEFAULT NULL"
    # A row may be written without it: other servers leave columns out.
    return " DEFAULT ''" if kind.startswith("str") else ""


def table_sql(table, types):
    name = table["name"]
    lines = [f"    id {types['id']}"]
    for column, kind, null, default in table["columns"]:
        lines.append(f"    {column} {column_type(kind, types)}"
                     f"{default_of(kind, null, default)}{'' if null else ' NOT NULL'}")
    indexes = []
    for option in table["options"]:
        match = re.fullmatch(r"(unique|index)\((.+)\)", option)
        if not match:
            continue
        columns = match[2].replace(",", ", ")
        label = f"{name}_{'_'.join(match[2].split(','))}_idx"
        if match[1] == "unique":
            lines.append(f"    CONSTRAINT {label} UNIQUE ({columns})")
        else:
            indexes.append(f"CREATE INDEX {label} ON {name} ({columns});\n")
    return (f"CREATE TABLE {name} (\n" + ",\n".join(lines) + "\n);\n" + "".join(indexes) +
            f"INSERT INTO version (table_name, table_version) VALUES ('{name}', "
            f"{table['version']});\n")


def files():
    tables = read_tables()
    for database, types in TYPES.items():
        standard = []
        for table in tables:
            sql = table_sql(table, types)
            yield SHARE / database / f"{table['name']}.sql", NOTE + sql
            if "standard" in table["options"]:
                standard.append(sql)
        yield SHARE / database / "standard.sql", NOTE + "\n".join(standard)


def check(description):
    bad = [path for path, text in files() if not path.exists() or path.read_text() != text]
    for path in bad:
        print(f"{path.relative_to(SHARE.parents[1])}: not up to date: run tools/schema/generate.py")
    if not description:
        return len(bad)
    versions = {t["name"]: t["version"] for t in read_tables()}
    modules = json.loads(pathlib.Path(description).read_text()).get("modules", [])
    for module in modules:
        for table in module.get("tables", []):
            if versions.get(table["name"]) != table["version"]:
                print(f"{module['name']}: table {table['name']} version {table['version']}: "
                      f"tables.txt has {versions.get(table['name'])}")
                bad.append(table)
    return len(bad)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--check":
        return check(sys.argv[2] if len(sys.argv) > 2 else None) != 0
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
