# SPDX-License-Identifier: BSD-2-Clause
"""Cases that nobody wrote: every operator on every pair of kinds of values, and, from a seed,
expressions, chains of transformations, and sequences of edits. Rows as in tables/: name, message,
script, show."""
import random

import cases

# How a value of each kind is made in `$name`, and what to write for it.
KINDS = {
    "a number": ("$var({n}) = 5;", "$var({n})"),
    "a negative number": ("$var({n}) = -3;", "$var({n})"),
    "zero": ("$var({n}) = 0;", "$var({n})"),
    "a text": ("$var({n}) = \"abc\";", "$var({n})"),
    "a number as text": ("$var({n}) = \"7\";", "$var({n})"),
    "an empty text": ("$avp({n}) = \"\";", "$avp({n})"),
    "an undefined AVP": ("", "$avp(no_{n})"),
    "an AVP": ("$avp({n}) = 12;", "$avp({n})"),
    "null": ("$vn({n}) = $null;", "$vn({n})"),
    "a missing header": ("", "$hdr(No-{n})"),
    "a header": ("", "$hdr(CSeq)"),
    "a transformed value": ("$var({n}) = \"a,b\";", "$(var({n}){{s.len}})"),
}
BINARY = ("+", "-", "*", "/", "mod", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=",
          "=~", "&&", "||", "and", "or", "eq", "ne", "ieq", "ine")
UNARY = ("!", "~", "-", "(int)", "(str)", "not ", "defined ", "strlen(", "strempty(")
SHIFTS = ("<<", ">>")


def unary(op, value):
    return f"{op}{value}" + (")" if op.endswith("(") else "")


def pairs():
    for left, (make_left, l) in KINDS.items():
        for right, (make_right, r) in KINDS.items():
            make = make_left.format(n="l") + " " + make_right.format(n="r")
            for op in BINARY:
                # A shift by less than 0 has no meaning in either server.
                if op in SHIFTS and right in ("a negative number", "a missing header", "a header"):
                    continue
                yield [f"{left} {op} {right}", "",
                       f'$var(o) = "old"; {make} $var(o) = {l.format(n="l")} {op} {r.format(n="r")};',
                       "$var(o)"]
        for op in UNARY:
            yield [f"{op}{left}", "", f'$var(o) = "old"; {make_left.format(n="l")} $var(o) = '
                   f'{unary(op, l.format(n="l"))};', "$var(o)"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        different = [p for t, p, *_ in cases.rows(cases.HERE / "differences.tsv")
                     if t == "transformations"]
        self.transformations = [
            t for t, groups, *_ in cases.rows(cases.HERE / "tables/transformations.tsv")
            if "text" in groups.split() and not any(t in p or "{val" in t or "{num" in t or
                                                    "7bit" in t or "decode" in t or "unescape" in t or
                                                    "re.subst" in t for p in different)]

    def one(self, *choices):
        return self.random.choice(choices)

    def atom(self):
        r = self.random
        return self.one(str(r.randrange(-9, 100)), f"$var({self.one('a', 'b', 'c')})",
                        f"$avp({self.one('x', 'y', 'z')})", "$rd", "$hdr(Nope)", "$null", "$rU",
                        f"$(var(t){{s.{self.one('len', 'toupper', 'trim')}}})", "is_numeric(\"5\")",
                        "$var(t)")

    def expression(self, depth):
        if depth == 0 or self.random.random() < 0.2:
            return self.atom()
        if self.random.random() < 0.15:
            return unary(self.one("!", "(int)", "(str)", "not ", "strlen("), self.atom())
        op = self.one(*(b for b in BINARY if b not in SHIFTS + ("=~", "/", "mod")))
        text = f"{self.expression(depth - 1)} {op} {self.expression(depth - 1)}"
        return f"({text})" if self.random.random() < 0.5 else text

    def text(self):
        alphabet = "abcXYZ019 .,;:=@<>()[]?&%+-_/~"
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randrange(0, 30)))

    def setting(self):
        values = ('1', '-7', '"12"', '"abc"', '""')
        return (f'$var(a) = {self.one(*values)}; $var(b) = {self.one(*values)}; $var(c) = 3; '
                f'$avp(x) = {self.one(*values)}; $avp(y) = 9; $var(t) = "{self.text()}"; ')

    def calculation(self):
        script = self.setting() + f'$var(o) = "old"; $var(o) = {self.expression(3)}; '
        script += f'if ({self.expression(2)}) $var(p) = "t"; else $var(p) = "f";'
        return "", script, "$var(o) $var(p) $rc"

    def chain(self):
        chain = "".join(self.random.sample(self.transformations, self.random.randrange(1, 4)))
        return "", f'$avp(in) = "{self.text()}";', f"[$(avp(in){chain})]"

    def flow(self):
        e = self.expression
        script = (self.setting() + f'$var(r) = ""; $var(i) = 0; '
                  f'while ($var(i) < {self.random.randrange(1, 9)}) {{ $var(i) = $var(i) + 1; '
                  f'if ({e(2)}) {{ $var(r) = $var(r) + "a"; {self.one("break;", "", "")} }} '
                  f'else if ({e(1)}) $var(r) = $var(r) + "b"; '
                  f'switch ($var(i)) {{ case 1: $var(r) = $var(r) + "1"; {self.one("break;", "")} '
                  f'case 3: $var(r) = $var(r) + "3"; break; default: $var(r) = $var(r) + "d"; }} }}')
        return "", script, "$var(r) $var(i)"

    def edits(self):
        r = self.random
        actions = (
            'append_hf("X-{n}: $rm {n}\\r\\n");', 'insert_hf("X-{n}: {n}\\r\\n");',
            'remove_hf("{h}");', 'append_hf("X-{n}: 1\\r\\n", "{h}");',
            'insert_hf("X-{n}: 1\\r\\n", "{h}");', '$rU = "user{n}";', '$rd = "host{n}.example";',
            'subst("/{h}/{h}/");', 'replace("{w}", "word{n}");', 'replace_all("{w}", "w{n}");',
            '$ru = "sip:new{n}@example.net";', 'prefix("{n}");', 'strip(1);', 'remove_hf_re("^X-");',
            'msg_apply_changes();', 'subst_uri("/sip:(.*)@(.*)/sip:\\1.{n}@\\2/");',
            'search_append("{w}", "+{n}");')
        script = " ".join(
            r.choice(actions).replace("{n}", str(r.randrange(1, 100)))
            .replace("{h}", r.choice(("Subject", "Contact", "X-Multi", "Max-Forwards", "Nope")))
            # Words of heads only: 5.6.3 keeps the Content-Length when a body changes after
            # msg_apply_changes().
            .replace("{w}", r.choice(("tag=", "branch", "zzz")))
            for _ in range(r.randrange(1, 5)))
        return r.choice(("invite", "options", "compact", "multipart")), script, ""

    def rows(self, count):
        makers = (self.calculation, self.calculation, self.chain, self.chain, self.flow)
        for n in range(count):
            message, script, show = self.one(*makers)()
            yield [f"{n}: {script} {show}", message, script, show]

    def edit_rows(self, count):
        for n in range(count):
            message, script, show = self.edits()
            yield [f"{n}: {script}", message, script, show]
