# SPDX-License-Identifier: BSD-2-Clause
"""One-token mistakes in real configurations, each with what a good message says of it."""
import dataclasses
import random
import re

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|\#(?![!])[^\n]*|//[^\n]*)|(?P<directive>(?m:^)[ \t]*[#!]![^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'[^']*')|(?P<var>\$[A-Za-z_][\w.]*)|(?P<name>[A-Za-z_]\w*)
    |(?P<number>\d+)|(?P<punct>[(){}\[\];,=<>!&|+*/.:$@-])""",
    re.VERBOSE | re.DOTALL)
KEYWORDS = {"if", "while", "switch", "case", "default", "return", "exit", "drop", "break", "else",
            "route", "defined", "strlen", "strempty", "selval", "modparam", "loadmodule"}
BLOCKS = {"request_route", "route", "failure_route", "onreply_route", "reply_route",
          "branch_route", "onsend_route", "event_route"}


@dataclasses.dataclass
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self):
        return self.start + len(self.text)


@dataclasses.dataclass
class Mutant:
    kind: str
    source: str      # which configuration
    text: str        # the changed text
    first: int       # the fault may be told from this offset …
    last: int        # … to this one
    suggests: str    # what the message or its hint must hold; "" when there is nothing to suggest


def skipped_parts(text):
    """Offsets of what #!ifdef takes out."""
    defines, stack, out, at = set(), [], [], 0
    for line in text.splitlines(keepends=True):
        m = re.match(r"[#!]!(\w+)\s*(\w*)", line)
        word, name = m.groups() if m else ("", "")
        active = all(stack)
        if word in ("ifdef", "ifndef"):
            stack.append((name in defines) == (word == "ifdef"))
        elif word == "ifexp":
            stack.append(False)
        elif word == "else" and stack:
            stack[-1] = not stack[-1]
        elif word == "endif" and stack:
            stack.pop()
        elif word in ("define", "trydef", "redef") and active:
            defines.add(name)
        if not active:
            out.append((at, at + len(line)))
        at += len(line)
    return out


def tokens_of(text):
    skipped = skipped_parts(text)
    tokens = []
    for m in TOKEN.finditer(text):
        if m.lastgroup in ("comment", "directive"):
            continue
        if any(a <= m.start() < b for a, b in skipped):
            continue
        tokens.append(Token(m.lastgroup, m.group(), m.start()))
    return tokens


def misspell(name, rng):
    """One letter dropped, doubled, swapped or changed, not the first one."""
    at = rng.randrange(1, len(name) - 1)
    how = rng.randrange(4)
    if how == 0:
        return name[:at] + name[at + 1:]
    if how == 1:
        return name[:at] + name[at] + name[at:]
    if how == 2 and name[at] != name[at + 1]:
        return name[:at] + name[at + 1] + name[at] + name[at + 2:]
    return name[:at] + ("x" if name[at] != "x" else "k") + name[at + 1:]


