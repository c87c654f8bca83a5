# SPDX-License-Identifier: BSD-2-Clause
"""Reads the tables, makes one configuration per table, and runs its cases through one server.

A table of `tables/` has one of three shapes, told by its first line:
  variable       [messages]            reads a variable in each message
  transformation inputs                applies it to each input of these sets (tables/inputs.txt)
  name message script show [more]      runs statements, then logs `show` (text with variables);
                                       with an empty `show` the message is forwarded and its bytes
                                       are compared; `more` stands outside, routes for example
What a table needs besides (modules, parameters, routes) stands in a file beside it, `table.head`.
"""
import csv
import dataclasses
import pathlib

import servers

HERE = pathlib.Path(__file__).parent
MESSAGES = {p.stem: p.read_text() for p in sorted((HERE / "messages").glob("*.sip"))}
BATCH = 25
ESCAPES = {"\r": "\\r", "\n": "\\n"}

HEAD = """#!KAMAILIO
debug=0
children=1
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
log_stderror=yes
server_signature=no
max_while_loops=100
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "siputils.so"
modparam("xlog", "buf_size", 65000)
modparam("pv", "shvset", "shared=i:7")
modparam("pv", "shvset", "words=s:some words")
modparam("pv", "varset", "preset=i:5")
modparam("pv", "varset", "pretext=s:told before")
"""
MAIN = """request_route {
    if ($hdr(X-Case) == "fence") {
        xlog("L_ERR", "@@[fence|$hdr(X-Input)]@@\\n");
        exit;
    }
    if ($hdr(X-Input) != $null)
        route("INPUT_" + $hdr(X-Input));
    route("CASE_" + $hdr(X-Case));
    exit;
}
reply_route {
    route("CASE_" + $hdr(X-Case));
}
"""


@dataclasses.dataclass
class Case:
    name: str  # as differences.tsv names it
    route: str
    message: str
    input: str = "none"
    bytes: bool = False
    id: str = ""


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.reader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row and not row[0].startswith("# "):
                yield row + [""] * (4 - len(row))


class Table:
    """`source`: the path of a table, or (name, rows) of generated scripts."""

    def __init__(self, source):
        self.cases, self.blocks = [], {"INPUT_none": "return;"}
        self.more = {}  # by block
        self.head = HEAD + MAIN
        if isinstance(source, tuple):
            self.name, head, body = source[0], ["name"], list(source[1])
        else:
            self.name, (head, *body) = source.stem, rows(source)
            more = source.with_suffix(".head")
            self.head = HEAD + (more.read_text() if more.exists() else "") + MAIN
        shape = {"variable": self._variables, "transformation": self._transformations,
                 "name": self._scripts}[head[0]]
        shape(body)
        for n, case in enumerate(self.cases):
            case.id = str(n)

    def _variables(self, body):
        for n, (variable, messages, *_) in enumerate(body):
            self._show(f"{n}", variable)
            for message in messages.split() or MESSAGES:
                self.cases.append(Case(f"{variable} of {message}", str(n), message))

    def _transformations(self, body):
        inputs = {}
        for i, (group, label, value, _) in enumerate(list(rows(HERE / "tables" / "inputs.txt"))[1:]):
            inputs.setdefault(group, []).append((f"{i}", label))
            self.blocks[f"INPUT_{i}"] = (f"$avp(in) = {value};" if value else "return;")
        for n, (transformation, groups, *_) in enumerate(body):
            self._show(f"{n}", f"$(avp(in){transformation})")
            for group in groups.split():
                for number, label in inputs[group]:
                    self.cases.append(Case(f"{transformation} of {label}", str(n), "invite", number))

    def _scripts(self, body):
        for n, (name, message, script, show, *more) in enumerate(body):
            self.more[f"CASE_{n}"] = (more or [""])[0].replace("\\n#!", "\n#!")
            if show:
                self._show(f"{n}", show, script)
            else:
                self.blocks[f"CASE_{n}"] = (
                    f"{script}\n if (is_request()) {{ $du = \"sip:127.0.0.1:$sink\"; forward(); }}")
            for one in message.split() or ["invite"]:
                label = name if message.count(" ") == 0 else f"{name} of {one}"
                self.cases.append(Case(label, str(n), one, bytes=not show))

    def _show(self, route, show, script=""):
        self.blocks[f"CASE_{route}"] = f"{script}\n xlog(\"L_ERR\", \"@@[$hdr(X-Id)|{show}]@@\\n\");"

    def config(self, ports, refused):
        """The configuration, and the name of the block behind each of its lines."""
        text, places = self.head, [None] * (self.head.count("\n") + 1)
        for name, body in self.blocks.items():
            block = f"{self.more.get(name, '')}\nroute[{name}] {{\n {body}\n}}\n"
            if name not in refused:
                text += block.replace("$sink", str(ports["sink"]))
                places += [name] * block.count("\n")
        return text, places

    def start(self, kind, ends):
        """A server with all blocks that it accepts, and the names of those that it refused."""
        refused = set()
        while True:
            text, places = self.config(ends.ports, refused)
            try:
                return servers.Server(kind, text, ends), refused
            except servers.Refused as e:
                bad = {places[line] for line in e.lines if line < len(places)} - {None}
                if not bad:
                    raise
                refused |= bad

    def run(self, kind, ends):
        """What the server made of each case, in their order."""
        server, refused = self.start(kind, ends)
        try:
            results = []
            size = 1 if any(c.bytes for c in self.cases) else BATCH
            for at in range(0, len(self.cases), size):
                results += run_batch(server, self.cases[at:at + size])
            return ["(refused)" if f"CASE_{c.route}" in refused else r
                    for c, r in zip(self.cases, results)]
        finally:
            server.stop()


def fill(case, ports):
    text = MESSAGES[case.message].replace("{case}", case.route).replace("{input}", case.input)
    text = text.replace("{id}", case.id)
    for name, port in ports.items():
        text = text.replace("{" + name + "}", str(port))
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    text = (head + "\n\n").replace("\n", "\r\n") + body.replace("\n", "\r\n")
    return text.replace("{length}", str(len(body.replace("\n", "\r\n").encode()))).encode()


def without_our_via(packet):
    """The server's own Via holds a branch of its own making, and where in the Via below it `received`
    is noted does not matter."""
    lines = packet.split(b"\r\n")
    if not packet.startswith(b"SIP/"):
        at = next((i for i, line in enumerate(lines) if line.startswith(b"Via:")), len(lines))
        del lines[at:at + 1]
        lines = [b";".join(sorted(line.split(b";"))) if b";received=" in line else line
                 for line in lines]
    return b"\r\n".join(lines)


def run_batch(server, batch):
    try:
        for case in batch:
            server.send(fill(case, server.ends.ports))
        server.fence()
    except servers.Crash:
        server.restart()
        if len(batch) == 1:
            return ["(gone)"]
        return [result for case in batch for result in run_batch(server, [case])]
    if batch[0].bytes:
        server.logged()
        return [b"\n--\n".join(map(without_our_via, server.ends.forwarded())).decode("latin-1")]
    logged = dict(server.logged())
    return [as_logged(logged.get(case.id, b"(nothing)")) for case in batch]


def as_logged(value):
    """Tandem logs control characters as escapes; what the packaged server wrote is told likewise."""
    return "".join(ESCAPES.get(c, f"\\x{ord(c):02x}" if (c < " " and c != "\t") or c == "\x7f" else c)
                   for c in value.decode("latin-1"))
