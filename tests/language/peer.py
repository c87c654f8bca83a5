# SPDX-License-Identifier: BSD-2-Clause
"""The two servers' checks of a configuration, and the tables of names."""
import csv
import pathlib
import shutil
import subprocess

import tandem

HERE = pathlib.Path(__file__).parent
PACKAGED = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/usr/local/sbin")
FRAMES = {
    "top": "#!KAMAILIO\n%s\n",
    "body": "route[use%d] {\n%s\n}\n",
    "onsend": '#!KAMAILIO\nloadmodule "pv.so"\nonsend_route {\n%s\n}\n',
    "file": "%s\n",
}
BODY_HEAD = ('#!KAMAILIO\nloadmodule "pv.so"\nflags first_flag:5\navpflags one_flag\n'
             "route[other] { return; }\n")
MAIN = "request_route { exit; }\n"


def rows(name):
    with open(HERE / f"{name}.tsv", newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            row["use"] = row["use"].replace("\\\\n", "\0").replace("\\n", "\n").replace("\0", "\\n")
            row.setdefault("where", "top")
            yield row


def configuration(uses):
    """One text with all these uses, which have the same `where`."""
    where = uses[0]["where"]
    if where == "body":
        blocks = (FRAMES["body"] % (n, use["use"]) for n, use in enumerate(uses))
        return BODY_HEAD + "".join(blocks) + MAIN
    text = FRAMES[where] % "\n".join(use["use"] for use in uses)
    return text if "request_route" in text else text + MAIN


def tandem_accepts(folder, uses, name="ours.cfg"):
    path = folder / name
    path.write_text(configuration(uses))
    code, said = tandem.check(path, "--no-warn=W-unused-route")
    return code == 0, said


def packaged_accepts(folder, uses):
    path = folder / "theirs.cfg"
    path.write_text(configuration(uses))
    return packaged_reads(path)


def packaged_reads(path):
    done = subprocess.run([PACKAGED, "-c", "-f", path], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode == 0, done.stderr