class Mutator:
    def __init__(self, source, text, rng):
        self.source, self.text, self.rng = source, text, rng
        self.tokens = tokens_of(text)
        self.names = {t.text.strip("\"'$") for t in self.tokens}
        self.depths()

    def depths(self):
        self.depth, depth = [], 0
        for t in self.tokens:
            if t.text == "}":
                depth -= 1
            self.depth.append(depth)
            if t.text == "{":
                depth += 1

    def changed(self, kind, start, end, new, first, last, suggests):
        return Mutant(kind, self.source, self.text[:start] + new + self.text[end:], first, last,
                      suggests)

    def renamed(self, kind, start, end, suggests=None):
        name = self.text[start:end]
        if len(name) < 4:
            return None
        for _ in range(8):
            new = misspell(name, self.rng)
            if new not in self.names and new != name:
                return self.changed(kind, start, end, new, start - 1, start + len(new),
                                    name if suggests is None else suggests)
        return None

    def following(self, i, *texts):
        return [t.text for t in self.tokens[i + 1:i + 1 + len(texts)]] == list(texts)

    def is_call(self, i):
        t = self.tokens[i]
        return (t.kind == "name" and self.depth[i] > 0 and t.text not in KEYWORDS and
                self.following(i, "("))

    def closing(self, i):
        """The index of what closes the bracket at i."""
        opened, depth = self.tokens[i].text, 0
        closes = {"(": ")", "{": "}", "[": "]"}[opened]
        for k in range(i, len(self.tokens)):
            depth += (self.tokens[k].text == opened) - (self.tokens[k].text == closes)
            if depth == 0:
                return k
        return None

    # ---- one method per kind of mistake: all its mutants at token i ----

    def function(self, i, t):
        return self.renamed("function", t.start, t.end) if self.is_call(i) else None

    def module(self, i, t):
        if t.kind != "string" or not i or self.tokens[i - 1].text != "loadmodule":
            return None
        name = t.text.strip("\"'").removesuffix(".so")
        return self.renamed("module", t.start + 1, t.start + 1 + len(name))

    def parameter(self, i, t):
        if t.kind != "string" or i < 4 or self.tokens[i - 4].text != "modparam":
            return None
        return self.renamed("parameter", t.start + 1, t.end - 1)

    def parameters_module(self, i, t):
        if t.kind != "string" or i < 2 or self.tokens[i - 2].text != "modparam" or "|" in t.text:
            return None
        return self.renamed("parameter's module", t.start + 1, t.end - 1)

    def variable(self, i, t):
        if t.kind != "var" or len(t.text) < 4:
            return None
        return self.renamed("variable", t.start + 1, t.end)

    def route(self, i, t):
        if i < 2 or self.tokens[i - 1].text != "(":
            return None
        caller = self.tokens[i - 2].text
        if caller == "route" and t.kind == "name":
            return self.renamed("route", t.start, t.end)
        if caller.startswith("t_on_") and t.kind == "string":
            return self.renamed("route", t.start + 1, t.end - 1)
        return None

    def core_parameter(self, i, t):
        if t.kind != "name" or self.depth[i] or not self.following(i, "="):
            return None
        if self.tokens[i - 1].text == "." or t.text in ("listen", "alias"):
            return None
        return self.renamed("core parameter", t.start, t.end)

    def block(self, i, t):
        if t.text not in BLOCKS or self.depth[i] or not (self.following(i, "{") or
                                                         self.following(i, "[")):
            return None
        return self.renamed("block", t.start, t.end)

    def gap(self, kind, i):
        """Token i is left out: told between what stands before and behind it."""
        t, a, b = self.tokens[i], i - 1, i + 1
        while self.tokens[a].text == t.text:  # which one of several is missing cannot be told
            a -= 1
        while b + 1 < len(self.tokens) and self.tokens[b].text == t.text:
            b += 1
        before, behind = self.tokens[a], self.tokens[min(b, len(self.tokens) - 1)]
        first = before.end - 1
        if t.text == ")" and before.kind == "name" and self.tokens[a - 2].kind == "var":
            first = self.tokens[a - 2].start  # $var(x: the variable is not closed
        if t.text == "(":
            first = before.start              # the function that lacks it
        return self.changed(kind, t.start, t.end, " " if t.text == "(" else "", first,
                            behind.end - 1, t.text)

    def semicolon(self, i, t):
        if t.text != ";" or not self.depth[i] or self.tokens[i + 1].text == ";":
            return None
        return self.gap("semicolon", i)

    def parenthesis(self, i, t):
        return self.gap("parenthesis", i) if t.text == ")" and self.depth[i] else None

    def opening_parenthesis(self, i, t):
        if t.text != "(" or not self.depth[i] or self.tokens[i - 1].kind != "name":
            return None
        return self.gap("opening parenthesis", i)

    def opening_brace(self, i, t):
        return self.gap("opening brace", i) if t.text == "{" and not self.depth[i] else None

    def closing_brace(self, i, t):
        """Told where the block was opened, or where it should have been closed."""
        if t.text != "{":
            return None
        end = self.closing(i)
        if end is None or end + 1 >= len(self.tokens):
            return None
        close = self.tokens[end]
        m = self.changed("closing brace", close.start, close.end, "", t.start, t.start, "}")
        return m

    def quote(self, i, t):
        if t.kind != "string" or not t.text.startswith('"') or len(t.text) < 4:
            return None
        return self.changed("quote", t.end - 1, t.end, "", t.start, t.end, '"')

    def argument_count(self, i, t):
        if not self.is_call(i) or t.text in ("xlog", "xlogm"):
            return None
        end = self.tokens[self.closing(i + 1)]
        empty = self.tokens[i + 2].text == ")"
        return self.changed("argument count", end.start, end.start,
                            ("" if empty else ", ") + ", ".join(["1"] * 9), t.start, t.end,
                            "argument")

    def argument_type(self, i, t):
        if t.kind != "number" or i < 6 or self.tokens[i - 6].text != "modparam":
            return None
        return self.changed("argument type", t.start, t.end, '"many"', t.start, t.end, "expected")

    def route_kind(self, i, t):
        """The block is of another kind than the one that arms it asks for: told at either."""
        kinds = {"failure_route": "branch_route", "branch_route": "failure_route",
                 "onreply_route": "branch_route"}
        if t.text not in kinds or self.depth[i] or not self.following(i, "["):
            return None
        name = self.tokens[i + 2].text
        arming = [a for k, a in enumerate(self.tokens) if a.text.strip('"') == name and k > 1 and
                  self.tokens[k - 2].text.startswith("t_on_")]
        if not arming:
            return None
        grown = len(kinds[t.text]) - len(t.text)
        first = arming[0].start + (grown if arming[0].start > t.start else 0)
        return self.changed("route kind", t.start, t.end, kinds[t.text], first,
                            first + len(name) + 2, name)

    KINDS = (function, module, parameter, parameters_module, variable, route, core_parameter, block,
             semicolon, parenthesis, opening_parenthesis, opening_brace, closing_brace, quote,
             argument_count, argument_type, route_kind)

    def all(self, kind):
        made = (kind(self, i, t) for i, t in enumerate(self.tokens))
        return [m for m in made if m]


def mutants(sources, seed, per_kind):
    """`sources`: name to text. At most so many of each kind, from all sources."""
    rng = random.Random(seed)
    mutators = [Mutator(name, text, rng) for name, text in sources.items()]
    for kind in Mutator.KINDS:
        made = [m for mutator in mutators for m in mutator.all(kind)]
        rng.shuffle(made)
        yield from made[:per_kind]
