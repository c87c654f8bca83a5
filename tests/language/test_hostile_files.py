# SPDX-License-Identifier: BSD-2-Clause
"""What no configuration should hold: a clear error at its place (or, where it is merely large, a
load), soon, and never a crash; patterns that explode end at a limit and hold nobody up."""
import subprocess
import time

import pytest
import sip
import tandem

HEAD = '#!KAMAILIO\nloadmodule "pv.so"\n'


def read(folder, text, name="bad.cfg"):
    path = folder / name
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text)
    done = subprocess.run([tandem.TANDEM, "-c", "-f", path], capture_output=True, timeout=60,
                          check=False)
    assert done.returncode in (0, 1), (done.returncode, done.stderr[-2000:])
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


REFUSED = {
    "conditions without end": ("#!ifdef A\n" * 100000, "nested more than"),
    "parentheses": (HEAD + "request_route { $var(x) = " + "(" * 200000 + "1" + ")" * 200000 + "; }",
                    "nested"),
    "braces": (HEAD + "request_route " + "{" * 200000 + "}" * 200000, "nested"),
    "negations": (HEAD + "request_route { $var(x) = " + "!" * 200000 + "1; }", "nested"),
    "else if": (HEAD + "request_route { if (0) exit; " + "else if (0) exit;\n" * 100000 + "}",
                "nested"),
    "ifs in each other": (HEAD + "request_route { " + "if (1) " * 100000 + "exit; }", "nested"),
    "whiles in each other": (HEAD + "request_route { " + "while (1) " * 100000 + "exit; }",
                             "nested"),
    "transformations in each other": (
        HEAD + "request_route { $var(x) = " + "$(var(" * 50000 + "x" + "))" * 50000 + "; }", "in each other more than"),
    "defines of defines": (HEAD + "".join(f"#!define A{n} A{n + 1} A{n + 1}\n" for n in range(64)) +
                           "request_route { $var(x) = A0; }", ""),
    "a define in itself": (HEAD + "#!define A (A)\nrequest_route { $var(x) = A; }", ""),
    "bytes": (bytes(range(256)) * 4000, "no text"),
    "zeros": (b"\0" * 1000000, "no text"),
    "a program": (open("/bin/true", "rb").read(), ""),
    "a string without end": (HEAD + 'request_route { $var(x) = "' + "a" * 1000000, "no closing"),
    "a comment without end": (HEAD + "/*" * 500000, "no closing */"),
    "a giant number": (HEAD + "request_route { $var(x) = 99999999999999999999999; }", "99999"),
    "a giant parameter": ("children = 99999999999999999999999\nrequest_route { exit; }", "children"),
    "a negative child count": ("children = -5\nrequest_route { exit; }", "children"),
    "a pattern that is too large": (
        HEAD + 'request_route { if ($rU =~ "(a{1,999}){1,999}{1,999}") exit; }', "regular expression"),
    "a substitution that explodes": (
        '#!subst "/(a+)+$/x/g"\n' + HEAD + 'request_route { $var(x) = "' + "a" * 5000 + 'b"; }', None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_with_a_reason(what, folder):
    text, reason = REFUSED[what]
    began = time.monotonic()
    code, said = read(folder, text)
    assert time.monotonic() - began < 20
    if reason is None:
        return
    assert code == 1 and reason in said, said[:2000]
    assert "bad.cfg:" in said, said[:500]  # a place, or the name of the file
    assert len(said) < 100000


LARGE = {
    "a string of 1 MB": HEAD + 'request_route { $var(x) = "' + "a" * 1000000 + '"; }',
    "a raw string of 1 MB": HEAD + "request_route { $var(x) = '" + "a" * 1000000 + "'; }",
    "a define of 1 MB": "#!define A \"" + "a" * 1000000 + '"\n' + HEAD + "request_route { $var(x) = A; }",
    "a line of 1 MB": HEAD + "request_route { " + "$var(x) = 1; " * 80000 + "}",
    "a sum of 10,000": HEAD + "request_route { $var(x) = $var(y)" + " + 1" * 10000 + "; }",
    "100,000 routes": HEAD + "request_route { route(R0); }\n" + "".join(
        f"route[R{n}] {{ route(R{n + 1}); }}\n" for n in range(99999)) + "route[R99999] { exit; }\n",
    "a switch of 10,000 labels": HEAD + "request_route { switch ($rU) {\n" + "".join(
        f'case "{n}": $var(x) = {n}; break;\n' for n in range(10000)) + "} }",
}


@pytest.mark.parametrize("what", LARGE)
def test_large_ones_load(what, folder):
    began = time.monotonic()
    code, said = read(folder, LARGE[what])
    assert code == 0, said[:2000]
    assert time.monotonic() - began < 20


def test_files_that_cannot_be_read(folder):
    for path, reason in ((folder / "nothing.cfg", "no such file"), (folder, "")):
        code, said = tandem.check(path)
        assert code == 1 and str(path) in said and reason in said, said


def test_includes_in_a_circle(folder):
    (folder / "a.cfg").write_text('include_file "b.cfg"\n')
    (folder / "b.cfg").write_text('include_file "a.cfg"\n')
    code, said = read(folder, 'include_file "a.cfg"\nrequest_route { exit; }\n')
    assert code == 1 and "includes itself" in said and "b.cfg:1:" in said, said
    code, said = read(folder, 'include_file "self.cfg"\n', "self.cfg")
    assert code == 1 and "includes itself" in said, said


EXPLODES = {
    "=~": 'if ($hdr(X-Long) =~ "^(a+)+$") $var(r) = 1;',
    "=~ of a variable": '$var(p) = "^(a+)+$"; if ($hdr(X-Long) =~ $var(p)) $var(r) = 1;',
    "switch": 'switch ($hdr(X-Long)) { case /"^(a+)+$": $var(r) = 1; }',
    "subst": 'subst("/^X-Long: (a+)+$/x/");',
    "subst_uri": '$ru = "sip:" + $hdr(X-Long) + "@b"; subst_uri("/^sip:(a+)+@c$/x/");',
    "re.subst": "$var(r) = $(hdr(X-Long){re.subst,/^(a+)+$/x/});",
    "search": 'search("^X-Long: (a+)+$");',
    "replace_all": 'replace_all("(a+)+c$", "x");',
    "remove_hf_re": 'remove_hf_re("^(X+-*)+$");',
    "pcre_match": 'pcre_match("$hdr(X-Long)", "^(a+)+c");',
}


@pytest.mark.parametrize("what", EXPLODES)
def test_patterns_that_explode_end_at_a_limit(what, start):
    server = start(HEAD + 'loadmodule "sl.so"\nloadmodule "textops.so"\nloadmodule "regex.so"\n'
                   "disable_tcp=yes\nrequest_route {\n"
                   f"if ($hdr(X-Long) != $null) {{ {EXPLODES[what]} }}\n"
                   'sl_send_reply("200", "OK");\n}\n', workers=1)
    phone = sip.Udp(server.port)
    began = time.monotonic()
    got = phone.ask(sip.request("OPTIONS", "sip:a@127.0.0.1", [f"X-Long: {'a' * 3000}b"],
                                port=phone.port), 15)
    assert sip.status(got) == 200
    assert time.monotonic() - began < 5
